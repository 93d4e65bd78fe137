import { execFile, spawn } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loopbackCertificate } from '../testing/loopbackCertificate';
import { cloneRepository } from './cloneRepository';
import { systemClock } from './systemClock';

const execute = promisify(execFile);
const hasGit = await execute('git', ['--exec-path']).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
);

let folder: string;
let server: Server;
let address: string;

/** git's own server program behind HTTPS, as hosts have it. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost');
  if (pathname.startsWith('/locked')) return void response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  if (pathname.startsWith('/slow')) return;
  const child = spawn(join(hasGit ?? '', 'git-http-backend'), {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const answer: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => answer.push(chunk));
  child.stdout.on('end', () => {
    const whole = Buffer.concat(answer);
    const end = whole.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(
      whole
        .subarray(0, end)
        .toString('latin1')
        .split('\r\n')
        .map((line) => line.split(': ', 2) as [string, string]),
    );
    const { Status: status = '200', ...rest } = headers;
    response.writeHead(Number.parseInt(status, 10), rest).end(whole.subarray(end + 4));
  });
}

describe.skipIf(hasGit === undefined)('cloning a repository', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeorch-clone-'));
    const certificate = await loopbackCertificate('localhost');
    await writeFile(join(folder, 'ca.pem'), certificate.certificatePem);
    server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, serve);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    address = `https://localhost:${String((server.address() as AddressInfo).port)}`;
    const source = join(folder, 'shop.git');
    const git = (...args: readonly string[]): Promise<unknown> =>
      execute('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'init.defaultBranch=main', ...args], { cwd: source });
    await mkdir(source);
    await git('init', '--quiet');
    await writeFile(join(source, 'compose.yaml'), 'services: {}\n');
    await symlink('/etc/passwd', join(source, 'link'));
    await writeFile(join(source, '.gitmodules'), '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch% pwned"\n');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'one');
    await writeFile(join(source, 'compose.yaml'), 'services: { web: { image: nginx } }\n');
    await git('commit', '--quiet', '-am', 'two');
    await git('branch', 'other', 'HEAD~1');
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  let count = 0;
  const clone = async (url: string, more: { readonly branch?: string; readonly signal?: AbortSignal } = {}): Promise<string> => {
    const into = join(folder, `into-${String((count += 1))}`);
    await cloneRepository({
      url,
      into,
      environment: { PATH: process.env['PATH'], HOME: folder, GIT_SSL_CAINFO: join(folder, 'ca.pem') },
      clock: systemClock(),
      ...more,
    });
    return into;
  };

  test('brings the newest commit of a branch, with links as plain files, no submodules and no hooks', async () => {
    const into = await clone(`${address}/shop.git`);
    expect(await readFile(join(into, 'compose.yaml'), 'utf8')).toContain('nginx');
    expect((await lstat(join(into, 'link'))).isFile()).toBe(true);
    expect(await readdir(join(into, '.git'))).not.toContain('hooks');
    expect(await stat(join(into, '.git/modules')).catch(() => undefined)).toBeUndefined();
    expect((await execute('git', ['rev-list', '--count', 'HEAD'], { cwd: into })).stdout).toBe('1\n');
    expect(await readFile(join(await clone(`${address}/shop.git`, { branch: 'other' }), 'compose.yaml'), 'utf8')).toBe('services: {}\n');
  });

  test('tells what git says, asks nobody for a password, and starts nothing by an address', async () => {
    await expect(clone(`${address}/none.git`)).rejects.toThrow(/could not be cloned: .*not found/);
    await expect(clone(`${address}/locked.git`)).rejects.toThrow(/could not be cloned: .*(?:could not read Username|Authentication failed)/);
    await expect(clone(`${address}/shop.git`, { branch: 'none' })).rejects.toThrow(/Remote branch none not found/);
    for (const url of [`ext::sh -c "touch% ${folder}/pwned"`, `file://${folder}/shop.git`, `${folder}/shop.git`])
      await expect(clone(url)).rejects.toThrow(/could not be cloned/);
    expect(await readdir(folder)).not.toContain('pwned');
  });

  test('ends when it is cancelled, whatever the server does', async () => {
    const cancel = new AbortController();
    server.once('request', () => cancel.abort());
    await expect(clone(`${address}/slow.git`, { signal: cancel.signal })).rejects.toThrow(/cancelled/i);
  });
});
