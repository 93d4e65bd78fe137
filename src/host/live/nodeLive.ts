import type { PodInfo } from '../../engine/index';
import type { Cluster } from '../../engine/ports';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import type { LivePod, NodeLive } from '../../shared/nodeLive';
import { isJsonObject } from '../../shared/json';
import { quantityValue } from '../../shared/quantity';
import { ifAllowed } from '../clusters/clusterMetadata';
import type { Engine } from '../rooms';

/** Pods that are told of, and whose events and usage are read; the further ones are counted. */
const podLimit = 12;
const eventLimit = 30;
/** Objects of one node whose events are read: a chart may make hundreds. */
const objectLimit = 8;

/**
 * Pods, events and usage behind one node. The pods are those that are followed anyway; events are read object by object, since a list
 * of a whole namespace may be long, and usage only of a cluster that serves it.
 */
export async function nodeLive(
  { cluster, engine }: { readonly cluster: Cluster; readonly engine: Engine },
  refs: readonly ObjectRef[],
  pods: readonly PodInfo[],
  signal?: AbortSignal,
): Promise<NodeLive> {
  const told = pods.slice(0, podLimit);
  const about: readonly ObjectRef[] = [
    ...refs.slice(0, objectLimit),
    ...told.map(({ namespace, name }) => ({ apiVersion: 'v1', kind: 'Pod', namespace, name })),
  ];
  const [found, usage] = await Promise.all([Promise.all(about.map(async (ref) => eventsOf(cluster, ref, signal))), usageOf(cluster, pods, signal)]);
  const events = found.flatMap((list, index) => {
    const ref = about[index];
    return list === undefined || ref === undefined ? [] : engine.eventViews(list).map((view) => ({ ...view, about: `${ref.kind} ${ref.name}` }));
  });
  return {
    pods: told.map(livePod),
    morePods: pods.length - told.length,
    events: events.sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0)).slice(0, eventLimit),
    eventsHidden: found.length > 0 && found.every((list) => list === undefined),
    ...(usage === undefined ? {} : { usage }),
  };
}

function eventsOf(cluster: Cluster, { kind, namespace, name }: ObjectRef, signal: AbortSignal | undefined): Promise<readonly KubeObject[] | undefined> {
  const query = {
    // Events about what belongs to no namespace are kept in "default".
    namespace: namespace === '' ? 'default' : namespace,
    fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name}`,
    ...(signal === undefined ? {} : { signal }),
  };
  return ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Event' }, query));
}

/** What the pods use, in sum; undefined unless at least one of them is measured. */
async function usageOf(cluster: Cluster, pods: readonly PodInfo[], signal: AbortSignal | undefined): Promise<NodeLive['usage']> {
  const [first] = pods;
  const kind = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics' };
  if (first === undefined || (await ifAllowed(() => cluster.resourceOf(kind, signal))) === undefined) return undefined;
  const query = { namespace: first.namespace, ...(signal === undefined ? {} : { signal }) };
  const names = new Set(pods.filter(({ namespace }) => namespace === first.namespace).map(({ name }) => name));
  const measured =
    pods.length > podLimit
      ? ((await ifAllowed(() => cluster.list(kind, query))) ?? []).filter(({ metadata }) => names.has(metadata.name))
      : (await Promise.all(pods.map(({ namespace, name }) => ifAllowed(() => cluster.get({ ...kind, namespace, name }, signal))))).filter(
          (one) => one !== undefined,
        );
  const containers = measured.flatMap((one): readonly unknown[] => {
    const list = (one as KubeObject & { readonly containers?: unknown }).containers;
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  if (containers.length === 0) return undefined;
  const sum = (resource: string): number =>
    containers.reduce<number>((total, container) => {
      const usage = isJsonObject(container) ? container['usage'] : undefined;
      return total + ((isJsonObject(usage) ? quantityValue(usage[resource]) : undefined) ?? 0);
    }, 0);
  return { cpuMillis: Math.round(sum('cpu') * 1000), memoryBytes: Math.round(sum('memory')) };
}

function livePod({ namespace, name, phase, ready, terminating, createdAt, containers }: PodInfo): LivePod {
  const waiting = containers.find((container) => container.waiting !== undefined && container.waiting !== 'PodInitializing')?.waiting;
  return {
    namespace,
    name,
    phase,
    ready,
    terminating,
    restarts: containers.reduce((total, container) => total + container.restarts, 0),
    ...(waiting === undefined ? {} : { waiting }),
    createdAt,
  };
}
