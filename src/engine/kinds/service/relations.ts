import { valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { isEmpty } from '../derivation';

/** A Service takes its target, its target port and its namespace from the workload that it routes to. */
export function deriveRoutes(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const source = { edge, other: to.node.id };
  derivation.offer(from, 'targetApp', to.name, source);
  // Listed ports and a selector of one's own are a wish to differ.
  if (isEmpty(valueAt(from.node.data, ['ports']))) {
    derivation.offer(from, 'targetPort', valueAt(to.node.data, ['ports', 0, 'port']) ?? derivation.valueOf(to, 'port'), source);
  }
  derivation.offer(from, 'namespace', valueAt(to.node.data, ['namespace']) ?? undefined, source);
}
