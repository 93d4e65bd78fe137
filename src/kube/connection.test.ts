import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { problemText } from '../shared/problem';
import { loopbackCertificate } from '../testing/loopbackCertificate';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { kubeconfigFor, startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { clusterFromConnection } from './connect';
import { checkConnection } from './connection';
import type { AddressedConnection, ClusterConnection } from './connection';

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

async function apiServer(): Promise<TlsServer & { readonly people: unknown[] }> {
  const people: unknown[] = [];
  const server = await startTlsServer((_, response) => response.end('{"gitVersion":"v1.36.0","status":{"userInfo":{"username":"jane"}}}'), {
    requestClientCertificate: true,
  });
  server.http.on('secureConnection', (socket) => people.push((socket.getPeerCertificate() as { subject?: { CN?: string } }).subject?.CN));
  cleanup.push(() => server.close());
  return { ...server, people };
}

async function open(connection: ClusterConnection) {
  const cluster = await clusterFromConnection(connection, { clock: new PacedClock(), logger: new MemoryLogger(), environment: {} });
  cleanup.push(() => cluster.dispose());
  return cluster;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const der = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, '');

function address(server: TlsServer, changes: Partial<AddressedConnection> = {}): AddressedConnection {
  return { type: 'address', label: 'added', server: server.server, ca: server.caPem, credentials: { type: 'token', token: 'a-token' }, ...changes };
}

describe('a cluster by its address', () => {
  test.each([
    ['PEM', (pem: string) => `\n${pem}\n`],
    ['PEM in base64', base64],
    ['DER in base64', der],
  ])('trusts an authority that is given as %s', async (_, form) => {
    const server = await apiServer();
    const cluster = await open(address(server, { ca: form(server.caPem) }));
    expect(await cluster.version()).toBe('v1.36.0');
    expect(server.seen[0]?.headers['authorization']).toBe('Bearer a-token');
    expect([cluster.label, cluster.server, cluster.defaultNamespace]).toEqual(['added', server.server, 'default']);
  });

  test('with another authority is sent nothing; without any check only when that was said, and then the authority counts for nothing', async () => {
    const server = await apiServer();
    const { certificatePem } = await loopbackCertificate();
    await expect((await open(address(server, { ca: certificatePem }))).version()).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
    await expect((await open(address(server, { ca: '' }))).version()).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
    expect(server.seen).toEqual([]);
    expect(await (await open(address(server, { ca: 'nonsense', insecure: true }))).version()).toBe('v1.36.0');
  });

  test('the variable that switches all checks off has no say', async () => {
    const server = await apiServer();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect((await open(address(server, { ca: '' }))).version()).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(server.seen).toEqual([]);
  });

  test.each([
    ['PEM', (pem: string) => pem],
    ['base64', base64],
  ])('signs in with a client certificate as %s, and says until when it is good', async (_, form) => {
    const server = await apiServer();
    const { certificatePem, keyPem } = await loopbackCertificate('a person');
    const cluster = await open(address(server, { credentials: { type: 'clientCertificate', certificate: form(certificatePem), key: form(keyPem) } }));
    const identity = await cluster.whoAmI();
    expect(server.people).toEqual(['a person']);
    expect(identity).toMatchObject({ user: 'jane', method: 'client-certificate' });
    const leftHours = ((identity.expiresAtMs ?? 0) - Date.now()) / 3_600_000;
    expect(leftHours).toBeGreaterThan(23.9);
    expect(leftHours).toBeLessThan(24.1);
  });

  test('a service account’s token tells its own end', async () => {
    const server = await apiServer();
    const token = `${base64('{"alg":"none"}')}.${Buffer.from('{"exp":2000000000}').toString('base64url')}.x`;
    const cluster = await open(address(server, { credentials: { type: 'serviceAccount', token: ` ${token}\n` } }));
    expect(await cluster.whoAmI()).toMatchObject({ method: 'token', expiresAtMs: 2_000_000_000_000 });
  });

  test('namespace, server name and extra headers go along; our own headers win', async () => {
    const server = await apiServer();
    const cluster = await open(address(server, { namespace: 'shop', tlsServerName: 'localhost', headers: { 'X-Tenant': 'blue' } }));
    await cluster.version();
    expect(cluster.defaultNamespace).toBe('shop');
    expect(server.seen[0]?.headers).toMatchObject({ 'x-tenant': 'blue', authorization: 'Bearer a-token' });
  });
});

describe('what is typed in', () => {
  const good: AddressedConnection = { type: 'address', label: 'a', server: 'https://a.example:6443/path', credentials: { type: 'token', token: 't' } };
  const secret = randomBytes(12).toString('hex');
  const cases: readonly (readonly [Partial<AddressedConnection>, string, readonly string[]])[] = [
    [{ server: 'http://a.example' }, 'connection.server', ['server']],
    [{ server: 'a.example' }, 'connection.server', ['server']],
    [{ server: `https://me:${secret}@a.example` }, 'connection.server', ['server']],
    [{ server: 'https://a.example/#x' }, 'connection.server', ['server']],
    [{ ca: 'nonsense' }, 'connection.certificateAuthority', ['ca']],
    [{ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'connection.certificateAuthority', ['ca']],
    [{ tlsServerName: 'a b' }, 'connection.serverName', ['tlsServerName']],
    [{ proxyUrl: `ftp://${secret}` }, 'connection.proxyUrl', ['proxyUrl']],
    [{ namespace: 'Shop' }, 'connection.namespace', ['namespace']],
    [{ credentials: { type: 'token', token: `${secret}\r\nx: y` } }, 'connection.token', ['token']],
    [{ credentials: { type: 'serviceAccount', token: ' ' } }, 'connection.token', ['token']],
    [{ credentials: { type: 'clientCertificate', certificate: secret, key: secret } }, 'connection.clientCertificate', ['certificate']],
    [{ headers: { Authorization: secret } }, 'connection.header', ['headers', 'Authorization']],
    [{ headers: { 'Impersonate-User': secret } }, 'connection.header', ['headers', 'Impersonate-User']],
    [{ headers: { a: `${secret}\n` } }, 'connection.header', ['headers', 'a']],
  ];

  test('is fine when it is', () => expect(checkConnection({ ...good, proxyUrl: 'socks5://p:1', namespace: 'shop', tlsServerName: '10.0.0.1' })).toEqual([]));

  test.each(cases)('%j is refused at its field without showing what is secret', async (changes, code, path) => {
    const connection = { ...good, ...changes };
    const problems = checkConnection(connection);
    expect(problems).toMatchObject([{ code, path }]);
    expect(problems.map(problemText).join()).not.toContain(secret);
    await expect(open(connection)).rejects.toMatchObject({ problem: { code } });
  });

  test('a key must belong to its certificate', async () => {
    const [one, two] = await Promise.all([loopbackCertificate('one'), loopbackCertificate('two')]);
    const pair = (key: string): AddressedConnection => ({ ...good, credentials: { type: 'clientCertificate', certificate: one.certificatePem, key } });
    expect(checkConnection(pair(one.keyPem))).toEqual([]);
    expect(checkConnection(pair(two.keyPem))).toMatchObject([{ code: 'connection.keyMismatch' }]);
    expect(checkConnection(pair('no key'))).toMatchObject([{ code: 'connection.clientCertificate', path: ['key'] }]);
  });
});

describe('a pasted kubeconfig', () => {
  test('counts with its chosen context alone, under the label and the namespace that were given', async () => {
    const server = await apiServer();
    const text = JSON.stringify({
      ...(JSON.parse(kubeconfigFor(server.server, server.caPem)) as object),
      users: [
        { name: 'test', user: { token: 'mine' } },
        { name: 'other', user: { tokenFile: '/etc/passwd', exec: { command: '/bin/false' } } },
      ],
    });
    const cluster = await open({ type: 'kubeconfig', label: 'pasted', text, namespace: 'shop', headers: { 'x-tenant': 'blue' } });
    await cluster.version();
    expect([cluster.label, cluster.defaultNamespace, server.seen[0]?.headers['authorization'], server.seen[0]?.headers['x-tenant']]).toEqual([
      'pasted',
      'shop',
      'Bearer mine',
      'blue',
    ]);
  });

  test.each([
    ['certificate-authority', { token: 't' }, { 'certificate-authority': '/ca.pem', 'certificate-authority-data': undefined }],
    ['client-certificate', { 'client-certificate': 'a.pem', 'client-key-data': 'AAAA' }, {}],
    ['client-key', { 'client-certificate-data': 'AAAA', 'client-key': '../a.pem' }, {}],
    ['tokenFile', { tokenFile: '/var/run/token' }, {}],
    ['idp-certificate-authority', { 'auth-provider': { name: 'oidc', config: { 'idp-certificate-authority': '/a.pem' } } }, {}],
  ])('that names a file by %s is refused, and the file is not read', async (key, user, cluster) => {
    const text = kubeconfigFor('https://a.example', 'x', user, cluster);
    await expect(open({ type: 'kubeconfig', label: 'pasted', text })).rejects.toMatchObject({ problem: { code: 'connection.kubeconfigFile', args: { key } } });
  });

  test('runs no program without consent, and none by a relative path at all', async () => {
    const text = (command: string): string => kubeconfigFor('https://a.example', '', { exec: { command } });
    await expect(open({ type: 'kubeconfig', label: 'p', text: text('/bin/echo') })).rejects.toThrow(/not allowed/);
    await expect(open({ type: 'kubeconfig', label: 'p', text: text('./src/cli/kubeorch.mjs') })).rejects.toThrow(/was not found/);
    await expect(open({ type: 'kubeconfig', label: 'p', text: text('/bin/echo'), context: 'another' })).rejects.toMatchObject({
      problem: { code: 'target.contextUnknown' },
    });
  });
});
