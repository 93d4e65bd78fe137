import type { JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { namespaceOf } from '../podSelection';

/** A role is bound to each service account that an edge leads to, behind those that the file lists. */
export function deriveGrants(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const data = derivation.dataOf(from.node);
  const listed = valueAt(data, ['subjects']);
  const subjects = Array.isArray(listed) ? (listed as readonly JsonValue[]) : [];
  const namespace = namespaceOf(derivation, to);
  const isListed = subjects.some(
    (one) =>
      isJsonObject(one) && (one['kind'] ?? 'ServiceAccount') === 'ServiceAccount' && one['name'] === to.name && (one['namespace'] ?? namespace) === namespace,
  );
  if (isListed) return;
  const subject = jsonObject([
    ['kind', 'ServiceAccount'],
    ['name', to.name],
  ]);
  if (namespace !== undefined) subject['namespace'] = namespace;
  derivation.append(from, 'subjects', subjects, subject, { edge, other: to });
}
