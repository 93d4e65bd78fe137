import { failure } from '../../shared/problem';
import { sha256Hex } from '../digest';
import type { Clock, Files } from '../ports';
import type { Version, VersionMeta } from './versionFiles';
import { creator, listVersions, readVersionMeta, snapshotVersion, writeVersion, writeVersionMeta } from './versionFiles';

/** One version as a list shows it. */
export interface VersionEntry {
  readonly version: number;
  /** What names it: its number, or `7@0a1b2c3d` where two branches made the same number. */
  readonly ref: string;
  readonly path: string;
  readonly meta: VersionMeta;
}

/**
 * The versions of a workflow, newest first. Two branches that each made a version 7 keep both after a merge, side by side,
 * each named by number and the first digits of its digest; the next number follows the highest.
 */
export async function versionEntries(files: Files, workflow: string): Promise<readonly VersionEntry[]> {
  const known = await listVersions(files, workflow);
  const entries = known.map(async ({ version, path }): Promise<VersionEntry> => {
    const isAlone = known.filter((one) => one.version === version).length === 1;
    return { version, ref: isAlone ? String(version) : `${String(version)}@${digestInName(path)}`, path, meta: await readVersionMeta(files, path) };
  });
  return (await Promise.all(entries)).reverse();
}

function digestInName(path: string): string {
  return /-([0-9a-f]{8})\.yaml$/.exec(path)?.[1] ?? '';
}

/** The version that `7` or `7@0a1b2c3d` names, with its text. Throws `version.missing`, `version.ambiguous`. */
export async function readVersion(files: Files, workflow: string, ref: string): Promise<VersionEntry & { readonly text: string }> {
  const [number = '', digest] = ref.split('@');
  const found = (await versionEntries(files, workflow)).filter(
    (entry) => String(entry.version) === number && (digest === undefined || digestInName(entry.path).startsWith(digest)),
  );
  const [entry, ...others] = found;
  if (others.length > 0) throw failure('version.ambiguous', { version: ref, refs: found.map((one) => one.ref).join(', ') });
  const text = entry === undefined ? undefined : await files.read(entry.path);
  if (entry === undefined || text === undefined) throw failure('version.missing', { version: ref });
  return { ...entry, text };
}

/** The version with these very bytes, the one of this number where several have them; undefined when it is not in this folder. */
export async function versionOfDigest(
  files: Files,
  workflow: string,
  digest: string,
  version?: number,
): Promise<(VersionEntry & { readonly text: string }) | undefined> {
  const likely = (await versionEntries(files, workflow)).filter(({ path }) => digestInName(path) === digest.slice(0, 8));
  for (const entry of likely.sort((a, b) => Number(b.version === version) - Number(a.version === version))) {
    const text = await files.read(entry.path);
    if (text !== undefined && (await sha256Hex(text)) === digest) return { ...entry, text };
  }
  return undefined;
}

export interface VersionWords {
  readonly name?: string;
  readonly tag?: string;
  readonly description?: string;
}

/** Keeps the text as a version of its own, with the words that a person gave it. Throws `run.snapshotFailed`. */
export async function createVersion(files: Files, clock: Clock, workflow: string, text: string, words: VersionWords, by?: string): Promise<Version> {
  const createdAt = new Date(clock.now()).toISOString();
  return writeVersion(files, workflow, text, { description: '', ...words, createdAt, ...creator(by), automatic: false, runs: [] });
}

/** Changes the words of a version; its text never changes. */
export async function describeVersion(files: Files, workflow: string, ref: string, words: VersionWords): Promise<void> {
  const { path, meta } = await readVersion(files, workflow, ref);
  await writeVersionMeta(files, path, { ...meta, ...words });
}

/**
 * Makes a new version with the text of an old one and answers that text: the caller puts it into the file. What the file
 * says now is kept as a version first, so that a restore can be undone. Throws `version.missing`, `version.ambiguous`,
 * `run.snapshotFailed`.
 */
export async function restoreVersion(
  files: Files,
  clock: Clock,
  workflow: string,
  ref: string,
  present: string,
  by?: string,
): Promise<Version & { readonly text: string }> {
  const { text, version } = await readVersion(files, workflow, ref);
  await snapshotVersion(files, clock, workflow, present, `Before version ${ref} was restored`, by);
  const createdAt = new Date(clock.now()).toISOString();
  const meta: VersionMeta = { description: `Restored from version ${ref}`, createdAt, ...creator(by), automatic: false, restoredFrom: version, runs: [] };
  return { ...(await writeVersion(files, workflow, text, meta)), text };
}
