import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import type { RunEvent } from '../../shared/runEvent';
import type { BundledCli, CliResult } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';
import { DeployRig } from '../../testing/deployRig';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

const namespace = `deploy-${String(process.pid)}`;
const secretValue = 'h4rd-to-gu3ss-value';

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), args);
  return stdout;
}

const workflow = (replicas: number, mode = 'fast'): string => `# A comment that stays.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: ${namespace}
nodes:
  web: { type: deployment, image: docker.io/library/probe:1, replicas: ${String(replicas)}, port: 8080, readinessProbe: { path: / } }
  web-svc: { type: service, name: web, port: 80, targetPort: 8080 }
  settings: { type: configmap, data: { MODE: ${mode} } }
  token: { type: secret, keys: [TOKEN] }
  worker: { type: deployment, image: docker.io/library/probe:1, port: 8080 }
edges:
  - web-svc -> web
  - { from: settings, to: web, as: env }
  - { from: token, to: worker, as: env }
  - worker -> web
`;

let cli: BundledCli;
const file = join('.kubeorch', 'shop.workflow.yaml');

async function author(text: string): Promise<void> {
  await mkdir(join(cli.folder, '.kubeorch'), { recursive: true });
  await writeFile(join(cli.folder, file), text);
}

function run(command: string, ...args: string[]): Promise<CliResult> {
  return cli.run([command, file, '--kubeconfig', required('KUBECONFIG'), ...args]);
}

async function deploy(...args: string[]): Promise<readonly RunEvent[]> {
  const { stdout, stderr } = await run('deploy', '--yes', '-o', 'ndjson', ...args);
  const events = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
  if (events.length === 0) throw new Error(`deploy told nothing: ${stderr}`);
  return events;
}

async function objects(): Promise<readonly KubeObject[]> {
  const list = JSON.parse(
    await kubectl('-n', namespace, 'get', 'deployments,services,configmaps,secrets', '-l', 'kubeorch.dev/workflow=shop', '-o', 'json', '--show-managed-fields'),
  ) as { items: KubeObject[] };
  return list.items;
}

/** Statuses move by themselves; what we wrote does not. */
const writtenVersions = (all: readonly KubeObject[]): Record<string, unknown> =>
  Object.fromEntries(
    all.map((object) => [
      `${object.kind}/${object.metadata.name}`,
      object.kind === 'Deployment' ? object.metadata.generation : object.metadata.resourceVersion,
    ]),
  );

const secretArguments = ['--secret', 'token.TOKEN=@token.txt'];

beforeAll(async () => {
  cli = await bundleCli(['engine', 'kube']);
  await kubectl('create', 'namespace', namespace);
  await author(workflow(2));
  await writeFile(join(cli.folder, 'token.txt'), `${secretValue}\n`);
});
afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  await cli.dispose();
});

describe('the engine on a real cluster', () => {
  test('proves an unchanged deployment by one list for each kind, without a dry-run', async () => {
    const own = `${namespace}-proof`;
    await kubectl('create', 'namespace', own);
    const rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace: own });
    const text = workflow(1).replaceAll(namespace, own);
    try {
      rig.secretValues.set('token.TOKEN', secretValue);
      const events = await rig.deploy(text, { wait: true, timeoutMs: 60_000 });
      expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
      rig.secretValues.clear();
      const before = rig.proxy.requests.length;
      expect((await rig.plan(text)).plan.counts).toMatchObject({ unchanged: 5 });
      const asked = rig.proxy.requests.slice(before).map((one) => `${one.method} ${one.path}`);
      expect(asked.filter((one) => !one.startsWith('GET'))).toEqual([]);
      // The namespace, the inventory, and four kinds.
      expect(asked).toHaveLength(6);
    } finally {
      await rig.dispose();
      await kubectl('delete', 'namespace', own, '--wait=false');
    }
  });
});

describe('the program on a real cluster', () => {
  test('plans without writing, and says that changes are pending', async () => {
    const { code, stdout } = await run('plan', ...secretArguments);
    expect(stdout).toContain('5 to create');
    expect(code).toBe(4);
    expect(await objects()).toEqual([]);
  });

  test('deploys, waits until all is healthy, and owns its fields as kubeorch', async () => {
    const events = await deploy('--wait', '--timeout', '90s', ...secretArguments);
    expect(events.map((event) => event.sequenceNumber)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 5, ready: true });
    for (const object of (await objects()).filter((one) => one.metadata.name !== 'kubeorch-shop')) {
      expect(object.metadata.managedFields?.some((entry) => entry.manager === 'kubeorch' && entry.operation === 'Apply')).toBe(true);
    }
    const { stdout, code } = await run('status', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual({
      id: 'web',
      kind: 'Deployment',
      namespace,
      name: 'web',
      state: 'healthy',
      message: 'All 2 pods ready',
      ready: 2,
      desired: 2,
    });
    expect((await kubectl('-n', namespace, 'get', 'secret', 'token', '-o', 'jsonpath={.data.TOKEN}')).trim()).toBe(Buffer.from(secretValue).toString('base64'));
  });

  test('writes nothing when nothing has changed', async () => {
    const before = writtenVersions(await objects());
    const events = await deploy('--wait', ...secretArguments);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 0, unchanged: 5, ready: true });
    expect(writtenVersions(await objects())).toEqual(before);
    expect((await run('plan', ...secretArguments)).code).toBe(0);
    // Without the value the Secret stays as it is.
    expect((await run('plan')).code).toBe(0);
  });

  test('shows and applies a change of two fields, and nothing else', async () => {
    await author(workflow(1, 'slow'));
    const { stdout } = await run('plan', ...secretArguments);
    expect(stdout).toContain('spec.replicas: 2 -> 1');
    expect(stdout).toContain('data.MODE: fast -> slow');
    expect(stdout).toContain('2 to change, 3 unchanged');
    const events = await deploy('--wait', ...secretArguments);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 2, unchanged: 3, ready: true });
    expect(events[0]).toMatchObject({ type: 'run:started', version: 2 });
  });

  test('refuses an object of a stranger and a field of another manager, each with its owner', async () => {
    await kubectl('-n', namespace, 'delete', 'configmap', 'settings');
    await kubectl('-n', namespace, 'create', 'configmap', 'settings', '--from-literal=MODE=theirs');
    const stranger = await kubectl('-n', namespace, 'get', 'configmap', 'settings', '-o', 'jsonpath={.metadata.resourceVersion}');
    const refused = await deploy(...secretArguments);
    expect(refused).toMatchObject([{ type: 'run:failed', problem: { code: 'cluster.notOurs', args: { name: 'settings' } } }]);
    expect(await kubectl('-n', namespace, 'get', 'configmap', 'settings', '-o', 'jsonpath={.metadata.resourceVersion}')).toBe(stranger);
    await kubectl('-n', namespace, 'delete', 'configmap', 'settings');
    await deploy('--wait', ...secretArguments);

    await kubectl('-n', namespace, 'scale', 'deployment', 'web', '--replicas=3');
    const { stdout, code } = await run('plan', ...secretArguments);
    expect(stdout).toContain('"spec.replicas" belongs to kubectl');
    expect(code).toBe(1);
    await kubectl('-n', namespace, 'scale', 'deployment', 'web', '--replicas=1');
  });

  test("tells why a rollout does not come up, with the cluster's words", async () => {
    await author(
      workflow(1, 'slow').replace('web: { type: deployment, image: docker.io/library/probe:1', 'web: { type: deployment, image: docker.io/library/nowhere:1'),
    );
    const events = await deploy('--wait', '--timeout', '15s', ...secretArguments);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: false });
    const seen = events.flatMap((event) => (event.type === 'node:status' && event.nodeId === 'web' ? [event.status.reason] : []));
    expect(seen.some((reason) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff')).toBe(true);
    const { stdout } = await run('status', '-o', 'json');
    expect((JSON.parse(stdout) as { id: string; state: string }[]).find((one) => one.id === 'web')?.state).toBe('partial');
  });

  test('has a set that kubectl refuses to take over', async () => {
    const manifest = join(cli.folder, 'other.yaml');
    await writeFile(manifest, `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other, namespace: ${namespace} }\n`);
    const attempt = execute(required('KUBECTL'), ['-n', namespace, 'apply', '--prune', '--applyset=configmaps/kubeorch-shop', '-f', manifest], {
      env: { ...process.env, KUBECTL_APPLYSET: 'true' },
    });
    await expect(attempt).rejects.toThrow(/managed by tooling|kubeorch\/v1|tooling/);
  });

  test('has left the secret value in no file and no event', async () => {
    const events = JSON.stringify(await deploy(...secretArguments));
    const texts = [events];
    for (const entry of await readdir(join(cli.folder, '.kubeorch'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
    }
    expect(texts.length).toBeGreaterThan(3);
    for (const form of [secretValue, Buffer.from(secretValue).toString('base64')]) expect(texts.join('\n')).not.toContain(form);
    await rm(join(cli.folder, 'token.txt'));
    expect((await run('plan', ...secretArguments)).code).toBe(2);
  });
});
