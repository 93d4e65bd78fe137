import * as vscode from 'vscode';
import type { LoadedCatalog } from '../../engine/index';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { openText } from '../commands/workflowCommands';
import type { Engine } from '../rooms';
import { comparedWorkflow } from '../versions/comparedWorkflow';
import type { PageContent } from '../versions/comparePage';
import { CompareWebview } from '../versions/comparePage';

/** What stands for a document that cannot be changed: where its text is from, as far as its address says. */
export function sourceWords(uri: vscode.Uri): string {
  if (uri.scheme !== 'git') return uri.scheme;
  try {
    const { ref } = JSON.parse(uri.query) as { readonly ref?: unknown };
    // Git's own name for what is staged.
    if (ref === '' || ref === '~') return vscode.l10n.t('git: staged');
    if (typeof ref === 'string') return `git: ${ref}`;
  } catch {
    // An address of another make says no more than its scheme.
  }
  return 'git';
}

/** The editor of a workflow that cannot be changed where it is, such as the older side of a diff: its canvas, to look at. It touches no cluster. */
export class FixedSession implements Disposable {
  readonly #document: vscode.TextDocument;
  readonly #engine: Engine;
  readonly #catalog: LoadedCatalog;
  readonly #page: CompareWebview;
  readonly #following: vscode.Disposable;

  constructor(options: {
    document: vscode.TextDocument;
    panel: vscode.WebviewPanel;
    engine: Engine;
    catalog: LoadedCatalog;
    extensionUri: vscode.Uri;
    log: Logger;
  }) {
    const { document, panel, extensionUri, log } = options;
    this.#document = document;
    this.#engine = options.engine;
    this.#catalog = options.catalog;
    const acts = { openText: () => openText(document.uri, vscode.ViewColumn.Beside) };
    this.#page = new CompareWebview({ webview: panel.webview, extensionUri, content: this.#content(), acts, log });
    this.#following = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document && event.contentChanges.length > 0) this.#page.show(this.#content());
    });
  }

  dispose(): void {
    this.#following.dispose();
    this.#page.dispose();
  }

  #content(): PageContent {
    const { catalog } = this.#catalog;
    const { workflow } = this.#engine.parseWorkflow(this.#document.getText());
    const after = comparedWorkflow(this.#engine, catalog, { label: vscode.l10n.t('Read-only'), detail: sourceWords(this.#document.uri), workflow });
    return { catalog, page: { kind: 'version', after, canRestore: false } };
  }
}
