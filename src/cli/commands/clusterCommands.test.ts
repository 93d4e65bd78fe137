import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBundle } from '../../build/bundles.mjs';
import { HeldInventory } from '../../engine/inventory';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { MemoryLogger } from '../../testing/memoryLogger';
import type { RunningSandbox } from '../../sandbox/options';
import { startServer } from '../../sandbox/startServer';
import type { Plan } from '../../shared/plan';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import type { BundledCli, CliResult } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';
import { runHere } from '../tests/runHere';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
environments:
  staging: { namespace: default, set: { web: { replicas: 1 } } }
  pinned: { context: kubeorch-sandbox, clusterUid: another-cluster }
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2, port: 80 }
  web-svc: { type: service, name: web, port: 80 }
  db-secret: { type: secret, keys: [PASSWORD] }
edges:
  - web-svc -> web
`;
const canary = 'c4n4ry-on-the-command-line';

let cli: BundledCli;
let sandbox: RunningSandbox;
const file = '.kubeorch/shop.workflow.yaml';
const target = ['--kubeconfig', 'sandbox.kubeconfig'];
const secret = ['--secret', 'db-secret.PASSWORD=@password'];

async function author(text: string): Promise<void> {
  await mkdir(join(cli.folder, '.kubeorch'), { recursive: true });
  await writeFile(join(cli.folder, file), text);
}

/** In this process, for what is a matter of the commands; what is a matter of the program and its process has one. */
const here = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult> => runHere(args, { cwd: cli.folder, env });

const events = (result: CliResult): readonly RunEvent[] =>
  result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);

beforeAll(async () => {
  [cli, sandbox] = await Promise.all([
    bundleCli(['engine', 'kube']),
    startServer({ seed: '1', delays: { imagePullMs: 20, containerStartMs: 20, readinessMs: 100, terminationMs: 20 } }),
  ]);
  await writeFile(join(cli.folder, 'sandbox.kubeconfig'), sandbox.kubeconfig);
  await writeFile(join(cli.folder, 'password'), canary);
  await author(shop);
}, 120_000);
afterAll(async () => {
  await sandbox.close();
  await cli.dispose();
});

describe('a target', () => {
  test('is never guessed', async () => {
    const { code, stdout, stderr } = await cli.run(['plan', file, ...secret]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('kubeorch: No target is chosen. Use --sandbox, --env NAME, --context NAME or --kubeconfig FILE.\n');
  });

  test('that an environment pins to another cluster is refused before anything is read', async () => {
    const { code, stderr } = await here(['plan', file, '--env', 'pinned', ...target, ...secret]);
    expect(code).toBe(2);
    expect(stderr).toContain('leads to another cluster than the one that environment "pinned" is pinned to');
  });

  test('that is unknown, or does not answer, is one clear sentence each', async () => {
    expect((await here(['plan', file, '--env', 'nowhere', ...target])).stderr).toContain('There is no environment "nowhere"');
    expect((await here(['plan', file, '--context', 'nowhere', ...target])).stderr).toContain('There is no context "nowhere"');
    await writeFile(join(cli.folder, 'dead.kubeconfig'), sandbox.kubeconfig.replace(/:\d+\n/, ':1\n'));
    const dead = await here(['status', file, '--kubeconfig', 'dead.kubeconfig']);
    expect(dead.code).toBe(1);
    expect(dead.stderr).toMatch(/^kubeorch: The cluster at https:\/\/127\.0\.0\.1:1\S* does not answer: .*\n$/);
  });
});

describe('plan and deploy', () => {
  test('plan shows a table, the counts and the digest, and writes nothing', async () => {
    const { code, stdout } = await cli.run(['plan', file, ...target, ...secret]);
    expect(code).toBe(4);
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'Plan for shop on context kubeorch-sandbox, namespace default',
      '+  create  Deployment  web',
      '+  create  Service     web        (web-svc)',
      '+  create  Secret      db-secret',
      '3 to create',
      expect.stringMatching(/^Digest [0-9a-f]{64}$/) as unknown as string,
    ]);
    const plan = JSON.parse((await here(['plan', file, ...target, ...secret, '-o', 'json'])).stdout) as Plan;
    expect(plan.counts).toMatchObject({ create: 3 });
  });

  test('deploy asks when nobody can answer by ending at the gate', async () => {
    const { code, stderr } = await here(['deploy', file, ...target, ...secret]);
    expect(code).toBe(3);
    expect(stderr).toContain('Nothing was applied.');
  });

  test('deploy without a secret value is invalid input and names the key', async () => {
    const { code, stdout } = await here(['deploy', file, ...target, '--yes']);
    expect(code).toBe(2);
    expect(stdout).toContain('Secret "db-secret" has no value for PASSWORD');
    expect((await here(['deploy', file, ...target, '--yes', '--secret', `db-secret.PASSWORD=${canary}`])).code).toBe(2);
  });

  test('deploy of a draft is refused with what to do', async () => {
    await author(shop.replace('published', 'draft'));
    const { code, stdout } = await here(['deploy', file, ...target, ...secret, '--yes']);
    await author(shop);
    expect(code).toBe(2);
    expect(stdout).toContain('Workflow must be published to run. Set "status: published".');
  });

  test('deploy tells its events as NDJSON on stdout alone, in the journal too, and never a secret', async () => {
    const result = await cli.run(['deploy', file, ...target, '--secret-env', 'app', '--yes', '--wait', '--journal', 'ci.ndjson', '-o', 'ndjson'], {
      env: { APP_DB_SECRET_PASSWORD: canary },
    });
    expect(result.code).toBe(0);
    const told = events(result);
    expect(told.map((event) => event.sequenceNumber)).toEqual(told.map((_, index) => index + 1));
    expect(told.at(-1)).toMatchObject({ type: 'run:completed', applied: 3, ready: true });
    expect(await readFile(join(cli.folder, 'ci.ndjson'), 'utf8')).toBe(result.stdout);
    expect(await readFile(join(cli.folder, `.kubeorch/runs/shop/${told[0]?.runId ?? ''}.ndjson`), 'utf8')).toBe(result.stdout);
    for (const form of [canary, Buffer.from(canary).toString('base64')]) expect(result.stdout + result.stderr).not.toContain(form);
  });

  test('deploy makes a missing namespace only when it is told to', async () => {
    const elsewhere = ['deploy', file, ...target, '--namespace', 'brand-new', ...secret];
    const refused = await here([...elsewhere, '--yes']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('--create-namespace');
    const made = await here([...elsewhere, '--create-namespace', '--yes']);
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: expect.stringContaining('The namespace "brand-new" was created.') as string });
  });

  test('deploy approves exactly the plan whose digest is given', async () => {
    await author(shop.replace('nginx:1', 'nginx:2'));
    const wrong = await here(['deploy', file, ...target, ...secret, '--approve', 'deadbeef']);
    expect(wrong.code).toBe(3);
    const digest = /Digest (\S+)/.exec((await here(['plan', file, ...target, ...secret])).stdout)?.[1] ?? '';
    const right = await here(['deploy', file, ...target, ...secret, '--approve', digest]);
    expect({ code: right.code, stdout: right.stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('nginx:1 -> nginx:2') as string });
    await author(shop);
  });

  test('what the file no longer makes is deleted when it is asked for and allowed, and the whole workflow by its own command', async () => {
    const gone = '.kubeorch/gone.workflow.yaml';
    const write = (...nodes: readonly string[]): Promise<void> =>
      writeFile(
        join(cli.folder, gone),
        `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: gone\nstatus: published\nnodes:\n${nodes.map((id) => `  ${id}: { type: configmap, data: { K: v } }\n`).join('')}`,
      );
    await write('one', 'two');
    expect((await here(['deploy', gone, ...target, '--yes'])).code).toBe(0);
    await write('one');
    expect((await here(['plan', gone, ...target])).stdout).toContain('.  left-running  ConfigMap  two');
    const told = await here(['plan', gone, ...target, '--prune', '-o', 'json']);
    expect(JSON.parse(told.stdout)).toMatchObject({ approvals: ['prune'], steps: [{ effect: 'unchanged' }, { effect: 'delete', ref: { name: 'two' } }] });
    const paused = await cli.run(['deploy', gone, ...target, '--prune', '--yes']);
    expect(paused).toMatchObject({ code: 3, stdout: expect.stringContaining('Needs an approval for: prune') as string });
    const [, run = ''] = /kubeorch resume (\S+)/.exec(paused.stdout) ?? [];
    expect((await here(['resolve', run, 'prune', ...target])).code).toBe(2);
    expect((await here(['resolve', run, 'other', ...target, '--approve'])).code).toBe(2);
    expect((await here(['resume', run, ...target])).code).toBe(3);
    const answered = await cli.run(['resolve', run, 'prune', ...target, '--approve', '--comment', 'tidy']);
    expect(answered).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Gate prune: approved by \S+\. Go on with: kubeorch resume /) as string });
    const pruned = await cli.run(['resume', run, ...target]);
    expect(pruned).toMatchObject({ code: 0, stdout: expect.stringContaining('ConfigMap/two deleted') as string });
    expect((await here(['resume', run, ...target])).stderr).toContain('does not wait for an answer; it is completed');
    expect((await here(['deploy', gone, ...target, '--delete-also', 'Secret/x'])).code).toBe(2);
    const all = await here(['delete', gone, ...target, '--yes', '--allow', 'prune']);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('ConfigMap/one deleted') as string });
    expect((await here(['delete', gone, ...target])).stdout).toContain('Nothing to do');
  });

  test('a new name is one line with what becomes of the old one, and a month of what is requested is estimated', async () => {
    const names = '.kubeorch/names.workflow.yaml';
    const write = (id: string): Promise<void> =>
      writeFile(
        join(cli.folder, names),
        `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: names\nstatus: published\nnodes:\n  ${id}: { type: deployment, image: nginx:1, replicas: 2, resources: { requests: { cpu: 250m, memory: 512Mi } } }\n  once: { type: job, image: busybox:1, command: [done] }\n`,
      );
    await write('first');
    const prices = ['--prices', 'cpu=0.1,memory=0.01,currency=EUR'];
    const deployed = await here(['deploy', names, ...target, '--yes', ...prices]);
    expect(deployed).toMatchObject({ code: 0, stdout: expect.stringContaining('first about 43.80 EUR a month, 43.80 EUR in all') as string });
    await write('second');
    const { stdout } = await here(['plan', names, ...target, '--prune'], { KUBEORCH_PRICES: 'cpu=0.1' });
    expect(stdout).toMatch(/^-> {2}rename +Deployment +first -> second\n {6}The old one is deleted after it\n/m);
    expect(stdout).toContain('Requests 0.5 CPU, 1 GiB memory: about 36.50 USD a month; not priced: once\n');
    expect(stdout).toContain('1 to create, 1 to delete');
    const told = JSON.parse((await here(['plan', names, ...target, '-o', 'json'])).stdout) as Plan;
    expect(told.renames).toMatchObject([{ nodeId: 'second', nodeBefore: 'first', from: { name: 'first' }, to: { name: 'second' } }]);
    expect(told.cost?.currency).toBeUndefined();
    expect(await here(['plan', names, ...target, '--prices', 'cpu=cheap'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"cpu=cheap"') as string,
    });
    expect((await here(['delete', names, ...target, '--yes', '--allow', 'prune'])).code).toBe(0);
  });

  test('drift tells fields that someone has taken with all their sides (4), and nothing when there are none (0)', async () => {
    const drifted = '.kubeorch/drifted.workflow.yaml';
    const text =
      'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: drifted\nstatus: published\nnodes:\n  options: { type: configmap, data: { MODE: fast } }\n';
    await writeFile(join(cli.folder, drifted), text);
    expect(await here(['drift', drifted, ...target])).toMatchObject({ code: 1, stderr: expect.stringContaining('was never deployed') as string });
    expect((await here(['deploy', drifted, ...target, '--yes'])).code).toBe(0);
    expect(await here(['drift', drifted, ...target])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The cluster is as version 1 was applied/) as string,
    });
    const cluster = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'options' };
    await cluster.mergePatch(ref, { data: { MODE: 'slow' } }, { fieldManager: 'someone' });
    cluster.dispose();
    const told = await here(['drift', drifted, ...target]);
    expect(told.code).toBe(4);
    expect(told.stdout).toContain('ConfigMap/options\n  data.MODE: live "slow", applied "fast", file "fast" (someone; --take ConfigMap/options:data.MODE)\n');
    expect((await here(['delete', drifted, ...target, '--yes', '--allow', 'prune'])).code).toBe(0);
  });

  test('gates of the file pause a run (3), and how they end is told by the exit code: done (0), left out (4), too late (1)', async () => {
    const asking = '.kubeorch/asking.workflow.yaml';
    const write = (value: string, gate = ''): Promise<void> =>
      writeFile(
        join(cli.folder, asking),
        `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: asking
status: published
nodes:
  note: { type: manifest, manifest: { apiVersion: v1, kind: ConfigMap, data: { K: ${value} } } }
  ask: { type: gate, message: 'Which change is it?', gateType: input, inputs: [{ name: ticket }]${gate} }
edges: [note -> ask]
`,
      );
    const paused = async (): Promise<string> => {
      const told = await here(['deploy', asking, ...target, '--yes']);
      expect(told).toMatchObject({ code: 3, stdout: expect.stringContaining('gate-ask waits for values for ticket: Which change is it?') as string });
      return /kubeorch resume (\S+)/.exec(told.stdout)?.[1] ?? '';
    };
    await write('a');
    expect((await here(['plan', asking, ...target])).stdout).toContain('?  input ask: Which change is it? (before note)');
    expect(JSON.parse((await here(['plan', asking, ...target, '-o', 'json'])).stdout)).toMatchObject({ gates: [{ nodeId: 'ask', holds: ['note'] }] });
    const first = await paused();
    expect((await here(['resolve', first, 'gate-ask', ...target, '--approve'])).code).toBe(2);
    expect((await here(['resolve', first, 'gate-ask', ...target, '--approve', '--input', 'ticket=1'])).code).toBe(2);
    expect((await here(['resume', first, ...target])).code).toBe(3);
    expect((await here(['resolve', first, 'gate-ask', ...target, '--input', 'ticket=CHG=1'])).code).toBe(0);
    const done = await here(['resume', first, ...target]);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/answered gate gate-ask by \S+ ticket=CHG=1\n/) as string });

    await write('b');
    const second = await paused();
    expect((await here(['resolve', second, 'gate-ask', ...target, '--reject'])).code).toBe(0);
    expect(await here(['resume', second, ...target])).toMatchObject({ code: 4, stdout: expect.stringContaining('1 left out after an answer') as string });

    await write('c', ', timeoutMs: 1000');
    const third = await paused();
    const journal = join(cli.folder, '.kubeorch/runs/asking', `${third}.ndjson`);
    const late = (await readFile(journal, 'utf8')).replace(/"expiresAt":"[^"]*"/, '"expiresAt":"2001-01-01T00:00:00.000Z"');
    await writeFile(journal, late);
    expect((await here(['resolve', third, 'gate-ask', ...target, '--input', 'ticket=2'])).code).toBe(1);
    expect(await here(['resume', third, ...target])).toMatchObject({ code: 1, stdout: expect.stringContaining('was not answered until') as string });
  });

  test('runs are told from their journals without a cluster, and one that a crash left is closed there', async () => {
    const told = '.kubeorch/told.workflow.yaml';
    await writeFile(
      join(cli.folder, told),
      `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: told
status: published
nodes:
  one: { type: manifest, manifest: { apiVersion: v1, kind: ConfigMap, data: { K: v } } }
  ask: { type: gate, message: 'Go on?' }
  two: { type: manifest, manifest: { apiVersion: v1, kind: ConfigMap, data: { K: v } } }
edges: [ask -> one, two -> ask]
`,
    );
    const [, id = ''] = /kubeorch resume (\S+)/.exec((await here(['deploy', told, ...target, '--yes'])).stdout) ?? [];
    expect((await here(['runs', 'show', id])).stdout).toMatch(/\nGates\ngate-ask {2}Go on\? {2}open\n/);
    await here(['resolve', id, 'gate-ask', ...target, '--approve', '--comment', 'looks fine']);
    expect((await here(['resume', id, ...target])).code).toBe(0);
    expect((await here(['runs', 'list', told])).stdout).toMatch(new RegExp(`^${id} {2}completed {2}told {2}v1 {2}\\S+ {2}\\S+Z {2}[\\d.]+ s\n$`));
    const text = (await here(['runs', 'show', id])).stdout;
    expect(text).toMatch(/^one +done +[\d.]+ s +create ConfigMap one$/m);
    expect(text).toMatch(/^gate-ask {2}Go on\? {2}approved by \S+ at \S+Z {2}looks fine$/m);
    expect(text).toMatch(/^\[\d\d:\d\d:\d\d\] Done in [\d.]+ s: 2 applied, 0 unchanged$/m);
    const json = JSON.parse((await here(['runs', 'show', id, '-o', 'json'])).stdout) as { readonly events: readonly RunEvent[] };
    expect(json).toMatchObject({
      status: 'completed',
      triggeredBy: 'cli',
      nodes: [
        { nodeId: 'one', state: 'done', attempts: 1, objects: [{ action: 'create' }] },
        { nodeId: 'two', state: 'done' },
      ],
      gates: [{ gateId: 'gate-ask', asked: { message: 'Go on?' }, answer: { decision: 'approved', comment: 'looks fine' } }],
    });
    expect((await here(['runs', 'show', 'nothing'])).code).toBe(2);
    expect((await here(['runs', 'list', '--limit', '101'])).code).toBe(2);

    // What a process leaves that is killed: a beginning, and a time until which it would have written again.
    const left = '20200101t000000z-abcdef';
    const [first] = json.events;
    const begun = { ...first, runId: left, timestamp: '2020-01-01T00:00:00.000Z' };
    await writeFile(join(cli.folder, '.kubeorch/runs/told', `${left}.ndjson`), `${JSON.stringify(begun)}\n`);
    const listed = await here(['runs', 'list', '--limit', '100']);
    expect(listed.stderr).toBe(`Run ${left} of told was left without an end and is closed as failed.\n`);
    expect(listed.stdout).toMatch(new RegExp(`^${left} {2}failed `, 'm'));
    expect((await here(['runs', 'list', '-o', 'json'])).stderr).toBe('');
  });

  test('two machines: the second is told who runs, or waits for the end and then plans', async () => {
    const waiting = '.kubeorch/waiting.workflow.yaml';
    await writeFile(
      join(cli.folder, waiting),
      'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: waiting\nstatus: published\nnodes:\n  alone: { type: configmap, data: { K: v } }\n',
    );
    const [clock, logger] = [systemClock(), new MemoryLogger()];
    const other = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock, logger });
    try {
      const about = { workflow: 'waiting', namespace: 'default', runId: 'theirs', by: 'ada@laptop', members: [], origin: '' };
      const held = await HeldInventory.take({ cluster: other, clock, ...about });
      const refused = await here(['deploy', waiting, ...target, '--yes']);
      expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('Another run (theirs, by ada@laptop) holds the lock') as string });
      const tired = await here(['deploy', waiting, ...target, '--yes', '--wait-for-lock', '1s']);
      expect(tired).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^Waiting for run theirs by ada@laptop to end\.\n.*theirs, by/) as string,
      });
      const args = ['deploy', waiting, ...target, '--yes', '--wait-for-lock', '2m'];
      const child = spawn(process.execPath, [join(cli.folder, 'dist/kubeorch.mjs'), ...args], { cwd: cli.folder });
      child.stdout.resume();
      const told = new Promise<void>((done) =>
        child.stderr.setEncoding('utf8').on('data', (text: string) => text.includes('Waiting for run theirs') && done()),
      );
      const ended = new Promise((done) => child.on('close', done));
      await told;
      await held.release({ runId: 'theirs', version: 1, digest: '', endedAt: '', status: 'completed' });
      expect(await ended).toBe(0);
      expect((await here(['plan', waiting, ...target])).stdout).toContain('1 unchanged');
    } finally {
      other.dispose();
    }
  });

  test('Ctrl+C cancels with 130 and one terminal event', async () => {
    await author(shop.replace('nginx:1', 'broken.invalid/never:1').replace('replicas: 2', 'replicas: 3'));
    const child = spawn(
      process.execPath,
      [join(cli.folder, 'dist/kubeorch.mjs'), 'deploy', file, ...target, ...secret, '--yes', '--wait', '-o', 'ndjson', '--env', 'staging', '--timeout', '1m'],
      { cwd: cli.folder },
    );
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!stdout.includes('node:started') && (stdout + text).includes('node:started')) child.kill('SIGINT');
      stdout += text;
    });
    const code = await new Promise((done) => child.on('close', done));
    const told = events({ code: 130, stdout, stderr: '' });
    expect(code).toBe(130);
    expect(told.filter(isTerminal).map((event) => event.type)).toEqual(['run:cancelled']);
    await author(shop);
    expect((await here(['deploy', file, ...target, ...secret, '--yes', '--wait'])).code).toBe(0);
  });
});

describe('diff with the cluster', () => {
  test('is by nodes, tells what was applied last, and reads either way', async () => {
    await author(shop);
    await here(['deploy', file, ...target, ...secret, '--yes', '--wait']);
    const same = await here(['diff', `file:${file}`, 'live', '-f', file, ...target, ...secret]);
    expect(same).toMatchObject({ code: 0, stdout: 'They mean the same.\n' });
    await author(
      shop
        .replace('replicas: 2', 'replicas: 4')
        .replace(/ {2}web-svc: .*\n/, '')
        .replace(/edges:\n.*\n/, ''),
    );
    const told = await here(['diff', `file:${file}`, 'live', '-f', file, ...target]);
    expect(told).toMatchObject({ code: 4, stderr: '' });
    expect(told.stdout).toBe('+  node Service/web (Service)\n~  node web\n      Deployment/web spec.replicas: 4 -> 2 (last applied 2)\n');
    const back = JSON.parse((await here(['diff', 'live', `file:${file}`, '-f', file, ...target, ...secret, '-o', 'json'])).stdout) as object;
    expect(back).toMatchObject({
      removedNodes: [{ id: 'Service/web' }],
      changedNodes: [{ id: 'web', fields: [{ path: 'Deployment/web spec.replicas', before: 2, after: 4, applied: 2 }] }],
    });
    const versions = JSON.parse((await here(['versions', 'list', file, '-o', 'json'])).stdout) as { readonly versions: readonly { readonly ref: string }[] };
    expect((await here(['diff', `version:${versions.versions[0]?.ref ?? ''}`, 'live', '-f', file, ...target, ...secret])).code).toBe(0);
    expect((await here(['plan', file, ...target, ...secret, '--from', 'nowhere'])).code).toBe(2);
    await author(shop);
  });
});

describe('status', () => {
  test('gives one line or one object for each node, and the exit code tells the worst', async () => {
    const text = await cli.run(['status', file, ...target]);
    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ web        Deployment  web        healthy  2/2  All 2 pods ready') as string });
    const json = JSON.parse((await here(['status', file, ...target, '-o', 'json'])).stdout) as unknown;
    expect(json).toContainEqual({
      id: 'db-secret',
      kind: 'Secret',
      namespace: 'default',
      name: 'db-secret',
      state: 'healthy',
      message: '1 key',
      ready: 0,
      desired: 0,
    });
    await author(shop.replace('edges:', '  more: { type: configmap, data: { A: b } }\nedges:'));
    expect((await here(['status', file, ...target])).code).toBe(4);
    await author(shop);
  });

  test('--watch goes on with one object a line until it is stopped', async () => {
    const child = spawn(process.execPath, [join(cli.folder, 'dist/kubeorch.mjs'), 'status', file, ...target, '--watch', '-o', 'json'], { cwd: cli.folder });
    let stdout = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (!asked && stdout.split('\n').length > 3) {
        asked = true;
        void here(['deploy', file, ...target, ...secret, '--yes', '--env', 'staging']);
      }
      if (stdout.includes('"desired":1')) child.kill('SIGINT');
    });
    const code = await new Promise((done) => child.on('close', done));
    expect(code).toBe(130);
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('state');
  });
});

describe('health', () => {
  test('judges the objects of files without a cluster: documents, lists, JSON, standard output only', async () => {
    const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, generation: 2 }
spec: { replicas: 1 }
status: { observedGeneration: 1, replicas: 1, readyReplicas: 1 }
---
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: { name: data }
    status: { phase: Lost }
`;
    await writeFile(join(cli.folder, 'objects.yaml'), manifest);
    await writeFile(join(cli.folder, 'object.json'), JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } }));
    const { code, stdout, stderr } = await cli.run(['health', '-f', 'objects.yaml', '-f', 'object.json', '-o', 'json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        state: 'pending',
        message: 'Waiting for Deployment generation 2 to be observed',
        reason: 'GenerationNotObserved',
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: '',
        name: 'data',
        state: 'error',
        message: 'Volume has been lost',
        reason: 'Lost',
        hint: 'Its volume is gone: restore it from a backup, or replace the claim.',
      },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: '', name: 'c', state: 'healthy', message: '1 key' },
    ]);
    expect(code).toBe(1);
  });

  test('goes by the rules of the plugins of the folder, and tells of a plugin that is broken', async () => {
    const plugins = join(cli.folder, '.kubeorch/plugins');
    await mkdir(plugins, { recursive: true });
    const plugin = (name: string, state: string): string => `name: ${name}
displayName: ${name}
version: 1.0.0
category: storage
crd: { group: example.com, version: v1, kind: ${name}, plural: ${name.toLowerCase()}s, scope: Namespaced }
template: { spec: {} }
health:
  - { when: 'status.phase == "Up"', state: ${state}, message: 'up since \${ status.since }' }
`;
    await writeFile(join(plugins, 'lamp.yaml'), plugin('Lamp', 'healthy').replace('name: Lamp', 'name: lamp'));
    await writeFile(join(plugins, 'clock.yaml'), plugin('Clock', 'splendid').replace('name: Clock', 'name: clock'));
    const object = (kind: string): string =>
      JSON.stringify({
        apiVersion: 'example.com/v1',
        kind,
        metadata: { name: 'a' },
        status: { phase: 'Up', since: 'noon', conditions: [{ type: 'Ready', status: 'False' }] },
      });
    await writeFile(join(cli.folder, 'lamp.json'), object('Lamp'));
    await writeFile(join(cli.folder, 'clock.json'), object('Clock'));
    const { code, stdout, stderr } = await cli.run(['health', '-f', 'lamp.json', '-f', 'clock.json', '-o', 'json']);
    await rm(plugins, { recursive: true });
    const rows = JSON.parse(stdout) as readonly { readonly kind: string; readonly state: string; readonly message: string }[];
    expect(rows.map(({ kind, state }) => [kind, state])).toEqual([
      ['Lamp', 'healthy'],
      ['Clock', 'partial'],
    ]);
    expect(rows[0]?.message).toBe('up since noon');
    expect(stderr).toContain('.kubeorch/plugins/clock.yaml:');
    expect(code).toBe(4);
  });

  test.each([
    ['broken', 'a: [', /YAML is broken/],
    ['no object', 'just: text', /no Kubernetes object/],
    ['deep', '['.repeat(3000), /deeper than/],
  ])('refuses a file that is %s', async (_name, text, sentence) => {
    await writeFile(join(cli.folder, 'bad.yaml'), text);
    const { code, stderr } = await here(['health', '-f', 'bad.yaml', '-o', 'json']);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});

describe('sandbox', () => {
  test('runs until it is stopped, hands out a private kubeconfig, and is found by --sandbox', async () => {
    await build(nodeBundle({ production: false }, 'src/sandbox/main.ts', join(cli.folder, 'dist/sandbox.js')));
    const env = { XDG_CACHE_HOME: join(cli.folder, 'cache') };
    const child = spawn(process.execPath, [resolve(cli.folder, 'dist/kubeorch.mjs'), 'sandbox', '--kubeconfig', 'mine.kubeconfig'], {
      cwd: cli.folder,
      env: { ...process.env, ...env },
    });
    const ended = new Promise((done) => child.on('close', done));
    await new Promise<void>((done) => child.stdout.setEncoding('utf8').on('data', (text: string) => text.includes('Kubeconfig:') && done()));
    expect((await stat(join(cli.folder, 'mine.kubeconfig'))).mode & 0o777).toBe(0o600);
    expect((await cli.run(['plan', file, '--sandbox', ...secret], { env })).code).toBe(4);
    expect((await cli.run(['plan', file, '--kubeconfig', 'mine.kubeconfig', ...secret], { env })).code).toBe(4);
    expect(await cli.run(['sandbox', 'stop'], { env })).toMatchObject({ code: 0, stdout: 'The sandbox has ended.\n' });
    expect(await ended).toBe(0);
    expect(await cli.run(['sandbox', 'stop'], { env })).toMatchObject({ code: 0, stdout: 'No sandbox runs for this folder.\n' });
  });

  test('writes over no kubeconfig of anyone else', async () => {
    const env = { XDG_CACHE_HOME: join(cli.folder, 'cache') };
    await writeFile(join(cli.folder, 'theirs.kubeconfig'), 'apiVersion: v1\nkind: Config\ncurrent-context: production\n');
    const { code } = await cli.run(['sandbox', '--kubeconfig', 'theirs.kubeconfig'], { env });
    expect((await cli.run(['sandbox', 'stop'], { env })).stdout).toBe('No sandbox runs for this folder.\n');
    expect(code).toBe(1);
    expect(await readFile(join(cli.folder, 'theirs.kubeconfig'), 'utf8')).toContain('production');
  });
});

describe('diagnose', () => {
  test('lists the hops of each node, with exit code 1 while one is broken and 0 when all hold', async () => {
    const wrong = shop.replace('name: web, port: 80 }', 'name: web, port: 80, selector: { app: webb } }');
    await author(wrong);
    expect((await here(['deploy', file, ...target, '--yes', '--wait', ...secret])).code).toBe(0);
    const broken = await here(['diagnose', file, 'web-svc', ...target]);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('✗ No pod matches app=webb: the pods of "web" have app=web instead of app=webb.');
    expect(broken.stdout).toContain('Fix in the file (selector-fix): Let "web-svc" select the pods of "web"');
    const json = JSON.parse((await here(['diagnose', file, 'web-svc', ...target, '-o', 'json'])).stdout) as readonly {
      readonly overallStatus: string;
      readonly serviceName: string;
      readonly checks: readonly { readonly name: string; readonly status: string; readonly autoFixable: boolean; readonly fixType?: string }[];
    }[];
    expect(json[0]).toMatchObject({ id: 'web-svc', kind: 'Service', serviceName: 'web', namespace: 'default', overallStatus: 'error' });
    expect(json[0]?.checks.find((check) => check.name === 'selector-match')).toMatchObject({ status: 'error', autoFixable: true, fixType: 'selector-fix' });
    await author(shop);
    expect((await here(['deploy', file, ...target, '--yes', '--wait', ...secret])).code).toBe(0);
    const healed = await here(['diagnose', file, ...target]);
    expect({ code: healed.code, said: healed.stdout.includes('✗') }).toEqual({ code: 0, said: false });
  }, 60_000);

  test('knows no node that the file does not have', async () => {
    const { code, stderr } = await here(['diagnose', file, 'nobody', ...target]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'kubeorch: Reference to unknown node "nobody".\n' });
  });
});
