import { isJsonObject, valueAt } from '../../shared/json';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import { base64 } from '../digest';
import { isNamespacedKind } from '../kinds/scope';
import { withoutServerFields } from '../kinds/manifest/manifestNode';
import { objectsFromManifest } from '../manifestObjects';
import type { Clock } from '../ports';
import { SealedData } from './sealedData';

/** One object that a chart or base made. */
export interface SourceChild {
  /** Without the values of a Secret. */
  readonly object: KubeObject;
  readonly sealed?: SealedData;
  readonly namespaced: boolean;
  /** Children of a lower number are applied before those of a higher one; those of one number side by side. */
  readonly batch: number;
}

export interface SourceObjects {
  /** In the order in which they are applied. */
  readonly children: readonly SourceChild[];
  /** `Job migrate (pre-upgrade)`. */
  readonly hooks: readonly string[];
  readonly tests: readonly string[];
}

/** Far more than any chart makes; a cluster would choke before we do. */
const maxObjects = 2000;
/** After so many characters of YAML the other work of this process gets its turn. */
const sliceCharacters = 64 * 1024;

const hookAnnotation = 'helm.sh/hook';

/** By kind: what others need comes first, what leads to others last. */
const batches: ReadonlyMap<string, number> = new Map([
  ['CustomResourceDefinition', 0],
  ['Namespace', 0],
  ...['NetworkPolicy', 'ResourceQuota', 'LimitRange', 'PodDisruptionBudget', 'ServiceAccount', 'Secret', 'ConfigMap', 'StorageClass', 'PriorityClass'].map(
    (kind) => [kind, 1] as const,
  ),
  ...['PersistentVolume', 'PersistentVolumeClaim', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'IngressClass', 'RuntimeClass'].map(
    (kind) => [kind, 1] as const,
  ),
  ['Service', 2],
  ...['HorizontalPodAutoscaler', 'Ingress', 'APIService'].map((kind) => [kind, 4] as const),
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map(
    (kind) => [kind, 5] as const,
  ),
]);
/** Workloads, and whatever else there is. */
const otherBatch = 3;

/**
 * The objects in what a program wrote. Hooks of Helm are told and not among them. Throws a ProblemError for a text that is no
 * list of Kubernetes objects.
 */
export async function sourceObjects(text: string, clock: Clock, signal?: AbortSignal): Promise<SourceObjects> {
  const objects: KubeObject[] = [];
  let read = 0;
  // A line of three dashes begins a document wherever it stands: YAML allows it inside of nothing.
  for (const document of text.split(/^---(?=[ \t\r\n]|$)/m)) {
    objects.push(...objectsFromManifest(document));
    if (objects.length > maxObjects) throw failure('source.tooManyObjects', { limit: String(maxObjects) });
    read += document.length;
    if (read < sliceCharacters) continue;
    read = 0;
    await clock.sleep(0, signal);
  }
  const hooks: string[] = [];
  const tests: string[] = [];
  const kept: KubeObject[] = [];
  for (const object of objects) {
    checkIdentity(object);
    const hook = object.metadata.annotations?.[hookAnnotation];
    if (hook === undefined) kept.push(object);
    else (isTest(hook) ? tests : hooks).push(`${object.kind} ${object.metadata.name} (${hook})`);
  }
  const scopes = scopesOfDefinitions(kept);
  const children = kept.map((object) => childOf(object, scopes));
  return { children: children.toSorted((a, b) => a.batch - b.batch), hooks, tests };
}

function isTest(hook: unknown): boolean {
  return typeof hook === 'string' && hook.split(',').every((one) => /^test(-success|-failure)?$/.test(one.trim()));
}

/** What an object is called goes into addresses and labels; a program's word for it is not taken on trust. */
function checkIdentity({ apiVersion, kind, metadata }: KubeObject): void {
  const { name, namespace, annotations, labels }: { name: unknown; namespace?: unknown; annotations?: unknown; labels?: unknown } = metadata;
  const isSegment = (text: unknown): boolean => typeof text === 'string' && text !== '' && text.length <= 253 && !/[/%\s]|^\.\.?$/.test(text);
  const fits =
    /^[A-Za-z0-9.-]+(\/[A-Za-z0-9.-]+)?$/.test(apiVersion) &&
    /^[A-Za-z][A-Za-z0-9]*$/.test(kind) &&
    isSegment(name) &&
    (namespace === undefined || namespace === null || isSegment(namespace)) &&
    [annotations, labels].every((map) => map === undefined || map === null || isJsonObject(map));
  if (!fits) throw failure('source.badObject', { kind: kind.slice(0, 63), name: String(name).slice(0, 253) });
}

/** Whether custom kinds are in namespaces, by `group/Kind`, of definitions in the same rendering. */
function scopesOfDefinitions(objects: readonly KubeObject[]): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition') continue;
    const group = valueAt(spec, ['group']);
    const named = valueAt(spec, ['names', 'kind']);
    if (typeof group === 'string' && typeof named === 'string') found.set(`${group}/${named}`, valueAt(spec, ['scope']) !== 'Cluster');
  }
  return found;
}

function childOf(found: KubeObject, scopes: ReadonlyMap<string, boolean>): SourceChild {
  const { apiVersion, kind } = found;
  const { apiVersion: _version, kind: _kind, metadata, ...body } = withoutServerFields(found as unknown as JsonObject);
  const object = { apiVersion, kind, metadata: metadata ?? {}, ...body } as unknown as KubeObject;
  const namespaced = isNamespacedKind(apiVersion, kind) ?? scopes.get(`${groupOf(apiVersion)}/${kind}`) ?? true;
  const batch = batches.get(kind) ?? otherBatch;
  if (kind !== 'Secret' || apiVersion !== 'v1') return { object, namespaced, batch };
  const { data, stringData, ...rest } = object as KubeObject & { readonly stringData?: JsonValue };
  const values = new Map<string, string>();
  // As the API server does it: what stands in stringData wins.
  if (isJsonObject(data)) for (const [key, value] of Object.entries(data)) if (value !== null) values.set(key, textOf(value));
  if (isJsonObject(stringData)) for (const [key, value] of Object.entries(stringData)) values.set(key, base64(new TextEncoder().encode(textOf(value))));
  return { object: rest, namespaced, batch, ...(values.size === 0 ? {} : { sealed: new SealedData(values) }) };
}

function textOf(value: JsonValue): string {
  return value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
