import type { Clock } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { ProblemError, problemText } from '../shared/problem';
import { failureWithoutAnswer } from './failures';
import { expiryOf, isTokenText } from './jsonWebToken';
import type { TokenSource } from './oidc/tokens';
import { credentialFileBytes, readLimited } from './limitedFile';
import { certificateExpiry } from './pem';
import type { SignIn } from './reviews';

/** What shows a server who we are, right now. Two calls that mean the same give the same object. */
export interface Proof {
  /** The whole value of the header. */
  readonly authorization?: string;
  /** PEM, both or none. */
  readonly certificate?: string | Buffer;
  readonly key?: string | Buffer;
  readonly signIn: SignIn;
  /** Literal secrets, for redaction. */
  readonly secrets: readonly string[];
}

/** Where proofs come from. */
export interface ProofSource {
  /** Concurrent callers share the work. @throws ClusterError */
  current(): Promise<Proof>;
  /** A server refused this proof. Answers whether asking again may give another one. */
  refused(proof: Proof): boolean;
  dispose(): void;
}

/** @throws ClusterError when the text could not be a header */
export function bearerProof(token: string, method: SignIn['method'], extra: Partial<Pick<SignIn, 'provider' | 'expiresAtMs'>> = {}): Proof {
  if (!isTokenText(token)) throw badCredentials('the token is empty or holds characters that no token has');
  const expiresAtMs = extra.expiresAtMs ?? expiryOf(token);
  return {
    authorization: `Bearer ${token}`,
    signIn: { method, ...(extra.provider === undefined ? {} : { provider: extra.provider }), ...(expiresAtMs === undefined ? {} : { expiresAtMs }) },
    secrets: [token],
  };
}

/** @throws ClusterError when one of them cannot be read */
export function certificateProof(certificate: string | Buffer, key: string | Buffer, method: SignIn['method'] = 'client-certificate'): Proof {
  const expiresAtMs = certificateExpiry(certificate);
  if (expiresAtMs === undefined) throw badCredentials('the client certificate cannot be read');
  return { certificate, key, signIn: { method, expiresAtMs }, secrets: [key.toString()] };
}

/** Of several proofs in one: an API server looks at the certificate first. */
export function joined(first: Proof, second: Proof): Proof {
  return { ...second, ...first, signIn: first.signIn, secrets: [...first.secrets, ...second.secrets] };
}

export const nobody: Proof = { signIn: { method: 'none' }, secrets: [] };

export function badCredentials(message: string, secrets: readonly string[] = []): ClusterError {
  return failureWithoutAnswer('unauthorized', message, false, { reason: 'Credentials', secrets });
}

/** A proof that never changes. */
export class FixedProof implements ProofSource {
  readonly #proof: Proof;

  constructor(proof: Proof) {
    this.#proof = proof;
  }

  current(): Promise<Proof> {
    return Promise.resolve(this.#proof);
  }

  refused(): boolean {
    return false;
  }

  dispose(): void {}
}

/** Kubernetes itself re-reads token files once a minute. */
const fileAgeMs = 60_000;

export interface ProofFiles {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** A proof that is made of files, which others renew: read again each minute and after a refusal. */
export class FileProof implements ProofSource {
  readonly #files: ProofFiles;
  readonly #make: (contents: Readonly<Record<keyof ProofFiles, string | undefined>>) => Proof;
  readonly #clock: Clock;
  #made: { readonly atMs: number; readonly proof: Promise<Proof> } | undefined;
  #last: { readonly text: string; readonly proof: Proof } | undefined;

  constructor(files: ProofFiles, make: (contents: Readonly<Record<keyof ProofFiles, string | undefined>>) => Proof, clock: Clock) {
    this.#files = files;
    this.#make = make;
    this.#clock = clock;
  }

  current(): Promise<Proof> {
    const made = this.#made;
    if (made !== undefined && this.#clock.now() - made.atMs < fileAgeMs) return made.proof;
    const next = { atMs: this.#clock.now(), proof: this.#read() };
    this.#made = next;
    next.proof.catch(() => {
      if (this.#made === next) this.#made = undefined;
    });
    return next.proof;
  }

  refused(proof: Proof): boolean {
    if (this.#last === undefined || this.#last.proof === proof) this.#made = undefined;
    return true;
  }

  dispose(): void {}

  async #read(): Promise<Proof> {
    const { token, certificate, key } = this.#files;
    const [tokenText, certificateText, keyText] = await Promise.all([textOf(token, 'token'), textOf(certificate, 'certificate'), textOf(key, 'key')]);
    const text = JSON.stringify([tokenText, certificateText, keyText]);
    if (this.#last?.text === text) return this.#last.proof;
    const proof = this.#make({ token: tokenText, certificate: certificateText, key: keyText });
    this.#last = { text, proof };
    return proof;
  }
}

async function textOf(path: string | undefined, what: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readLimited(path, credentialFileBytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw badCredentials(
      code === 'ENOENT' ? `the ${what} file that the kubeconfig names does not exist` : `the ${what} file of the kubeconfig cannot be read (${code})`,
    );
  }
}

/** Bearer tokens of an OpenID Connect sign-in. */
export class TokenProof implements ProofSource {
  readonly #tokens: TokenSource;
  #last: { readonly token: string; readonly proof: Proof } | undefined;

  constructor(tokens: TokenSource) {
    this.#tokens = tokens;
  }

  async current(): Promise<Proof> {
    try {
      const { token, expiresAtMs } = await this.#tokens.current();
      if (this.#last?.token === token) return this.#last.proof;
      const proof = bearerProof(token, 'oidc', { provider: this.#tokens.issuer, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
      this.#last = { token, proof };
      return proof;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const ended = error.problem.code === 'oidc.signInAgain';
      throw failureWithoutAnswer(ended ? 'unauthorized' : 'unreachable', problemText(error.problem), false, { reason: ended ? 'SignInAgain' : 'Issuer' });
    }
  }

  refused(proof: Proof): boolean {
    return this.#last === undefined || this.#last.proof !== proof || this.#tokens.refused(this.#last.token);
  }

  dispose(): void {}
}
