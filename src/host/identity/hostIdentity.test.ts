import { describe, expect, it } from 'vitest';
import type { TokenSource } from '../../kube/index';
import { failure } from '../../shared/problem';
import { oidcClusterOf, ownOrSignedIn } from './hostIdentity';
import type { OidcCluster } from './signIns';

const cluster: OidcCluster = { id: 'context:x', label: 'x', server: 'https://x', client: { issuer: 'https://issuer', clientId: 'k' }, scopes: [] };
const over = failure('oidc.signInAgain', { issuer: 'https://issuer', detail: 'over' });

/** A source that gives these answers in turn, the last one for ever. */
function source(name: string, answers: readonly (string | Error)[], again = true) {
  let calls = 0;
  const tokens: TokenSource = {
    issuer: name,
    current: () => {
      const answer = answers[Math.min(calls++, answers.length - 1)] ?? over;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ token: answer });
    },
    refused: () => again,
  };
  return { tokens, calls: () => calls };
}

function rig(own: TokenSource, signedIn: TokenSource, isSignedIn: boolean) {
  let asked = 0;
  const tokens = ownOrSignedIn(
    own,
    {
      isSignedIn: () => {
        asked++;
        return Promise.resolve(isSignedIn);
      },
      tokensFor: () => signedIn,
    },
    cluster,
  );
  return { tokens, asked: () => asked };
}

describe('the tokens of a kubeconfig', () => {
  it('count for as long as they can be renewed, and storage is asked once', async () => {
    const signedIn = source('signed in', ['b']);
    const { tokens, asked } = rig(source('own', ['a']).tokens, signedIn.tokens, false);
    expect((await Promise.all(Array.from({ length: 20 }, () => tokens.current()))).every(({ token }) => token === 'a')).toBe(true);
    expect(asked()).toBe(1);
    expect(signedIn.calls()).toBe(0);
  });

  it('give way to a sign-in that is there already', async () => {
    const own = source('own', ['a']);
    const { tokens } = rig(own.tokens, source('signed in', ['b']).tokens, true);
    expect((await tokens.current()).token).toBe('b');
    expect(own.calls()).toBe(0);
  });

  it('give way to a sign-in when they have ended, for good', async () => {
    const own = source('own', ['a', over, 'a']);
    const { tokens } = rig(own.tokens, source('signed in', ['b']).tokens, false);
    expect((await tokens.current()).token).toBe('a');
    expect((await tokens.current()).token).toBe('b');
    expect((await tokens.current()).token).toBe('b');
    expect(own.calls()).toBe(2);
    const many = rig(source('own', [over]).tokens, source('signed in', ['b']).tokens, false);
    expect((await Promise.all(Array.from({ length: 20 }, () => many.tokens.current()))).every(({ token }) => token === 'b')).toBe(true);
  });

  it('stay when the issuer only cannot be asked now', async () => {
    const away = failure('oidc.issuer', { issuer: 'https://issuer', detail: 'away' });
    const signedIn = source('signed in', ['b']);
    const { tokens } = rig(source('own', [away, 'a']).tokens, signedIn.tokens, false);
    await expect(tokens.current()).rejects.toBe(away);
    expect((await tokens.current()).token).toBe('a');
    expect(signedIn.calls()).toBe(0);
  });

  it('give way to a sign-in when the cluster refuses them and nothing renews them', async () => {
    const { tokens } = rig(source('own', ['a'], false).tokens, source('signed in', ['b'], false).tokens, false);
    await tokens.current();
    expect(tokens.refused('a')).toBe(true);
    expect((await tokens.current()).token).toBe('b');
    expect(tokens.refused('b')).toBe(false);
  });
});

describe('an added cluster', () => {
  const record = {
    id: 'x',
    name: 'x',
    displayName: 'X',
    description: '',
    server: 'https://x',
    status: 'unknown',
    singleNode: false,
    labels: {},
    annotations: {},
    insecure: false,
    headers: {},
  } as const;

  it('can be signed in to when it says where and as which client', () => {
    const credentials = { oidcIssuerUrl: 'https://issuer', oidcClientId: 'k', oidcScopes: ['offline_access'] };
    expect(oidcClusterOf({ ...record, authType: 'oidc' }, credentials)).toEqual({
      id: 'added:x',
      label: 'X',
      server: 'https://x',
      client: { issuer: 'https://issuer', clientId: 'k' },
      scopes: ['offline_access'],
    });
    expect(oidcClusterOf({ ...record, authType: 'oidc' }, { oidcIssuerUrl: 'https://issuer' })).toBeUndefined();
    expect(oidcClusterOf({ ...record, authType: 'token' }, credentials)).toBeUndefined();
  });
});
