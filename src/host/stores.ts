/** What takes a store's contents away. `window close` is the end of everything that is in memory only. */
export type ClearedBy = 'sign-out' | 'other identity' | 'reset' | 'window close';

export type Persistence = 'memory' | 'global state' | 'workspace state' | 'secret storage' | 'webview state';

/**
 * Why stores are cleared. `identity`: whoever was signed in to this cluster is not any more, by signing out or because somebody
 * else signed in; `clusterUid` is known once the cluster has answered.
 */
export type ClearScope = { readonly type: 'reset' } | { readonly type: 'identity'; readonly clusterId: string; readonly clusterUid?: string };

/** One place in which the host keeps something between two messages, as its owner describes it. */
export interface Store {
  readonly name: string;
  /** The source file, from `src/host` or the root. */
  readonly owner: string;
  readonly persistence: readonly Persistence[];
  readonly clearedBy: readonly ClearedBy[];
  clear(scope: ClearScope): Promise<void> | void;
}

/**
 * All stores of the host. The table "Stores" in src/ARCHITECTURE.md says the same for people, and a test compares the two; what
 * is not registered here is not cleared by anything.
 */
export class Stores {
  readonly #stores = new Map<string, Store>();

  register(...stores: readonly Store[]): void {
    for (const store of stores) {
      if (this.#stores.has(store.name)) throw new Error(`The store "${store.name}" is registered twice.`);
      this.#stores.set(store.name, store);
    }
  }

  get all(): readonly Store[] {
    return [...this.#stores.values()];
  }

  /** Clears every store that the scope concerns, also when one of them fails; what failed is thrown at the end. */
  async clear(scope: ClearScope): Promise<void> {
    const concerned = this.all.filter(({ clearedBy }) => clearedBy.includes(scope.type === 'reset' ? 'reset' : 'sign-out'));
    const outcomes = await Promise.allSettled(concerned.map(async (store) => store.clear(scope)));
    const failed = concerned.flatMap(({ name }, index) => (outcomes[index]?.status === 'rejected' ? [name] : []));
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    if (errors.length > 0) throw new AggregateError(errors, `Not everything could be cleared: ${failed.join(', ')}.`);
  }
}
