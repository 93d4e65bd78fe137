import type { Derivation, DerivingEdge } from '../derivation';
import { namespaceOf } from '../podSelection';

/** A workload runs as the service account whose edge leads to it, and in whose namespace it must be. */
export function deriveUsedBy(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const source = { edge, other: from };
  derivation.offer(to, 'serviceAccountName', from.name, source);
  derivation.offer(from, 'namespace', namespaceOf(derivation, to), { edge, other: to });
}
