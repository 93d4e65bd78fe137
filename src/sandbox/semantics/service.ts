// What a Service keeps of the addresses and ports that it was given, when it is changed.
import type { JsonMap, KubeObject } from '../objects';
import { copyOf, isMap, sameValue } from '../objects';
import { mapOf, maps, numberOf, text } from '../../openapi';

function specOf(service: KubeObject): JsonMap {
  return mapOf(service.spec as JsonMap);
}

function hasClusterIP(spec: JsonMap): boolean {
  return spec['type'] !== 'ExternalName';
}

function hasNodePorts(spec: JsonMap): boolean {
  return spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
}

function hasHealthPort(spec: JsonMap): boolean {
  return spec['type'] === 'LoadBalancer' && spec['externalTrafficPolicy'] === 'Local';
}

/** Whether traffic from outside the cluster can reach it. */
function isExternal(spec: JsonMap): boolean {
  return hasNodePorts(spec) || (spec['type'] === 'ClusterIP' && Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0);
}

/** The node ports that are set, in numerical order. */
function nodePorts(spec: JsonMap): number[] {
  return maps(spec['ports'])
    .map((port) => numberOf(port['nodePort']) ?? 0)
    .filter((port) => port !== 0)
    .sort((a, b) => a - b);
}

/** Fills in what the live service was given and the new one leaves out. `next` is the caller's own copy. */
export function keepAllocated(next: KubeObject, live: KubeObject): void {
  const [now, before] = [specOf(next), specOf(live)];
  if (hasClusterIP(now) && hasClusterIP(before)) keepAddresses(now, before);
  // A client that knows only the singular field changes both.
  if (text(now['clusterIP']) !== '' && now['clusterIP'] !== before['clusterIP'] && sameValue(now['clusterIPs'], before['clusterIPs']))
    now['clusterIPs'] = [text(now['clusterIP'])];
  if (hasNodePorts(now) && hasNodePorts(before)) keepNodePorts(now, before);
  if (hasHealthPort(now) && hasHealthPort(before)) now['healthCheckNodePort'] ??= before['healthCheckNodePort'] ?? 0;
}

function keepAddresses(now: JsonMap, before: JsonMap): void {
  if (text(now['clusterIP']) === '' && before['clusterIP'] !== undefined) now['clusterIP'] = before['clusterIP'];
  if (!Array.isArray(now['clusterIPs']) && before['clusterIPs'] !== undefined) now['clusterIPs'] = copyOf(before['clusterIPs']);
  for (const key of ['ipFamilies', 'ipFamilyPolicy']) if (now[key] === undefined && before[key] !== undefined) now[key] = copyOf(before[key]);
}

/** Node ports follow the port's name, unless another port of the new service has taken the number. */
function keepNodePorts(now: JsonMap, before: JsonMap): void {
  const old = nodePorts(before);
  const taken = new Set(nodePorts(now).filter((port) => old.includes(port)));
  const byName = new Map(maps(before['ports']).map((port) => [text(port['name']), numberOf(port['nodePort']) ?? 0]));
  for (const port of maps(now['ports'])) {
    const known = byName.get(text(port['name'])) ?? 0;
    if ((numberOf(port['nodePort']) ?? 0) === 0 && known !== 0 && !taken.has(known)) port['nodePort'] = known;
  }
}

/** A service that changes its type loses what the old type gave it, unless the request sets it anew. */
export function dropUnneeded(next: KubeObject, live: KubeObject): void {
  const [now, before] = [specOf(next), specOf(live)];
  const dropSame = (...keys: readonly string[]): void => {
    for (const key of keys) if (sameValue(now[key], before[key])) delete now[key];
  };
  if (hasClusterIP(before) && !hasClusterIP(now)) dropSame('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  // Ports may have gone with the type; only a node port that is new was asked for.
  if (hasNodePorts(before) && !hasNodePorts(now) && nodePorts(now).every((port) => nodePorts(before).includes(port)))
    for (const port of maps(now['ports'])) delete port['nodePort'];
  if (hasHealthPort(before) && !hasHealthPort(now)) dropSame('healthCheckNodePort');
  if (before['type'] === 'LoadBalancer' && now['type'] !== 'LoadBalancer') dropSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (isExternal(before) && !isExternal(now)) dropSame('externalTrafficPolicy');
  // The real server hides this field when it is read and keeps it stored; here it goes.
  if (now['type'] === 'ExternalName') delete now['internalTrafficPolicy'];
  if (now['type'] !== 'LoadBalancer' && isMap(next.status)) next.status['loadBalancer'] = {};
}
