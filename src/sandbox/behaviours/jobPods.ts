// What a job reads from its pods: failures that a policy judges, restarts, completion indexes.
import type { Pod } from '../objectTypes';
import type { PodFailureRule } from '../workloadTypes';

export interface FailureVerdict {
  action: 'FailJob' | 'Ignore' | 'Count';
  /** Of a job that fails by it. */
  message: string;
}

/** What the first rule that fits says of a failed pod; a pod that no rule fits is counted. */
export function failurePolicyOf(rules: readonly PodFailureRule[] | undefined, pod: Pod): FailureVerdict {
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  for (const [index, rule] of (rules ?? []).entries()) {
    const action = rule.action === 'FailJob' || rule.action === 'Ignore' ? rule.action : 'Count';
    const tail = `matching ${rule.action} rule at index ${String(index)}`;
    if (rule.onExitCodes !== undefined) {
      const { containerName, operator, values } = rule.onExitCodes;
      const found = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].find((one) => {
        const code = one.state.terminated?.exitCode;
        if (code === undefined || code === 0 || (containerName !== undefined && containerName !== one.name)) return false;
        return values.includes(code) === (operator === 'In');
      });
      const code = found?.state.terminated?.exitCode;
      if (found !== undefined) return { action, message: `Container ${found.name} for pod ${name} failed with exit code ${String(code)} ${tail}` };
    } else {
      const found = rule.onPodConditions?.find((wanted) => pod.status.conditions?.some((one) => one.type === wanted.type && one.status === wanted.status));
      if (found !== undefined) return { action, message: `Pod ${name} has condition ${found.type} ${tail}` };
    }
  }
  return { action: 'Count', message: '' };
}

/** Pods that are restarted in place fail by their restarts. */
export function restartsPastLimit(restartPolicy: string | undefined, limit: number, pods: readonly Pod[]): boolean {
  if (restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
    for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) restarts += one.restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

export function indexOf(pod: Pod, key: string): number | undefined {
  const text = pod.metadata.annotations?.[key];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `0,2-4` as numbers. */
export function parsedIndexes(text: string | undefined): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (range === null) continue;
    for (let at = Number(range[1]); at <= Number(range[2] ?? range[1]); at++) found.add(at);
  }
  return found;
}

/** The same the other way; runs of two stay apart, as the real controller writes them. */
export function indexesText(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    parts.push(end === start ? String(sorted[start]) : `${String(sorted[start])}${end === start + 1 ? ',' : '-'}${String(sorted[end])}`);
    start = end + 1;
  }
  return parts.join(',');
}
