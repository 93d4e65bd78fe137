import type { NodeState, NodeStatus } from '../../src/shared/nodeStatus';
import { nodeStates, sameStatus } from '../../src/shared/nodeStatus';

export type StateCounts = Readonly<Record<NodeState, number>>;

/**
 * Live statuses by node id. Each listener names the one node it hears, so that a status costs the work of one card,
 * however many cards there are: a store that tells everyone would ask every card whether it is meant.
 */
export class NodeStatuses {
  #statuses = new Map<string, NodeStatus>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #overviews = new Set<() => void>();
  #revision = 0;

  /** Rises whenever any status changed; what an overview compares. */
  get revision(): number {
    return this.#revision;
  }

  /** Calls back when any status changed, once per batch. For the few views that count; cards use `subscribe`. */
  subscribeAll(listener: () => void): () => void {
    this.#overviews.add(listener);
    return () => this.#overviews.delete(listener);
  }

  get(id: string): NodeStatus | undefined {
    return this.#statuses.get(id);
  }

  /** Calls back when the status of this node changed. Returns the way to stop. */
  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** Returns the ids whose status really changed; only their listeners are called. */
  update(statuses: Iterable<readonly [string, NodeStatus]>): readonly string[] {
    const changed: string[] = [];
    for (const [id, status] of statuses) {
      if (sameStatus(this.#statuses.get(id), status)) continue;
      this.#statuses.set(id, status);
      changed.push(id);
    }
    this.#tell(changed);
    return changed;
  }

  /** Replaces all statuses; nodes that are not named have none afterwards. */
  replace(statuses: Readonly<Record<string, NodeStatus>>): readonly string[] {
    const next = new Map(Object.entries(statuses));
    const changed = [...new Set([...this.#statuses.keys(), ...next.keys()])].filter((id) => !sameStatus(this.#statuses.get(id), next.get(id)));
    for (const id of changed) {
      const status = next.get(id);
      if (status === undefined) this.#statuses.delete(id);
      else this.#statuses.set(id, status);
    }
    this.#tell(changed);
    return changed;
  }

  /** How many of these nodes are in each state; a node without a status counts nowhere. */
  counts(ids: Iterable<string>): StateCounts {
    const counts = Object.fromEntries(nodeStates.map((state) => [state, 0])) as Record<NodeState, number>;
    for (const id of ids) {
      const status = this.#statuses.get(id);
      if (status !== undefined) counts[status.state] += 1;
    }
    return counts;
  }

  /** Since when the first of these may be out of date; undefined while all are live. */
  staleSince(ids: Iterable<string>): string | undefined {
    let first: string | undefined;
    for (const id of ids) {
      const since = this.#statuses.get(id)?.staleSince;
      if (since !== undefined && (first === undefined || since < first)) first = since;
    }
    return first;
  }

  #tell(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#revision += 1;
    for (const id of ids) for (const listener of [...(this.#listeners.get(id) ?? [])]) listener();
    for (const listener of [...this.#overviews]) listener();
  }
}
