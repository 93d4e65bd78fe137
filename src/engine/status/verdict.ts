import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import type { WarningsByUid } from './warnings';

/**
 * What is known of the objects around one object. A list that was not looked at is absent, which is not the same as empty:
 * a verdict from a file has no Pods to ask, a verdict on a cluster may know that there are none.
 */
export interface Related {
  readonly pods?: readonly KubeObject[];
  readonly endpointSlices?: readonly KubeObject[];
  /** Workloads whose Pods a Service selects, as they are wanted or as they are. */
  readonly workloads?: readonly KubeObject[];
  /** Warning events about any of these. */
  readonly warnings?: WarningsByUid;
  /** Milliseconds since the epoch; some verdicts give a cluster a few seconds first. */
  readonly nowMs: number;
}

export type HealthRule = (object: KubeObject, related: Related) => NodeStatus;

/** Longest message that a status carries, in UTF-16 units. */
const maxMessageLength = 500;

export function verdict(state: NodeState, message: string, more: Partial<Omit<NodeStatus, 'state' | 'message'>> = {}): NodeStatus {
  return { state, message: oneLine(message), ready: 0, desired: 0, ...more };
}

/** Cluster text as one line: no control characters, no line breaks, no direction marks, and an end. */
export function oneLine(text: string): string {
  const flat = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
  return flat.length <= maxMessageLength ? flat : `${flat.slice(0, maxMessageLength)}... (truncated)`;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function conditionsOf(object: KubeObject): readonly Condition[] {
  return itemsAt(object.status, ['conditions']).map((item) => ({
    type: text(item['type']),
    status: text(item['status']),
    reason: text(item['reason']),
    message: text(item['message']),
  }));
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** The maps of a list; anything else in it is left out. */
export function itemsAt(root: JsonValue | undefined, path: JsonPath): readonly JsonObject[] {
  const found = valueAt(root, path);
  return Array.isArray(found) ? (found as readonly JsonValue[]).filter(isJsonObject) : [];
}

export function numberAt(root: JsonValue | undefined, path: JsonPath): number | undefined {
  const found = valueAt(root, path);
  return typeof found === 'number' ? found : undefined;
}

export function textAt(root: JsonValue | undefined, path: JsonPath): string | undefined {
  const found = valueAt(root, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/**
 * The rules that come before every kind's own: an object on its way out, and a controller that has not yet seen what was
 * asked (or that answered for another generation, so that its status says nothing about this one).
 * `needsObserver` is for kinds whose controller always writes `observedGeneration`: there its absence means "not seen yet".
 */
export function unsettled(object: KubeObject, counts: Pick<NodeStatus, 'ready' | 'desired'>, needsObserver: boolean): NodeStatus | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return deletionHealth(object, counts);
  const generation = object.metadata.generation;
  const observed = numberAt(object.status, ['observedGeneration']);
  const behind = observed === undefined ? needsObserver && generation !== undefined : generation !== undefined && observed !== generation;
  if (!behind) return undefined;
  return verdict('pending', `Waiting for ${object.kind} generation ${String(generation)} to be observed`, { ...counts, reason: 'GenerationNotObserved' });
}

/** Finalizers with which the garbage collector does its own work. */
const collectorFinalizers: ReadonlySet<string> = new Set(['foregroundDeletion', 'orphan']);

/** On its way out; with who holds it back, which nothing else tells. */
export function deletionHealth(object: KubeObject, counts: Partial<Omit<NodeStatus, 'state' | 'message'>>): NodeStatus {
  const finalizers = heldBy(object);
  const held = finalizers.length === 0 ? '' : `, held by finalizer ${finalizers.join(', ')}`;
  const left = namespaceRemains.flatMap((type) => {
    const found = object.kind === 'Namespace' ? conditionOf(object, type) : undefined;
    return found?.status === 'True' ? [found.message] : [];
  });
  return verdict('pending', `Being deleted${held}${left.length === 0 ? '' : `: ${left.join(' ')}`}`, { ...counts, reason: 'Terminating' });
}

/** The finalizers that somebody other than the garbage collector has to take away. */
export function heldBy(object: KubeObject): readonly string[] {
  // Objects of files are judged, too, and may be anything.
  const written: unknown = object.metadata.finalizers;
  return Array.isArray(written) ? written.filter((one): one is string => typeof one === 'string' && !collectorFinalizers.has(one)) : [];
}

/** Conditions in which a namespace says what still keeps it. */
const namespaceRemains = ['NamespaceDeletionDiscoveryFailure', 'NamespaceDeletionContentFailure', 'NamespaceContentRemaining', 'NamespaceFinalizersRemaining'];

/** Some of what is wanted serves: `partial`; none: `pending`. Both mean that it is still on its way. */
export function onItsWay(ready: number): NodeState {
  return ready > 0 ? 'partial' : 'pending';
}
