import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Disposable } from '../../shared/disposables';
import { DeployRig } from '../../testing/deployRig';
import { workflowText } from '../../testing/writeScenarios';
import { LiveWorkflow } from '../status/liveWorkflow';

const watched = { watched: true } as const;

const file = (first: string, more: Readonly<Record<string, string>> = {}): string =>
  workflowText('shop', {
    one: `{ type: configmap, data: { K: ${first} } }`,
    two: `{ type: configmap, data: { K: ${first} } }`,
    three: '{ type: configmap, data: { K: same } }',
    web: '{ type: deployment, image: "nginx:1", replicas: 0, port: 80 }',
    account: '{ type: serviceaccount }',
    ...more,
  });

describe('a plan beside a live view', () => {
  let rig: DeployRig;
  let live: Disposable | undefined;
  beforeEach(async () => {
    rig = await DeployRig.start();
  });
  afterEach(async () => {
    live?.dispose();
    live = undefined;
    await rig.dispose();
  });

  const follow = async (text: string): Promise<void> => {
    const { cluster, clock, logger } = rig;
    const view = new LiveWorkflow({ cluster, clock, logger, workflow: 'shop', objects: rig.render(text) });
    live = view;
    await view.until(() => rig.render(text).every(({ nodeId }) => view.objectsOf(nodeId).length > 0), new AbortController().signal);
  };
  const asked = (from: number): readonly string[] =>
    rig.proxy.requests
      .slice(from)
      .filter(({ watch }) => !watch)
      .map(({ method, path }) => `${method} ${path}`);
  /** Watches tell at their own pace; a plan that would be ahead of them asks the cluster. */
  const inStep = async (text: string): Promise<void> => {
    await expect
      .poll(
        async () => {
          const from = rig.proxy.requests.length;
          await rig.plan(text, watched);
          return asked(from);
        },
        { timeout: 20_000 },
      )
      .toEqual([]);
  };

  test('costs no request when nothing has changed, and a deployment of it neither', async () => {
    await rig.deploy(file('a'));
    await follow(file('a'));
    await inStep(file('a'));
    const from = rig.proxy.requests.length;
    expect((await rig.deploy(file('a'), {}, watched)).at(-1)).toMatchObject({ type: 'run:completed', applied: 0, unchanged: 5 });
    expect(asked(from)).toEqual([]);
  });

  test('a run of two changes is two writes between taking the lock and giving it back', async () => {
    await rig.deploy(file('a'));
    await follow(file('a'));
    await inStep(file('a'));
    const from = rig.proxy.requests.length;
    const prepared = await rig.plan(file('b'), watched);
    expect(rig.proxy.requests.slice(from).filter(({ query }) => query.get('dryRun') !== null)).toHaveLength(2);
    const run = rig.proxy.requests.length;
    expect((await rig.run(file('b'), prepared)).at(-1)).toMatchObject({ type: 'run:completed', applied: 2 });
    expect(asked(run).filter((one) => one.startsWith('GET'))).toEqual([]);
    expect(asked(run)).toHaveLength(4);
  });

  test('sees what was deployed a moment ago, however far behind the watches are', async () => {
    await rig.deploy(file('a'));
    await follow(file('a'));
    for (const value of ['b', 'a', 'c', 'a', 'b']) {
      rig.proxy.holdWatches();
      expect((await rig.deploy(file(value), {}, watched)).at(-1)).toMatchObject({ type: 'run:completed', applied: 2 });
      expect((await rig.plan(file(value), watched)).plan.counts).toMatchObject({ unchanged: 5, change: 0 });
      expect((await rig.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' }))?.data).toEqual({ K: value });
    }
  });

  test('sees an object that was deleted by this window, and takes up a new one', async () => {
    await rig.deploy(file('a'));
    await follow(file('a'));
    rig.proxy.holdWatches();
    await rig.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'one' });
    expect((await rig.plan(file('a'), watched)).plan.counts).toMatchObject({ create: 1, unchanged: 4 });
    const more = { four: '{ type: configmap, data: { K: new } }' };
    expect((await rig.deploy(file('a', more), {}, watched)).at(-1)).toMatchObject({ type: 'run:completed', applied: 2, unchanged: 4 });
  });
});
