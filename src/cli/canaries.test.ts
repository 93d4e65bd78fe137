// Everything secret that the command line is given, and everything that it writes: the one must not be in the other.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterFromKubeconfig } from '../kube/index';
import { systemClock } from '../node/systemClock';
import type { RunningSandbox } from '../sandbox/options';
import { startServer } from '../sandbox/startServer';
import type { KubeObject } from '../shared/kubeObject';
import { bundleCli } from '../testing/bundledCli';
import type { BundledCli } from '../testing/bundledCli';
import { canaryText, canaryWord, CanarySearch, formsOf } from '../testing/canaries';
import type { Canary } from '../testing/canaries';
import { startCanaryContexts } from '../testing/canaryContexts';
import type { CanaryContexts } from '../testing/canaryContexts';
import { MemoryLogger } from '../testing/memoryLogger';
import { runHere } from './tests/runHere';

const workflow = (image: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: default
nodes:
  web: { type: deployment, image: '${image}', replicas: 1, port: 80 }
  db-secret: { type: secret, keys: [PASSWORD] }
  api-secret: { type: secret, keys: [KEY] }
edges:
  - { from: db-secret, to: web, as: env }
`;
const file = '.kubeorch/shop.workflow.yaml';

let cli: BundledCli;
let sandbox: RunningSandbox;
let contexts: CanaryContexts;
/** The workspace, where programs write; and the folder of what they are given. */
let [workspace, given] = ['', ''];

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'kubeorch-canaries-'));
  given = await mkdtemp(join(tmpdir(), 'kubeorch-given-'));
  [cli, sandbox] = await Promise.all([
    bundleCli(['engine', 'kube']),
    startServer({ seed: '1', delays: { imagePullMs: 20, containerStartMs: 20, readinessMs: 100, terminationMs: 20 } }),
  ]);
  contexts = await startCanaryContexts({ server: sandbox.server, ca: sandbox.caPem, token: sandbox.token }, given);
}, 300_000);
afterAll(async () => {
  await contexts.close();
  await sandbox.close();
  await cli.dispose();
  for (const folder of [workspace, given]) await rm(folder, { recursive: true, force: true });
});

async function lookThrough(search: CanarySearch, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) search.look(path, await readFile(path, 'latin1'));
  }
}

/** A Secret of somebody else under our workflow's name, as `kubectl apply` left it: with all of itself in an annotation. */
function strangersSecret({ value }: Canary, annotated: Canary): KubeObject {
  const last = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'api-secret' }, stringData: { KEY: annotated.value } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'api-secret', namespace: 'default', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': last } },
    type: 'Opaque',
    data: { OTHER: Buffer.from(value).toString('base64') },
    stringData: { KEY: `${value} too` },
  } as KubeObject;
}

test('no secret that the command line is given leaves it, in any form', async () => {
  const [first, second, api] = [canaryText('secret from a variable'), canaryText('changed secret'), canaryText('secret from a file')];
  const [present, annotated, bystander] = [canaryText('Secret on the cluster'), canaryText('last applied'), canaryWord('variable of no concern')];
  const canaries = [...contexts.canaries, first, second, api, present, annotated, bystander];
  await mkdir(join(workspace, '.kubeorch'));
  await mkdir(join(workspace, 'home'));
  await writeFile(join(given, 'api-key'), api.value);
  execFileSync('git', ['init', '-q'], { cwd: workspace });
  const administrator = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
  try {
    await administrator.apply(strangersSecret(present, annotated), { fieldManager: 'stranger' });
  } finally {
    administrator.dispose();
  }

  const search = new CanarySearch(canaries);
  const outputs: string[] = [];
  const runBy = async (runner: typeof runHere, args: readonly string[], password = first): Promise<number | null> => {
    const { code, stdout, stderr } = await runner(args, {
      cwd: workspace,
      env: { HOME: join(workspace, 'home'), KUBECONFIG: contexts.kubeconfigFile, APP_DB_SECRET_PASSWORD: password.value, NPM_TOKEN: bystander.value },
    });
    search.look(`kubeorch ${args.join(' ')}`, `${stdout}\n${stderr}`);
    outputs.push(stdout, stderr);
    return code;
  };
  const run = (args: readonly string[], password?: Canary): Promise<number | null> => runBy(runHere, args, password);
  /** As a process: with everything that Node and the programs that are started write to its ends. */
  const runProcess = (args: readonly string[], password?: Canary): Promise<number | null> => runBy((words, options) => cli.run(words, options), args, password);
  const secrets = ['--secret-env', 'app', '--secret', `api-secret.KEY=@${join(given, 'api-key')}`];
  const known = ['--context', 'by-token', ...secrets];

  await writeFile(join(workspace, file), workflow('nginx:1'));
  for (const command of ['validate', 'render']) expect(await run([command, file])).toBe(0);
  // The Secret of somebody else is in the way, and is shown as what it is.
  for (const output of ['text', 'json']) expect(await runProcess(['plan', file, ...known, '-o', output])).toBe(1);
  expect(await run(['deploy', file, ...known, '--yes', '--journal', 'refused.ndjson'])).toBe(1);
  await writeFile(join(workspace, file), workflow('nginx:1').replace(/ {2}api-secret.*\n/, ''));
  const alone = ['--context', 'by-token', '--secret-env', 'app'];
  expect(await runProcess(['deploy', file, ...alone, '--yes', '--wait', '--journal', 'first.ndjson', '-o', 'ndjson'])).toBe(0);
  expect(await run(['status', file, '--context', 'by-token', '-o', 'json'])).toBe(0);

  // Another value is a change that is told, and nothing of what it was or will be.
  expect(await run(['plan', file, ...alone], second)).toBe(4);
  expect(outputs.join('\n')).toMatch(/db-secret/);
  expect(await run(['plan', file, ...alone, '-o', 'json'], second)).toBe(4);
  // A server that quotes what it refuses is quoted without it, by the plan and in a run's journal.
  contexts.front.refuseSecrets(true);
  const before = contexts.front.echoes();
  expect(await run(['plan', file, ...alone], second)).not.toBe(0);
  expect(await runProcess(['deploy', file, ...alone, '--yes', '--journal', 'echoed.ndjson'], second)).not.toBe(0);
  expect(contexts.front.echoes()).toBeGreaterThan(before);
  contexts.front.refuseSecrets(false);
  await writeFile(join(workspace, file), workflow('nginx:2').replace(/ {2}api-secret.*\n/, ''));
  expect(await run(['deploy', file, ...alone, '--yes', '--wait'], second)).toBe(0);

  // Every other way in, whether it opens or not.
  for (const context of ['by-certificate', 'by-program']) expect(await runProcess(['status', file, '--context', context])).toBe(0);
  for (const context of ['by-password', 'by-issuer', 'by-proxy']) expect(await runProcess(['status', file, '--context', context])).toBe(1);
  expect(await runProcess(['status', file, '--context', 'by-url'])).toBe(2);
  await writeFile(join(given, 'secret.json'), JSON.stringify(strangersSecret(present, annotated)));
  for (const output of ['text', 'json']) expect(await run(['health', '-f', join(given, 'secret.json'), '-o', output])).toBe(0);

  // All that was written: output, journals, versions, what git would keep, and whatever a home folder got.
  await lookThrough(search, workspace);
  execFileSync('git', ['add', '-A'], { cwd: workspace });
  search.look('git', execFileSync('git', ['diff', '--cached', '--text'], { cwd: workspace, maxBuffer: 64 * 1024 * 1024 }).toString('latin1'));
  expect(search.hits).toEqual([]);
  expect(outputs.join('\n')).toContain('run:completed');

  // The search would have found them: each in each form, planted where it looked.
  const planted = new CanarySearch([first]);
  for (const [form, text] of formsOf(first)) await writeFile(join(workspace, '.kubeorch', `planted ${form}`), `before ${text} after`);
  await lookThrough(planted, workspace);
  expect(new Set(planted.hits.map(({ form }) => form))).toEqual(new Set(formsOf(first).keys()));
}, 400_000);
