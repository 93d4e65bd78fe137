import type { BuildEvent, BuildRecord } from '../../shared/build';
import { buildStatuses } from '../../shared/build';
import type { Files } from '../ports';

const folder = '.kubeorch/builds';
const idPattern = /^[0-9a-z]+-[0-9a-f]+$/;

/** Records of builds beside those of runs; git does not see them. */
export const buildRecordPath = (id: string): string => `${folder}/${id}.json`;
export const buildLogPath = (id: string): string => `${folder}/${id}.log`;

/** Writes what a build is: when it begins, and when it is over. */
export async function writeBuildRecord(files: Files, record: BuildRecord): Promise<void> {
  await files.createExclusive(`${folder}/.gitignore`, '*\n');
  await files.replace(buildRecordPath(record.id), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Keeps a build's lines, cleaned as they were shown. */
export async function writeBuildLog(files: Files, id: string, events: readonly BuildEvent[]): Promise<void> {
  const lines = events.flatMap((event) =>
    event.event_type === 'log' ? [`${event.data.level === 'info' ? '' : `${event.data.level}: `}${event.data.message}`] : [],
  );
  await files.replace(buildLogPath(id), lines.map((line) => `${line}\n`).join(''));
}

export async function readBuildLog(files: Files, id: string): Promise<string | undefined> {
  return idPattern.test(id) ? files.read(buildLogPath(id)) : undefined;
}

export const defaultBuildsListed = 20;
export const mostBuildsListed = 100;

/** Newest first. What cannot be read as a record is left out: a crash may have cut one short. */
export async function listBuilds(files: Files, limit = defaultBuildsListed): Promise<readonly BuildRecord[]> {
  const names = (await files.list(folder)).map((entry) => /^(.+)\.json$/.exec(entry.name)?.[1] ?? '').filter((id) => idPattern.test(id));
  const records: BuildRecord[] = [];
  // Ids begin with their time, in seconds.
  for (const id of names.sort().reverse()) {
    if (records.length >= Math.min(Math.max(1, limit), mostBuildsListed)) break;
    const record = recordOf(await files.read(buildRecordPath(id)));
    if (record?.id === id) records.push(record);
  }
  return records.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1));
}

const texts = ['id', 'imageName', 'imageTag', 'createdAt'] as const satisfies readonly (keyof BuildRecord)[];
const optionalTexts = ['repoUrl', 'branch', 'commitSha', 'registryId', 'workflowId', 'nodeId', 'finalImageRef', 'imageDigest', 'errorMessage'] as const;

/** The file may be anybody's: what is shown of it has to be what it is meant to be. */
function recordOf(text: string | undefined): BuildRecord | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const record = read as Readonly<Record<string, unknown>>;
  const isKnown = buildStatuses.some((status) => status === record['status']) && texts.every((key) => typeof record[key] === 'string');
  return isKnown && optionalTexts.every((key) => ['string', 'undefined'].includes(typeof record[key])) ? (read as BuildRecord) : undefined;
}
