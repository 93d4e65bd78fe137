// Whether dist holds what the sources say. Contents are compared, not times: a checkout touches every file.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { root } from './paths.mjs';

const inputs = ['src', 'webview', 'package-lock.json', 'tsconfig.base.json'];
const isInput = (path) =>
  !/\.test\.tsx?$|(^|\/)tests\/|\.md$/.test(path) &&
  !/^src\/(testing|bench|e2e)\//.test(path) &&
  (!path.startsWith('src/build/') || path === 'src/build/bundle.mjs' || path === 'src/build/bundles.mjs');

/** @returns {Promise<string>} a digest of everything that goes into the bundles */
export async function sourcesDigest() {
  const hash = createHash('sha256');
  const files = [];
  for (const input of inputs) {
    if (!existsSync(join(root, input))) continue;
    if (input.includes('.')) files.push(input);
    else
      for (const entry of await readdir(join(root, input), { recursive: true, withFileTypes: true }))
        if (entry.isFile())
          files.push(
            join(entry.parentPath ?? entry.path, entry.name)
              .slice(root.length + 1)
              .split(sep)
              .join('/'),
          );
  }
  for (const file of files.filter(isInput).sort())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

const stampFile = (folder) => join(folder, '.sources');

/** @param {string} folder the folder with the bundles */
export async function isFresh(folder) {
  if (!existsSync(stampFile(folder))) return false;
  return (await readFile(stampFile(folder), 'utf8')) === (await sourcesDigest());
}

/** Notes what the bundles in a folder were made from. @param {string} folder @param {string} digest taken before the build, so that an edit during it counts as newer */
export async function markFresh(folder, digest) {
  await writeFile(stampFile(folder), digest);
}

const partsFile = (folder) => join(folder, '.parts.json');

/** What each bundle in a folder was made from and wrote, by its name. @param {string} folder @returns {Promise<Record<string, {digest: string, inputs: string[], outputs: string[]}>>} */
export async function readParts(folder) {
  return existsSync(partsFile(folder)) ? JSON.parse(await readFile(partsFile(folder), 'utf8')) : {};
}

/** @param {string} folder @param {Awaited<ReturnType<typeof readParts>>} parts */
export async function writeParts(folder, parts) {
  await writeFile(partsFile(folder), JSON.stringify(parts));
}

/**
 * A digest of what one bundle is made from. Packages count by the lock file, since nobody edits them in place.
 * @param {string[]} files paths relative to the root @returns {Promise<string>} never that of another set; empty when one of them is gone
 */
export async function partDigest(files) {
  const hash = createHash('sha256');
  const own = files.filter((file) => !file.includes('node_modules/') && !file.includes(':')).sort();
  for (const file of [...own, 'package-lock.json', 'tsconfig.base.json', 'src/build/bundle.mjs', 'src/build/bundles.mjs']) {
    if (!existsSync(join(root, file))) return '';
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}
