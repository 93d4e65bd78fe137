import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { RunStatus } from '../../shared/runEvent';
import { sha256Hex } from '../digest';
import { conflictSides } from '../document/conflictSides';
import { hideRunsFromGit } from '../journal';
import type { Clock, Files } from '../ports';
import { textAt } from '../status/verdict';

/**
 * Versions are the exact bytes of a workflow file at the moment of a run, append-only, one file each:
 * `.kubeorch/versions/<workflow>/0007-<first 8 hex digits of the SHA-256>.yaml`. What is learned later (a name, a tag,
 * its runs) stands beside it in `….meta.yaml`, so that the snapshot itself never changes.
 */
export interface Version {
  readonly version: number;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  readonly path: string;
}

export interface VersionRun {
  readonly runId: string;
  readonly status: RunStatus;
  readonly target: string;
}

export interface VersionMeta {
  readonly name?: string;
  readonly tag?: string;
  readonly description: string;
  readonly createdAt: string;
  /** Who made it, as their machine knows them; absent where nobody said. */
  readonly createdBy?: string;
  readonly automatic: boolean;
  readonly restoredFrom?: number;
  readonly runs: readonly VersionRun[];
}

const fileName = /^(\d{4,})-([0-9a-f]{8})\.yaml$/;

function folderOf(workflow: string): string {
  return `.kubeorch/versions/${workflow}`;
}

/** All versions of a workflow, oldest first. Files that are no version are passed over. */
export async function listVersions(files: Files, workflow: string): Promise<readonly Omit<Version, 'digest'>[]> {
  const folder = folderOf(workflow);
  const found: Omit<Version, 'digest'>[] = [];
  for (const entry of await files.list(folder)) {
    const match = entry.folder ? null : fileName.exec(entry.name);
    if (match !== null) found.push({ version: Number(match[1]), path: `${folder}/${entry.name}` });
  }
  return found.sort((a, b) => a.version - b.version || (a.path < b.path ? -1 : 1));
}

/** The version that a run is of, as its journal says; undefined when its file is gone. */
export async function versionOfRun(files: Files, workflow: string, run: { readonly version: number; readonly digest: string }): Promise<Version | undefined> {
  const known = (await listVersions(files, workflow)).find((one) => one.version === run.version && one.path.includes(`-${run.digest.slice(0, 8)}.yaml`));
  return known === undefined ? undefined : { ...known, digest: run.digest };
}

/**
 * Writes the snapshot that a run is traced to, or finds that the newest one is the same. Throws `run.snapshotFailed`:
 * without a snapshot nothing may run.
 */
export async function snapshotVersion(
  files: Files,
  clock: Clock,
  workflow: string,
  text: string,
  description?: string,
  by?: string,
): Promise<Version & { readonly reused: boolean }> {
  const digest = await sha256Hex(text);
  try {
    const newest = (await listVersions(files, workflow)).at(-1);
    if (newest !== undefined && newest.path.includes(`-${digest.slice(0, 8)}.yaml`) && (await files.read(newest.path)) === text)
      return { version: newest.version, path: newest.path, digest, reused: true };
  } catch (error) {
    throw snapshotFailed(error);
  }
  const createdAt = new Date(clock.now()).toISOString();
  const meta = { description: description ?? `Snapshot for run at ${createdAt}`, createdAt, ...creator(by), automatic: true, runs: [] };
  return { ...(await writeVersion(files, workflow, text, meta)), reused: false };
}

/** Who made a version, of `user@machine`: versions are shared by git, and the machine is nobody's business. */
export function creator(by: string | undefined): Pick<VersionMeta, 'createdBy'> {
  const user = by === undefined ? '' : by.slice(0, Math.max(0, by.lastIndexOf('@')));
  return user === '' ? {} : { createdBy: user };
}

/** Writes a new version. The number is taken by an exclusive file, so two at once never share one. Throws `run.snapshotFailed`. */
export async function writeVersion(files: Files, workflow: string, text: string, meta: VersionMeta): Promise<Version> {
  try {
    const digest = await sha256Hex(text);
    await hideRunsFromGit(files);
    const newest = (await listVersions(files, workflow)).at(-1);
    for (let version = (newest?.version ?? 0) + 1; ; version += 1) {
      const number = String(version).padStart(4, '0');
      // Two texts have two file names, so the number alone is reserved first, where it is not part of the history.
      if (!(await files.createExclusive(`${runsFolder}/${workflow}/.numbers/${number}`, digest))) continue;
      const path = `${folderOf(workflow)}/${number}-${digest.slice(0, 8)}.yaml`;
      if (!(await files.createExclusive(path, text))) continue;
      await writeVersionMeta(files, path, meta);
      return { version, path, digest };
    }
  } catch (error) {
    throw snapshotFailed(error);
  }
}

function snapshotFailed(error: unknown): Error {
  return failure('run.snapshotFailed', { detail: error instanceof Error ? error.message : String(error) }, { cause: error });
}

const runsFolder = '.kubeorch/runs';

function metaPath(versionPath: string): string {
  return versionPath.replace(/\.yaml$/, '.meta.yaml');
}

/** Writes what is known about a version beside its bytes. */
export async function writeVersionMeta(files: Files, versionPath: string, meta: VersionMeta): Promise<void> {
  await files.replace(metaPath(versionPath), stringify(meta, { lineWidth: 0 }));
}

/**
 * What is known about a version beside its bytes; sensible emptiness when the file is missing or broken. Where two branches that
 * met both noted something, our words and the runs of both count.
 */
export async function readVersionMeta(files: Files, versionPath: string): Promise<VersionMeta> {
  const text = await files.read(metaPath(versionPath));
  const sides = text === undefined ? undefined : conflictSides(text);
  if (sides === undefined) return metaFromText(text);
  const [ours, theirs] = [metaFromText(sides.ours), metaFromText(sides.theirs)];
  return { ...theirs, ...ours, runs: [...theirs.runs.filter((run) => !ours.runs.some((other) => other.runId === run.runId)), ...ours.runs].sort(byRunId) };
}

/** Ids of runs sort by time. */
function byRunId(a: VersionRun, b: VersionRun): number {
  return a.runId < b.runId ? -1 : a.runId > b.runId ? 1 : 0;
}

function metaFromText(text: string | undefined): VersionMeta {
  let found: unknown;
  try {
    found = text === undefined ? undefined : parse(text, { maxAliasCount: 0 });
  } catch {
    // A hand-edited file that is broken costs its own content only.
    found = undefined;
  }
  const meta: JsonObject = isJsonObject(found) ? found : {};
  const optional = (key: 'name' | 'tag' | 'createdBy'): { readonly [k: string]: string } => {
    const value = textAt(meta, [key]);
    return value === undefined ? {} : { [key]: value };
  };
  const runs = Array.isArray(meta['runs']) ? meta['runs'].filter(isJsonObject) : [];
  const restoredFrom = meta['restoredFrom'];
  return {
    ...optional('name'),
    ...optional('tag'),
    ...optional('createdBy'),
    description: textAt(meta, ['description']) ?? '',
    createdAt: textAt(meta, ['createdAt']) ?? '',
    automatic: meta['automatic'] !== false,
    ...(typeof restoredFrom === 'number' ? { restoredFrom } : {}),
    runs: runs.map((run) => ({
      runId: textAt(run, ['runId']) ?? '',
      status: (textAt(run, ['status']) ?? 'failed') as RunStatus,
      target: textAt(run, ['target']) ?? '',
    })),
  };
}

/** Notes how a run of this version goes or went; a second note of the same run replaces the first. */
export async function noteRun(files: Files, versionPath: string, run: VersionRun): Promise<void> {
  const meta = await readVersionMeta(files, versionPath);
  await writeVersionMeta(files, versionPath, { ...meta, runs: [...meta.runs.filter((other) => other.runId !== run.runId), run] });
}
