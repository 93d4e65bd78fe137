/** Helm and kubectl, fetched into the cache folder when they are not there yet; undefined where they are not to be had. */
export function ensureSourceTools(say: (line: string) => void): Promise<{ readonly helm: string; readonly kubectl: string } | undefined>;
