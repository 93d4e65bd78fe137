import { resolve } from 'node:path';
import type * as vscode from 'vscode';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as engine from '../../engine/index';
import { clusterFromKubeconfig } from '../../kube/index';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import type { RunningSandbox } from '../../sandbox/options';
import { startServer } from '../../sandbox/startServer';
import { Emitter } from '../../shared/emitter';
import { failure } from '../../shared/problem';
import type { WorkflowStreamBody } from '../../shared/stream';
import { MemoryFiles } from '../../testing/memoryFiles';
import { MemoryLogger } from '../../testing/memoryLogger';
import { until } from '../../testing/until';
import { VirtualClock } from '../../testing/virtualClock';
import type { Connection, TargetChoice, Targets } from '../clusters/targets';
import type { DocumentState, WorkflowDocument } from '../documents';
import { LiveDocument } from './liveDocument';

vi.mock('vscode', () => ({
  workspace: { onDidGrantWorkspaceTrust: () => ({ dispose: () => undefined }) },
  l10n: { t: (text: string) => text },
}));

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const text =
  'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnamespace: default\nnodes:\n  settings: {type: configmap, data: {a: "1"}}\n  other: {type: configmap, data: {b: "2"}}\n';

/** The workflow as an open document. */
async function shop() {
  const folder = { toString: () => 'file:///shop' } as vscode.Uri;
  const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(resolve(import.meta.dirname, '../../../templates')))]);
  const parsed = engine.parseWorkflow(text);
  const structures: (readonly unknown[])[] = [];
  const resolved = engine.resolveWorkflow(parsed.workflow, loaded.catalog);
  const state = { revision: 1, text, parsed, workflow: parsed.workflow, loaded, resolved, sources: new Map(), problems: [] } as unknown as DocumentState;
  const open = {
    folder,
    state,
    onDidChange: () => ({ dispose: () => undefined }),
    setClusterDocuments: (documents: readonly unknown[]) => structures.push(documents),
  } as unknown as WorkflowDocument;
  return { folder, parsed, open, structures };
}

/** A workflow with one deployed node, followed on a sandbox that may end and be started again like the real process. */
async function rig() {
  const { folder, parsed, open, structures } = await shop();
  const moved = new Emitter<vscode.Uri>(() => undefined);
  let running: RunningSandbox | undefined;
  let starts = 0;
  const end = async (): Promise<void> => {
    await running?.close();
    running = undefined;
  };
  const start = async (): Promise<RunningSandbox> => {
    if (running === undefined) {
      running = await startServer();
      starts++;
      moved.emit(folder);
    }
    return running;
  };
  const targets: Pick<Targets, 'choiceFor' | 'onDidChange' | 'onDidReconnect' | 'connect'> = {
    choiceFor: () => ({ type: 'sandbox' }),
    onDidChange: () => ({ dispose: () => undefined }),
    onDidReconnect: () => ({ dispose: () => undefined }),
    connect: async (_choice, workflow, _folder, mayStart): Promise<Connection | undefined> => {
      const found = mayStart ? await start() : running;
      if (found === undefined) return undefined;
      const cluster = await clusterFromKubeconfig({ text: found.kubeconfig, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
      return {
        cluster,
        target: {
          label: 'sandbox',
          sandbox: true,
          context: '',
          server: found.server,
          clusterUid: found.server,
          namespace: workflow.namespace ?? '',
          protected: false,
        },
        ended: new AbortController().signal,
        dispose: () => cluster.dispose(),
      };
    },
  };
  const live = new LiveDocument({
    open,
    engine,
    targets: targets as Targets,
    clock: systemClock(),
    log: new MemoryLogger(),
    files: new MemoryFiles(),
    onSandboxesChanged: moved.on,
  });
  const heard: WorkflowStreamBody[] = [];
  live.onStream((body) => heard.push(body));
  cleanup.push(end, () => live.dispose());
  const held = live.hold();
  cleanup.push(() => held.dispose());
  await live.settled();
  const cluster = await targets.connect({ type: 'sandbox' }, parsed.workflow, folder, false);
  cleanup.push(() => cluster?.dispose());
  const [rendered] = live.objects().filter(({ nodeId }) => nodeId === 'settings');
  if (rendered === undefined || cluster === undefined) throw new Error('nothing to deploy');
  await cluster.cluster.apply(rendered.object, { fieldManager: engine.fieldManager });
  await until('the deployed node', () => live.statusOf('settings')?.state === 'healthy');
  return { live, heard, end, structures, stopOnPurpose: async () => (await end(), moved.emit(folder)), starts: () => starts };
}

describe('A canvas whose sandbox ends', () => {
  it('has its file judged by the structure that the sandbox itself gives out', async () => {
    const { structures } = await rig();
    await until('the structure', () => structures.length > 0);
    expect(structures[0]?.length).toBeGreaterThan(0);
    for (const document of structures[0] ?? []) expect(document).toMatchObject({ openapi: '3.0.0', components: { schemas: expect.any(Object) as object } });
  });

  it('shows what it knew as stale, never as not deployed, and Reconnect starts the sandbox', async () => {
    const { live, end, starts } = await rig();
    await end();
    await until('the stale node', () => live.statusOf('settings')?.staleSince !== undefined, 30_000);
    expect(live.statusOf('settings')).toMatchObject({ state: 'healthy' });
    expect(live.health).toMatchObject({ connected: false });
    expect(starts()).toBe(1);
    live.reconnect();
    await until('the new sandbox', () => live.health.connected && live.statusOf('settings')?.state === 'missing', 30_000);
    expect(starts()).toBe(2);
    expect(live.statusOf('settings')?.staleSince).toBeUndefined();
  });

  it('by being stopped shows the same, says why, and is not started by the canvas itself', async () => {
    const { live, heard, stopOnPurpose, starts } = await rig();
    heard.length = 0;
    await stopOnPurpose();
    await until('the reason', () => live.health.error !== undefined);
    expect(live.health).toMatchObject({ connected: false, error: 'The sandbox is not running. Reconnect starts it again.' });
    expect(live.statusOf('settings')).toMatchObject({ state: 'healthy', staleSince: expect.stringMatching(/^20/) as string });
    // No view was told in between that nothing is deployed.
    for (const body of heard) if (body.event_type === 'workflow_sync') expect(body.data.nodes['settings']).toMatchObject({ state: 'healthy' });
    expect(starts()).toBe(1);
    live.reconnect();
    await until('the new sandbox', () => live.health.connected && live.statusOf('settings')?.state === 'missing', 30_000);
    expect(starts()).toBe(2);
  });
});

describe('A target that refuses', () => {
  it('is named as the chosen one, to whoever asks and to whoever listens', async () => {
    const { folder, open } = await shop();
    const chosen = new Emitter<vscode.Uri>(() => undefined);
    const state: { choice?: TargetChoice } = {};
    const targets: Pick<Targets, 'choiceFor' | 'onDidChange' | 'onDidReconnect' | 'connect'> = {
      choiceFor: () => state.choice,
      onDidChange: chosen.on,
      onDidReconnect: () => ({ dispose: () => undefined }),
      connect: () => Promise.reject(failure('cluster.unauthorized', { server: 'prod' })),
    };
    const files = new MemoryFiles();
    const clock = new VirtualClock();
    const live = new LiveDocument({
      open,
      engine,
      targets: targets as Targets,
      clock,
      log: new MemoryLogger(),
      files,
      onSandboxesChanged: () => ({ dispose: () => undefined }),
    });
    cleanup.push(() => live.dispose());
    const told: unknown[] = [];
    live.onDidChangeTarget((target) => told.push({ target, chosen: live.chosen }));
    live.hold();
    await live.settled();
    expect(live.chosen).toBeNull();
    state.choice = { type: 'context', context: 'by-token' };
    chosen.emit(folder);
    await live.settled();
    expect(told).toEqual([{ target: null, chosen: 'by-token' }]);
    expect({ target: live.target, chosen: live.chosen }).toEqual({ target: null, chosen: 'by-token' });
    expect(live.health).toMatchObject({
      connected: false,
      error: 'The cluster at {server} refused the credentials (401). They may have expired: sign in again or renew the token.',
    });
  });
});
