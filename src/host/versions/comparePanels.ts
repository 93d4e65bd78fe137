import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { failureWords } from '../words';
import type { PageActs, PageContent } from './comparePage';
import { CompareWebview } from './comparePage';

/** A comparison in a tab of its own. */
export interface CompareTab {
  /** One tab for each key: asking again shows the one that is there, made anew. */
  readonly key: string;
  readonly title: string;
  readonly icon: string;
  /** Reads what is shown; called again whenever `follow` tells. */
  readonly read: () => Promise<PageContent>;
  readonly acts: PageActs;
  /** Tells that a side has changed, until it is disposed. */
  readonly follow?: (changed: () => void) => Disposable;
}

/** The comparisons that are open. */
export class ComparePanels implements Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #log: Logger;
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(extensionUri: vscode.Uri, log: Logger) {
    this.#extensionUri = extensionUri;
    this.#log = log;
  }

  async open(tab: CompareTab): Promise<void> {
    const content = await tab.read();
    this.#panels.get(tab.key)?.dispose();
    const panel = vscode.window.createWebviewPanel('kubeorch.compare', tab.title, vscode.ViewColumn.Active, { retainContextWhenHidden: true });
    panel.iconPath = new vscode.ThemeIcon(tab.icon);
    this.#panels.set(tab.key, panel);
    const lifetime = new DisposableList();
    const page = lifetime.add(new CompareWebview({ webview: panel.webview, extensionUri: this.#extensionUri, content, acts: tab.acts, log: this.#log }));
    panel.onDidDispose(() => {
      lifetime.dispose();
      if (this.#panels.get(tab.key) === panel) this.#panels.delete(tab.key);
    });
    if (tab.follow !== undefined) lifetime.add(tab.follow(this.#reader(tab, page, lifetime)));
  }

  /** Reads again what is shown, one reading after the other; changes during one are one more reading. */
  #reader(tab: CompareTab, page: CompareWebview, lifetime: DisposableList): () => void {
    let state: 'idle' | 'reading' | 'again' = 'idle';
    const read = async (): Promise<void> => {
      do {
        state = 'reading';
        try {
          const next = await tab.read();
          if (!lifetime.disposed) page.show(next);
        } catch (error) {
          this.#log.warn(`${tab.title}: ${failureWords(error)}`);
        }
      } while (takeAgain() && !lifetime.disposed);
      state = 'idle';
    };
    const takeAgain = (): boolean => state === 'again';
    return () => {
      if (state === 'idle') void read();
      else state = 'again';
    };
  }

  close(key: string): void {
    this.#panels.get(key)?.dispose();
  }

  dispose(): void {
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }
}
