import type { JsonObject } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { endpointsOf } from '../kinds/service/health';
import { isPodReady } from '../kinds/pod/health';
import type { ObjectIndex } from './objectIndex';
import { itemsAt, numberAt, textAt } from './verdict';

export interface PodContainer {
  readonly name: string;
  /** Runs before the others and ends (a sidecar that keeps running is declared as one, too). */
  readonly init: boolean;
  /** Was added to look into the running Pod. */
  readonly ephemeral: boolean;
  /** How often it was started again. */
  readonly restarts: number;
  /** Whether it runs or ever ran: before that there is no log. Undefined where the status does not say. */
  readonly started?: boolean;
  /** Why it waits, such as `ImagePullBackOff`. */
  readonly waiting?: string;
  /** How its last run ended, while there is one. */
  readonly lastExit?: { readonly exitCode: number; readonly reason: string };
}

/** A Pod as logs and terminals need it. */
export interface PodInfo {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly createdAt: string;
  /** It was told to end. */
  readonly terminating: boolean;
  readonly containers: readonly PodContainer[];
}

/** Ready Pods first, then the newest; each once. */
export function podInfos(pods: readonly KubeObject[]): readonly PodInfo[] {
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid ?? pod.metadata.name, pod]));
  return [...byUid.values()]
    .map((pod): PodInfo => {
      const { namespace = '', name, uid = '', creationTimestamp = '' } = pod.metadata;
      const named = (field: string, statusField: string, type: Pick<PodContainer, 'init' | 'ephemeral'>): readonly PodContainer[] => {
        const statuses = new Map(itemsAt(pod.status, [statusField]).map((item) => [textAt(item, ['name']) ?? '', item]));
        return itemsAt(pod.spec, [field]).map((item) => {
          const name = textAt(item, ['name']) ?? '';
          return { name, ...type, ...runOf(statuses.get(name)) };
        });
      };
      return {
        namespace,
        name,
        uid,
        phase: textAt(pod.status, ['phase']) ?? '',
        ready: isPodReady(pod) && pod.metadata.deletionTimestamp === undefined,
        createdAt: creationTimestamp,
        terminating: pod.metadata.deletionTimestamp !== undefined,
        containers: [
          ...named('containers', 'containerStatuses', { init: false, ephemeral: false }),
          ...named('initContainers', 'initContainerStatuses', { init: true, ephemeral: false }),
          ...named('ephemeralContainers', 'ephemeralContainerStatuses', { init: false, ephemeral: true }),
        ],
      };
    })
    .sort((a, b) => Number(b.ready) - Number(a.ready) || compared(b.createdAt, a.createdAt) || compared(a.name, b.name));
}

/** What a container's status says of its runs. */
function runOf(status: JsonObject | undefined): Omit<PodContainer, 'name' | 'init' | 'ephemeral'> {
  if (status === undefined) return { restarts: 0 };
  const state = status['state'];
  const ended = [['state'], ['lastState']].find((path) => numberAt(status, [...path, 'terminated', 'exitCode']) !== undefined);
  const waiting = textAt(status, ['state', 'waiting', 'reason']);
  const known = isJsonObject(state) && Object.keys(state).length > 0;
  const began = isJsonObject(state) && (isJsonObject(state['running']) || isJsonObject(state['terminated']));
  return {
    restarts: numberAt(status, ['restartCount']) ?? 0,
    ...(known ? { started: began || ended !== undefined } : {}),
    ...(waiting === undefined ? {} : { waiting }),
    ...(ended === undefined
      ? {}
      : {
          lastExit: {
            exitCode: numberAt(status, [...ended, 'terminated', 'exitCode']) ?? 0,
            reason: textAt(status, [...ended, 'terminated', 'reason']) ?? '',
          },
        }),
  };
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
