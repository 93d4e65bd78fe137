// The kinds that the sandbox serves, and what of each a client may ask. Discovery, routing and storage all read this list.
import type { OpenApi, ResourceType } from '../openapi';
import { notFound } from './apiStatus';
import type { CustomKind } from './custom/definitions';
import { eventFace } from './eventFace';
import type { KubeObject } from './objects';

export interface KindInfo extends ResourceType {
  /** Only for kinds that a CustomResourceDefinition brings; these may bear the names of others in another group. */
  readonly custom?: CustomKind;
  /** Only for kinds that show the objects of another one under names of their own. */
  readonly face?: Face;
}

/** How a kind shows the objects of another one, which alone is stored. */
export interface Face {
  readonly of: KindInfo;
  readonly shown: (stored: KubeObject) => KubeObject;
  readonly stored: (shown: KubeObject) => KubeObject;
}

/** What happens to objects of a kind beyond being stored. */
export type Depth =
  /** The sandbox does with them what a cluster does, as far as it can be seen from outside. */
  | 'acted-on'
  /** A real API server would only store them too. */
  | 'stored'
  /** A real cluster acts on them and the sandbox does not; it warns on every write. */
  | 'stored-with-warning';

const served: Readonly<Record<string, { depth: Depth; subresources?: readonly string[] }>> = {
  configmaps: { depth: 'acted-on' },
  endpoints: { depth: 'stored' },
  events: { depth: 'acted-on' },
  limitranges: { depth: 'acted-on' },
  namespaces: { depth: 'acted-on', subresources: ['finalize', 'status'] },
  nodes: { depth: 'stored', subresources: ['status'] },
  persistentvolumeclaims: { depth: 'acted-on', subresources: ['status'] },
  persistentvolumes: { depth: 'acted-on', subresources: ['status'] },
  pods: { depth: 'acted-on', subresources: ['attach', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'status'] },
  resourcequotas: { depth: 'acted-on', subresources: ['status'] },
  secrets: { depth: 'acted-on' },
  serviceaccounts: { depth: 'acted-on', subresources: ['token'] },
  services: { depth: 'acted-on', subresources: ['status'] },
  controllerrevisions: { depth: 'acted-on' },
  daemonsets: { depth: 'acted-on', subresources: ['status'] },
  customresourcedefinitions: { depth: 'acted-on', subresources: ['status'] },
  deployments: { depth: 'acted-on', subresources: ['scale', 'status'] },
  replicasets: { depth: 'acted-on', subresources: ['scale', 'status'] },
  statefulsets: { depth: 'acted-on', subresources: ['scale', 'status'] },
  horizontalpodautoscalers: { depth: 'acted-on', subresources: ['status'] },
  cronjobs: { depth: 'acted-on', subresources: ['status'] },
  jobs: { depth: 'acted-on', subresources: ['status'] },
  leases: { depth: 'stored' },
  endpointslices: { depth: 'acted-on' },
  ingressclasses: { depth: 'stored' },
  ingresses: { depth: 'acted-on', subresources: ['status'] },
  networkpolicies: { depth: 'stored-with-warning' },
  poddisruptionbudgets: { depth: 'acted-on', subresources: ['status'] },
  clusterrolebindings: { depth: 'acted-on' },
  clusterroles: { depth: 'acted-on' },
  rolebindings: { depth: 'acted-on' },
  roles: { depth: 'acted-on' },
  priorityclasses: { depth: 'stored-with-warning' },
  storageclasses: { depth: 'acted-on' },
};

/** The served kinds: those of one Kubernetes version and those that definitions add. The same KindInfo always stands for the same kind. */
export class Kinds {
  readonly #own: readonly KindInfo[];
  /** By the name of the definition, with the generation of it that they are made from. */
  readonly #custom = new Map<string, { info: KindInfo; generation: number }>();
  readonly #byPlural: ReadonlyMap<string, KindInfo>;
  #all: readonly KindInfo[];
  #byPath: ReadonlyMap<string, KindInfo> = new Map();
  #byKind: ReadonlyMap<string, KindInfo> = new Map();

  constructor(openApi: OpenApi) {
    const own = openApi.resources.filter((one) => Object.hasOwn(served, one.plural));
    const stored = own.filter((one) => one.group !== 'events.k8s.io');
    this.#byPlural = new Map(stored.map((one) => [one.plural, one]));
    this.#own = own.map((one) => (one.group === 'events.k8s.io' ? { ...one, face: eventFace(this.named('events')) } : one));
    this.#all = this.#own;
    this.#index();
  }

  get all(): readonly KindInfo[] {
    return this.#all;
  }

  at(group: string, version: string, plural: string): KindInfo | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The kind of an object or an owner reference, whatever version it names. */
  ofKind(apiVersion: string, kind: string): KindInfo | undefined {
    return this.#byKind.get(`${groupVersionOf(apiVersion).group}/${kind}`);
  }

  customOf(definition: string): KindInfo | undefined {
    return this.#custom.get(definition)?.info;
  }

  /** Serves the kind of a definition, or the changed kind in place of the one before, whose objects stay. */
  setCustom(definition: string, made: KindInfo | undefined, generation: number): void {
    const before = this.#custom.get(definition);
    if (made === undefined) {
      this.forgetCustom(definition);
      return;
    }
    if (before?.generation === generation) return;
    // Storage and watches know a kind by its object, so that the object stays and its facts change.
    const info = before === undefined ? { ...made } : Object.assign(before.info, made);
    this.#custom.set(definition, { info, generation });
    this.#index();
  }

  forgetCustom(definition: string): void {
    if (this.#custom.delete(definition)) this.#index();
  }

  #index(): void {
    this.#all = [...this.#own, ...[...this.#custom.values()].map(({ info }) => info)];
    this.#byPath = new Map(this.#all.map((one) => [`${one.group}/${one.version}/${one.plural}`, one]));
    this.#byKind = new Map(this.#all.map((one) => [`${one.group}/${one.kind}`, one]));
  }

  /** For the sandbox's own parts, which ask only for kinds that are in the list above. */
  named(plural: string): KindInfo {
    const found = this.#byPlural.get(plural);
    if (found === undefined) throw notFound({ group: '', plural }, '');
    return found;
  }
}

export function depthOf(info: KindInfo): Depth {
  if (info.custom !== undefined) return 'stored';
  return served[info.plural]?.depth ?? 'stored';
}

export function servesSubresource(info: KindInfo, subresource: string): boolean {
  if (info.custom !== undefined) return info.subresources.some((one) => one.name === subresource);
  return served[info.plural]?.subresources?.includes(subresource) === true;
}

export function apiVersionOf(info: { group: string; version: string }): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}

/** Group and version of an apiVersion text; the core group is ''. */
export function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Whether a path lies under a group version of which some kind is served; all of /api counts as such. */
export function servesGroupVersion(kinds: Kinds, path: string): boolean {
  const [root, group, version] = path.split('/').filter((part) => part !== '');
  return root === 'api' || (root === 'apis' && kinds.all.some((info) => info.group === group && info.version === version));
}

/** Whether this is the core kind of that name; a definition may give the same name to a kind of its own group. */
export function isCore(info: KindInfo, plural: string): boolean {
  return info.group === '' && info.plural === plural;
}
