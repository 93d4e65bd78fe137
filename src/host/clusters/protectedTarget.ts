import * as vscode from 'vscode';
import type { Target } from '../../shared/plan';
import { askForText } from '../messages';

/**
 * Has the name of a protected environment typed before something is done there; others pass.
 * @param title what is about to be done, such as "Delete pod web-1"
 * @throws CancellationError when it was not typed
 */
export async function confirmProtected(target: Target, title: string): Promise<void> {
  if (!target.protected) return;
  const typed = await askForText({
    title,
    prompt: vscode.l10n.t('{0} is protected. Type its name to go on in namespace {1} on {2}.', target.label, target.namespace, target.server),
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === target.label || text === ''
        ? undefined
        : { message: vscode.l10n.t('That is not its name yet.'), severity: vscode.InputBoxValidationSeverity.Info },
  });
  if (typed !== target.label) throw new vscode.CancellationError();
}
