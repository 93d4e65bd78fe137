import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../build/freePort.mjs';
import { portAccepts } from '../kube/portProber';
import { PacedClock } from './pacedClock';
import { until } from './until';

const cache = process.env['KUBEORCH_CLUSTER_CACHE'] ?? join(homedir(), '.cache/kubeorch-cluster');

/** The API server's program, built by `cluster.sh build`. */
export const apiServerProgram = join(cache, 'bin/kube-apiserver');

/** Whether this machine has what a lone API server needs. */
export function hasApiServer(): boolean {
  return existsSync(apiServerProgram) && existsSync('/usr/bin/etcd');
}

/**
 * A real kube-apiserver on its own etcd, without controllers and nodes, on loopback ports of its own: for what must not happen
 * to the cluster that other suites share, such as being killed.
 */
export interface ApiServer {
  readonly kubeconfig: string;
  readonly port: number;
  readonly token: string;
  /** Kills the API server as a power cut would; etcd lives on. */
  kill(): Promise<void>;
  /** Starts it again on the same port; resolves at once. `untilReady` waits. */
  start(): void;
  untilReady(): Promise<void>;
  /** Resolves with the first answer to a bare request, which may come long after the port takes connections. */
  untilAnswers(): Promise<void>;
  /** Whether its port takes connections. */
  accepts(): Promise<boolean>;
  /** Makes etcd forget every revision before the present one. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()));
}

/** `flags` are added to those of the API server, such as `--etcd-compaction-interval=1m`. */
export async function startApiServer(flags: readonly string[] = []): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-apiserver-'));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  const log = openSync(join(folder, 'log'), 'a');
  const clock = new PacedClock();
  execFileSync('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048'], { stdio: 'ignore' });
  execFileSync('openssl', ['rsa', '-in', join(folder, 'sa.key'), '-pubout', '-out', join(folder, 'sa.pub')], { stdio: 'ignore' });
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  const run = (file: string, args: readonly string[]): ChildProcess => spawn(file, args, { cwd: folder, stdio: ['ignore', log, log] });
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcd = run('etcd', [
    '--data-dir=etcd',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync',
  ]);
  const startServer = (): ChildProcess =>
    run(apiServerProgram, [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      '--cert-dir=pki',
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-account-signing-key-file=sa.key',
      '--service-account-key-file=sa.pub',
      '--token-auth-file=tokens.csv',
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      // Without controllers nobody makes the accounts and tokens that this one waits for.
      '--disable-admission-plugins=ServiceAccount',
      ...flags,
    ]);
  let server = startServer();
  const accepts = (): Promise<boolean> => portAccepts('127.0.0.1', port, clock);
  const isReady = async (): Promise<boolean> => {
    if (server.exitCode !== null) throw new Error(`the API server ended:\n${(await readFile(join(folder, 'log'), 'utf8')).split('\n').slice(-15).join('\n')}`);
    try {
      return (
        execFileSync('curl', ['-sk', '--max-time', '2', '-H', '@-', `https://127.0.0.1:${port}/readyz`], {
          input: `Authorization: Bearer ${token}`,
        }).toString() === 'ok'
      );
    } catch {
      // The port is not open yet: curl says so by its exit code.
      return false;
    }
  };
  const close = async (): Promise<void> => {
    server.kill('SIGKILL');
    etcd.kill('SIGKILL');
    await Promise.all([ended(server), ended(etcd)]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('the API server is ready', isReady, 60_000);
  } catch (error) {
    await close();
    throw error;
  }
  const ca = (await readFile(join(folder, 'pki/apiserver.crt'))).toString('base64');
  return {
    port,
    token,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'alone', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca } }],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'alone', context: { cluster: 'alone', user: 'admin' } }],
      'current-context': 'alone',
    }),
    async kill() {
      server.kill('SIGKILL');
      await ended(server);
    },
    start() {
      server = startServer();
    },
    untilReady: () => until('the API server is ready again', isReady, 60_000),
    async untilAnswers() {
      const args = ['-sk', '--retry', '200', '--retry-delay', '0', '--retry-all-errors', '--retry-max-time', '60', '-o', '/dev/null'];
      await ended(spawn('curl', [...args, `https://127.0.0.1:${port}/version`], { stdio: 'ignore' }));
    },
    accepts,
    async compact() {
      const ask = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
        const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${path}`);
        return (await answer.json()) as { header?: { revision?: string } };
      };
      const { header } = await ask('range', { key: Buffer.from('/').toString('base64') });
      await ask('compaction', { revision: header?.revision, physical: true });
    },
    close,
  };
}
