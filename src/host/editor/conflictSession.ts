import * as vscode from 'vscode';
import type { LoadedCatalog } from '../../engine/index';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { failure } from '../../shared/problem';
import { conflictParts } from '../../shared/workflowConflict';
import { workflowDiff } from '../../shared/workflowDiff';
import { openText } from '../commands/workflowCommands';
import type { Engine } from '../rooms';
import { comparedWorkflow } from '../versions/comparedWorkflow';
import type { PageContent } from '../versions/comparePage';
import { CompareWebview } from '../versions/comparePage';
import { replaceText } from '../versions/restore';

/**
 * The editor of a workflow file whose text holds the questions of a merge: both sides next to each other, read-only, and the choice of a
 * side for everything in which they differ. What is picked is written as one step of the document's undo.
 */
export class ConflictSession implements Disposable {
  readonly #document: vscode.TextDocument;
  readonly #engine: Engine;
  readonly #catalog: () => LoadedCatalog;
  readonly #page: CompareWebview;

  constructor(options: {
    document: vscode.TextDocument;
    panel: vscode.WebviewPanel;
    engine: Engine;
    /** The kinds of the file's folder, as they are now. */
    catalog: () => LoadedCatalog;
    extensionUri: vscode.Uri;
    log: Logger;
  }) {
    const { document, panel, engine } = options;
    this.#document = document;
    this.#engine = engine;
    this.#catalog = options.catalog;
    this.#page = new CompareWebview({
      webview: panel.webview,
      extensionUri: options.extensionUri,
      content: this.#content(),
      log: options.log,
      acts: {
        openText: () => openText(document.uri, vscode.ViewColumn.Beside),
        resolve: async (picks) => {
          const resolved = engine.resolveConflicts(document.getText(), picks);
          if (resolved.ok) return replaceText(document, resolved.text);
          // Someone else was quicker: the page is about to show what the text says now.
          if (resolved.reason !== 'no-conflict') throw failure(`conflict.${resolved.reason}`);
        },
        takeSide: async (side) => {
          const text = engine.textOfSide(document.getText(), side);
          if (text !== undefined) await replaceText(document, text);
        },
      },
    });
  }

  /** The text has changed and still holds a conflict. */
  refresh(): void {
    this.#page.show(this.#content());
  }

  dispose(): void {
    this.#page.dispose();
  }

  #content(): PageContent {
    const { catalog } = this.#catalog();
    const sides = this.#engine.conflictSides(this.#document.getText()) ?? { ours: '', theirs: '', ourName: '', theirName: '' };
    const [ours, theirs] = [this.#engine.parseWorkflow(sides.ours), this.#engine.parseWorkflow(sides.theirs)];
    const before = comparedWorkflow(this.#engine, catalog, { label: vscode.l10n.t('Ours'), detail: sides.ourName, workflow: ours.workflow });
    const after = comparedWorkflow(this.#engine, catalog, { label: vscode.l10n.t('Theirs'), detail: sides.theirName, workflow: theirs.workflow }, before);
    const diff = workflowDiff(ours.workflow, theirs.workflow);
    const parts = conflictParts(ours.workflow, theirs.workflow, diff);
    return { catalog, page: { kind: 'conflict', before, after, diff, parts, wholeOnly: ours.broken || theirs.broken } };
  }
}
