/** What an issuer hands out. The ID token is what an API server is shown. */
export interface OidcTokens {
  readonly idToken: string;
  /** Absent when the issuer gives none (scope `offline_access` missing, or never). */
  readonly refreshToken?: string;
  /** When the ID token ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Where a cluster's bearer token comes from, however it is kept and renewed. */
export interface TokenSource {
  /** For people: the issuer's URL. */
  readonly issuer: string;
  /**
   * The token to use now. Any number of callers may ask at once; they share one renewal.
   * @throws ProblemError `oidc.signInAgain` when only a person can go on, `oidc.issuer` when the issuer cannot be asked now
   */
  current(): Promise<{ readonly token: string; readonly expiresAtMs?: number }>;
  /** An API server refused this token. Answers whether `current` may now give another one. */
  refused(token: string): boolean;
}
