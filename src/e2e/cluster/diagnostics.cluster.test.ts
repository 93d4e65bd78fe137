// Hop by hop from Ingress to container port, judged on the objects of a real cluster: each break is named, mended and seen to be healed.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckName, CheckStatus, DiagnosisCode, FixType } from '../../shared/diagnosis';
import { checkNames } from '../../shared/diagnosis';
import { runHere } from '../../cli/tests/runHere';
import { until } from '../../testing/until';

const execute = promisify(execFile);
const unique = `hops-${String(process.pid)}`;
const host = `${unique}.example.com`;
const file = join('.kubeorch', 'hops.workflow.yaml');

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), ['-n', unique, ...args]);
  return stdout;
}

interface Parts {
  /** The port that the readiness probe asks. */
  readonly web?: string;
  readonly service?: string;
  readonly front?: string;
  readonly more?: string;
}

/** The workflow when all is well; each part replaces one line. */
const workflow = (parts: Parts = {}): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: hops
status: published
namespace: ${unique}
nodes:
  web:
    type: deployment
    image: docker.io/library/probe:1
    ports: [{ name: http, port: 8080 }]
    strategy: Recreate
    readinessProbe: { path: /, port: ${parts.web ?? '8080'}, periodSeconds: 1 }
    patch: { spec: { template: { spec: { terminationGracePeriodSeconds: 0 } } } }
  web-svc: { type: service, port: 80${parts.service ?? ''} }
  front: { type: ingress, host: ${host}, ${parts.front ?? `ingressClassName: ${unique}`} }
${parts.more ?? ''}edges:
  - web-svc -> web
  - front -> web-svc
`;

interface Told {
  readonly id: string;
  readonly overallStatus: string;
  readonly checks: readonly {
    readonly name: CheckName;
    readonly status: CheckStatus;
    readonly code: DiagnosisCode;
    readonly node: string;
    readonly fixType?: FixType;
  }[];
}

let folder: string;

async function deploy(text: string): Promise<void> {
  await mkdir(join(folder, '.kubeorch'), { recursive: true });
  await writeFile(join(folder, file), text);
  const { code, stdout, stderr } = await runHere(['deploy', file, '--kubeconfig', required('KUBECONFIG'), '--yes'], { cwd: folder });
  expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });
}

async function diagnose(): Promise<{ readonly code: number | null; readonly nodes: readonly Told[] }> {
  const { code, stdout, stderr } = await runHere(['diagnose', file, '--kubeconfig', required('KUBECONFIG'), '-o', 'json'], { cwd: folder });
  if (stdout === '') throw new Error(stderr);
  return { code, nodes: JSON.parse(stdout) as Told[] };
}

/** What is false on the way from the Ingress, in the order that traffic takes. */
async function falseHops(): Promise<readonly string[]> {
  const front = (await diagnose()).nodes.find(({ id }) => id === 'front');
  return (front?.checks ?? []).filter(({ status }) => status === 'error').map(({ node, code, fixType }) => [node, code, fixType ?? []].flat().join(' '));
}

/** Every hop of the whole file holds, but for the address that no controller gives here. */
async function isHealed(): Promise<boolean> {
  const { code, nodes } = await diagnose();
  const open = nodes.flatMap(({ checks }) => checks.filter((check) => check.status !== 'pass'));
  return code === 4 && open.length === 1 && open[0]?.code === 'address.none';
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-hops-'));
  await kubectl('create', 'namespace', unique);
  const ingressClass = join(folder, 'class.json');
  await writeFile(
    ingressClass,
    JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: unique }, spec: { controller: 'example.com/none' } }),
  );
  await kubectl('apply', '-f', ingressClass);
  await deploy(workflow());
  await until('every hop holds', isHealed, 30_000);
}, 120_000);
afterAll(async () => {
  await Promise.all([kubectl('delete', 'namespace', unique, '--wait=false'), kubectl('delete', 'ingressclass', unique)]);
  await rm(folder, { recursive: true, force: true });
});

interface Break {
  readonly what: string;
  readonly parts: Parts;
  /** The first false hop: its node, what is wrong, and the fix that the file offers. */
  readonly first: string;
  /** What mends it, where that is not the workflow when all is well. */
  readonly mended?: Parts;
}

const policy = (rules: string): string => `  guard: { type: networkpolicy, podSelector: { app: web }, policyTypes: [Ingress]${rules} }
`;

const breaks: readonly Break[] = [
  { what: 'a class that the cluster does not have', parts: { front: 'ingressClassName: nowhere' }, first: 'front class.missing class-fix' },
  { what: 'a selector without pods', parts: { service: ', selector: { app: wep }' }, first: 'web-svc selector.near selector-fix' },
  { what: 'a target port by a name that no container has', parts: { service: ', targetPort: htpp' }, first: 'web-svc port.unnamed port-fix' },
  {
    what: 'a port of the Service that it does not have',
    parts: { front: `ingressClassName: ${unique}, servicePort: 81` },
    first: 'front backendPort.missing port-fix',
  },
  { what: 'pods that do not become ready', parts: { web: '9' }, first: 'web ready.none' },
  { what: 'a policy that lets nobody in', parts: { more: policy('') }, first: 'web-svc policy.closed', mended: { more: policy(', ingressRules: [{}]') } },
];

test.each(breaks)(
  '$what is named, and heals with the file',
  async ({ parts, first, mended }) => {
    await deploy(workflow(parts));
    // Controllers take a moment to follow.
    await expect.poll(async () => (await falseHops())[0], { timeout: 30_000 }).toBe(first);
    await deploy(workflow(mended));
    await until('every hop holds', isHealed, 30_000);
  },
  60_000,
);

test('a path that an older Ingress has claimed is named, and heals with another path', async () => {
  const older = join(folder, 'older.json');
  const backend = { service: { name: 'web-svc', port: { number: 80 } } };
  const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  await kubectl('delete', 'ingress', 'front');
  await writeFile(
    older,
    JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'aaa' }, spec: { ingressClassName: unique, rules } }),
  );
  await kubectl('apply', '-f', older);
  await deploy(workflow());
  expect((await falseHops())[0]).toBe('front conflict.older path-fix');
  await deploy(workflow({ front: `ingressClassName: ${unique}, path: /own` }));
  await until('no hop is broken', async () => (await falseHops()).length === 0, 30_000);
}, 60_000);

test('a Service that is gone is named, and comes back with a deploy', async () => {
  await kubectl('delete', 'service', 'web-svc');
  expect((await falseHops())[0]).toBe('web-svc backend.missing');
  await deploy(workflow({ front: `ingressClassName: ${unique}, path: /own` }));
  await until('no hop is broken', async () => (await falseHops()).length === 0, 30_000);
}, 60_000);

test('every hop that was judged has a published name', async () => {
  const names = (await diagnose()).nodes.flatMap(({ checks }) => checks.map(({ name }) => name));
  expect(names.filter((name) => !checkNames.includes(name))).toEqual([]);
  for (const name of [
    'class-exists',
    'backend-exists',
    'backend-port',
    'selector-match',
    'port-config',
    'pods-ready',
    'endpoints-exist',
    'policy-allows',
  ] as const)
    expect(names).toContain(name);
});
