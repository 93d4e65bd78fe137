import { nodeById, objectName } from '../../../shared/workflow';
import type { ResolvedWorkflow } from '../../relations';
import type { Derivation, DerivingEdge } from '../derivation';
import { manifestOf, namespaceOf } from '../podSelection';

/**
 * An autoscaler takes the name, kind and namespace of the workload that it scales. How many copies of that run is from then
 * on the autoscaler's to say, so `replicas` of the workload is nothing, whatever the file or the default says.
 */
export function deriveScales(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const source = { edge, other: to };
  const manifest = manifestOf(to);
  const [apiVersion, kind] = manifest === undefined ? [to.kind.apiVersion, to.kind.kind] : [manifest['apiVersion'], manifest['kind']];
  derivation.offer(from, 'scaleTargetName', to.name, source);
  if (derivation.valueOf(from, 'scaleTargetName') !== to.name) return;
  derivation.offer(from, 'scaleTargetKind', kind, source);
  if (apiVersion !== 'apps/v1') derivation.offer(from, 'scaleTargetApiVersion', apiVersion, source);
  derivation.offer(from, 'namespace', namespaceOf(derivation, to), source);
  if (manifest === undefined) derivation.set(to, 'replicas', null, { edge, other: from });
}

/** The ids of the autoscalers that are connected to a node and mean it, in the order of the file. */
export function autoscalersOf(resolved: ResolvedWorkflow, nodeId: string): readonly string[] {
  let known = autoscalers.get(resolved);
  if (known === undefined) autoscalers.set(resolved, (known = new Map()));
  let found = known.get(nodeId);
  if (found === undefined) known.set(nodeId, (found = autoscalersIn(resolved, nodeId)));
  return found;
}

/** A workflow never changes once it is resolved. Each autoscaler of a node asks for all of them. */
const autoscalers = new WeakMap<ResolvedWorkflow, Map<string, readonly string[]>>();

function autoscalersIn(resolved: ResolvedWorkflow, nodeId: string): readonly string[] {
  const node = nodeById(resolved.workflow, nodeId);
  return resolved
    .edgesTo(nodeId)
    .flatMap(({ edge, rule }) =>
      rule?.relation === 'scales' && node !== undefined && resolved.data(edge.from)['scaleTargetName'] === objectName(node) ? [edge.from] : [],
    );
}
