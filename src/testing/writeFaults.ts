import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInventory } from '../engine/inventory';
import { fieldManager, workflowLabel } from '../engine/labels';
import { limited } from '../engine/limited';
import type { JsonObject } from '../shared/json';
import { isJsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { refKey, refOf } from '../shared/kubeObject';
import { isTerminal } from '../shared/runEvent';
import type { RunEvent } from '../shared/runEvent';
import { DeployRig, isWrite } from './deployRig';
import type { Fault, ProxiedRequest } from './faultProxy';
import { PacedClock } from './pacedClock';
import { between, holds, pick, randomOf, writeScenario } from './writeScenarios';
import type { WriteScenario } from './writeScenarios';

/** A server that the suite may do harm to. */
export interface FaultedServer {
  readonly kubeconfig: string;
  /** Makes a namespace that takes objects. */
  makeNamespace(name: string): Promise<void>;
  /** Kills it as a power cut would and starts it again; absent where its memory is all it has. */
  readonly killAndRestart?: () => Promise<void>;
  dispose(): Promise<void>;
}

/** How it must end when nobody else meddles: by itself, or told as failed and mended by the next run. */
type Ending = 'completes' | 'may-fail';

interface WriteFault {
  readonly name: string;
  readonly ending: Ending;
  /** How many writes from the first one on are hit: a few, or all until it is healed. */
  readonly lasts: 'briefly' | 'until-healed';
  /** Which writes it concerns; default: each. */
  readonly concerns?: (request: ProxiedRequest) => boolean;
  /** Undefined for what the suite does to the whole server. */
  readonly fault?: Fault;
}

const status = (code: number, reason: string, message: string, more: JsonObject = {}, headers: Readonly<Record<string, string>> = {}): Fault => ({
  fault: 'answer',
  status: code,
  headers,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...more },
});

const ending = { causes: [{ reason: 'NamespaceTerminating', message: 'namespace is being terminated', field: 'metadata.namespace' }] };

/** The faults of a write's life. */
export const writeFaultKinds: readonly WriteFault[] = [
  { name: 'reset before the server acts', ending: 'completes', lasts: 'briefly', fault: { fault: 'cutBefore' } },
  { name: 'reset after the server acted', ending: 'completes', lasts: 'briefly', fault: { fault: 'cutAfter' } },
  { name: '409 of two writes that met', ending: 'completes', lasts: 'briefly', fault: status(409, 'Conflict', 'the object has been modified') },
  { name: '422', ending: 'may-fail', lasts: 'briefly', fault: status(422, 'Invalid', 'spec: Invalid value: refused') },
  {
    name: '429 with Retry-After',
    ending: 'completes',
    lasts: 'briefly',
    fault: status(429, 'TooManyRequests', 'too many requests', {}, { 'retry-after': '2' }),
  },
  { name: '500', ending: 'completes', lasts: 'briefly', fault: status(500, 'InternalError', 'etcdserver: leader changed') },
  { name: '503', ending: 'completes', lasts: 'briefly', fault: status(503, 'ServiceUnavailable', 'the server is starting') },
  { name: '504', ending: 'completes', lasts: 'briefly', fault: status(504, 'Timeout', 'request did not complete within the allotted timeout') },
  { name: 'JSON that ends in the middle', ending: 'completes', lasts: 'briefly', fault: { fault: 'short', bytes: 120 } },
  { name: 'TLS cut in the middle of the answer', ending: 'completes', lasts: 'briefly', fault: { fault: 'truncate', bytes: 60 } },
  { name: '401 in the middle of the run', ending: 'may-fail', lasts: 'until-healed', fault: status(401, 'Unauthorized', 'Unauthorized') },
  {
    name: '403 on one kind',
    ending: 'may-fail',
    lasts: 'until-healed',
    concerns: ({ path }) => path.includes('/deployments'),
    fault: status(403, 'Forbidden', 'deployments.apps is forbidden: User "test" cannot patch'),
  },
  {
    name: 'a namespace that is being deleted',
    ending: 'may-fail',
    lasts: 'until-healed',
    concerns: ({ method }) => method === 'PATCH' || method === 'POST',
    fault: status(403, 'Forbidden', 'unable to create new content: the namespace is being terminated', { details: ending }),
  },
  {
    name: 'an admission webhook that denies',
    ending: 'may-fail',
    lasts: 'until-healed',
    concerns: ({ method }) => method === 'PATCH',
    fault: status(400, 'BadRequest', 'admission webhook "policy.example.com" denied the request: no'),
  },
  { name: 'the API server is killed', ending: 'completes', lasts: 'briefly' },
  { name: 'the program is killed', ending: 'may-fail', lasts: 'until-healed', fault: { fault: 'cutBefore' } },
];

/** What somebody else does between the plan and the run. */
const meddlings = ['none', 'none', 'a stranger makes an object', 'another manager takes a field'] as const;

/** The run's clock. Slow enough that a busy machine is no time-out. */
const speed = 20;

interface Case {
  readonly rig: DeployRig;
  readonly scenario: WriteScenario;
  readonly seed: number;
}

function mapNamed(namespace: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

/** Everything of this workflow that the cluster has, without the parent. */
async function labelled(rig: DeployRig, namespace: string): Promise<readonly KubeObject[]> {
  const kinds = [
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['v1', 'ServiceAccount'],
    ['apps/v1', 'Deployment'],
  ] as const;
  const query = { namespace, labelSelector: `${workflowLabel}=faults` };
  const found = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => (await rig.cluster.list({ apiVersion, kind }, query)).map((object) => ({ ...object, apiVersion, kind }))),
  );
  return found.flat().filter((object) => object.metadata.name !== 'kubeorch-faults');
}

/** The cluster has exactly what the file wants: every value, nothing beside it, everything in the inventory. */
async function expectWanted({ rig, scenario }: Case, namespace: string): Promise<void> {
  const wanted = rig.render(scenario.after);
  const live = new Map((await labelled(rig, namespace)).map((object) => [refKey(refOf(object)), object]));
  const keys = wanted.map(({ object }) => refKey(refOf({ ...object, metadata: { ...object.metadata, namespace } })));
  expect([...live.keys()].sort()).toEqual([...keys].sort());
  for (const [index, { object }] of wanted.entries()) {
    const there = live.get(keys[index] ?? '');
    expect(holds(object as unknown as JsonObject, there as unknown as JsonObject), `${object.kind}/${object.metadata.name}`).toBe(true);
  }
  const { members, lock } = await readInventory(rig.cluster, 'faults', namespace);
  expect(members.map(refKey).sort()).toEqual([...keys].sort());
  expect(lock).toBeUndefined();
}

/** The harm itself: from a write of the seed's choice on. */
function arm(one: Case, kind: WriteFault, kill: () => void): () => boolean {
  const random = randomOf(one.seed * 31 + 7);
  const first = between(random, 1, one.scenario.writes + 2);
  const times = kind.lasts === 'briefly' ? between(random, 1, 3) : Number.POSITIVE_INFINITY;
  let writes = 0;
  let hits = 0;
  one.rig.proxy.fault = (request) => {
    if (!isWrite(request)) {
      // A program that was killed asks nothing any more.
      return kind.name === 'the program is killed' && hits > 0 ? { fault: 'cutBefore' } : undefined;
    }
    writes += 1;
    if (writes < first || hits >= times || kind.concerns?.(request) === false) return undefined;
    hits += 1;
    if (kind.fault === undefined) {
      if (hits === 1) kill();
      return { fault: 'cutBefore' };
    }
    // Half of the deaths come when the server has acted and the program does not know it yet.
    return kind.name === 'the program is killed' && hits === 1 && random() < 0.5 ? { fault: 'cutAfter' } : kind.fault;
  };
  return () => hits > 0;
}

/** Objects that the server made more than once without a deletion between. */
function madeTwice(requests: readonly ProxiedRequest[]): readonly string[] {
  const made = new Set<string>();
  const twice: string[] = [];
  for (const { method, path, status: code, query } of requests) {
    if (method === 'DELETE' && code !== undefined && code < 300) made.delete(path);
    if (method !== 'PATCH' || code !== 201 || query.get('dryRun') !== null) continue;
    if (made.has(path)) twice.push(path);
    made.add(path);
  }
  return twice;
}

/** What the run told as written stands on the cluster. */
async function expectNoLostWrite({ rig, scenario }: Case, events: readonly RunEvent[]): Promise<void> {
  const wanted = new Map(rig.render(scenario.after).map(({ object, nodeId }) => [`${nodeId} ${object.kind}`, object]));
  for (const event of events) {
    if (event.type !== 'node:completed') continue;
    const there = await rig.cluster.get(event.ref);
    if (event.action === 'delete') expect(there, `${event.ref.kind}/${event.ref.name} was told as deleted`).toBeUndefined();
    else {
      const object = wanted.get(`${event.nodeId} ${event.ref.kind}`);
      expect(holds(object as unknown as JsonObject, there as unknown as JsonObject), `${event.ref.kind}/${event.ref.name} was told as written`).toBe(true);
    }
  }
}

async function dataOf(rig: DeployRig, ref: ObjectRef): Promise<JsonObject> {
  const data = (await rig.cluster.get(ref))?.data;
  return isJsonObject(data) ? data : {};
}

/** One schedule: a first version, a plan of the second, somebody who meddles, harm during the run, and a rerun in peace. */
async function schedule(server: FaultedServer, kind: WriteFault, seed: number, namespace: string): Promise<void> {
  await server.makeNamespace(namespace);
  const rig = await DeployRig.start({ kubeconfig: server.kubeconfig, namespace }, new PacedClock(speed / 5));
  const scenario = writeScenario(seed);
  const one: Case = { rig, scenario, seed };
  const isKill = kind.fault === undefined;
  try {
    rig.secretValues.set('token.TOKEN', 'value');
    expect((await rig.deploy(scenario.before)).at(-1)).toMatchObject({ type: 'run:completed' });
    const before = new Map((await labelled(rig, namespace)).map((object) => [refKey(refOf(object)), object.metadata.uid]));
    const prepared = await rig.plan(scenario.after, { prune: { named: [] } });
    const meddling = pick(randomOf(seed + 5), meddlings);
    const stranger = mapNamed(namespace, scenario.created);
    const taken = mapNamed(namespace, scenario.changed);
    if (meddling === 'a stranger makes an object') {
      const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: stranger.name, namespace }, data: { THEIRS: 'x' } };
      await rig.cluster.create(made, { fieldManager: 'stranger' });
    } else if (meddling === 'another manager takes a field') {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: taken.name, namespace }, data: { K: 'theirs' } };
      await rig.cluster.apply(object, { fieldManager: 'stranger', force: true });
    }
    const strangerUid = (await rig.cluster.get(stranger))?.metadata.uid;

    const from = rig.proxy.requests.length;
    let back: Promise<void> = Promise.resolve();
    const isHit = arm(one, kind, () => {
      back = server.killAndRestart?.() ?? rig.proxy.stop().then(() => rig.proxy.start());
    });
    // A server that comes back takes seconds, and so the run's own patience must pass no faster.
    const clock = new PacedClock(isKill && server.killAndRestart !== undefined ? 1 : speed);
    const events = await rig.run(scenario.after, prepared, { clock, allow: ['prune'] });
    await back;
    rig.proxy.fault = () => undefined;
    expect(events.filter(isTerminal)).toHaveLength(1);
    const end = events.at(-1);
    if (kind.ending === 'completes' && meddling === 'none') expect(end, JSON.stringify(end)).toMatchObject({ type: 'run:completed' });
    await expectNoLostWrite(one, events);
    const isDead = kind.name === 'the program is killed' && isHit();
    if (meddling === 'a stranger makes an object') {
      expect(end?.type).not.toBe('run:completed');
      const found = await rig.cluster.get(stranger);
      expect(found?.metadata.uid).toBe(strangerUid);
      expect(found?.data).toMatchObject({ THEIRS: 'x' });
      // A program that is killed between its write and giving it back leaves a trace; the next plan must not take that for its own.
      const isHalfGivenBack = isDead || (end?.type === 'run:failed' && end.problem.code !== 'cluster.notOurs');
      if (!isHalfGivenBack) expect(found?.data).toEqual({ THEIRS: 'x' });
      const { plan } = await rig.plan(scenario.after, { prune: { named: [] } });
      expect(plan.steps.find((step) => step.ref.name === stranger.name)).toMatchObject({ action: 'blocked', problems: [{ code: 'cluster.notOurs' }] });
      await rig.cluster.delete(stranger);
    } else if (meddling === 'another manager takes a field') {
      expect(end?.type).not.toBe('run:completed');
      expect((await dataOf(rig, taken))['K']).toBe('theirs');
      const { plan } = await rig.plan(scenario.after, { prune: { named: [] } });
      expect(plan.steps.find((step) => step.ref.name === taken.name)).toMatchObject({ action: 'conflict', conflicts: [{ owner: 'stranger' }] });
      await rig.cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: taken.name, namespace } }, { fieldManager: 'stranger' });
    }

    // In peace, and later than the lock of a run that died.
    const again = await rig.deploy(scenario.after, { clock: new PacedClock(speed, 120_000), allow: ['prune'] }, { prune: { named: [] } });
    expect(again.at(-1)).toMatchObject({ type: 'run:completed' });
    await expectWanted(one, namespace);
    for (const object of await labelled(rig, namespace)) {
      const uid = before.get(refKey(refOf(object)));
      if (uid !== undefined) expect(object.metadata.uid, `${object.kind}/${object.metadata.name} is the object that it was`).toBe(uid);
      if (object.kind !== 'Secret') expect(object.metadata.managedFields?.some((entry) => entry.manager === fieldManager)).toBe(true);
    }
    expect(madeTwice(rig.proxy.requests.slice(from))).toEqual([]);
  } finally {
    await rig.dispose();
  }
}

/** The suite of writes that something happens to. Each fault is one test; its seeds run a few at a time. */
export function writeFaults(name: string, start: () => Promise<FaultedServer>, seeds: readonly number[], atOnce: number): void {
  describe(`writes that go wrong on ${name}`, () => {
    let server: FaultedServer;
    beforeAll(async () => {
      server = await start();
    }, 120_000);
    afterAll(() => server.dispose());

    test.each(writeFaultKinds.map((kind, index) => ({ ...kind, index })))(
      `$name: no lost write, no double create, no silent take-over, over ${seeds.length} seeds`,
      { timeout: 60_000 + seeds.length * 30_000 },
      async ({ index, ...kind }) => {
        const failures: string[] = [];
        const isShared = kind.fault === undefined && server.killAndRestart !== undefined;
        await limited(
          seeds.map((seed) => async () => {
            try {
              await schedule(server, kind, seed, `faults-${index}-${seed}`);
            } catch (error) {
              failures.push(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
            }
          }),
          isShared ? 1 : atOnce,
        );
        expect(failures.join('\n\n')).toBe('');
      },
    );
  });
}
