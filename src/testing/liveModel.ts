import fc from 'fast-check';
import type { JsonObject } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import type { NodeStatus } from '../shared/nodeStatus';
import type { RenderedObject } from '../engine/render';
import { healthOf } from '../engine/status/healthOf';
import { LiveWorkflow } from '../engine/status/liveWorkflow';
import type { Related } from '../engine/status/verdict';
import type { Warning } from '../engine/status/warnings';
import { MemoryLogger } from './memoryLogger';
import { ScriptedWatches } from './scriptedWatches';
import { VirtualClock } from './virtualClock';

/**
 * Random lives of a namespace, told to a `LiveWorkflow` event by event, beside a model that forgets nothing and judges
 * everything anew each time. Both must say the same of every node after every step, and whoever follows the patches must
 * end with the same, too.
 */

const labels = { 'app.kubernetes.io/managed-by': 'kubeorch', 'kubeorch.dev/workflow': 'shop' };
const template: JsonObject = { template: { metadata: { labels } } };
/** As the front selects it. */
const selectedTemplate: JsonObject = { template: { metadata: { labels: { ...labels, app: 'web' } } } };

const rendered = (nodeId: string, apiVersion: string, kind: string, spec: JsonObject = {}): RenderedObject => ({
  nodeId,
  object: { apiVersion, kind, metadata: { name: nodeId, namespace: 'default', labels }, spec },
  secretKeys: [],
  namespaced: true,
});

const nodes: readonly RenderedObject[] = [
  rendered('web', 'apps/v1', 'Deployment', selectedTemplate),
  rendered('db', 'apps/v1', 'StatefulSet', template),
  rendered('agent', 'apps/v1', 'DaemonSet', template),
  rendered('migrate', 'batch/v1', 'Job', template),
  rendered('nightly', 'batch/v1', 'CronJob', { jobTemplate: { spec: template } }),
  rendered('front', 'v1', 'Service', { selector: { app: 'web' } }),
  rendered('settings', 'v1', 'ConfigMap'),
  rendered('data', 'v1', 'PersistentVolumeClaim'),
];
const versions: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
};
/** What stands between a workload and its Pods; the kinds whose watches its verdict depends on. */
const below: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ReplicaSet', 'Pod'],
  StatefulSet: ['Pod'],
  DaemonSet: ['Pod'],
  Job: ['Pod'],
  CronJob: ['Job', 'Pod'],
  Service: ['EndpointSlice'],
};
const podStatuses: readonly JsonObject[] = [
  { phase: 'Pending' },
  { phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] },
  { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  { phase: 'Running', conditions: [{ type: 'Ready', status: 'False', message: 'not yet' }] },
  { phase: 'Pending', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }] },
  {
    phase: 'Running',
    containerStatuses: [
      { name: 'c', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
    ],
  },
  { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
  { phase: 'Succeeded' },
  { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
];
const troubles = ['FailedMount', 'FailedCreate', 'Unhealthy', 'Failed', 'ProvisioningFailed'] as const;

function pick<T>(items: readonly T[], number: number): T {
  return items[number % items.length] as T;
}

export type LiveStep = readonly [what: number, which: number, how: number];

class World {
  readonly clock = new VirtualClock(Date.UTC(2026, 2, 1, 12));
  readonly watches = new ScriptedWatches();
  readonly live: LiveWorkflow;
  /** What exists, by `Kind/name`. */
  readonly #objects = new Map<string, KubeObject>();
  readonly #down = new Map<string, number>();
  /** What each open watch has been told with its first list, by the function that hears it. */
  readonly #listed = new Map<string, unknown>();
  readonly #followed = new Map<string, NodeStatus>();
  #shown: readonly RenderedObject[] = nodes;
  #uids = 0;
  #patches = 0;
  readonly faults: string[] = [];

  constructor() {
    this.live = new LiveWorkflow({ cluster: this.watches, clock: this.clock, logger: new MemoryLogger(), workflow: 'shop', objects: nodes });
    this.live.onPatch((patch) => {
      this.#patches += 1;
      if (this.#patches > 1 && patch.sequenceNumber !== this.#lastPatch + 1)
        this.faults.push(`patch ${String(patch.sequenceNumber)} follows ${String(this.#lastPatch)}`);
      this.#lastPatch = patch.sequenceNumber;
      for (const nodeId of patch.removed) this.#followed.delete(nodeId);
      for (const [nodeId, status] of Object.entries(patch.nodes)) this.#followed.set(nodeId, status);
    });
    for (const [nodeId, status] of Object.entries(this.live.snapshot().nodes)) this.#followed.set(nodeId, status);
    this.#list();
  }

  #lastPatch = 0;

  step([what, which, how]: LiveStep): void {
    switch (what % 18) {
      case 0:
      case 1:
        this.#putNode(pick(nodes, which), how);
        break;
      case 2:
        this.#remove(`${pick(nodes, which).object.kind}/${pick(nodes, which).nodeId}`);
        break;
      case 3:
      case 16:
        this.#put('ReplicaSet', `web-${String(which % 3)}`, {
          owner: this.#objects.get('Deployment/web'),
          annotations: { 'deployment.kubernetes.io/revision': String(1 + ((which + how) % 3) * 10 + (which % 3)) },
        });
        break;
      case 4:
      case 5:
      case 12:
      case 13:
        this.#put('Pod', `p${String(which % 6)}`, { owner: this.#ownerOfPods(how), status: pick(podStatuses, which + how) });
        break;
      case 6:
        this.#remove(pick(['Pod/p0', 'Pod/p1', 'Pod/p2', 'Pod/p3', 'ReplicaSet/web-0', 'ReplicaSet/web-1', 'Job/nightly-1', 'EndpointSlice/front-a'], which));
        break;
      case 7:
        this.#put('Job', 'nightly-1', { owner: this.#objects.get('CronJob/nightly'), status: { active: how % 2, startTime: '2026-03-01T11:00:00Z' } });
        break;
      case 8:
      case 14:
      case 15:
        this.#putWarning(which, how);
        break;
      case 9:
        this.#put('EndpointSlice', `front-${pick(['a', 'b'], which)}`, {
          labels: { 'kubernetes.io/service-name': how % 4 === 0 ? 'another' : 'front' },
          more: { endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: how % 2 === 0 }, targetRef: { uid: String(how) } }] },
        });
        break;
      case 10:
        this.#cutOrMend(which, how);
        break;
      case 17:
      case 11:
        this.#shown = what % 18 === 17 ? [pick(nodes, which)] : nodes.filter((_, index) => ((which + how) >> index) % 4 !== 0);
        this.live.setObjects(this.#shown);
        this.#list();
        break;
    }
    this.clock.tick(how % 3 === 0 ? 0 : how % 40);
  }

  /** What both sides say of each node. */
  verdicts(): { readonly told: unknown; readonly expected: unknown } {
    return { told: comparable(this.live.snapshot().nodes), expected: comparable(Object.fromEntries(this.#shown.map((one) => [one.nodeId, this.#judge(one)]))) };
  }

  /** What a view has that followed the patches. */
  followed(): unknown {
    return comparable(Object.fromEntries(this.#followed));
  }

  #ownerOfPods(how: number): KubeObject | undefined {
    return this.#objects.get(
      pick(['ReplicaSet/web-0', 'ReplicaSet/web-1', 'ReplicaSet/web-2', 'StatefulSet/db', 'DaemonSet/agent', 'Job/migrate', 'Job/nightly-1'], how),
    );
  }

  #putNode({ nodeId, object }: RenderedObject, how: number): void {
    const ready = how % 4;
    const counts = { observedGeneration: 1, replicas: 3, updatedReplicas: how % 5, readyReplicas: ready, availableReplicas: ready, currentReplicas: 3 };
    const conditions = [
      { type: 'Available', status: ready > 0 ? 'True' : 'False' },
      { type: 'Progressing', status: 'True', reason: how % 7 === 0 ? 'ProgressDeadlineExceeded' : 'NewReplicaSetAvailable' },
    ];
    const daemons = { desiredNumberScheduled: 3, currentNumberScheduled: how % 5, numberReady: ready, numberAvailable: ready, updatedNumberScheduled: 3 };
    const job = { startTime: '2026-03-01T11:00:00Z', active: how % 2, succeeded: how % 3 };
    const status: Readonly<Record<string, JsonObject>> = {
      Deployment: { ...counts, conditions },
      StatefulSet: { ...counts, replicas: how % 4, currentRevision: 'a', updateRevision: pick(['a', 'b'], how) },
      DaemonSet: { observedGeneration: 1, ...daemons },
      Job: { ...job, conditions: how % 5 === 0 ? [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' }] : [] },
      PersistentVolumeClaim: { phase: pick(['Pending', 'Bound', 'Lost'], how) },
    };
    // Whether the front's selector takes a workload changes, and so does whether that is scaled to nothing.
    const pods = how % 3 === 0 ? selectedTemplate : template;
    const spec = { replicas: how % 6 === 0 ? 0 : 3, schedule: '@daily', suspend: how % 2 === 0, selector: { app: 'web' }, ...pods };
    // Now and then the same name is another object, or one of somebody else.
    const isNew = how % 11 === 0;
    this.#put(object.kind, nodeId, { spec, status: status[object.kind], isNew, ...(how % 13 === 0 ? { labels: {} } : {}) });
  }

  #putWarning(which: number, how: number): void {
    // Mostly about Pods, of which most verdicts speak.
    const subjects = [...this.#objects.values()].filter((one) => (how % 3 === 0 ? one.kind !== 'Event' : one.kind === 'Pod'));
    const name = `e${String(which % 4)}`;
    if (subjects.length === 0 || how % 4 === 0) {
      this.#remove(`Event/${name}`);
      return;
    }
    const about = pick(subjects, which + how);
    // An event never comes to be about something else.
    if (subjectOf(this.#objects.get(`Event/${name}`)) !== about.metadata.uid) this.#remove(`Event/${name}`);
    this.#put('Event', name, {
      more: {
        involvedObject: { kind: about.kind, name: about.metadata.name, uid: about.metadata.uid ?? '' },
        type: 'Warning',
        reason: pick(troubles, how),
        message: `trouble ${String(how % 3)}`,
        count: 1 + (how % 4),
        lastTimestamp: new Date(Date.UTC(2026, 2, 1, 11, 59, which % 4)).toISOString(),
      },
    });
  }

  #cutOrMend(which: number, how: number): void {
    const kind = pick([...this.watches.open.keys()], which);
    if (kind === undefined) return;
    if (this.#down.has(kind)) {
      this.#down.delete(kind);
      if (how % 2 === 0) this.watches.tell(kind, { type: 'connected' });
      else this.watches.list(kind);
      return;
    }
    const sinceMs = this.clock.now() - (how % 1000);
    this.#down.set(kind, sinceMs);
    this.watches.cut(kind, sinceMs);
  }

  /** Watches that were opened since are told what exists. */
  #list(): void {
    for (const kind of [...this.#listed.keys()]) {
      if (this.watches.open.get(kind)?.tell === this.#listed.get(kind)) continue;
      this.#listed.delete(kind);
      this.#down.delete(kind);
    }
    for (const [kind, { tell }] of [...this.watches.open]) {
      if (this.#listed.has(kind)) continue;
      this.#listed.set(kind, tell);
      this.watches.list(kind, ...[...this.#objects.values()].filter((one) => one.kind === kind));
    }
  }

  #put(
    kind: string,
    name: string,
    parts: {
      readonly owner?: KubeObject | undefined;
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      readonly spec?: JsonObject;
      readonly status?: JsonObject | undefined;
      readonly more?: JsonObject;
      readonly isNew?: boolean;
    },
  ): void {
    const key = `${kind}/${name}`;
    const known = this.#objects.get(key);
    // A watch tells of another object of the same name as a deletion and an arrival.
    if (parts.isNew === true) this.#remove(key);
    const uid = parts.isNew === true || known === undefined ? `uid-${String(++this.#uids)}` : (known.metadata.uid ?? '');
    const { owner } = parts;
    const object = {
      apiVersion: versions[kind] ?? 'v1',
      kind,
      metadata: {
        name,
        namespace: 'default',
        uid,
        generation: 1,
        creationTimestamp: '2026-03-01T11:00:00Z',
        labels: {
          ...labels,
          ...parts.labels,
          ...(parts.labels !== undefined && Object.keys(parts.labels).length === 0 ? { 'kubeorch.dev/workflow': 'another' } : {}),
        },
        ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
        ...(owner === undefined
          ? {}
          : {
              ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true }],
            }),
      },
      ...(parts.spec === undefined ? {} : { spec: parts.spec }),
      ...(parts.status === undefined ? {} : { status: parts.status }),
      ...parts.more,
    } as KubeObject;
    this.#objects.delete(key);
    this.#objects.set(key, object);
    if (this.watches.open.has(kind)) this.watches.tell(kind, { type: 'upsert', object });
  }

  #remove(key: string): void {
    const known = this.#objects.get(key);
    if (known === undefined) return;
    this.#objects.delete(key);
    if (this.watches.open.has(known.kind)) this.watches.tell(known.kind, { type: 'delete', object: known });
  }

  #judge(one: RenderedObject): NodeStatus {
    const { kind } = one.object;
    const needed = [kind, ...(below[kind] ?? [])].flatMap((each) => this.#down.get(each) ?? []);
    const object = this.#objects.get(`${kind}/${one.nodeId}`);
    const status: NodeStatus =
      object === undefined || object.metadata.labels?.['kubeorch.dev/workflow'] !== 'shop'
        ? { state: 'missing', message: '', ready: 0, desired: 0 }
        : healthOf(object, { nowMs: this.clock.now(), warnings: { get: (uid) => this.#warningsOf(uid) }, ...this.#around(object) });
    return needed.length === 0 ? status : { ...status, staleSince: new Date(Math.min(...needed)).toISOString() };
  }

  #around(object: KubeObject): Omit<Related, 'nowMs' | 'warnings'> {
    const watched = [...this.#objects.values()].filter((one) => this.watches.open.has(one.kind));
    if (object.kind === 'Service') {
      const wanted = this.#shown.map((one) => this.#objects.get(`${one.object.kind}/${one.nodeId}`) ?? one.object);
      return {
        workloads: wanted.filter((one) => (one.spec?.['template'] as { metadata: { labels: { app?: string } } } | undefined)?.metadata.labels.app === 'web'),
        endpointSlices: watched.filter((one) => one.kind === 'EndpointSlice' && one.metadata.labels?.['kubernetes.io/service-name'] === object.metadata.name),
      };
    }
    if (below[object.kind] === undefined) return {};
    const ownedBy = (one: KubeObject, uid: string | undefined): boolean => one.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
    const revision = (set: KubeObject): number => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision']);
    const sets = watched.filter((one) => one.kind === 'ReplicaSet' && ownedBy(one, object.metadata.uid)).toSorted((a, b) => revision(b) - revision(a));
    const root = object.kind === 'Deployment' ? (sets[0] ?? object) : object;
    const found = new Set<KubeObject>([root]);
    for (let before = 0; before !== found.size;) {
      before = found.size;
      for (const one of watched) if ([...found].some((owner) => ownedBy(one, owner.metadata.uid))) found.add(one);
    }
    return { pods: [...found].filter((one) => one.kind === 'Pod' && one !== root) };
  }

  #warningsOf(uid: string): readonly Warning[] {
    if (!this.watches.open.has('Event')) return [];
    return [...this.#objects.values()]
      .filter((one) => one.kind === 'Event')
      .map((one) => one as unknown as { involvedObject: { uid: string }; reason: string; message: string; count: number; lastTimestamp: string })
      .filter((event) => event.involvedObject.uid === uid)
      .map(({ reason, message, count, lastTimestamp }) => ({ reason, message, count, lastSeenMs: Date.parse(lastTimestamp) }))
      .toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
  }
}

function subjectOf(event: KubeObject | undefined): string | undefined {
  return (event as { involvedObject?: { uid?: string } } | undefined)?.involvedObject?.uid;
}

/** Whether something was ever seen before it was gone depends on who looked when; all else must be the same to the letter. */
function comparable(statuses: Readonly<Record<string, NodeStatus>>): unknown {
  return Object.fromEntries(
    Object.entries(statuses).map(([nodeId, status]) => {
      const { message, reason, ...rest } = status;
      return [nodeId, rest.state === 'missing' ? rest : { ...rest, message, reason }];
    }),
  );
}

export const liveSteps: fc.Arbitrary<readonly LiveStep[]> = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 60, size: 'max' });

/** Lives one life. Throws at the first step after which the two do not say the same. */
export function liveOneLife(steps: readonly LiveStep[], same: (told: unknown, expected: unknown) => void): void {
  const world = new World();
  try {
    for (const step of steps) {
      world.step(step);
      const { told, expected } = world.verdicts();
      same(told, expected);
    }
    world.clock.tick(200);
    const { expected } = world.verdicts();
    same(world.followed(), expected);
    same(world.faults, []);
  } finally {
    world.live.dispose();
  }
}
