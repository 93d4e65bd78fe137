import * as vscode from 'vscode';
import type { EditRefusal, WorkflowEdit } from '../../shared/workflowEdit';

export type EditResult = { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };

/** Computes the smallest text changes for an edit on the present text. */
export type EditText = (
  text: string,
  edit: WorkflowEdit,
) =>
  | { readonly ok: true; readonly edits: readonly { readonly start: number; readonly end: number; readonly newText: string }[] }
  | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };

/** How often an edit is computed anew when the editor says that the text changed under it. */
const maxAttempts = 5;

/**
 * Edits of one document, strictly one after the other. `workspace.applyEdit` neither keeps order nor refuses a stale
 * version reliably (microsoft/vscode#149016), so each edit is computed from the text as it stands just before it is
 * applied, and computed again when it was refused.
 */
export class EditQueue {
  readonly #document: vscode.TextDocument;
  readonly #editText: EditText;
  #last: Promise<unknown> = Promise.resolve();

  constructor(document: vscode.TextDocument, editText: EditText) {
    this.#document = document;
    this.#editText = editText;
  }

  /** `edit` may be computed from the text as it is when its turn comes. */
  push(edit: WorkflowEdit | ((text: string) => WorkflowEdit)): Promise<EditResult> {
    return this.inTurn(() => this.#apply(edit));
  }

  /** Does something to the document in its turn: after every edit that was pushed before, and before every later one. */
  inTurn<T>(act: () => PromiseLike<T>): Promise<T> {
    const turn = this.#last.then(act);
    // The chain must go on after a failure; the failure itself reaches whoever asked.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #apply(edit: WorkflowEdit | ((text: string) => WorkflowEdit)): Promise<EditResult> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const text = this.#document.getText();
      const outcome = this.#editText(text, typeof edit === 'function' ? edit(text) : edit);
      if (!outcome.ok) return outcome;
      if (outcome.edits.length === 0) return { ok: true, revision: this.#document.version };
      const change = new vscode.WorkspaceEdit();
      change.set(
        this.#document.uri,
        outcome.edits.map((part) =>
          vscode.TextEdit.replace(new vscode.Range(this.#document.positionAt(part.start), this.#document.positionAt(part.end)), part.newText),
        ),
      );
      if (await vscode.workspace.applyEdit(change)) return { ok: true, revision: this.#document.version };
    }
    return { ok: false, reason: 'stale', detail: vscode.l10n.t('The text kept changing while the edit was made.') };
  }
}
