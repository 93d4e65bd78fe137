import { isJsonObject, valueAt } from '../../../shared/json';
import { quantityNanos } from '../../../openapi/index';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { invalidOf } from '../podChecks';

/** A claim: a size above nothing, and ways to mount it that go together. */
export const checkClaim: KindCheck = ({ report, data }) => {
  const invalid = invalidOf(report);
  const { storage, accessModes, dataSource } = data;
  if ((typeof storage === 'string' || typeof storage === 'number') && (quantityNanos(storage) ?? 1n) <= 0n)
    invalid(['storage'], 'a claim asks for more than nothing');
  if (Array.isArray(accessModes) && accessModes.includes('ReadWriteOncePod') && new Set(accessModes).size > 1)
    report.add('node.exclusive', { field: 'accessModes: ReadWriteOncePod', other: 'further modes' }, ['accessModes']);
  if (!isJsonObject(dataSource)) return;
  for (const field of ['name', 'kind']) {
    if (!hasValue(valueAt(dataSource, [field]))) invalid(['dataSource'], `it needs "${field}"`);
  }
};
