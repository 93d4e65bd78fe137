import type { Clock } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { WorkflowStreamBody, WorkflowStreamEvent, WorkflowStreamKey } from '../../shared/stream';
import type { Broadcaster } from './broadcaster';
import type { StreamSubscription } from './subscription';

/** Even when nothing seems to be lost, the page is told everything again from time to time. */
const syncEveryMs = 5 * 60_000;
/** How long a cluster is followed for a page that cannot be seen, so that a glance at another tab costs no new list. */
const lingerMs = 60_000;

/**
 * What one page hears of one workflow: nothing before it has asked, nothing while it cannot be seen, and in between every
 * change, from one subscription. A page that comes back asks for everything.
 */
export class PageStream implements Disposable {
  readonly #broadcaster: Pick<Broadcaster, 'subscribe'>;
  readonly #key: WorkflowStreamKey;
  readonly #clock: Clock;
  readonly #deliver: (event: WorkflowStreamEvent) => PromiseLike<unknown>;
  readonly #snapshot: () => WorkflowStreamBody;
  readonly #hold: () => Disposable;
  #isAwake = false;
  #subscription: StreamSubscription | undefined;
  #syncing: Disposable | undefined;
  #holding: Disposable | undefined;
  #lingering: Disposable | undefined;

  /** `hold` keeps the workflow's cluster followed until disposed; it is held from the beginning, before the page asks. */
  constructor(parts: {
    readonly broadcaster: Pick<Broadcaster, 'subscribe'>;
    readonly key: WorkflowStreamKey;
    readonly clock: Clock;
    readonly deliver: (event: WorkflowStreamEvent) => PromiseLike<unknown>;
    readonly snapshot: () => WorkflowStreamBody;
    readonly hold: () => Disposable;
  }) {
    this.#broadcaster = parts.broadcaster;
    this.#key = parts.key;
    this.#clock = parts.clock;
    this.#deliver = parts.deliver;
    this.#snapshot = parts.snapshot;
    this.#hold = parts.hold;
    this.#holding = this.#hold();
  }

  /** The page has asked and can be seen. */
  get isAwake(): boolean {
    return this.#isAwake;
  }

  /** The page asks for everything; from now on it hears what changes. A page that has just begun is `fresh`. */
  wake(fresh: boolean): void {
    // What was told to the page before this one is of no use, and neither is its acknowledgement.
    if (fresh) this.#endSubscription();
    this.#isAwake = true;
    this.#lingering?.dispose();
    this.#lingering = undefined;
    this.#holding ??= this.#hold();
    this.#subscription ??= this.#broadcaster.subscribe(this.#key, { deliver: this.#deliver, snapshot: this.#snapshot });
    this.#syncLater();
  }

  /** The number of the last event before a snapshot that is taken now; what it contains is not sent again. */
  caughtUp(): number {
    return this.#subscription?.caughtUp() ?? 0;
  }

  /** The page cannot be seen: it is gone, or will ask for everything when it is back. To tell it anything is work for nobody. */
  sleep(): void {
    this.#isAwake = false;
    this.#endSubscription();
    this.#lingering ??= this.#clock.after(lingerMs, () => {
      this.#holding?.dispose();
      this.#holding = undefined;
    });
  }

  dispose(): void {
    this.#isAwake = false;
    this.#endSubscription();
    this.#lingering?.dispose();
    this.#holding?.dispose();
    this.#holding = undefined;
  }

  #endSubscription(): void {
    this.#subscription?.dispose();
    this.#subscription = undefined;
    this.#syncing?.dispose();
    this.#syncing = undefined;
  }

  #syncLater(): void {
    this.#syncing?.dispose();
    this.#syncing = this.#clock.after(syncEveryMs, () => {
      this.#subscription?.resync();
      this.#syncLater();
    });
  }
}
