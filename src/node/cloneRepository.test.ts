import { lstat, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GitServer } from '../testing/gitServer';
import { hasGit, startGitServer, withoutGit } from '../testing/gitServer';
import type { Cloned } from './cloneRepository';
import { cloneRepository } from './cloneRepository';
import { systemClock } from './systemClock';

const execute = promisify(execFile);

describe.skipIf(!hasGit)(`cloning a repository${withoutGit}`, () => {
  let server: GitServer;
  let commits: readonly string[] = [];
  beforeAll(async () => {
    server = await startGitServer();
    const one = await server.commit('shop.git', {
      'compose.yaml': 'services: {}\n',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch% pwned"\n',
    });
    await symlink('/etc/passwd', join(server.folder, 'shop.git/link'));
    const two = await server.commit('shop.git', { 'compose.yaml': 'services: { web: { image: nginx } }\n' });
    await server.git('shop.git', 'branch', 'other', 'HEAD~1');
    await server.git('shop.git', 'tag', 'v1', 'HEAD~1');
    commits = [one, two];
  });
  afterAll(() => server.close());

  let count = 0;
  const clone = async (url: string, more: { readonly branch?: string; readonly signal?: AbortSignal } = {}): Promise<Cloned & { readonly into: string }> => {
    const into = join(server.folder, `into-${String((count += 1))}`);
    const environment = { PATH: process.env['PATH'], HOME: server.folder, ...server.environment };
    return { ...(await cloneRepository({ url, into, environment, clock: systemClock(), ...more })), into };
  };

  test('brings the newest commit of a branch, with links as plain files, no submodules and no hooks', async () => {
    const { into, ...cloned } = await clone(`${server.address}/shop.git`);
    expect(cloned).toEqual({ commitSha: commits[1], branch: 'main' });
    expect(await readFile(join(into, 'compose.yaml'), 'utf8')).toContain('nginx');
    expect((await lstat(join(into, 'link'))).isFile()).toBe(true);
    expect(await readdir(join(into, '.git'))).not.toContain('hooks');
    expect(await stat(join(into, '.git/modules')).catch(() => undefined)).toBeUndefined();
    expect((await execute('git', ['rev-list', '--count', 'HEAD'], { cwd: into })).stdout).toBe('1\n');
    const other = await clone(`${server.address}/shop.git`, { branch: 'other' });
    expect(other).toMatchObject({ commitSha: commits[0], branch: 'other' });
    expect(await readFile(join(other.into, 'compose.yaml'), 'utf8')).toBe('services: {}\n');
    const { into: _, ...tagged } = await clone(`${server.address}/shop.git`, { branch: 'v1' });
    expect(tagged).toEqual({ commitSha: commits[0] });
  });

  test('tells what git says, asks nobody for a password, and starts nothing by an address', async () => {
    const { address, folder } = server;
    await expect(clone(`${address}/none.git`)).rejects.toThrow(/could not be cloned: .*not found/);
    await expect(clone(`${address}/locked.git`)).rejects.toThrow(/could not be cloned: .*(?:could not read Username|Authentication failed)/);
    await expect(clone(`${address}/shop.git`, { branch: 'none' })).rejects.toThrow(/Remote branch none not found/);
    for (const url of [`ext::sh -c "touch% ${folder}/pwned"`, `file://${folder}/shop.git`, `${folder}/shop.git`])
      await expect(clone(url)).rejects.toThrow(/could not be cloned/);
    expect(await readdir(folder)).not.toContain('pwned');
  });

  test('ends when it is cancelled, whatever the server does', async () => {
    const cancel = new AbortController();
    void server.nextRequest().then(() => cancel.abort());
    await expect(clone(`${server.address}/slow.git`, { signal: cancel.signal })).rejects.toThrow(/cancelled/i);
  });
});
