// Who comes in: bearer tokens and the identities behind them.
import { createHash, randomBytes } from 'node:crypto';

/** An identity as the API server knows it. */
export interface User {
  username: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

export const allAuthenticated = 'system:authenticated';

/** The tokens that are valid now. Only digests are kept, so that comparing them tells nothing by its time. */
export class Accounts {
  readonly #users = new Map<string, { user: User; holds: (() => boolean) | undefined }>();

  /**
   * Lets a user in; everybody who is let in is in the group of all authenticated users too. The token is made when none is
   * given. `holds` is asked each time it is used; once it says no, the token is worthless for good.
   */
  add(user: User, token: string = randomBytes(24).toString('base64url'), holds?: () => boolean): string {
    this.#users.set(digestOf(token), { user: { ...user, groups: [...new Set([...user.groups, allAuthenticated])] }, holds });
    return token;
  }

  /** From now on the token is refused with 401; streams that are open stay open, as on a real server. False for one that was not valid. */
  revoke(token: string): boolean {
    return this.#users.delete(digestOf(token));
  }

  /** The user of an Authorization header; undefined for no, another or a revoked token. */
  userOf(authorization: string | undefined): User | undefined {
    const found = /^Bearer +(\S+)$/i.exec(authorization ?? '');
    if (found === null) return undefined;
    const digest = digestOf(found[1] ?? '');
    const known = this.#users.get(digest);
    if (known?.holds === undefined || known.holds()) return known?.user;
    this.#users.delete(digest);
    return undefined;
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** The identity of a service account's tokens. */
export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}
