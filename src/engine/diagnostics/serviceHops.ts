import type { JsonObject } from '../../shared/json';
import { isJsonObject, sameJson, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { isPodReady } from '../kinds/pod/health';
import { endpointsOf, readyEndpoints } from '../kinds/service/health';
import type { RenderedObject } from '../render';
import { healthOf } from '../status/healthOf';
import { itemsAt, numberAt, oneLine, textAt } from '../status/verdict';
import { balancerChecks } from './balancerHops';
import { kinds } from './clusterView';
import { closedCheck } from './policyHops';
import type { JudgedCheck, Judging } from './judging';
import { asDrift, hidden, judged, listed, liveOf, textOf } from './judging';
import type { ServicePort } from './podPorts';
import { podLabelsOf, podPortsOf, podSelectorOf, podSpecOf, servicePortsOf } from './podPorts';
import { portFix, selectorFix } from './fixes';
import { firstDifference, labelTexts, matchesLabels, selectorText, sharedLabels } from './selectors';

/** A Service by its name, whoever made it, and the node that its findings belong to. */
export interface ServiceAt {
  readonly nodeId: string;
  readonly namespace: string;
  readonly name: string;
}

/** Longest list of pods in a sentence. */
const maxPods = 3;

/**
 * Everything from a Service to the containers behind it. With a workload it is judged whether that one's pods are reached;
 * without, whether any are. Addresses of load balancers are left out for edges, which are not about them.
 */
export function serviceChecks(judging: Judging, at: ServiceAt, workload: RenderedObject | undefined, withAddress: boolean): readonly JudgedCheck[] {
  const { view, intent } = judging;
  const { nodeId, namespace, name } = at;
  const seen = view.find(kinds.service, namespace, name);
  if (!seen.known) return [hidden(nodeId, 'service-exists', seen)];
  const service = seen.value;
  if (service === undefined) return [judged(nodeId, 'service-exists', 'error', 'exists.missing', { kind: 'Service', name })];
  const checks = [judged(nodeId, 'service-exists', 'pass', 'exists.pass', { kind: 'Service', name })];
  if (textAt(service.spec, ['type']) === 'ExternalName') {
    const host = textAt(service.spec, ['externalName']) ?? '';
    return [...checks, judged(nodeId, 'service-type', workload === undefined ? 'pass' : 'error', 'type.alias', { service: name, host })];
  }
  if (withAddress) checks.push(...balancerChecks(judging, nodeId, service));
  const target = workload === undefined ? undefined : liveOf(judging, workload);
  if (workload !== undefined && target !== undefined) {
    if (!target.known) checks.push(hidden(workload.nodeId, 'target-exists', target));
    else if (target.value === undefined) {
      const { kind, metadata } = workload.object;
      return [...checks, judged(workload.nodeId, 'target-exists', 'error', 'exists.missing', { kind, name: metadata.name })];
    }
  }
  const live = target?.known === true ? target.value : undefined;
  const rendered = intent.maker(kinds.service, namespace, name);
  const selector = valueAt(service.spec, ['selector']);
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) {
    const finding = judged(
      nodeId,
      'selector-match',
      'warning',
      'selector.none',
      { service: name },
      fixable(selectorFix(intent, nodeId, workload), rendered, service, 'selector'),
    );
    checks.push(drifted(finding, rendered, service, 'selector'));
    return [...checks, ...endpointChecks(judging, at, service)];
  }
  const matching = view.pods(namespace, { matchLabels: selector });
  if (!matching.known) return [...checks, hidden(nodeId, 'selector-match', matching), ...endpointChecks(judging, at, service)];
  const pods = matching.value;
  const match = selectorCheck(judging, at, { selector, pods, workload, live, rendered, service });
  checks.push(match);
  const spec = pods[0]?.spec ?? (live === undefined ? undefined : podSpecOf(live));
  if (match.status !== 'pass') return [...checks, ...endpointChecks(judging, at, service)];
  if (spec !== undefined)
    checks.push(...portChecks(judging, at, { spec, pod: pods[0]?.metadata.name ?? workload?.object.metadata.name ?? '', rendered, service, workload }));
  checks.push(readyCheck(workload?.nodeId ?? nodeId, pods, workload?.object.metadata.name ?? name));
  checks.push(...endpointChecks(judging, at, service));
  const [first] = pods;
  if (first !== undefined) checks.push(closedCheck(judging, nodeId, pods, servicePortsOf(service), workload?.object.metadata.name ?? name));
  return checks;
}

interface Matching {
  readonly selector: JsonObject;
  readonly pods: readonly KubeObject[];
  readonly workload: RenderedObject | undefined;
  readonly live: KubeObject | undefined;
  readonly rendered: RenderedObject | undefined;
  readonly service: KubeObject;
}

function selectorCheck(judging: Judging, at: ServiceAt, matching: Matching): JudgedCheck {
  const { selector, pods, workload, live, rendered, service } = matching;
  const { nodeId, namespace } = at;
  const text = selectorText({ matchLabels: selector });
  const wrong = (
    code: 'selector.noPods' | 'selector.near' | 'selector.missingLabel' | 'selector.otherPods',
    args: Readonly<Record<string, string | number>>,
  ): JudgedCheck => {
    const fix = fixable(selectorFix(judging.intent, nodeId, workload), rendered, service, 'selector');
    return drifted(judged(nodeId, 'selector-match', 'error', code, { selector: text, ...args }, fix), rendered, service, 'selector');
  };
  const near = (labels: Readonly<Record<string, string>> | JsonObject | undefined, name: string): JudgedCheck | undefined => {
    const other = firstDifference(selector, labelTexts(labels));
    if (other === undefined) return undefined;
    const wanted = `${other.label}=${other.wanted}`;
    if (other.found === undefined) return wrong('selector.missingLabel', { workload: name, label: other.label, wanted });
    return wrong('selector.near', { workload: name, found: `${other.label}=${other.found}`, wanted });
  };
  if (workload !== undefined && live !== undefined) {
    const own = judging.view.pods(namespace, podSelectorOf(live) ?? { matchLabels: { '': '' } });
    if (!own.known) return hidden(nodeId, 'selector-match', own);
    const uids = new Set(own.value.map((pod) => pod.metadata.uid));
    const { name } = workload.object.metadata;
    if (pods.some((pod) => uids.has(pod.metadata.uid)))
      return judged(nodeId, 'selector-match', 'pass', 'selector.pass', { count: pods.length, selector: text });
    if (pods.length > 0) return wrong('selector.otherPods', { count: pods.length, workload: name });
    // Without pods it is the template that says whether it would choose them.
    const labels = labelTexts(own.value[0]?.metadata.labels ?? podLabelsOf(live));
    if (matchesLabels(selector, labels)) return judged(nodeId, 'selector-match', 'pass', 'selector.pass', { count: pods.length, selector: text });
    return near(labels, name) ?? wrong('selector.noPods', {});
  }
  if (pods.length > 0) return judged(nodeId, 'selector-match', 'pass', 'selector.pass', { count: pods.length, selector: text });
  const all = judging.view.all(kinds.pod, namespace);
  if (!all.known) return wrong('selector.noPods', {});
  const closest = all.value.toSorted((a, b) => sharedLabels(selector, b.metadata.labels) - sharedLabels(selector, a.metadata.labels))[0];
  if (closest === undefined) return wrong('selector.noPods', {});
  if (Object.keys(selector).length > 1 && sharedLabels(selector, closest.metadata.labels) > 0)
    return near(closest.metadata.labels, closest.metadata.name) ?? wrong('selector.noPods', {});
  return wrong('selector.noPods', {});
}

interface Ports {
  readonly spec: JsonObject;
  readonly pod: string;
  readonly rendered: RenderedObject | undefined;
  readonly service: KubeObject;
  readonly workload: RenderedObject | undefined;
}

/** One check for each port that is not right; one that passes when all are. */
function portChecks(judging: Judging, at: ServiceAt, { spec, pod, rendered, service, workload }: Ports): readonly JudgedCheck[] {
  const declared = podPortsOf(spec);
  const ports = servicePortsOf(service);
  const wrong = ports.flatMap((port, index) => {
    const finding = portFinding(port, declared, pod);
    if (finding === undefined) return [];
    const fix = fixable(portFix(judging.intent, at.nodeId, index, declared, workload), rendered, service, 'ports');
    return [drifted(judged(at.nodeId, 'port-config', finding.status, finding.code, finding.args, fix), rendered, service, 'ports')];
  });
  const [first] = ports;
  if (wrong.length > 0 || first === undefined) return wrong;
  return [judged(at.nodeId, 'port-config', 'pass', 'port.pass', { port: first.port, target: textOf(first.target) })];
}

function portFinding(
  port: ServicePort,
  declared: ReturnType<typeof podPortsOf>,
  pod: string,
):
  | {
      readonly status: 'warning' | 'error';
      readonly code: 'port.undeclared' | 'port.unnamed' | 'port.protocol';
      readonly args: Readonly<Record<string, string>>;
    }
  | undefined {
  const args = { port: String(port.port), target: textOf(port.target), pod };
  const isNamed = typeof port.target === 'string' && !/^\d+$/.test(port.target);
  const named = declared.filter((one) => (isNamed ? one.name === port.target : one.port === Number(port.target)));
  if (named.some((one) => one.protocol === port.protocol)) return undefined;
  const [other] = named;
  if (other !== undefined) return { status: 'error', code: 'port.protocol', args: { ...args, wanted: port.protocol, found: other.protocol } };
  if (isNamed) return { status: 'error', code: 'port.unnamed', args: { ...args, known: listed(declared.flatMap((one) => one.name ?? [])) } };
  // A port that is open need not be declared, so that this is no more than likely.
  return { status: 'warning', code: 'port.undeclared', args: { ...args, known: listed(declared.map((one) => String(one.port))) } };
}

function readyCheck(nodeId: string, pods: readonly KubeObject[], workload: string): JudgedCheck {
  if (pods.length === 0) return judged(nodeId, 'pods-ready', 'error', 'ready.zero', { workload });
  const unready = pods.filter((pod) => !isPodReady(pod));
  const args = { ready: pods.length - unready.length, total: pods.length, pods: podReasons(unready) };
  if (unready.length === 0) return judged(nodeId, 'pods-ready', 'pass', 'ready.pass', args);
  if (unready.length < pods.length) return judged(nodeId, 'pods-ready', 'warning', 'ready.some', args);
  if (unready.every(isStarting)) return judged(nodeId, 'pods-ready', 'warning', 'ready.starting', args);
  return judged(nodeId, 'pods-ready', 'error', 'ready.none', args);
}

/** A pod that gets its machine, volumes and image is on its way; what waits for a machine for good is not. */
function isStarting(pod: KubeObject): boolean {
  return pod.status?.['phase'] === 'Pending' && healthOf(pod, judgedLate).state === 'pending';
}

/** As if enough time had passed, so that the judgement does not change by time alone. */
const judgedLate = { nowMs: Number.POSITIVE_INFINITY };

function podReasons(pods: readonly KubeObject[]): string {
  const shown = pods.slice(0, maxPods).map((pod) => `${pod.metadata.name} (${healthOf(pod, judgedLate).message})`);
  return oneLine(pods.length > maxPods ? `${shown.join('; ')}; …` : shown.join('; '));
}

function endpointChecks(judging: Judging, at: ServiceAt, service: KubeObject): readonly JudgedCheck[] {
  const { nodeId, namespace, name } = at;
  const seen = judging.view.slicesOf(namespace, name);
  if (!seen.known) return [hidden(nodeId, 'endpoints-exist', seen)];
  const slices = seen.value;
  const addresses = slices.reduce((sum, slice) => sum + endpointsOf(slice).length, 0);
  if (addresses === 0) return [judged(nodeId, 'endpoints-exist', 'error', 'endpoints.none', { service: name })];
  const ready = readyEndpoints(slices);
  if (ready === 0) return [judged(nodeId, 'endpoints-exist', 'error', 'endpoints.notReady', { service: name })];
  // A port by a name that a pod does not have is left out of the slice that names the pod.
  const missing = servicePortsOf(service).find(
    (port) => !slices.some((slice) => readyEndpoints([slice]) > 0 && itemsAt(slice as unknown as JsonObject, ['ports']).some((one) => hasPort(one, port))),
  );
  if (missing !== undefined) return [judged(nodeId, 'endpoints-exist', 'error', 'endpoints.noPort', { service: name, port: missing.port })];
  return [judged(nodeId, 'endpoints-exist', 'pass', 'endpoints.pass', { count: ready })];
}

function hasPort(one: JsonObject, port: ServicePort): boolean {
  return (textAt(one, ['name']) ?? '') === (port.name ?? '') && numberAt(one, ['port']) !== undefined;
}

/** The file's fix, only where the file is what is wrong: where the cluster differs from it, deploying is. */
function fixable<F>(fix: F | undefined, rendered: RenderedObject | undefined, live: KubeObject, part: 'selector' | 'ports'): F | undefined {
  return rendered === undefined || !differs(rendered, live, part) ? fix : undefined;
}

function drifted(check: JudgedCheck, rendered: RenderedObject | undefined, live: KubeObject, part: 'selector' | 'ports'): JudgedCheck {
  return rendered !== undefined && differs(rendered, live, part) ? asDrift(check) : check;
}

function differs(rendered: RenderedObject, live: KubeObject, part: 'selector' | 'ports'): boolean {
  if (part === 'selector') return !sameJson(valueAt(rendered.object.spec, ['selector']) ?? {}, valueAt(live.spec, ['selector']) ?? {});
  const flat = (service: Pick<KubeObject, 'spec'>): string =>
    JSON.stringify(servicePortsOf(service).map(({ name, port, protocol, target }) => [name ?? '', port, protocol, textOf(target)]));
  return flat(rendered.object) !== flat(live);
}
