import { resolve } from 'node:path';
import { applyOrder } from '../engine/order';
import { coreTemplates, loadCatalog } from '../engine/catalog';
import type { LoadedCatalog } from '../engine/catalog';
import type { Intent } from '../engine/diagnostics/judging';
import { intentOf } from '../engine/diagnostics/judging';
import { parseWorkflow } from '../engine/document/parse';
import type { PlanRequest, PreparedPlan } from '../engine/plan/planWorkflow';
import { planWorkflow } from '../engine/plan/planWorkflow';
import { releasesOf } from '../engine/plan/helmReleases';
import type { Clock, Cluster, Secrets } from '../engine/ports';
import { renderWorkflow } from '../engine/render';
import { resolveWorkflow } from '../engine/relations';
import type { RenderedObject } from '../engine/render';
import type { SourceResults } from '../engine/sources/renderSources';
import type { RunRequest } from '../engine/run/runPlan';
import { readPausedRun } from '../engine/run/pausedRun';
import { runPlan } from '../engine/run/runPlan';
import { clusterFromKubeconfig } from '../kube/index';
import { nodeFiles } from '../node/nodeFiles';
import { systemClock } from '../node/systemClock';
import type { OpenApi, OpenApiData } from '../openapi';
import { openApiFromJson } from '../openapi';
import type { RunningSandbox } from '../sandbox/options';
import { startServer } from '../sandbox/startServer';
import type { Target } from '../shared/plan';
import type { RunEvent } from '../shared/runEvent';
import type { FaultProxy } from './faultProxy';
import { startFaultProxy } from './faultProxy';
import { MemoryFiles } from './memoryFiles';
import { MemoryLogger } from './memoryLogger';

/** As fast as the simulated machinery is still seen to take its steps, in milliseconds. */
export const quickDelays = { imagePullMs: 20, containerStartMs: 20, readinessMs: 40, addressMs: 50, terminationMs: 20, schedulingMs: 5 };
const root = resolve(import.meta.dirname, '../..');

interface Shipped {
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
}

/** Read once for all rigs of a file: a suite may start hundreds. */
let shipped: Promise<Shipped> | undefined;

async function readShipped(): Promise<Shipped> {
  const [loaded, apiText] = await Promise.all([
    loadCatalog([coreTemplates(nodeFiles(resolve(root, 'templates')))]),
    nodeFiles(root).read('src/openapi/data/kubernetes.json'),
  ]);
  return { loaded, openApi: openApiFromJson(JSON.parse(apiText ?? '') as OpenApiData) };
}

/** Whether a request changes something: dry-runs and questions about access and identity do not. */
export function isWrite({ method, path, query }: { readonly method: string; readonly path: string; readonly query: URLSearchParams }): boolean {
  return method !== 'GET' && query.get('dryRun') === null && !/^\/apis\/auth(?:orization|entication)\.k8s\.io\//.test(path);
}

/**
 * Everything that a deployment passes through, for real: the shipped templates, the engine, the kube room, a proxy that can
 * do harm on the way, and a sandbox of its own. Only files are in memory.
 */
export class DeployRig {
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  readonly files = new MemoryFiles();
  readonly logger = new MemoryLogger();
  readonly secretValues = new Map<string, string>();
  readonly openApi: OpenApi;
  readonly #sandbox: RunningSandbox | undefined;
  /** The kinds that workflows are made of; a test may give a workspace's own. */
  loaded: LoadedCatalog;
  readonly target: Target;
  readonly #clock: Clock;

  private constructor(parts: {
    cluster: Cluster;
    proxy: FaultProxy;
    sandbox: RunningSandbox | undefined;
    loaded: LoadedCatalog;
    openApi: OpenApi;
    target: Target;
    clock: Clock;
  }) {
    this.cluster = parts.cluster;
    this.proxy = parts.proxy;
    this.openApi = parts.openApi;
    this.#sandbox = parts.sandbox;
    this.loaded = parts.loaded;
    this.target = parts.target;
    this.#clock = parts.clock;
  }

  /** On a sandbox of its own, or on the cluster of a self-contained kubeconfig, in a namespace that is there. The kube room may have a faster clock. */
  static async start(other?: { readonly kubeconfig: string; readonly namespace: string }, kubeClock: Clock = systemClock()): Promise<DeployRig> {
    const clock = systemClock();
    const [sandbox, { loaded, openApi }] = await Promise.all([
      other === undefined ? startServer({ seed: '1', delays: quickDelays }) : undefined,
      (shipped ??= readShipped()),
    ]);
    const proxy = await startFaultProxy(other?.kubeconfig ?? sandbox?.kubeconfig ?? '');
    const cluster = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock: kubeClock, logger: new MemoryLogger() });
    const target = await targetOf(cluster, other?.namespace);
    return new DeployRig({ cluster, proxy, sandbox, loaded, openApi, target, clock });
  }

  get clock(): Clock {
    return this.#clock;
  }

  get secrets(): Secrets {
    return { get: ({ nodeId, key }) => Promise.resolve(this.secretValues.get(`${nodeId}.${key}`)) };
  }

  render(text: string): readonly RenderedObject[] {
    return renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded: this.loaded, namespace: this.target.namespace }).objects;
  }

  /** What the file wants, for judging whether the cluster has it. */
  intent(text: string): Intent {
    const { objects, resolved } = renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded: this.loaded, namespace: this.target.namespace });
    return intentOf({ objects, resolved });
  }

  plan(text: string, more: Partial<PlanRequest> & { readonly sources?: SourceResults } = {}): Promise<PreparedPlan> {
    const { workflow } = parseWorkflow(text);
    const { sources = new Map(), ...asked } = more;
    const { objects, resolved } = renderWorkflow({ workflow, loaded: this.loaded, namespace: this.target.namespace, sources });
    const order = applyOrder(resolved);
    return planWorkflow({
      cluster: this.cluster,
      clock: this.#clock,
      workflow,
      target: this.target,
      rendered: objects,
      order,
      links: resolved.links,
      secrets: this.secrets,
      origin: 'repo/shop',
      openApi: this.openApi,
      releases: releasesOf(sources),
      sources,
      ...asked,
    });
  }

  async *events(text: string, prepared: PreparedPlan, more: Partial<RunRequest> = {}): AsyncGenerator<RunEvent> {
    const { workflow } = parseWorkflow(text);
    const { cluster, files, logger, secrets } = this;
    yield* runPlan({
      cluster,
      clock: this.#clock,
      files,
      logger,
      secrets,
      prepared,
      workflow,
      text,
      triggeredBy: 'cli',
      allow: [],
      wait: false,
      timeoutMs: 20_000,
      ...more,
    });
  }

  /** Plans and runs to the end. */
  async deploy(text: string, more: Partial<RunRequest> = {}, asked: Partial<PlanRequest> = {}): Promise<readonly RunEvent[]> {
    return this.run(text, await this.plan(text, asked), more);
  }

  /** Runs a plan to the end. */
  async run(text: string, prepared: PreparedPlan, more: Partial<RunRequest> = {}): Promise<readonly RunEvent[]> {
    const events: RunEvent[] = [];
    for await (const event of this.events(text, prepared, more)) events.push(event);
    return events;
  }

  /** Goes on with a paused run, planned again as it was asked for. */
  async resume(workflow: string, runId: string, more: Partial<RunRequest> = {}): Promise<readonly RunEvent[]> {
    const resumed = await readPausedRun(this.files, workflow, runId);
    return this.run(resumed.text, await this.plan(resumed.text, resumed.started.asked ?? {}), { ...more, resumed });
  }

  /** A plan that deletes everything that runs of this file made. */
  planDeletion(text: string, named: readonly string[] = []): Promise<PreparedPlan> {
    const { workflow } = parseWorkflow(text);
    const order = applyOrder(resolveWorkflow({ ...workflow, nodes: [], edges: [] }, this.loaded.catalog));
    return this.plan(text, { rendered: [], links: [], order, prune: { named }, purpose: 'delete' });
  }

  async dispose(): Promise<void> {
    this.cluster.dispose();
    await this.proxy.close();
    await this.#sandbox?.close();
  }
}

async function targetOf(cluster: Cluster, namespace: string = cluster.defaultNamespace): Promise<Target> {
  return {
    label: 'sandbox',
    sandbox: true,
    context: cluster.label,
    server: cluster.server,
    clusterUid: await cluster.clusterUid(),
    namespace,
    protected: false,
  };
}
