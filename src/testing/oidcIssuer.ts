import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { LoopbackCertificate } from './loopbackCertificate';
import { startTlsServer } from './tlsServer';
import type { TlsServer } from './tlsServer';

/** What a test may turn while the issuer runs. */
export interface IssuerBehaviour {
  /** Who signs in at the next visit to the authorization page: the claims about that person, `sub` among them. */
  person: Readonly<Record<string, unknown>>;
  idTokenLifetimeSeconds: number;
  /** Gives another refresh token at each refresh and takes the one before as stolen. */
  rotates: boolean;
  /** The person, or the issuer, says no. */
  denies: boolean;
  /** What the token endpoint does instead of its work. */
  tokenFault: undefined | { readonly status: number; readonly body: string } | 'silence';
  /** Changes the claims of an ID token before it is signed. */
  claims: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Signs with a key that is not published. */
  forges: boolean;
}

export interface TokenRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly form: URLSearchParams;
}

/** An OpenID Connect issuer on loopback with one confidential and one public client, RS256, PKCE, rotation and revocation. */
export interface OidcIssuer {
  readonly issuer: string;
  readonly caPem: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Has no secret. */
  readonly publicClientId: string;
  readonly server: TlsServer;
  readonly behaviour: IssuerBehaviour;
  /** Requests to the token endpoint, in order. */
  readonly tokenRequests: readonly TokenRequest[];
  /** Every access, ID and refresh token that it has given, in order. */
  readonly issued: readonly { readonly type: 'access token' | 'ID token' | 'refresh token'; readonly value: string }[];
  /** A sign-in as it would have been done at another time. */
  tokensFor(person: Readonly<Record<string, unknown>>): { readonly idToken: string; readonly refreshToken: string };
  /** Stands for a browser in which the person has nothing left to click: the address that it would be led to. */
  visit(authorizationUrl: string): Promise<string>;
  close(): Promise<void>;
}

interface Grant {
  readonly clientId: string;
  readonly person: Readonly<Record<string, unknown>>;
  readonly family: string;
  readonly nonce?: string;
  readonly challenge?: string;
  readonly redirectUri?: string;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startOidcIssuer(
  options: { readonly port?: number; readonly certificate?: LoopbackCertificate; readonly clientId?: string } = {},
): Promise<OidcIssuer> {
  const clientId = options.clientId ?? 'kubeorch-test';
  const publicClientId = `${clientId}-public`;
  const clientSecret = randomBytes(16).toString('hex');
  const keys = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const [published, hidden] = keys as [(typeof keys)[0], (typeof keys)[0]];
  const kid = randomBytes(8).toString('hex');
  const codes = new Map<string, Grant>();
  const refreshTokens = new Map<string, Grant>();
  const spent = new Map<string, string>();
  const tokenRequests: TokenRequest[] = [];
  const issued: OidcIssuer['issued'][number][] = [];
  const behaviour: IssuerBehaviour = {
    person: { sub: 'nobody' },
    idTokenLifetimeSeconds: 3_600,
    rotates: true,
    denies: false,
    tokenFault: undefined,
    claims: (claims) => claims,
    forges: false,
  };

  const json = (response: Http2ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };

  const idToken = (grant: Grant): string => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const claims = behaviour.claims({
      iss: server.server,
      aud: grant.clientId,
      iat: nowSeconds,
      exp: nowSeconds + behaviour.idTokenLifetimeSeconds,
      jti: randomBytes(8).toString('hex'),
      ...grant.person,
      ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
    });
    const signed = `${base64url({ alg: 'RS256', typ: 'JWT', kid })}.${base64url(claims)}`;
    const key: KeyObject = (behaviour.forges ? hidden : published).privateKey;
    const value = `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
    issued.push({ type: 'ID token', value });
    return value;
  };

  const issue = (grant: Grant): { idToken: string; refreshToken: string } => {
    const refreshToken = randomBytes(24).toString('hex');
    issued.push({ type: 'refresh token', value: refreshToken });
    const { nonce: _nonce, challenge: _challenge, redirectUri: _redirectUri, ...lasting } = grant;
    refreshTokens.set(refreshToken, lasting);
    return { idToken: idToken(grant), refreshToken };
  };

  const clientOf = (request: Http2ServerRequest, form: URLSearchParams): string | undefined => {
    const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const [id, secret] =
      basic === undefined
        ? [form.get('client_id'), form.get('client_secret')]
        : Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent);
    if (id === publicClientId) return publicClientId;
    return id === clientId && secret === clientSecret ? clientId : undefined;
  };

  const grantFor = (form: URLSearchParams, client: string): Grant | undefined => {
    if (form.get('grant_type') === 'authorization_code') {
      const code = form.get('code') ?? '';
      const grant = codes.get(code);
      codes.delete(code);
      const proved = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      return grant?.clientId === client && grant.challenge === proved && grant.redirectUri === form.get('redirect_uri') ? grant : undefined;
    }
    const token = form.get('refresh_token') ?? '';
    const family = spent.get(token);
    // A token that was already exchanged: somebody has a copy, so all that came from it end.
    if (family !== undefined) for (const [other, grant] of refreshTokens) if (grant.family === family) refreshTokens.delete(other);
    const grant = refreshTokens.get(token);
    return form.get('grant_type') === 'refresh_token' && grant?.clientId === client ? grant : undefined;
  };

  const answerToken = (request: Http2ServerRequest, response: Http2ServerResponse, form: URLSearchParams): void => {
    tokenRequests.push({ headers: request.headers, form });
    const fault = behaviour.tokenFault;
    if (fault === 'silence') return;
    if (fault !== undefined) {
      response.writeHead(fault.status, { 'content-type': 'application/json' });
      response.end(fault.body);
      return;
    }
    const client = clientOf(request, form);
    if (client === undefined) return json(response, 401, { error: 'invalid_client' });
    const grant = grantFor(form, client);
    if (grant === undefined) return json(response, 400, { error: 'invalid_grant', error_description: 'the grant is unknown, used or revoked' });
    const used = form.get('refresh_token');
    const accessToken = randomBytes(16).toString('hex');
    issued.push({ type: 'access token', value: accessToken });
    const access = { access_token: accessToken, token_type: 'Bearer', expires_in: behaviour.idTokenLifetimeSeconds };
    if (used !== null && !behaviour.rotates) return json(response, 200, { ...access, id_token: idToken(grant) });
    if (used !== null) {
      refreshTokens.delete(used);
      spent.set(used, grant.family);
    }
    const { idToken: id_token, refreshToken: refresh_token } = issue(grant);
    json(response, 200, { ...access, id_token, refresh_token });
  };

  const authorize = (response: Http2ServerResponse, asked: URLSearchParams): void => {
    const redirect = new URL(asked.get('redirect_uri') ?? 'https://nowhere.invalid');
    redirect.searchParams.set('state', asked.get('state') ?? '');
    if (behaviour.denies) redirect.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(16).toString('hex');
      codes.set(code, {
        clientId: asked.get('client_id') ?? '',
        person: behaviour.person,
        family: randomBytes(8).toString('hex'),
        nonce: asked.get('nonce') ?? '',
        challenge: asked.get('code_challenge_method') === 'S256' ? (asked.get('code_challenge') ?? '') : 'plain is not spoken here',
        redirectUri: asked.get('redirect_uri') ?? '',
      });
      redirect.searchParams.set('code', code);
    }
    response.writeHead(302, { location: redirect.href });
    response.end();
  };

  const answer = (request: Http2ServerRequest, response: Http2ServerResponse, body: string): void => {
    const url = new URL(request.url, server.server);
    const at = (path: string): string => `${server.server}${path}`;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, {
          issuer: server.server,
          authorization_endpoint: at('/authorize'),
          token_endpoint: at('/token'),
          jwks_uri: at('/keys'),
          revocation_endpoint: at('/revoke'),
          end_session_endpoint: at('/logout'),
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
          scopes_supported: ['openid', 'offline_access', 'groups'],
        });
      case '/keys':
        return json(response, 200, { keys: [{ ...published.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] });
      case '/authorize':
        return authorize(response, url.searchParams);
      case '/token':
        return answerToken(request, response, new URLSearchParams(body));
      case '/revoke': {
        const form = new URLSearchParams(body);
        if (clientOf(request, form) === undefined) return json(response, 401, { error: 'invalid_client' });
        refreshTokens.delete(form.get('token') ?? '');
        response.writeHead(200);
        response.end();
        return;
      }
      default:
        return json(response, 404, { error: 'not_found' });
    }
  };

  const server = await startTlsServer(
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
    },
    { ...(options.port === undefined ? {} : { port: options.port }), ...(options.certificate === undefined ? {} : { certificate: options.certificate }) },
  );

  return {
    issuer: server.server,
    caPem: server.caPem,
    clientId,
    clientSecret,
    publicClientId,
    server,
    behaviour,
    tokenRequests,
    issued,
    tokensFor: (person) => issue({ clientId, person, family: randomBytes(8).toString('hex') }),
    visit: async (authorizationUrl) => {
      const { Agent, request } = await import('undici');
      const agent = new Agent({ connect: { ca: server.caPem } });
      try {
        const { headers, body } = await request(authorizationUrl, { dispatcher: agent });
        await body.dump();
        return String(headers['location']);
      } finally {
        await agent.close();
      }
    },
    close: () => server.close(),
  };
}

/** The part of a kubeconfig's user that signs in there. */
export const userOfIssuer = (issuer: OidcIssuer): Readonly<Record<string, unknown>> => ({
  'auth-provider': {
    name: 'oidc',
    config: {
      'idp-issuer-url': issuer.issuer,
      'client-id': issuer.clientId,
      'client-secret': issuer.clientSecret,
      'idp-certificate-authority-data': Buffer.from(issuer.caPem).toString('base64'),
      'extra-scopes': 'offline_access',
    },
  },
});
