// Cluster IPs and node ports, given out once each and taken back when their service goes.
import { invalid } from './apiStatus';
import type { KindInfo } from './kinds';
import type { KubeObject } from './objects';
import type { Randomness } from './randomness';
import type { Storage } from './storage';

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  nodePort?: number;
  appProtocol?: string;
}

export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  internalTrafficPolicy?: string;
  externalTrafficPolicy?: string;
  allocateLoadBalancerNodePorts?: boolean;
  externalName?: string;
  loadBalancerClass?: string;
  externalIPs?: string[];
  healthCheckNodePort?: number;
  selector?: Record<string, string>;
  ports?: ServicePort[];
  publishNotReadyAddresses?: boolean;
  sessionAffinity?: string;
}

/** 10.96.0.0/16 is the range of services; its first address belongs to the API server's own. */
const rangePrefix = '10.96.';
const nodePorts = { first: 30_000, last: 32_767 };

export class Allocation {
  readonly #storage: Storage;
  readonly #services: KindInfo;
  readonly #random: Randomness;

  constructor(storage: Storage, services: KindInfo, random: Randomness) {
    this.#storage = storage;
    this.#services = services;
    this.#random = random;
  }

  /**
   * Gives the service the addresses and node ports that it needs and does not have; those of `previous` are in it already.
   * What the client asks for itself is checked against the range and against other services. Changes `service`.
   */
  allocate(service: KubeObject, previous: KubeObject | undefined): void {
    const spec = (service.spec ?? {}) as ServiceSpec;
    const old = previous?.spec as ServiceSpec | undefined;
    service.spec = spec;
    // What a service without an address of its own may have left of one is judged by validation.
    if (spec.type === 'ExternalName') return;
    if (old === undefined || old.type === 'ExternalName') {
      const wanted = spec.clusterIP || spec.clusterIPs?.[0];
      const address = wanted === undefined || wanted === '' ? this.#freeAddress() : wanted;
      if (address !== 'None') this.#checkAddress(service, address);
      spec.clusterIP = address;
      spec.clusterIPs = [address];
    }
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
    this.#allocateNodePorts(service, spec);
  }

  #allocateNodePorts(service: KubeObject, spec: ServiceSpec): void {
    const wants = spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    if (!wants) return;
    const used = this.#usedNodePorts(service);
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort === undefined || port.nodePort === 0) {
        port.nodePort = this.#freeNodePort(used, spec.ports ?? [], port);
      } else if (port.nodePort < nodePorts.first || port.nodePort > nodePorts.last) {
        throw refused(
          service,
          `spec.ports[${String(index)}].nodePort`,
          port.nodePort,
          'provided port is not in the valid range. The range of valid ports is 30000-32767',
        );
      } else if (used.has(`${String(port.nodePort)}/${port.protocol ?? 'TCP'}`)) {
        throw refused(service, `spec.ports[${String(index)}].nodePort`, port.nodePort, 'provided port is already allocated');
      }
      used.add(`${String(port.nodePort)}/${port.protocol ?? 'TCP'}`);
    }
    if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && !spec.healthCheckNodePort) {
      spec.healthCheckNodePort = this.#freeNodePort(used, [], { port: 0 });
    }
  }

  #others(service: KubeObject): ServiceSpec[] {
    const { namespace, name } = service.metadata;
    return this.#storage
      .list(this.#services)
      .filter((other) => other.metadata.name !== name || other.metadata.namespace !== namespace)
      .map((other) => (other.spec ?? {}) as ServiceSpec);
  }

  #usedNodePorts(service: KubeObject): Set<string> {
    return new Set(
      this.#others(service).flatMap((spec) =>
        (spec.ports ?? []).flatMap((port) => (port.nodePort ? [`${String(port.nodePort)}/${port.protocol ?? 'TCP'}`] : [])),
      ),
    );
  }

  /** TCP and UDP of one port number share a node port, as the real allocator lets them. */
  #freeNodePort(used: Set<string>, ports: readonly ServicePort[], of: ServicePort): number {
    const sibling = ports.find((other) => other !== of && other.port === of.port && other.nodePort && other.protocol !== of.protocol)?.nodePort;
    if (sibling !== undefined && !used.has(`${String(sibling)}/${of.protocol ?? 'TCP'}`)) return sibling;
    for (let tries = 0; tries < 10_000; tries++) {
      const port = nodePorts.first + this.#random.below(nodePorts.last - nodePorts.first + 1);
      if (!used.has(`${String(port)}/TCP`) && !used.has(`${String(port)}/UDP`)) return port;
    }
    throw new Error('no node port is free');
  }

  #freeAddress(): string {
    const used = new Set(this.#storage.list(this.#services).map((other) => (other.spec as ServiceSpec | undefined)?.clusterIP));
    for (;;) {
      const address = `${rangePrefix}${String(this.#random.below(256))}.${String(1 + this.#random.below(254))}`;
      if (!used.has(address) && address !== `${rangePrefix}0.1`) return address;
    }
  }

  #checkAddress(service: KubeObject, address: string): void {
    const valid =
      /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
        .exec(address)
        ?.slice(1)
        .every((part) => Number(part) <= 255) === true;
    if (!valid) throw refused(service, 'spec.clusterIPs[0]', [address], 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
    if (!address.startsWith(rangePrefix)) {
      throw refused(
        service,
        'spec.clusterIPs',
        [address],
        `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
      );
    }
    if (this.#others(service).some((other) => other.clusterIP === address)) {
      throw refused(service, 'spec.clusterIPs', [address], `failed to allocate IP ${address}: provided IP is already allocated`);
    }
  }
}

function refused(service: KubeObject, field: string, value: unknown, text: string): Error {
  return invalid('', 'Service', service.metadata.name, [{ reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${text}`, field }]);
}
