// The same build by every builder that is here, into registries and into a containerd that are real. What a machine lacks is a skip with its name.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../build/freePort.mjs';
import { cleanLine } from '../../kube/clean';
import { findProgram } from '../../node/programFile';
import { RegistryClient } from '../../node/registries/registryClient';
import type { Builder, BuildEvent } from '../../shared/build';
import { buildersKnown } from '../../shared/build';
import { imageReference } from '../../shared/imageReference';
import type { BuildRig } from '../../testing/buildRig';
import { startBuildRig } from '../../testing/buildRig';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { until } from '../../testing/until';

const execute = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const login = { user: 'ana', password: 'correct horse 7' };

/** Docker's client is often there without the service behind it. */
async function isHere(builder: Builder): Promise<boolean> {
  const path = await findProgram(builder, process.env);
  if (path === undefined) return false;
  if (builder !== 'docker') return isRoot;
  return execute(path, ['version', '--format', '{{.Server.Version}}']).then(
    () => true,
    () => false,
  );
}
const here = new Set<Builder>();
for (const builder of buildersKnown) if (await isHere(builder)) here.add(builder);

const statesOf = (events: readonly BuildEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event_type === 'progress' ? [event.data.status] : [])).filter((state, index, all) => state !== all[index - 1]);

describe.each(buildersKnown)('an image by %s', (builder) => {
  describe.skipIf(!here.has(builder))(here.has(builder) ? 'which is here' : `(skipped: ${builder} cannot be used here)`, () => {
    let rig: BuildRig;
    let registry: LoopbackRegistry;
    beforeAll(async () => {
      [rig, registry] = await Promise.all([startBuildRig(), startLoopbackRegistry({ login })]);
      await rig.write({
        'web/Dockerfile': 'FROM scratch AS base\nARG GREETING\nLABEL greeting=$GREETING\nCOPY page.html /\nFROM base AS never\nCOPY missing /\n',
        'web/page.html': 'hello\n',
        'site/index.html': 'hello\n',
        'base/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
      });
    });
    afterAll(async () => {
      await registry.close();
      await rig.dispose();
    });

    it('is pushed with a sign-in, and its digest told', { timeout: 60_000 }, async () => {
      const { events, ended } = rig.start({ context: 'web', target: 'base', args: { GREETING: 'hi' } }, `${registry.host}/shop/web:1`, {
        builder,
        deliver: { to: 'registry', login },
      });
      const record = await ended;
      expect({ status: record.status, error: record.errorMessage }).toEqual({ status: 'completed', error: undefined });
      expect(statesOf(events)).toEqual(['cloning', 'building', 'pushing', 'completed']);
      expect(registry.manifest('shop/web', record.imageDigest ?? '')).toEqual(registry.manifest('shop/web', '1'));
      expect(JSON.stringify(events)).not.toContain(login.password);
    });

    it('of a folder without a Dockerfile stands on another base', { timeout: 60_000 }, async () => {
      expect(await rig.start({ context: 'base' }, 'localhost/base:1', { builder, deliver: { to: 'nowhere' } }).ended).toMatchObject({ status: 'completed' });
      const { events, ended } = rig.start({ context: 'site', strategy: 'generated', args: { BASE_IMAGE: 'localhost/base:1' } }, 'localhost/site:1', {
        builder,
        deliver: { to: 'nowhere' },
      });
      const record = await ended;
      expect({ status: record.status, error: record.errorMessage }).toEqual({ status: 'completed', error: undefined });
      expect(JSON.stringify(events)).toContain('A Dockerfile for static, since there is index.html');
    });

    it('that fails says so with the words of the program', { timeout: 60_000 }, async () => {
      await rig.write({ 'broken/Dockerfile': 'FROM scratch\nCOPY nothing-like-this /\n' });
      const record = await rig.start({ context: 'broken' }, 'localhost/broken:1', { builder, deliver: { to: 'nowhere' } }).ended;
      expect(record).toMatchObject({ status: 'failed', errorStage: 'building', errorMessage: expect.stringMatching(/nothing-like-this/) });
    });
  });
});

const registryProgram = await findProgram('docker-registry', process.env);
const pusher = [...here].find((builder) => builder !== 'docker');
const canServe = registryProgram !== undefined && pusher !== undefined;

describe.skipIf(!canServe)(`the registry that others are made of${canServe ? '' : ' (skipped: docker-registry, or a builder, cannot be used here)'}`, () => {
  let top = '';
  let host = '';
  let stop = (): Promise<unknown> => Promise.resolve();
  let rig: BuildRig;
  beforeAll(async () => {
    top = await mkdtemp(join(tmpdir(), 'kubeorch-registry-'));
    host = `127.0.0.1:${String(await freePort())}`;
    const settings = { version: '0.1', storage: { filesystem: { rootdirectory: join(top, 'images') } }, http: { addr: host } };
    await writeFile(join(top, 'config.yml'), JSON.stringify(settings));
    const child = spawn(registryProgram ?? '', ['serve', join(top, 'config.yml')], { stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    stop = () => {
      child.kill();
      return exited;
    };
    await until('the registry answers', () =>
      fetch(`http://${host}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    rig = await startBuildRig();
  });
  afterAll(async () => {
    await stop();
    await rig.dispose();
    await rm(top, { recursive: true, force: true });
  });

  it('takes what is pushed, and tells its repositories, tags and digests', { timeout: 60_000 }, async () => {
    await rig.write({ 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' });
    const more = { ...(pusher === undefined ? {} : { builder: pusher }), deliver: { to: 'registry' } } as const;
    const records = [];
    for (const tag of ['1.9', '1.10']) records.push(await rig.start({ context: 'web' }, `${host}/shop/web:${tag}`, more).ended);
    expect(records.map(({ errorMessage }) => errorMessage)).toEqual([undefined, undefined]);
    const client = new RegistryClient({ clean: cleanLine });
    const image = imageReference(`${host}/shop/web`);
    if (image === undefined) throw new Error('no reference');
    expect(await client.check(host, undefined)).toBe('open');
    expect(await client.repositories(host, undefined, 10)).toEqual(['shop/web']);
    expect([...(await client.tags(image, undefined))].sort((a, b) => a.localeCompare(b))).toEqual(['1.10', '1.9']);
    expect(await client.digest(image, '1.10', undefined)).toBe(records[1]?.imageDigest);
    expect(await client.digest(image, '2', undefined)).toBeUndefined();
    expect(await client.tags({ ...image, repository: 'shop/none' }, undefined)).toEqual([]);
  });
});

const containerd = isRoot ? await findProgram('containerd', process.env) : undefined;
const canLoad = containerd !== undefined && pusher !== undefined && existsSync('/proc/self/ns/mnt');

describe.skipIf(!canLoad)(`an image for a local cluster${canLoad ? '' : ' (skipped: containerd, or a builder, cannot be used here)'}`, () => {
  let [top, socket] = ['', ''];
  let stop = (): Promise<unknown> => Promise.resolve();
  let rig: BuildRig;
  beforeAll(async () => {
    top = await mkdtemp(join(tmpdir(), 'kubeorch-containerd-'));
    socket = join(top, 'containerd.sock');
    await mkdir(join(top, 'root'));
    await writeFile(
      join(top, 'config.toml'),
      `version = 2\nroot = "${join(top, 'root')}"\nstate = "${join(top, 'state')}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n[ttrpc]\naddress = "${join(top, 'ttrpc.sock')}"\n`,
    );
    const child = spawn(containerd ?? '', ['--config', join(top, 'config.toml')], { stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    stop = () => {
      child.kill();
      return exited;
    };
    await until('containerd answers', () =>
      execute('ctr', [`--address=${socket}`, 'version']).then(
        () => true,
        () => false,
      ),
    );
    rig = await startBuildRig();
  });
  afterAll(async () => {
    await stop();
    await rig.dispose();
    await rm(top, { recursive: true, force: true });
  });

  it('is loaded into its containerd under a tag of its own, which the file then has', { timeout: 60_000 }, async () => {
    await rig.write({ 'web/Dockerfile': 'FROM scratch\nCOPY page.html /\n', 'web/page.html': 'hello\n' });
    const { events, ended } = rig.start({ context: 'web' }, 'registry.example/shop/web', {
      ...(pusher === undefined ? {} : { builder: pusher }),
      deliver: { to: 'cluster', cluster: { type: 'containerd', name: socket } },
    });
    const record = await ended;
    expect({ status: record.status, error: record.errorMessage }).toEqual({ status: 'completed', error: undefined });
    expect(record.finalImageRef).toBe(`registry.example/shop/web:build-${record.id}`);
    expect(record.delivery).toEqual({ to: 'cluster', cluster: { type: 'containerd', name: socket } });
    expect(statesOf(events)).toEqual(['cloning', 'building', 'pushing', 'completed']);
    const { stdout } = await execute('ctr', [`--address=${socket}`, '--namespace=k8s.io', 'images', 'ls', '-q']);
    expect(stdout.split('\n')).toContain(record.finalImageRef);
  });
});
