import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { coreTemplates, loadCatalog, parseWorkflow } from '../../engine/index';
import { layoutWorkflow } from '../../engine/layout/index';
import { nodeFiles } from '../../node/nodeFiles';
import type { Catalog } from '../../shared/catalog';
import { arrangedApart } from './arranging';

vi.mock('vscode', () => ({}));

let folder: string;
let program: string;
let catalog: Catalog;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-layout-'));
  program = join(folder, 'layoutWorker.js');
  await build({ entryPoints: ['src/host/layoutWorker.ts'], outfile: program, bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent' });
  ({ catalog } = await loadCatalog([coreTemplates(nodeFiles('templates'))]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Workloads that all hang together, each with a Service. */
function workflowOf(pairs: number) {
  const names = Array.from({ length: pairs }, (_, index) => `web-${index}`);
  return parseWorkflow(
    [
      'apiVersion: kubeorch.dev/v1alpha1',
      'kind: Workflow',
      'name: many',
      'nodes:',
      ...names.flatMap((name) => [`  ${name}: { type: deployment, image: nginx }`, `  ${name}-svc: { type: service, port: 80 }`]),
      'edges:',
      ...names.flatMap((name, index) => [`  - ${name}-svc -> ${name}`, ...(index === 0 ? [] : [`  - ${name} -> web-${Math.floor(index / 2)}`])]),
      '',
    ].join('\n'),
  ).workflow;
}

test('a large graph is arranged as it would be here, while this thread goes on', async () => {
  const workflow = workflowOf(200);
  const began = performance.now();
  let turns = 0;
  const turning = setInterval(() => void (turns += 1), 5);
  const apart = await arrangedApart({ workflow, catalog, program, signal: new AbortController().signal });
  clearInterval(turning);
  const tookMs = performance.now() - began;
  expect(Object.keys(apart)).toHaveLength(400);
  expect(apart).toEqual(structuredClone(await layoutWorkflow(workflow, catalog)));
  // This thread had its turn all the time; on a busy machine it has it late.
  expect(turns).toBeGreaterThan(tookMs / 50);
});

test('whoever gives up waits no longer', async () => {
  const giving = new AbortController();
  const work = arrangedApart({ workflow: workflowOf(400), catalog, program, signal: giving.signal });
  giving.abort(new Error('given up'));
  await expect(work).rejects.toThrow('given up');
});

test('a thread that fails is told', async () => {
  const work = arrangedApart({ workflow: workflowOf(2), catalog, program: join(folder, 'none.js'), signal: new AbortController().signal });
  await expect(work).rejects.toThrow(/none\.js/);
});
