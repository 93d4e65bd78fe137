// The health monitor over fifty API servers that are really there: TLS on loopback, reached as added clusters are.
import type { Http2ServerResponse } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterFromConnection } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { loopbackCertificate } from '../../testing/loopbackCertificate';
import { MemoryLogger } from '../../testing/memoryLogger';
import type { TlsServer } from '../../testing/tlsServer';
import { startTlsServer } from '../../testing/tlsServer';
import { until } from '../../testing/until';
import { connectionOf } from './addedConnection';
import type { ClusterRecord } from './clusterRecord';
import type { WatchedCluster } from './healthMonitor';
import { HealthMonitor } from './healthMonitor';

const count = 50;

interface Waiting {
  readonly server: number;
  readonly answer: () => void;
}

async function fiftyServers() {
  const certificate = await loopbackCertificate('cluster', []);
  const waiting: Waiting[] = [];
  const servers: TlsServer[] = [];
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const say = (response: Http2ServerResponse, code: number, body: object): void => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  for (let index = 0; index < count; index++) {
    servers.push(
      await startTlsServer(
        (request, response) => {
          if (request.url === '/version') waiting.push({ server: index, answer: () => say(response, 200, { gitVersion: 'v1.36.3' }) });
          else say(response, 403, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message: 'forbidden' });
        },
        { certificate },
      ),
    );
  }
  return { servers, waiting };
}

describe('fifty clusters', () => {
  it('are asked five at a time, each as itself and with its own headers', async () => {
    const { servers, waiting } = await fiftyServers();
    const clock = systemClock();
    const logger = new MemoryLogger();
    const watched = servers.map((server, index): WatchedCluster => {
      const record: ClusterRecord = {
        id: `cluster-${index}`,
        name: `cluster-${index}`,
        displayName: '',
        description: '',
        server: server.server,
        authType: 'token',
        status: 'unknown',
        singleNode: false,
        labels: {},
        annotations: {},
        insecure: false,
        headers: { 'x-tenant': `tenant-${index}` },
      };
      const never = (): Promise<never> => Promise.reject(new Error('nobody signs in here'));
      return {
        id: record.id,
        label: record.id,
        open: async () => {
          const connection = await connectionOf(record, { token: `token-${index}`, caData: server.caPem }, never);
          const cluster = await clusterFromConnection(connection, { clock, logger, environment: {} });
          return { cluster, dispose: () => cluster.dispose() };
        },
      };
    });
    const monitor = new HealthMonitor({
      clock,
      logger,
      clusters: () => Promise.resolve(watched),
      readMetadata: (_, nowMs) => Promise.resolve({ lastUpdatedMs: nowMs }),
      words: String,
    });
    onTestFinished(() => monitor.dispose());
    const cycle = monitor.checkAll();
    const asked = new Set<number>();
    while (asked.size < count) {
      // All five workers wait for an answer, and nobody else asks meanwhile.
      await until(`five of the ${count - asked.size} clusters that are left are asked`, () => waiting.length === 5);
      expect(servers.reduce((sum, server) => sum + server.connectionsOpen(), 0)).toBeLessThanOrEqual(5);
      for (const { server, answer } of waiting.splice(0)) {
        expect(asked.has(server)).toBe(false);
        asked.add(server);
        answer();
      }
    }
    await cycle;
    expect(watched.map(({ id }) => monitor.healthOf(id).status)).toEqual(watched.map(() => 'connected'));
    for (const [index, server] of servers.entries()) {
      const pings = server.seen.filter(({ url }) => url === '/version');
      expect(pings).toHaveLength(1);
      expect(pings[0]?.headers).toMatchObject({ authorization: `Bearer token-${index}`, 'x-tenant': `tenant-${index}` });
    }
    expect(logger.lines.join('\n')).not.toMatch(/token-\d/);
  });
});
