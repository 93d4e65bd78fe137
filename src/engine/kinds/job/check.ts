import { isJsonObject, valueAt } from '../../../shared/json';
import { objectName } from '../../../shared/workflow';
import { valueText } from '../../valueText';
import type { KindCheck } from '../kindChecks';
import { checkPod, invalidOf } from '../podChecks';

/** A Job: its pods, and the rules that the API has for how often they run. A CronJob makes Jobs by the same rules. */
export const checkJob: KindCheck = (input) => {
  checkPod(input);
  const { report, data, node } = input;
  const invalid = invalidOf(report);
  const { completions, parallelism, restartPolicy, maxFailedIndexes } = data;
  const indexed = data['completionMode'] === 'Indexed';
  if (indexed && completions === undefined) invalid(['completions'], 'a Job with numbered pods needs to know how many there are');
  if (typeof completions === 'number' && typeof parallelism === 'number' && completions > 0 && parallelism > completions) {
    const detail = `only ${completions} pods will ever run side by side, since "completions" asks for no more`;
    report.add('node.invalidValue', { field: 'parallelism', detail }, ['parallelism'], { severity: 'info' });
  }
  if (maxFailedIndexes !== undefined && data['backoffLimitPerIndex'] === undefined) invalid(['maxFailedIndexes'], 'it goes only with "backoffLimitPerIndex"');
  if (typeof maxFailedIndexes === 'number' && typeof completions === 'number' && maxFailedIndexes > completions)
    invalid(['maxFailedIndexes'], `there are only ${completions} numbers`);
  if (indexed && typeof completions === 'number') {
    // Each pod is called after the Job and its number, and that name is a host name too.
    const longest = `${objectName(node)}-${Math.max(completions - 1, 0)}`;
    if (longest.length > 63) invalid(['name'], `with the number of a pod behind it, it has more than 63 characters ("${longest}")`);
  }
  for (const field of ['backoffLimitPerIndex', 'podFailurePolicy']) {
    if (data[field] !== undefined && restartPolicy === 'OnFailure') report.add('node.exclusive', { field, other: 'restartPolicy: OnFailure' }, [field]);
  }
  for (const field of ['backoffLimitPerIndex', 'successPolicy']) {
    if (data[field] !== undefined && !indexed) invalid([field], 'it goes only with "completionMode: Indexed"');
  }
  if (data['podFailurePolicy'] !== undefined && data['podReplacementPolicy'] === 'TerminatingOrFailed')
    report.add('node.exclusive', { field: 'podFailurePolicy', other: 'podReplacementPolicy: TerminatingOrFailed' }, ['podReplacementPolicy']);
  const sidecars = valueAt(data, ['sidecars']);
  if (!Array.isArray(sidecars)) return;
  sidecars.forEach((sidecar: unknown, index) => {
    if (!isJsonObject(sidecar) || sidecar['startsFirst'] === true) return;
    const path = ['sidecars', index];
    const edit = { type: 'setField', id: node.id, path: [...path, 'startsFirst'], value: true } as const;
    report.add('node.neverFinishes', { name: valueText(sidecar['name']), id: node.id }, path, {
      severity: 'warning',
      fixes: [{ code: 'fix.addField', args: { field: 'startsFirst', value: 'true' }, edit }],
    });
  });
};
