// Builds, registries and plugins on the command line, against a registry on loopback. What only a builder shows is with the engine's builds and on the real cluster.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasBuildah, withoutBuildah } from '../../testing/buildRig';
import type { CliResult } from '../../testing/bundledCli';
import { hasGit, startGitServer, withoutGit } from '../../testing/gitServer';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { runHere } from '../tests/runHere';

const login = { user: 'ana', password: 'battery-staple-3' };
const file = '.kubeorch/shop.workflow.yaml';
let folder = '';
let registry: LoopbackRegistry;
let env: Record<string, string> = {};
const run = (...args: string[]): Promise<CliResult> => runHere(args, { cwd: folder, env });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-build-'));
  registry = await startLoopbackRegistry({ login });
  const storage = join(folder, '..', `${folder.split('/').at(-1) ?? ''}-storage`);
  await mkdir(storage);
  await writeFile(join(storage, 'storage.conf'), `[storage]\ndriver = "vfs"\nrunroot = "${join(storage, 'run')}"\ngraphroot = "${join(storage, 'graph')}"\n`);
  await writeFile(
    join(folder, 'logins.json'),
    JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from(`ana:${login.password}`).toString('base64') } } }),
  );
  await mkdir(join(folder, '.kubeorch'));
  await mkdir(join(folder, 'web'));
  await writeFile(join(folder, 'web/index.html'), 'hello\n');
  env = { BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: join(storage, 'storage.conf') };
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
  await rm(`${folder}-storage`, { recursive: true, force: true });
});

const author = (build: string): Promise<void> =>
  writeFile(
    join(folder, file),
    `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n  web: { type: deployment, image: ${registry.host}/shop/web:1, options: { build: ${build} } } # ours\n`,
  );

test('a registry is tested and its tags are listed with the sign-ins of a file', async () => {
  expect(await run('registry', 'test', registry.host, '--registry-config', 'logins.json')).toMatchObject({
    code: 0,
    stdout: `${registry.host}: connected as ana\n`,
  });
  const refused = await run('registry', 'test', registry.host);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('refuses the sign-in');
  expect((await run('registry', 'tags', `${registry.host}/shop/none`, '--registry-config', 'logins.json')).code).toBe(1);
  expect((await run('registry', 'test', 'no host')).stderr).toContain('"no host" is no host of a registry');
});

test('plugins that come along are put into a folder, and taken out again', async () => {
  expect((await run('plugin', 'enable', 'velero')).stdout).toBe('.kubeorch/plugins/velero-backup.yaml\n.kubeorch/plugins/velero-schedule.yaml\n');
  expect((await run('plugin', 'list')).stdout).toMatch(/^velero +backup +enabled +velero-backup, velero-schedule$/m);
  expect((await run('plugin', 'enable', 'velero')).stderr).toContain('velero is here already');
  expect((await run('plugin', 'enable', 'nothing')).stderr).toContain('No plugin "nothing" comes along. Known: argocd');
  await writeFile(join(folder, '.kubeorch/plugins/velero-backup.yaml'), 'name: mine\n');
  expect((await run('plugin', 'disable', 'velero')).stderr).toContain('was changed here');
  await rm(join(folder, '.kubeorch/plugins/velero-backup.yaml'));
  expect((await run('plugin', 'disable', 'velero')).stdout).toBe('.kubeorch/plugins/velero-schedule.yaml\n');
});

test.skipIf(!hasBuildah)(
  `an image without a Dockerfile is built on another base, pushed, and stands in the file${withoutBuildah}`,
  { timeout: 60_000 },
  async () => {
    await mkdir(join(folder, 'base'));
    await writeFile(join(folder, 'base/Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    await author('{ context: base, image: localhost/base:1 }');
    expect(await run('build', file, 'web', '--builder', 'buildah', '--no-push')).toMatchObject({ code: 0, stdout: 'localhost/base:1\n' });
    await author('{ context: web, strategy: generated, args: { BASE_IMAGE: localhost/base:1 } }');
    const { code, stdout } = await run('build', file, '--builder', 'buildah', '-o', 'ndjson', '--registry-config', 'logins.json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { stream_key: string; sequenceNumber: number; event_type: string; data: Record<string, string> });
    expect({ code, last: events.at(-1)?.event_type }).toEqual({ code: 0, last: 'complete' });
    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_event, index) => index + 1));
    const image = events.at(-1)?.data['final_image_ref'] ?? '';
    expect(await readFile(join(folder, file), 'utf8')).toContain(`image: "${image}", options`);
    expect((await run('registry', 'tags', `${registry.host}/shop/web:1`, '--registry-config', 'logins.json')).stdout.trim()).toBe(
      image.slice(image.indexOf('@') + 1),
    );

    const listed = JSON.parse((await run('builds', file, '-o', 'json')).stdout) as { id: string; status: string }[];
    expect(listed.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect((await run('builds', file, '--log', listed[0]?.id ?? '')).stdout).toContain('A Dockerfile for static, since there is index.html');
    expect((await run('builds', file, '--log', '../x')).stderr).toContain('There is no build "../x".');
    expect(stdout + (await readFile(join(folder, '.kubeorch/builds', `${listed[0]?.id ?? ''}.log`), 'utf8'))).not.toContain(login.password);
  },
);

test.skipIf(!hasBuildah || !hasGit)(`a repository is built of a branch and a folder of it${withoutBuildah}${withoutGit}`, { timeout: 60_000 }, async () => {
  const server = await startGitServer();
  try {
    const commit = await server.commit('shop.git', { 'site/Containerfile': 'FROM scratch\nCOPY page.html /\n', 'site/page.html': 'hello\n' });
    await server.git('shop.git', 'branch', 'release');
    await author('{}');
    const from = ['--repo', `${server.address}/shop.git`, '--branch', 'release', '--context', 'site'];
    const built = await runHere(['build', file, 'web', '--builder', 'buildah', '--registry-config', 'logins.json', ...from], {
      cwd: folder,
      env: { ...env, ...server.environment },
    });
    expect({ code: built.code, stderr: built.code === 0 ? '' : built.stderr }).toEqual({ code: 0, stderr: '' });
    expect(built.stdout).toMatch(/\/shop\/web:1@sha256:[0-9a-f]{64}\n$/);
    expect(built.stderr).toContain(`Commit ${commit} of release`);
    const [record] = JSON.parse((await run('builds', file, '-o', 'json')).stdout) as Record<string, unknown>[];
    expect(record).toMatchObject({ repoUrl: `${server.address}/shop.git`, branch: 'release', commitSha: commit, buildContext: 'site', status: 'completed' });
    expect((await run('build', file, 'web', '--repo', 'ext::sh -c id')).stderr).toContain('not an address that can be cloned');
  } finally {
    await server.close();
  }
});

test('what cannot be built is told before anything is started', async () => {
  await author('{ context: nowhere }');
  expect(await run('build', file, 'other')).toMatchObject({ code: 1, stderr: 'kubeorch: "other" is no node with an image.\n' });
  const missing = await run('build', file, '--load', 'kind:dev', '--builder', 'buildah');
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stderr).toContain('There is no folder "nowhere" to build from.');
  expect((await run('build', file, '--load', 'else:dev')).code).toBe(2);
  expect(await readFile(join(folder, file), 'utf8')).toContain('/shop/web:1, options');
});
