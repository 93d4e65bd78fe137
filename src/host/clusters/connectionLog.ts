import type { Clock, Logger } from '../../engine/ports';
import { about } from '../doctor/report';

export type ConnectionAction = 'cluster_added' | 'cluster_changed' | 'cluster_removed' | 'connection_test' | 'health_check' | 'access_changed';

/** One thing that was done with a cluster. */
export interface ConnectionLogRow {
  readonly timestampMs: number;
  readonly cluster: string;
  readonly action: ConnectionAction;
  readonly success: boolean;
  /** Set when it did not succeed. */
  readonly error?: string;
  readonly details: string;
}

const rowLimit = 1_000;
const keptMs = 24 * 3_600_000;

/**
 * What was done with clusters, newest last: written to the output channel as it happens, and kept in memory for a day, at most
 * 1000 rows, for whoever asks for help. Texts come cleaned and hold no credentials.
 */
export class ConnectionLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  #rows: ConnectionLogRow[] = [];

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @param error why it failed; without it, it succeeded */
  note(cluster: string, action: ConnectionAction, details = '', error?: string): void {
    const row: ConnectionLogRow = {
      timestampMs: this.#clock.now(),
      cluster,
      action,
      success: error === undefined,
      details,
      ...(error === undefined ? {} : { error }),
    };
    this.#rows.push(row);
    if (this.#rows.length > rowLimit) this.#rows.shift();
    const said = [row.success ? 'ok' : 'failed', error, details].filter((part) => part !== undefined && part !== '').join(' ');
    const line = `${action} ${about(cluster, said)}`;
    if (row.success) this.#log.info(line);
    else this.#log.warn(line);
  }

  /** The newest rows, oldest first. */
  rows(limit = 100): readonly ConnectionLogRow[] {
    return this.#recent().slice(-Math.min(limit, rowLimit));
  }

  clear(): void {
    this.#rows = [];
  }

  #recent(): readonly ConnectionLogRow[] {
    const since = this.#clock.now() - keptMs;
    return this.#rows.filter(({ timestampMs }) => timestampMs >= since);
  }
}
