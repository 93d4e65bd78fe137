import * as vscode from 'vscode';
import type { CommandTable } from './commands/commands';
import type { Stores } from './stores';
import { tellInformation, tellWarning } from './messages';

/** Forgets everything that KubeOrch keeps outside of the workspace's files, after one question. */
export function storeCommands(stores: Stores): CommandTable {
  return {
    resetState: async () => {
      const reset = vscode.l10n.t('Reset');
      const names = stores.all.filter(({ clearedBy }) => clearedBy.includes('reset')).map(({ name }) => name);
      const picked = await tellWarning(
        vscode.l10n.t('Forget everything that KubeOrch keeps?'),
        {
          modal: true,
          detail: vscode.l10n.t(
            'Forgotten are: {0}. Files of the workspace, versions and journals of runs stay, and no cluster is touched. It cannot be undone.',
            names.join(', '),
          ),
        },
        reset,
      );
      if (picked !== reset) return;
      await stores.clear({ type: 'reset' });
      void tellInformation(vscode.l10n.t('KubeOrch is as if newly installed.'));
    },
  };
}
