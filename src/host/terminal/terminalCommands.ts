import * as vscode from 'vscode';
import type { Targets } from '../clusters/targets';
import { podsOfObject } from '../clusters/podsOfObject';
import type { CommandTable } from '../commands/commands';
import type { NodeActions } from '../commands/nodeActions';
import type { WorkflowActions } from '../commands/workflowActions';
import type { Engine } from '../rooms';
import { pickContainer } from './pickContainer';
import type { PodTerminals } from './podTerminals';

/** A terminal on the selected node, or on a row of a resources view: a pod, or whatever has pods. */
export function terminalCommands(parts: {
  readonly actions: WorkflowActions;
  readonly nodes: NodeActions;
  readonly targets: Targets;
  readonly terminals: PodTerminals;
  readonly engine: Pick<Engine, 'podInfos'>;
}): CommandTable {
  const { actions, nodes, targets, terminals, engine } = parts;
  return {
    openTerminal: async (subject) => {
      if (subject?.type === 'resource') {
        const connection = await targets.openCluster(subject.cluster, subject.folder, false);
        if (connection === undefined) throw new Error(vscode.l10n.t('The sandbox is not running.'));
        try {
          const place = await pickContainer(engine.podInfos(await podsOfObject(connection.cluster, subject.ref)), subject.ref.name);
          if (place === undefined) return connection.dispose();
          terminals.open({ connection, place, title: subject.ref.name, scope: subject.folder });
        } catch (error) {
          connection.dispose();
          throw error;
        }
        return;
      }
      const workflow = await actions.workflowFor(subject?.type === 'workflow' || subject?.type === 'node' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const nodeId = subject?.type === 'node' ? subject.nodeId : await nodes.pickNode(workflow);
      if (nodeId !== undefined) await nodes.openTerminal(workflow.open, nodeId);
    },
  };
}
