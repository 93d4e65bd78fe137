import type { Cluster } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { KubeObject } from '../../shared/kubeObject';
import type { Engine } from '../rooms';
import type { LogSource } from './logSource';
import { sourcesOfPods } from './logSource';

/** Pods of one namespace: those of a selector, or the one of a name; `filter` chooses further, such as by owner. */
export interface PodQuery {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly name?: string;
  readonly filter?: (pod: KubeObject) => boolean;
}

/** Follows the containers of these pods: `follow` of a log request for what is no node of a workflow. */
export function followPods(
  engine: Pick<Engine, 'podInfos'>,
  cluster: Pick<Cluster, 'watch'>,
  query: PodQuery,
): (tell: (sources: readonly LogSource[]) => void) => Disposable {
  return (tell) => {
    const pods = new Map<string, KubeObject>();
    let synced = false;
    const look = (): void => {
      // Before everything is known, a pod that is not there yet is no pod that is gone.
      if (synced) tell(sourcesOfPods(engine.podInfos([...pods.values()].filter((pod) => query.filter?.(pod) ?? true))));
    };
    const lifetime = new DisposableList();
    lifetime.add(
      cluster.watch(
        { apiVersion: 'v1', kind: 'Pod' },
        {
          namespace: query.namespace,
          ...(query.labelSelector === undefined ? {} : { labelSelector: query.labelSelector }),
          ...(query.name === undefined ? {} : { fieldSelector: `metadata.name=${query.name}` }),
        },
        (event) => {
          if (event.type === 'upsert') pods.set(event.object.metadata.name, event.object);
          else if (event.type === 'delete') pods.delete(event.object.metadata.name);
          else if (event.type === 'synced') synced = true;
          look();
        },
      ),
    );
    return lifetime;
  };
}
