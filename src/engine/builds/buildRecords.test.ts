import { expect, it } from 'vitest';
import type { BuildRecord } from '../../shared/build';
import { MemoryFiles } from '../../testing/memoryFiles';
import { buildLogPath, buildRecordPath, listBuilds, readBuildLog, writeBuildLog, writeBuildRecord } from './buildRecords';

const record = (id: string, createdAt: string, more: Partial<BuildRecord> = {}): BuildRecord => ({
  ...{ id, createdAt, buildContext: '.', buildArgs: [], useNixpacks: false, imageName: 'web', imageTag: '1' },
  ...{ status: 'completed', currentStage: 'done', progress: 100 },
  ...more,
});

it('lists builds, the newest first and no more than wanted, without what is no record', async () => {
  const files = new MemoryFiles();
  for (const minute of [10, 12, 11]) await writeBuildRecord(files, record(`20260101t00${minute}00z-a${minute}`, `2026-01-01T00:${minute}:00.000Z`));
  const odd = (name: string, text: string): Promise<void> => files.replace(buildRecordPath(`20260101t005${name}00z-b`), text);
  await odd('0', '{ cut sh');
  await odd('1', JSON.stringify(record('20260101t000100z-other', '')));
  await odd('2', JSON.stringify({ ...record('20260101t005200z-b', ''), status: 'sleeping' }));
  await odd('3', JSON.stringify({ ...record('20260101t005300z-b', ''), nodeId: { toString: 'x' } }));
  await odd('4', JSON.stringify({ ...record('20260101t005400z-b', ''), imageName: 7 }));
  expect((await listBuilds(files)).map(({ id }) => id)).toEqual(['20260101t001200z-a12', '20260101t001100z-a11', '20260101t001000z-a10']);
  expect((await listBuilds(files, 1)).map(({ id }) => id)).toEqual(['20260101t001200z-a12']);
  expect(await files.read('.kubeorch/builds/.gitignore')).toBe('*\n');
});

it('keeps the lines of a build, and reads none but those', async () => {
  const files = new MemoryFiles();
  await writeBuildLog(files, '20260101t000000z-a', [
    { event_type: 'log', data: { stage: 'building', message: 'one', level: 'info' } },
    { event_type: 'progress', data: { status: 'building', current_stage: 'building', progress: 30 } },
    { event_type: 'log', data: { stage: 'building', message: 'two', level: 'warn' } },
  ]);
  expect(await readBuildLog(files, '20260101t000000z-a')).toBe('one\nwarn: two\n');
  await files.replace(buildLogPath('../../secret'), 'x');
  expect(await readBuildLog(files, '../../secret')).toBeUndefined();
});
