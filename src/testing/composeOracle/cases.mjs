// The compose files that the reader is judged by: one archive each, in the form of Go's txtar (`-- name --` before each file), with
// what is asked in comments before the first file.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const casesFolder = join(import.meta.dirname, '../compose/cases');
export const goldenFolder = join(import.meta.dirname, '../compose/golden');
/** Stands in golden files for the folder that the projects were in. */
export const projectsFolder = '/projects';

/** @returns {Promise<readonly import('./cases.d.mts').ComposeCase[]>} */
export async function composeCases() {
  const names = (await readdir(casesFolder)).filter((name) => name.endsWith('.txtar')).sort();
  return Promise.all(names.map(async (file) => composeCase(file.slice(0, -'.txtar'.length), await readFile(join(casesFolder, file), 'utf8'))));
}

/** @param {string} name @param {string} text */
function composeCase(name, text) {
  const [head = '', ...parts] = text.split(/^-- (.+) --\n/m);
  /** @type {Map<string, string>} */
  const files = new Map();
  for (let index = 0; index < parts.length; index += 2) files.set(parts[index], parts[index + 1] ?? '');
  const asked = (/** @type {string} */ key) =>
    head
      .split('\n')
      .filter((line) => line.startsWith(`# ${key}: `))
      .map((line) => line.slice(key.length + 4));
  const words = (/** @type {string} */ key) => asked(key).flatMap((line) => line.split(' '));
  const paths = words('files');
  return {
    name,
    files,
    paths: paths.length === 0 ? ['compose.yaml'] : paths,
    profiles: words('profiles'),
    envFiles: words('env-files'),
    environment: asked('env'),
  };
}
