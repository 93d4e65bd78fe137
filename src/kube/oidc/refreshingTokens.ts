import type { Configuration } from 'openid-client';
import type { Clock } from '../../engine/ports';
import { ProblemError, failure } from '../../shared/problem';
import { cleanLine, redactText } from '../clean';
import { claimsOf, expiryOf } from '../jsonWebToken';
import { issuerFailure, openIssuer } from './issuer';
import type { OidcClient } from './issuer';
import type { OidcTokens, TokenSource } from './tokens';

export interface RefreshingTokensOptions extends OidcClient {
  readonly idToken?: string;
  readonly refreshToken?: string;
  /** Asked for again at each refresh; default: what the issuer granted at the sign-in. */
  readonly scopes?: readonly string[];
  readonly clock: Clock;
  /**
   * Told of each new set of tokens, a rotated refresh token among them, before the first request that uses them. When it fails,
   * the requests that wait fail once; the tokens count all the same.
   */
  readonly onTokens?: (tokens: OidcTokens) => void | Promise<void>;
}

const earliestMs = 60_000;
/** An issuer that could not be asked is left alone for a moment, however many requests are waiting. */
const pauseMs = 5_000;
/** A server that refuses even a fresh token would otherwise be answered by a refresh for each request. */
const refusalPauseMs = 30_000;

interface Held {
  readonly token: string;
  /** Undefined when the token does not say. */
  readonly expiresAtMs: number | undefined;
  /** From here on it is renewed; a minute before it ends, or a quarter of its life for those that live for seconds. */
  readonly renewAtMs: number;
  readonly madeAtMs: number;
  readonly fresh: boolean;
}

/** Tokens of one sign-in, renewed by their refresh token. Everything stays in memory; nothing is written anywhere. */
export class RefreshingTokens implements TokenSource {
  readonly issuer: string;
  readonly #options: RefreshingTokensOptions;
  #refreshToken: string | undefined;
  #held: Held | undefined;
  #opened: Promise<Configuration> | undefined;
  #renewal: Promise<Held> | undefined;
  #ended: ProblemError | undefined;
  #failed: { readonly atMs: number; readonly error: ProblemError } | undefined;

  constructor(options: RefreshingTokensOptions) {
    this.#options = options;
    this.issuer = cleanLine(options.issuer, 512);
    this.#refreshToken = options.refreshToken === '' ? undefined : options.refreshToken;
    if (options.idToken !== undefined && options.idToken !== '') this.#held = this.#heldFrom(options.idToken, false);
  }

  async current(): Promise<{ readonly token: string; readonly expiresAtMs?: number }> {
    const nowMs = this.#options.clock.now();
    const held = this.#held;
    if (held !== undefined && nowMs < held.renewAtMs) return shown(held);
    const stillGood = held !== undefined && (held.expiresAtMs === undefined || nowMs < held.expiresAtMs) ? held : undefined;
    try {
      return shown(await this.#renewed());
    } catch (error) {
      // Renewing begins early so that an issuer that is away for a minute is not noticed.
      if (stillGood !== undefined && this.#held === stillGood) return shown(stillGood);
      throw error;
    }
  }

  refused(token: string): boolean {
    const held = this.#held;
    if (held === undefined || held.token !== token) return this.#ended === undefined;
    if (this.#refreshToken === undefined || (held.fresh && this.#options.clock.now() - held.madeAtMs < refusalPauseMs)) return false;
    this.#held = undefined;
    return true;
  }

  /** All who ask while a renewal runs wait for that one. */
  #renewed(): Promise<Held> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#failed !== undefined && this.#options.clock.now() - this.#failed.atMs < pauseMs) return Promise.reject(this.#failed.error);
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(): Promise<Held> {
    const refreshToken = this.#refreshToken;
    if (refreshToken === undefined) throw this.#end('the token has expired and there is no refresh token');
    const { clientId: _clientId, scopes = [], onTokens } = this.#options;
    const oidc = await import('openid-client');
    let tokens: OidcTokens;
    try {
      this.#opened ??= openIssuer(this.#options);
      const issuer = await this.#opened;
      const answer = await oidc.refreshTokenGrant(issuer, refreshToken, scopes.length === 0 ? {} : { scope: [...new Set(['openid', ...scopes])].join(' ') });
      const claims = answer.claims();
      if (answer.id_token === undefined || claims === undefined) throw this.#end('the issuer renewed no ID token');
      // Rotation: the old one is worth nothing from now on, so the new one counts before anything else can fail.
      this.#refreshToken = answer.refresh_token ?? refreshToken;
      tokens = { idToken: answer.id_token, refreshToken: this.#refreshToken, expiresAtMs: claims.exp * 1_000 };
    } catch (error) {
      if (error instanceof ProblemError && error === this.#ended) throw error;
      if (error instanceof oidc.ResponseBodyError && error.status < 500 && error.status !== 429) {
        const words = error.error_description ?? error.error;
        throw this.#end(redactText(words, [refreshToken, this.#options.clientSecret ?? '']));
      }
      // What an issuer said of itself may have been the reason, so it is read again next time.
      this.#opened = undefined;
      const problem = issuerFailure(this.#options, error, [refreshToken]);
      this.#failed = { atMs: this.#options.clock.now(), error: problem };
      throw problem;
    }
    this.#failed = undefined;
    const held = this.#heldFrom(tokens.idToken, true);
    this.#held = held;
    await onTokens?.(tokens);
    return held;
  }

  /** Only a person can go on from here; until then nobody asks the issuer again. */
  #end(detail: string): ProblemError {
    this.#refreshToken = undefined;
    this.#ended = failure('oidc.signInAgain', { issuer: this.issuer, detail: cleanLine(detail, 512) });
    return this.#ended;
  }

  #heldFrom(token: string, fresh: boolean): Held {
    const madeAtMs = this.#options.clock.now();
    const saidMs = expiryOf(token);
    const issuedSeconds = claimsOf(token)?.['iat'];
    // How long a fresh one lives is known even where the two clocks disagree.
    const lifeMs = saidMs === undefined ? Infinity : fresh && typeof issuedSeconds === 'number' ? saidMs - issuedSeconds * 1_000 : saidMs - madeAtMs;
    const expiresAtMs = saidMs === undefined ? undefined : madeAtMs + lifeMs;
    return { token, expiresAtMs, renewAtMs: madeAtMs + lifeMs - Math.min(earliestMs, Math.max(0, lifeMs / 4)), madeAtMs, fresh };
  }
}

function shown(held: Held): { readonly token: string; readonly expiresAtMs?: number } {
  return { token: held.token, ...(held.expiresAtMs === undefined ? {} : { expiresAtMs: held.expiresAtMs }) };
}
