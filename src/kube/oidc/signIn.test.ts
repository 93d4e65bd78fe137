import type { Http2ServerResponse } from 'node:http2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startOidcIssuer } from '../../testing/oidcIssuer';
import type { OidcIssuer } from '../../testing/oidcIssuer';
import { startTlsServer } from '../../testing/tlsServer';
import { VirtualClock } from '../../testing/virtualClock';
import { expiryOf } from '../jsonWebToken';
import { beginSignIn, finishSignIn } from './signIn';
import type { SignInRequest } from './signIn';
import { endSessionUrl, revokeTokens } from './signOut';

let issuer: OidcIssuer;
beforeAll(async () => {
  issuer = await startOidcIssuer();
});
afterAll(() => issuer.close());

const cleanup: (() => void | Promise<void>)[] = [];
beforeEach(() => {
  Object.assign(issuer.behaviour, {
    person: { sub: 'jane', groups: ['dev'] },
    denies: false,
    forges: false,
    tokenFault: undefined,
    claims: (claims: object) => claims,
  });
});
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

const redirectUri = 'vscode://kubeorch.kubeorch/signed-in';
function request(changes: Partial<SignInRequest> = {}): SignInRequest {
  return {
    issuer: issuer.issuer,
    clientId: issuer.clientId,
    clientSecret: issuer.clientSecret,
    scopes: ['offline_access', 'groups'],
    redirectUri,
    ca: issuer.caPem,
    environment: {},
    clock: new VirtualClock(Date.now()),
    ...changes,
  };
}

describe('signing in', () => {
  test('leads to the issuer’s page with state, nonce and an S256 challenge, and comes back with checked tokens', async () => {
    const pending = await beginSignIn(request());
    const url = new URL(pending.authorizationUrl);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: issuer.clientId,
      redirect_uri: redirectUri,
      scope: 'openid offline_access groups',
      code_challenge_method: 'S256',
      prompt: 'consent',
      state: pending.state,
      nonce: pending.nonce,
    });
    expect(pending.authorizationUrl).not.toContain(pending.codeVerifier);
    const before = issuer.tokenRequests.length;
    const tokens = await finishSignIn(pending, await issuer.visit(pending.authorizationUrl));
    expect(tokens.refreshToken).toMatch(/^[0-9a-f]{48}$/);
    expect(tokens.expiresAtMs).toBe(expiryOf(tokens.idToken));
    expect(JSON.parse(Buffer.from(tokens.idToken.split('.')[1] ?? '', 'base64url').toString('utf8'))).toMatchObject({ sub: 'jane', groups: ['dev'] });
    const [exchange] = issuer.tokenRequests.slice(before);
    expect(exchange?.headers['authorization']).toMatch(/^Basic /);
    expect(exchange?.form.get('code_verifier')).toBe(pending.codeVerifier);
  });

  test('works for a public client, and where the editor led the browser through an address of its own', async () => {
    const pending = await beginSignIn(request({ clientId: issuer.publicClientId, clientSecret: '', ca: Buffer.from(issuer.caPem).toString('base64') }));
    const back = new URL(await issuer.visit(pending.authorizationUrl));
    const tokens = await finishSignIn(pending, `https://tunnel.example/callback${back.search}`);
    expect(tokens.idToken.split('.')).toHaveLength(3);
    expect(issuer.tokenRequests.at(-1)?.headers['authorization']).toBeUndefined();
  });

  test('can be finished once and for ten minutes', async () => {
    const clock = new VirtualClock(Date.now());
    const pending = await beginSignIn(request({ clock }));
    const back = await issuer.visit(pending.authorizationUrl);
    await clock.advance(10 * 60_000 - 1);
    await finishSignIn(pending, back);
    await expect(finishSignIn(pending, back)).rejects.toMatchObject({ problem: { code: 'oidc.unexpected' } });
    const slow = await beginSignIn(request({ clock }));
    const late = await issuer.visit(slow.authorizationUrl);
    await clock.advance(10 * 60_000);
    await expect(finishSignIn(slow, late)).rejects.toMatchObject({ problem: { code: 'oidc.expired', args: { minutes: '10' } } });
  });

  test('an answer with a foreign state is refused and does not spoil the real one', async () => {
    const pending = await beginSignIn(request());
    const back = new URL(await issuer.visit(pending.authorizationUrl));
    const foreign = new URL(back);
    foreign.searchParams.set('state', 'another');
    const before = issuer.tokenRequests.length;
    for (const url of [foreign.href, `${redirectUri}?code=x`, 'no url'])
      await expect(finishSignIn(pending, url)).rejects.toMatchObject({ problem: { code: 'oidc.unexpected' } });
    expect(issuer.tokenRequests).toHaveLength(before);
    expect((await finishSignIn(pending, back.href)).idToken).not.toBe('');
  });

  test('a person who says no is told as that', async () => {
    issuer.behaviour.denies = true;
    const pending = await beginSignIn(request());
    await expect(finishSignIn(pending, await issuer.visit(pending.authorizationUrl))).rejects.toMatchObject({
      problem: { code: 'oidc.refused', args: { detail: 'access_denied' } },
    });
  });

  test.each([
    ['another nonce', { claims: (claims: object) => ({ ...claims, nonce: 'another' }) }],
    ['another audience', { claims: (claims: object) => ({ ...claims, aud: 'another' }) }],
    ['another issuer', { claims: (claims: object) => ({ ...claims, iss: 'https://another.example' }) }],
    ['a time that is over', { claims: (claims: object) => ({ ...claims, exp: 1 }) }],
    ['a signature of another key', { forges: true }],
  ])('an ID token with %s is not accepted', async (_, behaviour) => {
    const pending = await beginSignIn(request());
    const back = await issuer.visit(pending.authorizationUrl);
    Object.assign(issuer.behaviour, behaviour);
    const error: unknown = await finishSignIn(pending, back).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ problem: { code: 'oidc.issuer' } });
    expect(JSON.stringify(error)).not.toContain(new URL(back).searchParams.get('code'));
  });

  test('the client secret and the code show in no error', async () => {
    const pending = await beginSignIn(request());
    const back = await issuer.visit(pending.authorizationUrl);
    issuer.behaviour.tokenFault = {
      status: 400,
      body: JSON.stringify({ error: 'invalid_grant', error_description: `no ${new URL(back).searchParams.get('code')}` }),
    };
    await expect(finishSignIn(pending, back)).rejects.toMatchObject({ problem: { code: 'oidc.refused', args: { detail: 'no [hidden]' } } });
  });
});

describe('an issuer', () => {
  test('that cannot be trusted or is no proper URL is refused by name', async () => {
    const { loopbackCertificate } = await import('../../testing/loopbackCertificate');
    const other = await loopbackCertificate();
    await expect(beginSignIn(request({ ca: other.certificatePem }))).rejects.toMatchObject({
      problem: { code: 'oidc.issuer', args: { issuer: issuer.issuer } },
    });
    await expect(beginSignIn(request({ ca: 'no certificate' }))).rejects.toThrow(/no PEM certificate/);
    for (const url of ['http://127.0.0.1:1', 'https://me:pw@127.0.0.1', 'https://127.0.0.1/?a', 'nothing'])
      await expect(beginSignIn(request({ issuer: url }))).rejects.toThrow(/^(?!.*pw@).*identity provider/);
  });

  test('that is not there is told by the reason alone', async () => {
    await expect(beginSignIn(request({ issuer: 'https://127.0.0.1:1' }))).rejects.toThrow(
      /^The identity provider https:\/\/127\.0\.0\.1:1 cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1$/,
    );
  });

  test('that sends elsewhere, says another name, or talks without end is not followed', async () => {
    const elsewhere = await startTlsServer((_, response) => response.end('{}'));
    const answers: Readonly<Record<string, (response: Http2ServerResponse) => void>> = {
      redirect: (response) => {
        response.writeHead(302, { location: `${elsewhere.server}/.well-known/openid-configuration` });
        response.end();
      },
      name: (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ issuer: elsewhere.server, authorization_endpoint: `${elsewhere.server}/a`, token_endpoint: `${elsewhere.server}/t` }));
      },
      endless: (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (let index = 0; index < 40; index++) response.write(' '.repeat(64 * 1024));
        response.end('{}');
      },
    };
    for (const answer of Object.values(answers)) {
      const hostile = await startTlsServer((_, response) => answer(response), { certificate: elsewhere.certificate });
      cleanup.push(() => hostile.close());
      await expect(beginSignIn(request({ issuer: hostile.server, ca: hostile.caPem }))).rejects.toMatchObject({ problem: { code: 'oidc.issuer' } });
    }
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });
});

describe('signing out', () => {
  test('takes the refresh token back and names the page that ends the issuer’s session', async () => {
    const pending = await beginSignIn(request());
    const tokens = await finishSignIn(pending, await issuer.visit(pending.authorizationUrl));
    expect(await revokeTokens(request(), tokens)).toBe(true);
    expect(await revokeTokens(request(), {})).toBe(false);
    const { RefreshingTokens } = await import('./refreshingTokens');
    const after = new RefreshingTokens({ ...request(), refreshToken: tokens.refreshToken ?? '' });
    await expect(after.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    const url = new URL((await endSessionUrl(request(), 'https://editor.example/bye')) ?? '');
    expect(`${url.origin}${url.pathname}`).toBe(`${issuer.issuer}/logout`);
    expect(url.href).not.toContain(tokens.idToken);
  });
});
