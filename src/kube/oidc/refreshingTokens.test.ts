import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startOidcIssuer } from '../../testing/oidcIssuer';
import type { OidcIssuer } from '../../testing/oidcIssuer';
import { kubeconfigFor, startTlsServer } from '../../testing/tlsServer';
import { VirtualClock } from '../../testing/virtualClock';
import { clusterFromConnection, clusterFromKubeconfig } from '../connect';
import { RefreshingTokens } from './refreshingTokens';
import type { RefreshingTokensOptions } from './refreshingTokens';
import type { OidcTokens } from './tokens';

let issuer: OidcIssuer;
let clock: VirtualClock;
const cleanup: (() => void | Promise<void>)[] = [];
const jane = { sub: 'jane' };

beforeAll(async () => {
  issuer = await startOidcIssuer();
});
afterAll(() => issuer.close());
beforeEach(() => {
  clock = new VirtualClock(Date.now());
  Object.assign(issuer.behaviour, { idTokenLifetimeSeconds: 3_600, rotates: true, forges: false, tokenFault: undefined, claims: (claims: object) => claims });
});
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

function tokensWith(changes: Partial<RefreshingTokensOptions>): RefreshingTokens {
  return new RefreshingTokens({
    issuer: issuer.issuer,
    clientId: issuer.clientId,
    clientSecret: issuer.clientSecret,
    ca: issuer.caPem,
    environment: {},
    clock,
    ...changes,
  });
}

/** How many refreshes `work` brought about. */
async function refreshesDuring(work: () => Promise<unknown>): Promise<number> {
  const before = issuer.tokenRequests.length;
  await work();
  return issuer.tokenRequests.length - before;
}

describe('renewing', () => {
  test('a token that still lives is used as it is; from a minute before its end it is renewed, once for a thousand who ask', async () => {
    const tokens = tokensWith(issuer.tokensFor(jane));
    const first = await tokens.current();
    await clock.advance(3_600_000 - 65_000);
    expect(await refreshesDuring(async () => expect(await tokens.current()).toEqual(first))).toBe(0);
    await clock.advance(6_000);
    const got: string[] = [];
    const refreshes = await refreshesDuring(async () => {
      got.push(...(await Promise.all(Array.from({ length: 1_000 }, () => tokens.current()))).map(({ token }) => token));
    });
    expect(refreshes).toBe(1);
    expect(new Set(got).size).toBe(1);
    expect(got[0]).not.toBe(first.token);
  });

  test('a rotated refresh token is kept in memory, told once, and used for the next refresh', async () => {
    const told: OidcTokens[] = [];
    const start = issuer.tokensFor(jane);
    const tokens = tokensWith({ refreshToken: start.refreshToken, onTokens: (given) => void told.push(given) });
    await tokens.current();
    await clock.advance(3_600_000);
    await tokens.current();
    expect(issuer.tokenRequests.slice(-2).map(({ form }) => form.get('refresh_token'))).toEqual([start.refreshToken, told[0]?.refreshToken]);
    expect(told).toHaveLength(2);
    expect(told[1]?.refreshToken).not.toBe(told[0]?.refreshToken);
    // The request for a new token carries the client's proof and no token of any cluster.
    for (const { headers } of issuer.tokenRequests.slice(-2)) expect(headers['authorization']).toMatch(/^Basic /);
  });

  test('tokens that live for seconds are not renewed at each use', async () => {
    issuer.behaviour.idTokenLifetimeSeconds = 20;
    const tokens = tokensWith(issuer.tokensFor(jane));
    expect(
      await refreshesDuring(async () => {
        for (let second = 0; second < 14; second++) {
          await tokens.current();
          await clock.advance(1_000);
        }
      }),
    ).toBe(0);
    expect(
      await refreshesDuring(async () => {
        await clock.advance(1_000);
        await tokens.current();
      }),
    ).toBe(1);
  });

  test('an issuer that is away for a moment is not noticed while the token lives, and not asked for each request', async () => {
    const tokens = tokensWith(issuer.tokensFor(jane));
    const first = await tokens.current();
    issuer.behaviour.tokenFault = { status: 503, body: '{}' };
    await clock.advance(3_600_000 - 30_000);
    expect(
      await refreshesDuring(async () => {
        for (let index = 0; index < 20; index++) expect(await tokens.current()).toEqual(first);
      }),
    ).toBe(1);
    await clock.advance(40_000);
    await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.issuer' } });
    issuer.behaviour.tokenFault = undefined;
    await clock.advance(5_000);
    expect((await tokens.current()).token).not.toBe(first.token);
  });

  test.each([
    [
      'a refusal',
      () => (issuer.behaviour.tokenFault = { status: 400, body: '{"error":"invalid_grant","error_description":"session \\u001b[31mended"}' }),
      'session ended',
    ],
    ['no ID token in the answer', () => (issuer.behaviour.tokenFault = { status: 200, body: '{"access_token":"x","token_type":"Bearer"}' }), 'no ID token'],
  ])('after %s only a person can go on, and nobody asks the issuer again', async (_, fault, words) => {
    const tokens = tokensWith(issuer.tokensFor(jane));
    fault();
    await clock.advance(3_600_001);
    const refused = await Promise.allSettled(Array.from({ length: 50 }, () => tokens.current()));
    for (const one of refused) expect(one).toMatchObject({ status: 'rejected', reason: { problem: { code: 'oidc.signInAgain' } } });
    expect(String((refused[0] as PromiseRejectedResult).reason)).toContain(words);
    expect(
      await refreshesDuring(async () => {
        await clock.advance(600_000);
        await tokens.current().catch(() => undefined);
      }),
    ).toBe(0);
  });

  test('a renewed token with a signature of another key is not accepted', async () => {
    const tokens = tokensWith({ refreshToken: issuer.tokensFor(jane).refreshToken });
    issuer.behaviour.forges = true;
    await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.issuer' } });
  });

  test('an expired token without a refresh token asks for a new sign-in', async () => {
    const tokens = tokensWith({ idToken: issuer.tokensFor(jane).idToken });
    await clock.advance(3_600_001);
    await expect(tokens.current()).rejects.toThrow(/Sign in again/);
  });
});

describe('with a cluster', () => {
  /** An API server that takes the tokens that `accepts` says. */
  async function apiServer(accepts: (token: string) => boolean) {
    const server = await startTlsServer((request, response) => {
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      response.writeHead(accepts(token) ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(accepts(token) ? { gitVersion: 'v1.36.0' } : { kind: 'Status', code: 401, message: 'Unauthorized' }));
    });
    cleanup.push(() => server.close());
    return server;
  }

  const provider = (config: object): object => ({
    'auth-provider': {
      name: 'oidc',
      config: { 'idp-issuer-url': issuer.issuer, 'client-id': issuer.clientId, 'client-secret': issuer.clientSecret, ...config },
    },
  });

  test('a kubeconfig’s auth-provider oidc: a thousand requests with a refused token bring about one refresh, and the file stays as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oidc-'));
    cleanup.push(() => rm(folder, { recursive: true }));
    const { idToken, refreshToken } = issuer.tokensFor(jane);
    const server = await apiServer((token) => token !== idToken);
    await writeFile(join(folder, 'issuer.pem'), issuer.caPem);
    const text = kubeconfigFor(
      server.server,
      server.caPem,
      provider({ 'id-token': idToken, 'refresh-token': refreshToken, 'idp-certificate-authority': 'issuer.pem', 'extra-scopes': 'groups,email' }) as Record<
        string,
        unknown
      >,
    );
    const path = join(folder, 'config');
    await writeFile(path, text);
    const told: OidcTokens[] = [];
    const cluster = await clusterFromKubeconfig({ path, clock, logger: new MemoryLogger(), environment: {}, onTokens: (tokens) => void told.push(tokens) });
    cleanup.push(() => cluster.dispose());
    expect(await refreshesDuring(() => Promise.all(Array.from({ length: 1_000 }, () => cluster.version())))).toBe(1);
    expect(issuer.tokenRequests.at(-1)?.form.get('scope')).toBe('openid groups email');
    expect(told).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(text);
    // The issuer never sees what the cluster is shown, and the cluster never what the issuer is.
    const toIssuer = JSON.stringify(issuer.server.seen);
    expect(toIssuer).not.toContain(idToken);
    expect(JSON.stringify(server.seen)).not.toContain(refreshToken);
  });

  test('a server that refuses fresh tokens too is told once as that, without a refresh for each request', async () => {
    const server = await apiServer(() => false);
    const cluster = await clusterFromKubeconfig({
      text: kubeconfigFor(
        server.server,
        server.caPem,
        provider({
          'refresh-token': issuer.tokensFor(jane).refreshToken,
          'idp-certificate-authority-data': Buffer.from(issuer.caPem).toString('base64'),
        }) as Record<string, unknown>,
      ),
      clock,
      logger: new MemoryLogger(),
      environment: {},
    });
    cleanup.push(() => cluster.dispose());
    const refreshes = await refreshesDuring(async () => {
      for (let index = 0; index < 10; index++) await expect(cluster.version()).rejects.toMatchObject({ failure: { kind: 'unauthorized', code: 401 } });
    });
    expect(refreshes).toBe(1);
  });

  test('an ended sign-in is one clear failure that says what to do; whoAmI tells issuer and end', async () => {
    const server = await apiServer(() => true);
    const tokens = tokensWith(issuer.tokensFor(jane));
    const cluster = await clusterFromConnection(
      { type: 'address', label: 'added', server: server.server, ca: server.caPem, credentials: { type: 'oidc', tokens } },
      { clock, logger: new MemoryLogger(), environment: {} },
    );
    cleanup.push(() => cluster.dispose());
    const identity = await cluster.whoAmI();
    expect(identity).toMatchObject({ method: 'oidc', provider: issuer.issuer });
    expect((identity.expiresAtMs ?? 0) - clock.now()).toBeGreaterThan(3_590_000);
    issuer.behaviour.tokenFault = { status: 400, body: '{"error":"invalid_grant"}' };
    await clock.advance(3_601_000);
    await expect(cluster.version()).rejects.toMatchObject({
      failure: { kind: 'unauthorized', code: 0, reason: 'SignInAgain', message: expect.stringContaining('Sign in again.') as string },
    });
  });
});
