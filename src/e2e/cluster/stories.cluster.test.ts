// What a team lives through with one workflow, from the command line, on the real cluster: tiers that come up in their order, one that
// does not, what cannot be changed in place, what goes, and two machines at once.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../shared/runEvent';
import type { BundledCli, CliResult } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';

const execute = promisify(execFile);
const namespace = `stories-${String(process.pid)}`;

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), args);
  return stdout.trim();
}

const tier = (image: string, more = ''): string => `{ type: deployment, image: "docker.io/library/${image}", port: 8080, readinessProbe: { path: / }${more} }`;

/** A shop of three tiers, each of which needs the one before it to be ready. */
function shop(nodes: Readonly<Record<string, string>>, name = 'shop'): string {
  const lines = Object.entries(nodes).map(([id, said]) => `  ${id}: ${said}\n`);
  const edges = [
    ['web', 'api'],
    ['api', 'store'],
  ].flatMap(([from = '', to = '']) => (from in nodes && to in nodes ? [`  - ${from} -> ${to}\n`] : []));
  const head = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${name}\nstatus: published\nnamespace: ${namespace}\n`;
  return `${head}nodes:\n${lines.join('')}${edges.length === 0 ? '' : `edges:\n${edges.join('')}`}`;
}

const tiers = { store: tier('probe:1'), api: tier('probe:1'), web: tier('probe:1') };

let cli: BundledCli;
beforeAll(async () => {
  cli = await bundleCli(['engine', 'kube']);
  await kubectl('create', 'namespace', namespace);
});
afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  await cli.dispose();
});

/** A folder with the workflow, as one machine has it. */
class Machine {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string, name = 'shop') {
    this.#folder = join(cli.folder, folder);
    this.#file = join('.kubeorch', `${name}.workflow.yaml`);
  }

  async author(text: string): Promise<void> {
    await mkdir(join(this.#folder, '.kubeorch'), { recursive: true });
    await writeFile(join(this.#folder, this.#file), text);
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return cli.run([...args, '--kubeconfig', required('KUBECONFIG')], { cwd: this.#folder });
  }

  async deploy(...args: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string; readonly events: readonly RunEvent[] }> {
    const { code, stdout, stderr } = await this.run('deploy', this.#file, '--yes', '-o', 'ndjson', ...args);
    return { code, stderr, events: eventsIn(stdout) };
  }

  /** Answers yes to every gate that the run waits at, and goes on with it. */
  async approve(events: readonly RunEvent[]): Promise<readonly RunEvent[]> {
    const gates = events.flatMap((event) => (event.type === 'human_gate:paused' ? [event] : []));
    for (const { runId, gateId } of gates) expect((await this.run('resolve', runId, gateId, '--approve')).code).toBe(0);
    const { stdout, code, stderr } = await this.run('resume', gates[0]?.runId ?? '', '-o', 'ndjson');
    expect(code, stderr).toBe(0);
    return eventsIn(stdout);
  }
}

function eventsIn(text: string): readonly RunEvent[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

function indexOf(events: readonly RunEvent[], what: (event: RunEvent) => boolean): number {
  const at = events.findIndex(what);
  expect(at).toBeGreaterThanOrEqual(0);
  return at;
}

const started = (nodeId: string) => (event: RunEvent) => event.type === 'node:started' && event.nodeId === nodeId;
const healthy = (nodeId: string) => (event: RunEvent) => event.type === 'node:status' && event.nodeId === nodeId && event.status.state === 'healthy';
const uidOf = (kind: string, name: string): Promise<string> => kubectl('-n', namespace, 'get', kind, name, '-o', 'jsonpath={.metadata.uid}');

describe('a shop of three tiers', () => {
  test('comes up in waves: each tier begins when the one before it is healthy', async () => {
    const machine = new Machine('waves', 'waves');
    const own = { store: tier('probe:1', ', name: waves-store'), api: tier('probe:1', ', name: waves-api'), web: tier('probe:1', ', name: waves-web') };
    await machine.author(shop(own, 'waves'));
    const { code, events } = await machine.deploy('--wait', '--timeout', '90s');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 3, ready: true });
    expect(indexOf(events, healthy('store'))).toBeLessThan(indexOf(events, started('api')));
    expect(indexOf(events, healthy('api'))).toBeLessThan(indexOf(events, started('web')));
  });

  test('stops at a middle tier that does not come up, and goes on from there when it is mended', async () => {
    const machine = new Machine('mended');
    await machine.author(shop({ ...tiers, api: tier('nowhere:1', ', options: { timeoutMs: 8000 }') }));
    const stopped = await machine.deploy('--wait', '--timeout', '90s');
    expect(stopped.code).toBe(1);
    expect(stopped.events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.notReady' } });
    expect(stopped.events).toContainEqual(expect.objectContaining({ type: 'node:skipped', nodeId: 'web', reason: 'upstream_unreachable', because: 'api' }));
    await expect(uidOf('deployment', 'web')).rejects.toThrow('not found');
    const store = await uidOf('deployment', 'store');

    await machine.author(shop(tiers));
    const mended = await machine.deploy('--wait', '--timeout', '90s');
    expect(mended.code).toBe(0);
    expect(mended.events.at(-1)).toMatchObject({ type: 'run:completed', applied: 2, unchanged: 1, ready: true });
    expect(indexOf(mended.events, healthy('api'))).toBeLessThan(indexOf(mended.events, started('web')));
    expect(await uidOf('deployment', 'store')).toBe(store);
  });

  test('has an immutable change behind a gate: nothing of it before the answer, a new object after it', async () => {
    const machine = new Machine('mended');
    const fixed = (mode: string): string => `{ type: configmap, data: { MODE: ${mode} }, patch: { immutable: true } }`;
    await machine.author(shop({ ...tiers, fixed: fixed('fast') }));
    expect((await machine.deploy('--wait')).code).toBe(0);
    const before = await uidOf('configmap', 'fixed');

    await machine.author(shop({ ...tiers, fixed: fixed('slow') }));
    const { code, events } = await machine.deploy();
    expect(code).toBe(3);
    expect(events.at(-1)).toMatchObject({ type: 'run:paused', pendingGateCount: 1 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'human_gate:paused', approval: 'replace' }));
    expect(await uidOf('configmap', 'fixed')).toBe(before);
    expect((await machine.approve(events)).at(-1)).toMatchObject({ type: 'run:completed' });
    expect(await uidOf('configmap', 'fixed')).not.toBe(before);
    expect(await kubectl('-n', namespace, 'get', 'configmap', 'fixed', '-o', 'jsonpath={.data.MODE}')).toBe('slow');
  });

  test("loses what was removed after an answer, while a stranger's object of the same name stays", async () => {
    const machine = new Machine('mended');
    const map = '{ type: configmap, data: { OURS: yes } }';
    await machine.author(shop({ ...tiers, old: map, twin: map }));
    expect((await machine.deploy()).code).toBe(0);
    // Somebody takes ours away and puts one of their own in its place.
    await kubectl('-n', namespace, 'delete', 'configmap', 'twin');
    await kubectl('-n', namespace, 'create', 'configmap', 'twin', '--from-literal=THEIRS=yes');
    const stranger = await uidOf('configmap', 'twin');

    await machine.author(shop(tiers));
    const { code, events } = await machine.deploy('--prune');
    expect(code).toBe(3);
    const gates = events.flatMap((event) => (event.type === 'human_gate:paused' ? [event] : []));
    expect(gates.flatMap(({ refs }) => refs.map(({ kind, name }) => `${kind}/${name}`)).sort()).toEqual(['ConfigMap/fixed', 'ConfigMap/old']);
    expect(await uidOf('configmap', 'old')).not.toBe('');
    expect((await machine.approve(events)).at(-1)).toMatchObject({ type: 'run:completed' });
    await expect(uidOf('configmap', 'old')).rejects.toThrow('not found');
    expect(await uidOf('configmap', 'twin')).toBe(stranger);
    expect(await kubectl('-n', namespace, 'get', 'configmap', 'twin', '-o', 'jsonpath={.data}')).toBe('{"THEIRS":"yes"}');
  });
});

describe('two machines at once', () => {
  test('the second is told who runs, and one that waits deploys when the first has ended', async () => {
    const nodes = { store: tier('probe:1', ', name: both-store'), api: tier('probe:1', ', name: both-api') };
    const [first, second, third] = [new Machine('first', 'both'), new Machine('second', 'both'), new Machine('third', 'both')];
    await first.author(shop(nodes, 'both'));
    const later = shop({ ...nodes, more: '{ type: configmap, name: both-more, data: { K: v } }' }, 'both');
    await second.author(later);
    await third.author(later);
    const running = first.deploy('--wait', '--timeout', '90s');
    const lock = (): Promise<string> =>
      kubectl('-n', namespace, 'get', 'configmap', 'kubeorch-both', '--ignore-not-found', '-o', 'jsonpath={.metadata.annotations}');
    await expect.poll(lock, { interval: 50 }).toContain('run-lock');
    const [refused, waited] = await Promise.all([second.deploy(), third.deploy('--wait-for-lock', '90s')]);
    const ended = await running;
    expect(ended.events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    const runId = ended.events[0]?.runId ?? '';
    expect(refused.code).toBe(1);
    expect(refused.events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.locked', args: { run: runId } } });
    expect(waited.stderr).toContain(`Waiting for run ${runId}`);
    expect(waited.code).toBe(0);
    expect(waited.events.at(-1)).toMatchObject({ type: 'run:completed', applied: 1, unchanged: 2 });
  });
});
