import type { KubeObject } from '../../shared/kubeObject';
import { valueAt } from '../../shared/json';
import type { RenderedObject } from '../render';
import { itemsAt, textAt } from '../status/verdict';
import { refFromRendered } from '../status/watchPlan';
import { kinds } from './clusterView';
import type { JudgedCheck, Judging } from './judging';
import { hidden, judged, listed, liveOf, present } from './judging';
import type { Allowance, Direction, Peer, PolicyPort } from './networkPolicies';
import { allowance, allowsStrangers, policiesFor, rulesOf } from './networkPolicies';
import type { ServicePort } from './podPorts';
import { podPortsOf, podSelectorOf, portNumber } from './podPorts';
import { matchesSelector } from './selectors';

/** The ports of one Pod that a Service leads to. */
function targetsOf(pod: KubeObject, ports: readonly ServicePort[]): readonly PolicyPort[] {
  return ports.flatMap(({ target, protocol }) => {
    const number = portNumber(target, pod.spec, protocol);
    return number === undefined ? [] : [{ number, protocol, podSpec: pod.spec }];
  });
}

function quoted(policies: readonly KubeObject[]): string {
  return listed(policies.map((policy) => `"${policy.metadata.name}"`));
}

function peerOf(judging: Judging, pod: KubeObject): Peer {
  const namespace = pod.metadata.namespace ?? '';
  const seen = judging.view.find(kinds.namespace, '', namespace);
  const known = seen.known ? seen.value : undefined;
  const addresses = itemsAt(pod.status, ['podIPs']).flatMap((one) => textAt(one, ['ip']) ?? []);
  const single = textAt(pod.status, ['podIP']);
  return {
    namespace,
    labels: pod.metadata.labels,
    namespaceLabels: known === undefined ? undefined : (known.metadata.labels ?? {}),
    addresses: addresses.length > 0 ? addresses : single === undefined ? [] : [single],
  };
}

/** Whether policies let anybody at all reach the pods behind a Service at its ports. */
export function closedCheck(judging: Judging, nodeId: string, pods: readonly KubeObject[], ports: readonly ServicePort[], to: string): JudgedCheck {
  for (const pod of pods) {
    const seen = judging.view.all(kinds.networkPolicy, pod.metadata.namespace ?? '');
    if (!seen.known) return hidden(nodeId, 'policy-allows', seen);
    const applying = policiesFor(seen.value, { namespace: pod.metadata.namespace ?? '', labels: pod.metadata.labels }, 'Ingress');
    for (const port of targetsOf(pod, ports)) {
      if (allowance(applying, 'Ingress', undefined, port) !== 'denied') continue;
      return judged(nodeId, 'policy-allows', 'error', 'policy.closed', { policies: quoted(applying), port: port.number, to });
    }
  }
  return judged(nodeId, 'policy-allows', 'pass', 'policy.pass');
}

/** Which pods an ingress controller has is not known; that it has none in the application's own namespace is likely. */
export function controllerCheck(judging: Judging, nodeId: string, pods: readonly KubeObject[], ports: readonly ServicePort[]): JudgedCheck | undefined {
  for (const pod of pods) {
    const namespace = pod.metadata.namespace ?? '';
    const seen = judging.view.all(kinds.networkPolicy, namespace);
    if (!seen.known) return hidden(nodeId, 'policy-allows', seen);
    const applying = policiesFor(seen.value, { namespace, labels: pod.metadata.labels }, 'Ingress');
    for (const port of targetsOf(pod, ports)) {
      if (allowsStrangers(applying, port) || allowance(applying, 'Ingress', undefined, port) === 'denied') continue;
      return judged(nodeId, 'policy-allows', 'warning', 'policy.inside', { policies: quoted(applying), namespace, port: port.number });
    }
  }
  return undefined;
}

/** Pods of a workload that is on the cluster; undefined as long as it is not. */
function podsOf(judging: Judging, workload: RenderedObject): { readonly pods: readonly KubeObject[] } | { readonly hidden: JudgedCheck } | undefined {
  const live = liveOf(judging, workload);
  if (!live.known) return { hidden: hidden(workload.nodeId, 'policy-allows', live) };
  if (live.value === undefined) return undefined;
  const selector = podSelectorOf(live.value);
  if (selector === undefined) return undefined;
  const seen = judging.view.pods(refFromRendered(workload).namespace, selector);
  return seen.known ? { pods: seen.value } : { hidden: hidden(workload.nodeId, 'policy-allows', seen) };
}

/**
 * Whether the pods of one workload may reach those of another at the ports that these declare: what leaves the first must
 * be let out, and what comes to the second let in. `status` is what a closed way counts as.
 */
export function connectionChecks(
  judging: Judging,
  nodeId: string,
  from: RenderedObject,
  to: RenderedObject,
  status: 'warning' | 'error',
): readonly JudgedCheck[] {
  const [senders, receivers] = [podsOf(judging, from), podsOf(judging, to)];
  for (const side of [senders, receivers]) if (side !== undefined && 'hidden' in side) return [side.hidden];
  if (senders === undefined || receivers === undefined || 'hidden' in senders || 'hidden' in receivers) return [];
  const names = { from: from.object.metadata.name, to: to.object.metadata.name };
  let unsure: JudgedCheck | undefined;
  for (const receiver of receivers.pods) {
    const ports = podPortsOf(receiver.spec).map((port): PolicyPort => ({ number: port.port, protocol: port.protocol, podSpec: receiver.spec }));
    for (const sender of senders.pods) {
      for (const port of ports) {
        const found = judgeConnection(judging, sender, receiver, port);
        if ('known' in found) return [hidden(nodeId, 'policy-allows', found)];
        if (found.answer === 'denied')
          return [
            judged(nodeId, 'policy-allows', status, found.direction === 'Egress' ? 'policy.out' : 'policy.in', {
              policies: quoted(found.policies),
              port: port.number,
              ...names,
            }),
          ];
        if (found.answer === 'unknown') unsure ??= judged(nodeId, 'policy-allows', 'unknown', 'hidden.forbidden', { what: 'namespaces' });
      }
    }
  }
  return [unsure ?? judged(nodeId, 'policy-allows', 'pass', 'policy.pass')];
}

type Connection = { readonly answer: Allowance; readonly direction: Direction; readonly policies: readonly KubeObject[] };

function judgeConnection(judging: Judging, sender: KubeObject, receiver: KubeObject, port: PolicyPort) {
  const [from, to] = [peerOf(judging, sender), peerOf(judging, receiver)];
  let answer: Connection = { answer: 'allowed', direction: 'Ingress', policies: [] };
  for (const [direction, own, other] of [
    ['Egress', from, to],
    ['Ingress', to, from],
  ] as const) {
    const seen = judging.view.all(kinds.networkPolicy, own.namespace);
    if (!seen.known) return seen;
    const policies = policiesFor(seen.value, own, direction);
    const found = allowance(policies, direction, other, port);
    if (found === 'denied') return { answer: found, direction, policies };
    if (found === 'unknown') answer = { answer: found, direction, policies };
  }
  return answer;
}

/** Whether a policy on the cluster applies to the pods of a workload. */
export function appliesChecks(judging: Judging, policy: RenderedObject, workload: RenderedObject): readonly JudgedCheck[] {
  const { check, object } = present(judging, policy, 'object-exists');
  if (object === undefined) return [check];
  const target = present(judging, workload, 'target-exists');
  if (target.object === undefined) return [check, target.check];
  const selector = podSelectorOf(target.object);
  const seen = judging.view.pods(refFromRendered(workload).namespace, selector ?? {});
  if (!seen.known) return [check, target.check, hidden(policy.nodeId, 'selector-match', seen)];
  // A budget without any selector protects nothing; a policy without one applies to all.
  const wanted = object.kind === 'NetworkPolicy' ? (valueAt(object.spec, ['podSelector']) ?? {}) : valueAt(object.spec, ['selector']);
  const count = wanted === undefined || wanted === null ? 0 : seen.value.filter((pod) => matchesSelector(wanted, pod.metadata.labels)).length;
  const names = { name: object.metadata.name, count, workload: workload.object.metadata.name };
  // A workload that runs nothing at all has nothing to apply to.
  if (seen.value.length === 0) return [check, target.check];
  if (object.kind !== 'NetworkPolicy')
    return [
      check,
      target.check,
      count > 0
        ? judged(policy.nodeId, 'selector-match', 'pass', 'budget.pass', names)
        : judged(policy.nodeId, 'selector-match', 'error', 'policy.selectsNone', names),
    ];
  return [
    check,
    target.check,
    judged(policy.nodeId, 'selector-match', count > 0 ? 'pass' : 'error', count > 0 ? 'policy.selects' : 'policy.selectsNone', names),
  ];
}

/** Whether some rule of a policy is about the pods of a workload, as an edge between them says. */
export function allowChecks(judging: Judging, policy: RenderedObject, other: RenderedObject, direction: Direction): readonly JudgedCheck[] {
  const { check, object } = present(judging, policy, 'object-exists');
  if (object === undefined) return [check];
  const target = present(judging, other, 'target-exists');
  if (target.object === undefined) return [check, target.check];
  const names = { name: object.metadata.name, workload: other.object.metadata.name };
  const found = podsOf(judging, other);
  if (found === undefined) return [check, target.check];
  if ('hidden' in found) return [check, target.check, found.hidden];
  const [pod] = found.pods;
  if (pod === undefined) return [check, target.check];
  const open: PolicyPort = { number: 0, protocol: '', podSpec: undefined };
  // Ports are another matter: only whom the rules name is asked here.
  const withoutPorts: KubeObject = {
    ...object,
    spec: { ...object.spec, [direction === 'Ingress' ? 'ingress' : 'egress']: rulesOf(object, direction).map(({ ports: _ports, ...rule }) => rule) },
  };
  const answer = allowance([withoutPorts], direction, peerOf(judging, pod), open);
  if (answer === 'unknown') return [check, target.check, judged(policy.nodeId, 'policy-allows', 'unknown', 'hidden.forbidden', { what: 'namespaces' })];
  return [
    check,
    target.check,
    judged(policy.nodeId, 'policy-allows', answer === 'allowed' ? 'pass' : 'error', answer === 'allowed' ? 'policy.meant' : 'policy.notMeant', names),
  ];
}
