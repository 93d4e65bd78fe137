import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as engine from '../../engine/index';
import type { Cluster, ClusterFailure } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube/index';
import { startServer } from '../../sandbox/startServer';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import type { ResourceStreamBody } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { ScriptedWatches } from '../../testing/scriptedWatches';
import { until } from '../../testing/until';
import { VirtualClock } from '../../testing/virtualClock';
import { systemClock } from '../../node/systemClock';
import { ResourceFollower } from './resourceFollower';

const deploymentRef: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const object = (kind: string, name: string, more: Partial<KubeObject> & { readonly meta?: object } = {}): KubeObject => {
  const { meta, ...rest } = more;
  return {
    apiVersion: kind === 'Pod' || kind === 'Event' ? 'v1' : 'apps/v1',
    kind,
    ...rest,
    metadata: { name, namespace: 'shop', uid: `${kind}-${name}`, ...meta },
  };
};
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `${kind}-${name}`, controller: true }] });
const web = (replicas: number, more: object = {}): KubeObject =>
  object('Deployment', 'web', { spec: { replicas, selector: { matchLabels: { app: 'web' } } }, status: { availableReplicas: replicas }, meta: more });

function rig(ref: ObjectRef = deploymentRef, readable: readonly KubeObject[] = []) {
  const clock = new VirtualClock();
  const watches = new ScriptedWatches();
  const told: ResourceStreamBody[] = [];
  const cluster = {
    label: 'test',
    watch: watches.watch.bind(watches),
    get: (wanted: ObjectRef) => Promise.resolve(readable.find((one) => one.kind === wanted.kind && one.metadata.name === wanted.name)),
  };
  const follower = new ResourceFollower({
    cluster,
    clusterUid: 'uid',
    ref,
    engine,
    clock,
    words: (failure: ClusterFailure, kind) => `${kind}: ${failure.message}`,
    absent: 'It is not there.',
    publish: (body) => told.push(body),
    onError: (error) => {
      throw error;
    },
  });
  return { clock, watches, told, follower };
}

describe('following one object', () => {
  it('asks for this object and the events about it, and no more than these at first', () => {
    const { watches } = rig();
    expect([...watches.open].map(([kind, { query }]) => [kind, query])).toEqual([
      ['Deployment', { namespace: 'shop', fieldSelector: 'metadata.name=web' }],
      ['Event', { namespace: 'shop', fieldSelector: 'involvedObject.kind=Deployment,involvedObject.name=web' }],
    ]);
  });

  it('takes as its pods those that owner references lead to, whatever else the selector finds', async () => {
    const { watches, follower, clock } = rig();
    watches.list('Deployment', web(2));
    expect(watches.open.get('Pod')?.query).toEqual({ namespace: 'shop', labelSelector: 'app=web' });
    // A pod that was not told yet is no pod that is gone.
    expect(follower.pods()).toBeUndefined();
    watches.list('ReplicaSet', object('ReplicaSet', 'web-1', { meta: ownedBy('Deployment', 'web') }));
    watches.list(
      'Pod',
      object('Pod', 'mine', { meta: ownedBy('ReplicaSet', 'web-1') }),
      object('Pod', 'stranger', { meta: ownedBy('ReplicaSet', 'other') }),
      object('Pod', 'bare'),
    );
    expect(follower.pods()?.map(({ metadata }) => metadata.name)).toEqual(['mine']);
    await clock.advance(200);
    expect(follower.detail()?.children.map(({ ref }) => ref.name)).toEqual(['mine']);
  });

  it('publishes the object once, then its changes and events under the published names', async () => {
    const { watches, told, clock, follower } = rig();
    watches.list('Deployment', web(1));
    watches.list('Event');
    await clock.advance(200);
    expect(told).toMatchObject([
      { event_type: 'metadata', data: { name: 'web', namespace: 'shop', type: 'Deployment', id: 'uid/apps/v1/Deployment/shop/web' } },
    ]);
    watches.tell('Deployment', { type: 'upsert', object: web(3) });
    watches.tell('Event', {
      type: 'upsert',
      object: object('Event', 'e', { meta: {}, ...({ type: 'Warning', reason: 'BackOff', message: 'again' } as object) }),
    });
    await clock.advance(200);
    expect(told.slice(1)).toMatchObject([
      { event_type: 'event', data: { event: { type: 'Warning', reason: 'BackOff' } } },
      { event_type: 'status_update', data: { resource_id: 'uid/apps/v1/Deployment/shop/web', type: 'Deployment' } },
    ]);
    expect(follower.detail()?.history.map(({ text }) => text)).toEqual(['Scaled from 1 to 3 replicas']);
    follower.dispose();
    expect(told.at(-1)?.event_type).toBe('complete');
    expect(watches.open.size).toBe(0);
  });

  it('gathers a burst of changes into one', async () => {
    const { watches, told, clock } = rig();
    watches.list('Deployment', web(1));
    await clock.advance(200);
    for (let replicas = 2; replicas < 200; replicas++) watches.tell('Deployment', { type: 'upsert', object: web(replicas) });
    await clock.advance(200);
    expect(told.filter(({ event_type }) => event_type === 'status_update')).toHaveLength(1);
  });

  it('keeps the last state of what was deleted, offers nothing for it, and notices its return', async () => {
    const { watches, follower, clock, told } = rig();
    watches.list('Deployment', web(1));
    await clock.advance(200);
    watches.tell('Deployment', { type: 'delete', object: web(1) });
    await clock.advance(200);
    expect(follower.detail()).toMatchObject({ gone: true, actions: [], row: { word: 'deleted' } });
    expect(told.at(-1)).toMatchObject({ data: { status: { state: 'missing' } } });
    watches.tell('Deployment', { type: 'upsert', object: web(1, { uid: 'new' }) });
    await clock.advance(200);
    expect(follower.detail()).toMatchObject({ gone: false });
    expect(follower.detail()?.history.map(({ action }) => action)).toEqual(['created', 'deleted']);
  });

  it('notices at the next connection that the object went meanwhile', async () => {
    const { watches, follower, clock } = rig();
    watches.list('Deployment', web(1));
    await clock.advance(200);
    follower.reconnect();
    watches.list('Deployment');
    await clock.advance(200);
    expect(follower.detail()).toMatchObject({ gone: true });
  });

  it('says that an object is not there', async () => {
    const { watches, follower, told } = rig();
    watches.list('Deployment');
    await follower.started;
    expect(follower.detail()).toBeUndefined();
    expect(follower.health).toEqual({ connected: true });
    expect(told).toMatchObject([{ event_type: 'error', data: { message: 'It is not there.' } }]);
  });

  it('says since when it is cut off, and goes on when the connection is back', async () => {
    const { watches, follower, clock, told } = rig();
    watches.list('Deployment', web(1));
    await clock.advance(200);
    watches.cut('Deployment', 0);
    expect(follower.health).toEqual({ connected: false, error: 'Deployment: connection reset', staleSince: '1970-01-01T00:00:00.000Z' });
    expect(told.at(-1)).toMatchObject({ event_type: 'error', data: { health: { connected: false } } });
    watches.tell('Deployment', { type: 'connected' });
    expect(follower.health).toEqual({ connected: true });
  });

  it('names what may not be read beside the object, and still shows the object', async () => {
    const { watches, follower, clock } = rig();
    watches.list('Deployment', web(1));
    const failure: ClusterFailure = { kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'not allowed', causes: [], conflicts: [], uncertain: false };
    watches.tell('Event', { type: 'disconnected', failure, sinceMs: 0 });
    await clock.advance(200);
    expect(follower.missing).toEqual(['Event: not allowed']);
    expect(follower.health).toEqual({ connected: true });
    watches.list('Event');
    expect(follower.missing).toEqual([]);
  });

  it('shows the object as it was to whoever may get it but not watch it', async () => {
    const { watches, follower } = rig(deploymentRef, [web(1)]);
    const failure: ClusterFailure = { kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'no watch', causes: [], conflicts: [], uncertain: false };
    watches.tell('Deployment', { type: 'disconnected', failure, sinceMs: 0 });
    await follower.started;
    expect(follower.detail()?.row.name).toBe('web');
    expect(follower.health).toMatchObject({ connected: false, error: 'Deployment: no watch' });
  });

  it('follows owners upwards and ends in a circle of them', async () => {
    const pod = object('Pod', 'web-1-a', { meta: ownedBy('ReplicaSet', 'web-1') });
    const set = object('ReplicaSet', 'web-1', { meta: ownedBy('Deployment', 'web') });
    const top = web(1, ownedBy('ReplicaSet', 'web-1'));
    const { watches, follower, clock } = rig({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1-a' }, [pod, set, top]);
    watches.list('Pod', pod);
    await clock.advance(200);
    expect(follower.detail()?.owners.map(({ ref, readable }) => [ref.kind, readable])).toEqual([
      ['ReplicaSet', true],
      ['Deployment', true],
    ]);
  });
});

describe('on the sandbox', () => {
  const ends: (() => unknown)[] = [];
  let cluster: Cluster;
  beforeEach(async () => {
    const server = await startServer();
    ends.push(() => server.close());
    cluster = await clusterFromKubeconfig({ text: server.kubeconfig, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
    ends.push(() => cluster.dispose());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('a deployment is followed with its pods and events, and a Secret without its values', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, { fieldManager: 'test' });
    const spec = {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx' }] } },
    };
    await cluster.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec }, { fieldManager: 'test' });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace: 'shop' },
      stringData: { password: 'never-shown-4711' },
    } as KubeObject;
    await cluster.apply(secret, { fieldManager: 'test' });
    const told: ResourceStreamBody[] = [];
    const follow = (ref: ObjectRef): ResourceFollower => {
      const follower = new ResourceFollower({
        cluster,
        clusterUid: 'uid',
        ref,
        engine,
        clock: systemClock(),
        words: ({ message }) => message,
        absent: '',
        publish: (body) => told.push(body),
        onError: (error) => {
          throw error;
        },
      });
      ends.push(() => follower.dispose());
      return follower;
    };
    const web = follow(deploymentRef);
    await until('its pods and events are there', () => web.detail()?.children.length === 2 && (web.detail()?.events.length ?? 0) > 0, 15_000);
    const pod = web.detail()?.children[0]?.ref;
    expect(pod?.kind).toBe('Pod');
    const login = follow({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'login' });
    await login.started;
    expect(login.detail()?.yaml).toContain('(hidden, 16 bytes)');
    await until('both were published', () => told.filter(({ event_type }) => event_type === 'metadata').length === 2, 5000);
    expect(JSON.stringify([told, login.detail(), web.detail()])).not.toMatch(/never-shown|bmV2ZXItc2hvd24/);
    if (pod !== undefined) await cluster.delete(pod);
    await until(
      'another pod took its place',
      () => web.detail()?.children.length === 2 && web.detail()?.children.every(({ ref }) => ref.name !== pod?.name) === true,
      15_000,
    );
  });
});
