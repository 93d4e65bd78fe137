import { valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { selectorText } from '../../diagnostics/selectors';
import { itemsAt, oneLine, unsettled, verdict } from '../../status/verdict';

/** Declarative: it is well when it exists. Whether the network enforces it cannot be seen in the object. */
export function networkPolicyHealth(policy: KubeObject): NodeStatus {
  const types = valueAt(policy.spec, ['policyTypes']);
  const named = Array.isArray(types) ? types.filter((type) => typeof type === 'string').join(' and ') : 'Ingress';
  const ingressRulesCount = itemsAt(policy.spec, ['ingress']).length;
  const egressRulesCount = itemsAt(policy.spec, ['egress']).length;
  const podSelector = oneLine(selectorText(valueAt(policy.spec, ['podSelector'])));
  const facts = { policyTypes: named, podSelector, ingressRulesCount, egressRulesCount };
  const rules = ingressRulesCount + egressRulesCount;
  const early = unsettled(policy, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return { ...early, ...facts };
  return verdict('healthy', `${named}: ${rules === 1 ? '1 rule' : `${String(rules)} rules`}`, facts);
}
