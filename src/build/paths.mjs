// Where things are: the project's folder and the cache that everything downloaded or built once for this machine goes to.
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The folder for downloaded runtimes and editors. It holds nothing that cannot be fetched again. */
export function cacheFolder() {
  const base = process.env['XDG_CACHE_HOME'] || (process.platform === 'win32' && process.env['LOCALAPPDATA']) || join(homedir(), '.cache');
  return join(base, 'kubeorch');
}
