import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '../../node/programFile';
import type { BuildRig } from '../../testing/buildRig';
import { startBuildRig } from '../../testing/buildRig';
import { VirtualClock } from '../../testing/virtualClock';
import { BuildStarts } from './buildStarts';

let rig: BuildRig;
beforeAll(async () => (rig = await startBuildRig()));
afterAll(() => rig.dispose());

const sleep = await findProgram('sleep', process.env);

it.skipIf(sleep === undefined)('ends a program that takes longer than it may', async () => {
  const clock = new VirtualClock();
  const heard = { line: () => {}, output: () => {}, hidden: new Map<string, string>() };
  const starts = new BuildStarts({ ...rig.parts, clock }, rig.folder, { columns: 80, rows: 24 }, new AbortController().signal, heard);
  const running = starts.run('dockerfile', 'sleep', sleep ?? '', ['86400'], { limitMs: 60_000 });
  const late = async (): Promise<void> => {
    await expect.poll(() => clock.waiting).toBe(1);
    await clock.advance(60_000);
  };
  await Promise.all([expect(running).rejects.toThrow('Making the Dockerfile failed: sleep took longer than 60 s'), late()]);
});
