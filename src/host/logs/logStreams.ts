import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { disposable } from '../../shared/disposables';
import type { LiveOrigin, LogReader } from './containerLog';
import { ContainerLog } from './containerLog';
import type { LogSource, LogWords } from './logSource';
import { sourceKey } from './logSource';

/** A container's log that one viewer holds. */
export interface OpenedContainerLog extends Disposable {
  readonly container: ContainerLog;
}

interface Held {
  readonly container: ContainerLog;
  holders: number;
}

/**
 * The logs that are being read, one for each container of each cluster, however many views show it. A log ends with its last
 * holder. One per process.
 */
export class LogStreams implements Disposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #words: LogWords;
  /** By the cluster object itself: those who share a cluster hold the same one. */
  readonly #held = new Map<LogReader, Map<string, Held>>();
  #lastId = 0;

  constructor(parts: { readonly clock: Clock; readonly log: Logger; readonly words: LogWords }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#words = parts.words;
  }

  /** How many containers are held. */
  get size(): number {
    return [...this.#held.values()].reduce((sum, logs) => sum + logs.size, 0);
  }

  readonly nextId = (): number => ++this.#lastId;

  /** `origin` and `tailLines` count for the first holder; later ones widen what there is. */
  open(cluster: LogReader, source: LogSource, origin: LiveOrigin, tailLines: number): OpenedContainerLog {
    const logs = this.#held.get(cluster) ?? new Map<string, Held>();
    this.#held.set(cluster, logs);
    const key = sourceKey(source);
    let held = logs.get(key);
    if (held === undefined) {
      held = {
        container: new ContainerLog({ cluster, clock: this.#clock, log: this.#log, words: this.#words, nextId: this.nextId }, source, origin, tailLines),
        holders: 0,
      };
      logs.set(key, held);
      // The trail of whose logs were looked at.
      this.#log.info(`logs: ${source.namespace}/${source.pod}, container ${source.container}`);
    }
    held.holders++;
    const { container } = held;
    const release = disposable(() => {
      const present = logs.get(key);
      if (present?.container !== container || --present.holders > 0) return;
      container.dispose();
      this.#log.info(`logs: ${source.namespace}/${source.pod}, container ${source.container}: closed`);
      logs.delete(key);
      if (logs.size === 0) this.#held.delete(cluster);
    });
    return { container, dispose: () => release.dispose() };
  }

  dispose(): void {
    for (const logs of this.#held.values()) for (const { container } of logs.values()) container.dispose();
    this.#held.clear();
  }
}
