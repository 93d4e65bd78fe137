import type { Cluster, ClusterFailure, KindRef, WatchEvent } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';
import type { KubeObject } from '../shared/kubeObject';

type Query = Parameters<Cluster['watch']>[1];

/** Watches whose every event a test chooses, for orders and faults that a server gives only by chance. */
export class ScriptedWatches implements Pick<Cluster, 'server' | 'watch'> {
  readonly server = 'https://scripted.example';
  readonly open = new Map<string, { readonly query: Query; readonly tell: (event: WatchEvent) => void }>();

  watch(kind: KindRef, query: Query, onEvent: (event: WatchEvent) => void): Disposable {
    this.open.set(kind.kind, { query, tell: onEvent });
    return disposable(() => {
      if (this.open.get(kind.kind)?.tell === onEvent) this.open.delete(kind.kind);
    });
  }

  tell(kind: string, ...events: readonly WatchEvent[]): void {
    const watch = this.open.get(kind);
    if (watch === undefined) throw new Error(`nobody watches ${kind}`);
    for (const event of events) watch.tell(event);
  }

  /** A full list: every object, then the end of it. */
  list(kind: string, ...objects: readonly KubeObject[]): void {
    this.tell(kind, ...objects.map((object) => ({ type: 'upsert' as const, object })), { type: 'synced' });
  }

  cut(kind: string, sinceMs: number): void {
    this.tell(kind, { type: 'disconnected', failure: lost, sinceMs });
  }

  /** The server says that these credentials may not. */
  refuse(kind: string, message: string, sinceMs: number): void {
    const failure: ClusterFailure = { ...lost, kind: 'forbidden', code: 403, reason: 'Forbidden', message, uncertain: false };
    this.tell(kind, { type: 'disconnected', failure, sinceMs });
  }
}

const lost: ClusterFailure = { kind: 'unreachable', code: 0, reason: '', message: 'connection reset', causes: [], conflicts: [], uncertain: true };
