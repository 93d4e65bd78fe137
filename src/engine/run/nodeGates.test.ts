import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal, leftOutOf } from '../../shared/runEvent';
import { DeployRig } from '../../testing/deployRig';
import { journalFromText, journalPath } from '../journal';
import { closeCrashedRuns } from './closeCrashedRuns';
import type { GivenAnswer } from './gates';
import { resolveGate } from './gates';

/** A database, a question about it, what waits for the answer, and what does not. */
const shop = (gate = 'message: Is the database as it should be?'): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  db: { type: deployment, image: postgres:15 }
  look: { type: gate, ${gate} }
  between: { type: configmap, data: { K: v } }
  web: { type: deployment, image: nginx:1 }
  other: { type: configmap, data: { A: b } }
edges:
  - look -> db
  - web -> look
`;
let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
});
afterEach(() => rig.dispose());

const answer = (given: Partial<GivenAnswer>, gateId = 'gate-look') =>
  resolveGate(rig.files, rig.clock, { workflow: 'shop', runId: 'r', gateId }, { decision: 'approved', decidedBy: 'ada', ...given });
const completed = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'node:completed' ? [event.nodeId] : [])).sort();
const written = () => rig.files.contents.get(journalPath('shop', 'r')) ?? '';
const pause = (gate?: string) => rig.deploy(shop(gate), { runId: 'r' });

describe('a gate of the file', () => {
  test('is in the plan with what it holds, makes no object, and is part of the digest', async () => {
    const { plan, members } = await rig.plan(shop());
    expect(plan.gates).toMatchObject([
      { nodeId: 'look', gateType: 'approval', message: 'Is the database as it should be?', timeoutAction: 'reject', holds: ['web'], refs: [{ name: 'web' }] },
    ]);
    expect(members.map(({ name }) => name).sort()).toEqual(['between', 'db', 'other', 'web']);
    expect((await rig.plan(shop('message: Another question?'))).plan.digest).not.toBe(plan.digest);
  });

  test('is asked when what it depends on is ready; what is behind it waits, and nothing else', async () => {
    const events = await pause();
    expect(completed(events)).toEqual(['between', 'db', 'other']);
    const asked = events.filter((event) => event.type === 'human_gate:paused');
    expect(asked).toMatchObject([{ nodeId: 'look', gateId: 'gate-look', gateType: 'approval', message: 'Is the database as it should be?' }]);
    expect(asked[0]).not.toHaveProperty('approval');
    const ready = events.findIndex((event) => event.type === 'node:status' && event.nodeId === 'db' && event.status.state === 'healthy');
    expect(ready).toBeGreaterThan(-1);
    expect(events.findIndex((event) => event.type === 'human_gate:paused')).toBeGreaterThan(ready);
    expect(events.at(-1)).toMatchObject({ type: 'run:paused', pendingGateCount: 1, gateIds: ['gate-look'] });

    await answer({});
    expect(await answer({ decidedBy: 'grace' })).toMatchObject({ decidedBy: 'ada' });
    const rest = await rig.resume('shop', 'r');
    expect(completed(rest)).toEqual(['web']);
    expect(rest.at(-1)).toMatchObject({ type: 'run:completed', applied: 4 });
    expect(rest.at(-1)).not.toHaveProperty('leftOut');
    expect(journalFromText('shop', 'r', written()).events.filter(isTerminal)).toHaveLength(1);
    // Nothing is behind it any more that would wait.
    const again = await rig.plan(shop());
    expect(again.plan.gates).toBeUndefined();
    expect((await rig.deploy(shop())).at(-1)).toMatchObject({ type: 'run:completed', applied: 0 });
  });

  test('that was answered with no leaves out what is behind it and does not fail the run', async () => {
    await pause();
    await answer({ decision: 'rejected' });
    const events = await rig.resume('shop', 'r');
    expect(events.filter((event) => event.type === 'node:skipped' && event.reason !== 'unchanged')).toMatchObject([
      { nodeId: 'look', reason: 'gate_rejected', because: 'gate-look' },
      { nodeId: 'web', reason: 'upstream_unreachable', because: 'look' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', leftOut: 1 });
    expect(leftOutOf(journalFromText('shop', 'r', written()).events)).toMatchObject([{ kind: 'Deployment', name: 'web' }]);
  });

  test('holds what is behind an unchanged node, too, and no approval given beforehand opens it', async () => {
    const text = shop().replace('  - web -> look\n', '  - { from: api, to: look, ready: applied }\n  - { from: web, to: api, ready: applied }\n');
    const both = text.replace('  web:', '  api: { type: deployment, image: api:1 }\n  web:');
    await rig.deploy(both, { runId: 'r' });
    await answer({});
    await rig.resume('shop', 'r');
    const changed = both.replace('nginx:1', 'nginx:2');
    const { plan } = await rig.plan(changed);
    expect(plan.gates).toMatchObject([{ holds: ['web'] }]);
    const events = await rig.deploy(changed, { runId: 's', allow: ['replace', 'prune', 'data-loss'], approvedDigest: plan.digest });
    expect(completed(events)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run:paused', gateIds: ['gate-look'] });
  });

  test('asks nothing when what it depends on failed', async () => {
    const events = await rig.deploy(shop().replace('postgres:15', 'postgres:does-not-exist'), { runId: 'r', timeoutMs: 1500 });
    expect(events.filter((event) => event.type === 'human_gate:paused')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run:failed' });
  });
});

describe('an answer to a gate of the file', () => {
  test('is of the kind that it asks for: a review needs words, an approval takes no values', async () => {
    await pause('gateType: review, message: What did you see?');
    await expect(answer({})).rejects.toMatchObject({ problem: { code: 'run.invalidDecision', args: { wanted: 'a comment with the answer' } } });
    await expect(answer({ decision: 'input_provided', comment: 'x' })).rejects.toMatchObject({ problem: { code: 'run.invalidDecision' } });
    await answer({ comment: 'all tables are there' });
    expect((await rig.resume('shop', 'r')).find((event) => event.type === 'human_gate:resumed')).toMatchObject({ comment: 'all tables are there' });
  });

  test('gives the values that are asked for, and no other', async () => {
    await pause('gateType: input, message: Which?, inputs: [{ name: ticket }, { name: window, required: false, options: [day, night] }]');
    const given = (payload: Readonly<Record<string, string>>) => answer({ decision: 'input_provided', payload });
    const refused = (wanted: string) => ({ problem: { code: 'run.invalidDecision', args: { wanted } } });
    await expect(given({})).rejects.toMatchObject(refused('a value for ticket'));
    await expect(given({ ticket: 'x'.repeat(1001) })).rejects.toMatchObject(refused('a value for ticket of at most 1000 characters'));
    await expect(given({ ticket: '1', window: 'noon' })).rejects.toMatchObject(refused('one of day, night for window'));
    await expect(given({ ticket: '1', toString: 'x' })).rejects.toMatchObject(refused('values for ticket, window and for no other'));
    await expect(answer({})).rejects.toMatchObject(refused('values for ticket, window'));
    await given({ ticket: 'CHG-1', window: 'night' });
    const events = await rig.resume('shop', 'r');
    expect(events.find((event) => event.type === 'human_gate:resumed')).toMatchObject({
      decision: 'input_provided',
      payload: { ticket: 'CHG-1', window: 'night' },
    });
    expect(completed(events)).toEqual(['web']);
  });

  test('counts from whom the gate is for: a user, or a group', async () => {
    await pause('message: Go on?, assignee: owners');
    await expect(answer({})).rejects.toMatchObject({ problem: { code: 'run.gateAssignee', args: { assignee: 'owners', user: 'ada' } } });
    await answer({ groups: ['owners'] });
  });

  test('is made by time: approved where the gate says so, else the run ends as failed, unless somebody answered before', async () => {
    await pause('message: Go on?, timeoutMs: 60000, timeoutAction: approve');
    const late = { ...rig.clock, now: () => rig.clock.now() + 120_000 };
    expect(await closeCrashedRuns(rig.files, late, 'shop')).toEqual([]);
    await expect(
      resolveGate(rig.files, late, { workflow: 'shop', runId: 'r', gateId: 'gate-look' }, { decision: 'rejected', decidedBy: 'ada' }),
    ).rejects.toMatchObject({ problem: { code: 'run.gateAnswered', args: { by: 'timeout' } } });
    const events = await rig.resume('shop', 'r', { clock: late });
    expect(events.find((event) => event.type === 'human_gate:resumed')).toMatchObject({ decision: 'approved', decidedBy: 'timeout' });
    expect(completed(events)).toEqual(['web']);
  });

  test('in time stands although nobody went on before the time was over; without one the run is closed', async () => {
    const late = { ...rig.clock, now: () => rig.clock.now() + 120_000 };
    await pause('message: Go on?, timeoutMs: 60000');
    await answer({});
    expect(await closeCrashedRuns(rig.files, late, 'shop')).toEqual([]);
    await rig.deploy(shop('message: Go on?, timeoutMs: 60000').replace('nginx:1', 'nginx:2'), { runId: 's' });
    expect(await closeCrashedRuns(rig.files, late, 'shop')).toEqual(['s']);
  });
});
