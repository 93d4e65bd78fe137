import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { workflowLabel } from '../labels';
import type { KindRef } from '../ports';
import type { RenderedObject } from '../render';
import { textAt } from './verdict';

/** One list-and-watch: a kind in one namespace, narrowed by labels. */
export interface WatchScope {
  readonly kind: KindRef;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** Empty for everything of the kind. */
  readonly labelSelector: string;
  readonly fieldSelector?: string;
}

const podKind: KindRef = { apiVersion: 'v1', kind: 'Pod' };
const replicaSetKind: KindRef = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };
const jobKind: KindRef = { apiVersion: 'batch/v1', kind: 'Job' };
const endpointSliceKind: KindRef = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };

const eventKind: KindRef = { apiVersion: 'v1', kind: 'Event' };

/** Which kinds stand between a workload and what runs of it. */
const childKinds: ReadonlyMap<string, readonly KindRef[]> = new Map([
  ['Deployment', [replicaSetKind, podKind]],
  ['ReplicaSet', [podKind]],
  ['StatefulSet', [podKind]],
  ['DaemonSet', [podKind]],
  ['Job', [podKind]],
  ['CronJob', [jobKind, podKind]],
]);

export function scopeKey(scope: WatchScope): string {
  return `${scope.kind.apiVersion}|${scope.kind.kind}|${scope.namespace}|${scope.labelSelector}|${scope.fieldSelector ?? ''}`;
}

export function refFromRendered(one: RenderedObject): ObjectRef {
  const { apiVersion, kind, metadata } = one.object;
  return { apiVersion, kind, namespace: one.namespaced ? (metadata.namespace ?? '') : '', name: metadata.name };
}

/** The watch in which the object itself appears. */
export function ownScope(one: RenderedObject, workflow: string): WatchScope {
  const { apiVersion, kind, namespace } = refFromRendered(one);
  return { kind: { apiVersion, kind }, namespace, labelSelector: `${workflowLabel}=${workflow}` };
}

/**
 * The watches that an object's verdict needs beside its own. Pods and what stands between carry the workflow's label when
 * their template says so, as ours do; with a template of someone else's that does not, the whole namespace is watched.
 * EndpointSlices are found by the label that their controller always sets.
 */
export function relatedScopes(one: RenderedObject, workflow: string): readonly WatchScope[] {
  const { namespace, name } = refFromRendered(one);
  if (one.object.kind === 'Service') {
    const selects = isJsonObject(valueAt(one.object.spec, ['selector']));
    return selects ? [{ kind: endpointSliceKind, namespace, labelSelector: `kubernetes.io/service-name=${name}` }] : [];
  }
  const labelSelector = podLabels(one.object)?.[workflowLabel] === workflow ? `${workflowLabel}=${workflow}` : '';
  return (childKinds.get(one.object.kind) ?? []).map((kind) => ({ kind, namespace, labelSelector }));
}

function podLabels(object: KubeObject): Readonly<Record<string, unknown>> | undefined {
  const template = object.kind === 'CronJob' ? ['jobTemplate', 'spec', 'template'] : ['template'];
  const labels = valueAt(object.spec, [...template, 'metadata', 'labels']);
  return isJsonObject(labels) ? labels : undefined;
}

/**
 * Why Pods do not come up, or a volume or an address, is often told by events alone. They carry no labels of their subject, so the warnings
 * of the whole namespace are watched, which are few where all is well; a namespace has one such watch, whoever needs it.
 */
export function warningScope(one: RenderedObject): WatchScope | undefined {
  const { kind } = one.object;
  const complains = childKinds.has(kind) || ['Pod', 'PersistentVolumeClaim', 'Ingress'].includes(kind) || textAt(one.object.spec, ['type']) === 'LoadBalancer';
  if (!complains) return undefined;
  return { kind: eventKind, namespace: refFromRendered(one).namespace, labelSelector: '', fieldSelector: 'type!=Normal' };
}

/**
 * All watches of a workflow, each once. The Services of one namespace share one watch on their EndpointSlices, so that a
 * workflow of a hundred Services does not open a hundred connections.
 */
export function watchScopes(objects: readonly RenderedObject[], workflow: string): ReadonlyMap<string, WatchScope> {
  const scopes = new Map<string, WatchScope>();
  const services = new Map<string, string[]>();
  for (const one of objects) {
    const own = ownScope(one, workflow);
    scopes.set(scopeKey(own), own);
    const warnings = warningScope(one);
    if (warnings !== undefined) scopes.set(scopeKey(warnings), warnings);
    for (const scope of relatedScopes(one, workflow)) {
      if (scope.kind !== endpointSliceKind) scopes.set(scopeKey(scope), scope);
      else services.set(scope.namespace, [...(services.get(scope.namespace) ?? []), one.object.metadata.name]);
    }
  }
  for (const [namespace, names] of services) {
    const scope = endpointScope(namespace, names);
    scopes.set(scopeKey(scope), scope);
  }
  return scopes;
}

export function endpointScope(namespace: string, services: readonly string[]): WatchScope {
  return { kind: endpointSliceKind, namespace, labelSelector: `kubernetes.io/service-name in (${[...new Set(services)].sort().join(',')})` };
}
