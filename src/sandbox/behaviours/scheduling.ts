// Which node takes a pod: selectors, affinity, taints. What containers ask for is not counted against the node, because
// nothing runs there; the scenario `unschedulable` stands for a full cluster.
import { meetsRequirement } from '../../openapi/index';
import type { KubeObject } from '../objects';
import type { Node, NodeRequirement, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../objectTypes';
import type { Registry } from '../registry';
import { podScenarioOf } from './scenarios';

const noHelp = 'no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';

function requirementHolds({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  return meetsRequirement(operator, values, value);
}

function termMatches(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return expressions.every((one) => requirementHolds(one, node.metadata.labels?.[one.key])) && fields.every((one) => requirementHolds(one, node.metadata.name));
}

/** Whether node selector and required affinity let the pod onto the node. */
export function affinityMatches(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (Object.entries(spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => termMatches(term, node));
}

function tolerates(toleration: Toleration, taint: { key: string; value?: string; effect: string }): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.value ?? '') === (taint.value ?? '') && toleration.key !== undefined;
}

/** The first taint of the node that keeps the pod off; of these effects only. */
export function untoleratedTaint(spec: PodSpec, node: Node, effects: readonly string[]): { key: string; value?: string; effect: string } | undefined {
  const cordoned = node.spec.unschedulable === true ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : [];
  const taints = [...(node.spec.taints ?? []), ...cordoned].filter((taint) => effects.includes(taint.effect));
  return taints.find((taint) => !(spec.tolerations ?? []).some((one) => tolerates(one, taint)));
}

/** The node that a pod is made for, as those of daemon sets are. */
export function pinnedNode(pod: Pod): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = terms.map((term) => term.matchFields?.find((one) => one.key === 'metadata.name' && one.operator === 'In')?.values);
  return names.length === 1 && names[0]?.length === 1 ? names[0][0] : undefined;
}

/** Why the node does not take the pod, in the scheduler's words; undefined when it does. */
export function schedulingRefusal(registry: Registry, pod: Pod, nodeName: string): string | undefined {
  const node = registry.storage.get(registry.kinds.named('nodes'), '', nodeName) as Node | undefined;
  if (node === undefined) return 'no nodes available to schedule pods';
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    const name = persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim: KubeObject | undefined = registry.storage.get(registry.kinds.named('persistentvolumeclaims'), pod.metadata.namespace ?? '', name);
    if (claim === undefined) return `0/1 nodes are available: persistentvolumeclaim "${name}" not found. not found`;
    if (!(claim.spec as { volumeName?: string }).volumeName) return `0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found`;
  }
  if (podScenarioOf(pod) === 'unschedulable')
    return '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
  if (!affinityMatches(pod.spec, node)) return `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${noHelp}`;
  const taint = untoleratedTaint(pod.spec, node, ['NoSchedule', 'NoExecute']);
  if (taint?.key === 'node.kubernetes.io/unschedulable') return `0/1 nodes are available: 1 node(s) were unschedulable. ${noHelp}`;
  if (taint !== undefined) return `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${noHelp}`;
  return undefined;
}
