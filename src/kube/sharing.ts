import type { Clock } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import type { JsonObject, JsonValue } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';

/** Deeper parts are kept as they are: real objects end long before, and the depth of foreign ones must not be the stack's. */
const maxDepth = 24;
/** Families whose last member is remembered; the oldest is forgotten first. */
const maxFamilies = 2_000;
/** Comparing begins when nothing has changed for this long… */
const quietMs = 500;
/** …or when something has waited for this long. */
const longestWaitMs = 5_000;
/** About 2 ms of work; then the events that came meanwhile have their turn. */
const comparedAtOnce = 100;
const betweenBatchesMs = 5;

/**
 * `next` with every part that equals the same part of `earlier` replaced by it, so that two copies hold one. Changes `next`, which
 * must be the caller's own; gives `earlier` itself when the two are equal.
 */
function withPartsOf(next: JsonValue, earlier: JsonValue | undefined, depth: number): JsonValue {
  if (next === earlier) return earlier;
  if (typeof next !== 'object' || next === null || typeof earlier !== 'object' || earlier === null || depth > maxDepth) return next;
  if (Array.isArray(next)) return Array.isArray(earlier) ? itemsOf(next as JsonValue[], earlier as readonly JsonValue[], depth + 1) : next;
  return Array.isArray(earlier) ? next : fieldsOf(next as Record<string, JsonValue>, earlier as JsonObject, depth + 1);
}

function itemsOf(next: JsonValue[], earlier: readonly JsonValue[], depth: number): JsonValue {
  let equal = next.length === earlier.length;
  for (let index = 0; index < next.length && index < earlier.length; index++) {
    const shared = withPartsOf(next[index] ?? null, earlier[index], depth);
    next[index] = shared;
    if (shared !== earlier[index]) equal = false;
  }
  return equal ? earlier : next;
}

function fieldsOf(next: Record<string, JsonValue>, earlier: JsonObject, depth: number): JsonValue {
  let equal = true;
  let count = 0;
  // Both come from JSON.parse, so what the loop finds is their own; and this way V8 makes no list of the keys.
  for (const key in next) {
    count++;
    const value = next[key] ?? null;
    const known: unknown = earlier[key];
    // Every inherited property is a function but this one, whose assignment would set the prototype.
    if (known === undefined || typeof known === 'function' || key === '__proto__') {
      equal = false;
      continue;
    }
    const shared = withPartsOf(value, known as JsonValue, depth);
    // Short texts and numbers are not worth a write.
    if (typeof value === 'object' || (typeof value === 'string' && value.length > 10)) next[key] = shared;
    if (shared !== known) equal = false;
  }
  if (!equal) return next;
  for (const _ in earlier) count--;
  return count === 0 ? earlier : next;
}

/**
 * Lets the objects of one cache share their equal parts: the pods of one workload differ in little but names, addresses and
 * times, and a new version of an object differs in little from the one before. Objects are never changed once they are kept,
 * but for parts that are replaced by equal ones.
 */
export class CommonParts implements Disposable {
  readonly #cache: ReadonlyMap<string, KubeObject>;
  readonly #clock: Clock;
  readonly #lastOfFamily = new Map<string, KubeObject>();
  /** Objects that changed since they were last compared, with the version that they were compared to then. */
  readonly #changed = new Map<string, KubeObject>();
  #timer: Disposable | undefined;
  #changedAtMs = 0;
  #waitingSinceMs = 0;

  /** `cache` is where the owner keeps what it was given, by the key that it tells of changes with. */
  constructor(cache: ReadonlyMap<string, KubeObject>, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  /** `fresh` was just parsed and belongs to nobody else yet. It is compared with the last one of its workload at once. */
  keep(fresh: KubeObject): KubeObject {
    const family = fresh.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? '';
    const relative = this.#lastOfFamily.get(family);
    const kept = relative === undefined ? fresh : compared(fresh, relative);
    if (this.#lastOfFamily.size >= maxFamilies && !this.#lastOfFamily.has(family)) {
      const [oldest] = this.#lastOfFamily.keys();
      if (oldest !== undefined) this.#lastOfFamily.delete(oldest);
    }
    this.#lastOfFamily.set(family, kept);
    return kept;
  }

  /**
   * A new version takes the place of `known`. Comparing costs as much as parsing, so it waits for a moment: in a storm of events
   * an object that changes again and again is compared once.
   */
  changed(key: string, known: KubeObject): void {
    if (!this.#changed.has(key)) this.#changed.set(key, known);
    this.#changedAtMs = this.#clock.now();
    if (this.#timer !== undefined) return;
    this.#waitingSinceMs = this.#changedAtMs;
    this.#timer = this.#clock.after(quietMs, () => this.#compareWhenQuiet());
  }

  removed(key: string): void {
    this.#changed.delete(key);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#changed.clear();
    this.#lastOfFamily.clear();
  }

  #compareWhenQuiet(): void {
    const now = this.#clock.now();
    const leftMs = Math.min(this.#changedAtMs + quietMs, this.#waitingSinceMs + longestWaitMs) - now;
    if (leftMs > 0) this.#timer = this.#clock.after(leftMs, () => this.#compareWhenQuiet());
    else this.#compare();
  }

  #compare(): void {
    let left = comparedAtOnce;
    for (const [key, earlier] of this.#changed) {
      if (left-- === 0) break;
      this.#changed.delete(key);
      const present = this.#cache.get(key);
      if (present !== undefined) compared(present, earlier);
    }
    this.#timer = this.#changed.size === 0 ? undefined : this.#clock.after(betweenBatchesMs, () => this.#compare());
  }
}

function compared(fresh: KubeObject, earlier: KubeObject): KubeObject {
  return withPartsOf(fresh as unknown as JsonValue, earlier as unknown as JsonValue, 0) as unknown as KubeObject;
}
