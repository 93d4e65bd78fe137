import type { JsonObject, JsonValue } from '../../../shared/json';
import { jsonObject, sameJson, valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { deriveSelection, namespaceOf, podLabelsOf } from '../podSelection';

/** The label that every namespace carries with its own name (KEP-2161). */
const namespaceNameLabel = 'kubernetes.io/metadata.name';

/** A policy, or a budget, applies to the pods of a workload: each names its selector its own way. */
export function deriveAppliesTo(derivation: Derivation, deriving: DerivingEdge): void {
  deriveSelection(derivation, deriving, deriving.from.kind.kind === 'NetworkPolicy' ? 'podSelector' : 'selector');
}

export function deriveAllowFrom(derivation: Derivation, deriving: DerivingEdge): void {
  allow(derivation, deriving, 'ingressRules', 'from');
}

export function deriveAllowTo(derivation: Derivation, deriving: DerivingEdge): void {
  allow(derivation, deriving, 'egressRules', 'to');
}

/** Each edge adds one rule with the pods of its other end, behind those of the file; the directions follow from the rules. */
function allow(derivation: Derivation, deriving: DerivingEdge, field: string, key: 'from' | 'to'): void {
  const { edge, from, to } = deriving;
  const source = { edge, other: to };
  const peer = peerOf(derivation, deriving);
  if (peer === undefined) return;
  const rule = jsonObject([[key, [peer]]]);
  const rules = listAt(derivation.dataOf(from.node), field);
  if (!rules.some((one) => sameJson(one, rule))) derivation.append(from, field, rules, rule, source);
  if (valueAt(from.node.data, ['policyTypes']) !== undefined || to === from) return;
  const data = derivation.dataOf(from.node);
  const types = [...(listAt(data, 'ingressRules').length > 0 ? ['Ingress'] : []), ...(listAt(data, 'egressRules').length > 0 ? ['Egress'] : [])];
  if (!sameJson(types, valueAt(data, ['policyTypes']))) derivation.set(from, 'policyTypes', types, source);
}

/** Who is meant by the other end: all pods of a namespace, or the pods of a workload, with their namespace where that is another one. */
function peerOf(derivation: Derivation, { from, to }: DerivingEdge): JsonObject | undefined {
  if (to.kind.kind === 'Namespace') return jsonObject([['namespaceSelector', jsonObject([[namespaceNameLabel, to.name]])]]);
  const labels = podLabelsOf(to);
  if (labels === undefined) return undefined;
  const [own, others] = [namespaceOf(derivation, from), namespaceOf(derivation, to)];
  const peer = jsonObject([['podSelector', labels]]);
  if (typeof others === 'string' && others !== own) peer['namespaceSelector'] = jsonObject([[namespaceNameLabel, others]]);
  return peer;
}

function listAt(data: JsonObject, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
