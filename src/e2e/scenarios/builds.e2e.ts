// Images from source: a registry is added and signed in to, images are built of a folder and of a git repository and pushed there, the file uses
// them, and the views of builds and registries show them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../build/freePort.mjs';
import type { BuildRecord } from '../../shared/build';
import { canaryWord } from '../../testing/canaries';
import { hasBuildah, withoutBuildah } from '../../testing/buildRig';
import type { GitServer } from '../../testing/gitServer';
import { hasGit, startGitServer, withoutGit } from '../../testing/gitServer';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { until } from '../../testing/until';
import { nodeOf } from '../gestures';
import { closeOtherViews, fromMenu } from '../resourceRows';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const port = await freePort();
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web:
    type: deployment
    image: 127.0.0.1:${port}/shop/web:1.4 # comes from ./web
    options: { build: { context: web } }
`;
const git: GitServer | undefined = hasGit ? await startGitServer() : undefined;
const fromGit = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: '127.0.0.1:${port}/shop/web:2' }
  slow: { type: deployment, image: '127.0.0.1:${port}/shop/slow:1', options: { build: { repoUrl: '${git?.address ?? ''}/slow.git' } } }
  none: { type: deployment, image: '127.0.0.1:${port}/shop/none:1', options: { build: { repoUrl: '${git?.address ?? ''}/none.git' } } }
`;
const storage = mkdtempSync(join(tmpdir(), 'kubeorch-storage-'));
const storageFile = join(storage, 'storage.conf');
writeFileSync(storageFile, `[storage]\ndriver = "vfs"\nrunroot = "${join(storage, 'run')}"\ngraphroot = "${join(storage, 'graph')}"\n`);
const builder = { BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: storageFile };
afterAll(async () => {
  await git?.close();
  await rm(storage, { recursive: true, force: true });
});

describe.skipIf(!hasBuildah)(`images${withoutBuildah}`, () => {
  scenario(
    'a node is built, pushed, and uses its image',
    {
      workspace: { [file]: workflow, 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' },
      env: builder,
    },
    async (workbench) => {
      const { page, folder } = workbench;
      const password = canaryWord('password of a registry');
      const registry = await startLoopbackRegistry({ port, login: { user: 'ana', password: password.value } });
      onTestFinished(() => registry.close());
      await workbench.openFile(file);
      const canvas = await workbench.canvas();
      await nodeOf(canvas, 'web').waitFor();

      await workbench.runCommand('KubeOrch: Add Registry…');
      await workbench.pick('Another registry');
      await workbench.answer(registry.host, 'Host');
      await workbench.answer('ana', 'User');
      await workbench.answer(password.value, 'Password');
      await workbench.answer('team', 'name');
      await workbench.notification('team took the sign-in');

      await nodeOf(canvas, 'web').click();
      await workbench.runCommand('KubeOrch: Build Image…');
      await workbench.asked('');
      await workbench.screenshot('builds-where');
      await workbench.pick(`Push to ${registry.host}`);
      await workbench.notification(/web uses .*@sha256:/);
      await workbench.screenshot('builds-done');
      await page.keyboard.press('ControlOrMeta+S');
      const written = (): Promise<string> => readFile(join(folder, file), 'utf8');
      await until('the file has the image', async () => (await written()).includes('@sha256:'));
      // The smallest edit: the comment behind it stays, and so does everything else.
      expect((await written()).replace(/@sha256:[0-9a-f]{64}/, '')).toBe(workflow);
      const image = (parse(await written()) as { nodes: { web: { image: string } } }).nodes.web.image;
      expect(registry.manifest('shop/web', image.slice(image.indexOf('@') + 1))).toBeDefined();

      // Kept beside the runs, and git does not see it; nothing secret is in any file.
      const kept = await readdir(join(folder, '.kubeorch/builds'));
      expect(kept.map((name) => name.replace(/^[^.]+/, ''))).toEqual(expect.arrayContaining(['.gitignore', '.json', '.log']));
      for (const name of kept) expect(await readFile(join(folder, '.kubeorch/builds', name), 'utf8')).not.toContain(password.value);
    },
  );
});

describe.skipIf(!hasBuildah || !hasGit)(`repositories${withoutBuildah}${withoutGit}`, () => {
  scenario(
    'builds of a repository are listed, cancelled, made again and forgotten, and their images stand below their registry',
    { workspace: { [file]: fromGit }, env: { ...builder, ...git?.environment } },
    async (workbench) => {
      if (git === undefined) throw new Error('There is no git.');
      const { page, folder } = workbench;
      const commit = await git.commit('shop.git', { 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' });
      const registry = await startLoopbackRegistry({ port });
      onTestFinished(() => registry.close());
      await workbench.openFile(file);
      await nodeOf(await workbench.canvas(), 'web').waitFor();
      const rows = (view: string): Locator => page.locator('.pane', { has: page.locator(`.pane-header[aria-label^="${view}"]`) }).locator('.monaco-list-row');
      const row = (view: string, label: string): Locator => rows(view).filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }) });
      const push = (): Promise<void> => workbench.pick(`Push to ${registry.host}`);
      const build = async (node: string): Promise<void> => {
        const canvas = await workbench.canvas();
        await nodeOf(canvas, node).locator('.card-name').click();
        await workbench.runCommand('KubeOrch: Build Image…');
      };

      // Without any, each view says what it is for.
      await workbench.runCommand('KubeOrch: Focus on Builds View');
      await closeOtherViews(workbench, 'Builds');
      await page.getByRole('button', { name: 'Build Image…' }).waitFor();

      // Where the source of a node is, is asked once, and stands in the file then.
      await build('web');
      await workbench.pick('A Git Repository…');
      await workbench.answer('ext::sh -c id', 'Its address');
      await workbench.answer(`${git.address}/shop.git`, 'That is not an address that can be cloned');
      await workbench.accept('A branch or tag');
      await workbench.answer('web', 'from the root of the repository');
      await push();
      await workbench.notification(/web uses .*@sha256:/);
      await workbench.runCommand('KubeOrch: Focus on Builds View');
      await row('Builds', 'web').waitFor();
      expect(await row('Builds', 'web').getAttribute('aria-label')).toMatch(/^web, 127\.0\.0\.1:\d+\/shop\/web:2@sha256:/);
      const records = async (): Promise<readonly BuildRecord[]> => {
        const names = (await readdir(join(folder, '.kubeorch/builds'))).filter((name) => name.endsWith('.json'));
        return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, '.kubeorch/builds', name), 'utf8')) as BuildRecord));
      };
      expect(await records()).toMatchObject([{ status: 'completed', branch: 'main', commitSha: commit, repoUrl: `${git.address}/shop.git` }]);

      // The server never answers: the build goes on until it is cancelled, from its row.
      const asked = git.nextRequest();
      await build('slow');
      await push();
      await asked;
      await workbench.runCommand('KubeOrch: Focus on Builds View');
      await expect.poll(() => row('Builds', 'slow').getAttribute('aria-label')).toContain('bringing the source');
      await workbench.screenshot('builds-running');
      await fromMenu(workbench, row('Builds', 'slow'), 'Cancel Build');
      await expect.poll(() => row('Builds', 'slow').getAttribute('aria-label')).toContain('cancelled');

      await build('none');
      await push();
      await workbench.notification(/The build of none failed: .*could not be cloned/);
      await workbench.runCommand('KubeOrch: Focus on Builds View');
      await expect.poll(() => row('Builds', 'none').getAttribute('aria-label')).toContain('It failed while bringing the source.');
      for (const theme of ['light', 'high-contrast', 'dark'] as const) {
        await workbench.setTheme(theme);
        await workbench.screenshot(`builds-view-${theme}`);
      }

      // Made again, it goes where it went; its lines are a file.
      await fromMenu(workbench, row('Builds', 'web'), 'Build Again');
      await expect.poll(() => row('Builds', 'web').count()).toBe(2);
      await until('it is built again', async () => (await records()).filter(({ status }) => status === 'completed').length === 2);
      await row('Builds', 'web').last().click();
      await page.locator('.tab.active', { hasText: '.log' }).waitFor();
      await page.locator('.view-line', { hasText: `Commit ${commit} of main` }).waitFor();

      await fromMenu(workbench, row('Builds', 'none'), 'Delete Build…');
      await (await workbench.dialog('Delete the build of none')).getByRole('button', { name: 'Delete' }).click();
      await row('Builds', 'none').waitFor({ state: 'detached' });
      expect((await records()).map(({ nodeId = '' }) => nodeId).sort((a, b) => a.localeCompare(b))).toEqual(['slow', 'web', 'web']);

      await workbench.runCommand('KubeOrch: Add Registry…');
      await workbench.pick('Another registry');
      await workbench.answer(registry.host, 'Host');
      await workbench.answer('ana', 'User');
      await workbench.answer('anything', 'Password');
      await workbench.answer('team', 'name');
      await workbench.notification('team answers, and asks for no sign-in');
      await workbench.runCommand('KubeOrch: Focus on Registries View');
      await closeOtherViews(workbench, 'Registries');
      await row('Registries', 'team').click();
      await row('Registries', 'shop/web').click();
      await row('Registries', '2').waitFor();
      const [{ imageDigest = '' } = {}] = (await records()).filter(({ status }) => status === 'completed');
      expect(await row('Registries', '2').getAttribute('aria-label')).toBe(`2, ${imageDigest.slice(0, 19)}`);
      for (const theme of ['light', 'high-contrast', 'dark'] as const) {
        await workbench.setTheme(theme);
        await workbench.screenshot(`registries-view-${theme}`);
      }

      // What is edited is tested again; what signs in stays where nothing else is given.
      await fromMenu(workbench, row('Registries', 'team'), 'Edit Registry…');
      await workbench.accept('Host');
      await workbench.answer('eve', 'User');
      await workbench.accept('what is stored stays');
      await expect.poll(() => row('Registries', 'team').count()).toBe(1);
      await fromMenu(workbench, row('Registries', 'team'), 'Test Registry…');
      await fromMenu(workbench, row('Registries', 'team'), 'Remove Registry…');
      await (await workbench.dialog('Remove registry team?')).getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('button', { name: 'Add Registry…' }).waitFor();
    },
  );
});
