import * as vscode from 'vscode';
import type { Clock, Files, Logger } from '../../engine/ports';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import type { CommandTable } from '../commands/commands';
import type { HostIdentity } from '../identity/hostIdentity';
import { outputLogger } from '../log';
import type { Engine } from '../rooms';
import { ClustersTree } from '../views/clustersTree';
import type { AddedClusters } from './addedClusters';
import { clusterCommands } from './clusterCommands';
import type { ShownHealth } from './clusterHealth';
import type { UsedCluster } from './clustersHealth';
import { createHealthMonitor, healthId, usedClusters } from './clustersHealth';
import { ConnectionLog } from './connectionLog';
import type { Sandboxes } from './sandboxes';
import type { Targets } from './targets';

/** What this window knows of clusters and does with them: their health, the view of them, and their commands. */
export interface HostClusters extends Disposable {
  readonly tree: ClustersTree;
  readonly commands: CommandTable;
  /** What was done with clusters in the last day, for whoever asks for help. */
  readonly connections: ConnectionLog;
  /** Forgets what checks saw; what is in use is looked at again soon. */
  readonly forgetHealth: () => void;
  /** The clusters that this workspace uses, with what is known of them. */
  used(): Promise<readonly (UsedCluster & { readonly health: ShownHealth })[]>;
  /** Shows one of them in the view of clusters, by the monitor's name for it. */
  show(id: string): Promise<void>;
  readonly onDidChangeHealth: (listener: () => void) => Disposable;
  /** Health is followed while a workflow, the overview or the view of clusters can be seen. */
  setWorkflowVisible(visible: boolean): void;
  setOverviewVisible(visible: boolean): void;
}

export function createClusters(options: {
  targets: Targets;
  sandboxes: Sandboxes;
  added: AddedClusters;
  identity: Pick<HostIdentity, 'signIn' | 'signIns'>;
  engine: Engine;
  filesOf: (folder: vscode.Uri) => Files;
  onTreeChanged: (listener: () => void) => Disposable;
  clock: Clock;
  log: Logger;
}): HostClusters {
  const { targets, sandboxes, added, identity, engine, filesOf, clock, log, onTreeChanged } = options;
  const lifetime = new DisposableList();
  const channel = lifetime.add(vscode.window.createOutputChannel('KubeOrch Clusters', { log: true }));
  const connections = new ConnectionLog(clock, outputLogger(channel));
  const monitor = lifetime.add(createHealthMonitor({ targets, added, engine, filesOf, connections, clock, log }));
  const inSight = { tree: false, workflow: false, overview: false };
  const isInSight = (): boolean => Object.values(inSight).some((one) => one);
  const follow = (): void => monitor.setActive(isInSight());
  const tree = lifetime.add(
    new ClustersTree({
      targets,
      sandboxes,
      added,
      monitor,
      healthId,
      clock,
      onDidChange: onTreeChanged,
      onVisible: (visible) => {
        inSight.tree = visible;
        follow();
      },
      onError: (error) => log.error('The view of clusters could not be refreshed.', error),
    }),
  );
  lifetime.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('kubeorch.defaultCluster') || event.affectsConfiguration('kubeorch.target')) tree.refresh();
    }),
  );
  // A cluster that was chosen just now should not wait for the next minute to be looked at.
  lifetime.add(targets.onDidChange(() => isInSight() && void monitor.checkAll()));
  lifetime.add(targets.onDidReconnect(() => isInSight() && void monitor.checkAll()));
  lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => isInSight() && void monitor.checkAll()));
  // Who signed in or out changes what a cluster says; another window may have done it.
  lifetime.add(
    identity.signIns.onDidChange(() => {
      tree.refresh();
      if (isInSight()) void monitor.checkAll();
    }),
  );
  return {
    tree,
    connections,
    commands: clusterCommands({ targets, added, identity, monitor, connections, channel }),
    forgetHealth: () => monitor.forgetAll(),
    async used() {
      return (await usedClusters({ targets, added, engine, filesOf, log })).map((used) => ({ ...used, health: monitor.healthOf(used.cluster.id) }));
    },
    async show(id) {
      const used = (await usedClusters({ targets, added, engine, filesOf, log })).find(({ cluster }) => cluster.id === id);
      if (used === undefined) throw new Error(vscode.l10n.t('This workspace does not use that cluster any more.'));
      await tree.reveal(used.choice);
    },
    onDidChangeHealth: (listener) => monitor.onDidChange(listener),
    setWorkflowVisible(visible) {
      inSight.workflow = visible;
      follow();
    },
    setOverviewVisible(visible) {
      inSight.overview = visible;
      follow();
    },
    dispose: () => lifetime.dispose(),
  };
}
