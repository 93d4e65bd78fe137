import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import { valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { sameStatus, worstState } from '../../shared/nodeStatus';
import type { Problem } from '../../shared/problem';
import { problemText } from '../../shared/problem';
import type { StreamHealth } from '../../shared/stream';
import { workflowOf } from '../labels';
import { podChangesInMs } from '../kinds/pod/health';
import { endpointCounts, isSelected, serviceChangesInMs } from '../kinds/service/health';
import type { ClusterFailure, Clock, Cluster, Logger, WatchEvent } from '../ports';
import { notInstalled } from '../plugins/pluginNode';
import type { RenderedObject } from '../render';
import { healthOf } from './healthOf';
import { ObjectIndex, serviceOfSlice } from './objectIndex';
import type { PodInfo } from './podsOf';
import { newestReplicaSet, podInfos, podsBehind } from './podsOf';
import type { Related } from './verdict';
import { verdict } from './verdict';
import { subjectOf, Warnings } from './warnings';
import { sameHealth, staleSinceMs, streamHealth, watchProblem } from './watchHealth';
import type { WatchScope } from './watchPlan';
import { rolledUp } from './rollUp';
import { ownScope, refFromRendered, relatedScopes, scopeKey, watchScopes } from './watchPlan';
import { Waiters } from './waiters';

/** Changes after the first one travel together for this long, in milliseconds; above a thousand nodes ten times a second. */
const coalesceMs = 16;
const largeCoalesceMs = 100;
const largeWorkflow = 1000;

/** Statuses that differ from the last ones told. Numbers begin at 1 and have no gaps. */
export interface LivePatch {
  readonly sequenceNumber: number;
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  /** Nodes that are no longer asked about. */
  readonly removed: readonly string[];
  readonly health: StreamHealth;
}

export interface LiveSnapshot {
  /** Of the last patch; the next one has the number after it. */
  readonly sequenceNumber: number;
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  readonly health: StreamHealth;
}

export interface LiveOptions {
  readonly cluster: Pick<Cluster, 'server' | 'watch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The workflow's name. */
  readonly workflow: string;
  readonly objects: readonly RenderedObject[];
}

interface Watching {
  readonly scope: WatchScope;
  readonly subscription: DisposableList;
  /** What it has told of, so that it can be forgotten with the watch. */
  readonly keys: Set<string>;
  synced: boolean;
  down: { readonly failure: ClusterFailure; readonly sinceMs: number } | undefined;
}

/**
 * How the nodes of one workflow do on one cluster, kept up by watches on just the kinds that they need. An object that
 * changes touches only the nodes above it; a verdict that is the same as the last one told goes no further. While a watch
 * is cut, every status that depends on it says since when it may be out of date.
 */
export class LiveWorkflow implements Disposable {
  readonly #options: LiveOptions;
  readonly #index = new ObjectIndex();
  readonly #warnings = new Warnings();
  readonly #watches = new Map<string, Watching>();
  readonly #patches: Emitter<LivePatch>;
  readonly #touched: Emitter<ReadonlySet<string>>;
  readonly #waiting = new Waiters();
  readonly #timers = new Map<string, Disposable>();
  #objects: readonly RenderedObject[] = [];
  #byNode = new Map<string, RenderedObject[]>();
  #nodeByKey = new Map<string, string>();
  #told = new Map<string, NodeStatus>();
  #toldHealth: StreamHealth = { connected: true };
  /** Objects that were once there: being gone is another message than never having come. */
  readonly #seen = new Set<string>();
  readonly #dirty = new Set<string>();
  /** Services that no endpoint stands behind. */
  readonly #unserved = new Set<string>();
  #removed: string[] = [];
  #sequenceNumber = 0;
  /** While it runs, changes wait for its end. */
  #window: Disposable | undefined;
  /** While the watches are being set up, what they tell at once is gathered. */
  #changing = 0;
  #flushing = false;
  #disposed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#patches = new Emitter<LivePatch>((error) => options.logger.error('a listener of live patches failed', error));
    this.#touched = new Emitter<ReadonlySet<string>>((error) => options.logger.error('a listener of changed objects failed', error));
    this.setObjects(options.objects);
  }

  /** Told of the nodes that were looked at anew because an object of theirs changed, whether their status did or not. */
  get onTouched(): Emitter<ReadonlySet<string>>['on'] {
    return this.#touched.on;
  }

  get onPatch(): Emitter<LivePatch>['on'] {
    return this.#patches.on;
  }

  snapshot(): LiveSnapshot {
    this.#flush();
    return { sequenceNumber: this.#sequenceNumber, nodes: Object.fromEntries(this.#told), health: this.#health() };
  }

  /** Undefined for a node that makes no object. */
  statusOf(nodeId: string): NodeStatus | undefined {
    this.#flush();
    return this.#told.get(nodeId);
  }

  /** The node's objects that are on the cluster now. */
  objectsOf(nodeId: string): readonly KubeObject[] {
    return (this.#byNode.get(nodeId) ?? []).flatMap((one) => this.#index.get(refKey(refFromRendered(one))) ?? []);
  }

  /** The verdict on each of a node's objects, by itself. */
  objectStatusesOf(nodeId: string): readonly { readonly ref: ObjectRef; readonly status: NodeStatus }[] {
    return (this.#byNode.get(nodeId) ?? []).map((one) => ({ ref: refFromRendered(one), status: this.#judgeObject(one) }));
  }

  /** The Pods that run for a node: its own by owner, or those behind a Service; all of them once `settled`. Ready ones first, then the newest. */
  podsOf(nodeId: string): readonly PodInfo[] {
    const pods: KubeObject[] = [];
    for (const object of this.objectsOf(nodeId)) {
      if (object.kind === 'Pod') pods.push(object);
      else if (object.kind === 'Service') pods.push(...this.#endpointPods(object));
      else pods.push(...this.#index.below(object, 'Pod'));
    }
    return podInfos(pods);
  }

  /** Why a kind cannot be followed now, one for each kind and namespace. */
  failures(): readonly { readonly scope: WatchScope; readonly problem: Problem }[] {
    return [...this.#watches.values()].flatMap(({ scope, down }) =>
      down === undefined ? [] : [{ scope, problem: watchProblem(scope, down.failure, this.#options.cluster.server) }],
    );
  }

  /** Resolves when every watch has told all that exists, or has failed once. Rejects with the signal's reason. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.until(() => [...this.#watches.values()].every((watch) => watch.synced || watch.down !== undefined), signal);
  }

  /** Resolves as soon as `done` holds; it is asked again after every change. Rejects with the signal's reason. */
  until(done: () => boolean, signal?: AbortSignal): Promise<void> {
    return this.#waiting.until(done, signal);
  }

  /** The workflow changed: follows these objects from now on. Watches that stay needed go on undisturbed. */
  setObjects(objects: readonly RenderedObject[]): void {
    this.#changing += 1;
    this.#objects = objects;
    const before = [...this.#byNode.keys()];
    this.#byNode = new Map();
    this.#nodeByKey = new Map();
    for (const one of objects) {
      this.#byNode.set(one.nodeId, [...(this.#byNode.get(one.nodeId) ?? []), one]);
      this.#nodeByKey.set(refKey(refFromRendered(one)), one.nodeId);
    }
    for (const nodeId of before) if (!this.#byNode.has(nodeId)) this.#drop(nodeId);
    const scopes = watchScopes(objects, this.#options.workflow);
    for (const [key, scope] of scopes) if (!this.#watches.has(key)) this.#watch(key, scope);
    for (const [key, watch] of [...this.#watches]) {
      if (scopes.has(key)) continue;
      watch.subscription.dispose();
      this.#watches.delete(key);
      for (const told of watch.keys) this.#forget(told);
      if (watch.scope.kind.kind === 'Event') this.#warnings.clear(watch.scope.namespace);
    }
    this.#changing -= 1;
    this.#touchAll();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const watch of this.#watches.values()) watch.subscription.dispose();
    this.#watches.clear();
    for (const timer of this.#timers.values()) timer.dispose();
    this.#window?.dispose();
    this.#patches.dispose();
    this.#touched.dispose();
    this.#waiting.clear();
  }

  #drop(nodeId: string): void {
    this.#dirty.delete(nodeId);
    this.#unserved.delete(nodeId);
    if (this.#told.delete(nodeId)) this.#removed.push(nodeId);
  }

  #watch(key: string, scope: WatchScope): void {
    const { cluster } = this.#options;
    const query = {
      ...(scope.namespace === '' ? {} : { namespace: scope.namespace }),
      ...(scope.labelSelector === '' ? {} : { labelSelector: scope.labelSelector }),
      ...(scope.fieldSelector === undefined ? {} : { fieldSelector: scope.fieldSelector }),
    };
    const state: Watching = { scope, subscription: new DisposableList(), keys: new Set(), synced: false, down: undefined };
    this.#watches.set(key, state);
    const subscription = cluster.watch(scope.kind, query, (event) => {
      // Between the end of a watch and its last event there may be a turn.
      if (this.#watches.get(key) === state) this.#onEvent(state, event);
    });
    state.subscription.add(subscription);
  }

  #onEvent(watch: Watching, event: WatchEvent): void {
    switch (event.type) {
      case 'upsert':
        if (event.object.kind === 'Event') this.#warnings.put(event.object);
        else {
          const key = refKey(refOf(event.object));
          watch.keys.add(key);
          const before = this.#index.get(key);
          // A Pod that its owner let go of is news for that owner, and so is a slice that went over to another Service.
          if (before !== undefined && !hangAlike(before, event.object)) this.#mark(before);
          this.#index.put(event.object);
        }
        this.#touch(event.object);
        break;
      case 'delete':
        this.#mark(event.object);
        if (event.object.kind === 'Event') this.#warnings.remove(event.object);
        else {
          watch.keys.delete(refKey(refOf(event.object)));
          this.#index.remove(event.object);
        }
        this.#schedule();
        break;
      case 'synced':
        watch.synced = true;
        watch.down = undefined;
        this.#touchAll();
        break;
      case 'connected':
        watch.down = undefined;
        this.#touchAll();
        break;
      case 'disconnected':
        watch.down = { failure: event.failure, sinceMs: event.sinceMs };
        this.#touchAll();
        break;
    }
  }

  /** An object of a watch that is over is forgotten, unless another watch tells of it, too. */
  #forget(key: string): void {
    const object = this.#index.get(key);
    if (object !== undefined && ![...this.#watches.values()].some((watch) => watch.keys.has(key))) this.#index.remove(object);
  }

  #touch(object: KubeObject): void {
    this.#mark(object);
    if (this.#dirty.size > 0) this.#schedule();
  }

  /** Marks the nodes whose verdict an object may change. */
  #mark(changed: KubeObject): void {
    const subject = subjectOf(changed);
    // An event about an object that has not come yet is read when that comes.
    const object = subject === undefined ? changed : this.#index.withUid(subject);
    if (object === undefined) return;
    for (const at of this.#index.upwardsFrom(object)) {
      const nodeId = this.#nodeByKey.get(refKey(refOf(at)));
      if (nodeId === undefined) continue;
      this.#dirty.add(nodeId);
      // What nobody serves is told by what its selector takes, and this may have become or ceased to be that.
      if (at === object) for (const unserved of this.#unserved) this.#dirty.add(unserved);
    }
    const service = serviceOfSlice(object)?.split('/');
    if (service === undefined) return;
    const [namespace = '', name = ''] = service;
    const nodeId = this.#nodeByKey.get(refKey({ apiVersion: 'v1', kind: 'Service', namespace, name }));
    if (nodeId !== undefined) this.#dirty.add(nodeId);
  }

  #touchAll(): void {
    for (const nodeId of this.#byNode.keys()) this.#dirty.add(nodeId);
    this.#schedule();
  }

  /** The first change goes out at once, what follows within the window together at its end. */
  #schedule(): void {
    if (this.#changing > 0 || this.#disposed || this.#window !== undefined) return;
    this.#flush();
    const delayMs = this.#objects.length > largeWorkflow ? largeCoalesceMs : coalesceMs;
    this.#window = this.#options.clock.after(delayMs, () => {
      this.#window = undefined;
      if (!this.#disposed && (this.#dirty.size > 0 || this.#removed.length > 0)) this.#schedule();
    });
  }

  #flush(): void {
    // Those who wait ask for statuses while they are told of new ones.
    if (this.#disposed || this.#flushing) return;
    this.#flushing = true;
    try {
      this.#tell();
    } finally {
      this.#flushing = false;
    }
  }

  #tell(): void {
    const nodes: Record<string, NodeStatus> = {};
    for (const nodeId of this.#dirty) {
      const status = this.#judge(nodeId);
      if (status === undefined || sameStatus(this.#told.get(nodeId), status)) continue;
      this.#told.set(nodeId, status);
      nodes[nodeId] = status;
    }
    const touched = new Set(this.#dirty);
    this.#dirty.clear();
    const health = this.#health();
    const removed = this.#removed;
    this.#removed = [];
    const isNews = Object.keys(nodes).length > 0 || removed.length > 0 || !sameHealth(health, this.#toldHealth);
    this.#toldHealth = health;
    if (isNews) {
      this.#sequenceNumber += 1;
      this.#patches.emit({ sequenceNumber: this.#sequenceNumber, nodes, removed, health });
    }
    this.#waiting.look();
    if (touched.size > 0) this.#touched.emit(touched);
  }

  #judge(nodeId: string): NodeStatus | undefined {
    const objects = this.#byNode.get(nodeId) ?? [];
    const statuses = objects.map((one) => this.#judgeObject(one));
    if (objects.some((one) => one.batch !== undefined)) return rolledUp(objects, statuses);
    const first = statuses[0];
    if (first === undefined || statuses.length === 1) return first;
    const state = worstState(statuses.map((status) => status.state));
    const worst = statuses.find((status) => status.state === state) ?? first;
    const sum = (field: 'ready' | 'desired'): number => statuses.reduce((total, status) => total + status[field], 0);
    return { ...worst, ready: sum('ready'), desired: sum('desired') };
  }

  #judgeObject(one: RenderedObject): NodeStatus {
    const own = this.#watches.get(scopeKey(ownScope(one, this.#options.workflow)));
    const needed = [own, ...this.#relatedWatches(one)];
    const status = this.#verdict(one, own);
    const since = needed.flatMap((watch) => (watch === undefined ? [] : (staleSinceMs(watch) ?? [])));
    return since.length === 0 ? status : { ...status, staleSince: new Date(Math.min(...since)).toISOString() };
  }

  #verdict(one: RenderedObject, own: Watching | undefined): NodeStatus {
    if (own?.synced !== true) {
      if (own?.down === undefined) return verdict('unknown', 'Waiting for the cluster');
      const missing = own.down.failure.kind === 'not-found' ? one.plugin : undefined;
      const why = problemText(missing !== undefined ? notInstalled(missing) : watchProblem(own.scope, own.down.failure, this.#options.cluster.server));
      return verdict('unknown', why);
    }
    const key = refKey(refFromRendered(one));
    const object = this.#index.get(key);
    if (object === undefined || workflowOf(object) !== this.#options.workflow) {
      return this.#seen.has(key) ? verdict('missing', 'Deleted from the cluster', { reason: 'Deleted' }) : verdict('missing', 'Not on the cluster');
    }
    this.#seen.add(key);
    const related = this.#related(one, object);
    if (related !== undefined) return one.health?.(object) ?? healthOf(object, related);
    // The watch on its endpoints has just been renewed; to call the Service healthy without them would be a guess.
    const told = this.#told.get(one.nodeId);
    return told === undefined || told.state === 'unknown' ? verdict('pending', 'Waiting for its endpoints') : withoutStaleness(told);
  }

  #relatedWatches(one: RenderedObject): readonly Watching[] {
    const { workflow } = this.#options;
    if (one.object.kind === 'Service') {
      const { namespace } = refFromRendered(one);
      return [...this.#watches.values()].filter((watch) => watch.scope.kind.kind === 'EndpointSlice' && watch.scope.namespace === namespace);
    }
    return relatedScopes(one, workflow).flatMap((scope) => this.#watches.get(scopeKey(scope)) ?? []);
  }

  /**
   * What is around an object, as far as it is known: a list that was never told whole is left out. Undefined when a verdict
   * without it would be too good.
   */
  #related(one: RenderedObject, object: KubeObject): Related | undefined {
    const nowMs = this.#options.clock.now();
    const warnings = this.#warnings;
    const watches = this.#relatedWatches(one);
    if (object.kind === 'Pod') this.#lookAgain(one.nodeId, [podChangesInMs(object, nowMs)]);
    if (watches.length === 0) return { nowMs, warnings };
    if (object.kind === 'Service') {
      if (watches.every((watch) => watch.synced)) return this.#aroundService(one.nodeId, object, { nowMs, warnings });
      return watches.some((watch) => !watch.synced && watch.down === undefined) ? undefined : { nowMs, warnings };
    }
    if (watches.some((watch) => !watch.synced)) return { nowMs, warnings };
    const pods = this.#index.below(newestReplicaSet(this.#index, object) ?? object, 'Pod');
    this.#lookAgain(
      one.nodeId,
      pods.map((pod) => podChangesInMs(pod, nowMs)),
    );
    return { nowMs, pods, warnings };
  }

  /** A Service without endpoints is judged by what its selector would take; that costs a look at every workload. */
  #aroundService(nodeId: string, service: KubeObject, known: Pick<Related, 'nowMs' | 'warnings'>): Related {
    const endpointSlices = this.#index.slicesOf(service);
    this.#unserved.delete(nodeId);
    if (endpointCounts(endpointSlices).known > 0) return { ...known, endpointSlices };
    this.#unserved.add(nodeId);
    const selector = valueAt(service.spec, ['selector']);
    const workloads = this.#objects
      .filter((one) => one.namespaced && one.object.metadata.namespace === service.metadata.namespace)
      .map((one) => this.#index.get(refKey(refFromRendered(one))) ?? one.object)
      .filter((workload) => isSelected(selector, workload));
    this.#lookAgain(nodeId, [serviceChangesInMs(service, known.nowMs)]);
    return { ...known, endpointSlices, workloads };
  }

  /** Some verdicts change by time alone, which no event tells of: in these many milliseconds, where they are positive. */
  #lookAgain(nodeId: string, changesInMs: readonly number[]): void {
    const soonest = Math.min(...changesInMs.filter((ms) => ms > 0));
    this.#timers.get(nodeId)?.dispose();
    this.#timers.delete(nodeId);
    if (!Number.isFinite(soonest)) return;
    const timer = this.#options.clock.after(soonest, () => {
      this.#timers.delete(nodeId);
      if (!this.#byNode.has(nodeId)) return;
      this.#dirty.add(nodeId);
      this.#schedule();
    });
    this.#timers.set(nodeId, timer);
  }

  #endpointPods(service: KubeObject): readonly KubeObject[] {
    return this.#index.slicesOf(service).flatMap((slice) => podsBehind(slice, this.#index));
  }

  #health(): StreamHealth {
    return streamHealth(this.#watches.values(), this.#options.cluster.server);
  }
}

/** Whether both hang at the same objects. */
function hangAlike(a: KubeObject, b: KubeObject): boolean {
  const [owners, others] = [a.metadata.ownerReferences ?? [], b.metadata.ownerReferences ?? []];
  return owners.length === others.length && owners.every((owner, index) => owner.uid === others[index]?.uid) && serviceOfSlice(a) === serviceOfSlice(b);
}

function withoutStaleness(status: NodeStatus): NodeStatus {
  const { staleSince: _staleSince, ...live } = status;
  return live;
}
