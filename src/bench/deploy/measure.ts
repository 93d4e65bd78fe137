// Deploying two hundred objects through a delay, and how many requests a changed few cost. Started by ../deploy.mjs.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import { coreTemplates, loadCatalog } from '../../engine/catalog';
import type { LoadedCatalog } from '../../engine/catalog';
import { canonicalJson } from '../../engine/digest';
import { parseWorkflow } from '../../engine/document/parse';
import { limited } from '../../engine/limited';
import { applyOrder } from '../../engine/order';
import { asJson } from '../../engine/plan/fieldPaths';
import type { PreparedPlan } from '../../engine/plan/planWorkflow';
import { planWorkflow } from '../../engine/plan/planWorkflow';
import type { Cluster, Secrets } from '../../engine/ports';
import type { RenderResult } from '../../engine/render';
import { renderWorkflow } from '../../engine/render';
import { runPlan } from '../../engine/run/runPlan';
import { LiveWorkflow } from '../../engine/status/liveWorkflow';
import { clusterFromKubeconfig } from '../../kube/index';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import type { OpenApi, OpenApiData } from '../../openapi';
import { openApiFromJson } from '../../openapi';
import type { KubeObject } from '../../shared/kubeObject';
import type { RunEvent } from '../../shared/runEvent';
import { startApiServer } from '../../testing/apiServer';
import { startFaultProxy } from '../../testing/faultProxy';
import { MemoryLogger } from '../../testing/memoryLogger';
import { largeWorkflow, mixedWorkflow } from './workload';

export interface WorkflowText {
  readonly text: string;
  readonly secretIds: readonly string[];
}

interface Settings {
  readonly root: string;
  readonly work: string;
  readonly cli: string;
  readonly delayProxy: string;
  readonly roundTripMs: number;
  readonly pairs: number;
  readonly kubectl?: string;
  readonly helm?: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const secretValue = 'a-value-of-the-bench';
const clock = systemClock();
const logger = new MemoryLogger();
const secrets: Secrets = { get: () => Promise.resolve(secretValue) };
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const span = (values: readonly number[], digits = 0): string =>
  `${Math.min(...values).toFixed(digits)} / ${median(values).toFixed(digits)} / ${Math.max(...values).toFixed(digits)}`;

interface World {
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
}

function rendered({ loaded }: World, text: string, namespace: string): RenderResult {
  return renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded, namespace });
}

async function plan(world: World, cluster: Cluster, text: string, namespace: string, watched: boolean): Promise<PreparedPlan> {
  const { objects, resolved } = rendered(world, text, namespace);
  return planWorkflow({
    ...{ cluster, clock, secrets, rendered: objects, order: applyOrder(resolved), links: resolved.links, origin: 'bench', openApi: world.openApi },
    workflow: resolved.workflow,
    target: { label: 'bench', sandbox: false, context: '', server: cluster.server, clusterUid: await cluster.clusterUid(), namespace, protected: false },
    ...(watched ? { watched: true } : {}),
  });
}

async function run(
  cluster: Cluster,
  text: string,
  prepared: PreparedPlan,
  folder: string,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<void> {
  const files = nodeFiles(folder);
  const { workflow } = prepared;
  const request = { cluster, clock, files, logger, secrets, prepared, workflow, text, triggeredBy: 'cli', allow: [], wait: false, timeoutMs: 60_000 } as const;
  let last: RunEvent | undefined;
  for await (const event of runPlan(request)) {
    onEvent(event);
    last = event;
  }
  if (last?.type !== 'run:completed') throw new Error(`the run ended with ${JSON.stringify(last)}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const collections: readonly (readonly [string, string])[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
];

/** What every tool must have made alike: without the marks by which each finds its own again, and what the server gives out. */
function meaning(object: KubeObject): unknown {
  const { clusterIP: _ip, clusterIPs: _ips, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
  const labels = Object.entries(object.metadata.labels ?? {}).filter(
    ([name]) => !['app.kubernetes.io/managed-by', 'applyset.kubernetes.io/part-of'].includes(name),
  );
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => !name.startsWith('meta.helm.sh/'));
  const {
    apiVersion: _version,
    kind: _kind,
    metadata,
    status: _status,
    ...rest
  } = object as unknown as Record<string, unknown> & { metadata: { name: string } };
  return { ...rest, spec, name: metadata.name, labels: Object.fromEntries(labels), annotations: Object.fromEntries(annotations) };
}

async function stateHash(direct: Cluster, namespace: string): Promise<string> {
  const lists = await Promise.all(
    collections.map(async ([apiVersion, kind]) => (await direct.list({ apiVersion, kind }, { namespace })).map((object) => ({ kind, object }))),
  );
  const own = lists
    .flat()
    .filter(
      ({ kind, object }) =>
        object.metadata.name !== 'kubeorch-mixed' &&
        !(kind === 'Secret' && typeof object.type === 'string' && object.type.startsWith('helm.sh/')) &&
        object.metadata.name !== 'default' &&
        object.metadata.name !== 'kube-root-ca.crt',
    );
  // A Secret's values come as digests that are salted with their place: who made them is told by the keys.
  const said = own
    .map(({ kind, object }) => `${kind} ${canonicalJson(asJson({ ...object, meaning: withoutSecrets(kind, meaning(object)) } as never)['meaning'] ?? null)}`)
    .sort();
  return `${own.length} objects, ${createHash('sha256').update(said.join('\n')).digest('hex').slice(0, 12)}`;
}

function withoutSecrets(kind: string, said: unknown): unknown {
  return kind === 'Secret' ? { ...(said as object), data: Object.keys((said as { data?: object }).data ?? {}) } : said;
}

/** Sixteen connections, nothing else: server-side applies side by side, wave after wave. */
async function bareClient(
  server: string,
  caPem: string,
  token: string,
  waves: readonly (readonly KubeObject[])[],
): Promise<{ apply(): Promise<void>; close(): Promise<void> }> {
  const agent = new Agent({ connections: 16, pipelining: 1, allowH2: false, connect: { ca: caPem } });
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const send = async (method: 'GET' | 'PATCH', path: string, body?: string): Promise<void> => {
    const answer = await agent.request({
      origin: server,
      method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.body.text();
    if (answer.statusCode > 299) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
  };
  const plural: Readonly<Record<string, string>> = { HorizontalPodAutoscaler: 'horizontalpodautoscalers' };
  const pathOf = ({ apiVersion, kind, metadata }: KubeObject): string =>
    `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/namespaces/${metadata.namespace ?? ''}/${plural[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}?fieldManager=bare&force=false`;
  await Promise.all(Array.from({ length: 16 }, () => send('GET', '/version')));
  return {
    apply: async () => {
      for (const wave of waves)
        await limited(
          wave.map((object) => () => send('PATCH', pathOf(object), JSON.stringify(object))),
          16,
        );
    },
    close: () => agent.close(),
  };
}

function program(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = settings.work): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject).once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}: ${said.slice(0, 500)}`))));
  });
}

async function delayed(port: number): Promise<{ readonly port: number; close(): void }> {
  const child = spawn(process.execPath, [settings.delayProxy, String(port), String(settings.roundTripMs)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const first = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { port: Number(first), close: () => child.kill() };
}

/** Figures of one kind of deployer, a value for each turn. */
class Figures {
  readonly #values = new Map<string, number[]>();

  add(name: string, ms: number): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), ms]);
  }

  of(name: string): readonly number[] {
    return this.#values.get(name) ?? [];
  }

  /** Turn by turn, so that a machine that was busy was so for both. */
  ratio(ours: string, theirs: string): number {
    const peers = this.of(theirs);
    return median(this.of(ours).map((value, index) => value / (peers[index] ?? Number.NaN)));
  }
}

const timesOfWalls = ['bare client', 'plan', 'run', 'whole command', 'kubectl', 'helm'] as const;

async function main(): Promise<boolean> {
  const server = await startApiServer();
  const proxy = await delayed(server.port);
  let direct: Cluster | undefined;
  try {
    const files = nodeFiles(settings.root);
    const world: World = {
      loaded: await loadCatalog([coreTemplates(nodeFiles(join(settings.root, 'templates')))]),
      openApi: openApiFromJson(JSON.parse((await files.read('src/openapi/data/kubernetes.json')) ?? '') as OpenApiData),
    };
    const through = server.kubeconfig.replaceAll(`127.0.0.1:${server.port}`, `127.0.0.1:${proxy.port}`);
    const kubeconfig = join(settings.work, 'kubeconfig');
    await writeFile(kubeconfig, through, { mode: 0o600 });
    await writeFile(join(settings.work, 'token.txt'), secretValue);
    const aside = await clusterFromKubeconfig({ text: server.kubeconfig, clock, logger });
    direct = aside;
    const caPem = Buffer.from(
      (JSON.parse(server.kubeconfig) as { clusters: { cluster: Record<string, string> }[] }).clusters[0]?.cluster['certificate-authority-data'] ?? '',
      'base64',
    ).toString();
    const space = async (name: string): Promise<string> => {
      await aside.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    };
    const manifestsFor = (namespace: string): readonly (readonly KubeObject[])[] => {
      const { text } = mixedWorkflow(namespace);
      const { objects, resolved } = rendered(world, text, namespace);
      const value = Buffer.from(secretValue).toString('base64');
      return applyOrder(resolved).waves.map((ids) =>
        objects
          .filter((one) => ids.includes(one.nodeId))
          .map(({ object, secretKeys }) => (secretKeys.length === 0 ? object : { ...object, data: Object.fromEntries(secretKeys.map((key) => [key, value])) })),
      );
    };
    const yaml = (namespace: string): string =>
      manifestsFor(namespace)
        .flat()
        .map((object) => `---\n${JSON.stringify(object)}\n`)
        .join('');
    const kubectl = (namespace: string, manifests: string): Promise<void> =>
      program(settings.kubectl ?? '', [
        '--kubeconfig',
        kubeconfig,
        '--cache-dir',
        join(settings.work, 'discovery'),
        '-n',
        namespace,
        'apply',
        '--server-side',
        '-f',
        manifests,
      ]);
    const helmEnv = Object.fromEntries(['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(settings.work, `helm-${kind.toLowerCase()}`)]));
    const helm = (namespace: string, chart: string): Promise<void> =>
      program(settings.helm ?? '', ['install', 'mixed', chart, '--kubeconfig', kubeconfig, '-n', namespace], { ...helmEnv, HOME: settings.work });

    const figures = new Figures();
    const hashes = new Map<string, string>();
    for (let turn = settings.pairs === 0 ? 0 : -1; turn < settings.pairs; turn += 1) {
      // The first turn warms discovery, files and the server, and does not count.
      const add = (name: (typeof timesOfWalls)[number], ms: number): void => (turn < 0 ? undefined : figures.add(name, ms));
      const ours = async (): Promise<void> => {
        const namespace = await space(`ours-${turn + 1}`);
        const { text } = mixedWorkflow(namespace);
        const cluster = await clusterFromKubeconfig({ text: through, clock, logger });
        try {
          await Promise.all([cluster.resources(), cluster.clusterUid()]);
          let prepared: PreparedPlan | undefined;
          add('plan', await timed(async () => (prepared = await plan(world, cluster, text, namespace, false))));
          if (prepared === undefined) throw new Error('there is no plan');
          const accepted = prepared;
          add('run', await timed(() => run(cluster, text, accepted, join(settings.work, namespace))));
        } finally {
          cluster.dispose();
        }
        hashes.set('ours', await stateHash(aside, namespace));
      };
      const bare = async (): Promise<void> => {
        const namespace = await space(`bare-${turn + 1}`);
        const client = await bareClient(`https://127.0.0.1:${proxy.port}`, caPem, server.token, manifestsFor(namespace));
        add('bare client', await timed(() => client.apply()));
        await client.close();
        hashes.set('bare', await stateHash(aside, namespace));
      };
      const command = async (): Promise<void> => {
        const namespace = await space(`command-${turn + 1}`);
        const folder = join(settings.work, namespace);
        const { text, secretIds } = mixedWorkflow(namespace);
        await mkdir(join(folder, '.kubeorch'), { recursive: true });
        await writeFile(join(folder, '.kubeorch/mixed.workflow.yaml'), text);
        const given = secretIds.flatMap((id) => ['--secret', `${id}.TOKEN=@${join(settings.work, 'token.txt')}`]);
        const words = [settings.cli, 'deploy', '.kubeorch/mixed.workflow.yaml', '--kubeconfig', kubeconfig, '--yes', ...given];
        add('whole command', await timed(() => program(process.execPath, words, {}, folder)));
        hashes.set('command', await stateHash(aside, namespace));
      };
      const peer = async (name: 'kubectl' | 'helm'): Promise<void> => {
        const namespace = await space(`${name}-${turn + 1}`);
        if (name === 'kubectl') {
          const manifests = join(settings.work, `${namespace}.yaml`);
          await writeFile(manifests, yaml(namespace));
          add(name, await timed(() => kubectl(namespace, manifests)));
        } else {
          const chart = join(settings.work, `chart-${namespace}`);
          await mkdir(join(chart, 'templates'), { recursive: true });
          await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: mixed\nversion: 0.1.0\n');
          await writeFile(join(chart, 'templates/all.yaml'), yaml(namespace));
          add(name, await timed(() => helm(namespace, chart)));
        }
        hashes.set(name, await stateHash(aside, namespace));
      };
      const all = [
        bare,
        ours,
        command,
        ...(settings.kubectl === undefined ? [] : [() => peer('kubectl')]),
        ...(settings.helm === undefined ? [] : [() => peer('helm')]),
      ];
      for (const one of turn % 2 === 0 ? all : [...all].reverse()) await one();
    }

    if (settings.pairs === 0) return (await requests(world, server.kubeconfig, space)) && (await large(world, server.kubeconfig, space));
    console.log(`200 objects in 3 waves through ${settings.roundTripMs} ms, ${settings.pairs} alternating turns; ms min / median / max`);
    for (const name of timesOfWalls) if (figures.of(name).length > 0) console.log(`  ${name.padEnd(14)} ${span(figures.of(name))}`);
    const states = new Set(hashes.values());
    console.log(
      `  final state: ${states.size === 1 ? `the same by all: ${[...states].join()}` : `NOT the same: ${JSON.stringify(Object.fromEntries(hashes))}`}`,
    );
    let met = states.size === 1;
    const bar = (what: string, value: number, most: number): void => {
      met &&= value <= most;
      console.log(`  ${what}: ${value.toFixed(3)} (bar ${most}${value <= most ? '' : ': MISSED'})`);
    };
    bar('run / bare client', figures.ratio('run', 'bare client'), 1.5);
    for (const name of ['kubectl', 'helm'] as const) {
      if (figures.of(name).length === 0) console.log(`  ${name}: left out, its program is not on this machine and could not be built`);
      else {
        bar(`run / ${name}`, figures.ratio('run', name), 0.25);
        console.log(`  whole command with its plan and its start / ${name}: ${figures.ratio('whole command', name).toFixed(3)}`);
      }
    }
    met = (await requests(world, server.kubeconfig, space)) && met;
    return (await large(world, server.kubeconfig, space)) && met;
  } finally {
    direct?.dispose();
    proxy.close();
    await server.close();
  }
}

/** Requests for k changed objects of two hundred, beside a live view as an open canvas has it. */
async function requests(world: World, kubeconfig: string, space: (name: string) => Promise<string>): Promise<boolean> {
  const proxy = await startFaultProxy(kubeconfig);
  const cluster = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock, logger });
  const namespace = await space('requests');
  const folder = join(settings.work, 'requests');
  const first = mixedWorkflow(namespace).text;
  await run(cluster, first, await plan(world, cluster, first, namespace, false), folder);
  const { objects } = rendered(world, first, namespace);
  const live = new LiveWorkflow({ cluster, clock, logger, workflow: 'mixed', objects });
  let met = true;
  try {
    const isWarm = async (text: string): Promise<boolean> => {
      const from = proxy.requests.length;
      await plan(world, cluster, text, namespace, true);
      return proxy.requests.length === from;
    };
    let present = first;
    for (const changed of [0, 1, 10, 40]) {
      const untilMs = Date.now() + 20_000;
      while (!(await isWarm(present))) {
        if (Date.now() > untilMs) {
          const last = proxy.requests.slice(-3).map(({ method, path, query }) => `${method} ${path}?${query.toString()}`);
          throw new Error(`the watches are not in step after 20 s; asked last: ${last.join(', ')}`);
        }
        await clock.sleep(50);
      }
      const { text } = mixedWorkflow(namespace, changed);
      const from = proxy.requests.length;
      const prepared = await plan(world, cluster, text, namespace, true);
      const planned = proxy.requests.length;
      await run(cluster, text, prepared, folder);
      const ran = proxy.requests.length - planned;
      // The config maps that were changed before stay so: only the further ones are changed now.
      const k = prepared.plan.counts.change;
      const most = k === 0 ? 0 : k + 2;
      const isMet = ran <= most && (k > 0 || planned === from);
      met &&= isMet;
      console.log(`  ${k} of 200 changed, watches warm: the run ${ran} requests (bar ${most}${isMet ? '' : ': MISSED'}), its plan ${planned - from}`);
      present = text;
    }
  } finally {
    live.dispose();
    cluster.dispose();
    await proxy.close();
  }
  return met;
}

/** A workflow of a thousand nodes, without a delay. */
async function large(world: World, kubeconfig: string, space: (name: string) => Promise<string>): Promise<boolean> {
  const cluster = await clusterFromKubeconfig({ text: kubeconfig, clock, logger });
  try {
    const namespace = await space('large');
    const { text } = largeWorkflow(namespace, 1000);
    let prepared: PreparedPlan | undefined;
    const planMs = await timed(async () => (prepared = await plan(world, cluster, text, namespace, false)));
    if (prepared === undefined) throw new Error('there is no plan');
    const accepted = prepared;
    let [told, events, firstMs] = [0, 0, 0];
    const startedAt = performance.now();
    let longestSilenceMs = 0;
    let saidAt = startedAt;
    const runMs = await timed(() =>
      run(cluster, text, accepted, join(settings.work, 'large'), (event) => {
        const now = performance.now();
        events += 1;
        longestSilenceMs = Math.max(longestSilenceMs, now - saidAt);
        saidAt = now;
        if (event.type !== 'node:completed') return;
        told += 1;
        if (told === 1) firstMs = now - startedAt;
      }),
    );
    const again = await timed(async () => (prepared = await plan(world, cluster, text, namespace, false)));
    console.log(
      `  1,000 nodes without delay: plan ${planMs.toFixed(0)} ms; run ${runMs.toFixed(0)} ms, ${events} events, first object after ${firstMs.toFixed(0)} ms, longest silence ${longestSilenceMs.toFixed(0)} ms; plan of it unchanged ${again.toFixed(0)} ms`,
    );
    return told === 1000 && prepared.plan.counts.unchanged === 1000;
  } finally {
    cluster.dispose();
  }
}

process.exitCode = (await main()) ? 0 : 1;
