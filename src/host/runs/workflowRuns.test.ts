import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import type { WorkflowStreamBody } from '../../shared/stream';
import { DeployRig } from '../../testing/deployRig';
import { until } from '../../testing/until';
import type { Connection } from '../clusters/targets';
import type { DocumentState, WorkflowDocument } from '../documents';
import type { LiveDocument } from '../live/liveDocument';
import type { WorkflowSources } from '../sources/workflowSources';
import { WorkflowPlans } from './workflowPlans';
import { WorkflowRuns } from './workflowRuns';

const editor = vi.hoisted(() => ({ asked: [] as { readonly text: string; readonly answer: (picked: string | undefined) => void }[] }));
vi.mock('vscode', () => ({
  workspace: { asRelativePath: () => 'shop', getConfiguration: () => ({ get: (_name: string, fallback: unknown) => fallback }) },
  window: {
    showInformationMessage: () => Promise.resolve(undefined),
    showErrorMessage: () => Promise.resolve(undefined),
    showWarningMessage: (text: string) => new Promise((answer) => void editor.asked.push({ text, answer })),
  },
  l10n: { t: (text: string) => text },
  CancellationError: Error,
}));

const before = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  old: { type: configmap, data: { K: v } }
  db: { type: deployment, image: postgres:15 }
`;
/** The database is made again, and what no node makes any more is deleted: two questions. */
const after = before
  .replace(/ {2}old:.*\n/, '')
  .replace('postgres:15', 'postgres:15, patch: { spec: { selector: { matchLabels: { app: db, tier: x } }, template: { metadata: { labels: { tier: x } } } } }');

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  await rig.deploy(before);
});
afterEach(() => rig.dispose());

function runsOf(text: string, connect: () => Promise<Connection | undefined> = () => Promise.resolve(undefined)): WorkflowRuns {
  const parsed = engine.parseWorkflow(text);
  const { loaded } = rig;
  const resolved = engine.resolveWorkflow(parsed.workflow, loaded.catalog);
  const state = { text, parsed, workflow: parsed.workflow, loaded, resolved, sources: new Map(), problems: [] } as unknown as DocumentState;
  const none = () => ({ dispose: () => undefined });
  const document = { uri: { toString: () => 'file:///shop' } as vscode.Uri, getText: () => text };
  const open = { state, document, onDidChange: none } as unknown as WorkflowDocument;
  const live = { connect, onDidChangeTarget: none, statuses: {}, health: { connected: true } } as unknown as LiveDocument;
  const { clock, files, secrets, openApi, logger: log } = rig;
  const sources = { renderForPlan: () => Promise.resolve(new Map()) } as unknown as WorkflowSources;
  const plans = new WorkflowPlans({ open, live, engine, sources, openApi, clock, secrets, opened: () => Promise.resolve([]), log });
  return new WorkflowRuns({ open, live, plans, engine, clock, files, secrets, log, onChanged: () => undefined });
}

async function waitingRun() {
  const runs = runsOf(after);
  const { target } = (await rig.plan(after)).plan;
  let held = 0;
  const connect = (): Connection => {
    held++;
    return { target, cluster: rig.cluster, ended: new AbortController().signal, dispose: () => void held-- };
  };
  const heard: WorkflowStreamBody[] = [];
  runs.onStream((body) => heard.push(body));
  const plan = await runs.plans.make({ target, cluster: rig.cluster, ended: new AbortController().signal, dispose: () => undefined }, { prune: { named: [] } });
  const runId = await runs.start(plan.digest, connect());
  await runs.ended();
  const types = (): readonly string[] => (runs.snapshot?.events ?? []).map(({ type }) => type);
  return { runs, runId, connect, heard, types, held: () => held };
}

describe('a run that waits at two gates', () => {
  test('goes on with the second answer, and tells views of the first one meanwhile', async () => {
    const { runs, runId, connect, heard, types, held } = await waitingRun();
    expect(runs.waiting?.gates.map(({ gateId }) => gateId)).toEqual(['replace-db', 'prune']);
    const told = types().length;
    await runs.answer(runId, 'replace-db', 'approved', connect());
    expect(runs.running).toBeUndefined();
    expect(types()).toHaveLength(told);
    expect(held()).toBe(0);
    expect(runs.waiting?.gates.map(({ gateId }) => gateId)).toEqual(['prune']);
    expect(heard.at(-1)).toMatchObject({ event_type: 'workflow_sync', data: { run: { runId, decisions: { 'replace-db': 'approved' } } } });
    await runs.answer(runId, 'prune', 'rejected', connect());
    await until('the end', () => runs.running === undefined);
    // What an answer left out is told, not passed off as a success.
    expect(editor.asked.pop()?.text).toMatch(/^Workflow deployed in part/);
    expect(types().slice(told)).toEqual(expect.arrayContaining(['human_gate:resumed', 'run:completed']));
    expect(types().filter((type) => type === 'run:paused')).toHaveLength(1);
    expect(runs.waiting).toBeUndefined();
    expect(held()).toBe(0);
  });

  test('counts an answer that another process gave', async () => {
    const { runs, runId, connect, types } = await waitingRun();
    await engine.resolveGate(rig.files, rig.clock, { workflow: 'shop', runId, gateId: 'prune' }, { decision: 'approved', decidedBy: 'grace' });
    await runs.answer(runId, 'replace-db', 'approved', connect());
    await runs.ended();
    expect(types().at(-1)).toBe('run:completed');
  });

  test('refuses another decision on the same gate, and holds no connection then', async () => {
    const { runs, runId, connect, held } = await waitingRun();
    await runs.answer(runId, 'replace-db', 'approved', connect());
    await expect(runs.answer(runId, 'replace-db', 'rejected', connect())).rejects.toThrow(/replace-db/);
    expect(held()).toBe(0);
  });
});

/** `web` waits behind a gate whose time is over after a moment. */
const gated = (timeoutAction: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  ask: { type: gate, message: Go on?, timeoutMs: 300, timeoutAction: ${timeoutAction} }
  web: { type: deployment, image: nginx:1 }
edges:
  - web -> ask
`;

describe('a gate that nobody answers', () => {
  async function started(text: string) {
    const { target } = (await rig.plan(text)).plan;
    const connections: Connection[] = [];
    const connect = (): Connection => {
      const connection = {
        target,
        cluster: rig.cluster,
        ended: new AbortController().signal,
        dispose: () => void connections.splice(connections.indexOf(connection), 1),
      };
      connections.push(connection);
      return connection;
    };
    const runs = runsOf(text, () => Promise.resolve(connect()));
    const plan = await runs.plans.make({ target, cluster: rig.cluster, ended: new AbortController().signal, dispose: () => undefined });
    const runId = await runs.start(plan.digest, connect());
    const types = (): readonly string[] => (runs.snapshot?.events ?? []).map(({ type }) => type);
    return { runs, runId, types, connect, connections };
  }

  test.each([
    ['approve', 'run:completed', true],
    ['reject', 'run:failed', false],
  ])('goes on by its default when its time is over: %s', async (timeoutAction, end, isThere) => {
    const { types, connections } = await started(gated(timeoutAction));
    await until('the end', () => types().at(-1) === end && connections.length === 0);
    expect(types().filter((type) => type === 'run:paused')).toHaveLength(1);
    expect((await rig.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' })) !== undefined).toBe(isThere);
  });

  test('of a run that was only found in a journal goes on when a person says so', async () => {
    const text = gated('approve');
    const { runs, connect } = await started(text);
    await until('the pause', () => runs.waiting !== undefined);
    // The window closes before the time is over.
    runs.dispose();
    const later = runsOf(text, () => Promise.resolve(connect()));
    await later.showPaused();
    await until('the question', () => editor.asked.length > 0);
    expect(later.running).toBeUndefined();
    expect(later.waiting).toBeDefined();
    editor.asked.pop()?.answer('Go On');
    await until('the end', () => later.snapshot?.events.at(-1)?.type === 'run:completed');
  });
});
