import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import type { RunStatus, RunSummary } from '../../shared/runEvent';
import type { GatePaused } from '../../engine/index';
import type { Clock, Files } from '../../engine/ports';
import type { Engine } from '../rooms';
import type { NodeTrace } from '../../shared/nodeTrace';
import { nodeTraces } from '../../shared/nodeTrace';
import { failureWords, problemWords } from '../words';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';
import { projectFolder, workflowFiles } from './workflowFiles';

const icons: Readonly<Record<RunStatus, readonly [icon: string, colour?: string]>> = {
  pending: ['clock'],
  running: ['sync~spin'],
  paused: ['debug-pause', 'list.warningForeground'],
  completed: ['pass', 'charts.green'],
  failed: ['error', 'list.errorForeground'],
  cancelled: ['circle-slash'],
};

export function runIcon(status: RunStatus): vscode.ThemeIcon {
  const [icon, colour] = icons[status];
  return new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

/** Rows shown at once for each workflow; a "more" row asks for the next ones. */
const pageSize = 10;

/** The runs of each workflow, newest first, out of their journals. */
export function runsTree(engine: Engine, filesOf: (folder: vscode.Uri) => Files, clock: Clock, onDidChange: (listener: () => void) => Disposable): TreeSource {
  /** The questions of a run that waits, but for those that are answered while others are awaited. */
  const gatesOf = async (workflow: vscode.Uri, name: string, runId: string): Promise<readonly TreeNode[]> => {
    const files = filesOf(projectFolder(workflow));
    const journal = await engine.readJournal(files, name, runId);
    const gates = engine.openGates(journal?.events ?? []);
    const answered = (await engine.decisionsSoFar(files, clock, { workflow: name, runId, gates })) ?? {};
    return gates.filter(({ gateId }) => !Object.hasOwn(answered, gateId)).map((gate) => gateRow(workflow, runId, gate));
  };
  /** What a run came to with each node, out of its journal. */
  const nodesOf = async (workflow: vscode.Uri, name: string, runId: string): Promise<readonly TreeNode[]> => {
    const journal = await engine.readJournal(filesOf(projectFolder(workflow)), name, runId);
    return (journal === undefined ? [] : nodeTraces(journal.events)).map((trace) => nodeRow(workflow, runId, trace));
  };
  const below: RowsOf = async (...run) => [...(await gatesOf(...run)), ...(await nodesOf(...run))];
  return treeOf(async () => {
    const workflows = await workflowFiles();
    const groups: TreeNode[] = [];
    for (const { uri, name } of workflows) {
      let runs: readonly RunSummary[];
      try {
        const folder = projectFolder(uri);
        runs = await engine.listRuns(filesOf(folder), name, 100);
        // What is said to go on may be what a crash left.
        if (
          folder.scheme === 'file' &&
          runs.some(({ status }) => status === 'running') &&
          (await engine.closeCrashedRuns(filesOf(folder), clock, name)).length > 0
        )
          runs = await engine.listRuns(filesOf(folder), name, 100);
      } catch (error) {
        // The journals of one folder say nothing of the others'.
        groups.push({ item: unreadable(uri, name, failureWords(error)) });
        continue;
      }
      if (runs.length === 0) continue;
      const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `runs:${uri.toString()}`;
      item.iconPath = new vscode.ThemeIcon('history');
      item.contextValue = 'runs';
      groups.push({ item, children: () => page(runs, 0, uri, name, below) });
    }
    return groups;
  }, onDidChange);
}

function unreadable(uri: vscode.Uri, name: string, words: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
  item.id = `runs:${uri.toString()}`;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.description = words;
  item.tooltip = words;
  item.accessibilityInformation = { label: `${name}, ${words}` };
  return item;
}

const questions: Readonly<Record<NonNullable<GatePaused['approval']>, () => string>> = {
  replace: () => vscode.l10n.t('Delete and make again?'),
  prune: () => vscode.l10n.t('Delete what no node makes any more?'),
  'data-loss': () => vscode.l10n.t('Delete for good, with the data?'),
};

function gateRow(workflow: vscode.Uri, runId: string, { gateId, gateType, approval, message, refs }: GatePaused): TreeNode {
  const label = approval === undefined ? (message ?? gateId) : questions[approval]();
  const item = new vscode.TreeItem(label);
  const objects = refs.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  item.id = `${workflow.toString()}:${runId}:${gateId}`;
  item.description = objects;
  item.iconPath = new vscode.ThemeIcon('lock', new vscode.ThemeColor('list.warningForeground'));
  item.tooltip = `${label}\n${objects}`;
  item.accessibilityInformation = { label: vscode.l10n.t('Waits for an answer: {0}', `${label} ${objects}`) };
  item.contextValue = `gate-${gateType}`;
  return { item, subject: { type: 'gate', workflow, runId, gateId, gateType } };
}

const traceLooks: Readonly<Record<NodeTrace['state'], { readonly icon: string; readonly colour?: string; readonly words: () => string }>> = {
  started: { icon: 'sync', words: () => vscode.l10n.t('begun') },
  done: { icon: 'check', colour: 'charts.green', words: () => vscode.l10n.t('applied') },
  failed: { icon: 'error', colour: 'list.errorForeground', words: () => vscode.l10n.t('failed') },
  skipped: { icon: 'debug-step-over', words: () => vscode.l10n.t('skipped') },
};

/** What was done for a node, how long it took and how often it was tried. */
export function nodeRow(workflow: vscode.Uri, runId: string, { nodeId, state, durationMs, attempts, objects, problem }: NodeTrace): TreeNode {
  const { icon, colour, words } = traceLooks[state];
  const item = new vscode.TreeItem(nodeId);
  const took = durationMs === undefined ? [] : [`${(durationMs / 1000).toFixed(1)} s`];
  const tried = attempts > 1 ? [vscode.l10n.t('{0} attempts', attempts)] : [];
  item.id = `${workflow.toString()}:${runId}:node:${nodeId}`;
  item.description = [words(), ...took, ...tried].join(' · ');
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  item.tooltip = [
    `${nodeId}: ${item.description}`,
    ...objects.map(({ ref, action }) => `${action} ${ref.kind} ${ref.name}`),
    ...(problem === undefined ? [] : [problemWords(problem)]),
  ].join('\n');
  item.accessibilityInformation = { label: `${nodeId}, ${item.description}` };
  item.contextValue = 'run-node';
  return { item };
}

type RowsOf = (workflow: vscode.Uri, name: string, runId: string) => Promise<readonly TreeNode[]>;

function page(runs: readonly RunSummary[], from: number, workflow: vscode.Uri, name: string, below: RowsOf): readonly TreeNode[] {
  const rows = runs.slice(from, from + pageSize).map((run): TreeNode => {
    const started = new Date(run.startedAt);
    const label = `${vscode.l10n.t('version {0}', run.version)} → ${run.target}`;
    const waits = run.status === 'paused';
    const item = new vscode.TreeItem(label, waits ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `${workflow.toString()}:${run.runId}:${run.status}`;
    item.description = `${Number.isNaN(started.getTime()) ? '' : started.toLocaleString()}${run.durationMs === undefined ? '' : ` · ${(run.durationMs / 1000).toFixed(1)} s`}`;
    item.iconPath = run.partial === true ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')) : runIcon(run.status);
    const state = run.partial === true ? vscode.l10n.t('completed in part') : run.status;
    const damage =
      run.damage === undefined ? [] : [vscode.l10n.t('Its journal is damaged from line {0} on: what cannot be read is left out.', run.damage.line)];
    item.tooltip = [run.error ?? state, ...damage].join('\n');
    item.accessibilityInformation = { label: [state, label, ...damage].join(', ') };
    item.contextValue = `run-${run.status}`;
    const journal = vscode.Uri.joinPath(projectFolder(workflow), '.kubeorch', 'runs', name, `${run.runId}.ndjson`);
    const subject = { type: 'run' as const, uri: journal, workflow, runId: run.runId };
    item.command = { command: 'kubeorch.replayRun', title: vscode.l10n.t('Replay Run'), arguments: [{ item, subject }] };
    return { item, subject, children: () => below(workflow, name, run.runId) };
  });
  if (runs.length <= from + pageSize) return rows;
  const more = new vscode.TreeItem(vscode.l10n.t('{0} more…', runs.length - from - pageSize), vscode.TreeItemCollapsibleState.Collapsed);
  more.id = `${workflow.toString()}:more:${from}`;
  return [...rows, { item: more, children: () => page(runs, from + pageSize, workflow, name, below) }];
}
