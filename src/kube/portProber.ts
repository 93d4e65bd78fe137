import { connect } from 'node:net';
import type { Clock } from '../engine/ports';
import type { Disposable } from '../shared/disposables';

const quickDelayMs = 500;
/** Half-second tries for a minute: a restarted server is found at once. */
const quickTries = 120;
const slowDelaysMs = [5_000, 10_000, 20_000, 40_000, 60_000] as const;
const connectTimeoutMs = 3_000;

/** Whether the port takes a connection now. Says nothing and sends no credentials. */
export function portAccepts(host: string, port: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (open: boolean): void => {
      timer.dispose();
      socket.destroy();
      resolve(open);
    };
    const timer = clock.after(connectTimeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.on('error', () => done(false));
  });
}

/** Waits for a server that does not answer, once for everybody: all watches of a cluster wait on one prober. */
export class PortProber implements Disposable {
  readonly #clock: Clock;
  readonly #accepts: () => Promise<boolean>;
  readonly #random: () => number;
  readonly #waiting = new Set<() => void>();
  #running: AbortController | undefined;
  #pause = new AbortController();
  #tries = 0;

  constructor(clock: Clock, accepts: () => Promise<boolean>, random: () => number) {
    this.#clock = clock;
    this.#accepts = accepts;
    this.#random = random;
  }

  /** Resolves when the port takes connections, or when the signal is raised: the caller looks at its signal. */
  untilOpen(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        if (this.#waiting.size === 0) this.#stop();
        resolve();
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.add(done);
      if (this.#running === undefined) void this.#probe();
    });
  }

  /** The next try comes at once, and quick ones follow it again. */
  retryNow(): void {
    this.#tries = 0;
    this.#pause.abort();
  }

  dispose(): void {
    for (const done of [...this.#waiting]) done();
    this.#stop();
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #probe(): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    for (this.#tries = 0; !running.signal.aborted;) {
      const open = await this.#accepts();
      if (running.signal.aborted) return;
      if (open) {
        for (const done of [...this.#waiting]) done();
        return;
      }
      const slow = slowDelaysMs[Math.min(this.#tries - quickTries, slowDelaysMs.length - 1)];
      const delayMs = this.#tries < quickTries || slow === undefined ? quickDelayMs : jittered(slow, this.#random);
      // Only the end of waiting raises the signal, and then there is nothing left to do.
      this.#tries += 1;
      this.#pause = new AbortController();
      await this.#clock.sleep(delayMs, AbortSignal.any([running.signal, this.#pause.signal])).catch(() => undefined);
    }
  }
}

/** Up to a fifth more or less, so that many clients do not come back in the same instant. */
export function jittered(delayMs: number, random: () => number): number {
  return Math.round(delayMs * (0.8 + 0.4 * random()));
}
