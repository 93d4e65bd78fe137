import { describe, expect, it } from 'vitest';
import { cleanLine, RefreshingTokens } from '../../kube/index';
import type { OidcTokens, PendingSignIn, SignInRequest } from '../../kube/index';
import { failure } from '../../shared/problem';
import { memento, secretStorage } from '../../testing/memoryMemento';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import type { CallbackAnswer } from './callbacks';
import type { EndedSignIn, OidcCluster } from './signIns';
import { SignIns } from './signIns';

const cluster: OidcCluster = {
  id: 'context:prod',
  label: 'prod',
  server: 'https://prod.example:6443',
  client: { issuer: 'https://issuer.example', clientId: 'kubernetes' },
  scopes: ['email'],
};

const day = 86_400_000;

function tokenOf(subject: string, expiresAtMs: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, email: `${subject}@example.com`, exp: Math.floor(expiresAtMs / 1000) })}.x`;
}

/** What the work fails with, listened to from the beginning. */
const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Sign-ins whose issuer is played by the test: what it grants, and how the person comes back. */
function rig(storage = secretStorage(), state = memento()) {
  const clock = new VirtualClock();
  const log = new MemoryLogger();
  const opened: string[] = [];
  const replies: string[] = [];
  const cleared: string[] = [];
  const revoked: (string | undefined)[] = [];
  const waiting = new Map<string, (answer: CallbackAnswer) => void>();
  const grants: (OidcTokens | Error)[] = [];
  let receiversOpen = 0;
  let states = 0;
  const signIns = new SignIns({
    secrets: storage,
    state,
    kube: () =>
      Promise.resolve({
        beginSignIn: (request: SignInRequest) => {
          const own = `state-${++states}`;
          return Promise.resolve({
            request,
            state: own,
            authorizationUrl: `https://issuer.example/auth?state=${own}`,
            expiresAtMs: clock.now() + 600_000,
          } as PendingSignIn);
        },
        finishSignIn: () => {
          const grant = grants.shift() ?? new Error('the test grants nothing');
          return grant instanceof Error ? Promise.reject(grant) : Promise.resolve(grant);
        },
        revokeTokens: (_client, tokens) => {
          revoked.push(tokens.refreshToken);
          return Promise.resolve(true);
        },
        RefreshingTokens,
        cleanLine,
      }),
    surroundings: () => Promise.resolve({}),
    receiver: () => {
      receiversOpen++;
      return Promise.resolve({
        redirectUri: 'http://127.0.0.1:1/signed-in',
        answerTo: (own) => new Promise((resolve) => waiting.set(own, resolve)),
        close: () => void receiversOpen--,
      });
    },
    openBrowser: (url) => {
      opened.push(url);
      return Promise.resolve(true);
    },
    sentences: { done: 'done', failed: 'failed' },
    clearIdentity: (id) => {
      cleared.push(id);
      return Promise.resolve();
    },
    clock,
    log,
  });
  const ends: EndedSignIn[] = [];
  signIns.onDidEnd((end) => ends.push(end));
  const comeBack = async (): Promise<void> => {
    await expect.poll(() => waiting.size).toBeGreaterThan(0);
    const [[own, resolve]] = [...waiting] as [[string, (answer: CallbackAnswer) => void]];
    waiting.delete(own);
    resolve({ url: `http://127.0.0.1:1/signed-in?state=${own}&code=c`, reply: (sentence) => replies.push(sentence) });
  };
  const grant = (subject: string, lifeMs = day, refreshToken?: string): void => {
    const expiresAtMs = clock.now() + lifeMs;
    grants.push({ idToken: tokenOf(subject, expiresAtMs), expiresAtMs, ...(refreshToken === undefined ? {} : { refreshToken }) });
  };
  const signIn = async (subject: string, lifeMs?: number, refreshToken?: string) => {
    grant(subject, lifeMs, refreshToken);
    const signingIn = signIns.signIn(cluster);
    await comeBack();
    return signingIn;
  };
  return { signIns, clock, log, storage, state, opened, replies, cleared, revoked, ends, grants, grant, comeBack, signIn, receiversOpen: () => receiversOpen };
}

describe('signing in', () => {
  it('opens the page once for all who ask, and keeps the tokens in the secret storage alone', async () => {
    const { signIns, opened, storage, state, replies, grant, comeBack, receiversOpen } = rig();
    grant('ana', day, 'canary-refresh');
    const all = Promise.all([signIns.signIn(cluster), signIns.signIn(cluster), signIns.signIn(cluster)]);
    await comeBack();
    const [session] = await all;
    expect(opened).toEqual(['https://issuer.example/auth?state=state-1']);
    expect(replies).toEqual(['done']);
    expect(receiversOpen()).toBe(0);
    expect(session.account.label).toBe('ana@example.com (prod)');
    expect(await signIns.sessions()).toEqual([session]);
    expect(JSON.stringify(storage.all())).toContain('canary-refresh');
    expect(JSON.stringify([session, state.all()])).not.toContain('canary');
  });

  it('gives the token to connections, also in the next window', async () => {
    const first = rig();
    await first.signIn('ana');
    const { token } = await first.signIns.tokensFor(cluster).current();
    expect(token.split('.')).toHaveLength(3);
    const next = rig(first.storage, first.state);
    expect((await next.signIns.tokensFor(cluster).current()).token).toBe(token);
  });

  it('counts what is damaged in the storage as signed out, and shows the others', async () => {
    const { signIns, storage, signIn, log } = rig();
    const session = await signIn('ana');
    await storage.store('kubeorch.signIn:damaged', '{"version":1,');
    await storage.store('kubeorch.signIn:empty', 'null');
    expect(await signIns.sessions()).toEqual([session]);
    expect(log.lines.join()).toContain('cannot be read');
  });

  it('gives no token to another server, issuer or client of the same name', async () => {
    const { signIns, signIn } = rig();
    await signIn('ana');
    for (const other of [
      { ...cluster, server: 'https://evil.example:6443' },
      { ...cluster, client: { ...cluster.client, issuer: 'https://evil.example' } },
      { ...cluster, client: { ...cluster.client, clientId: 'other' } },
    ]) {
      expect(await signIns.isSignedIn(other)).toBe(false);
    }
    const next = rig();
    await next.signIn('ana');
    await expect(next.signIns.tokensFor({ ...cluster, server: 'https://evil.example:6443' }).current()).rejects.toMatchObject({
      problem: { code: 'oidc.signInAgain' },
    });
  });

  it('ends after ten minutes without an answer, and closes what it listens on', async () => {
    const { signIns, clock, opened, receiversOpen } = rig();
    const signingIn = signIns.signIn(cluster);
    const outcome = outcomeOf(signingIn);
    await expect.poll(() => opened.length).toBe(1);
    await clock.advance(600_000);
    expect(await outcome).toMatchObject({ problem: { code: 'oidc.expired' } });
    expect(receiversOpen()).toBe(0);
  });

  it('can be cancelled', async () => {
    const { signIns, opened, receiversOpen } = rig();
    const cancelling = new AbortController();
    const signingIn = signIns.signIn(cluster, cancelling.signal);
    const outcome = outcomeOf(signingIn);
    await expect.poll(() => opened.length).toBe(1);
    cancelling.abort(new Error('given up'));
    expect(await outcome).toMatchObject({ message: 'given up' });
    expect(receiversOpen()).toBe(0);
    expect(await signIns.sessions()).toEqual([]);
  });

  it('says on the page and to the caller that the issuer refused', async () => {
    const { signIns, grants, comeBack, replies } = rig();
    grants.push(failure('oidc.refused', { issuer: 'https://issuer.example', detail: 'access_denied' }));
    const outcome = outcomeOf(signIns.signIn(cluster));
    await comeBack();
    expect(await outcome).toMatchObject({ problem: { code: 'oidc.refused' } });
    expect(replies).toEqual(['failed']);
    expect(await signIns.sessions()).toEqual([]);
  });
});

describe('the end of a session', () => {
  it('is not told of a cluster that nobody was signed in to, until a person chooses a target', async () => {
    const { signIns, ends } = rig();
    const tokens = signIns.tokensFor(cluster);
    await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(ends).toEqual([]);
    signIns.askAgain();
    await Promise.allSettled([tokens.current(), tokens.current()]);
    expect(ends).toHaveLength(1);
  });

  it('is told once for a hundred requests that are refused at the same time, and for none that come later', async () => {
    const { signIns, signIn, ends, storage } = rig();
    await signIn('ana');
    const tokens = signIns.tokensFor(cluster);
    const refuse = async (): Promise<void> => {
      const { token } = await tokens.current();
      if (!tokens.refused(token)) return;
      await tokens.current();
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, refuse));
    expect(outcomes).toHaveLength(100);
    await expect.poll(() => ends.length).toBe(1);
    await expect.poll(() => Object.keys(storage.all())).toEqual([]);
    for (let request = 0; request < 10; request++) await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(ends).toHaveLength(1);
    expect(ends[0]?.cluster).toBe(cluster);
  });

  it('is told once when the token expires and nothing can renew it', async () => {
    const { signIns, signIn, ends, clock } = rig();
    await signIn('ana', 60_000);
    await clock.advance(60_000);
    const tokens = signIns.tokensFor(cluster);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => tokens.current()));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(ends).toHaveLength(1);
  });

  it('may be told again after the person has signed in again', async () => {
    const { signIns, signIn, ends, clock } = rig();
    await signIn('ana', 60_000);
    await clock.advance(60_000);
    await expect(signIns.tokensFor(cluster).current()).rejects.toThrow();
    await signIn('ana', 60_000);
    expect((await signIns.tokensFor(cluster).current()).expiresAtMs).toBeGreaterThan(clock.now());
    await clock.advance(60_000);
    await expect(signIns.tokensFor(cluster).current()).rejects.toThrow();
    expect(ends).toHaveLength(2);
  });

  it('takes the tokens that another window renewed instead of ending', async () => {
    const first = rig();
    await first.signIn('ana', 60_000);
    const tokens = first.signIns.tokensFor(cluster);
    await tokens.current();
    await first.clock.advance(60_000);
    const key = Object.keys(first.storage.all())[0] ?? '';
    const kept = JSON.parse(first.storage.all()[key] ?? '{}') as Record<string, unknown>;
    const renewed = tokenOf('ana', first.clock.now() + day);
    await first.storage.store(key, JSON.stringify({ ...kept, idToken: renewed }));
    expect((await tokens.current()).token).toBe(renewed);
    expect(first.ends).toEqual([]);
  });
});

describe('signing out', () => {
  it('forgets the tokens, has the issuer forget them, clears what belongs to the identity, and is not told as an end', async () => {
    const { signIns, signIn, storage, cleared, revoked, ends } = rig();
    await signIn('ana', day, 'refresh-1');
    const tokens = signIns.tokensFor(cluster);
    await tokens.current();
    await signIns.signOut(cluster.id);
    expect(storage.all()).toEqual({});
    expect(cleared).toEqual([cluster.id]);
    expect(revoked).toEqual(['refresh-1']);
    await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(ends).toEqual([]);
  });

  it('is not undone by a window that renewed meanwhile', async () => {
    const { signIns, signIn, storage } = rig();
    await signIn('ana');
    await signIns.tokensFor(cluster).current();
    await storage.delete(`kubeorch.signIn:${cluster.id}`);
    await signIns.storageChanged(`kubeorch.signIn:${cluster.id}`);
    await expect(signIns.tokensFor(cluster).current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(storage.all()).toEqual({});
  });

  it('clears what the former identity left when somebody else signs in, and not when the same person does', async () => {
    const { signIn, cleared } = rig();
    await signIn('ana');
    await signIn('ana');
    expect(cleared).toEqual([]);
    await signIn('ben');
    expect(cleared).toEqual([cluster.id]);
  });
});
