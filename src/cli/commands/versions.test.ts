import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BundledCli } from '../../testing/bundledCli';
import { bundleCli } from '../../testing/bundledCli';

const file = '.kubeorch/shop.workflow.yaml';
const shop = `# The shop.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2 }
  db: { type: deployment, image: postgres:15 }
edges:
  - web -> db
layout:
  web: [0, 0]
`;
const changed = shop
  .replace('replicas: 2', 'replicas: 3')
  .replace(/ {2}db:.*\n/, '')
  .replace('  - web -> db\n', '')
  .replace('edges:\n', 'edges: []\n')
  .replace('[0, 0]', '[9, 9]');

let cli: BundledCli;
const author = (text: string): Promise<void> => writeFile(join(cli.folder, file), text);
beforeAll(async () => {
  cli = await bundleCli(['engine']);
  await mkdir(join(cli.folder, '.kubeorch'), { recursive: true });
  await author(shop);
}, 120_000);
afterAll(() => cli.dispose());

test('a version is kept, compared by meaning and restored as a new one', async () => {
  expect(await cli.run(['versions', 'create', file, '--tag', 'v1', '--description', 'two tiers'])).toEqual({ code: 0, stdout: 'Version 1\n', stderr: '' });
  await author(changed);
  const diff = await cli.run(['diff', 'version:1', `file:${file}`]);
  expect(diff).toEqual({
    code: 4,
    stderr: '',
    stdout: ['-  node db (deployment)', '~  node web', '      replicas: 2 -> 3', '-  edge web -> db', 'Only moved: web', ''].join('\n'),
  });
  const json = await cli.run(['diff', `file:${file}`, 'version:1', '-o', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    addedNodes: [{ id: 'db' }],
    changedNodes: [{ id: 'web', fields: [{ path: 'replicas', before: 3, after: 2 }] }],
  });
  const restored = await cli.run(['versions', 'restore', file, '1']);
  expect(restored).toMatchObject({ code: 0, stdout: `Version 3 is version 1 again, and so is ${file}. Nothing was deployed.\n` });
  expect(await readFile(join(cli.folder, file), 'utf8')).toBe(shop);
  expect((await cli.run(['versions', 'show', file, '2'])).stdout).toBe(changed);
  const listed = await cli.run(['versions', 'list', file, '--limit', '2', '-o', 'json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({ total: 3, page: 1, limit: 2, versions: [{ version: 3, meta: { restoredFrom: 1 } }, { version: 2 }] });
  expect((await cli.run(['diff', 'version:1', 'version:3'])).stdout).toBe('They mean the same.\n');
});

test('a commit of git is a side like any other, and what is no side is told as one', async () => {
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: cli.folder, stdio: 'pipe' });
  git('init', '-q');
  git('add', file);
  git('commit', '-q', '-m', 'first');
  await author(changed);
  expect((await cli.run(['diff', 'git:HEAD', `file:${file}`])).stdout).toContain('replicas: 2 -> 3');
  const unknown = await cli.run(['diff', 'git:nowhere', `file:${file}`]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('git has no ".kubeorch/shop.workflow.yaml" at "nowhere"') as string });
  for (const [before, after, words] of [
    ['7', `file:${file}`, '"7" names nothing to compare'],
    ['git:--output=x', `file:${file}`, 'names nothing to compare'],
    ['version:9', `file:${file}`, 'There is no version 9'],
    ['live', 'live', 'Both sides are the cluster'],
  ] as const)
    expect(await cli.run(['diff', before, after])).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
}, 60_000);
