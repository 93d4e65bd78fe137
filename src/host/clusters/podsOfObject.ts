import type { Cluster } from '../../engine/ports';
import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';

const podKind = { apiVersion: 'v1', kind: 'Pod' };
/** A pod is owned by a ReplicaSet or Job, which is owned by a Deployment or CronJob; operators add a level. */
const mostLevels = 4;

/** The controller at the top of those that made this object; undefined when nobody did, or it cannot be read. */
export async function topOwnerOf(cluster: Cluster, object: KubeObject, signal?: AbortSignal): Promise<ObjectRef | undefined> {
  let top: ObjectRef | undefined;
  let current = object;
  for (let level = 0; level < mostLevels; level++) {
    const owner = current.metadata.ownerReferences?.find((one) => one.controller === true);
    if (owner === undefined) return top;
    const ref = { apiVersion: owner.apiVersion, kind: owner.kind, namespace: object.metadata.namespace ?? '', name: owner.name };
    const found = await cluster.get(ref, signal);
    if (found === undefined || found.metadata.uid !== owner.uid) return top;
    top = ref;
    current = found;
  }
  return top;
}

/** The pods that a workload's selector takes, or the pod itself. Empty when the object is gone or selects nothing. */
export async function podsOfObject(cluster: Cluster, ref: ObjectRef, signal?: AbortSignal): Promise<readonly KubeObject[]> {
  const object = await cluster.get(ref, signal);
  if (object === undefined) return [];
  if (ref.kind === 'Pod') return [object];
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const labelSelector = ref.kind === 'Service' ? equalities(spec['selector']) : selectorText(spec['selector']);
  if (labelSelector === '') return [];
  return cluster.list(podKind, { namespace: ref.namespace, labelSelector, ...(signal === undefined ? {} : { signal }) });
}

/** A LabelSelector as the query parameter wants it; empty when it selects nothing. */
export function selectorText(selector: JsonValue | undefined): string {
  if (!isJsonObject(selector)) return '';
  const expressions = Array.isArray(selector['matchExpressions']) ? (selector['matchExpressions'] as readonly JsonValue[]).filter(isJsonObject) : [];
  const terms = expressions.map(({ key, operator, values }) => {
    const name = typeof key === 'string' ? key : '';
    const list = Array.isArray(values) ? values.filter((value) => typeof value === 'string').join(',') : '';
    if (operator === 'Exists') return name;
    if (operator === 'DoesNotExist') return `!${name}`;
    return `${name} ${operator === 'NotIn' ? 'notin' : 'in'} (${list})`;
  });
  return [...[equalities(selector['matchLabels'])].filter((text) => text !== ''), ...terms].join(',');
}

function equalities(labels: JsonValue | undefined): string {
  return isJsonObject(labels)
    ? Object.entries(labels)
        .map(([key, value]) => `${key}=${typeof value === 'string' ? value : ''}`)
        .join(',')
    : '';
}

/** Whether a pod takes traffic: it is ready and not on its way out. */
export function isReadyPod(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const conditions = isJsonObject(pod.status) && Array.isArray(pod.status['conditions']) ? (pod.status['conditions'] as readonly JsonValue[]) : [];
  return conditions.some((one) => isJsonObject(one) && one['type'] === 'Ready' && one['status'] === 'True');
}

/** Names of a pod's own containers, and of the debug containers that were added to it. */
export function containersOf(pod: KubeObject): { readonly main: readonly string[]; readonly debug: readonly string[] } {
  const names = (field: string): string[] => {
    const list = isJsonObject(pod.spec) ? pod.spec[field] : undefined;
    return Array.isArray(list)
      ? (list as readonly JsonValue[]).flatMap((one) => (isJsonObject(one) && typeof one['name'] === 'string' ? [one['name']] : []))
      : [];
  };
  return { main: names('containers'), debug: names('ephemeralContainers') };
}
