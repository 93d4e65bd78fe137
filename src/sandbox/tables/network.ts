import type { ServicePort } from '../allocation';
import { isMap, type JsonMap, type KubeObject } from '../objects';
import type { EndpointSlice, Ingress, LoadBalancerStatus, Service } from '../objectTypes';
import { selectorText, type LabelSelector } from '../selectors';
import { ageOf, column, firstThree, labelsText, none, wide, type Printer } from './columns';

function addresses(status: LoadBalancerStatus | undefined): string {
  const found = (status?.ingress ?? []).map((one) => one.ip ?? one.hostname ?? '').filter((text) => text !== '');
  return [...new Set(found)].sort().join(',');
}

function externalOf({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return external.length === 0 ? none : external.join(',');
  const all = [addresses(status.loadBalancer), ...external].filter((text) => text !== '');
  return all.length === 0 ? '<pending>' : all.join(',');
}

function portText(port: ServicePort): string {
  const node = port.nodePort ? `:${String(port.nodePort)}` : '';
  return `${String(port.port)}${node}/${port.protocol ?? 'TCP'}`;
}

export const servicePrinter: Printer = {
  columns: [column('Name'), column('Type'), column('Cluster-IP'), column('External-IP'), column('Port(s)'), column('Age'), wide('Selector')],
  cells(object, nowMs) {
    const service = object as Service;
    return [
      object.metadata.name,
      service.spec.type ?? '',
      service.spec.clusterIPs?.[0] ?? none,
      externalOf(service),
      service.spec.ports?.map(portText).join(',') || none,
      ageOf(object, nowMs),
      labelsText(service.spec.selector),
    ];
  },
};

export const ingressPrinter: Printer = {
  columns: [column('Name'), column('Class'), column('Hosts'), column('Address'), column('Ports'), column('Age')],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as Ingress;
    const hosts = (spec.rules ?? []).map((rule) => rule.host ?? '').filter((host) => host !== '');
    return [
      metadata.name,
      spec.ingressClassName ?? none,
      firstThree(hosts, '*'),
      addresses(status.loadBalancer),
      spec.tls?.length ? '80, 443' : '80',
      ageOf(object, nowMs),
    ];
  },
};

export const ingressClassPrinter: Printer = {
  columns: [column('Name'), column('Controller'), column('Parameters'), column('Age')],
  cells(object, nowMs) {
    const spec = object.spec as { controller?: string; parameters?: { kind: string; name: string; apiGroup?: string } };
    const { parameters } = spec;
    const shown = parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}` : none;
    return [object.metadata.name, spec.controller ?? '', shown, ageOf(object, nowMs)];
  },
};

export const endpointSlicePrinter: Printer = {
  columns: [column('Name'), column('AddressType'), column('Ports'), column('Endpoints'), column('Age')],
  cells(object, nowMs) {
    const slice = object as EndpointSlice;
    const ports = (slice.ports ?? []).map((port) => (port.port === undefined ? '*' : String(port.port)));
    const all = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
    return [object.metadata.name, slice.addressType, firstThree(ports, '<unset>'), firstThree(all, '<unset>'), ageOf(object, nowMs)];
  },
};

function endpointsText(object: KubeObject): string {
  const subsets = (object['subsets'] ?? []) as { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
  const all = subsets.flatMap(({ addresses: ips, ports }) =>
    (ips ?? []).flatMap(({ ip }) => (ports === undefined ? [ip] : ports.map((port) => `${ip}:${String(port.port)}`))),
  );
  return firstThree(all, none);
}

export const endpointsPrinter: Printer = {
  columns: [column('Name'), column('Endpoints'), column('Age')],
  cells: (object, nowMs) => [object.metadata.name, endpointsText(object), ageOf(object, nowMs)],
};

export const networkPolicyPrinter: Printer = {
  columns: [column('Name'), column('Pod-Selector'), column('Age')],
  cells(object, nowMs) {
    const spec: JsonMap = isMap(object.spec) ? object.spec : {};
    return [object.metadata.name, selectorText(spec['podSelector'] as unknown as LabelSelector) || none, ageOf(object, nowMs)];
  },
};
