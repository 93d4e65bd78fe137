import type { ClusterFailure, Clock, Cluster, KindRef, WatchEvent } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { isJsonObject, valueAt } from '../../shared/json';
import type { JsonValue } from '../../shared/json';
import type { KubeObject, ObjectRef, OwnerReference } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { ResourceDetail } from '../../shared/resource';
import type { ResourceStreamBody, StreamHealth } from '../../shared/stream';
import { selectorText } from '../clusters/podsOfObject';
import type { Engine } from '../rooms';

export interface FollowerParts {
  readonly cluster: Pick<Cluster, 'watch' | 'get' | 'label'>;
  readonly clusterUid: string;
  readonly ref: ObjectRef;
  readonly engine: Engine;
  readonly clock: Clock;
  /** A failure as one sentence; it names the verb and the kind where rights are missing. */
  readonly words: (failure: ClusterFailure, kind: string) => string;
  /** The sentence for an object that is not there. */
  readonly absent: string;
  readonly publish: (body: ResourceStreamBody) => void;
  readonly onError: (error: unknown) => void;
}

/** Changes are gathered this long before they are told. */
const gatherMs = 100;
const maxOwners = 6;
const events: KindRef = { apiVersion: 'v1', kind: 'Event' };
const pods: KindRef = { apiVersion: 'v1', kind: 'Pod' };
const replicaSets: KindRef = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };
const jobs: KindRef = { apiVersion: 'batch/v1', kind: 'Job' };

/** What belongs to an object: where to look, and the kinds to look for. */
interface Family {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly kinds: readonly KindRef[];
  /** Membership follows from owner references; without it everything that the selectors give belongs. */
  readonly byOwner: boolean;
}

/**
 * One object with its events, its owners and what belongs to it, followed live until disposed. What is known is put together
 * by `detail`; what changes is published as events of a resource stream.
 */
export class ResourceFollower implements Disposable {
  readonly #parts: FollowerParts;
  readonly #id: string;
  readonly #lifetime = new DisposableList();
  readonly #around = new Map<string, KubeObject>();
  readonly #events = new Map<string, KubeObject>();
  readonly #history: InstanceType<Engine['ResourceHistory']>;
  readonly #controller = new AbortController();
  #object: KubeObject | undefined;
  #gone = false;
  /** The present watch has told of the object. */
  #seen = false;
  #synced = false;
  #health: StreamHealth = { connected: false };
  /** Why events or children are not there, by what is missing. */
  readonly #missing = new Map<string, string>();
  #owners: ResourceDetail['owners'] = [];
  #ownersOf = '';
  #family: { readonly key: string; readonly watching: Disposable; readonly waitingFor: Set<string> } | undefined;
  #timer: Disposable | undefined;
  #announced = false;
  #started: () => void = () => undefined;
  /** Resolves when the object was read, is known not to be there, or cannot be read. */
  readonly started: Promise<void>;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    const { ref } = parts;
    this.#id = `${parts.clusterUid}/${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`;
    this.#history = new parts.engine.ResourceHistory();
    this.started = new Promise((resolve) => (this.#started = resolve));
    this.#watchAll();
  }

  get health(): StreamHealth {
    return this.#health;
  }

  /** The last state that was read; Secrets' values are not in it. */
  get object(): KubeObject | undefined {
    return this.#object;
  }

  /** What could not be read beside the object itself, in sentences. */
  get missing(): readonly string[] {
    return [...this.#missing.values()];
  }

  /** Undefined as long as the object was never read. */
  detail(): ResourceDetail | undefined {
    const object = this.#object;
    if (object === undefined) return undefined;
    return this.#parts.engine.resourceDetail({
      object,
      cluster: this.#parts.cluster.label,
      gone: this.#gone,
      owners: this.#owners,
      children: this.#children(object),
      events: this.#parts.engine.eventViews([...this.#events.values()]),
      history: this.#history.entries,
      nowMs: this.#parts.clock.now(),
    });
  }

  /** Its pods, or the pod itself. Undefined before all of them are known: a pod that was not told yet is no pod that is gone. */
  pods(): readonly KubeObject[] | undefined {
    const object = this.#object;
    if (object === undefined || this.#gone) return this.#synced ? [] : undefined;
    if (object.kind === 'Pod') return [object];
    const family = this.#family;
    return family === undefined ? [] : family.waitingFor.size > 0 ? undefined : this.#children(object).filter(({ kind }) => kind === 'Pod');
  }

  /** The present state as one event of the stream. */
  snapshot(): ResourceStreamBody {
    const object = this.#object;
    if (object === undefined) return { event_type: 'error', data: { message: this.#health.error ?? this.#parts.absent, health: this.#health } };
    const { ref, engine, clock } = this.#parts;
    return {
      event_type: 'metadata',
      data: {
        id: this.#id,
        name: ref.name,
        namespace: ref.namespace,
        type: ref.kind,
        status: engine.healthOf(object, { nowMs: clock.now() }),
        spec: isJsonObject(object.spec) ? object.spec : {},
        object,
        events: engine.eventViews([...this.#events.values()]),
      },
    };
  }

  /** Lets go of every watch and begins anew; what is known stays shown meanwhile. */
  reconnect(): void {
    if (this.#lifetime.disposed) return;
    this.#watching?.dispose();
    this.#family?.watching.dispose();
    this.#family = undefined;
    this.#missing.clear();
    this.#synced = false;
    this.#seen = false;
    this.#watchAll();
  }

  dispose(): void {
    if (this.#lifetime.disposed) return;
    this.#parts.publish({ event_type: 'complete', data: { resource_id: this.#id } });
    this.#controller.abort();
    this.#timer?.dispose();
    this.#watching?.dispose();
    this.#family?.watching.dispose();
    this.#lifetime.dispose();
    this.#started();
  }

  #watching: Disposable | undefined;

  #watchAll(): void {
    const { cluster, ref } = this.#parts;
    const list = new DisposableList();
    this.#watching = list;
    const inNamespace = ref.namespace === '' ? {} : { namespace: ref.namespace };
    // A watch may answer before `watch` returns: a flag keeps what a watch of the past says out.
    let present = true;
    list.add({ dispose: () => (present = false) });
    list.add(cluster.watch(ref, { ...inNamespace, fieldSelector: `metadata.name=${ref.name}` }, (event) => present && this.#takeOwn(event)));
    if (ref.kind !== 'Event') {
      // Events about what belongs to no namespace are kept in "default".
      const place = { namespace: ref.namespace === '' ? 'default' : ref.namespace };
      const about = `involvedObject.kind=${ref.kind},involvedObject.name=${ref.name}`;
      list.add(cluster.watch(events, { ...place, fieldSelector: about }, (event) => present && this.#takeEvent(event)));
    }
  }

  #takeOwn(event: WatchEvent): void {
    const { clock, publish } = this.#parts;
    switch (event.type) {
      case 'upsert':
        this.#seen = true;
        this.#gone = false;
        this.#object = event.object;
        this.#history.saw(event.object, clock.now());
        this.#followOwners(event.object);
        this.#followFamily(event.object);
        break;
      case 'delete':
        // Where the same name is another object now, the new one has been told or will be.
        if (this.#object?.metadata.uid !== event.object.metadata.uid) return;
        this.#gone = true;
        this.#history.saw(undefined, clock.now());
        break;
      case 'synced':
        this.#synced = true;
        this.#health = { connected: true };
        if (!this.#seen && this.#object !== undefined) {
          // It went while nobody watched.
          this.#gone = true;
          this.#history.saw(undefined, clock.now());
        }
        this.#started();
        if (this.#object === undefined) publish({ event_type: 'error', data: { message: this.#parts.absent, health: this.#health } });
        break;
      case 'connected':
        this.#health = { connected: true };
        break;
      case 'disconnected': {
        const error = this.#parts.words(event.failure, this.#parts.ref.kind);
        this.#health = { connected: false, error, staleSince: new Date(event.sinceMs).toISOString() };
        publish({ event_type: 'error', data: { message: error, health: this.#health } });
        if (event.failure.kind === 'forbidden' && this.#object === undefined) void this.#readOnce();
        else this.#started();
      }
    }
    if (this.#synced || event.type === 'disconnected') this.#tell();
  }

  /** Whoever may get an object but not watch it sees it as it was. */
  async #readOnce(): Promise<void> {
    try {
      const found = await this.#parts.cluster.get(this.#parts.ref, this.#controller.signal);
      if (found !== undefined && this.#object === undefined) {
        this.#object = found;
        this.#followOwners(found);
      }
    } catch (error) {
      if (!(error instanceof ClusterError)) this.#parts.onError(error);
    }
    this.#started();
    this.#tell();
  }

  #takeEvent(event: WatchEvent): void {
    if (event.type === 'upsert') {
      this.#events.set(event.object.metadata.name, event.object);
      const view = this.#parts.engine.eventViews([event.object])[0];
      if (this.#announced && view !== undefined) this.#parts.publish({ event_type: 'event', data: { resource_id: this.#id, event: view } });
    } else if (event.type === 'delete') this.#events.delete(event.object.metadata.name);
    else if (!this.#note('Event', event)) return;
    this.#tell();
  }

  #note(kind: string, event: WatchEvent): boolean {
    if (event.type === 'disconnected') this.#missing.set(kind, this.#parts.words(event.failure, kind));
    else if (!this.#missing.delete(kind)) return event.type === 'synced';
    return true;
  }

  #followFamily(object: KubeObject): void {
    const family = familyOf(object);
    const key = JSON.stringify(family ?? null);
    if (this.#family?.key === key) return;
    this.#family?.watching.dispose();
    this.#around.clear();
    this.#family = undefined;
    if (family === undefined) return;
    const list = new DisposableList();
    let present = true;
    list.add({ dispose: () => (present = false) });
    const waitingFor = new Set(family.kinds.map(({ kind }) => kind));
    this.#family = { key, watching: list, waitingFor };
    const { kinds, byOwner: _, ...query } = family;
    for (const kind of kinds) {
      const { namespace, ...selectors } = query;
      list.add(
        this.#parts.cluster.watch(kind, { ...selectors, ...(namespace === '' ? {} : { namespace }) }, (event) => {
          if (!present) return;
          if (event.type === 'synced') waitingFor.delete(kind.kind);
          if (event.type === 'upsert') this.#around.set(uidOf(event.object), event.object);
          else if (event.type === 'delete') this.#around.delete(uidOf(event.object));
          else if (!this.#note(kind.kind, event)) return;
          this.#tell();
        }),
      );
    }
  }

  #children(object: KubeObject): readonly KubeObject[] {
    const family = familyOf(object);
    if (family === undefined) return [];
    const around = [...this.#around.values()];
    const wanted = object.kind === 'CronJob' ? 'Job' : 'Pod';
    const members = around.filter((one) => one.kind === wanted);
    const mine = family.byOwner ? members.filter((one) => isBelow(one, object, this.#around)) : members;
    return mine.sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1));
  }

  #followOwners(object: KubeObject): void {
    const key = JSON.stringify(object.metadata.ownerReferences ?? []);
    if (key === this.#ownersOf) return;
    this.#ownersOf = key;
    void this.#readOwners(object, key).catch(this.#parts.onError);
  }

  /** Upwards through the controlling owners. One that may not be read still has a name. */
  async #readOwners(object: KubeObject, key: string): Promise<void> {
    const found: { ref: ObjectRef; readable: boolean }[] = [];
    const seen = new Set<string>();
    let at: KubeObject | undefined = object;
    while (at !== undefined && found.length < maxOwners) {
      const owners: readonly OwnerReference[] = at.metadata.ownerReferences ?? [];
      const owner: OwnerReference | undefined = owners.find(({ controller }) => controller === true) ?? owners[0];
      if (owner === undefined || seen.has(owner.uid)) break;
      seen.add(owner.uid);
      let next: KubeObject | undefined;
      let ref: ObjectRef = { apiVersion: owner.apiVersion, kind: owner.kind, namespace: object.metadata.namespace ?? '', name: owner.name };
      try {
        next = await this.#parts.cluster.get(ref, this.#controller.signal);
        // An owner may belong to no namespace itself (a Node owns its mirror pods).
        if (next !== undefined) ref = { ...ref, namespace: next.metadata.namespace ?? '' };
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
      }
      const readable: boolean = next?.metadata.uid === owner.uid;
      found.push({ ref, readable });
      at = readable ? next : undefined;
    }
    if (this.#lifetime.disposed || this.#ownersOf !== key) return;
    this.#owners = found;
    this.#tell();
  }

  #tell(): void {
    if (this.#timer !== undefined || this.#lifetime.disposed) return;
    this.#timer = this.#parts.clock.after(gatherMs, () => {
      this.#timer = undefined;
      const object = this.#object;
      if (object === undefined) return;
      const { engine, clock, publish, ref } = this.#parts;
      if (!this.#announced) {
        this.#announced = true;
        publish(this.snapshot());
        return;
      }
      const status = engine.healthOf(object, { nowMs: clock.now() });
      const shown = this.#gone ? ({ ...status, state: 'missing', message: 'Deleted' } as const) : status;
      publish({ event_type: 'status_update', data: { resource_id: this.#id, type: ref.kind, status: shown, object } });
    });
  }
}

function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? `${object.kind}/${object.metadata.name}`;
}

const selecting: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  '/ReplicationController',
]);

function familyOf(object: KubeObject): Family | undefined {
  const key = `${groupOf(object.apiVersion)}/${object.kind}`;
  const namespace = object.metadata.namespace ?? '';
  if (key === 'batch/CronJob') return { namespace, kinds: [jobs], byOwner: true };
  if (key === '/Node') return { namespace: '', fieldSelector: `spec.nodeName=${object.metadata.name}`, kinds: [pods], byOwner: false };
  if (key === '/Service') {
    const selector = equalities(valueAt(object.spec, ['selector']));
    return selector === '' ? undefined : { namespace, labelSelector: selector, kinds: [pods], byOwner: false };
  }
  if (!selecting.has(key)) return undefined;
  const selector = key === '/ReplicationController' ? equalities(valueAt(object.spec, ['selector'])) : selectorText(valueAt(object.spec, ['selector']));
  if (selector === '') return undefined;
  return { namespace, labelSelector: selector, kinds: key === 'apps/Deployment' ? [pods, replicaSets] : [pods], byOwner: true };
}

function equalities(labels: JsonValue | undefined): string {
  return isJsonObject(labels) ? selectorText({ matchLabels: labels }) : '';
}

/** Whether owner references lead from one object up to another, over those that are known. */
function isBelow(object: KubeObject, top: KubeObject, known: ReadonlyMap<string, KubeObject>): boolean {
  let at: KubeObject | undefined = object;
  for (let level = 0; at !== undefined && level < maxOwners; level++) {
    const owners: readonly OwnerReference[] = at.metadata.ownerReferences ?? [];
    if (owners.some(({ uid }) => uid === top.metadata.uid)) return true;
    const next: string | undefined = owners.find(({ controller }) => controller === true)?.uid;
    at = next === undefined ? undefined : known.get(next);
  }
  return false;
}
