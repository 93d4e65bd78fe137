import * as vscode from 'vscode';
import type { Clock } from '../../engine/ports';
import type { Connection } from '../clusters/targets';
import type { CommandTable } from '../commands/commands';
import { expiryWords, methodWords } from './identityWords';

/** "Who Am I": asks the cluster of the present target and lists the answer; a row that is picked is copied. */
export function whoAmICommands(parts: { readonly connect: () => Promise<Connection | undefined>; readonly clock: Clock }): CommandTable {
  return {
    whoAmI: async () => {
      const connection = await parts.connect();
      if (connection === undefined) return;
      const { target, cluster } = connection;
      try {
        const identity = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('KubeOrch: connecting…') }, () =>
          cluster.whoAmI(),
        );
        const row = (icon: string, what: string, value: string): vscode.QuickPickItem => ({ label: `$(${icon}) ${value}`, description: what });
        const rows: vscode.QuickPickItem[] = [
          row('account', vscode.l10n.t('user'), identity.user),
          ...(identity.uid === undefined ? [] : [row('key', vscode.l10n.t('UID'), identity.uid)]),
          ...identity.groups.map((group) => row('organization', vscode.l10n.t('group'), group)),
          row('sign-in', vscode.l10n.t('signed in by'), methodWords(identity)),
          ...[expiryWords(identity, parts.clock.now())].flatMap((words) => (words === undefined ? [] : [row('clock', vscode.l10n.t('end'), words)])),
          ...Object.entries(identity.extra).map(([key, values]) => row('info', key, values.join(', '))),
          row('server-environment', vscode.l10n.t('target'), `${target.label} · ${target.namespace}`),
          row('globe', vscode.l10n.t('server'), target.server),
          row('symbol-key', vscode.l10n.t('cluster UID'), target.clusterUid),
        ];
        const picked = await vscode.window.showQuickPick(rows, {
          title: vscode.l10n.t('Who Am I'),
          placeHolder: vscode.l10n.t('As the cluster sees it. Pick a line to copy it.'),
          matchOnDescription: true,
        });
        if (picked !== undefined) await vscode.env.clipboard.writeText(picked.label.replace(/^\$\([a-z-]+\) /, ''));
      } finally {
        connection.dispose();
      }
    },
  };
}
