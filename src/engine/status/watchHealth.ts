import { groupOf } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import { problemText } from '../../shared/problem';
import type { ForbiddenWatch, StreamHealth } from '../../shared/stream';
import { failureProblem } from '../clusterProblem';
import type { ClusterFailure } from '../ports';
import type { WatchScope } from './watchPlan';

/** What is known of one watch. */
export interface WatchState {
  readonly scope: WatchScope;
  /** It has told all that exists at least once. */
  readonly synced: boolean;
  readonly down: { readonly failure: ClusterFailure; readonly sinceMs: number } | undefined;
}

/** The cluster answered and said no: its connection is well, and there is nothing to wait for. */
export function isRefused(failure: ClusterFailure): boolean {
  return failure.kind === 'forbidden' || failure.kind === 'not-found';
}

/**
 * Since when what this watch told may be out of date, in milliseconds; undefined while it is live. A refused watch that
 * never told anything has nothing to be out of date.
 */
export function staleSinceMs(watch: WatchState): number | undefined {
  if (watch.down === undefined || (!watch.synced && isRefused(watch.down.failure))) return undefined;
  return watch.down.sinceMs;
}

/** How well a set of watches follows its cluster. What may not be watched is listed, and is no fault of the connection. */
export function streamHealth(watches: Iterable<WatchState>, server: string): StreamHealth {
  const forbidden: ForbiddenWatch[] = [];
  let first: WatchState | undefined;
  for (const watch of watches) {
    if (watch.down === undefined) continue;
    if (watch.down.failure.kind === 'forbidden') forbidden.push(forbiddenWatch(watch.scope, watch.down.failure));
    if (!isRefused(watch.down.failure) && watch.down.sinceMs < (first?.down?.sinceMs ?? Number.POSITIVE_INFINITY)) first = watch;
  }
  const refused = forbidden.length === 0 ? {} : { forbidden: once(forbidden) };
  if (first?.down === undefined) return { connected: true, ...refused };
  return {
    connected: false,
    error: problemText(watchProblem(first.scope, first.down.failure, server)),
    staleSince: new Date(first.down.sinceMs).toISOString(),
    ...refused,
  };
}

export function watchProblem(scope: WatchScope, failure: ClusterFailure, server: string): Problem {
  return failureProblem(failure, { server, verb: 'watch', ref: { kind: scope.kind.kind, name: '', namespace: scope.namespace } });
}

export function sameHealth(a: StreamHealth, b: StreamHealth): boolean {
  const flat = (health: StreamHealth): string => JSON.stringify(health.forbidden ?? []);
  return a.connected === b.connected && a.error === b.error && a.staleSince === b.staleSince && flat(a) === flat(b);
}

/** Several watches of one kind in one namespace are refused as one. */
function once(forbidden: readonly ForbiddenWatch[]): readonly ForbiddenWatch[] {
  const seen = new Map(forbidden.map((one) => [`${one.verb} ${one.resource} ${one.namespace}`, one]));
  return [...seen.keys()].sort((a, b) => (a < b ? -1 : 1)).flatMap((key) => seen.get(key) ?? []);
}

/** The API server names what it refuses: `… cannot list resource "pods" in API group "" in the namespace "shop"`. */
function forbiddenWatch(scope: WatchScope, failure: ClusterFailure): ForbiddenWatch {
  const named = /cannot ([a-z]+) resource "([a-z0-9./-]+)"/.exec(failure.message);
  const group = groupOf(scope.kind.apiVersion);
  const resource = named?.[2] ?? plural(scope.kind.kind);
  return { verb: named?.[1] ?? 'list', resource: group === '' ? resource : `${resource}.${group}`, namespace: scope.namespace };
}

function plural(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(lower)) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
