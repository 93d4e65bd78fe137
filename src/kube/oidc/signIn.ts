import type { Configuration } from 'openid-client';
import type { Clock } from '../../engine/ports';
import { failure } from '../../shared/problem';
import { cleanLine, redactText } from '../clean';
import { issuerFailure, openIssuer } from './issuer';
import type { OidcClient } from './issuer';
import type { OidcTokens } from './tokens';

/** How a person is sent to an issuer and comes back. */
export interface SignInRequest extends OidcClient {
  /** Without `openid`, which always goes along. */
  readonly scopes: readonly string[];
  /** Where the issuer sends the person back to; registered there for this client. */
  readonly redirectUri: string;
  readonly clock: Clock;
}

/** Long enough for a person with a second factor, short enough for a link that was left lying about. */
export const signInLifetimeMs = 10 * 60_000;

/** A sign-in that waits for its person. It lives ten minutes and can be finished once. */
export class PendingSignIn {
  /** To be opened in the person's browser. Holds no secret but the one-time state. */
  readonly authorizationUrl: string;
  readonly state: string;
  /** Stays here until the code is exchanged: whoever catches the code alone can do nothing with it. */
  readonly codeVerifier: string;
  readonly nonce: string;
  readonly request: SignInRequest;
  readonly expiresAtMs: number;
  readonly #issuer: Configuration;
  #used = false;

  constructor(
    request: SignInRequest,
    issuer: Configuration,
    parts: { readonly authorizationUrl: string; readonly state: string; readonly codeVerifier: string; readonly nonce: string },
  ) {
    this.request = request;
    this.#issuer = issuer;
    this.authorizationUrl = parts.authorizationUrl;
    this.state = parts.state;
    this.codeVerifier = parts.codeVerifier;
    this.nonce = parts.nonce;
    this.expiresAtMs = request.clock.now() + signInLifetimeMs;
  }

  /**
   * Takes the one try that this sign-in has. A foreign state takes nothing: else anybody who can reach the redirect URI could
   * end the sign-in of another.
   * @throws ProblemError `oidc.expired`, `oidc.unexpected`
   */
  take(state: string | null): Configuration {
    if (this.#used || state !== this.state) throw failure('oidc.unexpected');
    if (this.request.clock.now() >= this.expiresAtMs) throw failure('oidc.expired', { minutes: String(signInLifetimeMs / 60_000) });
    this.#used = true;
    return this.#issuer;
  }
}

/**
 * Begins the authorization code flow (RFC 6749 4.1) with PKCE S256 (RFC 7636), state and nonce.
 * @throws ProblemError `oidc.issuer`
 */
export async function beginSignIn(request: SignInRequest): Promise<PendingSignIn> {
  const [issuer, oidc] = await Promise.all([openIssuer(request), import('openid-client')]);
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  try {
    const url = oidc.buildAuthorizationUrl(issuer, {
      redirect_uri: request.redirectUri,
      scope: [...new Set(['openid', ...request.scopes])].join(' '),
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      // Issuers that give refresh tokens only with consent want to be told that it is asked for.
      ...(request.scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    });
    // A page that is opened in a browser is a web page, whatever the issuer's metadata say.
    if (url.protocol !== 'https:') throw new Error('its authorization endpoint must begin with https://');
    return new PendingSignIn(request, issuer, { authorizationUrl: url.href, state, codeVerifier, nonce });
  } catch (error) {
    throw issuerFailure(request, error);
  }
}

/**
 * Ends it: checks the state, exchanges the code, and checks the ID token's issuer, audience, nonce, time and signature.
 * `callbackUrl` is where the browser came back to; only its query is looked at.
 * @throws ProblemError `oidc.unexpected`, `oidc.expired`, `oidc.refused` when the issuer or the person said no, `oidc.issuer`
 */
export async function finishSignIn(pending: PendingSignIn, callbackUrl: string): Promise<OidcTokens> {
  if (!URL.canParse(callbackUrl)) throw failure('oidc.unexpected');
  const { search, searchParams } = new URL(callbackUrl);
  const issuer = pending.take(searchParams.get('state'));
  const { request } = pending;
  const oidc = await import('openid-client');
  // An editor may have led the browser through an address of its own; the issuer wants to see the one that it was told.
  const answered = new URL(request.redirectUri);
  answered.search = search;
  const secrets = [searchParams.get('code') ?? '', pending.codeVerifier];
  try {
    const tokens = await oidc.authorizationCodeGrant(issuer, answered, {
      pkceCodeVerifier: pending.codeVerifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (tokens.id_token === undefined || claims === undefined) throw new Error('it gave no ID token');
    return {
      idToken: tokens.id_token,
      ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
      expiresAtMs: claims.exp * 1_000,
    };
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
      const detail = error.error_description ?? error.error;
      throw failure('oidc.refused', { issuer: cleanLine(request.issuer, 512), detail: cleanLine(redactText(detail, secrets), 512) });
    }
    throw issuerFailure(request, error, secrets);
  }
}
