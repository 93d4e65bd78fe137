import { describe, expect, test, vi } from 'vitest';
import type { RunEvent, RunEventBody } from '../../shared/runEvent';
import { VirtualClock } from '../../testing/virtualClock';
import { endWords } from './endWords';
import { RunItem } from './runItem';

const item = vi.hoisted(() => ({ text: '', tooltip: '', shown: false }));
vi.mock('vscode', () => ({
  l10n: {
    t: (text: string, ...args: readonly unknown[]) => args.reduce<string>((words, arg, index) => words.replace(`{${String(index)}}`, String(arg)), text),
  },
  window: { createStatusBarItem: () => Object.assign(item, { show: () => (item.shown = true), hide: () => (item.shown = false), dispose: () => undefined }) },
  StatusBarAlignment: { Right: 2 },
}));

const target = { label: 'dev', sandbox: false, context: 'dev', server: 'https://dev', clusterUid: 'u', namespace: 'shop', protected: false };
const counts = { create: 1, change: 0, replace: 0, adopt: 0, conflict: 0, delete: 0, unchanged: 0, 'left-running': 0, blocked: 0 };
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'old' };
const events = (...bodies: readonly RunEventBody[]): readonly RunEvent[] =>
  bodies.map((body, index) => ({ runId: 'r', timestamp: '2026-03-01T12:00:00.000Z', sequenceNumber: index + 1, ...body }));
const started = (asked: object = {}): RunEventBody => ({
  ...{ type: 'run:started', workflow: 'shop', version: 1, digest: 'd', target, triggeredBy: 'manual', counts, asked },
});
const completed = (more: object): RunEventBody => ({ type: 'run:completed', durationMs: 1, applied: 1, unchanged: 0, ready: true, ...more });

function ended(end: RunEventBody, ...before: readonly RunEventBody[]): ReturnType<typeof endWords> {
  const all = events(...before, end);
  const last = all.at(-1);
  if (last === undefined) throw new Error('no event');
  return endWords('shop', last, all);
}

describe('the end of a run is told as what it is', () => {
  test('a success only when all of it is done and ready', () => {
    expect(ended(completed({}), started())).toEqual({ isPart: false, text: "Workflow deployed: 'shop' deployed successfully." });
    expect(ended(completed({ ready: false, notReady: 'web (ImagePullBackOff)' }), started())).toEqual({
      isPart: true,
      text: "Workflow deployed in part: 'shop' is applied. Not ready yet: web (ImagePullBackOff).",
    });
  });

  test('what answers left out is named, where all of it is known', () => {
    const answered: readonly RunEventBody[] = [
      { type: 'human_gate:paused', nodeId: '', gateId: 'prune', gateType: 'approval', approval: 'prune', refs: [ref] },
      { type: 'human_gate:resumed', nodeId: '', gateId: 'prune', decision: 'rejected', decidedBy: 'ada', decidedAt: '2026-03-01T12:00:00.000Z' },
    ];
    expect(ended(completed({ leftOut: 1 }), started(), ...answered).text).toBe(
      "Workflow deployed in part: 'shop' is applied. Left out after an answer: ConfigMap old.",
    );
    // Others were left out with it, of which no gate speaks.
    expect(ended(completed({ leftOut: 3 }), started(), ...answered).text).toMatch(/Left out after an answer: 3\.$/);
    expect(ended(completed({ leftOut: 1 }), started({ purpose: 'delete' })).text).toBe(
      "Workflow deleted in part: 'shop' is not all off dev. Left out after an answer: 1.",
    );
  });

  test('the status bar says so too', () => {
    const bar = new RunItem(new VirtualClock());
    const end = (more: object) => events(completed(more))[0];
    const show = (ended: RunEvent | undefined): void => {
      bar.show({ running: 1, waiting: 0 });
      bar.show({ running: 0, waiting: 0, ...(ended === undefined ? {} : { ended }) });
    };
    show(end({}));
    expect(item.text).toBe('$(pass) Run completed');
    show(end({ ready: false, notReady: 'web' }));
    expect([item.text, item.tooltip]).toEqual(['$(warning) Run completed in part', 'Not ready yet: web.']);
    bar.dispose();
  });
});
