import { expect, test } from 'vitest';
import type { Target } from '../../shared/plan';
import type { RunEventBody } from '../../shared/runEvent';
import { MemoryFiles } from '../../testing/memoryFiles';
import { journalPath } from '../journal';
import { lastKnownStatuses } from './lastKnown';

const target = (context: string): Target => ({ label: context, sandbox: false, context, server: 's', clusterUid: 'u', namespace: 'shop', protected: false });

async function journal(files: MemoryFiles, runId: string, context: string, ...bodies: readonly RunEventBody[]): Promise<void> {
  const started = { type: 'run:started', workflow: 'shop', version: 1, digest: 'd', target: target(context), triggeredBy: 'manual', counts: {} };
  const lines = [started, ...bodies].map((body, index) =>
    JSON.stringify({ runId, timestamp: `2026-03-01T12:00:0${String(index)}.000Z`, sequenceNumber: index + 1, ...body }),
  );
  await files.append(journalPath('shop', runId), `${lines.join('\n')}\n{"cut`);
}

test('the last run that looked at this target tells how each node did, and since when that is old', async () => {
  const files = new MemoryFiles();
  const status = (nodeId: string, state: 'healthy' | 'error', message: string): RunEventBody => ({
    type: 'node:status',
    nodeId,
    status: { state, message, ready: 1, desired: 2 },
  });
  await journal(files, '20260301t100000z-a', 'prod', status('web', 'error', 'of an earlier run'));
  await journal(files, '20260301t110000z-b', 'prod', status('web', 'error', 'first'), status('db', 'healthy', 'fine'), status('web', 'healthy', 'then'));
  await journal(files, '20260301t120000z-c', 'elsewhere', status('web', 'error', 'not here'));
  expect(await lastKnownStatuses(files, 'shop', ({ context }) => context === 'prod')).toEqual({
    web: { state: 'healthy', message: 'then', ready: 1, desired: 2, staleSince: '2026-03-01T12:00:03.000Z' },
    db: { state: 'healthy', message: 'fine', ready: 1, desired: 2, staleSince: '2026-03-01T12:00:02.000Z' },
  });
  expect(await lastKnownStatuses(files, 'shop', () => false)).toEqual({});
  expect(await lastKnownStatuses(files, 'another', () => true)).toEqual({});
});

test('what somebody wrote into a journal is shown only as far as it is a status', async () => {
  const files = new MemoryFiles();
  const odd = (nodeId: string, status: object): RunEventBody => ({ type: 'node:status', nodeId, status }) as RunEventBody;
  await journal(
    files,
    'r',
    'prod',
    odd('a', { state: 'splendid', message: '', ready: 0, desired: 0 }),
    odd('b', { state: 'healthy', message: { html: 1 }, ready: 0, desired: 0 }),
    odd('c', { state: 'error', message: 'red\u001b[31m\nline', reason: 'x', ready: 0, desired: 0, more: 'lies' }),
  );
  expect(await lastKnownStatuses(files, 'shop', () => true)).toEqual({
    c: { state: 'error', message: 'red [31m line', reason: 'x', ready: 0, desired: 0, staleSince: '2026-03-01T12:00:03.000Z' },
  });
});
