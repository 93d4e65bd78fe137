/** Installs VS Code's server into the cache folder when it is not there yet. */
export function ensureCodeServer(say: (line: string) => void): Promise<unknown>;
