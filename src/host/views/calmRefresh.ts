import type { Clock } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';

/** How long the editor may take to hear what was listed below a row. */
const settleMs = 250;
/** A row whose listing hangs is refreshed all the same after this time. */
const limitMs = 1_000;

/**
 * Holds back the news of a row while the editor lists what is below it. Its extension host forgets the rows below at once
 * when it hears of a change, but its window takes the listing that is still on its way for the answer and lists no second
 * time: those rows stay on the screen, and every command on them is called with nothing.
 */
export class CalmRefresh<T extends object> implements Disposable {
  readonly #clock: Clock;
  readonly #fire: (node: T | undefined) => void;
  readonly #parents = new WeakMap<T, T | undefined>();
  /** Rows that are being listed or just were, with how many times; undefined is the top. */
  readonly #listing = new Map<T | undefined, number>();
  readonly #held = new Map<T | undefined, Disposable>();
  readonly #timers = new Set<Disposable>();

  constructor(clock: Clock, fire: (node: T | undefined) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Lists what is below a row, for the editor. */
  async list(node: T | undefined, ask: () => Promise<readonly T[]>): Promise<T[]> {
    this.#listing.set(node, (this.#listing.get(node) ?? 0) + 1);
    try {
      const children = await ask();
      for (const child of children) this.#parents.set(child, node);
      return [...children];
    } finally {
      this.#after(settleMs, () => {
        const left = (this.#listing.get(node) ?? 1) - 1;
        if (left > 0) this.#listing.set(node, left);
        else this.#listing.delete(node);
        for (const held of [...this.#held.keys()]) if (!this.#isListed(held)) this.#release(held);
      });
    }
  }

  /** A row changed, or with undefined any of them: the editor is told, at once or when it has heard what it asked for. */
  changed(node: T | undefined): void {
    if (!this.#isListed(node)) this.#fire(node);
    else if (!this.#held.has(node))
      this.#held.set(
        node,
        this.#after(limitMs, () => this.#release(node)),
      );
  }

  dispose(): void {
    for (const timer of this.#timers) timer.dispose();
    this.#timers.clear();
    this.#held.clear();
  }

  /** Whether a row, or one below it, is being listed, or it is itself among the rows that are on their way. */
  #isListed(node: T | undefined): boolean {
    if (node !== undefined && this.#parents.has(node) && this.#listing.has(this.#parents.get(node))) return true;
    for (const listed of this.#listing.keys()) {
      let at = listed;
      while (at !== node && at !== undefined) at = this.#parents.get(at);
      if (at === node) return true;
    }
    return false;
  }

  #release(node: T | undefined): void {
    const timer = this.#held.get(node);
    if (timer === undefined) return;
    this.#held.delete(node);
    this.#timers.delete(timer);
    timer.dispose();
    this.#fire(node);
  }

  #after(delayMs: number, act: () => void): Disposable {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
    return timer;
  }
}
