import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { MemoryLogger } from '../../testing/memoryLogger';
import { ScriptedWatches } from '../../testing/scriptedWatches';
import { VirtualClock } from '../../testing/virtualClock';
import type { RenderedObject } from '../render';
import type { LivePatch } from './liveWorkflow';
import { LiveWorkflow } from './liveWorkflow';

const labels = { 'app.kubernetes.io/managed-by': 'kubeorch', 'kubeorch.dev/workflow': 'shop' };

function made(
  apiVersion: string,
  kind: string,
  name: string,
  more: Partial<KubeObject> & { uid?: string; owner?: KubeObject; labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): KubeObject {
  const { uid = `${kind}-${name}`, owner, labels: own = labels, annotations, ...rest } = more;
  const ownerReferences =
    owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true }] };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: 'default',
      uid,
      generation: 1,
      creationTimestamp: '2026-03-01T12:00:00Z',
      labels: own,
      ...(annotations === undefined ? {} : { annotations }),
      ...ownerReferences,
    },
    ...rest,
  };
}

const rendered = (nodeId: string, apiVersion: string, kind: string, name: string, spec: JsonObject = {}): RenderedObject => ({
  nodeId,
  object: { apiVersion, kind, metadata: { name, namespace: 'default', labels }, spec },
  secretKeys: [],
  namespaced: true,
});
const podTemplate = { template: { metadata: { labels } } };
const webNode = rendered('web', 'apps/v1', 'Deployment', 'web', { replicas: 2, ...podTemplate });
const serviceNode = rendered('web-svc', 'v1', 'Service', 'web', { selector: { app: 'web' } });
const configNode = rendered('settings', 'v1', 'ConfigMap', 'settings');

const web = (ready: number): KubeObject =>
  made('apps/v1', 'Deployment', 'web', {
    spec: { replicas: 2 },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions: [
        { type: 'Available', status: ready === 2 ? 'True' : 'False' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
    },
  });
const set = (name: string, revision: string): KubeObject =>
  made('apps/v1', 'ReplicaSet', name, { owner: web(0), annotations: { 'deployment.kubernetes.io/revision': revision } });
const failing = (name: string, owner: KubeObject, reason: string): KubeObject =>
  made('v1', 'Pod', name, {
    owner,
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason, message: 'no such image' } } }] },
  });

const warning = (name: string, about: KubeObject, reason: string, message: string, count: number): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default', uid: `event-${name}` },
    involvedObject: { kind: about.kind, namespace: 'default', name: about.metadata.name, uid: about.metadata.uid },
    type: 'Warning',
    reason,
    message,
    count,
    lastTimestamp: '2026-03-01T12:00:00Z',
  }) as unknown as KubeObject;

describe('live statuses from scripted watches', () => {
  let watches: ScriptedWatches;
  let clock: VirtualClock;
  let patches: LivePatch[];
  let live: LiveWorkflow;

  function follow(...objects: RenderedObject[]): void {
    live = new LiveWorkflow({ cluster: watches, clock, logger: new MemoryLogger(), workflow: 'shop', objects });
    live.onPatch((patch) => patches.push(patch));
  }
  beforeEach(() => {
    watches = new ScriptedWatches();
    clock = new VirtualClock();
    patches = [];
  });
  afterEach(() => live.dispose());

  test('watch only the kinds that the nodes need, by label', () => {
    follow(webNode, serviceNode, configNode);
    expect([...watches.open].map(([kind, { query }]) => [kind, query.namespace, query.labelSelector])).toEqual([
      ['Deployment', 'default', 'kubeorch.dev/workflow=shop'],
      ['Event', 'default', undefined],
      ['ReplicaSet', 'default', 'kubeorch.dev/workflow=shop'],
      ['Pod', 'default', 'kubeorch.dev/workflow=shop'],
      ['Service', 'default', 'kubeorch.dev/workflow=shop'],
      ['ConfigMap', 'default', 'kubeorch.dev/workflow=shop'],
      ['EndpointSlice', 'default', 'kubernetes.io/service-name in (web)'],
    ]);
    live.dispose();
    expect(watches.open.size).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test('are unknown until the first list is whole, then missing or what they are', async () => {
    follow(webNode, configNode);
    expect(live.snapshot().nodes).toMatchObject({ web: { state: 'unknown' }, settings: { state: 'unknown' } });
    watches.list('ConfigMap');
    watches.list('Deployment', web(2));
    await clock.advance(20);
    expect(live.snapshot().nodes).toMatchObject({ web: { state: 'healthy' }, settings: { state: 'missing', message: 'Not on the cluster' } });
    watches.tell('Deployment', { type: 'delete', object: web(2) });
    expect(live.statusOf('web')).toMatchObject({ state: 'missing', message: 'Deleted from the cluster' });
  });

  test('take an object of the same name without our labels for no object of ours', () => {
    follow(configNode);
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings', { labels: { 'kubeorch.dev/workflow': 'shop' } }));
    expect(live.statusOf('settings')?.state).toBe('missing');
  });

  test('leave at once for the first change and together for what follows within 16 ms, numbered without gaps', async () => {
    follow(webNode, configNode);
    watches.list('ConfigMap');
    watches.list('Deployment', web(0));
    watches.list('ReplicaSet');
    watches.list('Pod');
    await clock.advance(100);
    patches.length = 0;
    watches.tell('Deployment', { type: 'upsert', object: web(1) });
    expect(patches).toHaveLength(1);
    watches.tell('Deployment', { type: 'upsert', object: web(2) });
    watches.tell('ConfigMap', { type: 'upsert', object: made('v1', 'ConfigMap', 'settings') });
    expect(patches).toHaveLength(1);
    await clock.advance(15);
    expect(patches).toHaveLength(1);
    await clock.advance(1);
    expect(patches).toHaveLength(2);
    expect(Object.keys(patches[1]?.nodes ?? {}).sort()).toEqual(['settings', 'web']);
    expect((patches[1]?.sequenceNumber ?? 0) - (patches[0]?.sequenceNumber ?? 0)).toBe(1);
    expect(live.snapshot().sequenceNumber).toBe(patches[1]?.sequenceNumber);
  });

  test('end where nothing has changed for a person', async () => {
    follow(webNode);
    watches.list('Deployment', web(2));
    watches.list('ReplicaSet');
    watches.list('Pod');
    await clock.advance(100);
    const before = patches.length;
    for (let turn = 0; turn < 10; turn += 1) {
      watches.tell('Deployment', { type: 'upsert', object: { ...web(2), metadata: { ...web(2).metadata, resourceVersion: String(turn) } } });
      await clock.advance(20);
    }
    expect(patches.length).toBe(before);
  });

  test('carry the reason of a Pod of the newest ReplicaSet up to the node, also when owners come later', async () => {
    follow(webNode);
    const [old, fresh] = [set('web-1', '1'), set('web-2', '2')];
    watches.list('Pod', failing('web-1-a', old, 'CrashLoopBackOff'), failing('web-2-a', fresh, 'ImagePullBackOff'));
    watches.list('Deployment', web(0));
    watches.list('ReplicaSet', old, fresh);
    await clock.advance(20);
    expect(live.statusOf('web')).toMatchObject({ state: 'error', reason: 'ImagePullBackOff', message: 'ImagePullBackOff: container web: no such image' });
    expect(live.podsOf('web').map((pod) => pod.name)).toEqual(['web-1-a', 'web-2-a']);
    watches.tell('Pod', { type: 'delete', object: failing('web-2-a', fresh, 'ImagePullBackOff') });
    await clock.advance(20);
    expect(live.statusOf('web')?.state).toBe('pending');
  });

  test('find an unschedulable Pod late when no event tells of it', async () => {
    follow(webNode);
    const waiting = made('v1', 'Pod', 'p', {
      owner: set('web-1', '1'),
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
    });
    watches.list('Deployment', web(0));
    watches.list('ReplicaSet', set('web-1', '1'));
    watches.list('Pod', waiting);
    await clock.advance(5000);
    expect(live.statusOf('web')).toMatchObject({ state: 'pending', reason: 'Unschedulable' });
    await clock.advance(11_000);
    expect(live.statusOf('web')).toMatchObject({ state: 'error', reason: 'Unschedulable' });
  });

  test('say since when they may be out of date while a watch they need is cut, and only then', async () => {
    follow(webNode, configNode);
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'));
    watches.list('Deployment', web(2));
    watches.list('ReplicaSet');
    watches.list('Pod');
    await clock.advance(100);
    watches.cut('Pod', clock.now());
    await clock.advance(20);
    const since = '2026-03-01T12:00:00.100Z';
    expect(live.snapshot()).toMatchObject({ nodes: { web: { state: 'healthy', staleSince: since } }, health: { connected: false, staleSince: since } });
    expect(live.statusOf('settings')?.staleSince).toBeUndefined();
    watches.tell('Pod', { type: 'connected' });
    await clock.advance(20);
    expect(live.snapshot().health).toEqual({ connected: true });
    expect(live.statusOf('web')?.staleSince).toBeUndefined();
  });

  test('tell why a Pod waits from the warnings of its namespace, whichever came first, and forget them with the event', async () => {
    follow(webNode);
    const waitingPod = made('v1', 'Pod', 'p', { owner: set('web-1', '1'), status: { phase: 'Pending' } });
    watches.list('Event', warning('p.1', waitingPod, 'FailedMount', 'configmap "settings" not found', 1));
    watches.list('Deployment', web(0));
    watches.list('ReplicaSet', set('web-1', '1'));
    watches.list('Pod', waitingPod);
    await clock.advance(20);
    expect(live.statusOf('web')).toMatchObject({ state: 'pending', reason: 'FailedMount', message: 'FailedMount: configmap "settings" not found' });
    watches.tell('Event', { type: 'upsert', object: warning('p.1', waitingPod, 'FailedMount', 'configmap "settings" not found', 3) });
    expect(live.statusOf('web')).toMatchObject({ state: 'error', reason: 'FailedMount' });
    watches.tell('Event', { type: 'delete', object: warning('p.1', waitingPod, 'FailedMount', 'configmap "settings" not found', 3) });
    await clock.advance(20);
    expect(live.statusOf('web')).toMatchObject({ state: 'pending', message: 'No pods are ready' });
  });

  test('name what these credentials may not watch without calling anything stale or disconnected', async () => {
    follow(webNode, configNode);
    watches.list('Deployment', web(2));
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'));
    watches.refuse('Pod', 'pods is forbidden: User "dev" cannot list resource "pods" in API group "" in the namespace "default"', clock.now());
    watches.refuse('ReplicaSet', 'no', clock.now());
    watches.refuse('Event', 'no', clock.now());
    await live.settled();
    expect(live.snapshot()).toMatchObject({
      nodes: { web: { state: 'healthy' }, settings: { state: 'healthy' } },
      health: {
        connected: true,
        forbidden: [
          { verb: 'list', resource: 'events', namespace: 'default' },
          { verb: 'list', resource: 'pods', namespace: 'default' },
          { verb: 'list', resource: 'replicasets.apps', namespace: 'default' },
        ],
      },
    });
    expect(Object.values(live.snapshot().nodes).filter((status) => status.staleSince !== undefined)).toEqual([]);
    watches.list('Pod');
    watches.list('ReplicaSet');
    watches.list('Event');
    await clock.advance(20);
    expect(live.snapshot().health).toEqual({ connected: true });
  });

  test('call a node unknown while its own kind may not be watched, and stale when the right was taken away later', async () => {
    follow(configNode);
    watches.refuse('ConfigMap', 'no', clock.now());
    expect(live.statusOf('settings')).toMatchObject({ state: 'unknown' });
    expect(live.statusOf('settings')?.staleSince).toBeUndefined();
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'));
    await clock.advance(20);
    expect(live.statusOf('settings')?.state).toBe('healthy');
    watches.refuse('ConfigMap', 'no', clock.now());
    await clock.advance(20);
    expect(live.statusOf('settings')).toMatchObject({ state: 'healthy', staleSince: new Date(clock.now() - 20).toISOString() });
    expect(live.snapshot().health.connected).toBe(true);
  });

  test('tell every count, also within one state', async () => {
    const daemon = (ready: number): KubeObject =>
      made('apps/v1', 'DaemonSet', 'agent', {
        status: {
          observedGeneration: 1,
          desiredNumberScheduled: 3,
          currentNumberScheduled: 3,
          updatedNumberScheduled: 3,
          numberReady: ready,
          numberAvailable: ready,
        },
      });
    follow(rendered('agent', 'apps/v1', 'DaemonSet', 'agent', podTemplate));
    watches.list('DaemonSet', daemon(1));
    await clock.advance(100);
    patches.length = 0;
    watches.tell('DaemonSet', { type: 'upsert', object: daemon(2) });
    expect(patches.at(-1)?.nodes['agent']).toMatchObject({ state: 'partial', ready: 2, desired: 3, message: '2/3 pods ready' });
  });

  test('give the verdict on each object of a node by itself', async () => {
    follow(configNode, { ...configNode, object: { ...configNode.object, metadata: { ...configNode.object.metadata, name: 'more' } } });
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'));
    await clock.advance(20);
    expect(live.statusOf('settings')?.state).toBe('missing');
    expect(live.objectStatusesOf('settings').map(({ ref, status }) => [ref.name, status.state])).toEqual([
      ['settings', 'healthy'],
      ['more', 'missing'],
    ]);
  });

  test('do not call a Service healthy before its endpoints are known', async () => {
    follow(serviceNode);
    watches.list('Service', made('v1', 'Service', 'web', { spec: { clusterIP: '10.0.0.1', selector: { app: 'web' } } }));
    await clock.advance(20);
    expect(live.statusOf('web-svc')?.state).toBe('pending');
    const slice = (ready: boolean): KubeObject =>
      ({
        ...made('discovery.k8s.io/v1', 'EndpointSlice', 'web-x', { labels: { 'kubernetes.io/service-name': 'web' } }),
        endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready }, targetRef: { uid: 'p' } }],
      }) as KubeObject;
    watches.list('EndpointSlice', slice(false));
    await clock.advance(20);
    expect(live.statusOf('web-svc')?.message).toBe('No ready endpoints: its pod is not ready');
    watches.tell('EndpointSlice', { type: 'upsert', object: slice(true) });
    await clock.advance(20);
    expect(live.statusOf('web-svc')?.state).toBe('healthy');
    // A second Service asks for another watch; the first one keeps its verdict until that has told all.
    live.setObjects([serviceNode, rendered('db-svc', 'v1', 'Service', 'db', { selector: { app: 'db' } })]);
    await clock.advance(20);
    expect(live.statusOf('web-svc')?.state).toBe('healthy');
    watches.list('EndpointSlice');
    await clock.advance(20);
    expect(live.statusOf('web-svc')?.state).toBe('pending');
  });

  test('follow the workflow: nodes come and go without disturbing the others', async () => {
    follow(configNode);
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'), made('v1', 'ConfigMap', 'more'));
    await clock.advance(20);
    live.setObjects([rendered('more', 'v1', 'ConfigMap', 'more')]);
    await clock.advance(20);
    expect(live.snapshot().nodes).toEqual({ more: expect.objectContaining({ state: 'healthy' }) as unknown });
    expect(patches.flatMap((patch) => patch.removed)).toEqual(['settings']);
    expect(patches.map((patch) => patch.sequenceNumber)).toEqual(patches.map((_, index) => index + (patches[0]?.sequenceNumber ?? 1)));
  });

  test('resolve whoever waits for them, and let a waiter give up', async () => {
    follow(configNode);
    const seen = live.until(() => live.statusOf('settings')?.state === 'healthy');
    const giveUp = new AbortController();
    const never = live.until(() => false, giveUp.signal);
    watches.list('ConfigMap', made('v1', 'ConfigMap', 'settings'));
    await clock.advance(20);
    await seen;
    giveUp.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
  });
});
