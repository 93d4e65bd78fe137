import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as kube from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { memento, secretStorage } from '../../testing/memoryMemento';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startOidcIssuer } from '../../testing/oidcIssuer';
import { listenOnLoopback } from './callbacks';
import type { EndedSignIn, OidcCluster } from './signIns';
import { SignIns } from './signIns';

/** Follows the address that the browser is led back to, as a browser does, and gives the page's text. */
function follow(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** Sign-ins at a real issuer on loopback; the browser is a person who agrees to everything. */
async function rig() {
  const issuer = await startOidcIssuer();
  onTestFinished(() => issuer.close());
  issuer.behaviour.person = { sub: 'ana', email: 'ana@example.com' };
  const [storage, log] = [secretStorage(), new MemoryLogger()];
  const pages: Promise<string>[] = [];
  const signIns = new SignIns({
    secrets: storage,
    state: memento(),
    kube: () => Promise.resolve(kube),
    surroundings: () => Promise.resolve({ environment: {} }),
    receiver: () => listenOnLoopback(),
    openBrowser: (url) => {
      pages.push(issuer.visit(url).then(follow));
      return Promise.resolve(true);
    },
    sentences: { done: 'You are signed in.', failed: 'It did not succeed.' },
    clearIdentity: () => Promise.resolve(),
    clock: systemClock(),
    log,
  });
  onTestFinished(() => signIns.dispose());
  const ends: EndedSignIn[] = [];
  signIns.onDidEnd((end) => ends.push(end));
  const cluster: OidcCluster = {
    id: 'added:test',
    label: 'test',
    server: 'https://127.0.0.1:1',
    client: { issuer: issuer.issuer, clientId: issuer.clientId, clientSecret: issuer.clientSecret, ca: issuer.caPem },
    scopes: ['offline_access'],
  };
  const refreshes = (): number => issuer.tokenRequests.filter(({ form }) => form.get('grant_type') === 'refresh_token').length;
  return { issuer, signIns, cluster, pages, storage, ends, refreshes, log };
}

describe('signing in at an issuer', () => {
  it('goes through the browser and back over loopback', async () => {
    const { signIns, cluster, pages, log } = await rig();
    const session = await signIns.signIn(cluster);
    expect(session.account.label).toBe('ana@example.com (test)');
    expect(await pages[0]).toContain('You are signed in.');
    expect((await signIns.tokensFor(cluster).current()).token.split('.')).toHaveLength(3);
    expect(log.lines).toEqual([]);
  });

  it('says on the page that it did not succeed when the person refuses', async () => {
    const { issuer, signIns, cluster, pages } = await rig();
    issuer.behaviour.denies = true;
    await expect(signIns.signIn(cluster)).rejects.toMatchObject({ problem: { code: 'oidc.refused' } });
    expect(await pages[0]).toContain('It did not succeed.');
    expect(await signIns.sessions()).toEqual([]);
  });

  it('renews once for a hundred requests that are refused at once, sends no old token, and keeps the rotated one', async () => {
    const { issuer, signIns, cluster, storage, refreshes, ends } = await rig();
    await signIns.signIn(cluster);
    const tokens = signIns.tokensFor(cluster);
    const { token: old } = await tokens.current();
    const before = JSON.stringify(storage.all());
    const renewed = await Promise.all(
      Array.from({ length: 100 }, async () => {
        expect(tokens.refused(old)).toBe(true);
        return (await tokens.current()).token;
      }),
    );
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(old);
    expect(refreshes()).toBe(1);
    expect(issuer.tokenRequests.every(({ headers }) => !String(headers['authorization']).startsWith('Bearer'))).toBe(true);
    await expect.poll(() => JSON.stringify(storage.all())).not.toBe(before);
    expect(JSON.stringify(storage.all())).toContain(renewed[0]);
    expect(ends).toEqual([]);
  });

  it('ends once, for a hundred requests, when the issuer has revoked the sign-in, and can be begun again', async () => {
    const { issuer, signIns, cluster, storage, refreshes, ends } = await rig();
    await signIns.signIn(cluster);
    const tokens = signIns.tokensFor(cluster);
    const { token } = await tokens.current();
    issuer.behaviour.tokenFault = { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: 'revoked' }) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, async () => {
        tokens.refused(token);
        return tokens.current();
      }),
    );
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(tokens.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(ends).toHaveLength(1);
    expect(refreshes()).toBe(1);
    expect(storage.all()).toEqual({});
    issuer.behaviour.tokenFault = undefined;
    await signIns.signIn(cluster);
    await tokens.current();
    expect(ends).toHaveLength(1);
  });

  it('has the issuer forget the refresh token at the sign-out', async () => {
    const { issuer, signIns, cluster, storage, log } = await rig();
    await signIns.signIn(cluster);
    const kept = JSON.parse(Object.values(storage.all())[0] ?? '{}') as { refreshToken?: string };
    await signIns.signOut(cluster.id);
    expect(storage.all()).toEqual({});
    expect(log.lines).toEqual([]);
    const { RefreshingTokens } = kube;
    const stolen = new RefreshingTokens({ ...cluster.client, environment: {}, clock: systemClock(), refreshToken: kept.refreshToken ?? '' });
    await expect(stolen.current()).rejects.toMatchObject({ problem: { code: 'oidc.signInAgain' } });
    expect(issuer.tokenRequests.at(-1)?.form.get('refresh_token')).toBe(kept.refreshToken);
  });
});
