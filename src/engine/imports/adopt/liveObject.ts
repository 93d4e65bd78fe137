import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt, withValueAt } from '../../../shared/json';
import type { KubeObject, ManagedFieldsEntry } from '../../../shared/kubeObject';
import { mapsIn, podPathOf, textOf } from '../manifests/podReader';
import { isSensitive } from '../sensitive';

/** Programs of a cluster itself, which write into objects of others. What a tool applied for a person is that person's. */
const clusterPrograms: ReadonlySet<string> = new Set([
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'cloud-controller-manager',
  'k3s',
  'rke2',
  'kubectl-rollout',
  'cainjector',
  'cert-manager-cainjector',
  'vpa-updater',
  'vpa-recommender',
]);

/** A variable that looks like a secret and was left on the cluster. */
export interface LeftVariable {
  readonly container: string;
  readonly name: string;
}

export interface LiveObject {
  readonly object: JsonObject;
  /** Annotations and labels that programs of the cluster wrote. */
  readonly programs: readonly string[];
  readonly variables: readonly LeftVariable[];
}

/**
 * An object of a cluster as its author has it: without what the cluster's own programs wrote into it, without the namespace, which is
 * the workflow's, and without variables that look like secrets, whose values belong in no file. What is left out stays on the cluster
 * as it is, because an apply takes away only what it wrote itself.
 */
export function liveObject(live: KubeObject): LiveObject {
  const programs: string[] = [];
  const variables: LeftVariable[] = [];
  let object = withoutPath(live as unknown as JsonObject, ['metadata', 'namespace']);
  const pods = podPathOf(object);
  const maps: readonly JsonPath[] = [
    ['metadata', 'annotations'],
    ['metadata', 'labels'],
    ...(pods === undefined ? [] : [[...pods, 'metadata', 'annotations']]),
  ];
  for (const map of maps) {
    const entries = valueAt(object, map);
    if (!isJsonObject(entries)) continue;
    for (const key of Object.keys(entries)) {
      if (!isOfPrograms(live.metadata.managedFields ?? [], [...map, key])) continue;
      object = withoutPath(object, [...map, key]);
      programs.push([...map, key].join('.'));
    }
  }
  if (pods !== undefined) {
    for (const list of ['containers', 'initContainers'])
      mapsIn(valueAt(object, [...pods, 'spec', list])).forEach((container, index) => {
        const env = mapsIn(container['env']);
        const left = env.filter((one) => textOf(one['value']) !== '' && isSensitive(textOf(one['name']), textOf(one['value'])));
        if (left.length === 0) return;
        variables.push(...left.map((one) => ({ container: textOf(container['name']), name: textOf(one['name']) })));
        const rest = env.filter((one) => !left.includes(one));
        object = withValueAt(object, [...pods, 'spec', list, index, 'env'], rest.length === 0 ? undefined : rest) as JsonObject;
      });
  }
  return { object, programs, variables };
}

/** The object without this part, and without the map that would be left empty. */
function withoutPath(object: JsonObject, path: JsonPath): JsonObject {
  const made = withValueAt(object, path, undefined) as JsonObject;
  const parent = path.slice(0, -1);
  const rest = valueAt(made, parent);
  const isEmpty = parent.length > 1 && isJsonObject(rest) && Object.keys(rest).length === 0;
  return isEmpty ? (withValueAt(made, parent, undefined) as JsonObject) : jsonObject(Object.entries(made));
}

/** Whether a field has owners, and all of them are programs of the cluster. */
function isOfPrograms(entries: readonly ManagedFieldsEntry[], path: JsonPath): boolean {
  const owners = entries.filter(({ fieldsV1 }) => {
    const found: JsonValue | undefined = valueAt(
      fieldsV1,
      path.map((step) => `f:${step}`),
    );
    return found !== undefined;
  });
  return owners.length > 0 && owners.every(({ manager = '' }) => clusterPrograms.has(manager));
}
