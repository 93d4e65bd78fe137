import type { Configuration, CustomFetchOptions } from 'openid-client';
import { Agent, ProxyAgent } from 'undici';
import { ProblemError, failure } from '../../shared/problem';
import { cleanLine, redactText } from '../clean';
import { certificatesOf } from '../pem';
import { proxyFor } from '../proxies';
import type { Environment, ProxySettings } from '../proxies';

/** Us, as one OpenID Connect issuer knows us. */
export interface OidcClient {
  /** An https URL, exactly as the issuer writes it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: string;
  /** PEM, or PEM in base64. Absent: the authorities of the system. */
  readonly ca?: string;
  readonly proxy?: ProxySettings;
  readonly environment?: Environment;
}

const answerLimitBytes = 1024 * 1024;
const timeoutSeconds = 30;

/**
 * Reads what the issuer says of itself (OpenID Connect Discovery 1.0). Everything asked of it later goes the same way: TLS
 * against its own authority, no redirect followed, no header of any cluster, at most 1 MiB read. ID tokens are checked against
 * its keys.
 * @throws ProblemError `oidc.issuer`
 */
export async function openIssuer(client: OidcClient): Promise<Configuration> {
  const issuer = issuerUrl(client.issuer);
  // The package comes with @kubernetes/client-node; whoever signs in nowhere never loads it.
  const oidc = await import('openid-client');
  const secret = client.clientSecret ?? '';
  try {
    const options = { [oidc.customFetch]: fetchFor(client), timeout: timeoutSeconds };
    const found = await oidc.discovery(issuer, client.clientId, undefined, oidc.None(), options);
    const methods = found.serverMetadata().token_endpoint_auth_methods_supported;
    // What an issuer does not say is `client_secret_basic`, by the standard.
    const proves =
      secret === '' ? oidc.None() : methods?.includes('client_secret_basic') === false ? oidc.ClientSecretPost(secret) : oidc.ClientSecretBasic(secret);
    const configuration = new oidc.Configuration(found.serverMetadata(), client.clientId, undefined, proves);
    configuration[oidc.customFetch] = options[oidc.customFetch];
    configuration.timeout = timeoutSeconds;
    // Tokens are checked by signature even where TLS alone would do by the standard: a proxy with an authority of its own may stand between.
    oidc.enableNonRepudiationChecks(configuration);
    return configuration;
  } catch (error) {
    throw issuerFailure(client, error);
  }
}

function issuerUrl(text: string): URL {
  const refuse = (detail: string): never => {
    throw failure('oidc.issuer', { issuer: cleanLine(text.replace(/\/\/[^/]*@/, '//'), 512), detail });
  };
  if (!URL.canParse(text)) return refuse('it is no URL');
  const url = new URL(text);
  if (url.protocol !== 'https:') return refuse('it must begin with https://');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return refuse('it must hold no user name, password, query or fragment');
  return url;
}

/** The failure of something asked of the issuer, in one sentence and without anything secret. */
export function issuerFailure(client: OidcClient, error: unknown, secrets: readonly string[] = []): ProblemError {
  if (error instanceof ProblemError) return error;
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // Around what a connection says, the package has only this to add.
  const empty = error instanceof Error && error.message === 'something went wrong';
  const words = [...(empty && inner !== error ? [] : [error]), ...(inner === error ? [] : [inner])]
    .map((one) => (one instanceof Error ? one.message : String(one)))
    .join(': ');
  // No cause is kept: what stands in a token endpoint's answer has not passed the door.
  return failure('oidc.issuer', { issuer: cleanLine(client.issuer, 512), detail: cleanLine(redactText(words, [client.clientSecret ?? '', ...secrets]), 512) });
}

function fetchFor(client: OidcClient): (url: string, options: CustomFetchOptions) => Promise<Response> {
  const ca = client.ca === undefined || client.ca.trim() === '' ? undefined : certificatesOf(client.ca);
  if (ca === null) throw failure('oidc.issuer', { issuer: cleanLine(client.issuer, 512), detail: 'its certificate authority is no PEM certificate' });
  const tls = { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: true };
  return async (url, options) => {
    const target = new URL(url);
    const proxy = proxyFor(target, undefined, client.proxy, client.environment ?? process.env);
    const agent = proxy === undefined ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy.href, requestTls: tls });
    try {
      const answer = await agent.request({
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method: options.method,
        headers: { ...options.headers },
        body: options.body instanceof URLSearchParams || typeof options.body === 'string' ? options.body.toString() : null,
        signal: options.signal ?? null,
      });
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        if (length > answerLimitBytes) throw new Error(`the answer has more than ${answerLimitBytes} bytes`);
        chunks.push(chunk);
      }
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
      // These never have a body, and Response refuses one.
      return new Response(answer.statusCode === 204 || answer.statusCode === 304 ? null : Buffer.concat(chunks), { status: answer.statusCode, headers });
    } finally {
      await agent.destroy();
    }
  };
}
