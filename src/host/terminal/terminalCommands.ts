import * as vscode from 'vscode';
import type { Cluster } from '../../engine/ports';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import type { Targets } from '../clusters/targets';
import { containersOf, podsOfObject } from '../clusters/podsOfObject';
import type { CommandTable } from '../commands/commands';
import type { WorkflowActions } from '../commands/workflowActions';
import type { PodTerminals } from './podTerminals';
import type { PodPlace } from './terminalSession';

/** A terminal on the selected node, or on a row of a resources view: a pod, or whatever has pods. */
export function terminalCommands(parts: { readonly actions: WorkflowActions; readonly targets: Targets; readonly terminals: PodTerminals }): CommandTable {
  const { actions, targets, terminals } = parts;
  return {
    openTerminal: async (subject) => {
      if (subject?.type === 'resource') {
        const connection = await targets.openCluster(subject.cluster, subject.folder, false);
        if (connection === undefined) throw new Error(vscode.l10n.t('The sandbox is not running.'));
        try {
          const place = await pickContainerOf(connection.cluster, subject.ref);
          if (place === undefined) return connection.dispose();
          terminals.open({ connection, place, title: subject.ref.name, scope: subject.folder });
        } catch (error) {
          connection.dispose();
          throw error;
        }
        return;
      }
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const nodeId = await actions.pickNode(workflow);
      if (nodeId !== undefined) await actions.openTerminal(workflow.open, nodeId);
    },
  };
}

/** The one container of what was chosen, or the one that the person picks; undefined when they pick none. */
async function pickContainerOf(cluster: Cluster, ref: ObjectRef): Promise<PodPlace | undefined> {
  const pods = (await podsOfObject(cluster, ref)).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const choices = pods.flatMap((pod) => containersOf(pod).main.map((container) => ({ pod, container })));
  const [only] = choices;
  if (only === undefined) throw new Error(vscode.l10n.t('"{0}" has no running pods.', ref.name));
  if (choices.length === 1) return placeOf(only.pod, only.container);
  const picked = await vscode.window.showQuickPick(
    choices.map(({ pod, container }) => ({
      label: pod.metadata.name,
      description: container,
      detail: typeof pod.status?.['phase'] === 'string' ? pod.status['phase'] : '',
      place: placeOf(pod, container),
    })),
    { placeHolder: vscode.l10n.t('Which pod and container?') },
  );
  return picked?.place;
}

function placeOf(pod: KubeObject, container: string): PodPlace {
  return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container };
}
