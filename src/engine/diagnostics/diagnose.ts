import type { WorkflowEdge } from '../../shared/workflow';
import type { KubeObject } from '../../shared/kubeObject';
import type { RenderedObject } from '../render';
import { refFromRendered } from '../status/watchPlan';
import { addressCheck, backendChecks, backendsOf, controllerChecks, ingressChecks } from './ingressHops';
import type { JudgedCheck, Judging } from './judging';
import { present, renderedOf } from './judging';
import { kinds } from './clusterView';
import { podSpecOf } from './podPorts';
import { allowChecks, appliesChecks, connectionChecks } from './policyHops';
import { serviceChecks } from './serviceHops';
import { accountChecks, grantChecks, mountChecks, scaleChecks, workloadSourceChecks } from './workloadHops';

/**
 * What is true of one edge on the cluster, hop by hop. A pure function of the file's intent and of what is seen; an edge
 * whose relation promises nothing that could be looked at gives no checks.
 */
export function edgeChecks(judging: Judging, edge: WorkflowEdge): readonly JudgedCheck[] {
  const { intent } = judging;
  const relation = intent.relationOf(edge);
  const from = renderedOf(intent, edge.from);
  const to = renderedOf(intent, edge.to);
  if (from === undefined || to === undefined) return [];
  switch (relation) {
    case 'forwards': {
      const { checks, ingress } = ingressChecks(judging, from);
      if (ingress === undefined || to.object.kind !== 'Service') return checks;
      const { namespace, name } = refFromRendered(to);
      const rest = backendChecks(judging, from, ingress, to);
      return [...checks, ...rest, ...(rest.every((check) => check.status === 'pass') ? controllerChecks(judging, edge.from, namespace, name) : [])];
    }
    case 'routes': {
      const { namespace, name } = refFromRendered(from);
      return serviceChecks(judging, { nodeId: edge.from, namespace, name }, podSpecOf(to.object) === undefined ? undefined : to, false);
    }
    case 'scales':
      return scaleChecks(judging, from, to);
    case 'mounts':
      return mountChecks(judging, from, to);
    case 'applies-to':
      return appliesChecks(judging, from, to);
    case 'allow-from':
    case 'allow-to':
      return podSpecOf(to.object) === undefined
        ? existence(judging, from, to)
        : allowChecks(judging, from, to, relation === 'allow-from' ? 'Ingress' : 'Egress');
    case 'used-by':
      return accountChecks(judging, from, to);
    case 'grants': {
      const bindings = intent.objectsOf(edge.from).filter((one) => one.object.kind.endsWith('RoleBinding'));
      return grantChecks(judging, from, bindings, to);
    }
    case 'contains':
      return existence(judging, from, to);
    case 'depends-on':
      return [
        ...existence(judging, from, to),
        ...(podSpecOf(from.object) === undefined || podSpecOf(to.object) === undefined ? [] : connectionChecks(judging, edge.from, from, to, 'warning')),
      ];
    default:
      return [];
  }
}

function existence(judging: Judging, from: RenderedObject, to: RenderedObject): readonly JudgedCheck[] {
  const source = present(judging, from, 'object-exists');
  return source.object === undefined ? [source.check] : [source.check, present(judging, to, 'target-exists').check];
}

/** What is true of one node and of everything behind it that its traffic passes; none for what has nothing to be judged. */
export function nodeChecks(judging: Judging, nodeId: string): readonly JudgedCheck[] {
  const one = renderedOf(judging.intent, nodeId);
  if (one === undefined) return [];
  const { namespace, name } = refFromRendered(one);
  const { kind } = one.object;
  if (kind === 'Service') return serviceChecks(judging, { nodeId, namespace, name }, routedTo(judging, nodeId), true);
  if (kind === 'Ingress') return ingressWholly(judging, one);
  if (kind === 'HorizontalPodAutoscaler') return scaleChecks(judging, one, related(judging, nodeId, 'scales')[0]);
  if (kind === 'NetworkPolicy' || kind === 'PodDisruptionBudget') {
    const targets = related(judging, nodeId, 'applies-to');
    return targets.length === 0
      ? [present(judging, one, 'object-exists').check]
      : targets.flatMap((target) => appliesChecks(judging, one, target)).filter(once());
  }
  if (podSpecOf(one.object) === undefined) return [];
  const { check, object } = present(judging, one, 'object-exists');
  if (object === undefined) return [check];
  const links = related(judging, nodeId, 'depends-on');
  return [check, ...workloadSourceChecks(judging, one, object), ...links.flatMap((to) => connectionChecks(judging, nodeId, one, to, 'warning'))];
}

/** From the Ingress through each Service to the pods. */
function ingressWholly(judging: Judging, one: RenderedObject): readonly JudgedCheck[] {
  const { checks, ingress } = ingressChecks(judging, one);
  if (ingress === undefined) return checks;
  return [...checks, ...backendChecks(judging, one, ingress, undefined), addressCheck(one.nodeId, ingress), ...behind(judging, one, ingress)];
}

function behind(judging: Judging, one: RenderedObject, ingress: KubeObject): readonly JudgedCheck[] {
  const namespace = ingress.metadata.namespace ?? '';
  return [...new Set(backendsOf(ingress).map((backend) => backend.service))].flatMap((name) => {
    const seen = judging.view.find(kinds.service, namespace, name);
    // One that is missing was named before.
    if (!seen.known || seen.value === undefined) return [];
    const maker = judging.intent.maker(kinds.service, namespace, name);
    const nodeId = maker?.nodeId ?? one.nodeId;
    return [
      ...serviceChecks(judging, { nodeId, namespace, name }, routedTo(judging, maker?.nodeId), true),
      ...controllerChecks(judging, one.nodeId, namespace, name),
    ];
  });
}

function routedTo(judging: Judging, serviceId: string | undefined): RenderedObject | undefined {
  const [first] = serviceId === undefined ? [] : related(judging, serviceId, 'routes');
  return first === undefined || podSpecOf(first.object) === undefined ? undefined : first;
}

/** The objects at the other ends of a node's edges of one relation. */
function related(judging: Judging, nodeId: string, relation: string): readonly RenderedObject[] {
  return judging.intent.edgesFrom(nodeId).flatMap(({ edge, rule }) => (rule?.relation === relation ? (renderedOf(judging.intent, edge.to) ?? []) : []));
}

/** Leaves out what was said before, word by word. */
function once(): (check: JudgedCheck) => boolean {
  const seen = new Set<string>();
  return (check) => {
    const key = JSON.stringify([check.name, check.code, check.args]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  };
}
