import * as vscode from 'vscode';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { LogPanels } from '../logs/logPanels';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import { followedSources } from './followedSources';
import type { ClusterPlace } from './resourceClusters';
import { clusterKey, clusterLabel } from './resourceClusters';
import type { ResourceDetails } from './resourceDetails';

/** Shows the logs of a pod, or of all pods of a workload, and follows them as they come and go. */
export async function openResourceLogs(
  parts: { readonly details: ResourceDetails; readonly logPanels: LogPanels; readonly engine: Pick<Engine, 'podInfos'> },
  place: ClusterPlace,
  ref: ObjectRef,
  kept?: vscode.WebviewPanel,
): Promise<void> {
  const key = JSON.stringify(['resource', clusterKey(place.choice, place.folder), ref]);
  await parts.logPanels.openLogs({
    key,
    title: vscode.l10n.t('Logs: {0}', ref.name),
    id: ref.name,
    tailLines: settings.tailLines(place.folder),
    origin: { type: 'resourceLogs', cluster: clusterKey(place.choice, place.folder), ref },
    panel: kept,
    open: async () => {
      const followed = followedSources(parts.engine);
      const { follower, connection } = await parts.details.follow(place, ref, followed.look);
      const owned = new DisposableList();
      owned.add(connection);
      owned.add(follower);
      return {
        cluster: connection.cluster,
        ended: connection.ended,
        place: { cluster: clusterLabel(place.choice), namespace: ref.namespace },
        owned,
        follow: followed.follow(follower),
      };
    },
  });
}
