import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../node/nodeFiles';
import { VirtualClock } from '../../testing/virtualClock';
import { noteRun, snapshotVersion } from './versionFiles';
import { createVersion, readVersion, restoreVersion, versionEntries } from './versionHistory';

let folder: string;
const clock = new VirtualClock();
const git = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: folder });
  return stdout;
};
const commit = async (message: string): Promise<void> => {
  await git('add', '.');
  await git('commit', '-q', '-m', message);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-versions-'));
  await git('init', '-q', '-b', 'main');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('versions of two branches that meet in git', () => {
  test('are all there after the merge, and every one of the same number has a name of its own', async () => {
    const files = nodeFiles(folder);
    await snapshotVersion(files, clock, 'shop', 'one');
    await commit('first');
    await git('checkout', '-q', '-b', 'theirs');
    await createVersion(files, clock, 'shop', 'theirs, two', { name: 'Their two' });
    await createVersion(files, clock, 'shop', 'theirs, three', {});
    await commit('theirs');
    await git('checkout', '-q', 'main');
    // What reserves numbers is no part of the history: a fresh clone has none of it.
    expect(await git('ls-files')).not.toContain('.kubeorch/runs');
    await rm(join(folder, '.kubeorch/runs'), { recursive: true });
    await createVersion(files, clock, 'shop', 'ours, two', { name: 'Our two' });
    await createVersion(files, clock, 'shop', 'ours, three', {});
    await createVersion(files, clock, 'shop', 'ours, four', {});
    await commit('ours');
    await git('merge', '-q', '--no-edit', 'theirs');

    const entries = await versionEntries(files, 'shop');
    expect(entries.map(({ version }) => version)).toEqual([4, 3, 3, 2, 2, 1]);
    expect(new Set(entries.map(({ ref }) => ref)).size).toBe(6);
    const texts = await Promise.all(entries.map(async ({ ref }) => (await readVersion(files, 'shop', ref)).text));
    expect([...texts].sort()).toEqual(['one', 'ours, four', 'ours, three', 'ours, two', 'theirs, three', 'theirs, two']);
    expect(new Set(entries.flatMap(({ version, meta }) => (version === 2 ? [meta.name] : [])))).toEqual(new Set(['Our two', 'Their two']));
    await expect(readVersion(files, 'shop', '2')).rejects.toMatchObject({ problem: { code: 'version.ambiguous' } });
    const theirs = entries.find(({ meta }) => meta.name === 'Their two');
    expect(await restoreVersion(files, clock, 'shop', theirs?.ref ?? '', 'ours, four')).toMatchObject({ version: 5, text: 'theirs, two' });
    expect((await versionEntries(files, 'shop'))[0]?.meta).toMatchObject({ restoredFrom: 2, description: `Restored from version ${theirs?.ref ?? ''}` });
  });

  test('keep the runs of both branches, also while git asks about the file that lists them', async () => {
    const files = nodeFiles(folder);
    const { path } = await snapshotVersion(files, clock, 'shop', 'one');
    await noteRun(files, path, { runId: 'a', status: 'completed', target: 'dev' });
    await commit('first');
    await git('checkout', '-q', '-b', 'theirs');
    await noteRun(files, path, { runId: 'c', status: 'failed', target: 'staging' });
    await commit('theirs');
    await git('checkout', '-q', 'main');
    await noteRun(files, path, { runId: 'b', status: 'completed', target: 'dev' });
    await commit('ours');
    await expect(git('merge', '-q', '--no-edit', 'theirs')).rejects.toThrow(/merge/);

    const [entry] = await versionEntries(files, 'shop');
    expect(entry?.meta.runs.map(({ runId }) => runId)).toEqual(['a', 'b', 'c']);
    // The next note writes the file without the question, and nothing is lost by it.
    await noteRun(files, path, { runId: 'd', status: 'running', target: 'dev' });
    const [after] = await versionEntries(files, 'shop');
    expect(after?.meta.runs.map(({ runId }) => runId)).toEqual(['a', 'b', 'c', 'd']);
    expect(await git('diff', '--stat')).not.toBe('');
    expect(await readdir(join(folder, '.kubeorch/versions/shop'))).toHaveLength(2);
  });
});
