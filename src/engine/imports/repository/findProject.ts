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
  const projects = composeProjects(folders);
  const [first] = projects;
  if (first !== undefined) return { ...first, others: [...first.others, ...projects.slice(1).flatMap(({ paths, others }) => [...paths, ...others])] };
  const docker = dockerFolders(folders);
  if (docker.length > 0) return { type: 'sources', folders: docker };
  const found = await languageFolders(files, folders, []);
  return found.length > 0 ? { type: 'sources', folders: found } : { type: 'nothing' };
}

/** Everything that could be imported, as projects of which a person takes one: compose files folder by folder, Dockerfiles, languages. What `findProject` takes is the first. */
export async function findProjects(
  files: RepositoryFiles,
  start: string,
  signal?: AbortSignal,
): Promise<readonly Exclude<FoundProject, { readonly type: 'nothing' }>[]> {
  const folders = await foldersBelow(files, start, signal);
  const docker = dockerFolders(folders);
  const languages = await languageFolders(files, folders, docker);
  return [
    ...composeProjects(folders),
    ...[docker, languages].filter((found) => found.length > 0).map((found) => ({ type: 'sources' as const, folders: found })),
  ];
}

type ComposeProject = Extract<FoundProject, { readonly type: 'compose' }>;

/** A project for each folder with compose files; `others` are those of the same folder that compose would not take by itself. */
function composeProjects(folders: readonly Folder[]): readonly ComposeProject[] {
  return folders.flatMap(({ folder, names }) => {
    const all = names.filter((name) => composeLike.test(name)).map((name) => inside(folder, name));
    if (all.length === 0) return [];
    const paths = composeFiles(names).map((name) => inside(folder, name));
    return [{ type: 'compose', paths, others: all.filter((path) => !paths.includes(path)) }];
  });
}

function dockerFolders(folders: readonly Folder[]): readonly SourceFolder[] {
  const found = folders.flatMap(({ folder, names }): readonly SourceFolder[] => {
    const dockerfile = ['Dockerfile', 'Containerfile'].find((name) => names.includes(name));
    return dockerfile === undefined ? [] : [{ folder, dockerfile }];
  });
  return found.slice(0, maxFolders);
}

/** Folders with a language that is known, without those that others are built of. */
async function languageFolders(files: RepositoryFiles, folders: readonly Folder[], others: readonly SourceFolder[]): Promise<readonly SourceFolder[]> {
  const found: SourceFolder[] = [];
  for (const { folder } of folders) {
    // A part of what was found already is built with it.
    const isPart = [...others, ...found].some((one) => one.folder === folder || one.folder === '.' || folder.startsWith(`${one.folder}/`));
    if (isPart || found.length >= maxFolders) continue;
    const source = await detectLanguage(filesBelow(files, folder));
    if (source !== undefined) found.push({ folder, source });
  }
  return found;
}

/** The same files, seen from a folder. */
export function filesBelow(files: RepositoryFiles, folder: string): RepositoryFiles {
  return { read: (path) => readable(files, inside(folder, path)), list: (path) => files.list(path === '.' ? folder : inside(folder, path)) };
}

/** A file that a guess is made by. What is no file, is too large, or leads out of the folder, is as good as not there. */
async function readable(files: RepositoryFiles, path: string): Promise<string | undefined> {
  try {
    return await files.read(path);
  } catch {
    return undefined;
  }
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
