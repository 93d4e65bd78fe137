import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { Channel } from '../../shared/channel';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { WebviewEvents } from '../../shared/protocol';
import type { ResourceAction } from '../../shared/resource';
import type { ResourceEvents, ResourceRequests, ResourceTab } from '../../shared/resourceProtocol';
import { pageHtml, pageTexts, webviewTransport } from '../editor/page';
import type { TabOrigin } from '../editor/tabs';
import { tabFor } from '../editor/tabs';
import type { Broadcaster } from '../streams/broadcaster';
import { failureWords } from '../words';
import { resourceChecks } from './checks';
import type { FollowedResource } from './resourceDetails';
import { tellError } from '../messages';

export interface PanelParts {
  readonly title: string;
  /** Ours from here on. */
  readonly first: FollowedResource;
  /** Follows the object anew, when the cluster was ended for everyone. */
  readonly follow: () => Promise<FollowedResource>;
  readonly broadcaster: Broadcaster;
  readonly tab: ResourceTab;
  readonly origin: TabOrigin;
  /** The tab that was kept over a reload. */
  readonly kept: vscode.WebviewPanel | undefined;
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
  readonly #parts: PanelParts;
  #followed: FollowedResource | undefined;
  #following = new DisposableList();
  /** Why the object is not followed now. */
  #lost: string | undefined;
  #renewing = false;
  #tab: ResourceTab;
  #ready = false;

  constructor(parts: PanelParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#tab = parts.tab;
    const look = { viewType: 'kubeorch.resource', title: parts.title, icon: 'symbol-misc', column: vscode.ViewColumn.Active } as const;
    this.#panel = tabFor(look, parts.extensionUri, parts.kept);
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
            queueMicrotask(() => this.#post());
            return { tab: this.#tab, texts: pageTexts() };
          },
          reconnect: () => {
            if (this.#lost === undefined) this.#followed?.follower.reconnect();
            else void this.#renew();
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
    this.#take(parts.first);
    this.#panel.onDidDispose(() => {
      this.dispose();
      parts.onClosed();
    });
    this.#panel.webview.html = pageHtml(this.#panel.webview, parts.extensionUri, 'resource', parts.origin);
  }

  reveal(tab: ResourceTab | undefined): void {
    this.#panel.reveal();
    if (tab === undefined) return;
    this.#tab = tab;
    if (this.#ready) this.#channel.tell('showTab', { tab });
  }

  /** A page that lost its cluster looks whether it can be opened again. */
  retry(): void {
    if (this.#lost !== undefined) void this.#renew();
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#following.dispose();
    this.#panel.dispose();
  }

  #post(): void {
    if (!this.#ready || this.#lifetime.disposed) return;
    const follower = this.#followed?.follower;
    if (follower === undefined) {
      const health = { connected: false, ...(this.#lost === undefined ? {} : { error: this.#lost }) };
      this.#channel.tell('detail', { detail: null, health, missing: [], absent: false });
      return;
    }
    const detail = follower.detail() ?? null;
    const { health, missing } = follower;
    this.#channel.tell('detail', { detail, health, missing, absent: detail === null && health.connected });
  }

  #take(followed: FollowedResource): void {
    const { follower, key, connection } = followed;
    const following = new DisposableList();
    this.#following = following;
    this.#followed = followed;
    this.#lost = undefined;
    following.add(connection);
    following.add(follower);
    following.add(this.#parts.broadcaster.subscribe(key, { deliver: () => this.#post(), snapshot: () => follower.snapshot() }));
    if (connection.ended.aborted) void this.#renew();
    else connection.ended.addEventListener('abort', () => this.#following === following && void this.#renew());
  }

  /** The cluster was ended for everyone, perhaps since who acts there is somebody else: what was read before is shown no longer. */
  async #renew(): Promise<void> {
    if (this.#renewing || this.#lifetime.disposed) return;
    this.#renewing = true;
    this.#following.dispose();
    this.#followed = undefined;
    this.#lost = undefined;
    this.#post();
    let followed: FollowedResource;
    try {
      followed = await this.#parts.follow();
    } catch (error) {
      this.#lost = failureWords(error);
      this.#post();
      return;
    } finally {
      this.#renewing = false;
    }
    if (this.#lifetime.disposed) {
      followed.follower.dispose();
      followed.connection.dispose();
      return;
    }
    this.#take(followed);
    this.#post();
  }
}
