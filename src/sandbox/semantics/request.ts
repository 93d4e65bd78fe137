import type { ResourceType } from '../../openapi';
import type { JsonMap, KubeObject } from '../objects';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** One write as the path, query and headers say it; everything that differs from call to call comes in here. */
export interface WriteRequest {
  readonly resource: ResourceType;
  /** From the path; empty for kinds without namespaces. */
  readonly namespace: string;
  /** From the path; for a create the name in the body counts and this is empty. */
  readonly name: string;
  /** `status` or `scale`; undefined for the object itself. */
  readonly subresource?: string;
  /** `fieldManager`, else the user agent up to its first slash. Apply needs the former and refuses an empty one. */
  readonly manager: string;
  readonly fieldValidation: FieldValidation;
  /** RFC 3339 in whole seconds, UTC. */
  readonly now: string;
  /** Called once for a new object. */
  newUid(): string;
  /** Five random lower-case letters and digits, for generated names. */
  newSuffix(): string;
  /**
   * Fills in what only the whole cluster knows (cluster IPs, node ports), after defaults and before validation. It may
   * change `object`, which is a fresh copy, and may throw an ApiError.
   */
  allocate?(object: KubeObject, live: KubeObject | undefined): void;
}

/** What came of a write. `object` is what the answer shows and, when `changed`, what is to be stored under a new resourceVersion. */
export interface WriteOutcome {
  /** A new object has its uid and creationTimestamp but no resourceVersion; a changed one still has the old resourceVersion. */
  readonly object: KubeObject;
  readonly created: boolean;
  /** False when the write says nothing new: nothing is to be stored and no watcher hears of it. */
  readonly changed: boolean;
  /** The write took away the last finalizer of an object that is being deleted: it is to be removed from storage. */
  readonly gone: boolean;
  /** For `Warning: 299` headers. */
  readonly warnings: readonly string[];
}

export interface RemoveRequest {
  readonly resource: ResourceType;
  readonly now: string;
  /** From the query or the DeleteOptions in the body. */
  readonly propagationPolicy?: string;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface RemoveOutcome {
  /** The object with its deletion time and finalizers as they are now, or as it was when it is gone. */
  readonly object: KubeObject;
  readonly changed: boolean;
  readonly gone: boolean;
}

export type PatchType = 'application/json-patch+json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json';

/**
 * What the API server does with an object between the request and the storage: decoding, defaults, merging, field
 * ownership, admission, validation. Pure: `live` is never changed, and nothing is remembered. Every method throws `ApiError`
 * for what the real server refuses, with its code, reason and causes.
 *
 * A dry run is the same call whose outcome is not stored. `live` is the stored object in the API version of the request.
 */
export interface Semantics {
  create(request: WriteRequest, body: JsonMap): WriteOutcome;
  /** PUT. A `metadata.resourceVersion` in the body is a precondition. */
  update(request: WriteRequest, live: KubeObject, body: JsonMap): WriteOutcome;
  patch(request: WriteRequest, live: KubeObject, type: PatchType, body: unknown): WriteOutcome;
  /** Server-side apply; makes the object when there is no live one. */
  apply(request: WriteRequest, live: KubeObject | undefined, body: JsonMap, force: boolean): WriteOutcome;
  remove(request: RemoveRequest, live: KubeObject): RemoveOutcome;
  /** The autoscaling/v1 Scale of a Deployment, ReplicaSet or StatefulSet. Writes to it go through update, patch and apply with `subresource: 'scale'`, whose outcome is the parent object. */
  scaleOf(live: KubeObject): KubeObject;
}
