import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cleanLine, RefreshingTokens } from '../kube/index';
import type { PendingSignIn, ProgramRequest, SignInRequest } from '../kube/index';
import { memento, secretStorage } from '../testing/memoryMemento';
import { MemoryLogger } from '../testing/memoryLogger';
import { settle, VirtualClock } from '../testing/virtualClock';
import { AddedClusters } from './clusters/addedClusters';
import type { ClusterRecord } from './clusters/clusterRecord';
import { ConnectionLog } from './clusters/connectionLog';
import { SharedClusters } from './clusters/sharedClusters';
import { RecentLog } from './doctor/recentLog';
import { hostStores } from './hostStores';
import { HealthMonitor } from './clusters/healthMonitor';
import { identityStores } from './identity/identityStores';
import { LastUsers } from './identity/lastUsers';
import { ProgramConsent } from './identity/programConsent';
import type { OidcCluster } from './identity/signIns';
import { SignIns } from './identity/signIns';
import { WhoAmI } from './identity/whoAmI';
import { Registries } from './registries/registries';
import { SecretValues } from './runs/secretValues';
import type { ClearedBy, Store } from './stores';
import { Stores } from './stores';

const clusterOf = (id: string): OidcCluster => ({
  id,
  label: id,
  server: `https://${id}.example`,
  client: { issuer: 'https://issuer.example', clientId: 'k' },
  scopes: [],
});
const [prod, other] = [clusterOf('context:prod'), clusterOf('context:other')];
const secretOf = (clusterUid: string) => ({ clusterUid, namespace: 'shop', workflow: 'shop', nodeId: 'db', key: 'PASSWORD' });

/** The real owners over stores in memory, all of them filled, and how to see whether each is. */
async function filled() {
  const clock = new VirtualClock();
  const log = new RecentLog(new MemoryLogger(), clock);
  const [globalState, workspaceState, storage] = [memento(), memento(), secretStorage()];
  const stores = new Stores();
  const consent = new ProgramConsent({ state: globalState, isTrusted: () => true, ask: () => Promise.resolve('always'), clock });
  const uids = (): Record<string, string> => globalState.get<Record<string, string>>('clusterUids', {});
  let answer: (url: string) => void = () => undefined;
  const signIns = new SignIns({
    secrets: storage,
    state: globalState,
    kube: () =>
      Promise.resolve({
        beginSignIn: (request: SignInRequest) =>
          Promise.resolve({ request, state: 's', authorizationUrl: 'https://issuer.example', expiresAtMs: clock.now() + 1_000 } as PendingSignIn),
        finishSignIn: (_pending, url) => {
          const claims = Buffer.from(JSON.stringify({ sub: url, exp: clock.now() / 1_000 + 3_600 })).toString('base64url');
          return Promise.resolve({ idToken: `e30.${claims}.x`, expiresAtMs: clock.now() + 3_600_000 });
        },
        revokeTokens: () => Promise.resolve(false),
        RefreshingTokens,
        cleanLine,
      }),
    surroundings: () => Promise.resolve({}),
    receiver: () =>
      Promise.resolve({
        redirectUri: 'http://127.0.0.1:1/signed-in',
        answerTo: () => new Promise((resolve) => (answer = (url) => resolve({ url, reply: () => undefined }))),
        close: () => undefined,
      }),
    openBrowser: () => Promise.resolve(true),
    sentences: { done: '', failed: '' },
    clearIdentity: (clusterId) => stores.clear({ type: 'identity', clusterId, clusterUid: uids()[clusterId] ?? '' }),
    clock,
    log,
  });
  const signInAs = async (person: string, cluster: OidcCluster): Promise<void> => {
    const signingIn = signIns.signIn(cluster);
    await settle();
    answer(person);
    await signingIn;
  };
  const secrets = new SecretValues(storage);
  const shared = new SharedClusters(consent);
  const whoAmI = new WhoAmI({ clock, log, onChange: () => undefined });
  const added = new AddedClusters({ state: globalState, secrets: storage, log });
  const registries = new Registries({ state: globalState, secrets: storage, log });
  const connections = new ConnectionLog(clock, log);
  const users = new LastUsers(globalState, (_place, clusterUid) => stores.clear({ type: 'identity', clusterId: 'user', clusterUid }));
  const health = new HealthMonitor({ clock, logger: log, clusters: () => Promise.resolve([]), readMetadata: () => Promise.reject(new Error()), words: String });
  let canvas = 'filled';
  stores.register(
    ...identityStores({
      consent,
      signIns,
      clusterUids: {
        async forget(clusterUid) {
          const others = Object.entries(uids()).filter(([, uid]) => clusterUid !== undefined && uid !== clusterUid);
          await globalState.update('clusterUids', others.length === 0 ? undefined : Object.fromEntries(others));
        },
      },
      users,
    }),
    ...hostStores({
      secrets,
      targets: { forgetChoices: () => workspaceState.update('target:file:///shop', undefined), reconnect: () => shared.end(() => true) },
      whoAmI,
      added,
      registries,
      resetCanvases: () => (canvas = ''),
      connections,
      health,
      log,
      workspaceState,
    }),
  );

  await consent.allow({ digest: 'd', path: '/bin/x', context: 'c', user: 'u', source: 's' } as ProgramRequest);
  await signInAs('ana', prod);
  await signInAs('ana', other);
  await globalState.update('clusterUids', { [prod.id]: 'uid-prod', [other.id]: 'uid-other' });
  for (const uid of ['uid-prod', 'uid-other']) await secrets.set(secretOf(uid), 'canary', true);
  await shared.open({ key: 'context prod', open: () => Promise.resolve({ dispose: () => undefined } as never) });
  whoAmI.on('prod', () => Promise.resolve({ user: 'ana', groups: [], extra: {}, method: 'oidc' }));
  await settle();
  await workspaceState.update('target:file:///shop', 'context:prod');
  await workspaceState.update('resources.view', { sort: 'name' });
  const record = { id: 'edge', name: 'edge', displayName: 'edge', description: '', server: 'https://edge', authType: 'token', status: 'unknown' } as const;
  await added.add({ ...record, singleNode: false, labels: {}, annotations: {}, insecure: false, headers: {} } satisfies ClusterRecord, { token: 'canary' });
  await registries.add({ name: 'team', type: 'custom', host: 'registry.example', user: 'ana' }, 'canary');
  registries.noteStatus('team', 'connected');
  connections.note('prod', 'connection_test');
  for (const uid of ['uid-prod', 'uid-other']) await users.note('context:prod', uid, { user: 'ana' });
  health.remember('context:prod ', { status: 'connected', reachable: true, atMs: clock.now() }, undefined);

  /** Whether a store still holds what belongs to the cluster; for stores that know no clusters, anything. */
  const holds: Readonly<Record<string, (cluster: OidcCluster) => boolean | Promise<boolean>>> = {
    'allowed programs': () => consent.list().length > 0,
    'sign-ins': (cluster) => signIns.isSignedIn(cluster),
    'cluster UIDs': (cluster) => uids()[cluster.id] !== undefined,
    'secret values': async (cluster) => (await secrets.get(secretOf(cluster === prod ? 'uid-prod' : 'uid-other'))) !== undefined,
    'open clusters': () => shared.size > 0,
    'who I am': () => whoAmI.on('prod', () => new Promise(() => undefined)) !== undefined,
    'last users': (cluster) => Object.keys(globalState.get<object>('users') ?? {}).some((entry) => entry.endsWith(cluster === prod ? 'uid-prod' : 'uid-other')),
    'health of clusters': () => health.healthOf('context:prod ').status !== 'unknown',
    'target choices': () => workspaceState.keys().includes('target:file:///shop'),
    'added clusters': () => added.list().length > 0,
    registries: () => registries.list().length > 0 || registries.statusOf('team') !== 'unknown',
    'connection log': () => connections.rows().length > 0,
    'recent log lines': () => log.entries.length > 0,
    'choices of views': () => workspaceState.keys().includes('resources.view'),
    'canvas view': () => canvas !== '',
  };
  const held = async (cluster: OidcCluster): Promise<readonly string[]> => {
    const names: string[] = [];
    for (const { name } of stores.all) if ((await holds[name]?.(cluster)) ?? false) names.push(name);
    return names.sort();
  };
  return { stores, signIns, signInAs, held, globalState, workspaceState, storage };
}

const names = (stores: readonly Store[], by: (clearedBy: readonly ClearedBy[]) => boolean): readonly string[] =>
  stores
    .filter(({ clearedBy }) => by(clearedBy))
    .map(({ name }) => name)
    .sort();

describe('the table of stores', () => {
  it('says in ARCHITECTURE.md what the registry says', async () => {
    const text = readFileSync(join(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8');
    const rows = text
      .slice(text.indexOf('## Stores'), text.indexOf('## Decisions'))
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| store') && !line.startsWith('| ---'))
      .map((line) =>
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    const { stores } = await filled();
    expect(rows).toEqual(stores.all.map(({ name, owner, persistence, clearedBy }) => [name, owner, persistence.join(', '), clearedBy.join(', ')]));
  });

  it('clears each store by a reset, and nothing stays in any storage', async () => {
    const { stores, held, globalState, workspaceState, storage } = await filled();
    expect(await held(prod)).toEqual(names(stores.all, () => true));
    await stores.clear({ type: 'reset' });
    expect(await held(prod)).toEqual(names(stores.all, (by) => !by.includes('reset')));
    expect(await held(prod)).toEqual([]);
    expect([globalState.all(), workspaceState.all(), storage.all()]).toEqual([{}, {}, {}]);
  });

  it('clears by a sign-out what the table says, of that cluster alone', async () => {
    const { stores, signIns, held } = await filled();
    await signIns.signOut(prod.id);
    expect(await held(prod)).toEqual(names(stores.all, (by) => !by.includes('sign-out')));
    expect(await held(other)).toEqual(expect.arrayContaining(['sign-ins', 'secret values', 'cluster UIDs']));
  });

  it('clears the same when somebody else signs in, but for the new sign-in itself', async () => {
    const { stores, signInAs, held } = await filled();
    await signInAs('ben', prod);
    expect(names(stores.all, (by) => by.includes('other identity'))).toEqual(names(stores.all, (by) => by.includes('sign-out')));
    expect((await held(prod)).filter((name) => name !== 'sign-ins')).toEqual(names(stores.all, (by) => !by.includes('other identity')));
    expect(await held(other)).toContain('secret values');
  });

  it('clears nothing when the same person signs in again', async () => {
    const { signInAs, held } = await filled();
    const before = await held(prod);
    await signInAs('ana', prod);
    expect(await held(prod)).toEqual(before);
  });

  it('clears the others when one fails, and says which one did', async () => {
    const stores = new Stores();
    const cleared: string[] = [];
    const store = (name: string, clear: () => void): Store => ({ name, owner: '', persistence: ['memory'], clearedBy: ['reset'], clear });
    stores.register(
      store('broken', () => {
        throw new Error('no keyring');
      }),
      store('fine', () => void cleared.push('fine')),
    );
    await expect(stores.clear({ type: 'reset' })).rejects.toThrow('Not everything could be cleared: broken.');
    expect(cleared).toEqual(['fine']);
    expect(() => stores.register(store('fine', () => undefined))).toThrow('twice');
  });
});
