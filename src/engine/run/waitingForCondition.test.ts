import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import type { RunEvent } from '../../shared/runEvent';
import { DeployRig } from '../../testing/deployRig';
import { until } from '../../testing/until';

const lamp = { apiVersion: 'example.com/v1', kind: 'Lamp', namespace: 'default', name: 'lamp' };
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
const workflow = (ready: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: waiting
status: published
nodes:
  lamp: { type: manifest, manifest: { apiVersion: example.com/v1, kind: Lamp, metadata: { name: lamp }, spec: { room: kitchen } } }
  web: { type: deployment, image: nginx:1 }
edges:
  - { from: web, to: lamp, relation: depends-on, ready: ${ready} }
`;

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'lamps.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'lamps', singular: 'lamp', kind: 'Lamp', listKind: 'LampList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as unknown as KubeObject;

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
  await rig.cluster.create(definition);
  await until('the definition is served', async () => (await rig.cluster.resourceOf(lamp)) !== undefined);
}, 30_000);
afterAll(() => rig.dispose());

/** What the controller of lamps would say. */
async function say([type, status]: readonly [string, string]): Promise<void> {
  const condition = { type, status, reason: 'Said', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const object = { apiVersion: 'example.com/v1', kind: 'Lamp', metadata: { name: 'lamp', namespace: 'default' }, status: { conditions: [condition] } };
  await rig.cluster.apply(object, { fieldManager: 'lamps', force: true });
}

test.each([
  ['Lit', ['Broken', 'True'], ['Lit', 'True']],
  ['Broken=False', ['Broken', 'True'], ['Broken', 'False']],
] as const)(
  'a run waits for the condition %s of what a node depends on, and for no other',
  async (ready, other, awaited) => {
    const text = workflow(ready);
    const events: RunEvent[] = [];
    const run = (async () => {
      for await (const event of rig.events(text, await rig.plan(text), { wait: false })) events.push(event);
    })();
    await until('the lamp is applied', () => events.some((event) => event.type === 'node:completed' && event.nodeId === 'lamp'));
    await say(other);
    await until('the run has heard it', async () => (await rig.cluster.get(lamp))?.status !== undefined);
    expect(await rig.cluster.get(web)).toBeUndefined();
    await say(awaited);
    await run;
    const said = events.map((event) => ('nodeId' in event ? `${event.type} ${event.nodeId}` : event.type));
    expect(said.at(-1)).toBe('run:completed');
    expect(said.indexOf('node:started web')).toBeGreaterThan(said.indexOf('node:completed lamp'));
    expect(await rig.cluster.get(web)).toBeDefined();
    await Promise.all([rig.cluster.delete(web), rig.cluster.delete(lamp)]);
    await until('both are gone', async () => (await rig.cluster.get(web)) === undefined && (await rig.cluster.get(lamp)) === undefined);
  },
  30_000,
);

test('a run that waits in vain says for which condition', async () => {
  const text = workflow('Lit');
  const events: RunEvent[] = [];
  for await (const event of rig.events(text, await rig.plan(text), { timeoutMs: 300 })) events.push(event);
  expect(events.at(-1)).toMatchObject({ type: 'run:failed' });
  expect(JSON.stringify(events.at(-1))).toContain('lamp (waiting for Lit; ');
  expect(await rig.cluster.get(web)).toBeUndefined();
}, 30_000);
