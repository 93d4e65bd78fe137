import type { GatePaused } from '../../engine/index';
import type { Clock } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';

/** A timer of the platform fires at once when it is set further ahead than about 24 days; nobody minds a look twice a day. */
const longestMs = 12 * 60 * 60 * 1000;

/** Waits for the moment at which the time of the first of some gates is over. */
export class GateDeadlines implements Disposable {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #timer: Disposable | undefined;

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Waits for these gates from now on, and for none before them. Those whose time is over already are told of, too, later. */
  await(gates: readonly GatePaused[]): void {
    this.dispose();
    const times = gates.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [Date.parse(expiresAt)])).filter((time) => !Number.isNaN(time));
    if (times.length === 0) return;
    const untilMs = Math.min(...times);
    const wait = (): void => {
      const leftMs = untilMs - this.#clock.now();
      this.#timer = this.#clock.after(Math.max(0, Math.min(leftMs, longestMs)), () => {
        if (this.#clock.now() < untilMs) wait();
        else this.#onOver();
      });
    };
    wait();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
