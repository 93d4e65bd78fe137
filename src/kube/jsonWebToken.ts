import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';

/**
 * What a token says of itself, unchecked: good for knowing when to renew it, never for deciding anything. Undefined for a
 * token that is no JSON Web Token.
 */
export function claimsOf(token: string): JsonObject | undefined {
  const [, payload, , ...more] = token.split('.');
  if (payload === undefined || payload === '' || more.length > 0) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as JsonValue;
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** When the token says that it ends, in milliseconds since the epoch. */
export function expiryOf(token: string): number | undefined {
  const seconds = claimsOf(token)?.['exp'];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

/** What an HTTP header can carry; anything else would end the header, or the request, somewhere else than meant. */
export function isTokenText(token: string): boolean {
  return token !== '' && token.length <= 64 * 1024 && /^[\x21-\x7e]+$/.test(token);
}
