// What the API server itself writes into an object of each kind: status kept apart from spec, generations, finalizers, and
// what its admission plugins add to pods and claims.
import type { ResourceType } from '../../openapi';
import type { JsonMap, KubeObject } from '../objects';
import { copyOf, sameValue } from '../objects';
import { FieldSet } from './fieldSet';
import type { WriteRequest } from './request';
import { dropUnneeded } from './service';
import { labelJob, mapOf, maps, setTemplateGeneration, templateGeneration, text } from '../../openapi';

/** Kinds whose generation counts changes of the spec, from 1 on. */
const generationKinds: ReadonlySet<string> = new Set([
  'CronJob',
  'CustomResourceDefinition',
  'DaemonSet',
  'Deployment',
  'Ingress',
  'IngressClass',
  'Job',
  'NetworkPolicy',
  'Pod',
  'PodDisruptionBudget',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
]);

function hasStatus(resource: ResourceType): boolean {
  return resource.subresources.some((one) => one.name === 'status');
}

function fields(...paths: readonly string[]): FieldSet {
  return FieldSet.of(paths.map((path) => path.split('.').map((name) => `f:${name}`)));
}

/** Fields that a request of this sort cannot write, so that sending them gives no ownership. */
export function resetFields(resource: ResourceType, subresource: string | undefined): FieldSet {
  if (!hasStatus(resource)) return FieldSet.empty;
  if (subresource !== 'status') return fields('status');
  if (resource.kind === 'Pod') return fields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences');
  return ['Deployment', 'ReplicaSet'].includes(resource.kind) ? fields('spec', 'metadata.labels') : fields('spec');
}

/** Completes a new object before it is checked. `object` is the caller's own copy. */
export function prepareNew(request: WriteRequest, object: KubeObject): void {
  const { resource } = request;
  const json = object as unknown as JsonMap;
  if (hasStatus(resource)) json['status'] = freshStatus(resource.kind, json);
  if (generationKinds.has(resource.kind)) object.metadata.generation = 1;
  if (resource.kind === 'Namespace') json['spec'] = { ...mapOf(json['spec']), finalizers: ['kubernetes'] };
  if (resource.kind === 'Job') labelJob(json);
  if (resource.kind === 'DaemonSet' && (templateGeneration(json) ?? 0) < 1) setTemplateGeneration(json, 1);
}

function freshStatus(kind: string, object: JsonMap): JsonMap {
  switch (kind) {
    case 'Pod':
      return { phase: 'Pending', qosClass: qosClass(mapOf(object['spec'])) };
    case 'Namespace':
      return { phase: 'Active' };
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
      return { phase: 'Pending' };
    default:
      return {};
  }
}

/** Guaranteed, Burstable or BestEffort, by the CPU and memory that the containers ask for. */
function qosClass(spec: JsonMap): string {
  const containers = [...maps(spec['containers']), ...maps(spec['initContainers'])].map((one) => mapOf(one['resources']));
  const amounts = (list: JsonMap): JsonMap =>
    Object.fromEntries(Object.entries(list).filter(([name, amount]) => ['cpu', 'memory'].includes(name) && amount !== '0'));
  const sets = containers.map((one) => ({ limits: amounts(mapOf(one['limits'])), requests: amounts(mapOf(one['requests'])) }));
  if (sets.every(({ limits, requests }) => Object.keys(limits).length + Object.keys(requests).length === 0)) return 'BestEffort';
  const guaranteed = sets.every(
    ({ limits, requests }) => Object.keys(limits).length === 2 && (Object.keys(requests).length === 0 || sameValue(limits, requests)),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** Takes back what this request may not change, and counts the generation. `next` is the caller's own copy. */
export function prepareChange(resource: ResourceType, subresource: string | undefined, next: KubeObject, live: KubeObject): void {
  if (hasStatus(resource)) {
    if (subresource === 'status') {
      restore(next, live, 'spec');
      if (resource.kind === 'Deployment' || resource.kind === 'ReplicaSet') restoreMeta(next, live, 'labels');
      if (resource.kind === 'Pod') restoreMeta(next, live, 'ownerReferences');
    } else restore(next, live, 'status');
  }
  if (resource.kind === 'Pod' && subresource === 'ephemeralcontainers') keepAllButDebugContainers(next, live);
  // Written by the server alone; whatever the request says of them does not count.
  for (const key of ['generation', 'creationTimestamp', 'deletionTimestamp', 'selfLink'] as const) restoreMeta(next, live, key);
  next.metadata.uid ??= live.metadata.uid ?? '';
  if (live.metadata.deletionGracePeriodSeconds !== undefined) next.metadata.deletionGracePeriodSeconds ??= live.metadata.deletionGracePeriodSeconds;
  if (resource.kind === 'Service' && subresource === undefined) dropUnneeded(next, live);
  if (resource.kind === 'Secret' && text((next as unknown as JsonMap)['type']) === '') restore(next, live, 'type');
  if (!generationKinds.has(resource.kind) || subresource === 'status') return;
  if (resource.kind === 'DaemonSet') {
    const same = sameValue(mapOf(next.spec as JsonMap)['template'], mapOf(live.spec as JsonMap)['template']);
    setTemplateGeneration(next as unknown as JsonMap, (templateGeneration(live as unknown as JsonMap) ?? 0) + (same ? 0 : 1));
  }
  const annotated = resource.kind === 'Deployment' && !sameValue(next.metadata.annotations, live.metadata.annotations);
  if (annotated || !sameValue(next.spec, live.spec)) next.metadata.generation = (live.metadata.generation ?? 0) + 1;
}

/** Through its subresource a pod gets debug containers and nothing else. */
function keepAllButDebugContainers(next: KubeObject, live: KubeObject): void {
  const { ephemeralContainers } = mapOf(next.spec as JsonMap);
  next['spec'] = { ...copyOf(mapOf(live.spec as JsonMap)), ...(ephemeralContainers === undefined ? {} : { ephemeralContainers }) };
  for (const key of ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const) restoreMeta(next, live, key);
}

function restore(next: KubeObject, live: KubeObject, key: string): void {
  if (live[key] === undefined) delete next[key];
  else next[key] = copyOf(live[key]);
}

function restoreMeta(next: KubeObject, live: KubeObject, key: keyof KubeObject['metadata']): void {
  if (live.metadata[key] === undefined) delete next.metadata[key];
  else Object.assign(next.metadata, { [key]: live.metadata[key] });
}

/** What admission adds to a new object; nobody owns these fields. */
export function admitNew(request: WriteRequest, object: KubeObject): void {
  if (request.resource.kind === 'PersistentVolumeClaim')
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection'])];
  if (request.resource.kind === 'PersistentVolume')
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pv-protection'])];
  if (request.resource.kind === 'Pod') admitPod(request, object.spec as JsonMap);
}

const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

function admitPod(request: WriteRequest, spec: JsonMap): void {
  const account = text(spec['serviceAccountName']) || 'default';
  Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  if (spec['automountServiceAccountToken'] !== false) mountToken(request, spec);
  tolerateLostNodes(spec);
  spec['priority'] ??= 0;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
}

/** What admission adds to a changed object: a pod sent without what it was given keeps that. */
export function admitChange(kind: string, next: KubeObject, live: KubeObject): void {
  if (kind !== 'Pod') return;
  const [now, before] = [mapOf(next.spec as JsonMap), mapOf(live.spec as JsonMap)];
  tolerateLostNodes(now);
  for (const key of ['priority', 'preemptionPolicy']) if (now[key] === undefined && before[key] !== undefined) now[key] = before[key];
}

function tolerateLostNodes(spec: JsonMap): void {
  const tolerations = maps(spec['tolerations']);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const covered = tolerations.some((one) => (one['key'] === undefined || one['key'] === key) && ['', 'NoExecute'].includes(text(one['effect'])));
    if (!covered) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec['tolerations'] = tolerations;
}

function mountToken(request: WriteRequest, spec: JsonMap): void {
  const containers = [...maps(spec['initContainers']), ...maps(spec['containers'])];
  const unmounted = containers.filter((one) => maps(one['volumeMounts']).every((mount) => mount['mountPath'] !== tokenFolder));
  if (unmounted.length === 0) return;
  const name = `kube-api-access-${request.newSuffix()}`;
  for (const container of unmounted) container['volumeMounts'] = [...maps(container['volumeMounts']), { name, readOnly: true, mountPath: tokenFolder }];
  spec['volumes'] = [
    ...maps(spec['volumes']),
    {
      name,
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    },
  ];
}
