import { expect, test } from 'vitest';
import type { RunEventBody } from '../../shared/runEvent';
import { journalFromText } from '../journal';
import { runDetail } from './runDetail';

const ref = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name });
const problem = { code: 'cluster.error', args: { detail: 'busy' }, severity: 'error' } as const;
const cost = { cpuCores: 1, memoryBytes: 1, storageBytes: 0, currency: 'EUR' };
const started = {
  type: 'run:started',
  workflow: 'shop',
  version: 3,
  digest: 'd',
  target: { label: 'dev', sandbox: false, context: 'dev', server: 'https://dev', clusterUid: 'u', namespace: 'shop', protected: false },
  triggeredBy: 'cli',
  counts: { create: 3, change: 0, replace: 0, adopt: 0, conflict: 0, delete: 0, unchanged: 0, 'left-running': 0, blocked: 0 },
} as const satisfies RunEventBody;

/** A journal with one event a second. */
function journal(bodies: readonly RunEventBody[], tail = '') {
  const lines = bodies.map((body, index) => {
    const envelope = { runId: 'r', timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), sequenceNumber: index + 1 };
    return `${JSON.stringify({ ...envelope, ...body })}\n`;
  });
  return journalFromText('shop', 'r', lines.join('') + tail);
}

test('a run is told by its nodes: objects, time from the first to the last, attempts, and why one failed or was skipped', () => {
  const detail = runDetail(
    journal([
      started,
      { type: 'node:started', nodeId: 'many', ref: ref('a'), action: 'create' },
      { type: 'node:completed', nodeId: 'many', ref: ref('a'), action: 'create', durationMs: 900, resourceVersion: '1' },
      { type: 'node:started', nodeId: 'many', ref: ref('b'), action: 'change' },
      { type: 'node:completed', nodeId: 'many', ref: ref('b'), action: 'change', durationMs: 800, resourceVersion: '2' },
      { type: 'cost:updated', nodeId: 'many', ...cost, costMicrocents: 5, cumulativeCostMicrocents: 5 },
      { type: 'node:started', nodeId: 'bad', ref: ref('c'), action: 'create', timeoutMs: 60_000, retry: { max: 3, backoff: 'linear', ms: 500 } },
      { type: 'node:retrying', nodeId: 'bad', attemptNumber: 2, delayMs: 1000, problem },
      { type: 'node:failed', nodeId: 'bad', ref: ref('c'), problem },
      { type: 'node:skipped', nodeId: 'behind', reason: 'upstream_unreachable', because: 'bad' },
      { type: 'run:warning', problem },
      { type: 'run:failed', durationMs: 10_000, problem },
    ]),
  );
  expect(detail).toMatchObject({ status: 'failed', durationMs: 10_000, warnings: [problem], damagedLines: 0 });
  expect(detail?.nodes).toMatchObject([
    {
      nodeId: 'many',
      state: 'done',
      durationMs: 3000,
      attempts: 1,
      cost: { costMicrocents: 5, currency: 'EUR' },
      objects: [{ action: 'create' }, { action: 'change', durationMs: 800 }],
    },
    { nodeId: 'bad', state: 'failed', durationMs: 2000, attempts: 2, options: { timeoutMs: 60_000, retry: { max: 3 } }, problem, objects: [] },
    { nodeId: 'behind', state: 'skipped', reason: 'upstream_unreachable' },
  ]);
});

test('a node that was applied and did not become ready is the one that failed', () => {
  const late = { code: 'run.notReady', args: { seconds: '3', what: 'api' }, severity: 'error', nodeId: 'api' } as const;
  const nodes = runDetail(
    journal([
      started,
      { type: 'node:started', nodeId: 'api', ref: ref('a'), action: 'create' },
      { type: 'node:completed', nodeId: 'api', ref: ref('a'), action: 'create', durationMs: 9, resourceVersion: '1' },
      { type: 'node:skipped', nodeId: 'web', reason: 'upstream_unreachable', because: 'api' },
      { type: 'run:failed', durationMs: 10_000, problem: late },
    ]),
  )?.nodes;
  expect(nodes).toMatchObject([
    { nodeId: 'api', state: 'failed', problem: late },
    { nodeId: 'web', state: 'skipped' },
  ]);
});

test('a question that was answered beforehand has an answer and was never asked; a torn line is counted', () => {
  const answer = { decision: 'approved', decidedBy: 'ada', decidedAt: '2026-01-01T00:00:01.000Z' } as const;
  const detail = runDetail(journal([started, { type: 'human_gate:resumed', nodeId: 'db', gateId: 'replace-db', ...answer }], '{"type":"run:com'));
  expect(detail).toMatchObject({ status: 'running', damagedLines: 1 });
  expect(detail?.gates).toEqual([{ gateId: 'replace-db', nodeId: 'db', answer }]);
  expect(runDetail(journal([]))).toBeUndefined();
});
