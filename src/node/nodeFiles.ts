import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
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
    let handle;
    try {
      handle = await open(file, 'wx');
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST')) return false;
      throw error;
    }
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } catch (error) {
      // A half-written file would take the name for ever.
      await handle.close();
      await rm(file, { force: true });
      throw error;
    }
    await handle.close();
    return true;
  }

  async replace(path: string, text: string): Promise<void> {
    const file = await this.#writable(path);
    const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(text, 'utf8');
        await handle.sync();
      } finally {
        await handle.close();
      }
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
