import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInventory } from '../engine/inventory';
import { workflowLabel } from '../engine/labels';
import { limited } from '../engine/limited';
import { ClusterError } from '../engine/ports';
import type { Cluster } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube/index';
import { systemClock } from '../node/systemClock';
import { refKey, refOf } from '../shared/kubeObject';
import type { BundledCli, CliResult } from './bundledCli';
import { bundleCli } from './bundledCli';
import { isWrite } from './deployRig';
import type { FaultProxy } from './faultProxy';
import { startFaultProxy } from './faultProxy';
import { MemoryLogger } from './memoryLogger';
import { until } from './until';
import type { FaultedServer } from './writeFaults';
import { workflowText } from './writeScenarios';

const shop = {
  web: '{ type: deployment, image: "nginx:1", replicas: 0, port: 80 }',
  'web-svc': '{ type: service, name: web, port: 80 }',
  settings: '{ type: configmap, data: { MODE: fast } }',
  account: '{ type: serviceaccount }',
};
const shopEdges = ['web-svc -> web', '{ from: settings, to: web, as: env }'];
const renamed = {
  front: shop.web,
  'front-svc': '{ type: service, name: front, port: 80 }',
  config: '{ type: configmap, data: { MODE: fast } }',
  account: shop.account,
};
const changed = {
  web: '{ type: deployment, image: "nginx:2", replicas: 0, port: 80 }',
  settings: '{ type: configmap, data: { MODE: slow } }',
  extra: shop.account,
};

/** What is killed: a deployment of `after` where `before` was deployed, or going back to the first version. */
interface Operation {
  readonly name: 'deploy' | 'prune' | 'rename' | 'restore';
  readonly before: readonly string[];
  /** Undefined: version 1 is put back into the file. */
  readonly after?: string;
  readonly names: readonly string[];
}

const first = workflowText('shop', shop, shopEdges);
const shopNames = ['ConfigMap/settings', 'Deployment/web', 'Service/web', 'ServiceAccount/account'];

export const operations: readonly Operation[] = [
  { name: 'deploy', before: [], after: first, names: shopNames },
  { name: 'prune', before: [first], after: workflowText('shop', { web: changed.web }), names: ['Deployment/web'] },
  {
    name: 'rename',
    before: [first],
    after: workflowText('shop', renamed, ['front-svc -> front', '{ from: config, to: front, as: env }']),
    names: ['ConfigMap/config', 'Deployment/front', 'Service/front', 'ServiceAccount/account'],
  },
  { name: 'restore', before: [first, workflowText('shop', changed, ['{ from: settings, to: web, as: env }'])], names: shopNames },
];

const deployment = ['--yes', '--allow', 'prune', '--prune', '-o', 'ndjson'];
const file = join('.kubeorch', 'shop.workflow.yaml');

/** One workflow in a namespace and a folder of its own, reached through a proxy of its own. */
class KilledCase {
  readonly #cli: BundledCli;
  readonly #folder: string;
  readonly #proxy: FaultProxy;
  readonly #namespace: string;
  readonly cluster: Cluster;

  private constructor(cli: BundledCli, folder: string, proxy: FaultProxy, namespace: string, cluster: Cluster) {
    this.#cli = cli;
    this.#folder = folder;
    this.#proxy = proxy;
    this.#namespace = namespace;
    this.cluster = cluster;
  }

  static async start(cli: BundledCli, server: FaultedServer, namespace: string): Promise<KilledCase> {
    const folder = join(cli.folder, namespace);
    const proxy = await startFaultProxy(server.kubeconfig);
    await Promise.all([server.makeNamespace(namespace), mkdir(join(folder, '.kubeorch'), { recursive: true })]);
    await writeFile(join(folder, 'kubeconfig'), proxy.kubeconfig);
    const cluster = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
    return new KilledCase(cli, folder, proxy, namespace, cluster);
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return this.#cli.run(args, { cwd: this.#folder });
  }

  onCluster(command: string, ...args: readonly string[]): Promise<CliResult> {
    return this.run(command, file, '--kubeconfig', 'kubeconfig', '--namespace', this.#namespace, ...args);
  }

  author(text: string): Promise<void> {
    return writeFile(join(this.#folder, file), text);
  }

  /** Everything before the run that is killed. */
  async prepare({ before, after }: Operation): Promise<void> {
    for (const text of before) {
      await this.author(text);
      expect(await this.onCluster('deploy', ...deployment)).toMatchObject({ code: 0 });
    }
    if (after !== undefined) await this.author(after);
    else expect(await this.run('versions', 'restore', file, '1')).toMatchObject({ code: 0 });
  }

  /** How many writes the run makes when nobody kills it. */
  async writes(): Promise<number> {
    const from = this.#proxy.requests.length;
    expect(await this.onCluster('deploy', ...deployment)).toMatchObject({ code: 0 });
    return this.#proxy.requests.slice(from).filter(isWrite).length;
  }

  /** Kills the program with the write of this number on its way: before the server sees it, or so that the server acts and nobody hears. */
  async killAtWrite(number: number, when: 'before' | 'after'): Promise<void> {
    const words = ['deploy', file, '--kubeconfig', 'kubeconfig', '--namespace', this.#namespace, ...deployment];
    const child = spawn(process.execPath, [join(this.#cli.folder, 'dist/kubeorch.mjs'), ...words], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<string | null>((resolve, reject) => child.once('error', reject).once('exit', (_, signal) => resolve(signal)));
    let writes = 0;
    const kill = (): boolean => child.kill('SIGKILL');
    this.#proxy.fault = (request) => {
      if (!isWrite(request)) return writes >= number ? { fault: 'hold' } : undefined;
      writes += 1;
      if (writes < number) return undefined;
      // Held and not cut: a reset would end the whole connection, and with it the write that the server is to act on.
      if (writes > number) return { fault: 'hold' };
      // What was sent by then is only what has arrived whole: so the server acts first, and until the program is dead nothing else passes.
      if (when === 'after') return { fault: 'cutAfter', acted: kill };
      kill();
      return { fault: 'cutBefore' };
    };
    const end = await ended;
    expect(end, `the program came to write ${number} of ${writes}:\n${said}`).toBe('SIGKILL');
    this.#proxy.fault = () => undefined;
  }

  /** When the lock that a dead run left has run out, in milliseconds since the epoch; 0 without one. */
  async lockedUntilMs(): Promise<number> {
    const { lock } = await readInventory(this.cluster, 'shop', this.#namespace);
    return lock === undefined ? 0 : Date.parse(lock.until);
  }

  /** Every object of every kind that carries the workflow's label and is nobody else's part. */
  async labelled(): Promise<readonly string[]> {
    const kinds = (await this.cluster.resources()).filter(
      ({ namespaced, verbs, kind, resource }) =>
        namespaced && verbs.includes('list') && !resource.includes('/') && !['Endpoints', 'EndpointSlice', 'Event'].includes(kind),
    );
    const query = { namespace: this.#namespace, labelSelector: `${workflowLabel}=shop` };
    const lists = await limited(
      kinds.map((kind) => async () => {
        try {
          return (await this.cluster.list(kind, query)).map((object) => ({ ...object, apiVersion: kind.apiVersion, kind: kind.kind }));
        } catch (error) {
          if (error instanceof ClusterError && error.failure.kind === 'not-found') return [];
          throw error;
        }
      }),
      4,
    );
    const own = lists.flat().filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.controller === true) !== true);
    return [...new Set(own.filter(({ metadata }) => metadata.name !== 'kubeorch-shop').map((object) => refKey(refOf(object))))].sort();
  }

  async expectNoGhosts(): Promise<void> {
    const members = new Set((await readInventory(this.cluster, 'shop', this.#namespace)).members.map(refKey));
    for (const key of await this.labelled()) expect(members.has(key), `${key} stands in the inventory`).toBe(true);
  }

  /** The next run brings it to its end: exactly what the file wants, all of it listed, and the dead run told as failed. */
  async expectConverges({ names, name }: Operation): Promise<void> {
    const again = await this.onCluster('deploy', ...deployment);
    expect(again.code, `${again.stdout}\n${again.stderr}`).toBe(0);
    const { members, lock } = await readInventory(this.cluster, 'shop', this.#namespace);
    expect(members.map((one) => `${one.kind}/${one.name}`).sort()).toEqual([...names].sort());
    expect(members.every((member) => member.unproven === undefined)).toBe(true);
    expect(lock).toBeUndefined();
    expect(await this.labelled()).toEqual(members.map(refKey).sort());
    expect((await this.onCluster('plan', '--prune')).code, `nothing is left to do after ${name}`).toBe(0);
    const { runs } = JSON.parse((await this.run('runs', 'list', file, '-o', 'json')).stdout) as { readonly runs: readonly { readonly status: string }[] };
    expect(runs.map(({ status }) => status)).not.toContain('running');
  }

  async dispose(): Promise<void> {
    this.cluster.dispose();
    await this.#proxy.close();
  }
}

/** The suite of a program that is killed with each of its writes on the way. Cases run a few at a time, and wait for their locks together. */
export function killedRuns(name: string, start: () => Promise<FaultedServer>, atOnce: number): void {
  describe(`the program killed at every write on ${name}`, () => {
    let server: FaultedServer;
    let cli: BundledCli;
    beforeAll(async () => {
      [server, cli] = await Promise.all([start(), bundleCli(['engine', 'kube'])]);
    }, 180_000);
    afterAll(async () => {
      await Promise.all([server.dispose(), cli.dispose()]);
    });

    test.each(operations)('$name: the next run converges, with no ghost and no orphan', { timeout: 1_800_000 }, async (operation) => {
      const whole = await KilledCase.start(cli, server, `${operation.name}-whole`);
      let writes: number;
      try {
        await whole.prepare(operation);
        writes = await whole.writes();
        await whole.expectConverges(operation);
      } finally {
        await whole.dispose();
      }
      const deaths = Array.from({ length: writes }, (_, index) => (['before', 'after'] as const).map((when) => ({ number: index + 1, when }))).flat();
      const failures: string[] = [];
      const cases = await limited(
        deaths.map((death) => async () => {
          const one = await KilledCase.start(cli, server, `${operation.name}-${death.number}-${death.when}`);
          await one.prepare(operation);
          await one.killAtWrite(death.number, death.when);
          await one.expectNoGhosts();
          return { one, death, lockedUntilMs: await one.lockedUntilMs() };
        }),
        atOnce,
      );
      const lastLockMs = Math.max(...cases.map(({ lockedUntilMs }) => lockedUntilMs));
      // Leases of journals run as long as locks.
      await until('every lock and lease has run out', () => Date.now() > lastLockMs + 1000, 60_000);
      await limited(
        cases.map(({ one, death }) => async () => {
          try {
            await one.expectConverges(operation);
          } catch (error) {
            failures.push(`killed ${death.when} write ${death.number}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          } finally {
            await one.dispose();
          }
        }),
        atOnce,
      );
      expect(failures.join('\n\n')).toBe('');
      console.log(`${name}: ${operation.name}: ${deaths.length} of ${deaths.length} deaths at ${writes} writes converged`);
    });
  });
}
