import type { KubeObject } from '../../shared/kubeObject';
import { endpointsOf } from '../kinds/service/health';
import { isPodReady } from '../kinds/pod/health';
import type { ObjectIndex } from './objectIndex';
import { itemsAt, numberAt, textAt } from './verdict';

export interface PodContainer {
  readonly name: string;
  /** Runs before the others and ends (a sidecar that keeps running is declared as one, too). */
  readonly init: boolean;
  /** How often it was started again. */
  readonly restarts: number;
}

/** A Pod as logs and terminals need it. */
export interface PodInfo {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly createdAt: string;
  readonly containers: readonly PodContainer[];
}

/** Ready Pods first, then the newest; each once. */
export function podInfos(pods: readonly KubeObject[]): readonly PodInfo[] {
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid ?? pod.metadata.name, pod]));
  return [...byUid.values()]
    .map((pod): PodInfo => {
      const { namespace = '', name, uid = '', creationTimestamp = '' } = pod.metadata;
      const named = (field: string, statusField: string, init: boolean): readonly PodContainer[] => {
        const restarts = new Map(itemsAt(pod.status, [statusField]).map((item) => [textAt(item, ['name']) ?? '', numberAt(item, ['restartCount']) ?? 0]));
        return itemsAt(pod.spec, [field]).map((item) => {
          const name = textAt(item, ['name']) ?? '';
          return { name, init, restarts: restarts.get(name) ?? 0 };
        });
      };
      return {
        namespace,
        name,
        uid,
        phase: textAt(pod.status, ['phase']) ?? '',
        ready: isPodReady(pod) && pod.metadata.deletionTimestamp === undefined,
        createdAt: creationTimestamp,
        containers: [...named('containers', 'containerStatuses', false), ...named('initContainers', 'initContainerStatuses', true)],
      };
    })
    .sort((a, b) => Number(b.ready) - Number(a.ready) || compared(b.createdAt, a.createdAt) || compared(a.name, b.name));
}

function compared(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The Pods that an EndpointSlice leads to, as far as they are known. */
export function podsBehind(slice: KubeObject, index: ObjectIndex): readonly KubeObject[] {
  return endpointsOf(slice).flatMap((endpoint) => {
    const uid = textAt(endpoint, ['targetRef', 'uid']);
    return (uid === undefined ? undefined : index.withUid(uid)) ?? [];
  });
}

/**
 * The ReplicaSet of a Deployment's newest template: trouble of the Pods that are on their way out is not its trouble.
 * Undefined while the controller has made none.
 */
export function newestReplicaSet(index: ObjectIndex, deployment: KubeObject): KubeObject | undefined {
  if (deployment.kind !== 'Deployment') return undefined;
  const revision = (set: KubeObject): number => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  return index
    .childrenOf(deployment)
    .filter((child) => child.kind === 'ReplicaSet')
    .toSorted((a, b) => revision(b) - revision(a))[0];
}
