import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Catalog } from '../../shared/catalog';
import { Channel } from '../../shared/channel';
import type { CompareEvents, ComparePage, CompareRequests } from '../../shared/compareProtocol';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { WebviewEvents } from '../../shared/protocol';
import type { ConflictSide } from '../../shared/workflowConflict';
import { pageHtml, pageOptions, pageTexts, webviewTransport } from '../editor/page';
import type { TabOrigin } from '../editor/tabs';
import { tellError } from '../messages';
import { failureWords } from '../words';
import { compareChecks } from './checks';

/** What a page shows now. */
export interface PageContent {
  readonly page: ComparePage;
  readonly catalog: Catalog;
}

/** What a page may ask for. What is absent is refused: no page of its kind has a button for it. */
export interface PageActs {
  openText?(): Promise<void>;
  restore?(): Promise<void>;
  retryFrom?(nodeId: string): Promise<void>;
  resolve?(picks: Readonly<Record<string, ConflictSide>>): Promise<void>;
  takeSide?(side: ConflictSide): Promise<void>;
  choose?(key: string, value: string): Promise<void>;
  importInto?(target: string): Promise<void>;
  applyImport?(): Promise<void>;
  openSource?(file: string, line: number): Promise<void>;
}

/** A comparison page in a webview, of a panel of its own or of the editor of a workflow file. Ended by whoever made it. */
export class CompareWebview implements Disposable {
  readonly #lifetime = new DisposableList();
  readonly #channel: Channel<Record<never, never>, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>;
  #content: PageContent;
  #ready = false;

  constructor(options: { webview: vscode.Webview; extensionUri: vscode.Uri; content: PageContent; acts: PageActs; origin?: TabOrigin; log: Logger }) {
    const { webview, extensionUri, acts, log } = options;
    this.#content = options.content;
    /** What a person asked for and what may fail is told as commands tell it. */
    const doing =
      <P>(act: ((params: P) => Promise<void> | undefined) | undefined) =>
      async (params: P): Promise<null> => {
        try {
          await act?.(params);
        } catch (error) {
          if (!(error instanceof vscode.CancellationError)) void tellError(failureWords(error));
        }
        return null;
      };
    webview.options = pageOptions(extensionUri);
    this.#channel = this.#lifetime.add(
      new Channel<Record<never, never>, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>({
        transport: webviewTransport(webview),
        serve: {
          ready: () => {
            this.#ready = true;
            return { ...this.#content, texts: pageTexts() };
          },
          openText: doing(() => acts.openText?.()),
          restore: doing(() => acts.restore?.()),
          retryFrom: doing(({ nodeId }) => acts.retryFrom?.(nodeId)),
          resolve: doing(({ picks }) => acts.resolve?.(picks)),
          takeSide: doing(({ side }) => acts.takeSide?.(side)),
          choose: doing(({ key, value }) => acts.choose?.(key, value)),
          importInto: doing(({ target }) => acts.importInto?.(target)),
          applyImport: doing(() => acts.applyImport?.()),
          openSource: doing(({ file, line }) => acts.openSource?.(file, line)),
        },
        hear: { fault: ({ message }) => log.warn(`compare: ${message}`) },
        checks: compareChecks,
        strict: true,
        onFault: (message, error) => log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    webview.html = pageHtml(webview, extensionUri, 'compare', options.origin);
  }

  show(content: PageContent): void {
    this.#content = content;
    if (this.#ready) this.#channel.tell('pageChanged', content);
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
