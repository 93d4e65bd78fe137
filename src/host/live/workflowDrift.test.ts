import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { Emitter } from '../../shared/emitter';
import type { RunEvent } from '../../shared/runEvent';
import type { WorkflowStreamBody } from '../../shared/stream';
import { DeployRig } from '../../testing/deployRig';
import { realTools, startSourceRig, workflowWith } from '../../testing/sourceRig';
import { until } from '../../testing/until';
import type { DocumentState, WorkflowDocument } from '../documents';
import { WorkflowDrift } from './workflowDrift';

vi.mock('vscode', () => ({
  l10n: { t: (text: string, ...args: readonly unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) },
}));

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  other: { type: configmap, data: { MODE: fast } }
`;
const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' };

let rig: DeployRig;
const ends: (() => void)[] = [];
beforeEach(async () => {
  rig = await DeployRig.start();
  await rig.deploy(shop);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) end();
  await rig.dispose();
});

/** The workflow as an open document with this text, followed on the rig's cluster. */
async function opened(text: string, followed: engine.SourceResults = new Map()) {
  const { workflow } = engine.parseWorkflow(text);
  const rendered = engine.renderWorkflow({ workflow, loaded: rig.loaded, namespace: 'default', sources: followed }).objects;
  const live = new engine.LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: workflow.name, objects: rendered });
  ends.push(() => live.dispose());
  await live.settled();
  const streams = new Emitter<WorkflowStreamBody>(() => undefined);
  const none = () => ({ dispose: () => undefined });
  const state = { workflow, loaded: rig.loaded, sources: new Map() as engine.SourceResults, openApi: rig.openApi };
  const changes = new Emitter<DocumentState>(() => undefined);
  const { target } = (await rig.plan(shop)).plan;
  const drift = new WorkflowDrift({
    open: { state, onDidChange: changes.on } as unknown as WorkflowDocument,
    live: { followed: { cluster: rig.cluster, target, live, rendered }, onDidChangeTarget: none },
    runs: { onStream: streams.on },
    engine,
    files: rig.files,
    log: rig.logger,
  });
  ends.push(() => drift.dispose());
  const told = (type: RunEvent['type']): void => streams.emit({ event_type: 'run', data: { type } as RunEvent });
  const render = (results: engine.SourceResults): void => {
    state.sources = results;
    changes.emit(state as unknown as DocumentState);
  };
  return { drift, live, told, render };
}
const change = (mode: string) => rig.cluster.mergePatch(settings, { data: { MODE: mode } }, { fieldManager: 'someone' });

test('what differs is told with the sides as a page may have them, and not while a run writes', async () => {
  const { drift, live, told } = await opened(shop);
  await until('what was applied', () => drift.hasRun);
  told('run:started');
  await change('x'.repeat(1000));
  await until('the watch', () => JSON.stringify(live.objectsOf('settings')).includes('xxx'));
  expect(drift.nodes.size).toBe(0);
  told('run:failed');
  await until('the drift', () => drift.nodes.size > 0);
  const [field] = drift.view.nodes['settings']?.[0]?.fields ?? [];
  expect(field).toMatchObject({ path: 'data.MODE', applied: '"fast"', file: '"fast"', owner: 'someone' });
  expect(field?.live).toBe(`"${'x'.repeat(399)}…`);
});

test('nodes that were applied and are gone from the file are known; one that goes on under another id is not gone', async () => {
  const { drift } = await opened(shop.replace(/ {2}other:.*\n/, '').replace('settings: {', 'renamed: { name: settings,'));
  await until('what was applied', () => drift.hasRun);
  expect(drift.removedNodes).toEqual(['other']);
});

test('without the version that runs there it is said that nothing can be told', async () => {
  for (const path of [...rig.files.contents.keys()]) if (path.includes('/versions/')) rig.files.contents.delete(path);
  const { drift } = await opened(shop);
  await until('the reason', () => drift.view.unknown !== undefined);
  expect(drift.view).toEqual({ nodes: {}, unknown: 'Version 1 runs there, and is not in this folder: what differs from it cannot be told.' });
});

const missing = realTools === undefined ? ' (skipped: helm is not to be had on this machine)' : '';
describe.skipIf(realTools === undefined)(`objects of a chart${missing}`, { timeout: 60_000 }, () => {
  const node = (replicas: number): string =>
    `  living: { type: helm, chart: charts/shop, releaseName: demo, values: { replicas: ${replicas}, widget: false } }\n`;
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'demo-web' };

  test('differ only from the rendering that was applied, and a plan takes a field back', async () => {
    const charts = await startSourceRig();
    ends.push(() => void charts.dispose());
    const [one, two] = await Promise.all([charts.render(node(1), { namespace: 'default' }), charts.render(node(2), { namespace: 'default' })]);
    const text = workflowWith(node(1));
    await rig.deploy(text, {}, { sources: one });
    await rig.cluster.mergePatch(web, { spec: { replicas: 4 } }, { fieldManager: 'someone' });

    // Before anything is rendered nobody knows what was applied.
    const { drift, render } = await opened(text, one);
    await until('what was applied', () => drift.hasRun);
    expect(drift.nodes.size).toBe(0);
    render(one);
    await until('the drift', () => drift.nodes.size > 0);
    expect(drift.view.nodes['living']).toMatchObject([{ kind: 'Deployment', fields: [{ path: 'spec.replicas', live: '4', applied: '1', owner: 'someone' }] }]);
    render(two);
    await until('no drift from what was never applied', () => drift.nodes.size === 0);
    render(one);
    await until('the drift again', () => drift.nodes.size > 0);

    const { plan } = await rig.plan(text, { sources: one });
    const step = plan.steps.find(({ ref }) => ref.kind === 'Deployment' && ref.name === 'demo-web');
    expect(step).toMatchObject({ nodeId: 'living', action: 'conflict', conflicts: [{ path: 'spec.replicas', owner: 'someone' }] });
    await rig.deploy(text, {}, { sources: one, choices: { adopt: [], take: ['Deployment/demo-web:spec.replicas'] } });
    await until('the end of it', () => drift.nodes.size === 0);
    expect((await rig.cluster.get(web))?.spec).toMatchObject({ replicas: 1 });
  });
});
