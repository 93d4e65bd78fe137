import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { groupOf, refKey } from '../shared/kubeObject';
import { failure } from '../shared/problem';
import { sha256Base64Url } from './digest';
import { fieldManager, managedByLabel, workflowLabel } from './labels';
import type { Clock, Cluster } from './ports';
import { ClusterError } from './ports';
import { isTransient, repeated } from './retry';
import { textAt } from './status/verdict';

/**
 * The parent of everything that one workflow made in one namespace of one cluster: a ConfigMap in the format of KEP-3659
 * with a tooling of our own, so that other tools refuse to touch the set. It names the kinds and namespaces in which
 * members may be, and carries the list of members, what was run last, and the lock of the run that is going on.
 * The order of writes is the safety: widened before the first member is applied, narrowed only by a prune.
 */
export const tooling = 'kubeorch/v1';

const idLabel = 'applyset.kubernetes.io/id';
const toolingAnnotation = 'applyset.kubernetes.io/tooling';
const groupKindsAnnotation = 'applyset.kubernetes.io/contains-group-kinds';
const namespacesAnnotation = 'applyset.kubernetes.io/additional-namespaces';
const lockAnnotation = 'kubeorch.dev/run-lock';
const dataKey = 'inventory.json';

/** How long a lock holds without being renewed, and how often its run renews it. */
export const lockMs = 30_000;
export const lockRenewalMs = 10_000;

export interface InventoryMember extends ObjectRef {
  readonly nodeId: string;
  /** A run was about to make it and has not told that it did: an object of this name may be somebody else's. */
  readonly unproven?: true;
}

export interface LastRun {
  readonly runId: string;
  readonly version: number;
  /** Of the workflow's text, hex. */
  readonly digest: string;
  readonly endedAt: string;
  readonly status: 'completed' | 'failed' | 'cancelled' | 'paused';
  /** What was rendered of the charts and bases that were applied, as digests by node id: their text alone does not tell. */
  readonly sources?: Readonly<Record<string, string>>;
}

export interface RunLock {
  readonly runId: string;
  /** ISO 8601; after this another run may take the lock. */
  readonly until: string;
  /** `user@machine`; absent in locks of earlier releases. */
  readonly by?: string;
}

export interface Inventory {
  readonly members: readonly InventoryMember[];
  /** Repository and path, as the run that wrote it said; empty when unknown. */
  readonly origin: string;
  readonly lastRun?: LastRun;
  readonly lock?: RunLock;
  /** Undefined before the first run. */
  readonly parent?: KubeObject;
}

export function inventoryRef(workflow: string, namespace: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `kubeorch-${workflow}` };
}

/** The set's id by KEP-3659: a hash of the parent's name, namespace, kind and group. */
export async function setIdOf(parent: ObjectRef): Promise<string> {
  const hash = await sha256Base64Url([parent.name, parent.namespace, parent.kind, groupOf(parent.apiVersion)].join('.'));
  return `applyset-${hash}-v1`;
}

/** Reads the parent; an empty inventory when there is none. Throws `cluster.notOurs` for a ConfigMap of that name that is no parent of ours. */
export async function readInventory(cluster: Pick<Cluster, 'get'>, workflow: string, namespace: string, signal?: AbortSignal): Promise<Inventory> {
  const ref = inventoryRef(workflow, namespace);
  const parent = await cluster.get(ref, signal);
  return parent === undefined ? { members: [], origin: '' } : inventoryFrom(parent);
}

/** The same, from the copy of a watch on the workflow's ConfigMaps where one goes on. */
export async function watchedInventory(cluster: Pick<Cluster, 'get' | 'list'>, workflow: string, namespace: string, signal?: AbortSignal): Promise<Inventory> {
  const query = { namespace, labelSelector: `${workflowLabel}=${workflow}`, watched: true as const, ...(signal === undefined ? {} : { signal }) };
  const { kind, apiVersion, name } = inventoryRef(workflow, namespace);
  try {
    const parent = (await cluster.list({ apiVersion, kind }, query)).find((object) => object.metadata.name === name);
    if (parent !== undefined) return inventoryFrom({ ...parent, apiVersion, kind });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.failure.kind !== 'forbidden') throw error;
  }
  return readInventory(cluster, workflow, namespace, signal);
}

function inventoryFrom(parent: KubeObject): Inventory {
  if (parent.metadata.annotations?.[toolingAnnotation] !== tooling) {
    throw failure('cluster.notOurs', { kind: parent.kind, name: parent.metadata.name, namespace: parent.metadata.namespace ?? '' });
  }
  const written = jsonFrom(textAt(parent.data, [dataKey]));
  const members = Array.isArray(written['members']) ? (written['members'] as readonly JsonValue[]).filter(isJsonObject).flatMap(memberFrom) : [];
  const lock = jsonFrom(parent.metadata.annotations[lockAnnotation]);
  const runId = textAt(lock, ['runId']);
  const until = textAt(lock, ['until']);
  const by = textAt(lock, ['by']);
  const last = written['lastRun'];
  return {
    parent,
    members,
    origin: textAt(written, ['origin']) ?? '',
    ...(isJsonObject(last) ? { lastRun: last as unknown as LastRun } : {}),
    ...(runId === undefined || until === undefined ? {} : { lock: { runId, until, ...(by === undefined ? {} : { by }) } }),
  };
}

function jsonFrom(text: string | undefined): JsonObject {
  if (text === undefined || text === '') return {};
  try {
    const parsed = JSON.parse(text) as JsonValue;
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    // Someone edited it by hand. Members still carry their label, so nothing is lost but the order.
    return {};
  }
}

function memberFrom(item: JsonObject): readonly InventoryMember[] {
  const apiVersion = textAt(item, ['apiVersion']);
  const kind = textAt(item, ['kind']);
  const name = textAt(item, ['name']);
  if (apiVersion === undefined || kind === undefined || name === undefined) return [];
  return [
    {
      apiVersion,
      kind,
      name,
      namespace: textAt(item, ['namespace']) ?? '',
      nodeId: textAt(item, ['nodeId']) ?? '',
      ...(item['unproven'] === true ? { unproven: true } : {}),
    },
  ];
}

function proven({ unproven: _told, ...member }: InventoryMember): InventoryMember {
  return member;
}

/** What the parent says after members were added; nothing that stood there is lost. */
export function widened(members: readonly InventoryMember[], added: readonly InventoryMember[]): readonly InventoryMember[] {
  const byKey = new Map(members.map((member) => [refKey(member), member]));
  for (const member of added) byKey.set(refKey(member), member);
  return [...byKey.values()].sort((a, b) => (refKey(a) < refKey(b) ? -1 : 1));
}

/**
 * The parent while one run works on it. Every write carries the resourceVersion of the last one, so a second run can never
 * write unseen: it is refused with `run.locked`, and a run that lost its lock notices at its next write.
 */
export class HeldInventory {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #workflow: string;
  readonly #ref: ObjectRef;
  readonly #runId: string;
  readonly #by: string | undefined;
  #now: Inventory;
  /** Members were taken off the list, so kinds and namespaces that none of them is of leave it, too. */
  #narrowed = false;
  /** Writes queue up: a renewal must not overtake the end. */
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(cluster: Cluster, clock: Clock, workflow: string, ref: ObjectRef, runId: string, by: string | undefined, now: Inventory) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#workflow = workflow;
    this.#ref = ref;
    this.#runId = runId;
    this.#by = by;
    this.#now = now;
  }

  /**
   * Takes the lock and widens the list of members in one write. Throws `run.locked` when another run holds it; a lock that
   * has run out is taken over.
   */
  static async take(options: {
    readonly cluster: Cluster;
    readonly clock: Clock;
    readonly workflow: string;
    readonly namespace: string;
    readonly runId: string;
    /** Who runs it, `user@machine`: told to those who wait. */
    readonly by?: string;
    readonly members: readonly InventoryMember[];
    readonly origin: string;
    /** As it was read a while ago. It is read again when it was locked then; a write tells by itself when it has changed since. */
    readonly known?: Inventory;
    readonly signal?: AbortSignal;
  }): Promise<HeldInventory> {
    const { cluster, clock, workflow, namespace, runId, by, known, signal } = options;
    const ref = inventoryRef(workflow, namespace);
    for (let attempt = 1; ; attempt += 1) {
      const isKnown = attempt === 1 && known !== undefined && known.lock === undefined;
      const found = isKnown ? known : await repeated(() => readInventory(cluster, workflow, namespace, signal), isTransient, clock, signal);
      if (found.lock !== undefined && found.lock.runId !== runId && Date.parse(found.lock.until) > clock.now()) {
        throw failure('run.locked', { run: found.lock.runId, by: found.lock.by ?? 'unknown', until: found.lock.until });
      }
      const next: Inventory = { ...found, members: widened(found.members, options.members), origin: options.origin === '' ? found.origin : options.origin };
      const held = new HeldInventory(cluster, clock, workflow, ref, runId, by, next);
      try {
        await held.#write(held.#lock(), signal);
        return held;
      } catch (error) {
        // Someone else wrote between the read and the write, or our own write arrived and its answer did not: look again.
        const isRace = error instanceof ClusterError && (error.failure.kind === 'conflict' || error.failure.kind === 'exists');
        if (attempt >= 5 || !(isRace || isTransient(error))) throw error;
        if (!isRace) await clock.sleep(1000 * attempt, signal);
      }
    }
  }

  /** Keeps the lock for another while. Throws when another run has taken it. */
  renew(): Promise<void> {
    return this.#queued(() => this.#writeSurely(() => this.#lock(), undefined));
  }

  /**
   * Gives the lock back, notes how the run ended, takes members that are gone off the list and tells those that were made (by
   * `refKey`), in one write. A parent that has nothing left to list, because everything was deleted, goes too.
   */
  release(lastRun: LastRun, gone: readonly ObjectRef[] = [], made: ReadonlySet<string> = new Set(), signal?: AbortSignal): Promise<void> {
    return this.#queued(async () => {
      const left = new Set(gone.map(refKey));
      const members = this.#now.members.filter((member) => !left.has(refKey(member)));
      this.#now = { ...this.#now, lastRun, members: members.map((member) => (made.has(refKey(member)) ? proven(member) : member)) };
      this.#narrowed = gone.length > 0;
      await this.#writeSurely(() => undefined, signal);
      if (gone.length > 0 && this.#now.members.length === 0) await this.#remove(signal);
    });
  }

  /** Only as long as nobody has written since: another run may have begun. */
  async #remove(signal: AbortSignal | undefined): Promise<void> {
    const { uid, resourceVersion } = this.#now.parent?.metadata ?? {};
    if (uid === undefined || resourceVersion === undefined) return;
    try {
      await this.#cluster.delete(this.#ref, { uid, resourceVersion, propagation: 'Background', ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.failure.kind !== 'conflict') throw error;
    }
  }

  /** A write whose answer was lost may have arrived: then the parent has moved on, by our own hand. */
  async #writeSurely(lock: () => RunLock | undefined, signal: AbortSignal | undefined): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#write(lock(), signal);
      } catch (error) {
        const isRace = error instanceof ClusterError && error.failure.kind === 'conflict';
        if (attempt >= 4 || !(isRace || isTransient(error))) throw error;
        if (!isRace) await this.#clock.sleep(1000 * attempt, signal);
        const found = await repeated(() => readInventory(this.#cluster, this.#workflow, this.#ref.namespace, signal), isTransient, this.#clock, signal);
        const isOurs = found.lock?.runId === this.#runId || (found.lock === undefined && found.lastRun?.runId === this.#runId);
        if (found.parent === undefined || !isOurs) throw error;
        this.#now = { ...this.#now, parent: found.parent };
      }
    }
  }

  #lock(): RunLock {
    return { runId: this.#runId, until: new Date(this.#clock.now() + lockMs).toISOString(), ...(this.#by === undefined ? {} : { by: this.#by }) };
  }

  #queued(write: () => Promise<void>): Promise<void> {
    const next = this.#writes.then(write);
    this.#writes = next.catch(() => undefined);
    return next;
  }

  async #write(lock: RunLock | undefined, signal: AbortSignal | undefined): Promise<void> {
    const object = await this.#object(lock);
    const options = { fieldManager, ...(signal === undefined ? {} : { signal }) };
    const parent = object.metadata.resourceVersion === undefined ? await this.#cluster.create(object, options) : await this.#cluster.replace(object, options);
    this.#now = { ...this.#now, parent };
  }

  async #object(lock: RunLock | undefined): Promise<KubeObject> {
    const { members, origin, lastRun, parent } = this.#now;
    const old = parent?.metadata.annotations ?? {};
    const before = (annotation: string): readonly string[] => (this.#narrowed ? [] : listOf(old[annotation]));
    const groupKinds = [...before(groupKindsAnnotation), ...members.map((member) => groupKindOf(member))];
    const namespaces = [...before(namespacesAnnotation), ...members.map((member) => member.namespace)].filter(
      (name) => name !== '' && name !== this.#ref.namespace,
    );
    const annotations: Record<string, string> = {
      ...old,
      [toolingAnnotation]: tooling,
      [groupKindsAnnotation]: sortedList(groupKinds),
      [namespacesAnnotation]: sortedList(namespaces),
    };
    delete annotations[lockAnnotation];
    if (lock !== undefined) annotations[lockAnnotation] = JSON.stringify(lock);
    const content = { members, origin, ...(lastRun === undefined ? {} : { lastRun }) };
    const { managedFields: _dropped, ...kept } = parent?.metadata ?? { name: this.#ref.name };
    return {
      apiVersion: this.#ref.apiVersion,
      kind: this.#ref.kind,
      metadata: {
        ...kept,
        name: this.#ref.name,
        namespace: this.#ref.namespace,
        labels: { ...parent?.metadata.labels, [idLabel]: await setIdOf(this.#ref), [managedByLabel]: fieldManager, [workflowLabel]: this.#workflow },
        annotations,
      },
      data: { ...(isJsonObject(parent?.data) ? parent.data : {}), [dataKey]: JSON.stringify(content) },
    };
  }
}

/** `Deployment.apps`, or `ConfigMap` for the core group. */
export function groupKindOf(ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): string {
  const group = groupOf(ref.apiVersion);
  return group === '' ? ref.kind : `${ref.kind}.${group}`;
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',').filter((item) => item !== '');
}

function sortedList(items: readonly string[]): string {
  return [...new Set(items)].sort().join(',');
}
