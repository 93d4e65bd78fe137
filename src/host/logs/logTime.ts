import type { ParsedLogLine } from '../../shared/stream';

const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;

/** Microseconds since the epoch; undefined for what is no RFC 3339 time. Kubelets in other time zones write other offsets. */
export function timeOf(timestamp: string): number | undefined {
  const match = shape.exec(timestamp);
  if (match === null) return undefined;
  const milliseconds = Date.parse(`${match[1] ?? ''}${match[3] ?? 'Z'}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** RFC 3339 times of one kubelet, to the nanosecond. As text they compare only when their fractions are equally long. */
export function isEarlier(a: string, b: string): boolean {
  const [first, second] = [shape.exec(a), shape.exec(b)];
  if (first === null || second === null || first[3] !== second[3]) return (timeOf(a) ?? 0) < (timeOf(b) ?? 0);
  if (first[1] !== second[1]) return (first[1] ?? '') < (second[1] ?? '');
  return (first[2] ?? '').padEnd(9, '0') < (second[2] ?? '').padEnd(9, '0');
}

/**
 * Lines of several logs by time. Each log is given in its own order, which stays as it is, also where its times go back; a
 * line without a time stands with the one before it.
 */
export function mergedByTime(logs: readonly (readonly ParsedLogLine[])[]): ParsedLogLine[] {
  const filled = logs.filter((log) => log.length > 0);
  const [only] = filled;
  if (only === undefined) return [];
  if (filled.length === 1) return [...only];
  const all = filled.flatMap((log) => {
    let latest = 0;
    return log.map((line) => {
      latest = Math.max(latest, timeOf(line.timestamp) ?? latest);
      return { line, at: latest };
    });
  });
  // The sort is stable and finds the runs that are in order already.
  return all.sort((a, b) => a.at - b.at).map(({ line }) => line);
}
