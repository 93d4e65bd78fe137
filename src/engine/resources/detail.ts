import type { JsonObject } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { groupOf, refOf } from '../../shared/kubeObject';
import type { HistoryEntry, ResourceAction, ResourceDetail, ResourceLink } from '../../shared/resource';
import type { ClusterEventView } from '../../shared/stream';
import { itemsAt, numberAt, oneLine, textAt } from '../status/verdict';
import { describeResource } from './describe';
import { containerState } from './describeKinds';
import { eventCount, factsOf } from './facts';
import { readableYaml } from './readable';
import { resourceRow } from './resourceRow';

/** Children that travel to a view; a workload with more says how many there are. */
const maxChildren = 200;
/** Events that travel to a view. */
const maxEvents = 200;

export interface DetailParts {
  readonly object: KubeObject;
  readonly cluster: string;
  readonly gone: boolean;
  readonly owners: readonly { readonly ref: ObjectRef; readonly readable: boolean }[];
  readonly children: readonly KubeObject[];
  readonly events: readonly ClusterEventView[];
  readonly history: readonly HistoryEntry[];
  readonly nowMs: number;
}

/** Everything that a detail view shows, put together from what is known. Pure; Secrets' values are never in it. */
export function resourceDetail(parts: DetailParts): ResourceDetail {
  const { object, nowMs } = parts;
  const children = parts.children.slice(0, maxChildren).map((child): ResourceLink => ({ ref: refOf(child), row: resourceRow(child, nowMs) }));
  const events = parts.events.slice(0, maxEvents);
  return {
    ref: refOf(object),
    cluster: parts.cluster,
    gone: parts.gone,
    row: parts.gone ? { ...resourceRow(object, nowMs), word: 'deleted' } : resourceRow(object, nowMs),
    facts: factsOf(object, nowMs).map(({ label, value }) => ({ label, value })),
    owners: parts.owners,
    conditions: itemsAt(object.status, ['conditions']).map((item) => ({
      type: oneLine(textAt(item, ['type']) ?? ''),
      status: oneLine(textAt(item, ['status']) ?? ''),
      reason: oneLine(textAt(item, ['reason']) ?? ''),
      message: oneLine(textAt(item, ['message']) ?? ''),
      since: textAt(item, ['lastTransitionTime']) ?? '',
    })),
    containers: containersOf(object),
    children,
    childCount: parts.children.length,
    sections: describeResource(object, { events, children, nowMs }),
    yaml: readableYaml(object, { managedFields: false }),
    events,
    history: parts.history,
    actions: parts.gone ? [] : actionsFor(object),
  };
}

function containersOf(object: KubeObject): ResourceDetail['containers'] {
  if (object.kind !== 'Pod' || groupOf(object.apiVersion) !== '') return [];
  return (['initContainers', 'containers'] as const).flatMap((list) => {
    const statuses = new Map(
      itemsAt(object.status, [list === 'containers' ? 'containerStatuses' : 'initContainerStatuses']).map((status) => [textAt(status, ['name']), status]),
    );
    return itemsAt(object.spec, [list]).map((container) => {
      const name = textAt(container, ['name']) ?? '';
      const status = statuses.get(name);
      return {
        name: oneLine(name),
        init: list === 'initContainers',
        image: oneLine(textAt(container, ['image']) ?? ''),
        state: oneLine(containerState(valueAt(status, ['state']))),
        ready: status?.['ready'] === true,
        restarts: numberAt(status, ['restartCount']) ?? 0,
      };
    });
  });
}

const restartable: ReadonlySet<string> = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet']);
const scalable: ReadonlySet<string> = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/ReplicaSet', '/ReplicationController']);
const withPods: ReadonlySet<string> = new Set([...restartable, ...scalable, '/Pod', 'batch/Job']);
const forwardable: ReadonlySet<string> = new Set([...restartable, ...scalable, '/Pod', '/Service']);

/** What may be offered for an object of this kind. Whether the cluster allows it is another question. */
export function actionsFor(kind: { readonly apiVersion: string; readonly kind: string }): readonly ResourceAction[] {
  const key = `${groupOf(kind.apiVersion)}/${kind.kind}`;
  return [
    ...(withPods.has(key) ? (['logs', 'terminal'] as const) : []),
    ...(forwardable.has(key) ? (['forward'] as const) : []),
    ...(restartable.has(key) ? (['restart'] as const) : []),
    ...(scalable.has(key) ? (['scale'] as const) : []),
    'delete',
  ];
}

/** Events about one object, cleaned and newest first. */
export function eventViews(events: readonly KubeObject[]): readonly ClusterEventView[] {
  return events
    .map((event): ClusterEventView => {
      const root = event as unknown as JsonObject;
      const source = textAt(root['source'], ['component']) ?? textAt(root, ['reportingComponent']) ?? textAt(root, ['reportingController']) ?? '';
      return {
        uid: event.metadata.uid ?? event.metadata.name,
        type: root['type'] === 'Warning' ? 'Warning' : 'Normal',
        reason: oneLine(textAt(root, ['reason']) ?? ''),
        message: oneLine(textAt(root, ['message']) ?? textAt(root, ['note']) ?? ''),
        count: eventCount(event),
        lastSeen:
          textAt(root['series'], ['lastObservedTime']) ??
          textAt(root, ['lastTimestamp']) ??
          textAt(root, ['eventTime']) ??
          event.metadata.creationTimestamp ??
          '',
        source: oneLine(source),
      };
    })
    .sort((a, b) => (a.lastSeen === b.lastSeen ? 0 : a.lastSeen < b.lastSeen ? 1 : -1));
}
