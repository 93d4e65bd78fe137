import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveDrift } from '../engine/drift/liveDrift';
import { readInventory } from '../engine/inventory';
import { LiveWorkflow } from '../engine/status/liveWorkflow';
import type { KubeObject } from '../shared/kubeObject';
import type { DeployRig } from './deployRig';
import { until } from './until';

/** The same on the sandbox and on a real API server: what counts as changed by someone else, and who it was. */
export function driftContract(start: () => Promise<{ readonly rig: DeployRig; readonly namespace: string }>): void {
  const shopIn = (namespace: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: ${namespace}
nodes:
  web: { type: deployment, image: docker.io/library/probe:1, replicas: 2, env: { MODE: fast } }
  settings: { type: configmap, data: { MODE: fast } }
  token: { type: secret, keys: [TOKEN] }
  scaled: { type: deployment, image: docker.io/library/probe:1 }
  scaler: { type: hpa, minReplicas: 2, maxReplicas: 5, targetCpu: 50 }
edges:
  - scaler -> scaled
`;
  const ref = (kind: string, name: string) => ({ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace, name });

  let rig: DeployRig;
  let live: LiveWorkflow;
  let drift: LiveDrift;
  let read = 0;
  let namespace = '';
  let shop = '';
  beforeEach(async () => {
    ({ rig, namespace } = await start());
    shop = shopIn(namespace);
    rig.secretValues.set('token.TOKEN', 'canary-value');
    await rig.deploy(shop);
    read = 0;
    follow(shop);
    await drift.reload();
  });
  afterEach(async () => {
    drift.dispose();
    live.dispose();
    await rig.dispose();
  });

  function follow(applied: string): void {
    live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'shop', objects: rig.render(shop) });
    drift = new LiveDrift({
      cluster: { get: (...asked) => (read++, rig.cluster.get(...asked)) },
      live,
      schemaOf: (apiVersion, kind) => rig.openApi.schemaOf(apiVersion, kind),
      readApplied: async () => {
        const { lastRun } = await readInventory(rig.cluster, 'shop', namespace);
        return lastRun === undefined ? undefined : { runId: lastRun.runId, objects: rig.render(applied), completed: lastRun.status === 'completed' };
      },
      logger: rig.logger,
    });
    drift.setFile(rig.render(shop));
  }
  /** Changes an object as someone else, and waits until the watch has told of it. */
  async function change(name: ReturnType<typeof ref>, patch: Parameters<typeof rig.cluster.mergePatch>[1], nodeId = name.name): Promise<KubeObject> {
    const made = await rig.cluster.mergePatch(name, patch, { fieldManager: 'someone' });
    await until('the watch', () => live.objectsOf(nodeId).some((one) => Number(one.metadata.resourceVersion) >= Number(made.metadata.resourceVersion)));
    return made;
  }
  const found = (nodeId: string) => drift.nodes.get(nodeId);

  test('nothing differs after a deployment, nor by what others add or an autoscaler decides, and nothing is asked for it', async () => {
    expect(drift.nodes.size).toBe(0);
    await change(ref('Deployment', 'web'), { metadata: { annotations: { team: 'blue' } }, spec: { minReadySeconds: 5 } });
    await change(ref('Deployment', 'scaled'), { spec: { replicas: 4 } });
    await live.settled();
    expect(drift.nodes.size).toBe(0);
    expect(read).toBe(0);
  });

  test('a field that someone changed is told with three sides and its owner, once for as long as it stays so', async () => {
    await change(ref('Deployment', 'web'), { spec: { replicas: 7 } });
    await until('the drift', () => found('web') !== undefined);
    expect(found('web')).toEqual([
      { nodeId: 'web', ref: ref('Deployment', 'web'), missing: false, fields: [{ path: 'spec.replicas', live: 7, applied: 2, file: 2, owner: 'someone' }] },
    ]);
    expect(read).toBe(1);
    await change(ref('Deployment', 'web'), { metadata: { annotations: { team: 'blue' } } });
    expect(read).toBe(1);
    drift.setFile(rig.render(shop.replace('replicas: 2', 'replicas: 3')));
    expect(found('web')?.[0]?.fields[0]).toMatchObject({ applied: 2, file: 3, live: 7 });
    await change(ref('Deployment', 'web'), { spec: { template: { spec: { containers: [{ name: 'web', image: 'docker.io/library/probe:1', env: [] }] } } } });
    await until('the other field', () => (found('web')?.[0]?.fields.length ?? 0) > 1);
    // What was taken away belongs to nobody.
    expect(found('web')?.[0]?.fields.at(-1)).toMatchObject({ path: 'spec.template.spec.containers[name=web].env', owner: '' });
    // A deployment that takes the fields back ends it.
    const steps = (await rig.plan(shop)).plan.steps.find((step) => step.nodeId === 'web');
    const take = (steps?.conflicts ?? []).map(({ path }) => `Deployment/web:${path}`);
    await rig.deploy(shop, {}, { choices: { adopt: [], take } });
    await until('the end of it', () => found('web') === undefined);
  });

  test('an object that is gone and a changed value of a Secret are told, the value never', async () => {
    await rig.cluster.delete(ref('ConfigMap', 'settings'));
    await change(ref('Secret', 'token'), { data: { TOKEN: 'b3RoZXI=' } });
    await until('both', () => drift.nodes.size === 2);
    expect(found('settings')).toMatchObject([{ missing: true, fields: [] }]);
    expect(found('token')).toMatchObject([{ missing: false, fields: [{ path: 'data.TOKEN', hidden: true, owner: 'someone' }] }]);
    expect(JSON.stringify([...drift.nodes])).not.toMatch(/canary|b3RoZXI|hmac|sha/);
  });

  test('what another machine deploys is no drift', async () => {
    const other = shop.replace('MODE: fast }, ', 'MODE: slow }, ').replace(', env: { MODE: fast }', '');
    await rig.deploy(other);
    await until('the watch', () => !JSON.stringify(live.objectsOf('web')).includes('"env"'));
    await live.settled();
    expect(found('web')?.[0]?.fields.some(({ owner }) => owner !== '') ?? false).toBe(false);
  });
}
