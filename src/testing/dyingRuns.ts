import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../shared/kubeObject';
import { refKey, refOf } from '../shared/kubeObject';
import { isTerminal } from '../shared/runEvent';
import { DeployRig, isWrite } from './deployRig';
import { PacedClock } from './pacedClock';
import { lockMs, readInventory } from '../engine/inventory';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, port: 80 }
  web-svc: { type: service, name: web, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
edges:
  - web-svc -> web
  - { from: settings, to: web, as: env }
  - { from: token, to: web, as: env }
`;

/** Retries and the lock's time pass this many times as fast. */
const speed = 200;

/** The connection dies at the write with this number and stays dead, as for a process that is killed there. */
function dieAtWrite(rig: DeployRig, number: number, kind: 'cutBefore' | 'cutAfter'): void {
  let writes = 0;
  rig.proxy.fault = (one) => {
    if (isWrite(one)) writes += 1;
    if (writes < number) return undefined;
    return { fault: writes === number && isWrite(one) ? kind : 'cutBefore' };
  };
}

async function labelled(rig: DeployRig): Promise<readonly KubeObject[]> {
  const kinds = [
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['apps/v1', 'Deployment'],
  ] as const;
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => rig.cluster.list({ apiVersion, kind }, { namespace: 'default', labelSelector: 'applyset.kubernetes.io/part-of' })),
  );
  return lists.flat();
}

async function expectNoGhosts(rig: DeployRig): Promise<void> {
  const { members } = await readInventory(rig.cluster, 'shop', 'default');
  const known = new Set(members.map(refKey));
  for (const object of await labelled(rig)) expect(known.has(refKey(refOf(object)))).toBe(true);
}

/** How a run dies: before the write with this number reaches the server, or after it did and before its answer came back. */
export type Death = readonly [write: number, kind: 'cutBefore' | 'cutAfter'];

/** One write takes the lock, four apply, one gives the lock back. */
export const everyDeath: readonly Death[] = [1, 2, 3, 4, 5, 6].flatMap((write) => (['cutBefore', 'cutAfter'] as const).map((kind) => [write, kind] as const));

/** One write takes the lock, one changes the Deployment, two delete, one gives the lock back. */
export const everyPruneDeath: readonly Death[] = [1, 2, 3, 4, 5].flatMap((write) => (['cutBefore', 'cutAfter'] as const).map((kind) => [write, kind] as const));

const less = shop.replace(/ {2}(?:web-svc|settings): .*\n/g, '').replace(/ {2}- (?:web-svc|\{ from: settings).*\n/g, '');

/** The suite of runs that are killed at a write and run again. */
export function dyingRuns(deaths: readonly Death[], pruneDeaths: readonly Death[]): void {
  let rig: DeployRig;
  beforeEach(async () => {
    rig = await DeployRig.start(undefined, new PacedClock(20));
    rig.secretValues.set('token.TOKEN', 'value');
  });
  afterEach(() => rig.dispose());

  describe('a run that dies', () => {
    test.each(deaths.map((death) => [...death]))(
      'at write %i (%s) leaves no object outside the inventory, and the next run completes',
      async (number, kind) => {
        dieAtWrite(rig, number, kind);
        // One clock for both: the second run must see the first one's lock as old as it is.
        const clock = new PacedClock(speed);
        const died = await rig.deploy(shop, { clock });
        expect(died.filter(isTerminal)).toHaveLength(1);
        rig.proxy.fault = () => undefined;
        await expectNoGhosts(rig);

        await clock.sleep(lockMs + 1000);
        const again = await rig.deploy(shop, { clock });
        expect(again.at(-1)).toMatchObject({ type: 'run:completed' });
        await expectNoGhosts(rig);
        const inventory = await readInventory(rig.cluster, 'shop', 'default');
        expect(inventory.members).toHaveLength(4);
        expect((await rig.plan(shop)).plan.counts).toMatchObject({ unchanged: 4, create: 0, change: 0, blocked: 0 });
      },
    );
  });
  test.each(pruneDeaths.map((death) => [...death]))('a prune that dies at write %i (%s) is brought to its end by the next one', async (number, kind) => {
    const clock = new PacedClock(speed);
    await rig.deploy(shop, { clock });
    const bystander = await rig.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bystander', namespace: 'default' } });
    const asked = { prune: { named: [] } };
    const prepared = await rig.plan(less, asked);
    dieAtWrite(rig, number, kind);
    const died = await rig.run(less, prepared, { clock, allow: ['prune'] });
    expect(died.filter(isTerminal)).toHaveLength(1);
    rig.proxy.fault = () => undefined;
    await expectNoGhosts(rig);

    await clock.sleep(lockMs + 1000);
    expect((await rig.deploy(less, { clock, allow: ['prune'] }, asked)).at(-1)).toMatchObject({ type: 'run:completed' });
    const { members } = await readInventory(rig.cluster, 'shop', 'default');
    expect(members.map(({ kind: one, name }) => `${one}/${name}`).sort()).toEqual(['Deployment/web', 'Secret/token']);
    expect((await labelled(rig)).map(({ kind: one }) => one).sort()).toEqual(['Deployment', 'Secret']);
    expect((await rig.cluster.get(refOf(bystander)))?.metadata.uid).toBe(bystander.metadata.uid);
  });
}
