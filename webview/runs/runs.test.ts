import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Problem } from '../../src/shared/problem';
import type { RunEvent, RunEventBody } from '../../src/shared/runEvent';
import { lineOfPlan, lineOfProgress, lineOfStatus } from '../canvas/nodes/statusWords';
import { textFrom } from '../ui/texts';
import { eventLine } from './eventLine';
import { tellingEvents } from './tellingEvents';
import { targetState } from './targetState';
import { shortDuration } from './times';

const text = textFrom({});
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'x', name: 'web' };
const problem: Problem = { code: 'cluster.timeout', args: { seconds: '5', what: 'web' }, severity: 'error' };
const event = (sequenceNumber: number, body: RunEventBody): RunEvent => ({ runId: 'r', timestamp: '2026-11-21T10:00:00.000Z', sequenceNumber, ...body });
const started = event(1, { type: 'node:started', nodeId: 'web', ref, action: 'create' });
const failed = event(2, { type: 'node:failed', nodeId: 'web', ref, problem });

describe('the lines of a run', () => {
  it('tell that a node was begun only until more is known of it', () => {
    expect(tellingEvents([started])).toEqual([started]);
    expect(tellingEvents([started, failed])).toEqual([failed]);
  });

  it('leave out what a node was before the run reached it', () => {
    const status = (sequenceNumber: number, state: NodeStatus['state']): RunEvent =>
      event(sequenceNumber, { type: 'node:status', nodeId: 'web', status: { state, message: '', ready: 0, desired: 1 } });
    const completed = event(4, { type: 'node:completed', nodeId: 'web', ref, action: 'create', durationMs: 1, resourceVersion: '1' });
    expect(tellingEvents([status(1, 'missing'), started, completed, status(5, 'healthy')])).toEqual([completed, status(5, 'healthy')]);
    expect(tellingEvents([status(1, 'error')])).toHaveLength(1);
  });

  it('say what happened in words', () => {
    expect(eventLine(failed, text)).toEqual({ icon: 'error', tone: 'bad', subject: 'web', words: 'Timed out after 5 s waiting for web.' });
    expect(eventLine(event(3, { type: 'node:retrying', nodeId: 'web', attemptNumber: 2, delayMs: 5000, problem }), text).words).toBe(
      'attempt 2 in 5.0 s: Timed out after 5 s waiting for web.',
    );
    expect(eventLine(event(4, { type: 'run:completed', durationMs: 12_345, applied: 3, unchanged: 1, ready: true }), text).words).toBe(
      'Done in 12 s: 3 applied, 1 unchanged',
    );
  });

  it('tell a run that did not do all of it from one that did', () => {
    const end = (more: object): RunEvent => event(4, { type: 'run:completed', durationMs: 12_345, applied: 3, unchanged: 1, ready: false, ...more });
    expect(eventLine(end({ notReady: 'web (ImagePullBackOff)' }), text)).toMatchObject({
      tone: 'warn',
      words: 'Done in 12 s: 3 applied, 1 unchanged · not ready yet: web (ImagePullBackOff)',
    });
    expect(eventLine(end({ ready: true, leftOut: 2 }), text)).toMatchObject({
      tone: 'warn',
      words: 'Done in 12 s: 3 applied, 1 unchanged · left out after an answer: 2',
    });
    // Nobody waited, so nothing is said to be late.
    expect(eventLine(end({}), text)).toMatchObject({ tone: 'good' });
  });

  it('tell what was said with an answer and what was given, on one line', () => {
    const answered = { type: 'human_gate:resumed', nodeId: 'look', gateId: 'gate-look', decidedBy: 'ada', decidedAt: '2026-11-21T10:00:00.000Z' } as const;
    expect(eventLine(event(5, { ...answered, decision: 'rejected', comment: 'Not\nbefore \u202emonday' }), text).words).toBe(
      'gate-look rejected by ada · “Not before monday”',
    );
    expect(eventLine(event(6, { ...answered, decision: 'input_provided', payload: { ticket: 'CHG-1', window: '<b>night</b>' } }), text).words).toBe(
      'gate-look answered by ada · ticket: CHG-1 · window: <b>night</b>',
    );
  });

  it('write durations as short as they are', () => {
    expect([shortDuration(3.4), shortDuration(1500), shortDuration(61_000)]).toEqual(['3 ms', '1.5 s', '61 s']);
  });
});

describe('the foot of a card', () => {
  const status: NodeStatus = { state: 'error', message: 'Back-off pulling image', reason: 'ImagePullBackOff', ready: 0, desired: 1 };

  it('says the state, and its reason unless all is well', () => {
    expect(lineOfStatus(status, text)).toMatchObject({ tone: 'bad', label: 'Error', detail: 'ImagePullBackOff' });
    expect(lineOfStatus({ ...status, state: 'healthy' }, text).detail).toBe('');
    expect(lineOfStatus(undefined, text).label).toBe('Not deployed');
    // What never came is awaited; what went is a loss, and says so.
    const missing = { state: 'missing', message: 'Not on the cluster', ready: 0, desired: 0 } as const;
    expect(lineOfStatus(missing, text)).toMatchObject({ label: 'Not deployed', tone: 'quiet', detail: '' });
    expect(lineOfStatus({ ...missing, message: 'Deleted from the cluster', reason: 'Deleted' }, text)).toMatchObject({
      label: 'Missing',
      tone: 'bad',
      detail: 'Deleted',
    });
    expect(lineOfStatus({ ...missing, staleSince: '2026-03-01T12:00:00Z' }, text).label).toMatch(/^Stale since/);
  });

  it('says what a plan would do and to how many fields', () => {
    expect(lineOfPlan({ action: 'change', effect: 'in-place', changes: 2 }, text)).toMatchObject({ label: 'Change', detail: '2 fields' });
    expect(lineOfPlan({ action: 'change', effect: 'rolling', changes: 1 }, text)).toMatchObject({ label: 'Change', detail: 'new pods, 1 field' });
    expect(lineOfPlan({ action: 'replace', effect: 'data-loss', changes: 1 }, text)).toMatchObject({
      label: 'Replace',
      tone: 'bad',
      detail: 'loses data, 1 field',
    });
    expect(lineOfPlan({ action: 'create', effect: 'create', changes: 9 }, text).detail).toBe('');
  });

  it('says how far a run is, and gives way to the live status once a node is applied', () => {
    const live = (state: NodeStatus['state']): NodeStatus => ({ state, message: '', ready: 0, desired: 1 });
    expect(lineOfProgress(undefined, true, text)?.label).toBe('Queued');
    expect(lineOfProgress({ phase: 'applying' }, true, text)?.label).toBe('Applying');
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, true, text)).toMatchObject({ label: 'Applied', detail: 'not ready yet' });
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, true, text, live('healthy'))).toBeUndefined();
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, true, text, live('error'))).toBeUndefined();
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, true, text, { ...live('pending'), reason: 'Unschedulable' })).toBeUndefined();
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, true, text, live('pending'))?.label).toBe('Applied');
    expect(lineOfProgress({ phase: 'applied', durationMs: 1 }, false, text)).toBeUndefined();
    expect(lineOfProgress({ phase: 'retrying', attempt: 2, problem }, true, text)?.label).toBe('Attempt 2');
    expect(lineOfProgress({ phase: 'answered', by: 'ada', isNo: true }, false, text)?.label).toBe('Rejected');
    expect(lineOfProgress({ phase: 'failed', problem }, false, text)).toMatchObject({ label: 'Failed', detail: 'Timed out after 5 s waiting for web.' });
    expect(lineOfProgress({ phase: 'skipped', reason: 'unchanged' }, true, text)).toBeUndefined();
    expect(lineOfProgress(undefined, false, text)).toBeUndefined();
  });
});

describe('what was chosen as target', () => {
  const target = { label: 'prod', sandbox: false, context: 'prod', server: 'https://127.0.0.1', clusterUid: 'u', namespace: 'n', protected: false };
  const down = { connected: false };
  const refused = { connected: false, error: 'The cluster does not know you (401).' };

  it('counts as chosen, whether it can be reached or not', () => {
    expect(targetState(null, null, down)).toBe('none');
    expect(targetState(null, 'prod', down)).toBe('connecting');
    expect(targetState(null, 'prod', refused)).toBe('failed');
    expect(targetState(null, 'prod', { ...refused, staleSince: '2026-11-29T13:00:00Z' })).toBe('stale');
    expect(targetState(target, 'prod', refused)).toBe('connecting');
    expect(targetState(target, 'prod', { connected: true })).toBe('live');
    // What is said of the target before counts for none after it.
    expect(targetState(null, 'other', { connected: true })).toBe('connecting');
  });
});
