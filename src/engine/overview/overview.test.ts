import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { RunStatus } from '../../shared/runEvent';
import { emptyWorkflow } from '../../shared/workflow';
import { overviewFigures, placesOf, successRate } from './figures';
import { runRecords } from './runRecords';

const nowMs = Date.parse('2026-03-31T12:00:00.000Z');
const daysAgo = (days: number): string => new Date(nowMs - days * 24 * 60 * 60 * 1000).toISOString();
const run = (status: RunStatus, days: number) => ({ status, startedAt: daysAgo(days) });

describe('the figures of the overview', () => {
  it('count workflows and runs, and compare the last thirty days with the thirty before', () => {
    const runs = [
      run('completed', 1),
      run('completed', 2),
      run('failed', 3),
      run('cancelled', 4),
      run('completed', 40),
      run('failed', 41),
      run('completed', 200),
    ];
    expect(overviewFigures([{ status: 'published' }, { status: 'draft' }], runs, nowMs)).toEqual([
      { name: 'workflows', value: 2, change: null },
      { name: 'published', value: 1, change: null },
      { name: 'runs', value: 7, change: 2 },
      // 4 of 6 in all; 2 of 3 lately against 1 of 2 before.
      { name: 'success', value: 66.7, change: 16.7 },
    ]);
  });

  it('say nothing where there is nothing to compare', () => {
    expect(overviewFigures([], [], nowMs).map(({ value, change }) => [value, change])).toEqual([
      [0, null],
      [0, null],
      [0, null],
      [null, null],
    ]);
    expect(successRate([{ status: 'cancelled' }, { status: 'running' }])).toBeNull();
  });
});

function memoryFiles(contents: Readonly<Record<string, string>>): MemoryFiles {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(contents)) files.contents.set(path, text);
  return files;
}

const target = { label: 'staging', sandbox: false, context: 'kind', server: 's', clusterUid: 'u', namespace: 'shop', environment: 'staging', protected: false };
const journal = (events: readonly object[]): string =>
  `${events.map((event, index) => JSON.stringify({ sequenceNumber: index + 1, runId: 'r', ...event })).join('\n')}\n`;
const started = (runId: string, at: string, place: object = target) => ({
  type: 'run:started',
  runId,
  timestamp: at,
  workflow: 'shop',
  version: 3,
  digest: 'd',
  triggeredBy: 'manual',
  counts: {},
  target: place,
});
const seen = (nodeId: string, state: string, at: string) => ({
  type: 'node:status',
  runId: 'r',
  timestamp: at,
  nodeId,
  status: { state, message: '', ready: 0, desired: 0 },
});

describe('runs and places of the overview', () => {
  it('reads a journal that has ended only once, and one that goes on each time', async () => {
    const files = memoryFiles({
      '.kubeorch/runs/shop/1-a.ndjson': journal([
        started('1-a', daysAgo(2)),
        seen('web', 'healthy', daysAgo(2)),
        { type: 'run:completed', timestamp: daysAgo(2), durationMs: 5, applied: 1, unchanged: 0, ready: true },
      ]),
      '.kubeorch/runs/shop/2-b.ndjson': journal([started('2-b', daysAgo(1)), seen('web', 'pending', daysAgo(1))]),
      '.kubeorch/runs/shop/3-c.ndjson': 'no journal\n{"type":"run:started"}\n',
    });
    const first = await runRecords(files, 'shop', new Map());
    expect(first.map(({ summary, ended }) => [summary.runId, summary.status, ended])).toEqual([
      ['2-b', 'running', false],
      ['1-a', 'completed', true],
    ]);
    const again = await runRecords(files, 'shop', new Map(first.map((record) => [record.summary.runId, record])));
    expect(again[1]).toBe(first[1]);
    expect(again[0]).not.toBe(first[0]);
  });

  it('shows of each place what its last run saw, as stale, and only of nodes that the file still has', async () => {
    const sandbox = { ...target, label: 'sandbox', sandbox: true, environment: undefined };
    const files = memoryFiles({
      '.kubeorch/runs/shop/1-a.ndjson': journal([started('1-a', daysAgo(9), sandbox), seen('web', 'error', daysAgo(9))]),
      '.kubeorch/runs/shop/2-b.ndjson': journal([started('2-b', daysAgo(3)), seen('web', 'healthy', daysAgo(3)), seen('gone', 'error', daysAgo(3))]),
    });
    const workflow = {
      ...emptyWorkflow('shop'),
      namespace: 'shop',
      nodes: [{ id: 'web', type: 'deployment', data: {} }],
      environments: { staging: { context: 'kind' }, production: { context: 'prod', namespace: 'live', protected: true } },
    };
    const places = placesOf(workflow, { environment: '', cluster: 'sandbox', sandbox: true }, await runRecords(files, 'shop', new Map()));
    expect(
      places.map(({ environment, namespace, current, states, staleSince, lastRun }) => [environment, namespace, current, states, staleSince, lastRun?.runId]),
    ).toEqual([
      ['', 'shop', true, { error: 1 }, daysAgo(9), '1-a'],
      ['staging', 'shop', false, { healthy: 1 }, daysAgo(3), '2-b'],
      ['production', 'live', false, {}, undefined, undefined],
    ]);
    expect(placesOf(workflow, { environment: 'staging', cluster: '', sandbox: false }, []).map(({ environment, current }) => [environment, current])).toEqual([
      ['staging', true],
      ['production', false],
    ]);
  });
});
