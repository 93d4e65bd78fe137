import { valueAt } from '../shared/json';
import { objectName } from '../shared/workflow';
import { mountedNodes } from './kinds/mountedNodes';
import { secretsRead } from './plugins/pluginNode';
import type { ResolvedWorkflow } from './relations';

export interface ApplyOrder {
  /** Node ids by wave: nodes of one wave do not wait for one another. Nodes on or behind a cycle are in none. */
  readonly waves: readonly (readonly string[])[];
  /** The waves one after the other. */
  readonly order: readonly string[];
  /** Ids that must be applied before this one, in the file's order. */
  after(id: string): readonly string[];
  /** Ids that must be ready, not only applied, before this one; each is in `after` too. */
  afterReady(id: string): readonly string[];
  /** A shortest cycle, its first node again at the end; each needs the next. Present exactly when there is one. */
  readonly cycle?: readonly string[];
  /** What "ready" means for `other` where `id` waits for it, when its edge says so. */
  readyWhen(id: string, other: string): string | undefined;
}

/** `ready` of an edge that waits for the other end to be applied only, and of one that waits for its health, which is the rule. */
export const readyWords = { applied: 'applied', healthy: 'healthy' } as const;

/**
 * In which order nodes are applied: Kahn's algorithm on what the relations demand, never on the arrows' direction. Nodes that
 * nothing orders stand as in the file. Edges that lead nowhere order nothing. A namespace comes before everything in it.
 */
export function applyOrder(resolved: ResolvedWorkflow): ApplyOrder {
  const ids = resolved.workflow.nodes.map((node) => node.id);
  const place = new Map(ids.map((id, index) => [id, index]));
  const after = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  const afterReady = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  const conditions = new Map<string, string>();
  for (const { edge, rule } of resolved.edges) {
    if (rule === undefined || rule.order === 'none') continue;
    const [first, second] = rule.order === 'from-first' ? [edge.from, edge.to] : [edge.to, edge.from];
    after.get(second)?.add(first);
    if (rule.relation !== 'depends-on' || edge.ready === readyWords.applied) continue;
    afterReady.get(second)?.add(first);
    if (edge.ready !== undefined && edge.ready !== readyWords.healthy) conditions.set(`${second} ${first}`, edge.ready);
  }
  for (const [user, used] of mountedNodes(resolved)) after.get(user)?.add(used);
  for (const node of resolved.workflow.nodes) for (const used of secretsRead(resolved, node)) after.get(node.id)?.add(used);
  for (const [inside, namespace] of namespaceEdges(resolved)) after.get(inside)?.add(namespace);
  const sorted = (set: ReadonlySet<string> | undefined): readonly string[] => [...(set ?? [])].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));

  const waves: string[][] = [];
  const done = new Set<string>();
  const waiting = new Map([...after].map(([id, others]) => [id, others.size]));
  const before = new Map<string, string[]>();
  for (const [id, others] of after) {
    for (const other of others) {
      const users = before.get(other);
      if (users === undefined) before.set(other, [id]);
      else users.push(id);
    }
  }
  for (let wave = ids.filter((id) => waiting.get(id) === 0); wave.length > 0;) {
    waves.push(wave);
    const next: string[] = [];
    for (const id of wave) {
      done.add(id);
      for (const user of before.get(id) ?? []) {
        const left = (waiting.get(user) ?? 0) - 1;
        waiting.set(user, left);
        if (left === 0) next.push(user);
      }
    }
    wave = next.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  }
  const left = ids.filter((id) => !done.has(id));
  const cycle = left.length === 0 ? undefined : shortestCycle(left, (id) => sorted(after.get(id)).filter((other) => !done.has(other)));
  return {
    waves,
    order: waves.flat(),
    after: (id) => sorted(after.get(id)),
    afterReady: (id) => sorted(afterReady.get(id)),
    readyWhen: (id, other) => conditions.get(`${id} ${other}`),
    ...(cycle === undefined ? {} : { cycle }),
  };
}

/** Steps that are taken to find a shorter cycle than the first one; beyond them the shortest so far is told. */
const maxSteps = 200_000;

/** The shortest cycle among `ids`, each of which is on one or leads to one; of equally short ones the one whose first node comes first in `ids`. */
function shortestCycle(ids: readonly string[], next: (id: string) => readonly string[]): readonly string[] | undefined {
  let shortest: readonly string[] | undefined;
  let taken = 0;
  for (const start of ids) {
    if (taken > maxSteps) return shortest ?? someCycle(ids[0] ?? start, next);
    const cameFrom = new Map<string, string>();
    let level: readonly string[] = [start];
    // A cycle of as many steps as the shortest known one would not be taken.
    const mostSteps = shortest === undefined ? ids.length : shortest.length - 2;
    for (let steps = 1; level.length > 0 && steps <= mostSteps && !cameFrom.has(start); steps += 1) {
      const deeper: string[] = [];
      for (const id of level) {
        for (const other of next(id)) {
          taken += 1;
          if (cameFrom.has(other)) continue;
          cameFrom.set(other, id);
          deeper.push(other);
        }
      }
      level = deeper;
    }
    if (!cameFrom.has(start)) continue;
    const path: string[] = [];
    for (let at = cameFrom.get(start); at !== undefined && at !== start; at = cameFrom.get(at)) path.push(at);
    shortest = [start, ...path.reverse(), start];
  }
  return shortest;
}

/** Every node waits for another one here, so that going on for long enough comes back to where one has been. */
function someCycle(start: string, next: (id: string) => readonly string[]): readonly string[] | undefined {
  const places = new Map<string, number>();
  const path: string[] = [];
  for (let at: string | undefined = start; at !== undefined; [at] = next(at)) {
    const first = places.get(at);
    path.push(at);
    if (first !== undefined) return path.slice(first);
    places.set(at, path.length - 1);
  }
  return undefined;
}

/** Pairs of a node and the node that makes its namespace, which nothing needs to draw. */
function namespaceEdges(resolved: ResolvedWorkflow): readonly (readonly [inside: string, namespace: string])[] {
  const { workflow } = resolved;
  const makers = new Map<string, string>();
  for (const node of workflow.nodes) {
    const isNamespace = node.type === 'namespace' || (node.type === 'manifest' && valueAt(node.data, ['manifest', 'kind']) === 'Namespace');
    if (isNamespace) makers.set(objectName(node), node.id);
  }
  if (makers.size === 0) return [];
  const makerIds = new Set(makers.values());
  return workflow.nodes.flatMap((node) => {
    if (makerIds.has(node.id)) return [];
    const data = resolved.data(node.id);
    const namespace = valueAt(data, ['namespace']) ?? valueAt(data, ['manifest', 'metadata', 'namespace']) ?? workflow.namespace;
    const maker = typeof namespace === 'string' ? makers.get(namespace.trim()) : undefined;
    return maker === undefined ? [] : [[node.id, maker] as const];
  });
}
