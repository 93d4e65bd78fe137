import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { ensureCodeServer } from '../build/codeServer.mjs';
import { projectRoot } from './editor';
import { killedHosts } from './killedHosts';

// `npm run test:long -- kill`: the extension host is killed (SIGKILL) at 200 random moments while nodes are edited on the canvas, a
// workflow runs and versions are written. MOMENTS and KUBEORCH_SEED take other ones.
const moments = Number(process.env['MOMENTS'] ?? 200);
const seed = Number(process.env['KUBEORCH_SEED'] ?? Date.now() % 1_000_000);

beforeAll(async () => {
  await ensureCodeServer(() => undefined);
  const packaged = spawnSync(process.execPath, [join(projectRoot, 'src/build/package.mjs'), '--quiet'], { cwd: projectRoot, encoding: 'utf8' });
  if (packaged.status !== 0) throw new Error(`The extension could not be packaged:\n${packaged.stdout}${packaged.stderr}`);
});

test(`an extension host killed at ${String(moments)} moments, seed ${String(seed)}`, async () => {
  const { backupMs, restartMs, ...figures } = await killedHosts(moments, seed);
  const seconds = (all: readonly number[], share: number): string =>
    ((all.toSorted((a, b) => a - b)[Math.ceil(share * (all.length - 1))] ?? 0) / 1_000).toFixed(1);
  console.log(
    `${JSON.stringify(figures)}; everything acknowledged in a backup or saved after ${seconds(backupMs, 0.5)} s in the median and ${seconds(backupMs, 1)} s at most, ` +
      `at work again ${seconds(restartMs, 0.5)} s after that; seed ${String(seed)}`,
  );
});
