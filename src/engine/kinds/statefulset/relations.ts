import { valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { isEmpty } from '../derivation';

/** A headless Service that routes to a StatefulSet gives its pods their names. */
export function deriveHeadlessService(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  if (to.kind.kind === 'StatefulSet' && isHeadless(derivation, from)) derivation.offer(to, 'serviceName', from.name, { edge, other: from });
}

/** Where no headless one is connected, an ordinary Service stands in: further Services of a StatefulSet contradict nothing. */
export function deriveAnyService(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  if (to.kind.kind === 'StatefulSet' && isEmpty(valueAt(derivation.dataOf(to.node), ['serviceName'])))
    derivation.set(to, 'serviceName', from.name, { edge, other: from });
}

function isHeadless(derivation: Derivation, service: DerivingEdge['from']): boolean {
  return derivation.valueOf(service, 'headless') === true && derivation.valueOf(service, 'serviceType') === 'ClusterIP';
}
