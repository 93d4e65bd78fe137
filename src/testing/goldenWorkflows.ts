import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CatalogKind } from '../shared/catalog';

const kindsFolder = resolve(import.meta.dirname, '../engine/kinds');

/** The golden workflows of kinds, as files below the folder of kinds. */
export async function goldenWorkflows(kinds: readonly string[]): Promise<readonly string[]> {
  const files = await Promise.all(kinds.map(async (kind) => (await readdir(join(kindsFolder, kind, 'golden'))).map((file) => join(kind, 'golden', file))));
  return files
    .flat()
    .filter((file) => file.endsWith('.workflow.yaml'))
    .sort();
}

/** The folder with the least and the full example of a kind. What a program renders stands where programs are run. */
export function examplesOf(kind: CatalogKind): string {
  return kind.renderedBy === undefined ? join(kindsFolder, kind.type, 'golden') : join(kindsFolder, '../sources/examples', kind.type);
}

/** A golden workflow as it can be planned anywhere: published, and in the target's namespace. */
export async function plannableGolden(file: string): Promise<string> {
  const text = await readFile(join(kindsFolder, file), 'utf8');
  return text.replaceAll(/^ *namespace: .*\n|, namespace: [-a-z]+/gm, '').replace(/^name: golden$/m, 'name: golden\nstatus: published');
}
