import type { Clock, Logger } from '../../engine/ports';
import type { StreamBodyOf, StreamEventOf, StreamKey } from '../../shared/stream';
import type { StreamSubscription } from './subscription';
import { Subscription } from './subscription';

/** What a subscriber brings. */
export type SubscribeOptions<K extends StreamKey> = {
  /** How many envelopes may wait; without it 10 for workflows and resources, 100 for logs, builds and imports. */
  readonly capacity?: number;
  /**
   * Hears the envelopes in order, one at a time and never inside `publish`: the next one comes when the promise it returns
   * has settled, and meanwhile they wait. An envelope that it throws on is lost for it, which the next number shows.
   */
  readonly deliver: (event: StreamEventOf<K>) => void | PromiseLike<unknown>;
} & (K extends `workflow:${string}` | `resource:${string}`
  ? {
      /**
       * The full state as one event (`workflow_sync`, or a resource's `metadata`), asked for when it is delivered. It holds
       * all that was published until then, so a publisher changes its own state first and publishes after.
       */
      readonly snapshot: () => StreamBodyOf<K>;
    }
  : object);

/**
 * Carries events from those who publish to the views that subscribed, by key; one per process. A publisher neither waits for
 * a view nor hears of its faults. A slow view gets the newest status of each node rather than every status there was, then
 * the full state; where there is no full state to send (logs, builds, imports) an envelope says how much was left out.
 */
export class Broadcaster {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #subscriptions = new Map<StreamKey, Set<Subscription>>();
  #closed = false;

  constructor(parts: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Returns at once, whoever listens. Without a subscriber nothing happens. */
  publish<K extends StreamKey>(key: K, body: StreamBodyOf<K>): void {
    if (this.#closed) return;
    for (const subscription of [...(this.#subscriptions.get(key) ?? [])]) subscription.put(body);
  }

  /** Disposing ends the subscription; nothing is delivered after that. Once the broadcaster is closed nothing is delivered at all. */
  subscribe<K extends StreamKey>(key: K, options: SubscribeOptions<K>): StreamSubscription {
    const subscription = new Subscription(key, {
      clock: this.#clock,
      log: this.#log,
      capacity: options.capacity,
      // A subscriber of this key is handed events of this key only.
      deliver: options.deliver as (event: StreamEventOf<StreamKey>) => void | PromiseLike<unknown>,
      snapshot: 'snapshot' in options ? options.snapshot : undefined,
      onEnd: () => this.#remove(key, subscription),
    });
    if (this.#closed) {
      subscription.dispose();
      return subscription;
    }
    const others = this.#subscriptions.get(key);
    if (others === undefined) this.#subscriptions.set(key, new Set([subscription]));
    else others.add(subscription);
    return subscription;
  }

  subscriberCount(key: StreamKey): number {
    return this.#subscriptions.get(key)?.size ?? 0;
  }

  /** The keys that somebody listens to. */
  keys(): readonly StreamKey[] {
    return [...this.#subscriptions.keys()];
  }

  /** Sends `complete` to everyone as the last event. Resolves when all have taken it, or after `limitMs`. */
  async close(limitMs = 1000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const all = [...this.#subscriptions.values()].flatMap((set) => [...set]);
    const limit = new AbortController();
    const late = this.#clock.sleep(limitMs, limit.signal).catch(() => undefined);
    await Promise.race([Promise.all(all.map((subscription) => subscription.finish())), late]);
    limit.abort();
    for (const subscription of all) subscription.dispose();
  }

  #remove(key: StreamKey, subscription: Subscription): void {
    const set = this.#subscriptions.get(key);
    set?.delete(subscription);
    if (set?.size === 0) this.#subscriptions.delete(key);
  }
}
