import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { itemsAt, numberAt, textAt } from '../status/verdict';
import { isInRange } from './addresses';
import { podPortsOf } from './podPorts';
import type { Labels } from './selectors';
import { hasConditions, matchesSelector } from './selectors';

export type Direction = 'Ingress' | 'Egress';

/** One end of a connection, as policies see it. */
export interface Peer {
  readonly namespace: string;
  readonly labels: Labels | undefined;
  /** Undefined when the labels of its namespace may not be read; its name counts as a label in any case. */
  readonly namespaceLabels: Labels | undefined;
  readonly addresses: readonly string[];
}

export interface PolicyPort {
  readonly number: number;
  readonly protocol: string;
  /** The pod spec at the receiving end, where ports by name are looked up. */
  readonly podSpec: JsonValue | undefined;
}

/** `unknown` where it depends on labels of a namespace that may not be read. */
export type Allowance = 'allowed' | 'denied' | 'unknown';

/** The policies that rule traffic of a Pod in one direction. */
export function policiesFor(policies: readonly KubeObject[], pod: Pick<Peer, 'namespace' | 'labels'>, direction: Direction): readonly KubeObject[] {
  return policies.filter(
    (policy) =>
      (policy.metadata.namespace ?? '') === pod.namespace &&
      directionsOf(policy).includes(direction) &&
      matchesSelector(valueAt(policy.spec, ['podSelector']), pod.labels),
  );
}

/** What is not said rules traffic to the pods, and traffic from them where there are rules for it. */
function directionsOf(policy: KubeObject): readonly Direction[] {
  const types = valueAt(policy.spec, ['policyTypes']);
  if (Array.isArray(types) && types.length > 0) return (types as readonly JsonValue[]).filter((type) => type === 'Ingress' || type === 'Egress');
  return Array.isArray(valueAt(policy.spec, ['egress'])) ? ['Ingress', 'Egress'] : ['Ingress'];
}

/**
 * Whether policies that all apply let a connection through: none of them means that everything is allowed, and otherwise
 * one rule of one of them is enough. Without a peer it is asked whether anyone at all may.
 */
export function allowance(applying: readonly KubeObject[], direction: Direction, peer: Peer | undefined, port: PolicyPort): Allowance {
  if (applying.length === 0) return 'allowed';
  let found: Allowance = 'denied';
  for (const policy of applying) {
    for (const rule of rulesOf(policy, direction)) {
      if (!portAllowed(rule, port)) continue;
      const answer = peer === undefined ? 'allowed' : peerAllowed(rule, direction, peer, policy.metadata.namespace ?? '');
      if (answer === 'allowed') return 'allowed';
      if (answer === 'unknown') found = 'unknown';
    }
  }
  return found;
}

/** Whether someone outside the namespace of the policies may connect. */
export function allowsStrangers(applying: readonly KubeObject[], port: PolicyPort): boolean {
  if (applying.length === 0) return true;
  return applying.some((policy) =>
    rulesOf(policy, 'Ingress').some((rule) => {
      if (!portAllowed(rule, port)) return false;
      const peers = itemsAt(rule, ['from']);
      return peers.length === 0 || peers.some((peer) => isJsonObject(peer['namespaceSelector']) || isJsonObject(peer['ipBlock']));
    }),
  );
}

export function rulesOf(policy: KubeObject, direction: Direction): readonly JsonObject[] {
  return itemsAt(policy.spec, [direction === 'Ingress' ? 'ingress' : 'egress']);
}

function portAllowed(rule: JsonObject, port: PolicyPort): boolean {
  const ports = itemsAt(rule, ['ports']);
  return ports.length === 0 || ports.some((one) => isPort(one, port));
}

function isPort(one: JsonObject, port: PolicyPort): boolean {
  if ((textAt(one, ['protocol']) ?? 'TCP') !== port.protocol) return false;
  const wanted = valueAt(one, ['port']);
  if (wanted === undefined || wanted === null) return true;
  if (typeof wanted === 'string')
    return podPortsOf(port.podSpec).some((each) => each.name === wanted && each.port === port.number && each.protocol === port.protocol);
  if (typeof wanted !== 'number') return false;
  const end = numberAt(one, ['endPort']) ?? wanted;
  return port.number >= wanted && port.number <= end;
}

function peerAllowed(rule: JsonObject, direction: Direction, peer: Peer, policyNamespace: string): Allowance {
  const peers = itemsAt(rule, [direction === 'Ingress' ? 'from' : 'to']);
  if (peers.length === 0) return 'allowed';
  let found: Allowance = 'denied';
  for (const one of peers) {
    const answer = isPeer(one, peer, policyNamespace);
    if (answer === 'allowed') return 'allowed';
    if (answer === 'unknown') found = 'unknown';
  }
  return found;
}

/** Pods and namespaces of one item must both be meant; without namespaces it is the policy's own. */
function isPeer(one: JsonObject, peer: Peer, policyNamespace: string): Allowance {
  const block = one['ipBlock'];
  if (isJsonObject(block)) {
    const cidr = textAt(block, ['cidr']) ?? '';
    const except = valueAt(block, ['except']);
    const excepted = (address: string): boolean => Array.isArray(except) && except.some((range) => typeof range === 'string' && isInRange(address, range));
    return peer.addresses.some((address) => isInRange(address, cidr) && !excepted(address)) ? 'allowed' : 'denied';
  }
  if (isJsonObject(one['podSelector']) && !matchesSelector(one['podSelector'], peer.labels)) return 'denied';
  const namespaces = one['namespaceSelector'];
  if (!isJsonObject(namespaces)) return peer.namespace === policyNamespace ? 'allowed' : 'denied';
  if (!hasConditions(namespaces)) return 'allowed';
  const named = { ...peer.namespaceLabels, [namespaceNameLabel]: peer.namespace };
  if (peer.namespaceLabels !== undefined || asksOnlyForName(namespaces)) return matchesSelector(namespaces, named) ? 'allowed' : 'denied';
  return 'unknown';
}

/** Every namespace carries its own name in this label. */
const namespaceNameLabel = 'kubernetes.io/metadata.name';

function asksOnlyForName(selector: JsonObject): boolean {
  const labels = valueAt(selector, ['matchLabels']);
  const keys = [...(isJsonObject(labels) ? Object.keys(labels) : []), ...itemsAt(selector, ['matchExpressions']).map((one) => textAt(one, ['key']))];
  return keys.every((key) => key === namespaceNameLabel);
}
