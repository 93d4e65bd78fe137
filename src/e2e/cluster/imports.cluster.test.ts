import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { exportKustomize, exportManifests } from '../../engine/exports/exportFiles';
import { parseWorkflow } from '../../engine/document/parse';
import { namespaceOf } from '../../engine/environment';
import { renderWorkflow } from '../../engine/render';
import { nodeFiles } from '../../node/nodeFiles';
import type { KubeObject } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import { proveAdoption } from '../../testing/adoptions';
import { composeCases } from '../../testing/composeOracle/cases.mjs';
import { importCase } from '../../testing/composeProject';
import { coreCatalog } from '../../testing/coreCatalog';
import { DeployRig } from '../../testing/deployRig';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `imports-${String(process.pid)}`;
const cases = (await composeCases()).filter(({ name }) => !name.endsWith('-fails'));

async function kubectl(...args: readonly string[]): Promise<string> {
  const program = process.env['KUBECTL'];
  if (program === undefined) throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  return (await execute(program, args)).stdout;
}

let rig: DeployRig;
beforeAll(async () => {
  await kubectl('create', 'namespace', namespace);
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace });
});
afterAll(async () => {
  await rig.dispose();
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

test('what is imported from compose files passes the dry-run of a real API server', { timeout: 120_000 }, async () => {
  const { catalog } = await coreCatalog();
  for (const one of cases) {
    const made = await importCase(one, catalog);
    for (const { node, keys } of made.secrets) for (const key of keys) rig.secretValues.set(`${node}.${key}`, 'x');
    if (made.workflow.nodes.length === 0) continue;
    const { plan } = await rig.plan(made.text.replace('status: draft', 'status: published'));
    expect([one.name, plan.problems]).toEqual([one.name, []]);
    expect([one.name, plan.steps.filter((step) => step.action !== 'create')]).toEqual([one.name, []]);
  }
});

test('workflows of live namespaces change nothing on a real API server', { timeout: 120_000 }, async () => {
  for (const seed of [1, 2, 3]) await proveAdoption(rig, seed, `adopted-${String(process.pid)}`);
});

const exported = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
namespace: shop
environments:
  prod:
    namespace: shop-prod
    set: { web: { replicas: 5, env: { LEVEL: warn, EXTRA: 'on' }, sidecars: [{ name: log, image: 'busybox:1' }] }, cache: { manifest: { spec: { sizes: [1] } } } }
nodes:
  web: { type: deployment, image: 'nginx:1', replicas: 2, port: 80, env: { LEVEL: info } }
  web-svc: { type: service, name: web, port: 80 }
  cache: { type: manifest, manifest: { apiVersion: example.com/v1, kind: Cache, spec: { sizes: [1, 2] } } }
edges: [web-svc -> web]
`;

test('kubectl makes of an exported overlay what the environment renders', async () => {
  const { workflow } = parseWorkflow(exported);
  const objectsFor = (environment?: string): Parameters<typeof exportKustomize>[0] => {
    const place = namespaceOf(workflow, environment);
    const { objects } = renderWorkflow({ workflow, loaded: rig.loaded, namespace: place, ...(environment === undefined ? {} : { environment }) });
    return { name: environment ?? '', namespace: place, objects };
  };
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-kustomize-'));
  try {
    const files = nodeFiles(folder);
    for (const { path, text } of exportKustomize(objectsFor(), [objectsFor('prod')], rig.openApi).files) await files.replace(path, text);
    const byName = (objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> => new Map(objects.map((object) => [refKey(refOf(object)), object]));
    for (const [environment, path] of [
      [undefined, 'base'],
      ['prod', 'overlays/prod'],
    ] as const) {
      const made = parseAllDocuments(await kubectl('kustomize', join(folder, path))).map((document) => document.toJS() as KubeObject);
      const wanted = exportManifests(objectsFor(environment).objects).files.map(({ text }) => parse(text) as KubeObject);
      expect(byName(made)).toEqual(byName(wanted));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
