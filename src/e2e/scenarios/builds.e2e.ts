// An image from source: a registry is added and signed in to, a node's image is built in a terminal and pushed there, and the file uses it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../build/freePort.mjs';
import { canaryWord } from '../../testing/canaries';
import { hasBuildah, withoutBuildah } from '../../testing/buildRig';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { until } from '../../testing/until';
import { nodeOf } from '../gestures';
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
const storage = mkdtempSync(join(tmpdir(), 'kubeorch-storage-'));
const storageFile = join(storage, 'storage.conf');
writeFileSync(storageFile, `[storage]\ndriver = "vfs"\nrunroot = "${join(storage, 'run')}"\ngraphroot = "${join(storage, 'graph')}"\n`);
afterAll(() => rm(storage, { recursive: true, force: true }));

describe.skipIf(!hasBuildah)(`images${withoutBuildah}`, () => {
  scenario(
    'a node is built, pushed, and uses its image',
    {
      workspace: { [file]: workflow, 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' },
      env: { BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: storageFile },
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
