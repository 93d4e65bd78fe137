import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt, withValueAt } from '../../../shared/json';
import { serverFields } from '../../kinds/manifest/manifestNode';
import { mapsIn, textOf } from './podReader';

export interface CleanedObject {
  /** Without what the server sets, and of a Secret without its values. */
  readonly object: JsonObject;
  /** What was left out because the server sets it, such as `metadata.uid`. */
  readonly leftOut: readonly string[];
  /** The names of a Secret's values. */
  readonly secretKeys: readonly string[];
  /** A controller made it from another object, and makes it again. */
  readonly owner?: string;
}

/** Annotations that the cluster's own programs write. kubectl keeps a whole copy of the object in its own one, of a Secret with its values. */
const serversAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  'batch.kubernetes.io/job-tracking',
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
]);

/** What the server fills in by itself in the specs of objects that came out of a cluster. */
const liveFields: Readonly<Record<string, readonly JsonPath[]>> = {
  'v1 Service': [
    ['spec', 'clusterIPs'],
    ['spec', 'ipFamilies'],
    ['spec', 'healthCheckNodePort'],
  ],
  'v1 PersistentVolumeClaim': [['spec', 'volumeName']],
  'v1 Namespace': [['spec']],
  'batch/v1 Job': [
    ['spec', 'selector'],
    ...['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'].flatMap((label) => [
      ['spec', 'template', 'metadata', 'labels', label],
      ['metadata', 'labels', label],
    ]),
  ],
};
const anyLiveFields: readonly JsonPath[] = [
  ['metadata', 'ownerReferences'],
  ['metadata', 'finalizers'],
  ['metadata', 'labels', 'kubernetes.io/metadata.name'],
];

/** An object as a person would have written it. Parts are left out only where the server sets them, and each is told. */
export function cleaned(given: JsonObject): CleanedObject {
  const leftOut: string[] = [];
  let object = given;
  const drop = (path: JsonPath, isTold = true): void => {
    if (valueAt(object, path) === undefined) return;
    object = withValueAt(object, path, undefined) as JsonObject;
    const parent = path.slice(0, -1);
    const rest = valueAt(object, parent);
    if (parent.length > 1 && isJsonObject(rest) && Object.keys(rest).length === 0) object = withValueAt(object, parent, undefined) as JsonObject;
    if (isTold) leftOut.push(path.join('.'));
  };
  const isLive = valueAt(given, ['metadata', 'uid']) !== undefined || valueAt(given, ['metadata', 'resourceVersion']) !== undefined;
  const owner = mapsIn(valueAt(given, ['metadata', 'ownerReferences'])).find((one) => one['controller'] === true);
  for (const path of serverFields) drop(path);
  for (const name of serversAnnotations) drop(['metadata', 'annotations', name]);
  const type = `${textOf(given['apiVersion'])} ${textOf(given['kind'])}`;
  if (isLive) {
    for (const path of [...anyLiveFields, ...(liveFields[type] ?? [])]) drop(path);
    if (type === 'v1 Service' && valueAt(object, ['spec', 'clusterIP']) !== 'None') drop(['spec', 'clusterIP']);
    if (type === 'v1 Service' && valueAt(object, ['spec', 'ipFamilyPolicy']) === 'SingleStack') drop(['spec', 'ipFamilyPolicy']);
  }
  const secretKeys: string[] = [];
  if (type === 'v1 Secret') {
    for (const part of ['data', 'stringData']) {
      const values: JsonValue | undefined = valueAt(given, [part]);
      if (isJsonObject(values)) secretKeys.push(...Object.keys(values));
      drop([part], false);
    }
  }
  const named = isJsonObject(owner) ? `${textOf(owner['kind'])} ${textOf(owner['name'])}` : undefined;
  return { object: jsonObject(Object.entries(object)), leftOut, secretKeys: [...new Set(secretKeys)], ...(named === undefined ? {} : { owner: named }) };
}
