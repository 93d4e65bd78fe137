import * as vscode from 'vscode';
import { NoReadyPod } from '../forwards/portForward';
import type { PortForward } from '../forwards/portForward';
import type { PortForwards } from '../forwards/portForwards';
import { failureWords } from '../words';
import type { TreeSource } from './treeNode';
import { treeOf } from './treeNode';

/** The forwarded ports of this window: local address, target, connections and bytes, and why the last connection failed. */
export function forwardsTree(forwards: PortForwards): TreeSource {
  return treeOf(
    () => Promise.resolve(forwards.all.map((forward) => ({ item: itemOf(forward), subject: { type: 'forward', id: forward.id } as const }))),
    (listener) => forwards.onDidChange(() => listener()),
  );
}

function itemOf(forward: PortForward): vscode.TreeItem {
  const { openConnections, connections, bytesSent, bytesReceived, pod, problem } = forward.figures;
  const target = `${forward.ref.kind.toLowerCase()}/${forward.ref.name}:${forward.port}`;
  const state = problem === undefined ? vscode.l10n.t('{0} open', openConnections) : problemWordsOf(problem);
  const item = new vscode.TreeItem(forward.localAddress);
  item.id = forward.id;
  item.description = `${target} · ${forward.ref.namespace} · ${state}`;
  item.iconPath =
    problem === undefined
      ? new vscode.ThemeIcon('plug', new vscode.ThemeColor('charts.green'))
      : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'forward';
  const lines = [
    vscode.l10n.t('{0} leads to {1} in namespace {2} of {3}.', forward.localAddress, target, forward.ref.namespace, forward.clusterLabel),
    pod === undefined ? vscode.l10n.t('No connection yet.') : vscode.l10n.t('Last pod: {0}.', pod),
    vscode.l10n.t('Connections: {0}, of them open: {1}. Bytes sent: {2}, received: {3}.', connections, openConnections, bytesSent, bytesReceived),
    ...(problem === undefined ? [] : [problemWordsOf(problem)]),
  ];
  item.tooltip = lines.join('\n');
  item.accessibilityInformation = { label: lines.join(' ') };
  return item;
}

function problemWordsOf(problem: unknown): string {
  return problem instanceof NoReadyPod ? vscode.l10n.t('{0} {1} has no ready pod.', problem.ref.kind, problem.ref.name) : failureWords(problem);
}
