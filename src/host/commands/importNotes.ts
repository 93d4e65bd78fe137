import * as vscode from 'vscode';
import type { ComposeImport } from '../../engine/index';

/** Which secret values will be asked for, by name. */
export function secretNotes({ secrets }: Pick<ComposeImport, 'secrets'>): readonly string[] {
  const all = secrets.flatMap(({ keys }) => keys);
  return all.length === 0 ? [] : [vscode.l10n.t('Asked for at deploy, and written nowhere: {0}', all.join(', '))];
}
