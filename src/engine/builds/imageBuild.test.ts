// Builds by a real builder to a registry on loopback. What a machine lacks is a skip with its name.
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildEvent, BuildRecord } from '../../shared/build';
import type { JsonObject } from '../../shared/json';
import { hasBuildah, startBuildRig, withoutBuildah } from '../../testing/buildRig';
import type { BuildRig } from '../../testing/buildRig';
import type { GitServer } from '../../testing/gitServer';
import { hasGit, startGitServer, withoutGit } from '../../testing/gitServer';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { until } from '../../testing/until';

const login = { user: 'ana', password: 'correct horse "battery" $taple' };
const busybox = '/bin/busybox';

/** The states in the order in which they were told, each once. */
function statesOf(events: readonly BuildEvent[]): readonly string[] {
  const states = events.flatMap((event) => (event.event_type === 'progress' ? [event.data.status] : []));
  return states.filter((state, index) => state !== states[index - 1]);
}

function logOf(events: readonly BuildEvent[]): string {
  return events.flatMap((event) => (event.event_type === 'log' ? [event.data.message] : [])).join('\n');
}

/** The command lines of running processes that have this text. */
async function processesWith(text: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // One that has ended meanwhile is none.
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return commands.filter((command) => command.includes(text));
}

const ends = (events: readonly BuildEvent[]): readonly BuildEvent[] =>
  events.filter(({ event_type: type }) => ['complete', 'failed', 'cancelled'].includes(type));

describe.skipIf(!hasBuildah)(`a build by buildah${withoutBuildah}`, () => {
  let rig: BuildRig;
  let registry: LoopbackRegistry;
  beforeAll(async () => {
    [rig, registry] = await Promise.all([startBuildRig(), startLoopbackRegistry({ login })]);
  });
  afterAll(async () => {
    await registry.close();
    await rig.dispose();
  });

  it('pushes the image of a Dockerfile and tells its digest, without what .dockerignore names', async () => {
    await rig.write({
      'web/Dockerfile': 'FROM scratch AS base\nARG GREETING\nLABEL greeting=$GREETING\nCOPY . /\nFROM base AS never\nCOPY missing /\n',
      'web/page.html': 'hello\n',
      'web/private.txt': 'not for the image\n',
      'web/.dockerignore': 'private.txt\n.dockerignore\nDockerfile\n',
    });
    const image = `${registry.host}/shop/web:1.2`;
    const opened = { name: 'loop', type: 'custom', host: registry.host, isDefault: true, user: login.user } as const;
    const { events, ended } = rig.start({ context: 'web', target: 'base', args: { GREETING: 'hi $(id) `id`' } }, image, {
      deliver: { to: 'registry', registry: opened, login },
    });
    const record = await ended;
    expect(record).toMatchObject({
      status: 'completed',
      currentStage: 'done',
      progress: 100,
      registryId: 'loop',
      imageTag: '1.2',
      buildArgs: ['GREETING'],
      workflowId: 'shop',
    });
    expect(statesOf(events)).toEqual(['cloning', 'building', 'pushing', 'completed']);
    expect(events[0]?.event_type).toBe('metadata');
    expect(ends(events)).toEqual([events.at(-1)]);
    expect(events.at(-1)).toEqual({
      event_type: 'complete',
      data: { final_image_ref: `${image}@${record.imageDigest ?? ''}`, image_digest: record.imageDigest },
    });

    const manifest = JSON.parse(registry.manifest('shop/web', '1.2')?.toString() ?? '{}') as { config: { digest: string }; layers: { digest: string }[] };
    expect(registry.manifest('shop/web', record.imageDigest ?? '')).toEqual(registry.manifest('shop/web', '1.2'));
    const config = JSON.parse(registry.blob(manifest.config.digest)?.toString() ?? '{}') as { config: { Labels: Record<string, string> } };
    expect(config.config.Labels['greeting']).toBe('hi $(id) `id`');
    const layers = manifest.layers.map((layer) => gunzipSync(registry.blob(layer.digest) ?? Buffer.alloc(0)).toString('latin1')).join('');
    expect(layers).toContain('page.html');
    expect(layers).not.toContain('private.txt');
    // Neither the sign-in nor the folders of this machine are told, and nothing is left behind.
    expect(JSON.stringify(events)).not.toContain('battery');
    expect(JSON.stringify(events)).not.toContain(rig.folder);
    expect((await readdir(join(rig.folder, '..'))).filter((name) => name.startsWith('kubeorch-render'))).toEqual([]);
  });

  it('says at which stage and with which words a build fails, with no image pushed', async () => {
    await rig.write({ 'broken/Dockerfile': 'FROM scratch\nCOPY nothing-like-this /\n' });
    const { events, ended } = rig.start({ context: 'broken' }, `${registry.host}/shop/broken:1`);
    const record = await ended;
    expect(record).toMatchObject({ status: 'failed', progress: 0, errorStage: 'building' });
    expect(record.errorMessage).toMatch(/^Building failed: buildah ended with code \d+: .*nothing-like-this/);
    expect(statesOf(events)).toEqual(['cloning', 'building']);
    expect(ends(events)).toEqual([{ event_type: 'failed', data: { error_message: record.errorMessage, error_stage: 'building' } }]);
    expect(registry.manifest('shop/broken', '1')).toBeUndefined();
  });

  it('says that a registry refuses the sign-in, without the password', async () => {
    await rig.write({ 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' });
    const wrong = { user: 'ana', password: 'a wrong pass-phrase' };
    const { events, ended } = rig.start({ context: 'web' }, `${registry.host}/shop/refused:1`, { deliver: { to: 'registry', login: wrong } });
    expect(await ended).toMatchObject({ status: 'failed', errorStage: 'pushing' });
    expect(JSON.stringify(events)).toContain(`${registry.host} did not accept the sign-in of ana`);
    expect(JSON.stringify(events)).not.toContain('pass-phrase');
  });

  it.skipIf(!existsSync(busybox))('cleans what a build writes, in its lines and not in what it does', async () => {
    const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl';
    await rig.write({
      'noisy/Dockerfile': 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY noise /noise\nRUN ["/bin/busybox", "cat", "/noise"]\n',
      'noisy/noise': `plain\n\u001b]52;c;c3RvbGVu\u0007\u001b[2Jred \u001b[31mwords\u001b[0m\nAuthorization: Bearer ${token}\n\u202egnirts\n${'x'.repeat(20_000)}\nhttps://ana:hunter22@registry.example/\n`,
    });
    await copyFile(busybox, join(rig.folder, 'noisy/busybox'));
    const { events, ended } = rig.start({ context: 'noisy' }, 'noisy:1', { deliver: { to: 'nowhere' } });
    expect((await ended).status).toBe('completed');
    const log = logOf(events);
    expect(log).toContain('red words');
    expect(log).toContain('https://[hidden]@registry.example/');
    for (const hidden of [token, 'hunter22', 'c3RvbGVu', '\u001b', '\u202e']) expect(log).not.toContain(hidden);
    expect(Math.max(...log.split('\n').map((line) => line.length))).toBeLessThan(5000);
  });

  it.skipIf(!existsSync(busybox))('is cancelled in the middle of a step, with everything that the step started', async () => {
    const mark = `86400${process.pid}`;
    await rig.write({ 'slow/Dockerfile': `FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sleep", "${mark}"]\n` });
    await copyFile(busybox, join(rig.folder, 'slow/busybox'));
    const { running, events, ended } = rig.start({ context: 'slow' }, 'slow:1', { deliver: { to: 'nowhere' } });
    await until('the step runs', async () => (await processesWith(mark)).some((command) => command.startsWith('/bin/busybox\0sleep')));
    running.cancel();
    expect(await ended).toMatchObject({ status: 'cancelled' });
    await until('all of it has ended', async () => (await processesWith(mark)).length === 0);
    expect(ends(events)).toEqual([{ event_type: 'cancelled', data: {} }]);
    // A build that is over stays as it is.
    running.cancel();
    expect(running.record.status).toBe('cancelled');
  });

  it('runs in a real terminal where there is one', async () => {
    const terminal = await startBuildRig({ terminal: true });
    try {
      await terminal.write({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'a\n' });
      const { running, events, ended, output } = terminal.start({}, 'tty:1', { deliver: { to: 'nowhere' } });
      running.resize(100, 20);
      expect(await ended).toMatchObject({ status: 'completed', finalImageRef: 'tty:1' });
      expect(output()).toContain('\r\n');
      expect(logOf(events)).toContain('COPY a /');
    } finally {
      await terminal.dispose();
    }
  });
});

describe.skipIf(!hasBuildah || !hasGit)(`a build from a repository${withoutBuildah}${withoutGit}`, () => {
  let [rig, registry, server] = [] as unknown as [BuildRig, LoopbackRegistry, GitServer];
  beforeAll(async () => {
    [registry, server] = await Promise.all([startLoopbackRegistry(), startGitServer()]);
    rig = await startBuildRig({ extra: server.environment });
  });
  afterAll(async () => {
    await Promise.all([registry.close(), server.close()]);
    await rig.dispose();
  });

  it('clones a branch, builds a folder of it, pushes, and says of which commit', async () => {
    const before = await server.commit('shop.git', { 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'one\n' });
    await server.git('shop.git', 'branch', 'release');
    const commitSha = await server.commit('shop.git', { 'web/page.html': 'two\n' });
    const repoUrl = `${server.address}/shop.git`;
    const { events, output, ended } = rig.start({ repoUrl, context: 'web' }, `${registry.host}/shop/web:1`);
    const record = await ended;
    expect(record).toMatchObject({ status: 'completed', repoUrl, branch: 'main', commitSha, buildContext: 'web', delivery: { to: 'registry' } });
    expect(statesOf(events)).toEqual(['cloning', 'building', 'pushing', 'completed']);
    expect(ends(events)).toEqual([{ event_type: 'complete', data: { final_image_ref: record.finalImageRef, image_digest: record.imageDigest } }]);
    expect(logOf(events)).toContain(`Commit ${commitSha} of main`);
    // Neither the place of the clone is told, nor is anything of it left.
    expect(JSON.stringify(events) + output()).not.toContain('kubeorch-render');
    expect((await readdir(join(rig.folder, '..'))).filter((name) => name.startsWith('kubeorch-render'))).toEqual([]);
    expect(await readdir(rig.folder)).toEqual([]);
    const layers = JSON.parse(registry.manifest('shop/web', '1')?.toString() ?? '{}') as { layers: { digest: string }[] };
    expect(gunzipSync(registry.blob(layers.layers[0]?.digest ?? '') ?? Buffer.alloc(0)).toString('latin1')).toContain('two\n');

    const other = rig.start({ repoUrl, branch: 'release', context: 'web' }, 'shop-web:1', { deliver: { to: 'nowhere' } });
    expect(await other.ended).toMatchObject({ status: 'completed', branch: 'release', commitSha: before });
  });

  it('fails while cloning, with the words of git, and looks at nothing outside of the clone', async () => {
    await server.commit('odd.git', { 'a.txt': 'a\n' });
    const failing = async (build: JsonObject): Promise<BuildRecord> => rig.start(build, 'odd:1', { deliver: { to: 'nowhere' } }).ended;
    const missing = await failing({ repoUrl: `${server.address}/none.git` });
    expect(missing).toMatchObject({
      status: 'failed',
      errorStage: 'cloning',
      errorMessage: expect.stringMatching(/none\.git" could not be cloned: .*not found/),
    });
    expect(await failing({ repoUrl: `${server.address}/odd.git`, context: 'nowhere' })).toMatchObject({
      status: 'failed',
      errorStage: 'cloning',
      errorMessage: 'There is no folder "nowhere" to build from.',
    });
  });

  it('is cancelled while the server lets it wait', async () => {
    const asked = server.nextRequest();
    const { running, events, ended } = rig.start({ repoUrl: `${server.address}/slow.git` }, 'slow:1', { deliver: { to: 'nowhere' } });
    await asked;
    running.cancel();
    expect(await ended).toMatchObject({ status: 'cancelled', currentStage: 'cloning' });
    expect(statesOf(events)).toEqual(['cloning']);
    expect(ends(events)).toEqual([{ event_type: 'cancelled', data: {} }]);
  });
});

describe('a build that cannot begin', () => {
  const start = async (build: Parameters<BuildRig['start']>[0], options: Parameters<typeof startBuildRig>[0] = {}, more = {}): Promise<string> => {
    const rig = await startBuildRig(options);
    try {
      await rig.write({ 'here/readme.txt': 'nothing to run\n' });
      return (await rig.start(build, 'registry.example/web', more).ended).errorMessage ?? '';
    } finally {
      await rig.dispose();
    }
  };

  it('names what is missing and the way out', async () => {
    expect(await start({}, { extra: { PATH: '/nowhere' } }, { builder: undefined })).toMatch(
      /^No program that builds images was found \(docker, podman, buildah\)\. Install one: .*apt-get install buildah/,
    );
    expect(await start({ context: 'elsewhere' })).toBe('There is no folder "elsewhere" to build from.');
    expect(await start({ context: '../..' })).toContain('leads out of the workspace');
    expect(await start({}, { allowed: () => false })).toContain('Trust the workspace');
  });

  it.skipIf(!hasBuildah)('says that no language shows in a folder', async () => {
    expect(await start({ context: 'here' })).toBe(
      '"here" has no Dockerfile and shows no language that one could be made for. Write a Dockerfile, or install nixpacks.',
    );
    expect(await start({ context: 'here', dockerfile: 'Other' })).toBe('There is no Dockerfile "Other".');
  });
});
