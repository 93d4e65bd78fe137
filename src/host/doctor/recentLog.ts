import type { Clock, Logger } from '../../engine/ports';

export interface LogEntry {
  readonly atMs: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

const entryLimit = 500;
const messageLimit = 2_000;

/** Passes every line on and keeps the last ones, for whoever asks for help. Only in memory. */
export class RecentLog implements Logger {
  readonly #onward: Logger;
  readonly #clock: Clock;
  #entries: LogEntry[] = [];

  constructor(onward: Logger, clock: Clock) {
    this.#onward = onward;
    this.#clock = clock;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  readonly debug = (message: string): void => {
    this.#keep('debug', message);
    this.#onward.debug(message);
  };

  readonly info = (message: string): void => {
    this.#keep('info', message);
    this.#onward.info(message);
  };

  readonly warn = (message: string): void => {
    this.#keep('warn', message);
    this.#onward.warn(message);
  };

  readonly error = (message: string, error?: unknown): void => {
    this.#keep('error', error instanceof Error ? `${message} ${error.stack ?? error.message}` : message);
    this.#onward.error(message, error);
  };

  clear(): void {
    this.#entries = [];
  }

  #keep(level: LogEntry['level'], message: string): void {
    this.#entries.push({ atMs: this.#clock.now(), level, message: message.slice(0, messageLimit) });
    if (this.#entries.length <= entryLimit * 2) return;
    // Each request is a line for debugging: a storm of them must not wash away what went wrong before it.
    const grave = this.#entries.filter((entry) => entry.level !== 'debug').slice(-entryLimit / 2);
    const recent = this.#entries.slice(-(entryLimit - grave.length));
    this.#entries = [...grave.filter((entry) => !recent.includes(entry)), ...recent];
  }
}
