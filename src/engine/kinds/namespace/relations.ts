import type { Derivation, DerivingEdge } from '../derivation';
import { manifestOf } from '../podSelection';
import { valueAt } from '../../../shared/json';

/** What a namespace contains is made in it. */
export function deriveContains(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const source = { edge, other: from };
  const written = valueAt(manifestOf(to) ?? {}, ['metadata', 'namespace']);
  if (typeof written !== 'string') derivation.offer(to, 'namespace', from.name, source);
  else derivation.compare(to.node.id, ['manifest', 'metadata', 'namespace'], written, from.name, source);
}
