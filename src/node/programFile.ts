import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, extname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ProcessEnvironment } from './shellEnvironment';

const windows = process.platform === 'win32';

/** Variables of Windows are told apart by their letters, not by their case. */
function valueOf(environment: ProcessEnvironment, name: string): string {
  if (!windows) return environment[name] ?? '';
  const found = Object.keys(environment).find((key) => key.toUpperCase() === name);
  return found === undefined ? '' : (environment[found] ?? '');
}

/** The PATH that programs are looked for in. */
export function searchedPath(environment: ProcessEnvironment): string {
  return valueOf(environment, 'PATH');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The absolute path of a command, or undefined. A bare name is looked for along PATH; relative folders in PATH count for
 * nothing, since with them the folder that happens to be open would decide what runs. On Windows only what can be started
 * without a shell is found.
 */
export async function findProgram(command: string, environment: ProcessEnvironment): Promise<string | undefined> {
  const endings = windows && !['.exe', '.com'].includes(extname(command).toLowerCase()) ? ['.exe', '.com'] : [''];
  const folders = basename(command) !== command ? [''] : searchedPath(environment).split(delimiter).filter(isAbsolute);
  if (basename(command) !== command && !isAbsolute(command)) return undefined;
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder === '' ? `${command}${ending}` : join(folder, `${command}${ending}`);
      if (await isProgram(path)) return path;
    }
  }
  return undefined;
}

/**
 * SHA-256 of the programs' files, symbolic links followed. A file whose place, size and times are those of the last reading
 * is not read again: some programs have a hundred megabytes, and this is asked before each start.
 */
export class ProgramDigests {
  readonly #known = new Map<string, { readonly mark: string; readonly digest: string }>();

  async of(path: string): Promise<string> {
    const real = await realpath(path);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    const mark = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    const known = this.#known.get(real);
    if (known?.mark === mark) return known.digest;
    const hash = createHash('sha256');
    await pipeline(createReadStream(real), hash);
    const digest = hash.digest('hex');
    this.#known.set(real, { mark, digest });
    return digest;
  }
}
