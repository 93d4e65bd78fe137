// Every write, by clients and by the sandbox's own controllers, goes through here: semantics decide, storage remembers.
import { alreadyExists, ApiError, forbidden, notFound } from './apiStatus';
import type { OpenApi } from '../openapi';
import { limitPod } from './admission/limitRanges';
import { checkQuotas } from './admission/quotas';
import type { Allocation } from './allocation';
import { timestampOf, type Clock } from './clock';
import { depthOf, isCore, servesSubresource, type KindInfo, type Kinds } from './kinds';
import type { CustomKind } from './custom/definitions';
import { customSemantics } from './custom/customSemantics';
import type { JsonMap, KubeObject } from './objects';
import type { Pod } from './objectTypes';
import type { Randomness } from './randomness';
import type { FieldValidation, PatchType, Semantics, WriteOutcome, WriteRequest } from './semantics/request';
import type { Storage } from './storage';

export interface WriteOptions {
  /** Field manager; '' only where the client gave none to an apply. */
  manager: string;
  fieldValidation: FieldValidation;
  dryRun: boolean;
  /** Collects the texts for Warning headers. */
  warnings: string[];
}

export interface RemoveOptions {
  dryRun?: boolean;
  propagationPolicy?: string;
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface Written {
  object: KubeObject;
  created: boolean;
}

export interface Removed {
  object: KubeObject;
  /** False while finalizers or a grace period keep it. */
  gone: boolean;
}

export interface RegistryParts {
  kinds: Kinds;
  openApi: OpenApi;
  storage: Storage;
  semantics: Semantics;
  allocation: Allocation;
  clock: Clock;
  random: Randomness;
}

export class Registry {
  readonly kinds: Kinds;
  readonly storage: Storage;
  readonly #parts: RegistryParts;
  readonly #customSemantics = new WeakMap<CustomKind, Semantics>();

  constructor(parts: RegistryParts) {
    this.kinds = parts.kinds;
    this.storage = parts.storage;
    this.#parts = parts;
  }

  /** The stored object; 404 when there is none. */
  get(info: KindInfo, namespace: string, name: string): KubeObject {
    const found = this.storage.get(info, namespace, name);
    if (found === undefined) throw notFound(info, name);
    return found;
  }

  create(info: KindInfo, namespace: string, body: JsonMap, options: WriteOptions): Written {
    this.#checkNamespace(info, namespace, nameIn(body));
    // A generated name may be taken; the real server tries again as well.
    for (let tries = 0; ; tries++) {
      const outcome = this.#semanticsFor(info).create(this.#request(info, namespace, '', '', options), body);
      const name = outcome.object.metadata.name;
      if (this.storage.get(info, namespace, name) === undefined) return this.#commit(info, outcome, undefined, options);
      if (outcome.object.metadata.generateName === undefined || nameIn(body) !== '' || tries >= 8) throw alreadyExists(info, name);
    }
  }

  update(info: KindInfo, namespace: string, name: string, subresource: string, body: JsonMap, options: WriteOptions): Written {
    const live = this.get(info, namespace, name);
    return this.#commit(info, this.#semanticsFor(info).update(this.#request(info, namespace, name, subresource, options), live, body), live, options);
  }

  patch(info: KindInfo, namespace: string, name: string, subresource: string, type: PatchType, body: unknown, options: WriteOptions): Written {
    const live = this.get(info, namespace, name);
    return this.#commit(info, this.#semanticsFor(info).patch(this.#request(info, namespace, name, subresource, options), live, type, body), live, options);
  }

  apply(info: KindInfo, namespace: string, name: string, subresource: string, body: JsonMap, force: boolean, options: WriteOptions): Written {
    const live = this.storage.get(info, namespace, name);
    if (live === undefined) {
      if (subresource !== '') throw notFound(info, name);
      this.#checkNamespace(info, namespace, name);
    }
    return this.#commit(info, this.#semanticsFor(info).apply(this.#request(info, namespace, name, subresource, options), live, body, force), live, options);
  }

  scaleOf(object: KubeObject): KubeObject {
    return this.#parts.semantics.scaleOf(object);
  }

  remove(info: KindInfo, namespace: string, name: string, options: RemoveOptions = {}): Removed {
    const live = this.get(info, namespace, name);
    if (isCore(info, 'namespaces') && ['default', 'kube-system', 'kube-public'].includes(name)) {
      throw forbidden(info, name, 'this namespace may not be deleted');
    }
    const outcome = this.#semanticsFor(info).remove({ resource: info, now: this.#now(), ...options }, live);
    if (options.dryRun === true) return { object: outcome.object, gone: outcome.gone };
    if (outcome.gone && isCore(info, 'namespaces') && namespaceFinalizers(live).length > 0) return { object: this.#terminateNamespace(live), gone: false };
    if (outcome.gone) return { object: this.storage.remove(info, outcome.object), gone: true };
    return { object: outcome.changed ? this.storage.put(info, outcome.object) : outcome.object, gone: false };
  }

  /**
   * A controller's write of an object that it has read before: undefined when the object has gone or changed in between, in
   * which case the controller is told of that change anyway and looks again.
   */
  write(info: KindInfo, object: KubeObject, manager: string, subresource: '' | 'status' = ''): KubeObject | undefined {
    const { namespace = '', name, uid } = object.metadata;
    const live = this.storage.get(info, namespace, name);
    if (live === undefined || live.metadata.uid !== uid) return undefined;
    try {
      return this.update(info, namespace, name, subresource, object as unknown as JsonMap, systemWrite(manager)).object;
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return undefined;
      throw error;
    }
  }

  /** Takes the namespace's own finalizer away once it is empty. */
  finalizeNamespace(name: string, body: JsonMap | undefined): KubeObject {
    const info = this.kinds.named('namespaces');
    const live = this.get(info, '', name);
    const wanted = (body?.['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? [];
    const next: KubeObject = { ...live, spec: { ...(live.spec as object), finalizers: wanted } };
    if (wanted.length === 0 && live.metadata.deletionTimestamp !== undefined && !live.metadata.finalizers?.length) return this.storage.remove(info, next);
    return this.storage.put(info, next);
  }

  /** A namespace stays until its content has gone; a finalizer in its spec holds it, unlike that of any other object. */
  #terminateNamespace(live: KubeObject): KubeObject {
    if (live.metadata.deletionTimestamp !== undefined) return live;
    return this.storage.put(this.kinds.named('namespaces'), {
      ...live,
      metadata: { ...live.metadata, deletionTimestamp: this.#now() },
      status: { ...(live.status as object), phase: 'Terminating' },
    });
  }

  #semanticsFor(info: KindInfo): Semantics {
    const { semantics, openApi } = this.#parts;
    if (info.custom === undefined) return semantics;
    const known = this.#customSemantics.get(info.custom);
    if (known !== undefined) return known;
    const made = customSemantics(openApi, info, info.custom);
    this.#customSemantics.set(info.custom, made);
    return made;
  }

  #commit(info: KindInfo, outcome: WriteOutcome, live: KubeObject | undefined, options: WriteOptions): Written {
    if (info.namespaced && outcome.changed && !outcome.gone) checkQuotas(this.kinds, this.storage, info, outcome.object, live);
    options.warnings.push(...outcome.warnings);
    if (depthOf(info) === 'stored-with-warning' && outcome.changed) {
      options.warnings.push(`the sandbox stores ${info.plural} and does not act on them`);
    }
    const { object, created } = outcome;
    if (options.dryRun) return { object, created };
    if (outcome.gone) return { object: this.storage.remove(info, object), created };
    return { object: outcome.changed ? this.storage.put(info, object) : object, created };
  }

  #request(info: KindInfo, namespace: string, name: string, subresource: string, options: WriteOptions): WriteRequest {
    const { allocation, random } = this.#parts;
    return {
      resource: info,
      namespace,
      name,
      ...(subresource === '' ? {} : { subresource }),
      manager: options.manager,
      fieldValidation: options.fieldValidation,
      now: this.#now(),
      newUid: () => random.uid(),
      newSuffix: () => random.suffix(5),
      ...(isCore(info, 'services') && subresource === ''
        ? {
            allocate: (object: KubeObject, live: KubeObject | undefined) => {
              allocation.allocate(object, live);
            },
          }
        : {}),
      ...(isCore(info, 'pods') && subresource === ''
        ? {
            allocate: (object: KubeObject, live: KubeObject | undefined) => {
              if (live === undefined) this.#admitPod(object as Pod);
            },
          }
        : {}),
    };
  }

  #admitPod(pod: Pod): void {
    const account = pod.spec.serviceAccountName ?? 'default';
    const { namespace = '', name, generateName = '' } = pod.metadata;
    // The default account comes a moment after its namespace; nobody is to wait for that here.
    if (account !== 'default' && this.storage.get(this.kinds.named('serviceaccounts'), namespace, account) === undefined) {
      const text = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
      throw forbidden(this.kinds.named('pods'), name || generateName, text);
    }
    limitPod(this.kinds, this.storage, pod);
  }

  #now(): string {
    return timestampOf(this.#parts.clock.now());
  }

  #checkNamespace(info: KindInfo, namespace: string, name: string): void {
    if (!info.namespaced) return;
    const namespaces = this.kinds.named('namespaces');
    const found = this.storage.get(namespaces, '', namespace);
    if (found === undefined) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    throw forbidden(info, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
      { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
    ]);
  }
}

/** How the sandbox's own parts write: they are trusted to know the fields, and nobody reads their warnings. */
export function systemWrite(manager: string): WriteOptions {
  return { manager, fieldValidation: 'Ignore', dryRun: false, warnings: [] };
}

/** 404 for a subresource that the kind does not have. */
export function requireSubresource(info: KindInfo, subresource: string): void {
  if (!servesSubresource(info, subresource)) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

function namespaceFinalizers(namespace: KubeObject): readonly string[] {
  return (namespace.spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
}

function nameIn(body: JsonMap): string {
  const metadata = body['metadata'];
  const name = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}
