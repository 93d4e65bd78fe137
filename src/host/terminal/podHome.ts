import type { Cluster } from '../../engine/ports';
import type { ObjectRef } from '../../shared/kubeObject';
import { containersOf, isReadyPod, podsOfObject, topOwnerOf } from '../clusters/podsOfObject';
import type { PodPlace, Whereabouts } from './terminalSession';

/** What a pod belongs to, so that its replacement can be found once it is gone. */
export class PodHome {
  readonly #cluster: Cluster;
  #known: { readonly pod: string; readonly owner: Promise<ObjectRef | undefined> } | undefined;

  constructor(cluster: Cluster, place: PodPlace) {
    this.#cluster = cluster;
    this.remember(place);
  }

  /** Reads whose pod this is, while it is there. Who may not read that much gets no replacement offered, and no error. */
  remember(place: PodPlace): void {
    if (this.#known?.pod === place.pod) return;
    this.#known = { pod: place.pod, owner: this.#ownerOf(place).catch(() => undefined) };
  }

  /** @throws ClusterError when the cluster cannot tell */
  async locate(place: PodPlace, signal: AbortSignal): Promise<Whereabouts> {
    const present = await this.#cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: place.namespace, name: place.pod }, signal);
    const phase = present?.status?.['phase'];
    const leaving = present?.metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed';
    if (present !== undefined && !leaving) return { found: 'here' };
    const owner = await this.#known?.owner;
    if (owner === undefined) return { found: 'nowhere' };
    const pods = await podsOfObject(this.#cluster, owner, signal);
    const next = pods.filter((pod) => isReadyPod(pod) && containersOf(pod).main.includes(place.container)).sort(newestFirst)[0];
    if (next !== undefined) return { found: 'elsewhere', place: { ...place, pod: next.metadata.name } };
    return (await this.#cluster.get(owner, signal)) === undefined ? { found: 'nowhere' } : { found: 'not-yet' };
  }

  async #ownerOf({ namespace, pod }: PodPlace): Promise<ObjectRef | undefined> {
    const object = await this.#cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod });
    return object === undefined ? undefined : topOwnerOf(this.#cluster, object);
  }
}

function newestFirst(a: { readonly metadata: { readonly creationTimestamp?: string } }, b: typeof a): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
