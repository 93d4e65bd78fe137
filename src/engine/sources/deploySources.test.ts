import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../shared/runEvent';
import { DeployRig } from '../../testing/deployRig';
import type { SourceRig } from '../../testing/sourceRig';
import { realTools, startSourceRig, workflowWith } from '../../testing/sourceRig';
import { LiveWorkflow } from '../status/liveWorkflow';
import { readInventory } from '../inventory';
import { capabilitiesOf } from './capabilities';
import { objectsOfInventory } from './objectsOfInventory';
import type { SourceResults } from './renderSources';

const missing = realTools === undefined ? ' (skipped: helm and kubectl are not to be had on this machine)' : '';
const nodes = (more = ''): string =>
  `  shop: { type: helm, chart: charts/shop, releaseName: demo${more} }\n  base: { type: kustomize, path: bases/shop/overlay }\n` +
  `edges:\n  - { from: base, to: shop, relation: depends-on }\n`;

describe.skipIf(realTools === undefined)(`charts and bases on a cluster${missing}`, { timeout: 120_000 }, () => {
  let rig: DeployRig;
  let sources: SourceRig;

  beforeAll(async () => {
    [rig, sources] = await Promise.all([DeployRig.start(), startSourceRig()]);
  }, 120_000);
  afterAll(async () => {
    await rig.dispose();
    await sources.dispose();
  });

  const rendered = async (text: string): Promise<SourceResults> =>
    sources.render(text, { namespace: 'default', capabilities: await capabilitiesOf(rig.cluster) });

  test('a release that Helm has under this name refuses the plan, and "adopt" takes its objects over', async () => {
    const { cluster } = rig;
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sh.helm.release.v1.demo.v1', namespace: 'default', labels: { owner: 'helm', name: 'demo' } },
      type: 'helm.sh/release.v1',
      data: { release: 'e30=' },
    });
    const annotations = { 'meta.helm.sh/release-name': 'demo', 'meta.helm.sh/release-namespace': 'default' };
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'demo-cache', namespace: 'default', annotations }, data: { SIZE: '64' } });
    const refused = await rig.plan(workflowWith(nodes()), { sources: await rendered(nodes()) });
    expect(refused.plan.problems).toMatchObject([{ code: 'source.release', nodeId: 'shop', severity: 'error' }]);
    expect(refused.plan.steps.find((step) => step.ref.name === 'demo-cache')?.action).toBe('blocked');
    const adopting = nodes(', adopt: true');
    const { plan } = await rig.plan(workflowWith(adopting), { sources: await rendered(adopting) });
    expect(plan.problems).toMatchObject([{ code: 'source.adopts', severity: 'warning' }]);
    expect(plan.steps.find((step) => step.ref.name === 'demo-cache')?.action).toBe('adopt');
    // The definition comes with this very plan, and so does an object of it.
    expect(plan.steps.find((step) => step.ref.kind === 'Widget')?.action).toBe('create');
    expect(JSON.stringify(plan)).not.toMatch(/chart-secret-1|Y2hhcnQtc2VjcmV0LTE|base-secret-1/);
  });

  test('they are applied in order until all are healthy, and then nothing is left to do and no program starts', async () => {
    const text = nodes(', adopt: true');
    const results = await rendered(text);
    const events: RunEvent[] = [];
    const prepared = await rig.plan(workflowWith(text), { sources: results });
    for await (const event of rig.events(workflowWith(text), prepared, { wait: true, timeoutMs: 60_000 })) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    const kinds = events.flatMap((event) => (event.type === 'node:completed' && event.nodeId === 'shop' ? [event.ref.kind] : []));
    expect(kinds[0]).toBe('CustomResourceDefinition');
    expect(kinds.indexOf('Deployment')).toBeGreaterThan(kinds.indexOf('Service'));
    const started = events.findIndex((event) => event.type === 'node:started' && event.nodeId === 'base');
    expect(started).toBeGreaterThan(events.findLastIndex((event) => event.type === 'node:completed' && event.nodeId === 'shop'));
    const secret = await rig.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'demo-login' });
    expect(Object.keys(secret?.data ?? {}).sort()).toEqual(['PASSWORD', 'USER']);
    for (const [path, written] of rig.files.contents) expect([path, written].join(' ')).not.toMatch(/chart-secret-1|Y2hhcnQtc2VjcmV0LTE|base-secret-1/);

    const starts = sources.starts.length;
    const again = await rig.plan(workflowWith(text), { sources: await rendered(text) });
    expect(again.plan.counts).toMatchObject({ create: 0, change: 0, adopt: 0, unchanged: again.plan.steps.length });
    // The definition that came meanwhile is an API more, which charts may ask for: that renders once, and then nothing does.
    await rendered(text);
    expect(sources.starts.length - starts).toBeLessThanOrEqual(1);
  });

  test('what the inventory names is followed without a rendering, and the node is as well as the worst of its objects', async () => {
    const { cluster, clock, logger } = rig;
    const objects = objectsOfInventory(await readInventory(cluster, 'living', 'default'), new Set(['shop']));
    expect(objects.map((one) => one.object.kind).sort()).toEqual([
      'ConfigMap',
      'ConfigMap',
      'CustomResourceDefinition',
      'Deployment',
      'Secret',
      'Service',
      'Widget',
    ]);
    const live = new LiveWorkflow({ cluster, clock, logger, workflow: 'living', objects });
    try {
      await live.until(() => live.statusOf('shop')?.state === 'healthy', AbortSignal.timeout(60_000));
      expect(live.statusOf('shop')).toMatchObject({ message: '7 objects', objects: 7, healthyObjects: 7, ready: 2, desired: 2 });
      expect(live.podsOf('shop').length).toBeGreaterThan(0);
      await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'demo-cache' });
      await live.until(() => live.statusOf('shop')?.state === 'missing', AbortSignal.timeout(60_000));
      expect(live.statusOf('shop')).toMatchObject({ message: 'ConfigMap demo-cache: Deleted from the cluster', healthyObjects: 6 });
    } finally {
      live.dispose();
    }
  });
});
