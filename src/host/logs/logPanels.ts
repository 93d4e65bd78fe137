import type * as vscode from 'vscode';
import type { TabOrigin } from '../editor/tabs';
import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { LogReader } from './containerLog';
import { LogPanel } from './logPanel';
import type { LogSource, LogWords } from './logSource';
import type { LogStreams } from './logStreams';
import { NodeLogs } from './nodeLogs';

/** What a log view is to show. */
export interface LogRequest {
  /** One view for each key: asking again shows the one that is there. */
  readonly key: string;
  readonly title: string;
  /** What the logs are of: a node's id, or a resource's. */
  readonly id: string;
  /** How many past lines of each container are asked for. */
  readonly tailLines: number;
  /** What the view is made again from after a reload. */
  readonly origin: TabOrigin;
  /** The tab that was kept over a reload. */
  readonly panel?: vscode.WebviewPanel | undefined;
  /** Opens the cluster; again when it was ended for everyone. Rejects when that is not possible now. */
  readonly open: () => Promise<LogFeed>;
}

/** Where the lines of a view come from, for as long as its cluster is open. */
export interface LogFeed {
  readonly cluster: LogReader;
  /** Aborted when the cluster is ended for everyone. */
  readonly ended: AbortSignal;
  /** For the view's head: the cluster's label and the namespace. */
  readonly place: { readonly cluster: string; readonly namespace: string };
  /** Tells the containers, at once or later, whenever they change, until it is disposed. */
  readonly follow: (tell: (sources: readonly LogSource[]) => void) => Disposable;
  /** Ends with the feed, such as the hold on the cluster. It is ours from here on, also when the view was there already. */
  readonly owned: Disposable;
}

/** The log views that are open. */
export class LogPanels implements Disposable {
  readonly #streams: LogStreams;
  readonly #words: LogWords;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #extensionUri: vscode.Uri;
  readonly #open = new Map<string, { readonly panel: LogPanel; readonly feed: FollowedFeed }>();

  constructor(parts: { streams: LogStreams; words: LogWords; clock: Clock; log: Logger; extensionUri: vscode.Uri }) {
    this.#streams = parts.streams;
    this.#words = parts.words;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#extensionUri = parts.extensionUri;
  }

  /** Shows the view of this key when there is one. */
  reveal(key: string): boolean {
    const open = this.#open.get(key);
    open?.panel.reveal();
    return open !== undefined;
  }

  async openLogs(request: LogRequest): Promise<void> {
    const { key, title, id, tailLines } = request;
    if (this.reveal(key)) return request.panel?.dispose();
    const first = await request.open();
    if (this.reveal(key)) {
      first.owned.dispose();
      request.panel?.dispose();
      return;
    }
    const [streams, clock, log, words] = [this.#streams, this.#clock, this.#log, this.#words];
    const feed = new FollowedFeed(request, first, words, (cluster, describe) => new NodeLogs({ streams, cluster, clock, log, words, tailLines, describe }));
    const panel = new LogPanel({
      title,
      id,
      origin: request.origin,
      panel: request.panel,
      logs: feed.logs,
      owned: [feed],
      reconnect: () => feed.reconnect(),
      extensionUri: this.#extensionUri,
      clock,
      log,
      onClosed: () => this.#open.delete(key),
    });
    this.#open.set(key, { panel, feed });
    feed.follow();
  }

  /** Views that lost their cluster try again: somebody may have signed in. */
  retry(): void {
    for (const { feed } of this.#open.values()) if (feed.logs.lost !== undefined) feed.reconnect();
  }

  dispose(): void {
    for (const { panel } of [...this.#open.values()]) panel.dispose();
  }
}

/** The lines of one view, over all the connections that they come by. */
class FollowedFeed implements Disposable {
  readonly logs: NodeLogs;
  readonly #request: LogRequest;
  readonly #words: LogWords;
  #feed: LogFeed;
  #following = new DisposableList();
  #renewing = false;
  #disposed = false;

  constructor(
    request: LogRequest,
    first: LogFeed,
    words: LogWords,
    makeLogs: (cluster: LogReader, describe: () => { readonly nodeId: string; readonly namespace: string; readonly cluster: string }) => NodeLogs,
  ) {
    this.#request = request;
    this.#words = words;
    this.#feed = first;
    this.logs = makeLogs(first.cluster, () => ({ nodeId: request.id, ...this.#feed.place }));
  }

  /** Reads on from where it stopped, or begins anew when the cluster is no longer open. */
  reconnect(): void {
    if (this.logs.lost === undefined) this.logs.reconnect();
    else void this.#renew();
  }

  dispose(): void {
    this.#disposed = true;
    this.#following.dispose();
  }

  /** Begins with the feed that is there; every later one follows by itself. */
  follow(): void {
    const feed = this.#feed;
    const following = new DisposableList();
    this.#following = following;
    following.add(feed.owned);
    following.add(feed.follow((sources) => this.logs.setSources(sources)));
    if (feed.ended.aborted) void this.#renew();
    else feed.ended.addEventListener('abort', () => this.#following === following && void this.#renew());
  }

  async #renew(): Promise<void> {
    if (this.#renewing || this.#disposed) return;
    this.#renewing = true;
    this.#following.dispose();
    try {
      const feed = await this.#request.open();
      if (this.#disposed) {
        feed.owned.dispose();
        return;
      }
      this.#feed = feed;
      this.logs.moveTo(feed.cluster);
    } catch (error) {
      if (!this.#disposed) this.logs.lose(this.#words.failure(error));
      return;
    } finally {
      this.#renewing = false;
    }
    this.follow();
  }
}
