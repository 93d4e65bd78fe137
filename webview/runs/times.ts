/** Hours and minutes of an ISO 8601 time, where the person is and as their language writes them; with seconds when asked. */
export function clockTime(iso: string, seconds = false): string {
  return new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) });
}

/** A duration in seconds, or in milliseconds below one second. */
export function shortDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
