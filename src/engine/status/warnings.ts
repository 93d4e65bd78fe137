import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { numberAt, textAt } from './verdict';

/** What a controller, scheduler or kubelet complained of. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly lastSeenMs: number;
}

/** Warnings by the uid of the object they are about, newest first. */
export type WarningsByUid = Pick<ReadonlyMap<string, readonly Warning[]>, 'get'>;

/** Older complaints are about what was, not about what is. A kubelet repeats one at least every few minutes. */
const recentMs = 10 * 60_000;
/** Different complaints kept about one object. */
const maxPerObject = 10;
/** Events kept in all; a cluster that is on fire has more, and the newest of them say what burns. */
const maxEvents = 5000;

/** The uid of the object that a cluster event is about; undefined for what is no event. */
export function subjectOf(event: KubeObject): string | undefined {
  return event.kind === 'Event' ? textAt(event as unknown as JsonObject, ['involvedObject', 'uid']) : undefined;
}

/** The warning events of the watched namespaces, kept in bounds. */
export class Warnings implements WarningsByUid {
  /** By the event's own name, in order of arrival. */
  readonly #subjects = new Map<string, string>();
  readonly #byUid = new Map<string, Map<string, Warning>>();
  readonly #sorted = new Map<string, readonly Warning[]>();

  get(uid: string): readonly Warning[] | undefined {
    const known = this.#byUid.get(uid);
    if (known === undefined) return undefined;
    let sorted = this.#sorted.get(uid);
    if (sorted === undefined) {
      sorted = [...known.values()].toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
      this.#sorted.set(uid, sorted);
    }
    return sorted;
  }

  put(event: KubeObject): void {
    const uid = subjectOf(event);
    const body = event as unknown as JsonObject;
    if (uid === undefined || body['type'] !== 'Warning') return;
    this.remove(event);
    const key = keyOf(event);
    const about = this.#byUid.get(uid) ?? new Map<string, Warning>();
    about.set(key, {
      reason: textAt(body, ['reason']) ?? '',
      message: textAt(body, ['message']) ?? '',
      count: numberAt(body, ['series', 'count']) ?? numberAt(body, ['count']) ?? 1,
      lastSeenMs: Date.parse(
        textAt(body, ['series', 'lastObservedTime']) ??
          textAt(body, ['lastTimestamp']) ??
          textAt(body, ['eventTime']) ??
          event.metadata.creationTimestamp ??
          '1970-01-01T00:00:00Z',
      ),
    });
    this.#byUid.set(uid, about);
    this.#subjects.set(key, uid);
    this.#sorted.delete(uid);
    if (about.size > maxPerObject) this.#forget(oldest(about));
    if (this.#subjects.size > maxEvents) this.#forget(this.#subjects.keys().next().value ?? '');
  }

  remove(event: KubeObject): void {
    this.#forget(keyOf(event));
  }

  /** Nobody watches the events of this namespace any more. */
  clear(namespace: string): void {
    for (const key of [...this.#subjects.keys()]) if (key.startsWith(`${namespace}/`)) this.#forget(key);
  }

  #forget(key: string): void {
    const uid = this.#subjects.get(key);
    if (uid === undefined) return;
    this.#subjects.delete(key);
    this.#sorted.delete(uid);
    const about = this.#byUid.get(uid);
    about?.delete(key);
    if (about?.size === 0) this.#byUid.delete(uid);
  }
}

function keyOf(event: KubeObject): string {
  return `${event.metadata.namespace ?? ''}/${event.metadata.name}`;
}

function oldest(about: ReadonlyMap<string, Warning>): string {
  let found = '';
  let atMs = Number.POSITIVE_INFINITY;
  for (const [key, warning] of about) {
    if (warning.lastSeenMs >= atMs) continue;
    atMs = warning.lastSeenMs;
    found = key;
  }
  return found;
}

/** The newest warning about an object with one of these reasons that may still hold; with `fits` only one that does. */
export function recentWarning(
  object: KubeObject,
  reasons: ReadonlySet<string>,
  about: { readonly warnings?: WarningsByUid; readonly nowMs: number },
  fits: (warning: Warning) => boolean = () => true,
): Warning | undefined {
  return newestWarning(object, about, (warning) => reasons.has(warning.reason) && fits(warning));
}

/** For kinds of which each controller complains in its own words. */
export function anyRecentWarning(object: KubeObject, about: { readonly warnings?: WarningsByUid; readonly nowMs: number }): Warning | undefined {
  return newestWarning(object, about, (warning) => warning.reason !== '');
}

function newestWarning(
  object: KubeObject,
  about: { readonly warnings?: WarningsByUid; readonly nowMs: number },
  fits: (warning: Warning) => boolean,
): Warning | undefined {
  const found = about.warnings?.get(object.metadata.uid ?? '')?.find(fits);
  return found !== undefined && about.nowMs - found.lastSeenMs <= recentMs ? found : undefined;
}

const refusals: ReadonlySet<string> = new Set(['FailedCreate']);

/**
 * Why the controller of this object could make no Pod (quota, admission, a missing service account), while none has been
 * made since. Deployments and ReplicaSets have a condition for it, the other kinds only the event.
 */
export function refusedPods(
  object: KubeObject,
  related: { readonly pods?: readonly KubeObject[]; readonly warnings?: WarningsByUid; readonly nowMs: number },
): Warning | undefined {
  const refused = recentWarning(object, refusals, related);
  if (refused === undefined) return undefined;
  const isOver = related.pods?.some((pod) => Date.parse(pod.metadata.creationTimestamp ?? '') > refused.lastSeenMs);
  return isOver === true ? undefined : refused;
}
