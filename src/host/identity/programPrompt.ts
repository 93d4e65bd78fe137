import * as vscode from 'vscode';
import type { ProgramRequest } from '../../kube/index';
import { loadKube } from '../rooms';
import type { CommandTable } from '../commands/commands';
import type { ConsentAnswer, ProgramConsent } from './programConsent';
import { tellInformation, tellWarning } from '../messages';

/** The one question before a program of a kubeconfig runs. It shows exactly what would be started. */
export async function askForProgram(program: ProgramRequest): Promise<ConsentAnswer> {
  const { cleanLine } = await loadKube();
  const shown = (text: string): string => cleanLine(text, 512);
  const allow = vscode.l10n.t('Allow');
  const once = vscode.l10n.t('Allow Once');
  const detail = [
    vscode.l10n.t('Program: {0}', shown(program.path)),
    vscode.l10n.t(
      'Arguments: {0}',
      program.args.length === 0 ? vscode.l10n.t('none') : program.args.map((argument) => JSON.stringify(shown(argument))).join(' '),
    ),
    vscode.l10n.t('Environment variables: {0}', program.environment.length === 0 ? vscode.l10n.t('none') : program.environment.map(shown).join(', ')),
    vscode.l10n.t('Context: {0}', shown(program.context)),
    vscode.l10n.t('User: {0}', shown(program.user)),
    vscode.l10n.t('Kubeconfig: {0}', shown(program.source)),
    '',
    vscode.l10n.t('You are asked again when the program, its arguments or its environment change.'),
  ].join('\n');
  const refuse: vscode.MessageItem = { title: vscode.l10n.t("Don't Allow"), isCloseAffordance: true };
  const picked = await tellWarning(
    vscode.l10n.t('The kubeconfig wants to run a program on this machine to sign in.'),
    { modal: true, detail },
    { title: allow },
    { title: once },
    refuse,
  );
  return picked?.title === allow ? 'always' : picked?.title === once ? 'once' : 'no';
}

/** The command that lists what may run and takes it back. */
export function programCommands(consent: ProgramConsent): CommandTable {
  return {
    manageAllowedPrograms: async () => {
      const programs = consent.list();
      if (programs.length === 0) {
        void tellInformation(vscode.l10n.t('No program of a kubeconfig is allowed to run without asking.'));
        return;
      }
      const picked = await vscode.window.showQuickPick(
        programs.map((program) => ({
          label: program.path,
          description: vscode.l10n.t('{0} as {1}', program.context, program.user),
          detail: vscode.l10n.t('{0}, allowed {1}', program.source, new Date(program.allowedAtMs).toLocaleString()),
          digest: program.digest,
        })),
        { title: vscode.l10n.t('Allowed Programs'), placeHolder: vscode.l10n.t('Which ones may no longer run without asking?'), canPickMany: true },
      );
      if (picked === undefined || picked.length === 0) return;
      await consent.revoke(picked.map(({ digest }) => digest));
    },
  };
}
