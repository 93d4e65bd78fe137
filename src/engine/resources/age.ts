const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Whole minutes, hours or days since an ISO 8601 time, the largest unit that has at least one. Empty for what is no time. */
export function ageOf(since: string | undefined, nowMs: number): string {
  const startedMs = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(startedMs)) return '';
  // Clocks of machines differ; a time in the future is now.
  const passedMs = Math.max(0, nowMs - startedMs);
  if (passedMs >= dayMs) return `${String(Math.floor(passedMs / dayMs))}d`;
  if (passedMs >= hourMs) return `${String(Math.floor(passedMs / hourMs))}h`;
  return `${String(Math.floor(passedMs / minuteMs))}m`;
}
