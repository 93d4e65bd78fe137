import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failure } from '../shared/problem';
import type { Invocation } from './invocation';

/**
 * The text of a file that a person named, or of standard input for `-`.
 * @throws ProblemError `file.unreadable`
 */
export async function readText(invocation: Invocation, file: string): Promise<string> {
  if (file === '-') return invocation.input();
  try {
    return await readFile(resolve(invocation.workingFolder, file), 'utf8');
  } catch (error) {
    throw failure(
      'file.unreadable',
      { file, detail: error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be opened' },
      { cause: error },
    );
  }
}
