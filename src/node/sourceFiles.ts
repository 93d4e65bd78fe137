import { mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import type { SourceFile, SourceFiles } from '../engine/ports';
import { failure } from '../shared/problem';
import { hasErrorCode, leaves, placeInside } from './nodeFiles';

/** More than any chart has; a folder with more is no chart but something that holds one. */
const maxFiles = 5000;
const maxBytes = 64 * 1024 * 1024;

/** The SourceFiles port on the disk, for everything below `root`, the folder that holds `.kubeorch`. */
export function nodeSourceFiles(root: string): SourceFiles {
  const top = resolve(root);
  const look: SourceFiles['look'] = async (path) => {
    let place: string;
    try {
      place = await placeInside(top, path);
    } catch (error) {
      throw failure('source.outside', { path }, { cause: error });
    }
    try {
      const folder = (await stat(place)).isDirectory();
      return {
        place,
        folder,
        path:
          relative(await realpath(top), place)
            .split(sep)
            .join('/') || '.',
      };
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  };
  return {
    look,
    walk: (path, signal) => filesBelow(top, path, look, signal),
    scratch: async () => {
      const place = await mkdtemp(join(tmpdir(), 'kubeorch-render-'));
      return { place, dispose: () => rm(place, { recursive: true, force: true }) };
    },
  };
}

async function* filesBelow(top: string, path: string, look: SourceFiles['look'], signal: AbortSignal | undefined): AsyncGenerator<SourceFile> {
  const start = await look(path);
  if (start === undefined) return;
  const limits = { files: maxFiles, bytes: maxBytes };
  const tooMuch = (): Error => failure('source.tooMuch', { path, files: String(maxFiles), megabytes: String(maxBytes / 1024 / 1024) });
  const read = async (place: string, size: number): Promise<Uint8Array> => {
    limits.files -= 1;
    limits.bytes -= size;
    if (limits.files < 0 || limits.bytes < 0) throw tooMuch();
    return readFile(place);
  };
  if (!start.folder) {
    const found = await stat(start.place);
    // A pipe would be waited on for ever.
    if (!found.isFile()) throw failure('source.outside', { path });
    yield { name: '', bytes: await read(start.place, found.size) };
    return;
  }
  const realTop = await realpath(top);
  /** Folders on the way from the start: a link back to one of them would go round for ever. */
  const visit = async function* (folder: string, name: string, above: readonly string[]): AsyncGenerator<SourceFile> {
    for (const entry of (await readdir(folder)).sort()) {
      signal?.throwIfAborted();
      // Git's own files are no part of what it keeps.
      if (entry === '.git') continue;
      const shown = name === '' ? entry : `${name}/${entry}`;
      let place: string;
      try {
        place = await realpath(join(folder, entry));
      } catch (error) {
        if (hasErrorCode(error, 'ENOENT')) throw failure('source.outside', { path: `${path}/${shown}` }, { cause: error });
        throw error;
      }
      if (leaves(realTop, place)) throw failure('source.outside', { path: `${path}/${shown}` });
      const found = await stat(place);
      if (found.isDirectory()) {
        if (above.includes(place)) throw failure('source.outside', { path: `${path}/${shown}` });
        yield* visit(place, shown, [...above, place]);
      } else if (found.isFile()) yield { name: shown, bytes: await read(place, found.size) };
    }
  };
  yield* visit(start.place, '', [start.place]);
}
