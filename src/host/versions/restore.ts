import * as vscode from 'vscode';
import type { WorkflowDocument } from '../documents';

/** Replaces the whole text of a document as one step of its undo; its turn comes after every edit that was made before. */
export async function replaceText(document: vscode.TextDocument, text: string): Promise<void> {
  if (document.getText() === text) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), document.positionAt(document.getText().length)), text);
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} could not be written.', vscode.workspace.asRelativePath(document.uri)));
}

/** Puts the text that `make` gives for the present one into the file, and saves it. */
export function restoreInto<T extends { readonly text: string }>(open: WorkflowDocument, make: (present: string) => Promise<T>): Promise<T> {
  return open.edits.inTurn(async () => {
    const made = await make(open.document.getText());
    await replaceText(open.document, made.text);
    if (open.document.isDirty && !(await open.document.save()))
      throw new Error(vscode.l10n.t('{0} could not be written.', vscode.workspace.asRelativePath(open.document.uri)));
    return made;
  });
}
