import type { Clock, KindRef, Logger, ResourceInfo } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import { groupOf } from '../shared/kubeObject';
import { cleanLine } from './clean';
import { failureWithoutAnswer } from './failures';
import type { Transport } from './transport';

const aggregated = ['v2', 'v2beta1'].map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`).join(',');
const accept = `${aggregated},application/json`;

/** Asking for a kind that is not there looks again, but not more often than this. */
const refreshPauseMs = 1_000;
/** A kind may also vanish or change its verbs; nobody tells. */
const maxAgeMs = 10 * 60_000;

interface Known {
  readonly resources: readonly ResourceInfo[];
  readonly byKind: ReadonlyMap<string, ResourceInfo>;
  readonly atMs: number;
}

const keyOf = (kind: KindRef): string => `${kind.apiVersion}/${kind.kind}`;

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === 'string') : [];
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** A word that goes into a path: an API server that sends anything else is not followed. */
function word(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && /^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$/.test(value) && value.length <= 253 ? value : undefined;
}

/** What the cluster serves, asked once and looked at again when an unknown kind is asked for. */
export class Discovery {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: Known | undefined;
  #running: Promise<Known> | undefined;

  constructor(transport: Transport, clock: Clock, logger: Logger) {
    this.#transport = transport;
    this.#clock = clock;
    this.#logger = logger;
  }

  async resources(signal?: AbortSignal): Promise<readonly ResourceInfo[]> {
    return (await this.#current(signal)).resources;
  }

  async resourceOf(kind: KindRef, signal?: AbortSignal): Promise<ResourceInfo | undefined> {
    const known = await this.#current(signal);
    const found = known.byKind.get(keyOf(kind));
    if (found !== undefined || this.#clock.now() - known.atMs < refreshPauseMs) return found;
    return (await this.#refreshed(signal)).byKind.get(keyOf(kind));
  }

  /** What the cluster serves has changed, as an answer of it tells: the next one who asks has it looked at again. */
  forget(): void {
    this.#known = undefined;
  }

  async #current(signal: AbortSignal | undefined): Promise<Known> {
    if (this.#known !== undefined && this.#clock.now() - this.#known.atMs < maxAgeMs) return this.#known;
    return this.#refreshed(signal);
  }

  /** One lookup for all who wait; one who gives up does not end it for the others. */
  async #refreshed(signal: AbortSignal | undefined): Promise<Known> {
    const running = (this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    }));
    if (signal === undefined) return running;
    if (signal.aborted) throw failureWithoutAnswer('aborted', 'cancelled', false);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(failureWithoutAnswer('aborted', 'cancelled', false));
      signal.addEventListener('abort', onAbort, { once: true });
      running.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #ask(): Promise<Known> {
    const [core, groups] = await Promise.all([
      this.#transport.json({ method: 'GET', path: '/api', accept }),
      this.#transport.json({ method: 'GET', path: '/apis', accept }),
    ]);
    const resources = [
      ...(core['kind'] === 'APIGroupDiscoveryList' ? fromAggregated(core) : await this.#fromVersions('/api', strings(core['versions']))),
      ...(groups['kind'] === 'APIGroupDiscoveryList' ? fromAggregated(groups) : await this.#fromGroups(groups)),
    ];
    const byKind = new Map<string, ResourceInfo>();
    for (const resource of resources) if (!byKind.has(keyOf(resource))) byKind.set(keyOf(resource), resource);
    this.#known = { resources, byKind, atMs: this.#clock.now() };
    return this.#known;
  }

  async #fromGroups(groups: JsonObject): Promise<ResourceInfo[]> {
    const versions = objects(groups['groups']).flatMap((group) => objects(group['versions']).map((version) => version['groupVersion']));
    return this.#fromVersions(
      '/apis',
      versions.filter((version) => typeof version === 'string'),
    );
  }

  async #fromVersions(root: string, versions: readonly string[]): Promise<ResourceInfo[]> {
    const lists = await Promise.all(
      versions
        .filter((version) => version.split('/').every((part) => word(part) !== undefined))
        .map(async (version) => {
          try {
            return fromList(await this.#transport.json({ method: 'GET', path: `${root}/${version}` }), version);
          } catch (error) {
            // One aggregated API whose server is down must not hide all the others.
            if (
              !(error instanceof ClusterError) ||
              error.failure.kind === 'unreachable' ||
              error.failure.kind === 'aborted' ||
              error.failure.kind === 'unauthorized'
            )
              throw error;
            this.#logger.warn(`The cluster cannot say what ${version} serves: ${error.message}`);
            return [];
          }
        }),
    );
    return lists.flat();
  }
}

function fromAggregated(list: JsonObject): ResourceInfo[] {
  return objects(list['items']).flatMap((group) => {
    const meta = isJsonObject(group['metadata']) ? group['metadata'] : {};
    const name = typeof meta['name'] === 'string' ? meta['name'] : '';
    if (name !== '' && word(name) === undefined) return [];
    return objects(group['versions']).flatMap((version) => {
      const text = word(version['version']);
      if (text === undefined) return [];
      return objects(version['resources']).flatMap((resource) => {
        const answered = isJsonObject(resource['responseKind']) ? resource['responseKind'] : {};
        // A resource may answer with a kind of another group (scale does); as objects they live where they are served.
        return resourceInfo(
          name === '' ? text : `${name}/${text}`,
          answered['kind'],
          resource['resource'],
          resource['scope'] === 'Namespaced',
          strings(resource['verbs']),
        );
      });
    });
  });
}

function fromList(list: JsonObject, groupVersion: string): ResourceInfo[] {
  return objects(list['resources']).flatMap((resource) =>
    resourceInfo(groupVersion, resource['kind'], resource['name'], resource['namespaced'] === true, strings(resource['verbs'])),
  );
}

function resourceInfo(
  apiVersion: string,
  kind: JsonValue | undefined,
  resource: JsonValue | undefined,
  namespaced: boolean,
  verbs: readonly string[],
): ResourceInfo[] {
  const path = word(resource);
  const name = word(kind);
  return path === undefined || name === undefined
    ? []
    : [{ apiVersion, kind: name, resource: path, namespaced, verbs: verbs.map((verb) => cleanLine(verb, 64)) }];
}

/** The path of a kind's collection, in one namespace or, with an empty one, in all. */
export function collectionPath(resource: ResourceInfo, namespace: string): string {
  const root = groupOf(resource.apiVersion) === '' ? `/api/${resource.apiVersion}` : `/apis/${resource.apiVersion}`;
  return resource.namespaced && namespace !== ''
    ? `${root}/namespaces/${segment(namespace, 'namespace')}/${resource.resource}`
    : `${root}/${resource.resource}`;
}

export function objectPath(resource: ResourceInfo, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${segment(name, 'name')}`;
}

/** One step of a path. The rule is the API server's own for names in paths; without it a name could reach another object. */
export function segment(text: string, what: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text))
    throw failureWithoutAnswer('invalid', `"${cleanLine(text, 256)}" is no valid ${what}`, false, { reason: 'Invalid' });
  return encodeURIComponent(text.toWellFormed());
}
