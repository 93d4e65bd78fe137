import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Files } from '../engine/ports';

/** No workflow, plugin, version or journal comes near this; a file that has no end must not fill the memory. */
const largestBytes = 32 * 1024 * 1024;

/** The Files port on the disk, for everything below `root` (made on the first write when it is not there). */
export function nodeFiles(root: string): Files {
  return new FolderFiles(resolve(root));
}

/** Whether an error of node:fs carries this code. */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

class FolderFiles implements Files {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async read(path: string): Promise<string | undefined> {
    try {
      return await readRegular(await this.#inside(path), path);
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async list(folder: string): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
    try {
      const entries = await readdir(await this.#inside(folder), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  }

  async createExclusive(path: string, text: string): Promise<boolean> {
    const file = await this.#writable(path);
    if (await isThere(file)) return false;
    const temporary = await writeBeside(file, text);
    try {
      // A link takes the name and gives it the whole text at once: a half-written file would hold the name for ever.
      await link(temporary, file);
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) return false;
      if (hasErrorCode(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) return await createInPlace(file, text);
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async replace(path: string, text: string): Promise<void> {
    const file = await this.#writable(path);
    const temporary = await writeBeside(file, text);
    try {
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async append(path: string, text: string): Promise<void> {
    const handle = await open(await this.#writable(path), 'a');
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #writable(path: string): Promise<string> {
    const file = await this.#inside(path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  }

  #inside(path: string): Promise<string> {
    return placeInside(this.#root, path);
  }
}

/** A file that a name is not given to yet: `.<name>.<12 hex digits>.tmp`. */
const temporaryName = /^\..+\.[0-9a-f]{12}\.tmp$/;

/** What is older was left by a process that was killed: none of our texts takes nearly as long to write. */
const abandonedAfterMs = 60_000;

/** Writes the text to the disk under a passing name in the same folder, where nobody takes it for the file. */
async function writeBeside(file: string, text: string): Promise<string> {
  await removeAbandoned(dirname(file));
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeNew(temporary, text);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** Where a file system has no links, as on some shares and memory cards: the file itself takes the name and is filled. */
async function createInPlace(file: string, text: string): Promise<boolean> {
  try {
    await writeNew(file, text);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    await rm(file, { force: true });
    throw error;
  }
}

/** Nobody else would ever take away what a killed process left half written. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!temporaryName.test(name)) continue;
    const path = join(folder, name);
    // Another process of ours may have taken it away, or given it its name, since the folder was listed.
    const changedMs = await lstat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - changedMs > abandonedAfterMs) await rm(path, { force: true });
  }
}

/** The text of a file. Whoever made the folder may have put a pipe in its place, on which a read would wait for ever. */
async function readRegular(place: string, path: string): Promise<string> {
  const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size, isFile } = await handle.stat().then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) throw new Error(`"${path}" is no file`);
    if (size > largestBytes) throw new Error(`"${path}" has ${Math.ceil(size / 1024 / 1024)} MB; more than ${largestBytes / 1024 / 1024} MB are not read`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * The real place of `path` below `root`. Links are followed first and the result must lie below the real root, so that a link
 * in a cloned repository cannot lead a read or a write elsewhere. Of a path that does not exist yet, the part that does counts.
 */
export async function placeInside(root: string, path: string): Promise<string> {
  const wanted = resolve(root, path);
  if (isAbsolute(path) || leaves(root, wanted)) throw new Error(`"${path}" leads out of its folder`);
  const real = await realPathOfExisting(wanted);
  if (leaves(await realPathOfExisting(root), real)) throw new Error(`"${path}" leads out of its folder through a link`);
  return real;
}

/** Whether a path lies outside of a folder. */
export function leaves(root: string, path: string): boolean {
  const from = relative(root, path);
  return from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from);
}

/** The real path of what exists of `path`, with the missing rest put behind it. A link to nothing counts as existing: it is refused. */
async function realPathOfExisting(path: string): Promise<string> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(await realpath(at), ...missing);
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR') || dirname(at) === at) throw error;
      if (await isLink(at)) throw new Error(`"${basename(at)}" is a link to nothing`, { cause: error });
      missing.unshift(basename(at));
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  return entries.some((entry) => entry.name === basename(path) && entry.isSymbolicLink());
}
