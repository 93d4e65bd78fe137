import * as vscode from 'vscode';
import type { LoadedCatalog } from '../../engine/index';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { Engine } from '../rooms';
import { replaceText } from '../versions/restore';
import { failureWords } from '../words';
import { ConflictSession } from './conflictSession';

interface EditorOptions {
  readonly document: vscode.TextDocument;
  readonly panel: vscode.WebviewPanel;
  readonly engine: Engine;
  readonly catalog: () => LoadedCatalog;
  readonly extensionUri: vscode.Uri;
  readonly log: Logger;
  /** Shows the canvas in the panel until what it gives is disposed. */
  readonly openCanvas: () => Disposable;
}

/**
 * What an editor of a workflow file shows: its canvas, or while the text holds the questions of a merge, both sides of these. It changes
 * with the text, whoever writes it. A merge that only asks where nodes stand is answered without anyone noticing.
 */
export class WorkflowEditor implements Disposable {
  readonly #options: EditorOptions;
  readonly #following: vscode.Disposable;
  #conflict: ConflictSession | undefined;
  #canvas: Disposable | undefined;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#following = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document === options.document && contentChanges.length > 0) this.#show();
    });
    this.#show();
  }

  dispose(): void {
    this.#following.dispose();
    this.#conflict?.dispose();
    this.#canvas?.dispose();
  }

  #show(): void {
    const { document, engine, openCanvas, log } = this.#options;
    const text = document.getText();
    const isConflict = engine.conflictSides(text) !== undefined;
    // Only what came from the disk: who undoes the answer wants to see the question.
    const answered = isConflict && !document.isDirty ? engine.withoutLayoutConflicts(text) : undefined;
    if (answered !== undefined) replaceText(document, answered).catch((error: unknown) => log.warn(failureWords(error)));
    if (isConflict && this.#conflict !== undefined) return this.#conflict.refresh();
    if (!isConflict && this.#canvas !== undefined) return;
    this.#canvas?.dispose();
    this.#canvas = undefined;
    this.#conflict?.dispose();
    this.#conflict = undefined;
    if (isConflict) this.#conflict = new ConflictSession(this.#options);
    else this.#canvas = openCanvas();
  }
}
