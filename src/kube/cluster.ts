import { createHash } from 'node:crypto';
import type {
  AccessQuery,
  AccessRules,
  ApplyOptions,
  AttachQuery,
  Clock,
  Cluster,
  DebugContainerQuery,
  DeleteOptions,
  ExecQuery,
  ExecSession,
  ForwardedConnection,
  ForwardQuery,
  Identity,
  KindRef,
  ListQuery,
  LogLine,
  Logger,
  LogQuery,
  ResourceInfo,
  WatchEvent,
} from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { cleanLine, cleanText } from './clean';
import type { Credentials } from './credentials';
import { collectionPath, Discovery, objectPath } from './discovery';
import { Dispatchers } from './dispatchers';
import { addDebugContainer } from './debugContainer';
import { openAttach, openExec } from './exec';
import { failureWithoutAnswer } from './failures';
import { logBatches, logLines } from './logs';
import { ObjectDoor, outgoing, sensitiveIn } from './objects';
import type { PodSocketParts } from './podSocket';
import { openForward } from './portForward';
import { portAccepts, PortProber } from './portProber';
import { identityOf, rulesOf } from './reviews';
import { SharedWatches } from './sharedWatches';
import { portOf } from './tunnel';
import { Transport } from './transport';
import type { Ask, Query } from './transport';

export interface ClusterParts {
  readonly label: string;
  readonly defaultNamespace: string;
  readonly credentials: Credentials;
  readonly proxy: URL | undefined;
  readonly fieldManager: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

const pageSize = 500;
const openApiAgeMs = 60_000;
const pingTimeoutMs = 5_000;
/** The server itself gives etcd a few seconds before it calls it ill. */
const probeTimeoutMs = 10_000;

const flag = (name: string, on: boolean | undefined): Query => (on === true ? [[name, 'All']] : []);
const manager = (name: string | undefined): Query => (name === undefined ? [] : [['fieldManager', name]]);

/** The Cluster port over a real API server (the sandbox is one, as far as this room knows). */
export class KubeCluster implements Cluster {
  readonly label: string;
  readonly server: string;
  readonly defaultNamespace: string;
  readonly #transport: Transport;
  readonly #discovery: Discovery;
  readonly #door: ObjectDoor;
  readonly #watches: SharedWatches;
  readonly #prober: PortProber;
  readonly #sockets: PodSocketParts;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  #uid: string | undefined;
  #openApiIndex: { readonly atMs: number; readonly paths: Readonly<Record<string, JsonValue>> } | undefined;
  readonly #openApiDocuments = new Map<string, JsonObject>();

  constructor(parts: ClusterParts) {
    const { credentials, clock, logger, random, proxy } = parts;
    this.label = parts.label;
    this.server = credentials.server.href.replace(/\/$/, '');
    this.defaultNamespace = parts.defaultNamespace;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#transport = new Transport(credentials, new Dispatchers(proxy, clock), clock, logger);
    this.#discovery = new Discovery(this.#transport, clock, logger);
    this.#door = new ObjectDoor(parts.fieldManager);
    const reached = proxy ?? credentials.server;
    const port = portOf(reached);
    this.#prober = new PortProber(clock, () => portAccepts(reached.hostname.replace(/^\[|\]$/g, ''), port, clock), random);
    this.#watches = new SharedWatches({
      transport: this.#transport,
      discovery: this.#discovery,
      door: this.#door,
      prober: this.#prober,
      clock,
      logger,
      random,
    });
    this.#sockets = { credentials, proxy, clock, logger, serverLabel: this.#transport.serverLabel, closing: this.#transport.closing };
  }

  dispose(): void {
    this.#watches.dispose();
    this.#prober.dispose();
    this.#transport.dispose();
    this.#credentials.dispose();
  }

  async clusterUid(signal?: AbortSignal): Promise<string> {
    if (this.#uid !== undefined) return this.#uid;
    try {
      const namespace = await this.#transport.json({ method: 'GET', path: '/api/v1/namespaces/kube-system', signal });
      const uid = isJsonObject(namespace['metadata']) ? namespace['metadata']['uid'] : undefined;
      if (typeof uid === 'string' && uid !== '') this.#uid = cleanLine(uid, 128);
    } catch (error) {
      if (!(error instanceof ClusterError) || (error.failure.kind !== 'forbidden' && error.failure.kind !== 'not-found')) throw error;
    }
    if (this.#uid === undefined) {
      const { tls } = await this.#credentials.current();
      this.#uid = `server-${createHash('sha256')
        .update(this.server)
        .update('\0')
        .update(tls.ca ?? '')
        .digest('hex')
        .slice(0, 32)}`;
    }
    return this.#uid;
  }

  async version(signal?: AbortSignal): Promise<string> {
    const { gitVersion } = await this.#transport.json({ method: 'GET', path: '/version', signal });
    if (typeof gitVersion !== 'string') throw failureWithoutAnswer('protocol', `${this.#transport.serverLabel} does not say its version`, false);
    return cleanLine(gitVersion, 128);
  }

  resourceOf(kind: KindRef, signal?: AbortSignal): Promise<ResourceInfo | undefined> {
    return this.#discovery.resourceOf(kind, signal);
  }

  resources(signal?: AbortSignal): Promise<readonly ResourceInfo[]> {
    return this.#discovery.resources(signal);
  }

  async get(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined> {
    const path = await this.#pathOf(ref, signal);
    try {
      return await this.#object({ method: 'GET', path, signal }, ref);
    } catch (error) {
      if (error instanceof ClusterError && error.failure.kind === 'not-found') return undefined;
      throw error;
    }
  }

  async list(kind: KindRef, query: ListQuery): Promise<readonly KubeObject[]> {
    const { signal: _, watched, ...asked } = query;
    const held = watched === true ? this.#watches.held(kind, asked) : undefined;
    if (held !== undefined) return held;
    const path = collectionPath(await this.#resource(kind, query.signal), query.namespace ?? '');
    const selectors: Query = [
      ...(query.labelSelector === undefined ? [] : [['labelSelector', query.labelSelector] as const]),
      ...(query.fieldSelector === undefined ? [] : [['fieldSelector', query.fieldSelector] as const]),
    ];
    let objects: KubeObject[] = [];
    let next = '';
    let paged = true;
    for (;;) {
      const paging: Query = [...(paged ? [['limit', String(pageSize)] as const] : []), ...(next === '' ? [] : [['continue', next] as const])];
      let page: JsonObject;
      try {
        page = await this.#transport.json({ method: 'GET', path, query: [...selectors, ...paging], signal: query.signal });
      } catch (error) {
        // A collection is there as long as its kind is served, even with nothing in it.
        if (error instanceof ClusterError && error.failure.kind === 'not-found') this.#discovery.forget();
        if (!(error instanceof ClusterError) || error.failure.kind !== 'gone' || next === '') throw error;
        // The continue token expired half way; one list in one piece cannot.
        objects = [];
        next = '';
        paged = false;
        continue;
      }
      for (const item of Array.isArray(page['items']) ? (page['items'] as readonly JsonValue[]) : []) objects.push(this.#door.incoming(item, kind));
      const token = isJsonObject(page['metadata']) ? page['metadata']['continue'] : undefined;
      if (typeof token !== 'string' || token === '') return objects;
      next = token;
    }
  }

  async count(kind: KindRef, { namespace = '', signal }: Pick<ListQuery, 'namespace' | 'signal'> = {}): Promise<number | undefined> {
    const path = collectionPath(await this.#resource(kind, signal), namespace);
    const { items, metadata } = await this.#transport.json({ method: 'GET', path, query: [['limit', '1']], signal });
    const found = Array.isArray(items) ? items.length : 0;
    const { continue: more, remainingItemCount: others } = isJsonObject(metadata) ? metadata : {};
    if (more === undefined || more === '') return found;
    return typeof others === 'number' && Number.isSafeInteger(others) && others >= 0 ? found + others : undefined;
  }

  asRead(object: KubeObject): KubeObject {
    return this.#door.incoming(object as unknown as JsonObject, object);
  }

  async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const { uid, resourceVersion } = options;
    const path = await this.#pathOf(refFor(object), options.signal);
    const body = outgoing({
      ...object,
      // The API server takes these as preconditions; without them the object's own, old ones would be some.
      metadata: { ...withoutIdentity(object.metadata), ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    });
    const applied = this.#written(options.dryRun === true, object, {
      method: 'PATCH',
      path,
      query: [
        ['fieldManager', options.fieldManager],
        ['force', String(options.force ?? false)],
        ['fieldValidation', 'Strict'],
        ...flag('dryRun', options.dryRun),
      ],
      // A JSON body is valid YAML, which is what this type names.
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(body),
      signal: options.signal,
      writes: options.dryRun !== true,
      ...sensitiveIn(object),
    });
    return uid === undefined ? applied : applied.catch(asIdentityConflict);
  }

  async create(
    object: KubeObject,
    options: { readonly dryRun?: boolean; readonly fieldManager?: string; readonly signal?: AbortSignal } = {},
  ): Promise<KubeObject> {
    const resource = await this.#resource(object, options.signal);
    const path = collectionPath(resource, this.#namespaceFor(resource, object));
    const query: Query = [...manager(options.fieldManager), ['fieldValidation', 'Strict'], ...flag('dryRun', options.dryRun)];
    return this.#written(options.dryRun === true, object, {
      ...{ method: 'POST', path, query, body: JSON.stringify(outgoing(object)), signal: options.signal, writes: options.dryRun !== true },
      ...sensitiveIn(object),
    });
  }

  async replace(object: KubeObject, options: { readonly fieldManager?: string; readonly signal?: AbortSignal } = {}): Promise<KubeObject> {
    const path = await this.#pathOf(refFor(object), options.signal);
    const query: Query = [...manager(options.fieldManager), ['fieldValidation', 'Strict']];
    const ask: Ask = { method: 'PUT', path, query, body: JSON.stringify(outgoing(object)), signal: options.signal, ...sensitiveIn(object) };
    return this.#written(false, object, ask);
  }

  async mergePatch(ref: ObjectRef, patch: JsonObject, options: { readonly fieldManager?: string; readonly signal?: AbortSignal } = {}): Promise<KubeObject> {
    const path = await this.#pathOf(ref, options.signal);
    const query: Query = [...manager(options.fieldManager), ['fieldValidation', 'Strict']];
    return this.#written(false, objectOf(ref), {
      ...{ method: 'PATCH', path, query, contentType: 'application/merge-patch+json', body: JSON.stringify(patch), signal: options.signal },
      ...sensitiveIn({ ...patch, kind: ref.kind }),
    });
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const path = await this.#pathOf(ref, options.signal);
    const preconditions = {
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion }),
    };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
      ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
      ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    };
    try {
      await this.#transport.text({ method: 'DELETE', path, body: JSON.stringify(body), signal: options.signal, writes: options.dryRun !== true });
      if (options.dryRun !== true) this.#watches.deleted(ref);
      return true;
    } catch (error) {
      if (options.dryRun !== true && error instanceof ClusterError && error.failure.uncertain) this.#watches.wrote(objectOf(ref), false);
      if (error instanceof ClusterError && error.failure.kind === 'not-found') return false;
      throw error;
    }
  }

  watch(kind: KindRef, query: Omit<ListQuery, 'signal'>, onEvent: (event: WatchEvent) => void): Disposable {
    return this.#watches.watch(kind, query, onEvent);
  }

  retryNow(): void {
    this.#prober.retryNow();
    this.#watches.retryNow();
  }

  logs(query: LogQuery): AsyncIterable<LogLine> {
    return logLines(this.#transport, query);
  }

  logBatches(query: LogQuery): AsyncIterable<readonly LogLine[]> {
    return logBatches(this.#transport, query);
  }

  exec(query: ExecQuery): Promise<ExecSession> {
    return openExec(this.#sockets, query);
  }

  attach(query: AttachQuery): Promise<ExecSession> {
    return openAttach(this.#sockets, query);
  }

  forward(query: ForwardQuery): Promise<ForwardedConnection> {
    return openForward(this.#sockets, query);
  }

  addDebugContainer(query: DebugContainerQuery, signal?: AbortSignal): Promise<KubeObject> {
    return addDebugContainer(this.#transport, this.#door, query, signal);
  }

  async whoAmI(signal?: AbortSignal): Promise<Identity> {
    const answer = await this.#review(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      signal,
    );
    return identityOf(answer, (await this.#credentials.current()).signIn);
  }

  async ping(signal?: AbortSignal): Promise<number> {
    const startedAtMs = this.#clock.now();
    await this.#transport.text({ method: 'GET', path: '/version', signal, timeoutMs: pingTimeoutMs, retry: false });
    return this.#clock.now() - startedAtMs;
  }

  async rules(namespace: string, signal?: AbortSignal): Promise<AccessRules> {
    return rulesOf(
      await this.#review(
        '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
        signal,
      ),
    );
  }

  async probe(path: '/livez' | '/readyz', signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly text: string }> {
    try {
      const ask: Ask = { method: 'GET', path, query: [['verbose', 'true']], accept: 'text/plain', signal, timeoutMs: probeTimeoutMs, retry: false };
      return { ok: true, text: cleanText((await this.#transport.text(ask)).text) };
    } catch (error) {
      // An API server with a part that is ill says so by 500 and lists all of them.
      if (error instanceof ClusterError && error.failure.code === 500) return { ok: false, text: error.failure.message };
      throw error;
    }
  }

  async mayI(query: AccessQuery, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#review(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { ...query } } },
      signal,
    );
    return isJsonObject(answer['status']) && answer['status']['allowed'] === true;
  }

  async openApi(groupVersion: string, signal?: AbortSignal): Promise<JsonObject | undefined> {
    const key = groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
    if (this.#openApiIndex === undefined || this.#clock.now() - this.#openApiIndex.atMs > openApiAgeMs) {
      let paths: JsonValue | undefined;
      try {
        paths = (await this.#transport.json({ method: 'GET', path: '/openapi/v3', signal }))['paths'];
      } catch (error) {
        if (error instanceof ClusterError && error.failure.kind === 'not-found') return undefined;
        throw error;
      }
      this.#openApiIndex = { atMs: this.#clock.now(), paths: isJsonObject(paths) ? paths : {} };
    }
    const entry = Object.hasOwn(this.#openApiIndex.paths, key) ? this.#openApiIndex.paths[key] : undefined;
    // The address carries a hash of the content, so a document that was read once is never read again.
    const address = isJsonObject(entry) ? entry['serverRelativeURL'] : undefined;
    if (typeof address !== 'string' || !/^\/openapi\/v3\/[A-Za-z0-9./_-]+(\?[A-Za-z0-9=&%_-]*)?$/.test(address) || address.includes('..')) return undefined;
    const known = this.#openApiDocuments.get(address);
    if (known !== undefined) return known;
    const document = await this.#transport.json({ method: 'GET', path: address, signal, timeoutMs: 60_000 });
    this.#openApiDocuments.set(address, document);
    return document;
  }

  /** Asks about the caller; nothing is stored, so it is a read although it is a POST. */
  #review(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    return this.#transport.json({ method: 'POST', path, body: JSON.stringify(body), signal, writes: false });
  }

  /** Sends a write and tells the watches that they are behind until they have told of it. */
  async #written(isDryRun: boolean, object: KubeObject, ask: Ask): Promise<KubeObject> {
    try {
      const written = await this.#object(ask, object);
      if (!isDryRun) this.#watches.wrote(written, true);
      return written;
    } catch (error) {
      if (!isDryRun && error instanceof ClusterError && error.failure.uncertain) this.#watches.wrote(object, false);
      throw error;
    }
  }

  async #object(ask: Ask, kind: KindRef): Promise<KubeObject> {
    return this.#door.incoming(await this.#transport.json(ask), { apiVersion: kind.apiVersion, kind: kind.kind });
  }

  async #resource(kind: KindRef, signal: AbortSignal | undefined): Promise<ResourceInfo> {
    const resource = await this.#discovery.resourceOf(kind, signal);
    if (resource !== undefined) return resource;
    throw failureWithoutAnswer('not-found', `the cluster does not serve ${cleanLine(kind.apiVersion, 256)} ${cleanLine(kind.kind, 256)}`, false, {
      reason: 'UnknownKind',
    });
  }

  #namespaceFor(resource: ResourceInfo, object: KubeObject): string {
    if (resource.namespaced && (object.metadata.namespace ?? '') === '')
      throw failureWithoutAnswer('invalid', `${object.kind} "${object.metadata.name}" needs a namespace`, false, { reason: 'NoNamespace' });
    return object.metadata.namespace ?? '';
  }

  async #pathOf(ref: ObjectRef, signal: AbortSignal | undefined): Promise<string> {
    const resource = await this.#resource(ref, signal);
    if (resource.namespaced && ref.namespace === '')
      throw failureWithoutAnswer('invalid', `${ref.kind} "${cleanLine(ref.name, 256)}" needs a namespace`, false, { reason: 'NoNamespace' });
    return objectPath(resource, ref.namespace, ref.name);
  }
}

function refFor(object: KubeObject): ObjectRef {
  return { apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function objectOf({ apiVersion, kind, name, namespace }: ObjectRef): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) } };
}

function withoutIdentity(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, generation: _generation, ...rest } = metadata;
  return rest;
}

/** An API server calls another uid an invalid change of a field; who asked means that the object is not the one it was. */
function asIdentityConflict(error: unknown): never {
  if (error instanceof ClusterError && error.failure.kind === 'invalid' && error.failure.causes.some((cause) => cause.field === 'metadata.uid')) {
    throw new ClusterError({ ...error.failure, kind: 'conflict' }, { cause: error });
  }
  throw error;
}
