import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere } from '../tests/runHere';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-repository-'));
  await mkdir(join(folder, 'shop/web'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'outside/compose.yaml'), 'services: { stolen: { image: x } }');
  await symlink('../outside', join(folder, 'shop/linked'));
  await symlink('../../outside/compose.yaml', join(folder, 'shop/web/compose.yaml'));
  await writeFile(join(folder, 'shop/web/package.json'), '{"scripts":{"start":"node ."}}');
});
afterAll(() => rm(folder, { recursive: true }));

const here = (...args: readonly string[]): ReturnType<typeof runHere> => runHere(['import', 'repo', ...args], { cwd: folder });

test('a folder becomes a workflow whose image is built from it, and no link leads out of it', async () => {
  const refused = await here('shop');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).not.toContain('stolen');
  await rm(join(folder, 'shop/web/compose.yaml'));
  const made = await here('shop', '--out', 'shop.workflow.yaml');
  expect(made).toMatchObject({ code: 0, stdout: 'shop.workflow.yaml\n' });
  expect(made.stderr).toContain('analyzing\nweb: node, by package.json\n');
  const text = await readFile(join(folder, 'shop.workflow.yaml'), 'utf8');
  expect(text).toContain('image: shop-web:latest\n');
  expect(text).toContain('context: web\n');
  expect(text).not.toContain('stolen');
});

test('an address that could do harm is refused before git is started', async () => {
  for (const place of ['ext::sh -c "touch% pwned"', 'file:///etc', 'https://me:s3cr3t-canary@github.com/acme/shop.git']) {
    const refused = await here(place);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).not.toMatch(/cloning|canary/);
  }
  expect((await here('nowhere')).stderr).toContain('there is no such folder');
  expect((await here('shop', '--folder', '../outside')).stderr).toContain('outside of the repository');
});
