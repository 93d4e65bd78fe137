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
import { createHealthMonitor, healthId } from './clustersHealth';
import { ConnectionLog } from './connectionLog';
import type { Sandboxes } from './sandboxes';
import type { Targets } from './targets';

/** What this window knows of clusters and does with them: their health, the view of them, and their commands. */
export interface HostClusters extends Disposable {
  readonly tree: ClustersTree;
  readonly commands: CommandTable;
  /** What was done with clusters in the last day, for whoever asks for help. */
  readonly connections: ConnectionLog;
  /** Health is followed while a workflow or the view of clusters can be seen. */
  setWorkflowVisible(visible: boolean): void;
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
  const inSight = { tree: false, workflow: false };
  const follow = (): void => monitor.setActive(inSight.tree || inSight.workflow);
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
  lifetime.add(targets.onDidChange(() => (inSight.tree || inSight.workflow) && void monitor.checkAll()));
  lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => (inSight.tree || inSight.workflow) && void monitor.checkAll()));
  // Who signed in or out changes what a cluster says; another window may have done it.
  lifetime.add(
    identity.signIns.onDidChange(() => {
      tree.refresh();
      if (inSight.tree || inSight.workflow) void monitor.checkAll();
    }),
  );
  return {
    tree,
    connections,
    commands: clusterCommands({ targets, added, identity, monitor, connections, channel }),
    setWorkflowVisible(visible) {
      inSight.workflow = visible;
      follow();
    },
    dispose: () => lifetime.dispose(),
  };
}
