import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failure, ProblemError } from '../shared/problem';
import type { Invocation } from './invocation';

/** What a large namespace takes many times over; what has no end must not fill the memory. */
const largestBytes = 32 * 1024 * 1024;
/** What a shell puts in the place of `<(command)`. */
const handedPipe = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/**
 * The text of a file that a person named, or of standard input for `-`. A pipe that merely lies there is none: a read would wait for ever.
 * @throws ProblemError `file.unreadable`
 */
export async function readText(invocation: Invocation, file: string): Promise<string> {
  if (file === '-') return invocation.input();
  const path = resolve(invocation.workingFolder, file);
  try {
    const found = await stat(path);
    if (!found.isFile() && !handedPipe.test(path)) throw failure('file.unreadable', { file, detail: 'it is no file' });
    if (found.size > largestBytes) throw failure('file.unreadable', { file, detail: `more than ${String(largestBytes / 1024 / 1024)} MB are not read` });
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw failure(
      'file.unreadable',
      { file, detail: error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be opened' },
      { cause: error },
    );
  }
}
