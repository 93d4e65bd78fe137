import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import { beginSignIn, clusterFromConnection, clusterFromKubeconfig, finishSignIn, RefreshingTokens, revokeTokens } from '../../kube';
import type { OidcTokens, SignInRequest } from '../../kube';
import { failureOf } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startOidcIssuer } from '../../testing/oidcIssuer';
import type { OidcIssuer } from '../../testing/oidcIssuer';
import { PacedClock } from '../../testing/pacedClock';

// The API server trusts this address for tokens; see authentication() in cluster.sh.
const issuerPort = 6444;

const namespace = `identity-${randomBytes(3).toString('hex')}`;
const clock = new PacedClock();
const logger = new MemoryLogger();
let issuer: OidcIssuer;
let admin: Cluster;
let server: { readonly url: string; readonly caPem: string };
const opened: Cluster[] = [];

function request(scopes: readonly string[] = ['offline_access', 'groups']): SignInRequest {
  return {
    issuer: issuer.issuer,
    clientId: issuer.clientId,
    clientSecret: issuer.clientSecret,
    ca: issuer.caPem,
    scopes,
    redirectUri: 'vscode://kubeorch.kubeorch/signed-in',
    environment: {},
    clock,
  };
}

/** The whole way of a person: the page, the way back, the exchange. */
async function signIn(person: Readonly<Record<string, unknown>>): Promise<OidcTokens> {
  issuer.behaviour.person = person;
  const pending = await beginSignIn(request());
  return finishSignIn(pending, await issuer.visit(pending.authorizationUrl));
}

async function clusterFor(
  tokens: OidcTokens,
  onTokens?: (tokens: OidcTokens) => void,
): Promise<{ readonly cluster: Cluster; readonly source: RefreshingTokens }> {
  const source = new RefreshingTokens({ ...request(), ...tokens, scopes: [], ...(onTokens === undefined ? {} : { onTokens }) });
  const cluster = await clusterFromConnection(
    { type: 'address', label: 'oidc', server: server.url, ca: server.caPem, namespace, credentials: { type: 'oidc', tokens: source } },
    { clock, logger, environment: {} },
  );
  opened.push(cluster);
  return { cluster, source };
}

const ana = { sub: 'ana', groups: ['deployers'], team: 'blue' };
const ben = { sub: 'ben', groups: ['readers'], team: 'red' };

beforeAll(async () => {
  const path = process.env['KUBECONFIG'] ?? '';
  const text = await readFile(path, 'utf8');
  const entry = (parse(text) as { clusters: readonly { cluster: { server: string; 'certificate-authority': string } }[] }).clusters[0]?.cluster;
  if (entry === undefined) throw new Error('the kubeconfig of the test cluster has no cluster');
  server = { url: entry.server, caPem: await readFile(entry['certificate-authority'], 'utf8') };
  const pki = join(dirname(path), 'pki');
  const certificate = { keyPem: await readFile(join(pki, 'issuer.key'), 'utf8'), certificatePem: await readFile(join(pki, 'issuer.crt'), 'utf8') };
  issuer = await startOidcIssuer({ port: issuerPort, certificate, clientId: 'kubeorch-test' });
  admin = await clusterFromKubeconfig({ path, clock, logger, environment: {} });
  await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const role = (name: string, verbs: readonly string[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
  });
  const binding = (name: string, group: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `oidc:${group}` }],
  });
  for (const object of [
    role('deployer', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
    binding('deployer', 'deployers'),
    role('reader', ['get', 'list', 'watch']),
    binding('reader', 'readers'),
  ])
    await admin.create(object);
  // The API server looks for an issuer that was not there every ten seconds.
  const { cluster } = await clusterFor(await signIn(ana));
  for (let user = ''; user !== 'oidc:ana';) {
    user = await cluster.whoAmI(AbortSignal.timeout(60_000)).then(
      (identity) => identity.user,
      async (error: unknown) => {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'unauthorized') throw error;
        await clock.sleep(500);
        return '';
      },
    );
  }
});

afterAll(async () => {
  for (const cluster of opened) cluster.dispose();
  await admin.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace }, { propagation: 'Background' });
  admin.dispose();
  await issuer.close();
});

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { a: '1' } });

describe('two people who signed in at an issuer', () => {
  test('are who they are, with groups, team and the end of their token', async () => {
    const [one, two] = [await clusterFor(await signIn(ana)), await clusterFor(await signIn(ben))];
    const [first, second] = await Promise.all([one.cluster.whoAmI(), two.cluster.whoAmI()]);
    expect(first).toMatchObject({
      user: 'oidc:ana',
      uid: 'ana',
      groups: ['oidc:deployers', 'system:authenticated'],
      extra: { 'kubeorch.dev/team': ['blue'] },
      method: 'oidc',
      provider: issuer.issuer,
    });
    expect(second).toMatchObject({ user: 'oidc:ben', uid: 'ben', groups: ['oidc:readers', 'system:authenticated'], extra: { 'kubeorch.dev/team': ['red'] } });
    const leftMs = (first.expiresAtMs ?? 0) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
  });

  test('may do what their groups may, and see it in their rules', async () => {
    const [one, two] = [await clusterFor(await signIn(ana)), await clusterFor(await signIn(ben))];
    await one.cluster.apply(configMap('by-ana'), { fieldManager: 'kubeorch' });
    expect(await two.cluster.get({ ...configMap('by-ana'), namespace, name: 'by-ana' })).toMatchObject({ data: { a: '1' } });
    expect(await failureOf(two.cluster.apply(configMap('by-ben'), { fieldManager: 'kubeorch' }))).toMatchObject({ kind: 'forbidden', code: 403 });
    expect(await failureOf(one.cluster.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace }))).toMatchObject({ kind: 'forbidden' });
    const verbs = async (cluster: Cluster): Promise<string[]> =>
      (await cluster.rules(namespace)).rules.filter(({ resources }) => resources.includes('configmaps')).flatMap((rule) => rule.verbs);
    expect(await verbs(one.cluster)).toContain('create');
    expect(await verbs(two.cluster)).toEqual(['get', 'list', 'watch']);
    const mayCreate = { verb: 'create', group: '', resource: 'configmaps', namespace };
    expect([await one.cluster.mayI(mayCreate), await two.cluster.mayI(mayCreate)]).toEqual([true, false]);
  });

  test('are asked how the server is, as far as they may know', async () => {
    const { cluster } = await clusterFor(await signIn(ben));
    expect(await cluster.ping()).toBeGreaterThanOrEqual(0);
    const { ok, text } = await admin.probe('/readyz');
    expect(ok).toBe(true);
    expect(text).toMatch(/^\[\+\]ping ok$/m);
    expect(text).toMatch(/^\[\+\]etcd ok$/m);
    expect((await cluster.probe('/livez')).ok).toBe(true);
  });
});

describe('a sign-in', () => {
  test('whose tokens live for seconds goes on by refreshing, and each rotated token is told', async () => {
    issuer.behaviour.idTokenLifetimeSeconds = 4;
    try {
      const told: OidcTokens[] = [];
      const { cluster } = await clusterFor(await signIn(ana), (tokens) => void told.push(tokens));
      const before = issuer.tokenRequests.length;
      const untilMs = Date.now() + 9_000;
      let requests = 0;
      // Each of these would be refused if a token that has ended went along.
      while (Date.now() < untilMs) {
        expect((await cluster.whoAmI()).user).toBe('oidc:ana');
        requests++;
        await clock.sleep(50);
      }
      const refreshes = issuer.tokenRequests.length - before;
      expect(refreshes).toBeGreaterThanOrEqual(2);
      expect(refreshes).toBeLessThanOrEqual(4);
      expect(requests).toBeGreaterThan(refreshes * 10);
      expect(new Set(told.map(({ refreshToken }) => refreshToken)).size).toBe(refreshes);
    } finally {
      issuer.behaviour.idTokenLifetimeSeconds = 3_600;
    }
  });

  test('that has ended is refused by the API server itself: an old token is no key', async () => {
    issuer.behaviour.idTokenLifetimeSeconds = -60;
    try {
      const { idToken } = issuer.tokensFor(ana);
      const expired = await clusterFromConnection(
        { type: 'address', label: 'old', server: server.url, ca: server.caPem, credentials: { type: 'token', token: idToken } },
        { clock, logger, environment: {} },
      );
      opened.push(expired);
      expect(await failureOf(expired.whoAmI())).toMatchObject({ kind: 'unauthorized', code: 401 });
    } finally {
      issuer.behaviour.idTokenLifetimeSeconds = 3_600;
    }
  });

  test('that was forged, or meant for another, is refused by the API server', async () => {
    for (const change of [{ forges: true }, { claims: (claims: object) => ({ ...claims, aud: 'another' }) }]) {
      const { forges, claims } = issuer.behaviour;
      Object.assign(issuer.behaviour, change);
      const { idToken } = issuer.tokensFor(ana);
      Object.assign(issuer.behaviour, { forges, claims });
      const cluster = await clusterFromConnection(
        { type: 'address', label: 'forged', server: server.url, ca: server.caPem, credentials: { type: 'token', token: idToken } },
        { clock, logger, environment: {} },
      );
      opened.push(cluster);
      expect(await failureOf(cluster.whoAmI())).toMatchObject({ kind: 'unauthorized', code: 401 });
    }
  });

  test('that was revoked ends when its token does, with one clear failure', async () => {
    issuer.behaviour.idTokenLifetimeSeconds = 3;
    try {
      const tokens = await signIn(ana);
      const { cluster } = await clusterFor(tokens);
      expect((await cluster.whoAmI()).user).toBe('oidc:ana');
      expect(await revokeTokens(request(), tokens)).toBe(true);
      await clock.sleep(3_500);
      const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(cluster.whoAmI())));
      for (const failure of failures) expect(failure).toMatchObject({ kind: 'unauthorized', code: 0, reason: 'SignInAgain' });
    } finally {
      issuer.behaviour.idTokenLifetimeSeconds = 3_600;
    }
  });

  test('from a kubeconfig’s auth-provider works the same', async () => {
    const { idToken, refreshToken } = issuer.tokensFor(ben);
    const config = {
      'idp-issuer-url': issuer.issuer,
      'client-id': issuer.clientId,
      'client-secret': issuer.clientSecret,
      'idp-certificate-authority-data': Buffer.from(issuer.caPem).toString('base64'),
      'id-token': idToken,
      'refresh-token': refreshToken,
    };
    const cluster = await clusterFromKubeconfig({
      text: JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.caPem).toString('base64') } }],
        users: [{ name: 'u', user: { 'auth-provider': { name: 'oidc', config } } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
      clock,
      logger,
      environment: {},
    });
    opened.push(cluster);
    expect(await cluster.whoAmI()).toMatchObject({ user: 'oidc:ben', method: 'oidc', provider: issuer.issuer });
  });
});

describe('acting as somebody else', () => {
  test('several groups and several values arrive one by one, over requests and streams', async () => {
    const path = process.env['KUBECONFIG'] ?? '';
    const config = parse(await readFile(path, 'utf8')) as { users: { user: Record<string, unknown> }[] };
    Object.assign(config.users[0]?.user ?? {}, {
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['ops', 'on call, at night', 'oidc:readers'],
      'as-user-extra': { 'example.org/Reason': ['one', 'two, three'] },
    });
    const cluster = await clusterFromKubeconfig({ text: JSON.stringify(config), clock, logger, environment: {} });
    opened.push(cluster);
    expect(await cluster.whoAmI()).toMatchObject({
      user: 'jane',
      uid: '7',
      groups: ['ops', 'on call, at night', 'oidc:readers', 'system:authenticated'],
      extra: { 'example.org/reason': ['one', 'two, three'] },
    });
    await admin.apply(configMap('seen'), { fieldManager: 'kubeorch' });
    const seen = new Promise<string>((resolve) => {
      const watch = cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace }, (event) => {
        if (event.type !== 'upsert' || event.object.metadata.name !== 'seen') return;
        watch.dispose();
        resolve(event.object.metadata.name);
      });
    });
    expect(await seen).toBe('seen');
  });
});
