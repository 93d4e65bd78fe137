import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';

/**
 * Compares a text with the file of what was right before. With KUBEORCH_UPDATE_GOLDEN=1 the file is written instead; read its
 * diff before it is committed.
 */
export async function expectGolden(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  if (process.env['KUBEORCH_UPDATE_GOLDEN'] === '1') {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return;
  }
  const golden = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${relative(process.cwd(), file)} cannot be read; KUBEORCH_UPDATE_GOLDEN=1 writes it`, { cause: error });
  });
  expect(text).toBe(golden);
}
