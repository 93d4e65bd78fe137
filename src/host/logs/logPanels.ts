import type * as vscode from 'vscode';
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
  readonly cluster: LogReader;
  /** For the view's head: the cluster's label and the namespace. */
  readonly place: { readonly cluster: string; readonly namespace: string };
  /** How many past lines of each container are asked for. */
  readonly tailLines: number;
  /** Tells the containers, at once or later, whenever they change, until it is disposed. */
  readonly follow: (tell: (sources: readonly LogSource[]) => void) => Disposable;
  /** Ends with the view, such as the hold on the cluster. It is ours from here on, also when the view was there already. */
  readonly owned: Disposable;
}

/** The log views that are open. */
export class LogPanels implements Disposable {
  readonly #streams: LogStreams;
  readonly #words: LogWords;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #extensionUri: vscode.Uri;
  readonly #panels = new Map<string, LogPanel>();

  constructor(parts: { streams: LogStreams; words: LogWords; clock: Clock; log: Logger; extensionUri: vscode.Uri }) {
    this.#streams = parts.streams;
    this.#words = parts.words;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#extensionUri = parts.extensionUri;
  }

  /** Shows the view of this key when there is one. */
  reveal(key: string): boolean {
    const panel = this.#panels.get(key);
    panel?.reveal();
    return panel !== undefined;
  }

  openLogs(request: LogRequest): void {
    const { key, title, id, place, tailLines } = request;
    if (this.reveal(key)) {
      request.owned.dispose();
      return;
    }
    const logs = new NodeLogs({
      streams: this.#streams,
      cluster: request.cluster,
      clock: this.#clock,
      log: this.#log,
      words: this.#words,
      tailLines,
      describe: () => ({ nodeId: id, ...place }),
    });
    const owned = new DisposableList();
    owned.add(request.owned);
    this.#panels.set(
      key,
      new LogPanel({
        title,
        id,
        logs,
        owned: [owned],
        extensionUri: this.#extensionUri,
        clock: this.#clock,
        log: this.#log,
        onClosed: () => this.#panels.delete(key),
      }),
    );
    owned.add(request.follow((sources) => logs.setSources(sources)));
  }

  dispose(): void {
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }
}
