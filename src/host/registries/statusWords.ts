import * as vscode from 'vscode';
import type { RegistryStatus } from '../../shared/registry';

export const statusIcons: Readonly<Record<RegistryStatus, string>> = {
  connected: 'pass',
  disconnected: 'debug-disconnect',
  unknown: 'package',
  error: 'error',
};

/** How the last test of this window found a registry. */
export function statusWords(): Readonly<Record<RegistryStatus, string>> {
  return {
    connected: vscode.l10n.t('signed in'),
    disconnected: vscode.l10n.t('did not answer'),
    unknown: vscode.l10n.t('not tested in this window'),
    error: vscode.l10n.t('refused the sign-in'),
  };
}
