// From a compose project with sources to programs that reach each other: imported, built, pushed to a registry that wants a sign-in, pulled by
// the kubelet with the pull secret of the run, and called by name.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from '../../cli/tests/runHere';
import { apiServerProgram } from '../../testing/apiServer';
import { hasBuildah, withoutBuildah } from '../../testing/buildRig';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `builds-${String(process.pid)}`;
const login = { user: 'ana', password: 'battery-staple-9' };
/** The cluster's containerd knows that the registry at this port speaks plain HTTP. */
const port = 5000;
const file = '.kubeorch/story.workflow.yaml';
const compose = `name: story
services:
  front:
    image: 127.0.0.1:${port}/story/front:1
    build: { context: front, args: { WHO: front } }
    ports: ["8080"]
    depends_on: [middle, back]
  middle: { image: "127.0.0.1:${port}/story/middle:1", build: middle, ports: ["8080"], depends_on: [back] }
  back: { image: "docker.io/library/probe:1", ports: ["8080"] }
`;

async function kubectl(...args: readonly string[]): Promise<string> {
  const program = process.env['KUBECTL'];
  if (program === undefined) throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  return (await execute(program, args)).stdout;
}

describe.skipIf(!hasBuildah)(`sources that become programs on the cluster${withoutBuildah}`, () => {
  let [folder, storage] = ['', ''];
  let registry: LoopbackRegistry;
  beforeAll(async () => {
    [folder, storage] = await Promise.all([mkdtemp(join(tmpdir(), 'kubeorch-story-')), mkdtemp(join(tmpdir(), 'kubeorch-storage-'))]);
    registry = await startLoopbackRegistry({ port, login });
    await kubectl('create', 'namespace', namespace);
    await writeFile(join(storage, 'storage.conf'), `[storage]\ndriver = "vfs"\nrunroot = "${join(storage, 'run')}"\ngraphroot = "${join(storage, 'graph')}"\n`);
    await writeFile(join(folder, 'compose.yaml'), compose);
    await writeFile(join(folder, 'cluster.kubeconfig'), await selfContainedKubeconfig());
    for (const service of ['front', 'middle']) {
      await mkdir(join(folder, service));
      await copyFile(join(dirname(apiServerProgram), 'probe'), join(folder, service, 'probe'));
      await writeFile(join(folder, service, 'Dockerfile'), 'FROM scratch\nARG WHO=none\nENV WHO=$WHO\nCOPY probe /probe\nCMD ["/probe"]\n');
    }
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    await registry.close();
    await Promise.all([folder, storage].map((place) => rm(place, { recursive: true, force: true })));
  });

  test('they are built, pulled with the secret of the run, and reach each other by name', { timeout: 180_000 }, async () => {
    const signIn = { KUBEORCH_REGISTRY_127_0_0_1_5000_USER: login.user, KUBEORCH_REGISTRY_127_0_0_1_5000_PASSWORD: login.password };
    const env = { BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: join(storage, 'storage.conf'), ...signIn };
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runHere(args, { cwd: folder, env });
      expect(stdout + stderr).not.toContain(login.password);
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout;
    };
    await run('import', 'compose', 'compose.yaml', '--out', file);
    const built = (await run('build', file, '--builder', 'buildah')).trim().split('\n');
    expect(built).toEqual([expect.stringMatching(/story\/front:1@sha256:/), expect.stringMatching(/story\/middle:1@sha256:/)]);
    const text = await readFile(join(folder, file), 'utf8');
    for (const image of built) expect(text).toContain(image);
    await writeFile(join(folder, file), text.replace('status: draft', 'status: published'));

    await run('deploy', file, '--kubeconfig', 'cluster.kubeconfig', '--namespace', namespace, '--yes', '--wait', '--timeout', '2m');
    const pods = JSON.parse(await kubectl('get', 'pods', '-n', namespace, '-o', 'json')) as {
      items: { spec: { imagePullSecrets?: { name: string }[]; containers: { name: string; image: string }[] } }[];
    };
    const pulled = pods.items.map(({ spec }) => [spec.containers[0]?.image, spec.imagePullSecrets?.map(({ name }) => name)]);
    for (const image of built) expect(pulled).toContainEqual([image, ['kubeorch-registry-127.0.0.1-5000']]);
    expect(pulled).toContainEqual(['docker.io/library/probe:1', undefined]);
    // The registry let nobody in without a token, so what the kubelet has it got by the secret.
    // Rules for a Service's address are written on the machine a moment after its pods are ready.
    const asked = (from: string, ...urls: readonly string[]): Promise<string> =>
      kubectl('exec', '-n', namespace, `deploy/${from}`, '--', '/probe', 'get', ...urls).catch(String);
    await expect.poll(() => asked('front', 'http://middle:8080/', 'http://back:8080/')).toMatch(/^200 hello from middle-[\s\S]*^200 hello from back-/m);
    await expect.poll(() => asked('middle', 'http://front:8080/')).toMatch(/^200 hello from front-/);

    // Deployed again, nothing changes, the pull secret included; without the sign-in it stays in the pods.
    const plan = async (given: Readonly<Record<string, string>>): Promise<unknown> =>
      (
        JSON.parse(
          (await runHere(['plan', file, '--kubeconfig', 'cluster.kubeconfig', '--namespace', namespace, '-o', 'json'], { cwd: folder, env: given })).stdout,
        ) as { counts: unknown }
      ).counts;
    expect(await plan(env)).toMatchObject({ create: 0, change: 0, replace: 0 });
    expect(await plan({})).toMatchObject({ create: 0, change: 0, 'left-running': 1 });
  });
});
