import * as vscode from 'vscode';
import type { SecretKey } from '../../engine/ports';
import type { SecretValues } from './secretValues';
import { askForText } from '../messages';

/**
 * Asks for one secret value in a password box, and once whether to remember it. False when cancelled. An empty value is a
 * value: some applications want one.
 */
export async function askForSecret(values: SecretValues, key: SecretKey, title: string): Promise<boolean> {
  const value = await askForText({
    title,
    prompt: vscode.l10n.t('Value of {0} in secret {1}. It is kept in memory and never written to the workspace.', key.key, key.nodeId),
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) return false;
  const remember = vscode.l10n.t('Remember');
  const picked = await vscode.window.showQuickPick(
    [
      { label: vscode.l10n.t('For This Window'), detail: vscode.l10n.t('Forgotten when the window closes.') },
      { label: remember, detail: vscode.l10n.t("Kept in VS Code's secret storage for this cluster, namespace and workflow.") },
    ],
    { title, placeHolder: vscode.l10n.t('How long should the value be kept?'), ignoreFocusOut: true },
  );
  if (picked === undefined) return false;
  await values.set(key, value, picked.label === remember);
  return true;
}
