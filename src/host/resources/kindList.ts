import type { Clock, Cluster, ResourceInfo, WatchEvent } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';

/** How well a list follows the cluster. */
export type ListState =
  | { readonly type: 'loading' }
  | { readonly type: 'live' }
  /** Read once: the kind, or our rights, allow no watch. `missingVerb` is set where it is the rights. */
  | { readonly type: 'read'; readonly missingVerb?: string }
  | { readonly type: 'forbidden'; readonly verb: string }
  /** What is shown may be out of date since then. */
  | { readonly type: 'stale'; readonly sinceMs: number; readonly error: unknown }
  | { readonly type: 'failed'; readonly error: unknown };

/** Changes are told at once after a pause and then no more often than this: a rollout of thousands is one list a person can read. */
const tellEveryMs = 250;

type Listing = Pick<Cluster, 'watch' | 'list' | 'mayI'>;

/** A live copy of one kind in one namespace, or with an empty one in all. It asks nothing before `start` and nothing after its end. */
export class KindList implements Disposable {
  readonly kind: ResourceInfo;
  readonly namespace: string;
  readonly #cluster: Listing;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #objects = new Map<string, KubeObject>();
  readonly #controller = new AbortController();
  #state: ListState = { type: 'loading' };
  #watch: Disposable | undefined;
  #timer: Disposable | undefined;
  #lastToldMs = Number.NEGATIVE_INFINITY;
  #settle: () => void = () => undefined;
  /** Resolves when there is something to show: the list, or why there is none. */
  readonly settled: Promise<void>;

  constructor(options: { cluster: Listing; kind: ResourceInfo; namespace: string; clock: Clock; onChange: () => void }) {
    this.kind = options.kind;
    this.namespace = options.namespace;
    this.#cluster = options.cluster;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
    this.settled = new Promise((resolve) => (this.#settle = resolve));
  }

  get state(): ListState {
    return this.#state;
  }

  get size(): number {
    return this.#objects.size;
  }

  objects(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  find(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  start(): void {
    if (!this.kind.verbs.includes('watch')) {
      void this.#read(undefined);
      return;
    }
    this.#watch = this.#cluster.watch(this.kind, this.namespace === '' ? {} : { namespace: this.namespace }, (event) => this.#take(event));
  }

  dispose(): void {
    this.#controller.abort();
    this.#watch?.dispose();
    this.#timer?.dispose();
    this.#settle();
  }

  #take(event: WatchEvent): void {
    if (this.#controller.signal.aborted) return;
    switch (event.type) {
      case 'upsert':
        this.#objects.set(keyOf(event.object), event.object);
        break;
      case 'delete':
        this.#objects.delete(keyOf(event.object));
        break;
      case 'synced':
      case 'connected':
        if (event.type === 'connected' && this.#state.type !== 'stale') return;
        this.#state = { type: 'live' };
        break;
      case 'disconnected':
        if (event.failure.kind === 'forbidden') {
          // Asking on would only fill the cluster's log: what we may is asked once more when a person asks for it.
          this.#watch?.dispose();
          void this.#refused();
          return;
        }
        this.#state =
          this.#state.type === 'live' || this.#state.type === 'stale'
            ? { type: 'stale', sinceMs: event.sinceMs, error: new ClusterError(event.failure) }
            : { type: 'failed', error: new ClusterError(event.failure) };
    }
    this.#tell();
  }

  /** A refused watch says nothing of the verb. Whoever may list but not watch still gets a list. */
  async #refused(): Promise<void> {
    try {
      const mayList = await this.#cluster.mayI(
        { verb: 'list', group: groupOf(this.kind.apiVersion), resource: this.kind.resource, namespace: this.namespace },
        this.#controller.signal,
      );
      if (mayList) {
        await this.#read('watch');
        return;
      }
      this.#become({ type: 'forbidden', verb: 'list' });
    } catch (error) {
      this.#become({ type: 'failed', error });
    }
  }

  async #read(missingVerb: string | undefined): Promise<void> {
    try {
      const query = { signal: this.#controller.signal, ...(this.namespace === '' ? {} : { namespace: this.namespace }) };
      const found = await this.#cluster.list(this.kind, query);
      this.#objects.clear();
      for (const object of found) this.#objects.set(keyOf(object), object);
      this.#become({ type: 'read', ...(missingVerb === undefined ? {} : { missingVerb }) });
    } catch (error) {
      if (error instanceof ClusterError && error.failure.kind === 'forbidden') this.#become({ type: 'forbidden', verb: 'list' });
      else this.#become({ type: 'failed', error });
    }
  }

  #become(state: ListState): void {
    if (this.#controller.signal.aborted) return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    // Until the first list is complete its pieces say nothing.
    if (this.#state.type === 'loading' || this.#timer !== undefined) return;
    this.#settle();
    const waitMs = Math.max(0, this.#lastToldMs + tellEveryMs - this.#clock.now());
    this.#timer = this.#clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#lastToldMs = this.#clock.now();
      this.#onChange();
    });
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
