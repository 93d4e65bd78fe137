import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../shared/runEvent';
import { MemoryFiles } from '../testing/memoryFiles';
import { VirtualClock } from '../testing/virtualClock';
import { noteRun, readVersionMeta, snapshotVersion } from './versions/versionFiles';
import { appendEvent, hideRunsFromGit, journalFromText, journalPath, leaseMs, listRuns, newRunId, readJournal, writeLease } from './journal';
import { closeCrashedRuns } from './run/closeCrashedRuns';

const target = { label: 'dev', sandbox: false, context: 'dev', server: 'https://dev', clusterUid: 'u', namespace: 'shop', protected: false };
const counts = { create: 1, change: 0, replace: 0, adopt: 0, conflict: 0, delete: 0, unchanged: 0, 'left-running': 0, blocked: 0 };

function started(runId: string, clock: VirtualClock): RunEvent {
  return {
    type: 'run:started',
    runId,
    timestamp: new Date(clock.now()).toISOString(),
    sequenceNumber: 1,
    workflow: 'shop',
    version: 3,
    digest: 'd',
    target,
    triggeredBy: 'cli',
    counts,
  };
}

async function journalOf(files: MemoryFiles, clock: VirtualClock, end?: 'run:completed' | 'run:cancelled'): Promise<string> {
  const runId = newRunId(clock);
  const path = journalPath('shop', runId);
  await appendEvent(files, path, started(runId, clock));
  const envelope = { runId, timestamp: new Date(clock.now() + 500).toISOString(), sequenceNumber: 2 };
  if (end === 'run:completed') await appendEvent(files, path, { type: end, ...envelope, durationMs: 500, applied: 1, unchanged: 0, ready: true });
  if (end === 'run:cancelled') await appendEvent(files, path, { type: end, ...envelope, durationMs: 500 });
  return runId;
}

describe('journals', () => {
  test('list newest first, at most as many as asked and never more than 100', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const ids: string[] = [];
    for (let run = 0; run < 12; run += 1) {
      ids.push(await journalOf(files, clock, run % 2 === 0 ? 'run:completed' : 'run:cancelled'));
      await clock.advance(1000);
    }
    const runs = await listRuns(files, 'shop');
    expect(runs.map((run) => run.runId)).toEqual(ids.slice(2).reverse());
    expect(runs[0]).toMatchObject({ status: 'cancelled', version: 3, target: 'dev', durationMs: 500 });
    expect(await listRuns(files, 'shop', 1000)).toHaveLength(12);
  });

  test('of a crash get exactly one failed record, with the next number, even when the last line was cut', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const runId = await journalOf(files, clock);
    await files.append(journalPath('shop', runId), '{"type":"node:star');
    await clock.advance(leaseMs + 1);
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([runId]);
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([]);
    const journal = await readJournal(files, 'shop', runId);
    expect(journal?.events.map((event) => [event.sequenceNumber, event.type])).toEqual([
      [1, 'run:started'],
      [2, 'run:failed'],
    ]);
    expect(journal?.damagedLines).toBe(1);
    expect((await listRuns(files, 'shop'))[0]).toMatchObject({ status: 'failed', error: 'The run was cut off: the program that ran it ended before it did.' });
  });

  test('of a crash end in their version too, as often as that is interrupted', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const version = await snapshotVersion(files, clock, 'shop', 'name: shop\n');
    const runId = newRunId(clock);
    await appendEvent(files, journalPath('shop', runId), { ...started(runId, clock), version: version.version, digest: version.digest } as RunEvent);
    await noteRun(files, version.path, { runId, status: 'running', target: 'dev' });
    await clock.advance(leaseMs + 1);
    files.fail = (path) => (path.endsWith('.ndjson') ? new Error('disk full') : undefined);
    await expect(closeCrashedRuns(files, clock, 'shop')).rejects.toThrow('disk full');
    files.fail = () => undefined;
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([runId]);
    expect((await readVersionMeta(files, version.path)).runs).toEqual([{ runId, status: 'failed', target: 'dev' }]);
  });

  test('leave out every line that is no event as it has to be, and tell the place of the first', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const runId = await journalOf(files, clock);
    const envelope = { runId, timestamp: new Date(clock.now()).toISOString(), sequenceNumber: 2 };
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'a' };
    const problem = { code: 'run.cancelled', args: {}, severity: 'error' };
    const wrong: readonly (readonly [field: string, line: unknown])[] = [
      ['', 'text'],
      ['', [1]],
      ['', null],
      ['timestamp', { type: 'run:cancelled', runId, sequenceNumber: 2, durationMs: 1 }],
      ['sequenceNumber', { ...envelope, sequenceNumber: '2', type: 'run:cancelled', durationMs: 1 }],
      ['type', { ...envelope, type: 'constructor' }],
      ['type', { ...envelope, type: 7 }],
      ['ref', { ...envelope, type: 'node:started', nodeId: 'web', action: 'create' }],
      ['ref.name', { ...envelope, type: 'node:started', nodeId: 'web', action: 'create', ref: { ...ref, name: 3 } }],
      ['action', { ...envelope, type: 'node:started', nodeId: 'web', action: 'destroy', ref }],
      ['status.state', { ...envelope, type: 'node:status', nodeId: 'web', status: { state: 'splendid', message: '', ready: 1, desired: 1 } }],
      ['problem.args.name', { ...envelope, type: 'run:failed', durationMs: 1, problem: { ...problem, args: { name: {} } } }],
      ['counts.create', { ...started(runId, clock), counts: { ...counts, create: '1' } }],
      ['target.label', { ...started(runId, clock), target: { ...target, label: undefined } }],
      ['refs[1].apiVersion', { ...envelope, type: 'human_gate:paused', nodeId: '', gateId: 'prune', gateType: 'approval', refs: [ref, {}] }],
      ['expiresAt', { ...envelope, type: 'human_gate:paused', nodeId: '', gateId: 'prune', gateType: 'approval', refs: [], expiresAt: 'soon' }],
    ];
    for (const [field, line] of wrong) {
      const text = `${JSON.stringify(started(runId, clock))}\n${JSON.stringify(line)}\n${JSON.stringify({ ...envelope, type: 'run:cancelled', durationMs: 1 })}\n`;
      const journal = journalFromText('shop', runId, text);
      expect([line, journal.damagedLines, journal.damage]).toEqual([line, 1, { file: journalPath('shop', runId), line: 2, field }]);
      expect(journal.events.map(({ type }) => type)).toEqual(['run:started', 'run:cancelled']);
    }
    await files.append(journalPath('shop', runId), '{"type":"node:failed"}\n');
    expect((await listRuns(files, 'shop'))[0]?.damage).toEqual({ file: journalPath('shop', runId), line: 2, field: 'runId' });
  });

  test('of a run that is still alive are left alone', async () => {
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const runId = await journalOf(files, clock);
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([]);
    await clock.advance(leaseMs - 1000);
    await writeLease(files, clock, 'shop', runId);
    await clock.advance(2000);
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([]);
    await clock.advance(leaseMs);
    expect(await closeCrashedRuns(files, clock, 'shop')).toEqual([runId]);
  });

  test('stay out of git', async () => {
    const files = new MemoryFiles();
    await hideRunsFromGit(files);
    await hideRunsFromGit(files);
    expect(files.contents.get('.kubeorch/runs/.gitignore')).toBe('*\n');
  });
});
