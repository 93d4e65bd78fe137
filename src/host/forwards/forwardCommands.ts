import * as vscode from 'vscode';
import type { Cluster } from '../../engine/ports';
import type { ObjectRef } from '../../shared/kubeObject';
import type { OpenedCluster, Targets } from '../clusters/targets';
import type { Command, CommandTable } from '../commands/commands';
import type { NodeActions } from '../commands/nodeActions';
import type { WorkflowActions } from '../commands/workflowActions';
import { isForwardable, portsOf } from './forwardTarget';
import type { PortForward } from './portForward';
import type { PortForwards } from './portForwards';
import { askForText, tellInformation } from '../messages';

/** "Forward Port…" on a node or an object of a cluster, and what the view's rows offer. */
export function forwardCommands(parts: {
  readonly actions: WorkflowActions;
  readonly nodes: NodeActions;
  readonly targets: Targets;
  readonly forwards: PortForwards;
}): CommandTable {
  const { actions, nodes, targets, forwards } = parts;

  /** Takes the connection over. */
  const forwardTo = async (connection: OpenedCluster, ref: ObjectRef): Promise<void> => {
    let handed = false;
    try {
      const port = await pickPort(connection.cluster, ref);
      if (port === undefined) return;
      handed = true;
      const forward = await forwards.start({ connection, ref, port }, port);
      await vscode.commands.executeCommand('kubeorch.forwards.focus');
      const open = vscode.l10n.t('Open in Browser');
      const copy = vscode.l10n.t('Copy Address');
      // Not waited for: the forward stands, whatever becomes of the message.
      void tellInformation(vscode.l10n.t('{0} now leads to {1} {2}, port {3}.', forward.localAddress, ref.kind, ref.name, port), open, copy).then((picked) =>
        picked === open ? openInBrowser(forward) : picked === copy ? vscode.env.clipboard.writeText(forward.localAddress) : undefined,
      );
    } finally {
      if (!handed) connection.dispose();
    }
  };

  const onForward =
    (act: (forward: PortForward) => Thenable<unknown> | void): Command =>
    async (subject) => {
      const forward = subject?.type === 'forward' ? forwards.of(subject.id) : await pickForward(forwards);
      if (forward !== undefined) await act(forward);
    };

  return {
    forwardPort: async (subject) => {
      if (subject?.type === 'resource') {
        const connection = await targets.openCluster(subject.cluster, subject.folder, false);
        if (connection === undefined) throw new Error(vscode.l10n.t('The sandbox is not running.'));
        await forwardTo(connection, subject.ref);
        return;
      }
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const nodeId = await nodes.pickNode(workflow);
      if (nodeId === undefined) return;
      const { connection, refs } = await nodes.connectToNode(workflow, nodeId);
      const ref = refs.find((one) => one.kind === 'Service') ?? refs.find((one) => isForwardable(one.kind));
      if (ref === undefined) {
        connection.dispose();
        throw new Error(vscode.l10n.t('"{0}" has no pods that a port could lead to.', nodeId));
      }
      await forwardTo(connection, ref);
    },
    stopForward: onForward((forward) => forwards.stop(forward.id)),
    openForward: onForward(openInBrowser),
    copyForwardAddress: onForward((forward) => vscode.env.clipboard.writeText(forward.localAddress)),
  };
}

/** In a remote window the editor makes an address that the person's own browser can reach. */
async function openInBrowser(forward: PortForward): Promise<void> {
  await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(`http://${forward.localAddress}/`)));
}

/** Asks where there is a choice. */
async function pickForward(forwards: PortForwards): Promise<PortForward | undefined> {
  if (forwards.all.length === 1) return forwards.all[0];
  const choices = forwards.all.map((forward) => ({
    label: forward.localAddress,
    description: `${forward.ref.kind} ${forward.ref.name}:${forward.port}`,
    forward,
  }));
  if (choices.length === 0) throw new Error(vscode.l10n.t('No port is forwarded.'));
  return (await vscode.window.showQuickPick(choices, { placeHolder: vscode.l10n.t('Which forwarded port?') }))?.forward;
}

/** The one port that the object declares, the one picked of several, or one typed where it declares none. */
async function pickPort(cluster: Cluster, ref: ObjectRef): Promise<number | undefined> {
  const object = await cluster.get(ref);
  if (object === undefined) throw new Error(vscode.l10n.t('{0} {1} is not in the cluster.', ref.kind, ref.name));
  const ports = portsOf(object);
  const [only] = ports;
  if (ports.length === 1) return only?.port;
  if (ports.length > 1) {
    const picked = await vscode.window.showQuickPick(
      ports.map((port) => ({ label: String(port.port), description: port.name, detail: port.detail, port: port.port })),
      { title: vscode.l10n.t('Forward a port of {0} {1}', ref.kind, ref.name), placeHolder: vscode.l10n.t('Which port?') },
    );
    return picked?.port;
  }
  if (ref.kind === 'Service') throw new Error(vscode.l10n.t('Service {0} has no TCP port.', ref.name));
  const typed = await askForText({
    title: vscode.l10n.t('Forward a port of {0} {1}', ref.kind, ref.name),
    prompt: vscode.l10n.t('It declares no ports. Which port does its program listen on?'),
    validateInput: (text) => (isPort(text) ? undefined : vscode.l10n.t('A number from 1 to 65535.')),
  });
  return typed === undefined || !isPort(typed) ? undefined : Number(typed);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
