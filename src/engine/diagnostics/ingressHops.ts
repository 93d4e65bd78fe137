import type { JsonObject } from '../../shared/json';
import { isJsonObject, sameJson, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { RenderedObject } from '../render';
import { itemsAt, numberAt, textAt } from '../status/verdict';
import { addressOf } from './balancerHops';
import { kinds } from './clusterView';
import { backendFix, backendPortFix, classFix, pathFix, pathPlace, tlsHostsFix } from './fixes';
import type { JudgedCheck, Judging } from './judging';
import { asDrift, hidden, judged, listed, present } from './judging';
import { controllerCheck } from './policyHops';
import { servicePortsOf } from './podPorts';

/** One way through an Ingress. */
export interface Backend {
  readonly host: string;
  readonly path: string;
  readonly pathType: string;
  readonly service: string;
  /** Number or name. */
  readonly port: number | string | undefined;
}

export function backendsOf(ingress: Pick<KubeObject, 'spec'>): readonly Backend[] {
  const backendOf = (place: JsonObject, host: string, path: string, pathType: string): readonly Backend[] => {
    const service = textAt(place, ['service', 'name']);
    const port = numberAt(place, ['service', 'port', 'number']) ?? textAt(place, ['service', 'port', 'name']);
    return service === undefined ? [] : [{ host, path, pathType, service, port }];
  };
  const ruled = itemsAt(ingress.spec, ['rules']).flatMap((rule) =>
    itemsAt(rule, ['http', 'paths']).flatMap((item) =>
      isJsonObject(item['backend'])
        ? backendOf(item['backend'], textAt(rule, ['host']) ?? '', textAt(item, ['path']) ?? '/', textAt(item, ['pathType']) ?? '')
        : [],
    ),
  );
  const fallback = valueAt(ingress.spec, ['defaultBackend']);
  return isJsonObject(fallback) ? [...ruled, ...backendOf(fallback, '', '', 'default')] : ruled;
}

export function classOf(ingress: Pick<KubeObject, 'spec' | 'metadata'>): string | undefined {
  return textAt(ingress.spec, ['ingressClassName']) ?? ingress.metadata.annotations?.['kubernetes.io/ingress.class'];
}

/** What an Ingress needs before any of its paths leads anywhere. The object is absent when it is not there to be judged. */
export function ingressChecks(judging: Judging, one: RenderedObject): { readonly checks: readonly JudgedCheck[]; readonly ingress: KubeObject | undefined } {
  const { check, object } = present(judging, one, 'ingress-exists');
  if (object === undefined) return { checks: [check], ingress: undefined };
  return {
    checks: [check, ...classChecks(judging, one, object), ...conflictChecks(judging, one, object), ...tlsChecks(judging, one, object)],
    ingress: object,
  };
}

export function addressCheck(nodeId: string, ingress: KubeObject): JudgedCheck {
  const address = addressOf(ingress);
  return address === undefined
    ? judged(nodeId, 'address-assigned', 'warning', 'address.none')
    : judged(nodeId, 'address-assigned', 'pass', 'address.pass', { address });
}

function isDefault(one: KubeObject): boolean {
  return one.metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true';
}

function classChecks(judging: Judging, one: RenderedObject, ingress: KubeObject): readonly JudgedCheck[] {
  const { nodeId } = one;
  const name = classOf(ingress);
  const seen = judging.view.all(kinds.ingressClass, '');
  if (!seen.known) return [hidden(nodeId, 'class-exists', seen)];
  const classes = seen.value;
  const known = listed(classes.map((each) => each.metadata.name));
  const defaults = classes.filter(isDefault);
  const better = defaults.length === 1 ? defaults[0] : classes.length === 1 ? classes[0] : undefined;
  const isFiles = classOf(one.object) === name;
  const wrong = (status: 'error' | 'warning', code: 'class.missing' | 'class.served' | 'class.noDefault' | 'class.severalDefaults', args = {}): JudgedCheck => {
    const finding = judged(
      nodeId,
      'class-exists',
      status,
      code,
      { known, ...args },
      isFiles ? classFix(judging.intent, nodeId, better?.metadata.name) : undefined,
    );
    return isFiles ? finding : asDrift(finding);
  };
  let found: KubeObject | undefined;
  if (name === undefined) {
    if (defaults.length === 0) return [wrong('error', 'class.noDefault')];
    if (defaults.length > 1) return [wrong('warning', 'class.severalDefaults', { known: listed(defaults.map((each) => each.metadata.name)) })];
    found = defaults[0];
  } else found = classes.find((each) => each.metadata.name === name);
  if (found === undefined) {
    const address = addressOf(ingress);
    // Some controllers go by the name alone; an address may also be left from a class that was named before.
    return [address === undefined ? wrong('error', 'class.missing', { class: name ?? '' }) : wrong('warning', 'class.served', { class: name ?? '', address })];
  }
  const named = { class: found.metadata.name };
  const controller = textAt(found.spec, ['controller']);
  return [
    judged(nodeId, 'class-exists', 'pass', name === undefined ? 'class.default' : 'class.pass', named),
    controller === undefined
      ? judged(nodeId, 'class-controller', 'error', 'controller.none', named)
      : judged(nodeId, 'class-controller', 'pass', 'controller.pass', { ...named, controller }),
  ];
}

function conflictChecks(judging: Judging, one: RenderedObject, ingress: KubeObject): readonly JudgedCheck[] {
  const { nodeId } = one;
  const namespace = ingress.metadata.namespace ?? '';
  const everywhere = judging.view.all(kinds.ingress, '');
  const seen = everywhere.known ? everywhere : judging.view.all(kinds.ingress, namespace);
  if (!seen.known) return [hidden(nodeId, 'host-conflict', seen)];
  const own = backendsOf(ingress);
  for (const other of seen.value) {
    const isSelf = other.metadata.name === ingress.metadata.name && (other.metadata.namespace ?? '') === namespace;
    if (isSelf || classOf(other) !== classOf(ingress)) continue;
    const theirs = backendsOf(other);
    const shared = own.find((mine) => theirs.some((each) => each.host === mine.host && each.path === mine.path && each.pathType === mine.pathType));
    if (shared === undefined) continue;
    // The one that was there first is served, as most controllers decide.
    const isFirst = orderKey(ingress) < orderKey(other);
    const args = {
      other: other.metadata.namespace === namespace ? other.metadata.name : `${other.metadata.namespace ?? ''}/${other.metadata.name}`,
      address: addressText(shared),
    };
    const fix = pathFix(judging.intent, nodeId, pathPlace(judging.intent, nodeId, shared.path, shared.service));
    return [judged(nodeId, 'host-conflict', isFirst ? 'warning' : 'error', isFirst ? 'conflict.younger' : 'conflict.older', args, fix)];
  }
  // Where only the own namespace may be seen, another one's claims stay unknown.
  return [everywhere.known ? judged(nodeId, 'host-conflict', 'pass', 'conflict.pass') : hidden(nodeId, 'host-conflict', everywhere)];
}

function orderKey({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function addressText({ host, path }: Backend): string {
  return `${host === '' ? '*' : host}${path === '' ? '/' : path}`;
}

function tlsChecks(judging: Judging, one: RenderedObject, ingress: KubeObject): readonly JudgedCheck[] {
  const { nodeId } = one;
  const sections = itemsAt(ingress.spec, ['tls']);
  if (sections.length === 0) return [];
  const namespace = ingress.metadata.namespace ?? '';
  const checks = sections.map((section): JudgedCheck => {
    const name = textAt(section, ['secretName']);
    if (name === undefined) return judged(nodeId, 'tls-secret', 'warning', 'tls.unnamed');
    const seen = judging.view.find(kinds.secret, namespace, name);
    if (!seen.known) return hidden(nodeId, 'tls-secret', seen);
    if (seen.value === undefined) return judged(nodeId, 'tls-secret', 'error', 'tls.missing', { name, namespace });
    const data = seen.value.data ?? {};
    const missing = ['tls.crt', 'tls.key'].filter((key) => !Object.hasOwn(data, key));
    return missing.length > 0
      ? judged(nodeId, 'tls-secret', 'error', 'tls.keys', { name, keys: missing.join(', ') })
      : judged(nodeId, 'tls-secret', 'pass', 'tls.pass', { name });
  });
  const covered = sections.flatMap((section) => (Array.isArray(section['hosts']) ? section['hosts'] : [])).filter((host) => typeof host === 'string');
  const hosts = [...new Set(backendsOf(ingress).map((backend) => backend.host))].filter((host) => host !== '');
  const bare = covered.length === 0 ? [] : hosts.filter((host) => !covered.some((pattern) => covers(pattern, host)));
  checks.push(
    bare.length > 0
      ? judged(nodeId, 'tls-hosts', 'warning', 'tls.hosts', { hosts: listed(bare) }, tlsHostsFix(judging.intent, nodeId, bare))
      : judged(nodeId, 'tls-hosts', 'pass', 'tls.hostsPass'),
  );
  return checks;
}

/** A star stands for exactly one label, and only as the first. */
function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1));
}

/** Whether the paths that lead to a Service find it and the port that they name. Without a name, all paths are judged. */
export function backendChecks(judging: Judging, one: RenderedObject, ingress: KubeObject, service: RenderedObject | undefined): readonly JudgedCheck[] {
  const { nodeId } = one;
  const namespace = ingress.metadata.namespace ?? '';
  const all = backendsOf(ingress);
  const wanted = service?.object.metadata.name;
  const meant = wanted === undefined ? all : all.filter((backend) => backend.service === wanted);
  const isFiles = sameJson(one.object.spec?.['rules'], ingress.spec?.['rules']);
  if (meant.length === 0) {
    if (wanted === undefined) return [judged(nodeId, 'backend-exists', 'error', 'backend.none')];
    const [other] = all;
    const place = other === undefined ? undefined : pathPlace(judging.intent, nodeId, other.path, other.service);
    const fix = !isFiles || service === undefined || place === undefined ? undefined : backendFix(judging.intent, nodeId, place, service);
    const finding = judged(nodeId, 'backend-exists', 'error', 'backend.other', { service: wanted, found: listed(all.map((each) => each.service)) }, fix);
    return [isFiles ? finding : asDrift(finding)];
  }
  const checks: JudgedCheck[] = [];
  for (const backend of meant) {
    const seen = judging.view.find(kinds.service, namespace, backend.service);
    if (!seen.known) {
      checks.push(hidden(nodeId, 'backend-exists', seen));
      continue;
    }
    const args = { address: addressText(backend), service: backend.service };
    const maker = judging.intent.maker(kinds.service, namespace, backend.service);
    if (seen.value === undefined) {
      checks.push(judged(maker?.nodeId ?? nodeId, 'backend-exists', 'error', 'backend.missing', { ...args, namespace }));
      continue;
    }
    checks.push(judged(nodeId, 'backend-exists', 'pass', 'backend.pass', args));
    checks.push(portCheck(judging, nodeId, backend, seen.value, isFiles));
  }
  return checks;
}

function portCheck(judging: Judging, nodeId: string, backend: Backend, service: KubeObject, isFiles: boolean): JudgedCheck {
  const ports = servicePortsOf(service);
  const args = { service: backend.service, port: String(backend.port ?? '–') };
  if (ports.some((port) => port.port === backend.port || (port.name !== undefined && port.name === backend.port)))
    return judged(nodeId, 'backend-port', 'pass', 'backendPort.pass', args);
  const known = listed(ports.map((port) => (port.name === undefined ? String(port.port) : `${String(port.port)} (${port.name})`)));
  const [first] = ports;
  const place = pathPlace(judging.intent, nodeId, backend.path, backend.service);
  const fix = first === undefined || !isFiles ? undefined : backendPortFix(judging.intent, nodeId, place, backend.service, first.port);
  const finding = judged(nodeId, 'backend-port', 'error', 'backendPort.missing', { ...args, known }, fix);
  return isFiles ? finding : asDrift(finding);
}

/** Whether policies keep an ingress controller from the pods of a Service. */
export function controllerChecks(judging: Judging, nodeId: string, namespace: string, name: string): readonly JudgedCheck[] {
  const seen = judging.view.find(kinds.service, namespace, name);
  const selector = seen.known && seen.value !== undefined ? valueAt(seen.value.spec, ['selector']) : undefined;
  if (!seen.known || seen.value === undefined || !isJsonObject(selector) || Object.keys(selector).length === 0) return [];
  const pods = judging.view.pods(namespace, { matchLabels: selector });
  if (!pods.known) return [];
  const check = controllerCheck(judging, nodeId, pods.value, servicePortsOf(seen.value));
  return check === undefined ? [] : [check];
}
