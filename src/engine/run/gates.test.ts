import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import { DeployRig } from '../../testing/deployRig';
import { readInventory } from '../inventory';
import { journalFromText, journalPath, listRuns } from '../journal';
import { listVersions, readVersionMeta } from '../versions/versionFiles';
import { closeCrashedRuns } from './closeCrashedRuns';
import { resolveGate } from './gates';
import { readPausedRun } from './pausedRun';

const before = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  old: { type: configmap, data: { K: v } }
  db: { type: deployment, image: postgres:15 }
  web: { type: deployment, image: nginx:1 }
edges:
  - { from: settings, to: db, as: env }
  - { from: web, to: db, ready: applied }
`;
const reselect = (id: string): string =>
  `patch: { spec: { selector: { matchLabels: { app: ${id}, tier: x } }, template: { metadata: { labels: { tier: x } } } } }`;
/** Wave 0: a changed ConfigMap. Wave 1: a replaced database. Wave 2: a changed frontend. Then a deletion. */
const after = before
  .replace(/ {2}old:.*\n/, '')
  .replace('MODE: fast', 'MODE: slow')
  .replace('image: postgres:15', `image: postgres:15, ${reselect('db')}`)
  .replace('nginx:1', 'nginx:2');
const asked = { prune: { named: [] } };
const ref = (kind: string, name: string) => ({ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace: 'default', name });

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  await rig.deploy(before);
});
afterEach(() => rig.dispose());

const resolve = (runId: string, gateId: string, decision: 'approved' | 'rejected', decidedBy = 'ada') =>
  resolveGate(rig.files, rig.clock, { workflow: 'shop', runId, gateId }, { decision, decidedBy });
const written = async (): Promise<readonly RunEvent[]> => journalFromText('shop', 'r', rig.files.contents.get(journalPath('shop', 'r')) ?? '').events;
const pause = () => rig.deploy(after, { runId: 'r' }, asked);

describe('a run that comes to gates', () => {
  test('does what is before them, writes nothing of their wave, and waits without a lock', async () => {
    const db = await rig.cluster.get(ref('Deployment', 'db'));
    const web = await rig.cluster.get(ref('Deployment', 'web'));
    const events = await pause();
    expect(events.filter((event) => event.type === 'node:completed').map((event) => event.nodeId)).toEqual(['settings']);
    expect(events.filter((event) => event.type === 'human_gate:paused')).toMatchObject([
      { gateId: 'replace-db', nodeId: 'db', approval: 'replace', refs: [{ kind: 'Deployment', name: 'db' }] },
      { gateId: 'prune', nodeId: '', approval: 'prune', refs: [{ kind: 'ConfigMap', name: 'old' }] },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run:paused', pendingGateCount: 2, gateIds: ['replace-db', 'prune'] });
    expect(events.filter(isTerminal)).toEqual([]);
    expect((await rig.cluster.get(ref('Deployment', 'db')))?.metadata.uid).toBe(db?.metadata.uid);
    expect((await rig.cluster.get(ref('Deployment', 'web')))?.metadata.generation).toBe(web?.metadata.generation);
    expect((await readInventory(rig.cluster, 'shop', 'default')).lock).toBeUndefined();
    expect((await listRuns(rig.files, 'shop'))[0]).toMatchObject({ runId: 'r', status: 'paused' });
  });

  test('goes on after each answer in one journal, and ends once', async () => {
    const db = await rig.cluster.get(ref('Deployment', 'db'));
    await pause();
    await resolve('r', 'replace-db', 'approved');
    const second = await rig.resume('shop', 'r');
    expect(second.filter((event) => event.type === 'node:completed').map((event) => event.nodeId)).toEqual(['db', 'web']);
    expect(second.at(-1)).toMatchObject({ type: 'run:paused', gateIds: ['prune'] });
    expect((await rig.cluster.get(ref('Deployment', 'db')))?.metadata.uid).not.toBe(db?.metadata.uid);
    await resolve('r', 'prune', 'approved', 'grace');
    const last = await rig.resume('shop', 'r');
    expect(last.at(-1)).toMatchObject({ type: 'run:completed', applied: 4, unchanged: 0 });
    expect(await rig.cluster.get(ref('ConfigMap', 'old'))).toBeUndefined();
    const events = await written();
    expect(events.map((event) => event.sequenceNumber)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(isTerminal)).toHaveLength(1);
    expect(events.filter((event) => event.type === 'human_gate:resumed')).toMatchObject([
      { gateId: 'replace-db', decision: 'approved', decidedBy: 'ada' },
      { gateId: 'prune', decision: 'approved', decidedBy: 'grace' },
    ]);
    expect((await rig.plan(after, asked)).plan.counts).toMatchObject({ unchanged: 3, delete: 0 });
  });

  test('leaves out what was rejected, and what needs it', async () => {
    const db = await rig.cluster.get(ref('Deployment', 'db'));
    await pause();
    await resolve('r', 'replace-db', 'rejected');
    await resolve('r', 'prune', 'rejected');
    const events = await rig.resume('shop', 'r');
    expect(events.filter((event) => event.type === 'node:skipped')).toMatchObject([
      { nodeId: 'db', reason: 'gate_rejected', because: 'replace-db' },
      { nodeId: 'web', reason: 'upstream_unreachable', because: 'db' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    expect((await rig.cluster.get(ref('Deployment', 'db')))?.metadata.uid).toBe(db?.metadata.uid);
    expect(await rig.cluster.get(ref('ConfigMap', 'old'))).toBeDefined();
  });

  test('fails instead of doing something else than what was asked about', async () => {
    await pause();
    await resolve('r', 'replace-db', 'approved');
    await rig.cluster.delete(ref('ConfigMap', 'settings'));
    const events = await rig.resume('shop', 'r');
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.planChanged' } });
    expect(await rig.cluster.get(ref('ConfigMap', 'settings'))).toBeUndefined();
  });

  test('pauses for nothing that was approved beforehand, and says by whom', async () => {
    const events = await rig.deploy(after, { runId: 'r', allow: ['replace', 'prune'] }, asked);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 4 });
    expect(events.filter((event) => event.type === 'human_gate:resumed')).toMatchObject([
      { gateId: 'replace-db', decision: 'approved', decidedBy: expect.stringMatching(/./) as string },
      { gateId: 'prune' },
    ]);
  });
});

describe('an answer', () => {
  test('may be repeated and not be changed, and must be to an open gate of a paused run', async () => {
    await pause();
    const first = await resolve('r', 'prune', 'approved');
    expect(await resolve('r', 'prune', 'approved', 'grace')).toEqual(first);
    await expect(resolve('r', 'prune', 'rejected')).rejects.toMatchObject({ problem: { code: 'run.gateAnswered', args: { by: 'ada' } } });
    await expect(resolve('r', 'other', 'approved')).rejects.toMatchObject({ problem: { code: 'run.unknownGate', args: { gates: 'replace-db, prune' } } });
    await expect(resolve('x', 'prune', 'approved')).rejects.toMatchObject({ problem: { code: 'run.unknown' } });
    await resolve('r', 'replace-db', 'approved');
    await rig.resume('shop', 'r');
    await expect(resolve('r', 'prune', 'approved')).rejects.toMatchObject({ problem: { code: 'run.notPaused', args: { state: 'completed' } } });
  });

  test('of many at once is one, and one process of many goes on', async () => {
    await pause();
    const answers = await Promise.allSettled([1, 2, 3, 4].map((index) => resolve('r', 'replace-db', index % 2 === 0 ? 'approved' : 'rejected', `p${index}`)));
    expect(new Set(answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.decision] : []))).size).toBe(1);
    // A crash may leave a file that says nothing; it is answered anew.
    await rig.files.createExclusive('.kubeorch/runs/shop/r.gate-prune.json', '');
    await resolve('r', 'prune', 'approved');
    const runs = await Promise.allSettled([rig.resume('shop', 'r'), rig.resume('shop', 'r')]);
    expect(runs.filter((one) => one.status === 'rejected')).toMatchObject([{ reason: { problem: { code: 'run.notPaused' } } }]);
  });

  test('that comes too late is refused, and the run is closed as rejected', async () => {
    const clock = { ...rig.clock, now: () => rig.clock.now() + 120_000 };
    await rig.deploy(after, { runId: 'r', gateTimeoutMs: 60_000 }, asked);
    const question = { workflow: 'shop', runId: 'r', gateId: 'prune' };
    await expect(resolveGate(rig.files, clock, question, { decision: 'approved', decidedBy: 'ada' })).rejects.toMatchObject({
      problem: { code: 'run.gateTimeout' },
    });
    expect(await closeCrashedRuns(rig.files, rig.clock, 'shop')).toEqual([]);
    expect(await closeCrashedRuns(rig.files, clock, 'shop')).toEqual(['r']);
    expect((await written()).at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.gateTimeout' } });
    expect((await readVersionMeta(rig.files, (await listVersions(rig.files, 'shop')).at(-1)?.path ?? '')).runs).toMatchObject([
      { runId: 'r', status: 'failed' },
    ]);
  });

  test('survives the end of the process that asked; one that died while going on is closed', async () => {
    await pause();
    const paused = await readPausedRun(rig.files, 'shop', 'r');
    expect(paused).toMatchObject({ text: after, pauses: 1, gates: [{ gateId: 'replace-db' }, { gateId: 'prune' }] });
    const later = { ...rig.clock, now: () => rig.clock.now() + 3_600_000 };
    expect(await closeCrashedRuns(rig.files, later, 'shop')).toEqual([]);
    await rig.files.createExclusive('.kubeorch/runs/shop/r.resumed-1', '');
    expect(await closeCrashedRuns(rig.files, later, 'shop')).toEqual(['r']);
  });
});
