import type { DetectedSource } from '../../builds/detectLanguage';
import { detectLanguage } from '../../builds/detectLanguage';
import type { Files } from '../../ports';

export type RepositoryFiles = Pick<Files, 'read' | 'list'>;

/** A folder whose image is built. */
export interface SourceFolder {
  /** From the root, `.` for the root itself. */
  readonly folder: string;
  readonly dockerfile?: string;
  readonly source?: DetectedSource;
}

/** What there is to import. */
export type FoundProject =
  | { readonly type: 'compose'; readonly paths: readonly string[]; readonly others: readonly string[] }
  | { readonly type: 'sources'; readonly folders: readonly SourceFolder[] }
  | { readonly type: 'nothing' };

const maxEntries = 20_000;
const maxDepth = 6;
const maxFolders = 30;
const skipped: ReadonlySet<string> = new Set([
  'node_modules',
  'vendor',
  'dist',
  'build',
  'target',
  'venv',
  '__pycache__',
  'bower_components',
  'testdata',
  'fixtures',
]);
/** In the order in which compose takes the first that is there. */
const composeNames = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
const composeLike = /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i;

/**
 * Looks through a repository: compose files anywhere, the shallowest first; else Dockerfiles; else folders with a language that is known.
 * Links are not followed, nothing is run, and a tree without end is left after so many entries.
 */
export async function findProject(files: RepositoryFiles, start: string, signal?: AbortSignal): Promise<FoundProject> {
  const folders = await foldersBelow(files, start, signal);
  const compose = folders.filter(({ names }) => names.some((name) => composeLike.test(name)));
  const [first] = compose;
  if (first !== undefined) {
    const paths = composeFiles(first.names).map((name) => inside(first.folder, name));
    const all = compose.flatMap(({ folder, names }) => names.filter((name) => composeLike.test(name)).map((name) => inside(folder, name)));
    return { type: 'compose', paths, others: all.filter((path) => !paths.includes(path)) };
  }
  const docker = folders.flatMap(({ folder, names }): readonly SourceFolder[] => {
    const dockerfile = ['Dockerfile', 'Containerfile'].find((name) => names.includes(name));
    return dockerfile === undefined ? [] : [{ folder, dockerfile }];
  });
  if (docker.length > 0) return { type: 'sources', folders: docker.slice(0, maxFolders) };
  const found: SourceFolder[] = [];
  for (const { folder } of folders) {
    // A part of what was found already is built with it.
    if (found.some((one) => one.folder === '.' || folder.startsWith(`${one.folder}/`)) || found.length >= maxFolders) continue;
    const source = await detectLanguage(filesBelow(files, folder));
    if (source !== undefined) found.push({ folder, source });
  }
  return found.length > 0 ? { type: 'sources', folders: found } : { type: 'nothing' };
}

/** The same files, seen from a folder. */
export function filesBelow(files: RepositoryFiles, folder: string): RepositoryFiles {
  return { read: (path) => files.read(inside(folder, path)), list: (path) => files.list(path === '.' ? folder : inside(folder, path)) };
}

export function inside(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

interface Folder {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Folder by folder, the shallow ones first. */
async function foldersBelow(files: RepositoryFiles, start: string, signal: AbortSignal | undefined): Promise<readonly Folder[]> {
  const found: Folder[] = [];
  let [level, entries] = [[start], 0];
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      signal?.throwIfAborted();
      const listed = await files.list(folder);
      entries += listed.length;
      if (entries > maxEntries) return found;
      found.push({ folder, names: listed.filter((entry) => !entry.folder).map(({ name }) => name) });
      next.push(...listed.filter((entry) => entry.folder && !entry.name.startsWith('.') && !skipped.has(entry.name)).map(({ name }) => inside(folder, name)));
    }
    level = next;
  }
  return found;
}

/** The file that compose would take in a folder, with its override. */
function composeFiles(names: readonly string[]): readonly string[] {
  const main = composeNames.find((name) => names.includes(name)) ?? names.find((name) => composeLike.test(name));
  if (main === undefined) return [];
  const stem = main.replace(/\.ya?ml$/i, '');
  const override = composeNames.includes(main) ? ['yaml', 'yml'].map((end) => `${stem}.override.${end}`).find((name) => names.includes(name)) : undefined;
  return override === undefined ? [main] : [main, override];
}
