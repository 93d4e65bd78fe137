import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { until } from '../../testing/until';
import { LiveWorkflow } from './liveWorkflow';

describe('live statuses of a sandbox', () => {
  const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2, port: 80 }
  web-svc: { type: service, name: web, port: 80 }
edges:
  - web-svc -> web
`;
  let rig: DeployRig;
  beforeAll(async () => {
    rig = await DeployRig.start();
    await rig.deploy(text, { wait: true });
  });
  afterAll(() => rig.dispose());

  test('go from healthy to partial when a Pod is deleted, and back', async () => {
    const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'shop', objects: rig.render(text) });
    const states: string[] = [];
    live.onPatch((patch) => {
      const state = patch.nodes['web']?.state;
      if (state !== undefined && state !== states.at(-1)) states.push(state);
    });
    await live.settled();
    await live.until(() => live.statusOf('web')?.state === 'healthy');
    const [pod] = live.podsOf('web');
    expect(
      live
        .podsOf('web-svc')
        .map((one) => one.name)
        .sort(),
    ).toEqual(
      live
        .podsOf('web')
        .map((one) => one.name)
        .sort(),
    );
    await rig.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: pod?.name ?? '' });
    await live.until(() => live.statusOf('web')?.state === 'partial');
    await live.until(() => live.statusOf('web')?.state === 'healthy');
    expect(states.slice(-3)).toEqual(['healthy', 'partial', 'healthy']);
    live.dispose();
  });

  test('turn stale when the cluster dies and are live again when it is back', async () => {
    const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'shop', objects: rig.render(text) });
    await live.until(() => live.statusOf('web')?.state === 'healthy' && live.statusOf('web-svc')?.state === 'healthy');
    await rig.proxy.stop();
    await until('every status is stale', () => Object.values(live.snapshot().nodes).every((status) => status.staleSince !== undefined));
    expect(live.snapshot().health.connected).toBe(false);
    await rig.proxy.start();
    await until('every status is live', () => Object.values(live.snapshot().nodes).every((status) => status.staleSince === undefined), 20_000);
    expect(live.snapshot().nodes['web']?.state).toBe('healthy');
    live.dispose();
  }, 40_000);
});
