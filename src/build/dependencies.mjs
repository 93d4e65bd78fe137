// node_modules follows the lock file without anybody having to think of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { environmentWith, npmScript, run } from './processes.mjs';

const readLock = async (file) => {
  try {
    return JSON.parse(await readFile(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Whether what is installed is what the lock file names; packages for other platforms are allowed to be missing. */
export async function dependenciesFollowLock() {
  const wanted = await readLock(join(root, 'package-lock.json'));
  const installed = await readLock(join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing: restore it from version control.');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || (installed[path] === undefined ? entry.optional || entry.devOptional : installed[path].version === entry.version),
  );
}

/** Runs `npm ci` when it is needed. No install script is needed for anything here. @param {string} node @param {(line: string) => void} say */
export async function ensureDependencies(node, say) {
  if (await dependenciesFollowLock()) return;
  say('Installing the packages that package-lock.json names.');
  const code = await run(node, [npmScript(), 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: environmentWith(node),
  });
  if (code !== 0) throw new Error('npm ci failed; its message stands above.');
}
