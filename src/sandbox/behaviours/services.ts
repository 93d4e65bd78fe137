import { ApiError } from '../apiStatus';
import { sameValue, type KubeObject } from '../objects';
import type { EndpointSlice, LoadBalancerStatus, Pod, Service } from '../objectTypes';
import { nodeName } from '../nodeFacts';
import { systemWrite } from '../registry';
import { selectorMatches } from '../selectors';
import type { Change } from '../storage';
import { isFinished, isReady } from './podFacts';
import type { Behaviour, Key, World } from './world';

const manager = 'kube-controller-manager';
/** A documentation range (RFC 5737): nothing answers there, and nobody can mistake it for a real machine. */
const balancerPrefix = '203.0.113.';
/** A real controller begins a new slice after this many endpoints. */
const endpointsPerSlice = 100;

/** Gives services their endpoint slices, and load balancers their address after a moment. */
export class Services implements Behaviour {
  readonly plural = 'services';
  readonly #world: World;
  readonly #balancers = new Map<string, () => void>();

  constructor(world: World) {
    this.#world = world;
  }

  concerned(change: Change): KubeObject[] {
    const { registry } = this.#world;
    const { plural } = change.info;
    const namespace = change.object.metadata.namespace ?? '';
    const info = registry.kinds.named('services');
    if (plural === 'endpointslices') {
      const name = change.object.metadata.labels?.['kubernetes.io/service-name'];
      const found = name === undefined ? undefined : registry.storage.get(info, namespace, name);
      return found === undefined ? [] : [found];
    }
    if (plural !== 'pods') return [];
    return registry.storage.list(info, namespace).filter((service) => {
      const { selector } = (service as Service).spec;
      if (selector === undefined) return false;
      const matchLabels = { matchLabels: selector };
      return selectorMatches(matchLabels, change.object.metadata.labels) || selectorMatches(matchLabels, change.previous?.metadata.labels);
    });
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    const id = `${key.namespace}/${key.name}`;
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      this.#balancers.get(id)?.();
      this.#balancers.delete(id);
      return;
    }
    const service = object as Service;
    this.#balance(id, service);
    if (service.spec.selector !== undefined && service.spec.type !== 'ExternalName') this.#slice(service);
  }

  close(): void {
    for (const cancel of this.#balancers.values()) cancel();
  }

  #balance(id: string, service: Service): void {
    const { registry, clock, delays, events } = this.#world;
    const info = registry.kinds.named('services');
    const has = (service.status.loadBalancer?.ingress?.length ?? 0) > 0;
    if (service.spec.type !== 'LoadBalancer' || service.spec.loadBalancerClass !== undefined) {
      if (has) registry.write(info, { ...service, status: { ...service.status, loadBalancer: {} } }, manager, 'status');
      return;
    }
    if (has || this.#balancers.has(id)) return;
    events.record(service, 'service-controller', { type: 'Normal', reason: 'EnsuringLoadBalancer', message: 'Ensuring load balancer' });
    const cancel = clock.after(delays.addressMs, () => {
      this.#balancers.delete(id);
      const { namespace = '', name, uid } = service.metadata;
      const now = registry.storage.get(info, namespace, name) as Service | undefined;
      if (now === undefined || now.metadata.uid !== uid || now.spec.type !== 'LoadBalancer') return;
      const loadBalancer: LoadBalancerStatus = { ingress: [{ ip: this.#freeAddress(), ipMode: 'VIP' }] };
      registry.write(info, { ...now, status: { ...now.status, loadBalancer } }, 'cloud-controller-manager', 'status');
      events.record(service, 'service-controller', { type: 'Normal', reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' });
    });
    this.#balancers.set(id, cancel);
  }

  #freeAddress(): string {
    const { registry } = this.#world;
    const used = new Set(
      registry.storage.list(registry.kinds.named('services')).flatMap((one) => (one as Service).status.loadBalancer?.ingress?.map((entry) => entry.ip) ?? []),
    );
    for (let last = 10; last < 255; last++) if (!used.has(`${balancerPrefix}${String(last)}`)) return `${balancerPrefix}${String(last)}`;
    return `${balancerPrefix}254`;
  }

  #slice(service: Service): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('endpointslices');
    const { namespace = '' } = service.metadata;
    const pods = (registry.storage.list(registry.kinds.named('pods'), namespace) as readonly Pod[]).filter(
      (pod) => selectorMatches({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels) && pod.status.podIP !== undefined && !isFinished(pod),
    );
    const own = registry.storage
      .ownedBy(service.metadata.uid ?? '')
      .filter((one) => one.kind === 'EndpointSlice' && one.metadata.deletionTimestamp === undefined) as EndpointSlice[];
    const wanted = slicesFor(service, pods);
    for (const [index, slice] of wanted.entries()) {
      const present = own[index];
      if (present === undefined) this.#create(service, slice);
      else if (!sameValue([present.endpoints, present.ports, present.metadata.labels], [slice.endpoints, slice.ports, labelsOf(service)])) {
        const next = { ...present, endpoints: slice.endpoints, ports: slice.ports, metadata: { ...present.metadata, labels: labelsOf(service) } };
        registry.write(info, next, manager);
      }
    }
    for (const extra of own.slice(wanted.length)) registry.remove(info, namespace, extra.metadata.name);
  }

  #create(service: Service, slice: Pick<EndpointSlice, 'endpoints' | 'ports'>): void {
    const { registry } = this.#world;
    const { namespace = '', name, uid = '' } = service.metadata;
    const body = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      addressType: 'IPv4',
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: labelsOf(service),
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
      },
      ...slice,
    };
    try {
      registry.create(registry.kinds.named('endpointslices'), namespace, body, systemWrite(manager));
    } catch (error) {
      // The namespace is going, and the service with it.
      if (!(error instanceof ApiError) || error.code !== 403) throw error;
    }
  }
}

function labelsOf(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': service.metadata.name,
  };
}

/** Pods with the same port numbers share slices; a pod that does not name a service's port is left out of that port. */
function slicesFor(service: Service, pods: readonly Pod[]): Pick<EndpointSlice, 'endpoints' | 'ports'>[] {
  const groups = new Map<string, { ports: EndpointSlice['ports']; pods: Pod[] }>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, pods: [] };
    group.pods.push(pod);
    groups.set(key, group);
  }
  if (groups.size === 0) return [{ endpoints: [], ports: [] }];
  return [...groups.values()].flatMap((group) => {
    const made: Pick<EndpointSlice, 'endpoints' | 'ports'>[] = [];
    for (let at = 0; at < group.pods.length; at += endpointsPerSlice) {
      made.push({ ports: group.ports, endpoints: group.pods.slice(at, at + endpointsPerSlice).map((pod) => endpointOf(service, pod)) });
    }
    return made;
  });
}

function portsOf(service: Service, pod: Pod): EndpointSlice['ports'] {
  const named = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return (service.spec.ports ?? []).flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const protocol = port.protocol ?? 'TCP';
    const found = typeof target === 'number' ? target : named.find((one) => one.name === target && (one.protocol ?? 'TCP') === protocol)?.containerPort;
    if (found === undefined) return [];
    return [{ name: port.name ?? '', port: found, protocol, ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }) }];
  });
}

function endpointOf(service: Service, pod: Pod): EndpointSlice['endpoints'][number] {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const { name, namespace = '', uid = '' } = pod.metadata;
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready: (serving && !terminating) || service.spec.publishNotReadyAddresses === true, serving, terminating },
    // A pod that names the service as its subdomain has a DNS name of its own, by its hostname.
    ...(pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {}),
    nodeName,
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}
