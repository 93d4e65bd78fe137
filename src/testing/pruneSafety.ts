import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowLabel } from '../engine/labels';
import { limited } from '../engine/limited';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { refKey, refOf } from '../shared/kubeObject';
import { isKeptKind } from '../shared/plan';
import { DeployRig } from './deployRig';
import { PacedClock } from './pacedClock';
import type { FaultedServer } from './writeFaults';
import type { Random } from './writeScenarios';
import { between, pick, randomOf, workflowText } from './writeScenarios';

const kinds = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
] as const;

/** The kinds of a node and their fields; the name and the place come from the version. */
const makes: Readonly<Record<string, string>> = {
  configmap: 'data: { K: v }',
  secret: 'keys: [TOKEN]',
  serviceaccount: '',
  deployment: 'image: "nginx:1", replicas: 0, port: 80',
};

interface Node {
  readonly type: string;
  readonly name: string;
  /** Whether it goes to the second namespace. */
  readonly away: boolean;
}

type Version = Readonly<Record<string, Node>>;

function firstVersion(random: Random): Version {
  const nodes: Record<string, Node> = {};
  for (let index = 0; index < between(random, 3, 8); index += 1)
    nodes[`n${index}`] = { type: pick(random, Object.keys(makes)), name: `o${index}`, away: random() < 0.25 };
  return nodes;
}

/** Nodes go, come, get another id, another name or another namespace, or stay. */
function nextVersion(version: Version, random: Random): Version {
  const nodes: Record<string, Node> = {};
  for (const [id, node] of Object.entries(version)) {
    const fate = random();
    if (fate < 0.3) continue;
    if (fate < 0.4) nodes[`${id}-again`] = node;
    else if (fate < 0.5) nodes[id] = { ...node, name: `${node.name}-new` };
    else if (fate < 0.6) nodes[id] = { ...node, away: !node.away };
    else nodes[id] = node;
  }
  // A file without any node is refused.
  if (random() < 0.4 || Object.keys(nodes).length === 0) nodes['late'] = { type: 'configmap', name: 'late', away: false };
  return nodes;
}

function textOf(version: Version, namespace: string): string {
  const said = ({ type, name, away }: Node): string =>
    `{ ${[`type: ${type}`, `name: ${name}`, away ? `namespace: ${namespace}-away` : '', makes[type] ?? ''].filter((part) => part !== '').join(', ')} }`;
  const nodes = Object.fromEntries(Object.entries(version).map(([id, node]) => [id, said(node)]));
  // A map without entries would be no map.
  return workflowText('pairs', Object.keys(nodes).length === 0 ? { only: '{ type: configmap, data: { K: v } }' } : nodes);
}

async function everything(rig: DeployRig, namespaces: readonly string[]): Promise<ReadonlyMap<string, KubeObject>> {
  const lists = await Promise.all(
    namespaces.flatMap((namespace) =>
      kinds.map(async ([apiVersion, kind]) => (await rig.cluster.list({ apiVersion, kind }, { namespace })).map((object) => ({ ...object, apiVersion, kind }))),
    ),
  );
  return new Map(lists.flat().map((object) => [refKey(refOf(object)), object]));
}

/** What strangers have beside the workflow: the names of its objects elsewhere, and its labels under other names. */
async function strangers(rig: DeployRig, random: Random, refs: readonly ObjectRef[], namespaces: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const ref of refs) {
    const fate = random();
    if (ref.kind === 'Deployment' || fate > 0.7) continue;
    const place = fate < 0.35 ? (namespaces.find((name) => name !== ref.namespace) ?? ref.namespace) : ref.namespace;
    const live = await rig.cluster.get(ref);
    // The workflow's own labels, the mark of its set included: labels alone prove nothing.
    const labels = fate < 0.15 || place === ref.namespace ? (live?.metadata.labels ?? {}) : {};
    const name = place === ref.namespace ? `${ref.name}-twin` : ref.name;
    const wanted = { apiVersion: 'v1', kind: 'ConfigMap', namespace: place, name };
    if ((await rig.cluster.get(wanted)) !== undefined) continue;
    const object = await rig.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: place, labels }, data: { THEIRS: 'x' } });
    made.set(refKey(wanted), object.metadata.uid ?? '');
  }
  return made;
}

interface Told {
  deletions: number;
  foreign: number;
  refused: number;
}

async function pair(server: FaultedServer, seed: number, told: Told): Promise<void> {
  const random = randomOf(seed);
  const namespace = `pairs-${seed}`;
  const namespaces = [namespace, `${namespace}-away`];
  for (const name of namespaces) await server.makeNamespace(name);
  const rig = await DeployRig.start({ kubeconfig: server.kubeconfig, namespace }, new PacedClock(4));
  try {
    const before = firstVersion(random);
    const after = nextVersion(before, random);
    for (const id of [...Object.keys(before), ...Object.keys(after)]) rig.secretValues.set(`${id}.TOKEN`, 'value');
    const ends = await rig.deploy(textOf(before, namespace));
    expect(ends.at(-1), JSON.stringify(ends.at(-1))).toMatchObject({ type: 'run:completed' });
    const refs = rig.render(textOf(before, namespace)).map(({ object }) => refOf({ ...object, metadata: { namespace, ...object.metadata } }));
    const foreign = new Map(await strangers(rig, random, refs, namespaces));
    const secrets = refs.filter(({ kind }) => kind === 'Secret').map(({ name }) => `Secret/${name}`);
    const wanted = new Set(rig.render(textOf(after, namespace)).map(({ object }) => object.metadata.name));
    const named = random() < 0.3 ? secrets.filter((one) => !wanted.has(one.slice('Secret/'.length))).slice(0, 1) : [];
    const { prepared, refusal } = await planned(rig, textOf(after, namespace), named);
    if (prepared === undefined) {
      // A new node where a stranger's object stands: refused before anything is deleted.
      expect(refusal).toBe('cluster.notOurs');
      told.refused += 1;
      return;
    }
    const preview = prepared.plan.steps.filter(({ action }) => action === 'delete').map(({ ref }) => ref);
    for (const { kind, name } of preview) if (isKeptKind(kind)) expect(named).toContain(`${kind}/${name}`);
    for (const key of preview.map(refKey)) expect(foreign.has(key), `${key} is a stranger's`).toBe(false);

    const seen = await everything(rig, namespaces);
    // Now and then somebody puts an object of their own in the place of one that the preview named.
    const victim = random() < 0.15 ? preview.find(({ kind }) => kind === 'ConfigMap') : undefined;
    if (victim !== undefined) {
      await rig.cluster.delete(victim);
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: victim.name, namespace: victim.namespace }, data: { THEIRS: 'x' } };
      foreign.set(refKey(victim), (await rig.cluster.create(object)).metadata.uid ?? '');
    }
    const events = await rig.run(textOf(after, namespace), prepared, { allow: ['prune', 'replace', 'data-loss'] });
    if (victim === undefined) expect(events.at(-1), JSON.stringify(events.at(-1))).toMatchObject({ type: 'run:completed' });
    else expect(events.at(-1), JSON.stringify(events.at(-1))).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.changed' } });

    const left = await everything(rig, namespaces);
    const gone = [...seen.keys()].filter((key) => !left.has(key)).sort();
    if (victim === undefined) expect(gone).toEqual(preview.map(refKey).sort());
    else for (const key of gone) expect(preview.map(refKey)).toContain(key);
    for (const [key, uid] of foreign) expect(left.get(key)?.metadata.uid, `the stranger's ${key}`).toBe(uid);
    const marked = [...left.values()].filter((object) => object.metadata.labels?.[workflowLabel] === 'pairs');
    expect(marked.length).toBeGreaterThanOrEqual(wanted.size > 0 ? 1 : 0);
    told.deletions += gone.length;
    told.foreign += foreign.size;
  } finally {
    await rig.dispose();
  }
}

async function planned(
  rig: DeployRig,
  text: string,
  named: readonly string[],
): Promise<{ readonly prepared?: Awaited<ReturnType<DeployRig['plan']>>; readonly refusal?: string }> {
  const prepared = await rig.plan(text, { prune: { named } });
  const blocking = prepared.plan.steps.flatMap(({ action, problems }) => (action === 'blocked' ? problems : []))[0];
  return blocking === undefined ? { prepared } : { refusal: blocking.code };
}

/** The suite of two versions and what lies between them: what the preview said is what is deleted, and nothing of anybody else. */
export function pruneSafety(name: string, start: () => Promise<FaultedServer>, seeds: readonly number[], atOnce: number): void {
  describe(`deletions between two versions on ${name}`, () => {
    let server: FaultedServer;
    beforeAll(async () => {
      server = await start();
    }, 120_000);
    afterAll(() => server.dispose());

    test(`are what the preview said in ${seeds.length} random pairs, and nothing foreign`, { timeout: 60_000 + seeds.length * 20_000 }, async () => {
      const failures: string[] = [];
      const told: Told = { deletions: 0, foreign: 0, refused: 0 };
      await limited(
        seeds.map((seed) => async () => {
          try {
            await pair(server, seed, told);
          } catch (error) {
            failures.push(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          }
        }),
        atOnce,
      );
      expect(failures.join('\n\n')).toBe('');
      expect(told.deletions).toBeGreaterThan(seeds.length / 2);
      console.log(
        `${name}: ${seeds.length} of ${seeds.length} pairs, seeds ${seeds[0]} to ${seeds.at(-1)}: ${told.deletions} deletions as previewed, ${told.foreign} objects of strangers untouched, ${told.refused} pairs refused`,
      );
    });
  });
}
