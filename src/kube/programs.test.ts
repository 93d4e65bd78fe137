import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLogger } from '../testing/memoryLogger';
import { kubeconfigFor, startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { until } from '../testing/until';
import { VirtualClock } from '../testing/virtualClock';
import { clusterFromKubeconfig } from './connect';
import type { ConnectOptions } from './connect';

let folder: string;
let server: TlsServer;
let clock: VirtualClock;
let accepts: (token: string) => boolean;
const cleanup: (() => void | Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'));
  clock = new VirtualClock(Date.now());
  accepts = () => true;
  server = await startTlsServer((request, response) => {
    const good = accepts((request.headers.authorization ?? '').replace('Bearer ', ''));
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(good ? '{"gitVersion":"v1.36.0","status":{"userInfo":{"username":"jane"}}}' : '{"kind":"Status","code":401}');
  });
});
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
  await server.close();
  await rm(folder, { recursive: true });
});

/** A program: counts its runs, keeps what it was given, then does what the test says; `$n` is the number of the run. */
async function program(body: string): Promise<string> {
  const path = join(folder, 'plugin');
  await writeFile(
    path,
    `#!/bin/sh\necho x >> "${folder}/runs"; n=$(wc -l < "${folder}/runs" | tr -d ' ')\nenv > "${folder}/env"; cat > "${folder}/stdin"\n${body}\n`,
  );
  await chmod(path, 0o755);
  return path;
}
const answer = (status: object, more: object = {}): string =>
  `cat <<E\n${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', ...more, status })}\nE`;
const runs = async (): Promise<number> => (await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;

async function open(exec: object, options: Partial<ConnectOptions> = {}, cluster: Readonly<Record<string, unknown>> = {}) {
  const opened = await clusterFromKubeconfig({
    text: kubeconfigFor(
      server.server,
      server.caPem,
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'IfAvailable', ...exec } },
      cluster,
    ),
    clock,
    logger: new MemoryLogger(),
    environment: { PATH: `${folder}:/usr/bin:/bin`, FROM_THE_SHELL: 'yes' },
    home: folder,
    allowPrograms: () => Promise.resolve(true),
    ...options,
  });
  cleanup.push(() => opened.dispose());
  return opened;
}

describe.skipIf(process.platform === 'win32')('a credential program', () => {
  test('is found along the PATH of the person’s shell and gets its environment, its own variables and no input', async () => {
    await program(answer({ token: 't-$n' }));
    const cluster = await open({ command: 'plugin', env: [{ name: 'OWN', value: 'mine' }] });
    await cluster.version();
    expect(server.seen[0]?.headers['authorization']).toBe('Bearer t-1');
    const env = await readFile(join(folder, 'env'), 'utf8');
    expect(env).toContain('FROM_THE_SHELL=yes');
    expect(env).toContain('OWN=mine');
    expect(env).not.toContain('VITEST');
    expect(await readFile(join(folder, 'stdin'), 'utf8')).toBe('');
    expect(JSON.parse(/^KUBERNETES_EXEC_INFO=(.*)$/m.exec(env)?.[1] ?? '')).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
  });

  test('that wants to know is told of the cluster, its extension included', async () => {
    await program(answer({ token: 't' }));
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }];
    const cluster = await open({ command: 'plugin', provideClusterInfo: true }, {}, { 'tls-server-name': 'localhost', extensions });
    await cluster.version();
    const info = /^KUBERNETES_EXEC_INFO=(.*)$/m.exec(await readFile(join(folder, 'env'), 'utf8'))?.[1] ?? '';
    expect((JSON.parse(info) as { spec: { cluster: unknown } }).spec.cluster).toEqual({
      server: server.server,
      'tls-server-name': 'localhost',
      'certificate-authority-data': Buffer.from(server.caPem).toString('base64'),
      config: { audience: 'a' },
    });
  });

  test('is run once for a thousand requests, and again half a minute before its token ends', async () => {
    const ends = (n: number): string => new Date(clock.now() + n).toISOString();
    await program(answer({ token: 't-$n', expirationTimestamp: ends(600_000) }));
    const cluster = await open({ command: 'plugin' });
    await Promise.all(Array.from({ length: 1_000 }, () => cluster.version()));
    expect(await runs()).toBe(1);
    expect(await cluster.whoAmI()).toMatchObject({ user: 'jane', method: 'program', provider: 'plugin', expiresAtMs: clock.now() + 600_000 });
    await clock.advance(569_000);
    await cluster.version();
    expect(await runs()).toBe(1);
    await clock.advance(1_000);
    await cluster.version();
    expect(await runs()).toBe(2);
  });

  test('whose token is refused is run once more, and not for each request when that one is refused too', async () => {
    await program(answer({ token: 't-$n' }));
    accepts = (token) => token !== 't-1';
    const cluster = await open({ command: 'plugin' });
    await Promise.all(Array.from({ length: 100 }, () => cluster.version()));
    expect(await runs()).toBe(2);
    accepts = () => false;
    for (let index = 0; index < 5; index++) await expect(cluster.version()).rejects.toMatchObject({ failure: { kind: 'unauthorized', code: 401 } });
    expect(await runs()).toBe(2);
    await clock.advance(10_000);
    await expect(cluster.version()).rejects.toMatchObject({ failure: { code: 401 } });
    expect(await runs()).toBe(3);
  });

  test('that fails says why without its secrets, and is not run for each request', async () => {
    await program('echo "no session for $PASSWORD, Bearer abcdefgh1234, \\033[31mred" >&2; exit 4');
    const cluster = await open({ command: 'plugin', env: [{ name: 'PASSWORD', value: 'hunter2-hunter2' }] });
    const failures = await Promise.all(Array.from({ length: 20 }, () => cluster.version().catch(String)));
    expect(new Set(failures)).toEqual(
      new Set(['ClusterError: the credential program "plugin" failed: exit code 4: no session for [hidden], Bearer [hidden], red']),
    );
    expect(await runs()).toBe(1);
    await clock.advance(3_000);
    await expect(cluster.version()).rejects.toThrow(/exit code 4/);
    expect(await runs()).toBe(2);
  });

  test.each([
    ['no JSON', 'echo "secret-answer {"', /its answer is no JSON$/],
    ['something else', 'echo "{}"', /no ExecCredential/],
    ['another version', answer({ token: 't' }, { apiVersion: 'client.authentication.k8s.io/v1beta1' }), /answered in client\.authentication\.k8s\.io\/v1beta1/],
    ['nothing in it', answer({}), /neither a token nor a certificate/],
    ['a certificate without a key', answer({ clientCertificateData: 'x' }), /without a key/],
    ['a token with a line of its own', answer({ token: 'secret-answer\nx: y' }), /characters that no token has/],
    ['two mebibytes', 'head -c 2097152 /dev/zero', /more than 1048576 bytes/],
    ['a missing interpreter', '', /interpreter may be missing/],
  ])('whose answer is %s is refused', async (what, body, why) => {
    const path = await program(body);
    if (what === 'a missing interpreter') await writeFile(path, '#!/no/such/interpreter\n');
    const cluster = await open({ command: 'plugin' });
    const error = String(await cluster.version().catch((thrown: unknown) => thrown));
    expect(error).toMatch(why);
    expect(error).not.toContain('secret-answer');
    expect(server.seen).toEqual([]);
  });

  test('that hangs is ended after a minute with all that it started, and so is one whose cluster is closed', async () => {
    const body = `sleep 1000 & echo $! > "${folder}/child"; wait`;
    await program(body);
    const alive = async (): Promise<boolean> => {
      const pid = Number(await readFile(join(folder, 'child'), 'utf8'));
      // A process that has ended and that nobody has waited for still has its number.
      const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return state !== '' && !/\) [ZX] /.test(state);
    };
    const started = () =>
      until('the program runs', () =>
        readFile(join(folder, 'child'), 'utf8').then(
          (text) => text !== '',
          () => false,
        ),
      );
    const cluster = await open({ command: 'plugin' });
    const [hanging, stopping] = [cluster.version().catch(String), new AbortController()];
    const given = cluster.version(stopping.signal).catch(String);
    await started();
    stopping.abort();
    expect(await given).toMatch(/cancelled/);
    expect(await alive()).toBe(true);
    await clock.advance(30_000);
    // The request's own limit comes first; whoever asks then waits for the program that runs already.
    expect(await hanging).toMatch(/no answer in time/);
    const second = cluster.version().catch(String);
    await clock.advance(30_000);
    expect(await second).toMatch(/no credentials after 60 s|no answer in time/);
    expect(await runs()).toBe(1);
    await until('it has ended', async () => !(await alive()));
    await rm(join(folder, 'child'));
    const closing = await open({ command: 'plugin' });
    const cut = closing.version().catch(String);
    await started();
    closing.dispose();
    expect(await cut).toMatch(/cancelled/);
    await until('it has ended', async () => !(await alive()));
  });
});
