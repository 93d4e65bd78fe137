import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { Channel } from '../../shared/channel';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { WebviewEvents } from '../../shared/protocol';
import type { ResourceAction } from '../../shared/resource';
import type { ResourceEvents, ResourceRequests, ResourceTab } from '../../shared/resourceProtocol';
import type { StreamKey } from '../../shared/stream';
import { pageHtml, pageOptions, pageTexts, webviewTransport } from '../editor/page';
import type { Broadcaster } from '../streams/broadcaster';
import { failureWords } from '../words';
import { resourceChecks } from './checks';
import type { ResourceFollower } from './resourceFollower';
import { tellError } from '../messages';

export interface PanelParts {
  readonly title: string;
  readonly key: Extract<StreamKey, `resource:${string}`>;
  readonly follower: ResourceFollower;
  readonly broadcaster: Broadcaster;
  /** Ends with the panel: the connection that the follower uses. */
  readonly owned: readonly Disposable[];
  readonly tab: ResourceTab;
  readonly extensionUri: vscode.Uri;
  readonly log: Logger;
  readonly act: (action: ResourceAction) => Promise<void>;
  readonly openResource: (ref: ObjectRef) => Promise<void>;
  readonly openYaml: () => Promise<void>;
  readonly onClosed: () => void;
}

/** The page of one resource in an editor tab. It hears of its object by the object's stream and shows the whole state each time. */
export class ResourcePanel implements Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #lifetime = new DisposableList();
  readonly #channel: Channel<Record<never, never>, ResourceEvents, ResourceRequests, Pick<WebviewEvents, 'fault'>>;
  #tab: ResourceTab;
  #ready = false;

  constructor(parts: PanelParts) {
    const { follower, log } = parts;
    this.#tab = parts.tab;
    this.#panel = vscode.window.createWebviewPanel('kubeorch.resource', parts.title, vscode.ViewColumn.Active, pageOptions(parts.extensionUri));
    this.#panel.iconPath = new vscode.ThemeIcon('symbol-misc');
    for (const item of parts.owned) this.#lifetime.add(item);
    this.#lifetime.add(follower);
    const post = (): void => {
      if (!this.#ready) return;
      const detail = follower.detail() ?? null;
      const { health, missing } = follower;
      this.#channel.tell('detail', { detail, health, missing, absent: detail === null && health.connected });
    };
    /** What a person asked for and what may fail: told as commands tell it, and refused to the page. */
    const doing =
      <P>(act: (params: P) => Promise<void>) =>
      async (params: P): Promise<null> => {
        try {
          await act(params);
        } catch (error) {
          if (!(error instanceof vscode.CancellationError)) void tellError(failureWords(error));
        }
        return null;
      };
    this.#channel = this.#lifetime.add(
      new Channel<Record<never, never>, ResourceEvents, ResourceRequests, Pick<WebviewEvents, 'fault'>>({
        transport: webviewTransport(this.#panel.webview),
        serve: {
          ready: () => {
            this.#ready = true;
            queueMicrotask(post);
            return { tab: this.#tab, texts: pageTexts() };
          },
          reconnect: () => {
            follower.reconnect();
            return null;
          },
          act: doing(({ action }) => parts.act(action)),
          openResource: doing(({ ref }) => parts.openResource(ref)),
          openYaml: doing(() => parts.openYaml()),
        },
        hear: { fault: ({ message }) => log.warn(`resource: ${message}`) },
        checks: resourceChecks,
        strict: true,
        onFault: (message, error) => log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    this.#lifetime.add(parts.broadcaster.subscribe(parts.key, { deliver: post, snapshot: () => follower.snapshot() }));
    this.#panel.onDidDispose(() => {
      this.dispose();
      parts.onClosed();
    });
    this.#panel.webview.html = pageHtml(this.#panel.webview, parts.extensionUri, 'resource');
  }

  reveal(tab: ResourceTab | undefined): void {
    this.#panel.reveal();
    if (tab === undefined) return;
    this.#tab = tab;
    if (this.#ready) this.#channel.tell('showTab', { tab });
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#panel.dispose();
  }
}
