import { createHash } from 'node:crypto';
import type { Clock } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { failureWithoutAnswer } from './failures';
import { credentialFileBytes, readLimited } from './limitedFile';
import { certificatesOf } from './pem';
import { badCredentials } from './proofs';
import type { Proof, ProofSource } from './proofs';
import type { SignIn } from './reviews';

/** How to reach the server and as whom, right now. */
export interface Access {
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
  /** A list is sent as a header line for each value; a comma would be part of a value here. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Some header has several values, which undici joins by commas over HTTP/2. */
  readonly needsHttp1: boolean;
  /** Literal secrets, for redaction. */
  readonly secrets: readonly string[];
  /** Equal for accesses that may share connections: server and TLS material. */
  readonly connectionKey: string;
  readonly signIn: SignIn;
  readonly proof: Proof;
}

/** As whom to act, when it is somebody else than the one who signs in. */
export interface Impersonation {
  readonly user: string | undefined;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** How to know the server. */
export interface ServerTrust {
  /** PEM; wins over the file. */
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  readonly servername: string | undefined;
  readonly insecure: boolean;
}

export interface CredentialParts {
  readonly server: URL;
  readonly proxy: URL | undefined;
  readonly trust: ServerTrust;
  readonly impersonation: Impersonation | undefined;
  /** Checked by `isExtraHeader`; our own win. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly source: ProofSource;
  readonly clock: Clock;
}

const fileAgeMs = 60_000;

/** Who we are for one server, kept until it ages or is refused. */
export class Credentials {
  readonly server: URL;
  readonly #parts: CredentialParts;
  #ca: { readonly atMs: number; readonly text: Promise<string | undefined> } | undefined;
  #last: { readonly proof: Proof; readonly ca: string | undefined; readonly access: Access } | undefined;

  constructor(parts: CredentialParts) {
    this.#parts = parts;
    this.server = parts.server;
  }

  /** The access to use now. Concurrent callers share one lookup. @throws ClusterError */
  async current(): Promise<Access> {
    try {
      const [proof, ca] = await Promise.all([this.#parts.source.current(), this.#authority()]);
      const last = this.#last;
      if (last?.proof === proof && last.ca === ca) return last.access;
      const access = this.#accessFrom(proof, ca);
      this.#last = { proof, ca, access };
      return access;
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      throw badCredentials(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * After a 401. Answers whether asking once more makes sense: the proof was renewed since, or can be. Of many requests
   * refused at once only the first one makes a new proof.
   */
  renew(refused: Access): boolean {
    return this.#last?.access === refused ? this.#parts.source.refused(refused.proof) : true;
  }

  /** Ends what may still run to get credentials. */
  dispose(): void {
    this.#parts.source.dispose();
  }

  #authority(): Promise<string | undefined> {
    const { ca, caFile, insecure } = this.#parts.trust;
    if (insecure) return Promise.resolve(undefined);
    if (ca !== undefined || caFile === undefined) {
      // Looked at once: this is on the way of every request.
      this.#ca ??= { atMs: Infinity, text: Promise.resolve(ca).then(checkedAuthority) };
      return this.#ca.text;
    }
    const nowMs = this.#parts.clock.now();
    if (this.#ca === undefined || nowMs - this.#ca.atMs >= fileAgeMs) {
      const read = {
        atMs: nowMs,
        text: readLimited(caFile, credentialFileBytes).then(checkedAuthority, () => {
          throw untrusted('the certificate authority file that the kubeconfig names cannot be read');
        }),
      };
      this.#ca = read;
      read.text.catch(() => {
        if (this.#ca === read) this.#ca = undefined;
      });
    }
    return this.#ca.text;
  }

  #accessFrom(proof: Proof, ca: string | undefined): Access {
    const { server, proxy, trust, impersonation } = this.#parts;
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(this.#parts.headers ?? {})) headers[name.toLowerCase()] = value;
    if (proof.authorization !== undefined) headers['authorization'] = proof.authorization;
    if (impersonation !== undefined) Object.assign(headers, impersonationHeaders(impersonation));
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(proof.certificate === undefined ? {} : { cert: proof.certificate }),
      ...(proof.key === undefined ? {} : { key: proof.key }),
      ...(trust.servername === undefined ? {} : { servername: trust.servername }),
      // Said aloud, since a variable of the environment would otherwise decide.
      rejectUnauthorized: !trust.insecure,
    };
    const needsHttp1 = Object.values(headers).some((value) => Array.isArray(value));
    const hash = createHash('sha256');
    for (const part of [server.origin, proxy?.href ?? '', ca ?? '', proof.certificate ?? '', proof.key ?? '', trust.servername ?? ''])
      hash.update(part).update('\0');
    hash.update(String(trust.insecure)).update(String(needsHttp1));
    return { server, tls, headers, needsHttp1, secrets: proof.secrets, connectionKey: hash.digest('hex'), signIn: proof.signIn, proof };
  }
}

function untrusted(message: string): ClusterError {
  return failureWithoutAnswer('unreachable', message, false, { reason: 'CertificateAuthority' });
}

function checkedAuthority(ca: string | undefined): string | undefined {
  if (ca === undefined || ca.trim() === '') return undefined;
  if (certificatesOf(ca) === null) throw untrusted('the certificate authority of the cluster is no certificate');
  // As it is, to the last line feed: it is part of what a cluster without a readable UID is known by.
  return ca;
}

/** Only what a header can carry goes into it: percent-encoded names, as Kubernetes reads them, and values as they are. */
function impersonationHeaders({ user, uid, groups, extra }: Impersonation): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const put = (name: string, values: readonly string[]): void => {
    for (const value of values) if (!/^[\x20-\x7e]*$/.test(value)) throw badCredentials('who to impersonate holds characters that no header can carry');
    const [only] = values;
    if (only !== undefined) headers[name] = values.length === 1 ? only : [...values];
  };
  if (user === undefined) {
    if (uid !== undefined || groups.length > 0 || Object.keys(extra).length > 0)
      throw badCredentials('impersonating a uid, groups or extra values needs a user to impersonate');
    return headers;
  }
  put('impersonate-user', [user]);
  if (uid !== undefined) put('impersonate-uid', [uid]);
  put('impersonate-group', groups);
  for (const [key, values] of Object.entries(extra))
    put(
      `impersonate-extra-${encodeURIComponent(key)
        .toLowerCase()
        .replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`,
      values,
    );
  return headers;
}
