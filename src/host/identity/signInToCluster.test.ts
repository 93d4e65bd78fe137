import { expect, it, onTestFinished } from 'vitest';
import * as kube from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { memento, secretStorage } from '../../testing/memoryMemento';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startOidcIssuer, userOfIssuer } from '../../testing/oidcIssuer';
import { startTlsServer } from '../../testing/tlsServer';
import { startTokenCheckingProxy } from '../../testing/tokenCheckingProxy';
import { listenOnLoopback } from './callbacks';
import { oidcClusterOfContext, ownOrSignedIn } from './hostIdentity';
import type { EndedSignIn } from './signIns';
import { SignIns } from './signIns';

/** A kubeconfig's context whose issuer knows the person but whose tokens are gone, before a cluster that checks them. */
async function rig() {
  const issuer = await startOidcIssuer();
  onTestFinished(() => issuer.close());
  issuer.behaviour.person = { sub: 'ana', email: 'ana@example.com', groups: ['developers'] };
  const behind = await startTlsServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'kube-system', uid: 'uid-1' }, gitVersion: 'v1.36.3' }));
  });
  onTestFinished(() => behind.close());
  const front = await startTokenCheckingProxy(issuer, { server: behind.server, ca: behind.caPem, token: 'administrator' });
  onTestFinished(() => front.close());
  const signIns = new SignIns({
    secrets: secretStorage(),
    state: memento(),
    kube: () => Promise.resolve(kube),
    surroundings: () => Promise.resolve({ environment: {} }),
    receiver: () => listenOnLoopback(),
    openBrowser: (url) => {
      // The page that it comes back to is read by nobody here.
      void issuer.visit(url).then((back) => fetch(back));
      return Promise.resolve(true);
    },
    sentences: { done: 'done', failed: 'failed' },
    clearIdentity: () => Promise.resolve(),
    clock: systemClock(),
    log: new MemoryLogger(),
  });
  onTestFinished(() => signIns.dispose());
  const ends: EndedSignIn[] = [];
  signIns.onDidEnd((end) => ends.push(end));
  const text = front.server.kubeconfig(userOfIssuer(issuer));
  const open = async () => {
    const cluster = await kube.clusterFromKubeconfig({
      text,
      context: 'test',
      environment: {},
      tokensFor: (user, own) => ownOrSignedIn(own, signIns, oidcClusterOfContext(user)),
      clock: systemClock(),
      logger: new MemoryLogger(),
    });
    onTestFinished(() => cluster.dispose());
    return cluster;
  };
  const [known] = await kube.issuersOf({ text });
  if (known === undefined) throw new Error('the context is not found');
  return { issuer, front, behind, signIns, ends, open, place: oidcClusterOfContext(known) };
}

it('signs in for a context of a kubeconfig, is renewed, and ends once when it is revoked', async () => {
  const { issuer, front, behind, signIns, ends, open, place } = await rig();
  const before = await open();
  await expect(before.whoAmI()).rejects.toMatchObject({ failure: { kind: 'unauthorized' } });
  expect(ends).toEqual([]);

  await signIns.signIn(place);
  const cluster = await open();
  expect(await cluster.whoAmI()).toMatchObject({ user: 'ana@example.com', groups: ['developers'], method: 'oidc', provider: issuer.issuer });
  expect(behind.seen).toEqual([]);
  expect(await cluster.clusterUid()).toBe('uid-1');
  // What is behind sees its own credentials and never the person's.
  expect(behind.seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer administrator']);

  // A cluster that refuses the token once gets another one, by one renewal for all who were refused.
  const [old] = front.accepted;
  front.revoke(old ?? '');
  await Promise.all(Array.from({ length: 100 }, () => cluster.whoAmI()));
  expect(issuer.tokenRequests.filter(({ form }) => form.get('grant_type') === 'refresh_token')).toHaveLength(1);
  expect(front.accepted).toHaveLength(2);
  expect(ends).toEqual([]);

  // Revoked at the issuer and refused by the cluster: a hundred requests fail, one end is told, and nobody is asked again.
  issuer.behaviour.tokenFault = { status: 400, body: JSON.stringify({ error: 'invalid_grant' }) };
  front.refuseAll(true);
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => cluster.whoAmI()));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(ends).toHaveLength(1);
  const asked = issuer.tokenRequests.length;
  await Promise.allSettled(Array.from({ length: 20 }, () => cluster.whoAmI()));
  expect(issuer.tokenRequests).toHaveLength(asked);
  expect(ends).toHaveLength(1);
  expect(await signIns.sessions()).toEqual([]);
});

it('gives no token to a context of the same name that leads elsewhere', async () => {
  const { signIns, place } = await rig();
  await signIns.signIn(place);
  expect(await signIns.isSignedIn(place)).toBe(true);
  expect(await signIns.isSignedIn({ ...place, server: 'https://127.0.0.1:1' })).toBe(false);
});
