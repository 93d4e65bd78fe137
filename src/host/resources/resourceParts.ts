import * as vscode from 'vscode';
import type { Clock, Files, Logger } from '../../engine/ports';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { Sandboxes } from '../clusters/sandboxes';
import type { Targets } from '../clusters/targets';
import type { CommandTable } from '../commands/commands';
import type { TabOrigin } from '../editor/tabs';
import type { LogPanels } from '../logs/logPanels';
import type { Engine } from '../rooms';
import type { Broadcaster } from '../streams/broadcaster';
import type { TreeSource } from '../views/treeNode';
import { ResourceActions } from './resourceActions';
import type { ClusterPlace } from './resourceClusters';
import { placeOfKey, ResourceClusters } from './resourceClusters';
import { actOn, resourceCommands } from './resourceCommands';
import { ResourceDetails } from './resourceDetails';
import { ResourceDocuments } from './resourceDocuments';
import { openResourceLogs } from './resourceLogs';
import { ResourceTree } from './resourceTree';
import { ResourcesView } from './resourcesView';
import { ViewState } from './viewState';

/** Everything about the resources of clusters: the view, the pages, the documents and their commands. */
export interface Resources {
  readonly view: TreeSource;
  readonly commands: CommandTable;
  readonly showLogs: (place: ClusterPlace, ref: ObjectRef) => Promise<void>;
  /** Makes the page or the logs of an object again in a tab that a reload has left. */
  readonly restore: (panel: vscode.WebviewPanel, origin: Extract<TabOrigin, { type: 'resource' | 'resourceLogs' }>) => Promise<void>;
  /** The objects that the view has in memory. */
  readonly watched: () => Iterable<ClusterPlace & { readonly ref: ObjectRef }>;
  readonly lifetime: DisposableList;
}

export function createResources(parts: {
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
  readonly broadcaster: Broadcaster;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
  readonly logPanels: LogPanels;
  readonly workspaceState: vscode.Memento;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly extensionUri: vscode.Uri;
}): Resources {
  const { targets, sandboxes, broadcaster, logPanels, engine, clock, log, extensionUri } = parts;
  const lifetime = new DisposableList();
  const state = new ViewState(parts.workspaceState);
  const clusters = new ResourceClusters({ targets, engine, filesOf: parts.filesOf, state: parts.workspaceState });
  const actions = new ResourceActions({ clusters, engine, clock });
  const tree = lifetime.add(
    new ResourceTree({
      engine,
      clock,
      view: () => state.view(),
      entries: () => clusters.entries(),
      typedNamespaces: (key) => state.typedNamespaces(key),
      namespaceFilter: (key) => state.namespaceFilter(key),
      favourites: () => state.favourites(),
      remarks: () => state.remarks(),
      onError: (error) => log.error('The resources view could not follow.', error),
    }),
  );
  const documents: ResourceDocuments = lifetime.add(new ResourceDocuments({ clusters, details: () => details, engine, log }));
  const details = lifetime.add(
    new ResourceDetails({
      clusters,
      broadcaster,
      engine,
      clock,
      log,
      extensionUri,
      act: (action, place, ref) => actOn(actions, action, place, ref),
      openYaml: (place, ref) => documents.show(place, ref, 'yaml'),
    }),
  );
  const view = lifetime.add(
    new ResourcesView({
      tree,
      state,
      engine,
      shown: () => clusters.shown(),
      onError: (error) => log.error('The resources view could not be refreshed.', error),
    }),
  );
  lifetime.add(targets.onDidChange(() => tree.refresh()));
  lifetime.add(
    targets.onDidReconnect(() => {
      tree.refresh();
      details.retry();
    }),
  );
  // A sandbox that was stopped and started is another cluster.
  lifetime.add(sandboxes.onDidChange(() => tree.reload()));
  lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => tree.reload()));
  lifetime.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('kubeorch.resources')) tree.refresh();
    }),
  );
  return {
    view,
    commands: resourceCommands({ tree, state, clusters, details, documents, actions, targets, sandboxes, engine }),
    showLogs: (place, ref) => openResourceLogs({ details, logPanels, engine }, place, ref),
    restore: async (panel, { cluster, ref, ...rest }) => {
      const place = placeOfKey(cluster);
      if (place === undefined) throw new Error(vscode.l10n.t('That cluster does not belong to this workspace any more.'));
      if (rest.type === 'resource') await details.open(place, ref, rest.tab, panel);
      else await openResourceLogs({ details, logPanels, engine }, place, ref, panel);
    },
    *watched() {
      for (const { clusterKey, ref } of tree.watched()) {
        const place = placeOfKey(clusterKey);
        if (place !== undefined) yield { ...place, ref };
      }
    },
    lifetime,
  };
}
