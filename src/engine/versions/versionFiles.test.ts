import { describe, expect, test } from 'vitest';
import { ProblemError } from '../../shared/problem';
import { MemoryFiles } from '../../testing/memoryFiles';
import { VirtualClock } from '../../testing/virtualClock';
import { listVersions, noteRun, readVersionMeta, snapshotVersion } from './versionFiles';

const text = 'apiVersion: kubeorch.dev/v1alpha1\r\nname: shop # kept\r\n';

describe('versions', () => {
  test('begin at 1, keep the exact text and count up when it changes', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const first = await snapshotVersion(files, clock, 'shop', text);
    expect(first).toMatchObject({ version: 1, reused: false });
    expect(first.path).toMatch(/^\.kubeorch\/versions\/shop\/0001-[0-9a-f]{8}\.yaml$/);
    expect(files.contents.get(first.path)).toBe(text);
    expect((await snapshotVersion(files, clock, 'shop', `${text}a: 1`)).version).toBe(2);
    expect((await listVersions(files, 'shop')).map((version) => version.version)).toEqual([1, 2]);
  });

  test('are used again while the text is the same, and list their runs', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const first = await snapshotVersion(files, clock, 'shop', text);
    const again = await snapshotVersion(files, clock, 'shop', text);
    expect(again).toMatchObject({ version: 1, reused: true, path: first.path });
    await noteRun(files, first.path, { runId: 'a', status: 'running', target: 'dev' });
    await noteRun(files, first.path, { runId: 'b', status: 'completed', target: 'dev' });
    await noteRun(files, first.path, { runId: 'a', status: 'failed', target: 'dev' });
    const meta = await readVersionMeta(files, first.path);
    expect(meta.runs.map((run) => [run.runId, run.status])).toEqual([
      ['b', 'completed'],
      ['a', 'failed'],
    ]);
    expect(meta.description).toBe('Snapshot for run at 2026-03-01T12:00:00.000Z');
    expect(files.contents.get(first.path)).toBe(text);
  });

  test('go back to an old text as a new version', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    await snapshotVersion(files, clock, 'shop', text);
    await snapshotVersion(files, clock, 'shop', `${text}b`);
    expect((await snapshotVersion(files, clock, 'shop', text)).version).toBe(3);
  });

  test('never share a number when several runs begin at once', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const made = await Promise.all([1, 2, 3, 4, 5].map((n) => snapshotVersion(files, clock, 'shop', `${text}${String(n)}`)));
    expect(new Set(made.map((version) => version.version)).size).toBe(5);
  });

  test('that cannot be written stop the run with a reason', async () => {
    const files = new MemoryFiles();
    files.fail = (path) => (path.endsWith('.yaml') ? new Error('disk full') : undefined);
    const attempt = snapshotVersion(files, new VirtualClock(), 'shop', text);
    await expect(attempt).rejects.toBeInstanceOf(ProblemError);
    await expect(attempt).rejects.toThrow('disk full');
  });

  test('with a broken meta file lose only what stood in it', async () => {
    const files = new MemoryFiles();
    const first = await snapshotVersion(files, new VirtualClock(), 'shop', text);
    files.contents.set(first.path.replace('.yaml', '.meta.yaml'), 'runs: [');
    expect((await readVersionMeta(files, first.path)).runs).toEqual([]);
    await noteRun(files, first.path, { runId: 'a', status: 'completed', target: 'dev' });
    expect((await readVersionMeta(files, first.path)).runs).toHaveLength(1);
  });
});
