import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { itemsAt, numberAt, textAt } from '../status/verdict';

/** A port that a container declares. */
export interface PodPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
}

/** The pod spec of a workload, or of a Pod itself; undefined for what has no pods. */
export function podSpecOf(object: Pick<KubeObject, 'kind' | 'spec'>): JsonObject | undefined {
  const path = object.kind === 'Pod' ? [] : object.kind === 'CronJob' ? ['jobTemplate', 'spec', 'template', 'spec'] : ['template', 'spec'];
  const spec = valueAt(object.spec, path);
  return isJsonObject(spec) && Array.isArray(spec['containers']) ? spec : undefined;
}

/** The labels that the pods of a workload get. */
export function podLabelsOf(object: Pick<KubeObject, 'kind' | 'spec' | 'metadata'>): JsonObject | undefined {
  if (object.kind === 'Pod') return { ...object.metadata.labels };
  const path = object.kind === 'CronJob' ? ['jobTemplate', 'spec', 'template'] : ['template'];
  const labels = valueAt(object.spec, [...path, 'metadata', 'labels']);
  return isJsonObject(labels) ? labels : undefined;
}

/** The selector by which the pods of a workload on the cluster are found. */
export function podSelectorOf(workload: KubeObject): JsonObject | undefined {
  const selector = valueAt(workload.spec, ['selector']);
  if (isJsonObject(selector)) return selector;
  const labels = podLabelsOf(workload);
  return labels === undefined ? undefined : { matchLabels: labels };
}

/** Containers, and those init containers that keep running beside them. */
export function containersOf(podSpec: JsonValue | undefined): readonly JsonObject[] {
  return [...itemsAt(podSpec, ['containers']), ...itemsAt(podSpec, ['initContainers']).filter((container) => container['restartPolicy'] === 'Always')];
}

export function podPortsOf(podSpec: JsonValue | undefined): readonly PodPort[] {
  return containersOf(podSpec).flatMap((container) =>
    itemsAt(container, ['ports']).flatMap((port) => {
      const number = numberAt(port, ['containerPort']);
      return number === undefined ? [] : [{ name: textAt(port, ['name']), port: number, protocol: textAt(port, ['protocol']) ?? 'TCP' }];
    }),
  );
}

/** The number behind a target port of a Pod: a name is looked up among its containers. */
export function portNumber(target: JsonValue | undefined, podSpec: JsonValue | undefined, protocol: string): number | undefined {
  if (typeof target === 'number') return target;
  if (typeof target !== 'string') return undefined;
  if (/^\d+$/.test(target)) return Number(target);
  return podPortsOf(podSpec).find((port) => port.name === target && port.protocol === protocol)?.port;
}

export interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
  /** A zero or missing target means the port itself. */
  readonly target: JsonValue;
}

export function servicePortsOf(service: Pick<KubeObject, 'spec'>): readonly ServicePort[] {
  return itemsAt(service.spec, ['ports']).flatMap((item) => {
    const port = numberAt(item, ['port']);
    if (port === undefined) return [];
    const target = valueAt(item, ['targetPort']);
    const isNone = target === undefined || target === null || target === 0 || target === '';
    return [{ name: textAt(item, ['name']), port, protocol: textAt(item, ['protocol']) ?? 'TCP', target: isNone ? port : target }];
  });
}
