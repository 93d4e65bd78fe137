import type { OpenApi } from '../../openapi';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { JsonValue } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import { limited } from '../limited';
import { asJson } from '../plan/fieldPaths';
import { refFor } from '../plan/stepPlanner';
import type { Cluster, Logger } from '../ports';
import { ClusterError } from '../ports';
import type { RenderedObject } from '../render';
import type { LiveWorkflow } from '../status/liveWorkflow';
import type { DriftedField, DriftedObject } from './driftOf';
import { stepsIn } from './fieldSteps';
import { lostFields, ownerOf } from './lostFields';

/** What was applied last on this target. */
export interface AppliedState {
  /** The run that applied it; another one means that what is known here is out of date. */
  readonly runId: string;
  readonly objects: readonly RenderedObject[];
  /** The run ended well, so that what is not there was taken away. */
  readonly completed: boolean;
}

export interface LiveDriftOptions {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly live: Pick<LiveWorkflow, 'objectsOf' | 'objectStatusesOf' | 'onTouched' | 'settled'>;
  readonly schemaOf: OpenApi['schemaOf'];
  /** Reads what was applied last; undefined when nothing was, or when it cannot be told. */
  readonly readApplied: () => Promise<AppliedState | undefined>;
  readonly logger: Logger;
}

type Lost = NonNullable<ReturnType<typeof lostFields>>;

/**
 * Where the cluster leaves what was applied, node by node, out of the objects that are watched anyway. An object that seems to have
 * lost a field is read once, with what was applied last: that tells who has the field now, and keeps another machine's deployment from
 * looking like drift. As long as the same fields are lost, nothing is asked again.
 */
export class LiveDrift implements Disposable {
  readonly #options: LiveDriftOptions;
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<void>;
  readonly onChanged: Emitter<void>['on'];
  #applied: AppliedState | undefined;
  #byNode = new Map<string, RenderedObject[]>();
  /** What the present text makes, by `refKey`. */
  #file = new Map<string, RenderedObject>();
  /** Lost fields of an object as it was looked at; a status that changes brings another object with the same ones. */
  readonly #looked = new WeakMap<KubeObject, Lost>();
  readonly #found = new Map<string, { readonly key: string; readonly objects: readonly DriftedObject[] }>();
  readonly #dirty = new Set<string>();
  #working = false;
  #held = false;
  #disposed = false;

  constructor(options: LiveDriftOptions) {
    this.#options = options;
    this.#changed = this.#lifetime.add(new Emitter<void>((error) => options.logger.error('A view of drift failed.', error)));
    this.onChanged = this.#changed.on;
    this.#lifetime.add(options.live.onTouched((nodeIds) => this.#touch(nodeIds)));
  }

  /** By node; only nodes with a difference are here. The file's side is that of the present text. */
  get nodes(): ReadonlyMap<string, readonly DriftedObject[]> {
    const told = [...this.#found].filter(([, { objects }]) => objects.length > 0);
    return new Map(told.map(([nodeId, { objects }]) => [nodeId, objects.map((one) => this.#withFile(one))]));
  }

  setFile(objects: readonly RenderedObject[]): void {
    this.#file = new Map(objects.map((one) => [refKey(refFor(one)), one]));
    if (this.#found.size > 0) this.#changed.emit();
  }

  /** Reads what was applied last, and judges every node by it from now on. */
  async reload(): Promise<void> {
    const applied = await this.#options.readApplied();
    if (this.#disposed) return;
    this.#take(applied);
    await this.#options.live.settled();
    this.#touch(this.#byNode.keys());
  }

  /** While a run writes, what it has not come to yet is no drift. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#touch(this.#byNode.keys());
  }

  dispose(): void {
    this.#disposed = true;
    this.#lifetime.dispose();
  }

  #take(applied: AppliedState | undefined): void {
    this.#applied = applied;
    this.#byNode = new Map();
    for (const one of applied?.objects ?? []) this.#byNode.set(one.nodeId, [...(this.#byNode.get(one.nodeId) ?? []), one]);
    const gone = [...this.#found.keys()].filter((nodeId) => !this.#byNode.has(nodeId));
    for (const nodeId of gone) this.#found.delete(nodeId);
    if (gone.length > 0) this.#changed.emit();
  }

  #touch(nodeIds: Iterable<string>): void {
    for (const nodeId of nodeIds) if (this.#byNode.has(nodeId)) this.#dirty.add(nodeId);
    if (this.#dirty.size === 0 || this.#working || this.#held || this.#disposed) return;
    this.#working = true;
    void this.#work().finally(() => {
      this.#working = false;
      if (this.#dirty.size > 0) this.#touch([]);
    });
  }

  async #work(): Promise<void> {
    const suspects: string[] = [];
    let isNews = false;
    for (const nodeId of this.#dirty) {
      const key = JSON.stringify((this.#byNode.get(nodeId) ?? []).map((one) => this.#seemsLost(one)));
      const known = this.#found.get(nodeId)?.key;
      if (known === key) continue;
      if (/^\[(?:\[\],?)*\]$/.test(key)) isNews = this.#found.delete(nodeId) || isNews;
      else suspects.push(nodeId);
    }
    this.#dirty.clear();
    if (suspects.length > 0) isNews = (await this.#confirm(suspects)) || isNews;
    if (isNews && !this.#disposed) this.#changed.emit();
  }

  /** Lost fields, or that the whole object is gone, without asking anyone. */
  #seemsLost(one: RenderedObject): Lost | 'missing' {
    const key = refKey(refFor(one));
    const object = this.#options.live.objectsOf(one.nodeId).find((candidate) => refKey(refOf(candidate)) === key);
    if (object === undefined) {
      const status = this.#options.live.objectStatusesOf(one.nodeId).find(({ ref }) => refKey(ref) === key)?.status;
      // What is no longer followed, or not known, is not gone.
      return this.#applied?.completed === true && status?.state === 'missing' && status.staleSince === undefined ? 'missing' : [];
    }
    if (object.metadata.deletionTimestamp !== undefined) return [];
    let lost = this.#looked.get(object);
    if (lost === undefined) {
      lost = lostFields(one, object, this.#options.schemaOf(one.object.apiVersion, one.object.kind)) ?? [];
      this.#looked.set(object, lost);
    }
    return lost;
  }

  /** Asks the cluster about nodes that seem to have lost something. Whether anything is known now that was not. */
  async #confirm(nodeIds: readonly string[]): Promise<boolean> {
    try {
      const present = await this.#options.readApplied();
      if (this.#disposed) return false;
      if (present?.runId !== this.#applied?.runId) {
        // Another machine has deployed: judged by what it applied, all may be well.
        this.#take(present);
        for (const nodeId of this.#byNode.keys()) this.#dirty.add(nodeId);
        return false;
      }
      let isNews = false;
      await limited(
        nodeIds.map((nodeId) => async () => {
          const applied = this.#byNode.get(nodeId) ?? [];
          const key = JSON.stringify(applied.map((one) => this.#seemsLost(one)));
          const objects = (await Promise.all(applied.map((one) => this.#told(one)))).filter((one) => one !== undefined);
          isNews ||= objects.length > 0 || this.#found.has(nodeId);
          this.#found.set(nodeId, { key, objects });
        }),
      );
      return isNews;
    } catch (error) {
      // The watch says by itself that the cluster is gone; the next change looks again.
      this.#options.logger.warn(`Whether the cluster was changed could not be told. ${error instanceof Error ? error.message : ''}`);
      return false;
    }
  }

  async #told(one: RenderedObject): Promise<DriftedObject | undefined> {
    const ref = refFor(one);
    const { nodeId } = one;
    const lost = this.#seemsLost(one);
    if (lost === 'missing') return { nodeId, ref, missing: true, fields: [] };
    const schema = this.#options.schemaOf(ref.apiVersion, ref.kind);
    if (lost.length === 0 || schema === undefined) return undefined;
    let whole: KubeObject | undefined;
    try {
      whole = await this.#options.cluster.get(ref);
    } catch (error) {
      // Who may only list and watch is told what differs, and not by whom.
      if (!(error instanceof ClusterError) || error.failure.kind !== 'forbidden') throw error;
    }
    const fields = lost.flatMap((field): readonly DriftedField[] => {
      const owner = whole === undefined ? '' : ownerOf(whole, field.path, schema);
      // Nobody has it and yet it has a value: the server filled in what was never applied.
      const isFilledIn = whole !== undefined && owner === '' && (field.live !== undefined || field.hidden === true);
      return isFilledIn ? [] : [{ ...field, owner }];
    });
    return fields.length === 0 ? undefined : { nodeId, ref, missing: false, fields };
  }

  #withFile(one: DriftedObject): DriftedObject {
    const made = this.#file.get(refKey(one.ref));
    if (made === undefined) return one;
    const object = asJson(made.object);
    return {
      ...one,
      fields: one.fields.map((field) => {
        const said = field.hidden === true ? undefined : valueIn(object, field.path);
        return said === undefined ? field : { ...field, file: said };
      }),
    };
  }
}

function valueIn(object: JsonValue, path: string): JsonValue | undefined {
  const steps = stepsIn(object, path);
  return steps === undefined ? undefined : valueAt(object, steps);
}
