import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere } from '../tests/runHere';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-export-'));
  await writeFile(
    join(folder, 'shop.workflow.yaml'),
    `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
namespace: shop
environments: { prod: { namespace: shop-prod, set: { web: { replicas: 5 } } } }
nodes:
  web: { type: deployment, image: nginx:1 }
  login: { type: secret, keys: [PASSWORD] }
edges: []
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const here = (...args: readonly string[]): ReturnType<typeof runHere> => runHere(['export', ...args], { cwd: folder });

test('manifests of an environment are written once, and again only when that is asked for', async () => {
  const written = await here('manifests', 'shop.workflow.yaml', '--env', 'prod', '--out', 'out');
  expect(written).toMatchObject({ code: 0, stdout: 'out/web-deployment.yaml\n' });
  expect(written.stderr).toContain('Secret/login is left out: its values are in no file.');
  expect(await readFile(join(folder, 'out/web-deployment.yaml'), 'utf8')).toContain('namespace: shop-prod');
  expect((await here('manifests', 'shop.workflow.yaml', '--out', 'out')).stderr).toContain('"out/web-deployment.yaml" is there already');
  expect(await readFile(join(folder, 'out/web-deployment.yaml'), 'utf8')).toContain('namespace: shop-prod');
  expect(await here('manifests', 'shop.workflow.yaml', '--out', 'out', '--force')).toMatchObject({ code: 0 });
  expect(await readFile(join(folder, 'out/web-deployment.yaml'), 'utf8')).toContain('namespace: shop\n');
});

test('a base has an overlay for each environment, and an Application leads to it', async () => {
  expect(await here('kustomize', 'shop.workflow.yaml', '--out', 'deploy')).toMatchObject({ code: 0 });
  expect(await readdir(join(folder, 'deploy/overlays/prod'))).toEqual(['kustomization.yaml', 'patch-1.yaml']);
  const argo = ['argocd', 'shop.workflow.yaml', '--path', 'deploy/overlays/prod', '--env', 'prod', '--repo'];
  const made = await here(...argo, 'https://git.example.com/shop.git');
  expect(made.stdout).toContain('name: shop-prod\n');
  expect(made.stdout).toContain('    path: deploy/overlays/prod\n');
  expect(await here(...argo, 'https://me:s3cr3t-canary@git.example.com/shop.git')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.not.stringContaining('canary') as string,
  });
});
