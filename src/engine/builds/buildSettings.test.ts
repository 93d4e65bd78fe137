import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/json';
import { emptyWorkflow } from '../../shared/workflow';
import type { WorkflowNode } from '../../shared/workflow';
import { localClusterOf } from '../../shared/build';
import { archiveArguments, buildArguments, loadCommand, loginArguments, pushArguments } from './builderCommands';
import { BuildLines } from './buildLines';
import { builtImageEdit, builtNodes, buildSettings } from './buildSettings';
import type { BuildWishes } from './buildSettings';

const node = (build: JsonObject | undefined, image = 'ghcr.io/acme/web:1', id = 'web'): WorkflowNode => ({
  id,
  type: 'deployment',
  data: { image, ...(build === undefined ? {} : { options: { build } }) },
});

describe('the settings of a build', () => {
  it('are those of the node, with what a person says in place of them', () => {
    const settings = buildSettings(node({ context: 'web', args: { A: 1, B: true } }), { tag: '2', strategy: 'generated' }, true);
    expect(settings).toEqual({
      context: 'web',
      args: { A: '1', B: 'true' },
      strategy: 'generated',
      image: { host: 'ghcr.io', repository: 'acme/web', name: 'ghcr.io/acme/web', tag: '2' },
    });
    expect(buildSettings(node({}, `ghcr.io/acme/web:1@sha256:${'a'.repeat(64)}`), {}, true).image).not.toHaveProperty('digest');
    expect(buildSettings(node({ image: 'other.example/x' }), {}, true).image.name).toBe('other.example/x');
  });

  it.each([
    [{ context: '-x' }, 'context'],
    [{ dockerfile: 7 }, 'dockerfile'],
    [{ target: '--help' }, 'target'],
    [{ platform: '-v /:/x' }, 'platform'],
    [{ args: { 'A=B --x': '1' } }, 'args.A=B --x'],
    [{ args: { A: [1] } }, 'args.A'],
    [{ strategy: 'magic' }, 'strategy'],
  ] as const)('%j are refused by name', (build, field) => {
    expect(() => buildSettings(node(build as unknown as JsonObject), {}, true)).toThrow(`"${field}" of the build is not valid`);
  });

  it('take a repository by its address, as the browser shows it too, and nothing of a path that leaves it', () => {
    const repository = (build: JsonObject, wishes: BuildWishes = {}): unknown => {
      const { repository: found, context } = buildSettings(node(build), wishes, true);
      return [found, context];
    };
    const url = 'https://github.com/acme/shop.git';
    expect(repository({ context: 'web' })).toEqual([undefined, 'web']);
    expect(repository({ repoUrl: url, branch: 'v1', context: './web/' })).toEqual([{ url, branch: 'v1' }, 'web']);
    expect(repository({ repoUrl: 'https://github.com/acme/shop/tree/next/apps/web' })).toEqual([{ url, branch: 'next' }, 'apps/web']);
    expect(repository({ repoUrl: url, branch: 'next' }, { branch: 'main', context: 'api' })).toEqual([{ url, branch: 'main' }, 'api']);
    expect(repository({ repoUrl: 'git@host.example:acme/shop.git' })).toEqual([{ url: 'git@host.example:acme/shop.git' }, '.']);
    for (const repoUrl of ['ext::sh -c "touch% pwned"', 'file:///etc', '--upload-pack=x', 'http://host.example/x.git', '/srv/shop.git'])
      expect(() => repository({ repoUrl })).toThrow(/address that can be cloned|is not valid/);
    expect(() => repository({ repoUrl: 'https://ana:hunter2@host.example/shop.git' })).toThrow(/^(?!.*hunter2).*password in it/);
    expect(() => repository({ repoUrl: url, branch: '--upload-pack=x' })).toThrow('"branch" of the build is not valid');
    expect(() => repository({ repoUrl: url, context: '../elsewhere' })).toThrow('outside of the repository');
    expect(() => repository({ branch: 'main' })).toThrow('there is no "repoUrl" that it could be of');
  });

  it('want an image that may be pushed', () => {
    expect(() => buildSettings(node({}, 'web'), {}, true)).toThrow('"web" names no registry');
    expect(buildSettings(node({}, 'web'), {}, false).image.repository).toBe('library/web');
    expect(() => buildSettings(node({}, ''), {}, true)).toThrow('Where should the image go?');
    expect(() => buildSettings(node({}, 'UPPER CASE'), {}, true)).toThrow('is no name of an image');
  });
});

describe('what was built', () => {
  const workflow = { ...emptyWorkflow('w'), nodes: [node({}), node(undefined, 'ghcr.io/acme/web:1', 'worker'), node(undefined, 'nginx', 'proxy')] };

  it('is used by one edit, of every node that ran the same image', () => {
    expect(builtNodes(workflow).map(({ id }) => id)).toEqual(['web']);
    expect(builtImageEdit(workflow, 'web', 'ghcr.io/acme/web:1@sha256:x')).toMatchObject({ type: 'composite', edits: [{ id: 'web' }, { id: 'worker' }] });
    expect(builtImageEdit(workflow, 'proxy', 'nginx:2')).toMatchObject({ type: 'setField', id: 'proxy', path: ['image'], value: 'nginx:2' });
    expect(builtImageEdit(workflow, 'proxy', 'nginx')).toBeUndefined();
  });
});

describe('the programs of a build', () => {
  it('get no password, and say that loopback has no TLS', () => {
    expect(loginArguments('podman', '127.0.0.1:5000', 'ana', '/s/auth')).toEqual([
      'login',
      '--username',
      'ana',
      '--password-stdin',
      '--authfile',
      '/s/auth',
      '--tls-verify=false',
      '127.0.0.1:5000',
    ]);
    expect(loginArguments('docker', 'docker.io', 'ana', '/s/auth')).toEqual(['login', '--username', 'ana', '--password-stdin']);
    expect(pushArguments('buildah', 'ghcr.io/a/b:1', 'ghcr.io', { digestFile: '/s/d' })).toEqual(['push', '--digestfile', '/s/d', 'ghcr.io/a/b:1']);
    expect(pushArguments('docker', 'ghcr.io/a/b:1', 'ghcr.io', { digestFile: '/s/d', authFile: '/s/a' })).toEqual(['push', 'ghcr.io/a/b:1']);
    const image = { reference: 'r:1', dockerfile: '/c/D', context: '/c', args: { A: 'b c' }, ignoreFile: '/s/i' };
    expect(buildArguments('docker', image)).toEqual(['build', '-t', 'r:1', '-f', '/c/D', '--build-arg', 'A=b c', '/c']);
    expect(buildArguments('buildah', image)).toContain('--ignorefile');
  });

  it('bring an image to the local cluster that a context names', () => {
    expect(localClusterOf('kind-dev')).toEqual({ type: 'kind', name: 'dev' });
    expect(localClusterOf('k3d-dev')).toEqual({ type: 'k3d', name: 'dev' });
    expect(localClusterOf('minikube')).toEqual({ type: 'minikube', name: 'minikube' });
    for (const other of ['kind-', 'production', 'my-kind-dev']) expect(localClusterOf(other)).toBeUndefined();
    expect(loadCommand({ type: 'kind', name: 'dev' }, '/s/i.tar')).toEqual({ program: 'kind', args: ['load', 'image-archive', '/s/i.tar', '--name=dev'] });
    expect(loadCommand({ type: 'containerd', name: '/run/c.sock' }, '/s/i.tar').args[0]).toBe('--address=/run/c.sock');
    expect(archiveArguments('buildah', 'r:1', '/s/i.tar')).toEqual(['push', 'r:1', 'docker-archive:/s/i.tar:r:1']);
  });
});

describe('lines of a build', () => {
  it('are whole however they come, without what was written over, and none is without end', () => {
    const lines: [string, boolean][] = [];
    const taken = new BuildLines((line, error) => lines.push([line, error]));
    for (const piece of ['on', 'e\r\ntw', 'o 10%\rtwo 100%\n']) taken.add(piece, false);
    taken.add('bad\n', true);
    taken.add('x'.repeat(30_000), false);
    taken.add('end', false);
    taken.end();
    expect(lines.slice(0, 3)).toEqual([
      ['one', false],
      ['two 100%', false],
      ['bad', true],
    ]);
    expect(lines.at(-1)).toEqual(['end', false]);
    expect(Math.max(...lines.map(([line]) => line.length))).toBeLessThanOrEqual(8192);
  });
});
