import { isMap, type KubeObject } from '../objects';
import type { ClusterEvent, Node } from '../objectTypes';
import { ageOf, column, none, since, whole, wide, type Printer } from './columns';

function sizeOf(value: unknown): number {
  return isMap(value) ? Object.keys(value).length : 0;
}

export const configMapPrinter: Printer = {
  columns: [column('Name'), column('Data'), column('Age')],
  cells: (object, nowMs) => [object.metadata.name, sizeOf(object.data) + sizeOf(object['binaryData']), ageOf(object, nowMs)],
};

export const secretPrinter: Printer = {
  columns: [column('Name'), column('Type'), column('Data'), column('Age')],
  cells: (object, nowMs) => [object.metadata.name, text(object['type']), sizeOf(object.data), ageOf(object, nowMs)],
};

export const namespacePrinter: Printer = {
  columns: [column('Name'), column('Status'), column('Age')],
  cells: (object, nowMs) => [object.metadata.name, text((object.status as { phase?: string } | undefined)?.phase), ageOf(object, nowMs)],
};

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export const nodePrinter: Printer = {
  columns: [
    column('Name'),
    column('Status'),
    column('Roles'),
    column('Age'),
    column('Version'),
    wide('Internal-IP'),
    wide('External-IP'),
    wide('OS-Image'),
    wide('Kernel-Version'),
    wide('Container-Runtime'),
  ],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as Node;
    const ready = status.conditions?.find((one) => one.type === 'Ready');
    const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
    if (spec.unschedulable === true) words.push('SchedulingDisabled');
    const prefix = 'node-role.kubernetes.io/';
    const roles = Object.keys(metadata.labels ?? {}).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
    const address = (type: string): string => status.addresses?.find((one) => one.type === type)?.address ?? none;
    const info = status.nodeInfo ?? {};
    return [
      metadata.name,
      words.join(','),
      roles.sort().join(',') || none,
      ageOf(object, nowMs),
      info['kubeletVersion'] ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      info['osImage'] ?? '<unknown>',
      `${info['kernelVersion'] ?? '<unknown>'} (${info['architecture'] ?? ''})`,
      info['containerRuntimeVersion'] ?? '<unknown>',
    ];
  },
};

export const eventPrinter: Printer = {
  columns: [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    wide('Subobject'),
    wide('Source'),
    column('Message'),
    wide('First Seen'),
    wide('Count'),
    { ...wide('Name'), format: 'name' },
  ],
  cells(object, nowMs) {
    const event = object as ClusterEvent;
    const first = since(event.firstTimestamp ?? event.eventTime, nowMs);
    const last = event.series?.lastObservedTime ?? event.lastTimestamp;
    const { kind = '', name = '', fieldPath = '' } = event.involvedObject;
    const source = [event.source?.component ?? event.reportingComponent ?? '', event.source?.host ?? event.reportingInstance ?? ''];
    return [
      last ? since(last, nowMs) : first,
      event.type ?? '',
      event.reason ?? '',
      name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
      fieldPath,
      source.filter((part) => part !== '').join(', '),
      (event.message ?? '').trim(),
      first,
      event.series?.count ?? (event.count || 1),
      event.metadata.name,
    ];
  },
};

export const leasePrinter: Printer = {
  columns: [column('Name'), column('Holder'), column('Age')],
  cells: (object, nowMs) => [object.metadata.name, text((object.spec as { holderIdentity?: string } | undefined)?.holderIdentity), ageOf(object, nowMs)],
};

export const priorityClassPrinter: Printer = {
  columns: [column('Name'), whole('Value'), column('Global-Default', { type: 'boolean' }), column('Age'), column('PreemptionPolicy')],
  cells: (object, nowMs) => [
    object.metadata.name,
    typeof object['value'] === 'number' ? object['value'] : 0,
    object['globalDefault'] === true,
    ageOf(object, nowMs),
    text(object['preemptionPolicy']),
  ],
};

/** For kinds that a real server prints by name and age, or that the sandbox has no better table for. */
export const plainPrinter: Printer = {
  columns: [column('Name'), column('Age')],
  cells: (object: KubeObject, nowMs) => [object.metadata.name, ageOf(object, nowMs)],
};

/** Kinds with a creation time in place of an age. */
export const createdAtPrinter: Printer = {
  columns: [column('Name'), column('Created At')],
  cells: (object) => [object.metadata.name, object.metadata.creationTimestamp ?? '<unknown>'],
};
