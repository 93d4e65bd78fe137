import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { failureWords } from '../words';
import type { TabOrigin } from '../editor/tabs';
import { tabFor } from '../editor/tabs';
import type { PageActs, PageContent } from './comparePage';
import { CompareWebview } from './comparePage';

/** A comparison in a tab of its own. */
export interface CompareTab {
  /** One tab for each key: asking again shows the one that is there, made anew. */
  readonly key: string;
  readonly title: string;
  readonly icon: string;
  /** What the tab is made again from after a reload; what an import would bring is not. */
  readonly origin?: TabOrigin;
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

  /** @param kept the tab that a reload has left */
  async open(tab: CompareTab, kept?: vscode.WebviewPanel): Promise<void> {
    const content = await tab.read();
    this.#panels.get(tab.key)?.dispose();
    const look = { viewType: 'kubeorch.compare', title: tab.title, icon: tab.icon, column: vscode.ViewColumn.Active } as const;
    const panel = tabFor(look, this.#extensionUri, kept);
    this.#panels.set(tab.key, panel);
    const lifetime = new DisposableList();
    const { webview } = panel;
    const page = lifetime.add(
      new CompareWebview({
        webview,
        extensionUri: this.#extensionUri,
        content,
        acts: tab.acts,
        ...(tab.origin === undefined ? {} : { origin: tab.origin }),
        log: this.#log,
      }),
    );
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
