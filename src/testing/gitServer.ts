import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loopbackCertificate } from './loopbackCertificate';

const execute = promisify(execFile);

/** Where git's own programs are; undefined where it is not installed. */
const programs = await execute('git', ['--exec-path']).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
);
export const hasGit = programs !== undefined;
/** For the name of what is skipped without it. */
export const withoutGit = hasGit ? '' : ' (skipped: git is not installed)';

/** Repositories behind HTTPS on loopback, served by git's own server program. */
export interface GitServer {
  /** `https://localhost:port`; a repository is a path below it that ends in `.git`. */
  readonly address: string;
  /** Where the repositories are, each with its work tree. */
  readonly folder: string;
  /** What git needs to trust the server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs git in a repository. */
  git(name: string, ...args: readonly string[]): Promise<string>;
  /** Writes files into a repository, made when it is not there, and commits all. Answers the commit. */
  commit(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Resolves at the next request. Paths below `/locked` want a password, those below `/slow` are never answered. */
  nextRequest(): Promise<string>;
  close(): Promise<void>;
}

export async function startGitServer(): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-git-'));
  const certificate = await loopbackCertificate('localhost');
  const authority = join(folder, 'ca.pem');
  await writeFile(authority, certificate.certificatePem);
  const waiting: ((path: string) => void)[] = [];
  const server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (request, response) => {
    for (const told of waiting.splice(0)) told(request.url ?? '');
    serve(folder, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const git = async (name: string, ...args: readonly string[]): Promise<string> => {
    const settings = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'init.defaultBranch=main'];
    return (await execute('git', [...settings, ...args], { cwd: join(folder, name) })).stdout.trim();
  };
  return {
    address: `https://localhost:${String((server.address() as AddressInfo).port)}`,
    folder,
    environment: { GIT_SSL_CAINFO: authority },
    git,
    commit: async (name, files) => {
      if ((await mkdir(join(folder, name), { recursive: true })) !== undefined) await git(name, 'init', '--quiet');
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name, path)), { recursive: true });
        await writeFile(join(folder, name, path), text);
      }
      await git(name, 'add', '.');
      await git(name, 'commit', '--quiet', '-m', 'change');
      return git(name, 'rev-parse', 'HEAD');
    },
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

/** git's own server program behind HTTPS, as hosts have it. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost');
  if (pathname.startsWith('/locked')) return void response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  if (pathname.startsWith('/slow')) return;
  const child = spawn(join(programs ?? '', 'git-http-backend'), {
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
