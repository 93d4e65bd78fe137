import { afterEach, describe, expect, it } from 'vitest';
import { clusterFromConnection } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startTlsServer } from '../../testing/tlsServer';
import { connectionOf } from './addedConnection';
import type { ClusterRecord } from './clusterRecord';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

describe('An added cluster', () => {
  it.each([
    ['api.internal.example', true],
    ['another.example', false],
  ])('whose certificate is checked against the name %s is taken: %s', async (tlsServerName, isTaken) => {
    const server = await startTlsServer((_, response) => response.end('{"gitVersion":"v1.36.3"}'), { hosts: ['api.internal.example'] });
    cleanup.push(() => server.close());
    const record: ClusterRecord = {
      id: 'team',
      name: 'team',
      displayName: 'team',
      description: '',
      server: server.server,
      authType: 'token',
      status: 'unknown',
      singleNode: false,
      labels: {},
      annotations: {},
      insecure: false,
      tlsServerName,
      headers: {},
    };
    const connection = await connectionOf(record, { token: 'a-token', caData: server.caPem }, () => Promise.reject(new Error('no sign-in here')));
    const cluster = await clusterFromConnection(connection, { clock: systemClock(), logger: new MemoryLogger(), environment: {} });
    cleanup.push(() => cluster.dispose());
    const answered = await cluster.ping().then(
      () => true,
      () => false,
    );
    expect(answered).toBe(isTaken);
    expect(server.seen.length > 0).toBe(isTaken);
  });
});
