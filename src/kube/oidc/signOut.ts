import { cleanLine } from '../clean';
import { issuerFailure, openIssuer } from './issuer';
import type { OidcClient } from './issuer';
import type { OidcTokens } from './tokens';

/**
 * Makes the issuer forget the refresh token (RFC 7009). False when the issuer offers no revocation or there is nothing to revoke.
 * An ID token that is out cannot be taken back: it stays good until it ends.
 * @throws ProblemError `oidc.issuer`
 */
export async function revokeTokens(client: OidcClient, tokens: Pick<OidcTokens, 'refreshToken'>): Promise<boolean> {
  if (tokens.refreshToken === undefined) return false;
  const [issuer, oidc] = await Promise.all([openIssuer(client), import('openid-client')]);
  if (issuer.serverMetadata().revocation_endpoint === undefined) return false;
  try {
    await oidc.tokenRevocation(issuer, tokens.refreshToken, { token_type_hint: 'refresh_token' });
    return true;
  } catch (error) {
    throw issuerFailure(client, error, [tokens.refreshToken]);
  }
}

/**
 * The page at which the person ends the issuer's own session (OpenID Connect RP-Initiated Logout 1.0), or undefined when the
 * issuer has none. Carries the client id and not the ID token, since a URL is written down in many places.
 * @throws ProblemError `oidc.issuer`
 */
export async function endSessionUrl(client: OidcClient, redirectUri?: string): Promise<string | undefined> {
  const [issuer, oidc] = await Promise.all([openIssuer(client), import('openid-client')]);
  if (issuer.serverMetadata().end_session_endpoint === undefined) return undefined;
  try {
    const url = oidc.buildEndSessionUrl(issuer, redirectUri === undefined ? {} : { post_logout_redirect_uri: redirectUri });
    if (url.protocol !== 'https:') throw new Error(`its logout page ${cleanLine(url.origin, 256)} must begin with https://`);
    return url.href;
  } catch (error) {
    throw issuerFailure(client, error);
  }
}
