import type { PodInfo } from '../../engine/index';
import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList, disposable } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import type { LogStreamBody } from '../../shared/stream';
import { resubscribeDelayMs } from '../../shared/stream';
import type { LogReader } from './containerLog';
import type { LogSource, LogWords } from './logSource';
import { sourcesOfPods } from './logSource';
import type { LogStreams } from './logStreams';
import { NodeLogs } from './nodeLogs';

/** A card shows one line, and no eye reads more than ten a second. */
const tailEveryMs = 100;

/** What a node's last line is read from: the workflow's live state on its present target. */
export interface TailSubject {
  readonly target: Target | null;
  podsOf(nodeId: string): readonly PodInfo[];
  onPatch(listener: () => void): Disposable;
  onDidChangeTarget(listener: () => void): Disposable;
  /** The cluster of the target, held until disposed; undefined where there is none. */
  connect(): Promise<{ readonly cluster: LogReader; readonly target: Target; dispose(): void } | undefined>;
}

interface Tail {
  holders: number;
  readonly lifetime: DisposableList;
}

/**
 * The last log line of nodes that somebody looks at, for one open workflow. Nothing is read for a node that nobody holds,
 * and a container that a log view follows as well is read once.
 */
export class NodeTails implements Disposable {
  readonly #live: TailSubject;
  readonly #streams: LogStreams;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #words: LogWords;
  readonly #publish: (nodeId: string, body: LogStreamBody) => void;
  readonly #tails = new Map<string, Tail>();
  readonly #retargeting: Disposable;

  constructor(parts: {
    live: TailSubject;
    streams: LogStreams;
    clock: Clock;
    log: Logger;
    words: LogWords;
    publish: (nodeId: string, body: LogStreamBody) => void;
  }) {
    this.#live = parts.live;
    this.#streams = parts.streams;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#words = parts.words;
    this.#publish = parts.publish;
    this.#retargeting = this.#live.onDidChangeTarget(() => {
      // What was read belongs to the target before.
      for (const [nodeId, { holders }] of [...this.#tails]) {
        this.#end(nodeId);
        this.#begin(nodeId, holders);
      }
    });
  }

  /** While held, the node's newest line is published. */
  hold(nodeId: string): Disposable {
    const present = this.#tails.get(nodeId);
    if (present === undefined) this.#begin(nodeId, 1);
    else present.holders++;
    return disposable(() => {
      const tail = this.#tails.get(nodeId);
      if (tail !== undefined && --tail.holders === 0) this.#end(nodeId);
    });
  }

  dispose(): void {
    this.#retargeting.dispose();
    for (const nodeId of [...this.#tails.keys()]) this.#end(nodeId);
  }

  #end(nodeId: string): void {
    this.#tails.get(nodeId)?.lifetime.dispose();
    this.#tails.delete(nodeId);
  }

  #begin(nodeId: string, holders: number): void {
    const lifetime = new DisposableList();
    this.#tails.set(nodeId, { holders, lifetime });
    if (this.#live.target !== null) void this.#follow(nodeId, lifetime);
  }

  async #follow(nodeId: string, lifetime: DisposableList): Promise<void> {
    try {
      const connection = await this.#live.connect();
      if (connection === undefined) return;
      lifetime.add(connection);
      if (lifetime.disposed) return;
      const { cluster, target } = connection;
      const logs = lifetime.add(
        new NodeLogs({
          streams: this.#streams,
          cluster,
          clock: this.#clock,
          log: this.#log,
          words: this.#words,
          tailLines: 1,
          describe: () => ({ nodeId, namespace: target.namespace, cluster: target.label }),
        }),
      );
      this.#tell(nodeId, logs, lifetime);
      // Init containers have had their say; the last line of a node is that of what runs.
      const look = (): void => logs.setSources(sourcesOfPods(this.#live.podsOf(nodeId)).filter((source: LogSource) => source.type === 'container'));
      lifetime.add(this.#live.onPatch(look));
      look();
    } catch (error) {
      if (lifetime.disposed) return;
      this.#log.debug(`The last line of ${nodeId} cannot be followed: ${this.#words.failure(error)}`);
      lifetime.add(this.#clock.after(resubscribeDelayMs, () => void this.#follow(nodeId, lifetime)));
    }
  }

  /** Publishes the newest line: the first at once, then at most ten times a second. */
  #tell(nodeId: string, logs: NodeLogs, lifetime: DisposableList): void {
    let newest: LogStreamBody | undefined;
    let resting: Disposable | undefined;
    const send = (): void => {
      resting = undefined;
      if (newest === undefined) return;
      this.#publish(nodeId, newest);
      newest = undefined;
      resting = this.#clock.after(tailEveryMs, send);
    };
    lifetime.add(disposable(() => resting?.dispose()));
    lifetime.add(
      logs.onStream((body) => {
        const line = body.event_type === 'log' ? body.data.lines.findLast((one) => one.mark === undefined) : undefined;
        if (line === undefined) return;
        newest = { event_type: 'log', data: { lines: [line] } };
        if (resting === undefined) send();
      }),
    );
  }
}
