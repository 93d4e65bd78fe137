import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import type { OidcIssuer } from './oidcIssuer';
import { startTlsServer } from './tlsServer';
import type { TlsServer } from './tlsServer';

/** An API server that lets in whoever shows an ID token of the issuer, in front of another one that does the work. */
export interface TokenCheckingProxy {
  readonly server: TlsServer;
  /** ID tokens that were let in, each once, in order. */
  readonly accepted: readonly string[];
  /** Lets this token in no more. */
  revoke(token: string): void;
  /** Refuses everybody with 401 from now on and cuts what is open. */
  refuseAll(refuse: boolean): void;
  close(): Promise<void>;
}

/** @param behind where requests go, and the credentials for it */
export async function startTokenCheckingProxy(
  issuer: OidcIssuer,
  behind: { readonly server: string; readonly ca: string; readonly token: string },
): Promise<TokenCheckingProxy> {
  const accepted: string[] = [];
  const revoked = new Set<string>();
  let refusing = false;
  const open = new Set<{ destroy(): void }>();
  const published = await issuerKeys(issuer);

  const server = await startTlsServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const claims = refusing || revoked.has(token) ? undefined : claimsOf(token, issuer, published);
    if (claims === undefined) return answer(401, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Unauthorized', code: 401 });
    if (accepted.at(-1) !== token) accepted.push(token);
    if (request.url.includes('/selfsubjectreviews')) {
      request.resume();
      return answer(201, {
        kind: 'SelfSubjectReview',
        apiVersion: 'authentication.k8s.io/v1',
        status: { userInfo: { username: String(claims['email']), groups: claims['groups'] } },
      });
    }
    const headers: Record<string, string> = { authorization: `Bearer ${behind.token}` };
    for (const name of ['accept', 'content-type', 'content-length']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const onward = httpsRequest(new URL(request.url, behind.server), { method: request.method, headers, ca: behind.ca }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, { 'content-type': answered.headers['content-type'] ?? 'application/json' });
      // A watch that has nothing to tell yet has begun all the same.
      if ('flushHeaders' in response && typeof response.flushHeaders === 'function') (response.flushHeaders as () => void)();
      answered.pipe(response);
      answered.on('error', () => response.destroy());
    });
    open.add(response);
    response.on('close', () => {
      open.delete(response);
      onward.destroy();
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });

  return {
    server,
    accepted,
    revoke: (token) => void revoked.add(token),
    refuseAll(refuse) {
      refusing = refuse;
      if (refuse) for (const response of open) response.destroy();
    },
    close: () => server.close(),
  };
}

async function issuerKeys(issuer: OidcIssuer): Promise<readonly (JsonWebKey & { readonly kid?: string })[]> {
  return new Promise((resolve, reject) => {
    httpsRequest(`${issuer.issuer}/keys`, { ca: issuer.caPem }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve((JSON.parse(text) as { keys: (JsonWebKey & { kid?: string })[] }).keys));
    })
      .on('error', reject)
      .end();
  });
}

/** The claims of a token that the issuer signed for one of its clients and that has not ended; undefined for any other. */
function claimsOf(
  token: string,
  issuer: OidcIssuer,
  published: readonly (JsonWebKey & { readonly kid?: string })[],
): Readonly<Record<string, unknown>> | undefined {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  try {
    const key = published.find(({ kid }) => kid === read(head)['kid']);
    if (key === undefined) return undefined;
    const isSigned = verify('sha256', Buffer.from(`${head}.${payload}`), createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url'));
    const claims = read(payload);
    const isForUs = claims['iss'] === issuer.issuer && claims['aud'] === issuer.clientId && Number(claims['exp']) * 1_000 > Date.now();
    return isSigned && isForUs ? claims : undefined;
  } catch {
    // Whatever it is, it is no token.
    return undefined;
  }
}
