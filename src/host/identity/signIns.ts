import { createHash } from 'node:crypto';
import type * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import type { OidcClient, OidcTokens, RefreshingTokens, TokenSource } from '../../kube/index';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import { failure } from '../../shared/problem';
import type { Kube } from '../rooms';
import type { CallbackReceiver } from './callbacks';

/** A cluster whose user signs in at an OpenID Connect issuer. */
export interface OidcCluster {
  /** The same in every window for the same entry (an added cluster, a context of a kubeconfig). */
  readonly id: string;
  readonly label: string;
  /** Tokens go to this server and to no other, whatever is called by the same id later. */
  readonly server: string;
  readonly client: Pick<OidcClient, 'issuer' | 'clientId' | 'clientSecret' | 'ca'>;
  readonly scopes: readonly string[];
}

/** A sign-in as it may be shown; it holds no token. */
export interface SignInSession {
  readonly id: string;
  readonly clusterId: string;
  readonly clusterLabel: string;
  readonly issuer: string;
  readonly account: { readonly id: string; readonly label: string };
  readonly expiresAtMs: number;
}

interface Kept {
  readonly version: 1;
  readonly session: SignInSession;
  readonly server: string;
  readonly client: OidcCluster['client'];
  readonly scopes: readonly string[];
  readonly idToken: string;
  readonly refreshToken?: string;
}

/** Why a session ended without the person's doing. */
export interface EndedSignIn {
  readonly cluster: OidcCluster;
  readonly error: unknown;
}

export interface SignInsParts {
  readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete' | 'keys'>;
  /** Remembers by cluster, as a digest, who signed in last: another one must not find what the first one left. */
  readonly state: Pick<vscode.Memento, 'get' | 'update'>;
  readonly kube: () => Promise<Pick<Kube, 'beginSignIn' | 'finishSignIn' | 'RefreshingTokens' | 'revokeTokens' | 'cleanLine'>>;
  /** How the issuer is reached: proxy and environment. */
  readonly surroundings: () => Promise<Pick<OidcClient, 'proxy' | 'environment'>>;
  readonly receiver: () => Promise<CallbackReceiver>;
  /** False when the person did not want the page to be opened. */
  readonly openBrowser: (url: string) => Promise<boolean>;
  /** What the page in the browser says in the end. */
  readonly sentences: { readonly done: string; readonly failed: string };
  /** Forgets everything that was kept for the identity of this cluster. */
  readonly clearIdentity: (clusterId: string, server: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

const prefix = 'kubeorch.signIn:';
const identitiesKey = 'identities';

/**
 * The sign-ins of this person, one for each cluster: tokens rest in SecretStorage, are renewed in memory by one request at a
 * time, and end once. Windows share the storage, so what another window renewed or signed out is taken from there.
 */
export class SignIns implements Disposable {
  readonly #parts: SignInsParts;
  readonly #signingIn = new Map<string, Promise<SignInSession>>();
  readonly #sources = new Map<string, Promise<Followed>>();
  /** Those whose tokens are read already, for the one question that must be answered at once. */
  readonly #open = new Map<string, Followed>();
  /** Clusters whose end was told, or was the person's own wish: nothing is told of them again until they are chosen anew. */
  readonly #ended = new Set<string>();
  /** Before a person chose anything in this window, a cluster that nobody is signed in to is no news. */
  #wasChosen = false;
  readonly #changed: Emitter<void>;
  readonly #endedAlone: Emitter<EndedSignIn>;
  /** Sessions came, went or were renewed. */
  readonly onDidChange: Emitter<void>['on'];
  /** A session ended without the person's doing: told once for each session. */
  readonly onDidEnd: Emitter<EndedSignIn>['on'];

  constructor(parts: SignInsParts) {
    this.#parts = parts;
    this.#changed = new Emitter((error) => parts.log.error('A listener to sign-ins failed.', error));
    this.#endedAlone = new Emitter((error) => parts.log.error('A listener to sign-ins failed.', error));
    this.onDidChange = this.#changed.on;
    this.onDidEnd = this.#endedAlone.on;
  }

  async sessions(): Promise<readonly SignInSession[]> {
    const names = (await this.#parts.secrets.keys()).filter((name) => name.startsWith(prefix)).sort();
    const kept = await Promise.all(names.map((name) => this.#read(name)));
    return kept.flatMap((one) => (one === undefined ? [] : [one.session]));
  }

  /** Whether there are tokens for exactly this cluster, without using them. */
  async isSignedIn(cluster: OidcCluster): Promise<boolean> {
    return (await this.#keptFor(cluster)) !== undefined;
  }

  /**
   * Sends the person to the issuer and waits until they come back. A second call for the same cluster joins the first.
   * @throws ProblemError `oidc.*`; the signal's reason when it is aborted
   */
  signIn(cluster: OidcCluster, signal?: AbortSignal): Promise<SignInSession> {
    let running = this.#signingIn.get(cluster.id);
    if (running === undefined) {
      running = this.#signIn(cluster, signal).finally(() => this.#signingIn.delete(cluster.id));
      this.#signingIn.set(cluster.id, running);
    }
    return running;
  }

  /** Where a connection to the cluster takes its token from. All connections to it share one renewal. */
  tokensFor(cluster: OidcCluster): TokenSource {
    return {
      issuer: cluster.client.issuer,
      current: async () => {
        for (;;) {
          let followed: Followed | undefined;
          try {
            followed = await this.#sourceOf(cluster);
            return await followed.tokens.current();
          } catch (error) {
            if (!isOver(error)) throw error;
            // Another window renewed at the same time, and the issuer lets a refresh token be used once: its tokens are ours too.
            if (followed !== undefined && (await this.#wasReplaced(cluster, followed))) continue;
            if (followed !== undefined || this.#wasChosen) await this.#end(cluster, error);
            throw error;
          }
        }
      },
      refused: (token) => {
        const source = this.#open.get(cluster.id);
        if (source === undefined) return false;
        const again = source.tokens.refused(token);
        if (!again) {
          const error = failure('oidc.signInAgain', { issuer: cluster.client.issuer, detail: 'the cluster refused the token' });
          this.#end(cluster, error).catch((problem: unknown) => this.#parts.log.error('A sign-in could not be ended.', problem));
        }
        return again;
      },
    };
  }

  /** A person chose a target: should nobody be signed in to it, or its session be over, that is worth telling from here on. */
  askAgain(): void {
    this.#ended.clear();
    this.#wasChosen = true;
  }

  /** Ends a session: the issuer forgets the refresh token where it can, and everything that was kept for the identity goes. */
  async signOut(clusterId: string): Promise<void> {
    const kept = await this.#read(prefix + clusterId);
    this.#ended.add(clusterId);
    await this.forget(clusterId);
    if (kept !== undefined) await this.#parts.clearIdentity(clusterId, kept.server);
    if (kept?.refreshToken === undefined) return;
    try {
      const { revokeTokens } = await this.#parts.kube();
      await revokeTokens({ ...kept.client, ...(await this.#parts.surroundings()) }, { refreshToken: kept.refreshToken });
    } catch (error) {
      // Here it is forgotten in any case; that the issuer could not be reached must not keep a person signed in.
      this.#parts.log.warn(`The issuer could not be told of the sign-out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Forgets the tokens of one cluster, and who they were for. */
  async forget(clusterId: string): Promise<void> {
    await this.#forget(clusterId);
    await this.#rememberIdentity(clusterId, undefined);
  }

  /** Forgets all tokens without telling any issuer. */
  async clear(): Promise<void> {
    for (const name of (await this.#parts.secrets.keys()).filter((one) => one.startsWith(prefix))) await this.#forget(name.slice(prefix.length));
    await this.#parts.state.update(identitiesKey, undefined);
  }

  /** The storage changed, perhaps by another window: what is in memory of it is read anew. */
  async storageChanged(name: string): Promise<void> {
    if (!name.startsWith(prefix)) return;
    const clusterId = name.slice(prefix.length);
    const followed = this.#open.get(clusterId);
    const kept = await this.#read(name);
    if (followed !== undefined && followed.idToken() !== kept?.idToken) this.#drop(clusterId);
    if (kept !== undefined) this.#ended.delete(clusterId);
    this.#changed.emit();
  }

  dispose(): void {
    this.#sources.clear();
    this.#open.clear();
    this.#changed.dispose();
    this.#endedAlone.dispose();
  }

  async #signIn(cluster: OidcCluster, signal: AbortSignal | undefined): Promise<SignInSession> {
    const { beginSignIn, finishSignIn, cleanLine } = await this.#parts.kube();
    signal?.throwIfAborted();
    const receiver = await this.#parts.receiver();
    try {
      const surroundings = await this.#parts.surroundings();
      const pending = await beginSignIn({
        ...cluster.client,
        ...surroundings,
        scopes: cluster.scopes,
        redirectUri: receiver.redirectUri,
        clock: this.#parts.clock,
      });
      // Whoever gave up meanwhile wants no page to open any more.
      signal?.throwIfAborted();
      const answered = receiver.answerTo(pending.state);
      if (!(await this.#parts.openBrowser(pending.authorizationUrl)))
        throw failure('oidc.refused', { issuer: cluster.client.issuer, detail: 'the page was not opened' });
      const answer = await within(answered, pending.expiresAtMs, this.#parts.clock, signal);
      let tokens: OidcTokens;
      try {
        tokens = await finishSignIn(pending, answer.url);
      } catch (error) {
        answer.reply(this.#parts.sentences.failed);
        throw error;
      }
      const claims = claimsOf(tokens.idToken);
      const subject = typeof claims['sub'] === 'string' ? claims['sub'] : '';
      const name = [claims['email'], claims['preferred_username'], claims['name'], subject].find((one) => typeof one === 'string' && one !== '');
      const session: SignInSession = {
        id: createHash('sha256')
          .update(`${cluster.id}\0${subject}\0${String(this.#parts.clock.now())}`)
          .digest('hex')
          .slice(0, 32),
        clusterId: cluster.id,
        clusterLabel: cleanLine(cluster.label, 256),
        issuer: cluster.client.issuer,
        account: {
          id: `${cluster.client.issuer} ${cleanLine(subject, 256)}`,
          label: `${cleanLine(typeof name === 'string' ? name : subject, 256)} (${cleanLine(cluster.label, 256)})`,
        },
        expiresAtMs: tokens.expiresAtMs,
      };
      const identity = createHash('sha256').update(`${cluster.client.issuer}\0${subject}`).digest('hex');
      const before = this.#identities()[cluster.id];
      if (before !== undefined && before !== identity) await this.#parts.clearIdentity(cluster.id, cluster.server);
      await this.#rememberIdentity(cluster.id, identity);
      this.#drop(cluster.id);
      await this.#store({
        version: 1,
        session,
        server: cluster.server,
        client: cluster.client,
        scopes: cluster.scopes,
        idToken: tokens.idToken,
        ...(tokens.refreshToken === undefined ? {} : { refreshToken: tokens.refreshToken }),
      });
      this.#ended.delete(cluster.id);
      answer.reply(this.#parts.sentences.done);
      this.#changed.emit();
      return session;
    } finally {
      receiver.close();
    }
  }

  #sourceOf(cluster: OidcCluster): Promise<Followed> {
    let source = this.#sources.get(cluster.id);
    if (source === undefined) {
      const opening = this.#follow(cluster);
      source = opening;
      this.#sources.set(cluster.id, opening);
      opening.catch(() => this.#sources.get(cluster.id) === opening && this.#sources.delete(cluster.id));
    }
    return source;
  }

  async #follow(cluster: OidcCluster): Promise<Followed> {
    const kept = await this.#keptFor(cluster);
    if (kept === undefined) throw failure('oidc.signInAgain', { issuer: cluster.client.issuer, detail: 'nobody is signed in' });
    const { RefreshingTokens } = await this.#parts.kube();
    let present = kept;
    const tokens = new RefreshingTokens({
      ...cluster.client,
      ...(await this.#parts.surroundings()),
      idToken: kept.idToken,
      ...(kept.refreshToken === undefined ? {} : { refreshToken: kept.refreshToken }),
      scopes: kept.scopes,
      clock: this.#parts.clock,
      onTokens: async (fresh) => {
        // A sign-out that came while the issuer was asked wins.
        if (this.#open.get(cluster.id) !== followed) return;
        const { refreshToken = present.refreshToken } = fresh;
        present = {
          ...present,
          session: { ...present.session, expiresAtMs: fresh.expiresAtMs },
          idToken: fresh.idToken,
          ...(refreshToken === undefined ? {} : { refreshToken }),
        };
        await this.#store(present);
        this.#changed.emit();
      },
    });
    const followed: Followed = { tokens, idToken: () => present.idToken };
    this.#open.set(cluster.id, followed);
    return followed;
  }

  /** Once for each session, however many requests find out at the same time. */
  async #end(cluster: OidcCluster, error: unknown): Promise<void> {
    if (this.#ended.has(cluster.id)) return;
    this.#ended.add(cluster.id);
    await this.#forget(cluster.id);
    this.#endedAlone.emit({ cluster, error });
  }

  /** Whether the storage holds other tokens than these; then the next one who asks reads them. */
  async #wasReplaced(cluster: OidcCluster, followed: Followed): Promise<boolean> {
    const kept = await this.#keptFor(cluster);
    if (kept === undefined || kept.idToken === followed.idToken()) return false;
    if (this.#open.get(cluster.id) === followed) this.#drop(cluster.id);
    return true;
  }

  async #forget(clusterId: string): Promise<void> {
    this.#drop(clusterId);
    await this.#parts.secrets.delete(prefix + clusterId);
    this.#changed.emit();
  }

  #drop(clusterId: string): void {
    this.#sources.delete(clusterId);
    this.#open.delete(clusterId);
  }

  async #store(kept: Kept): Promise<void> {
    await this.#parts.secrets.store(prefix + kept.session.clusterId, JSON.stringify(kept));
  }

  async #keptFor(cluster: OidcCluster): Promise<Kept | undefined> {
    const kept = await this.#read(prefix + cluster.id);
    const isSame = kept?.server === cluster.server && kept.client.issuer === cluster.client.issuer && kept.client.clientId === cluster.client.clientId;
    return isSame ? kept : undefined;
  }

  async #read(name: string): Promise<Kept | undefined> {
    const text = await this.#parts.secrets.get(name);
    if (text === undefined) return undefined;
    // Written by another version, or damaged: it counts as signed out, and the next sign-in replaces it.
    let kept: unknown;
    try {
      kept = JSON.parse(text);
    } catch {
      this.#parts.log.warn('What is kept of a sign-in cannot be read. Signing in again replaces it.');
      return undefined;
    }
    return typeof kept === 'object' && kept !== null && 'version' in kept && kept.version === 1 ? (kept as Kept) : undefined;
  }

  #identities(): Readonly<Record<string, string>> {
    return this.#parts.state.get<Readonly<Record<string, string>>>(identitiesKey) ?? {};
  }

  async #rememberIdentity(clusterId: string, identity: string | undefined): Promise<void> {
    const { [clusterId]: _, ...others } = this.#identities();
    await this.#parts.state.update(identitiesKey, identity === undefined ? others : { ...others, [clusterId]: identity });
  }
}

interface Followed {
  readonly tokens: RefreshingTokens;
  readonly idToken: () => string;
}

/** Whether only a person can go on. Errors of another bundle have another class, so they are known by what they carry. */
export function isOver(error: unknown): boolean {
  return error instanceof Error && 'problem' in error && (error.problem as { readonly code?: unknown }).code === 'oidc.signInAgain';
}

/** What the token says of its owner. It was checked when it came in; here it is only shown and compared. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : {};
}

async function within<T>(work: Promise<T>, untilMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<T> {
  const waiting = new AbortController();
  const over = signal === undefined ? waiting.signal : AbortSignal.any([waiting.signal, signal]);
  const late = clock.sleep(untilMs - clock.now(), over).then(() => {
    throw failure('oidc.expired', { minutes: '10' });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
    late.catch(() => undefined);
  }
}
