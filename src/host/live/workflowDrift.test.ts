import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { Emitter } from '../../shared/emitter';
import type { RunEvent } from '../../shared/runEvent';
import type { WorkflowStreamBody } from '../../shared/stream';
import { DeployRig } from '../../testing/deployRig';
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
async function opened(text: string) {
  const rendered = rig.render(text);
  const live = new engine.LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'shop', objects: rendered });
  ends.push(() => live.dispose());
  await live.settled();
  const streams = new Emitter<WorkflowStreamBody>(() => undefined);
  const none = () => ({ dispose: () => undefined });
  const state = { workflow: engine.parseWorkflow(text).workflow, loaded: rig.loaded, sources: new Map(), openApi: rig.openApi } as unknown as DocumentState;
  const { target } = (await rig.plan(shop)).plan;
  const drift = new WorkflowDrift({
    open: { state, onDidChange: none } as unknown as WorkflowDocument,
    live: { followed: { cluster: rig.cluster, target, live, rendered }, onDidChangeTarget: none },
    runs: { onStream: streams.on },
    engine,
    files: rig.files,
    log: rig.logger,
  });
  ends.push(() => drift.dispose());
  const told = (type: RunEvent['type']): void => streams.emit({ event_type: 'run', data: { type } as RunEvent });
  return { drift, live, told };
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
