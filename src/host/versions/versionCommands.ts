import * as vscode from 'vscode';
import type { VersionEntry, VersionWords } from '../../engine/index';
import type { Clock, Files } from '../../engine/ports';
import { gitRefs } from '../../node/gitText';
import { whoRuns } from '../../node/whoRuns';
import type { CommandTable } from '../commands/commands';
import type { WorkflowActions } from '../commands/workflowActions';
import { openCanvas } from '../commands/workflowCommands';
import { askForText, tellInformation } from '../messages';
import type { OpenWorkflow } from '../openWorkflows';
import type { Engine } from '../rooms';
import type { TreeSubject } from '../views/treeNode';
import { projectFolder } from '../views/workflowFiles';
import type { Comparisons } from './comparisons';
import { sideWords, workflowName } from './comparisons';
import type { Sides, SideSpec } from './sides';

interface Parts {
  readonly actions: WorkflowActions;
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly clock: Clock;
  readonly comparisons: Comparisons;
  readonly sides: Sides;
  readonly onChanged: () => void;
}

interface SideItem extends vscode.QuickPickItem {
  readonly side: SideSpec | 'git';
}

/** Plans a run from a node on; its canvas shows the plan. */
export async function retryFrom(actions: Pick<WorkflowActions, 'plan'>, { open }: OpenWorkflow, nodeId: string): Promise<void> {
  await openCanvas(open.document.uri);
  await actions.plan(open, { from: nodeId });
}

/** Versions: made by hand, named, looked at, compared and restored; past runs replayed and begun again. */
export function versionCommands({ actions, engine, filesOf, clock, comparisons, sides, onChanged }: Parts): CommandTable {
  /** The version that was selected for a comparison, with its workflow. */
  let selected: { readonly file: string; readonly ref: string } | undefined;

  const entriesOf = ({ open }: OpenWorkflow): Promise<readonly VersionEntry[]> =>
    engine.versionEntries(filesOf(projectFolder(open.document.uri)), workflowName(open.state.workflow, open.document.uri));
  const workflowOf = (subject: TreeSubject | undefined): Promise<OpenWorkflow | undefined> =>
    actions.workflowFor(subject?.type === 'version' || subject?.type === 'workflow' ? subject.uri : subject?.type === 'run' ? subject.workflow : undefined);
  /** The version of a row, else one that is picked. */
  const onVersion =
    (act: (workflow: OpenWorkflow, ref: string) => Promise<void>): CommandTable[string] =>
    async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow === undefined) return;
      const ref = subject?.type === 'version' ? subject.ref : await pickVersion(await entriesOf(workflow));
      if (ref !== undefined) await act(workflow, ref);
    };
  const pickSide = async (workflow: OpenWorkflow, title: string, not?: SideSpec): Promise<SideSpec | undefined> => {
    const others: readonly SideItem[] = [
      { label: `$(file) ${vscode.l10n.t('Working file')}`, side: { type: 'working' } },
      { label: `$(cloud) ${vscode.l10n.t('Cluster')}`, description: vscode.l10n.t('what the objects of the target say'), side: { type: 'live' } },
      { label: `$(git-branch) ${vscode.l10n.t('Commit, branch or tag…')}`, side: 'git' },
    ];
    const items = [...others, ...(await entriesOf(workflow)).map((entry): SideItem => ({ ...versionItem(entry), side: { type: 'version', ref: entry.ref } }))];
    const picked = await vscode.window.showQuickPick(
      items.filter(({ side }) => JSON.stringify(side) !== JSON.stringify(not)),
      { title, matchOnDescription: true, matchOnDetail: true },
    );
    return picked?.side === 'git' ? pickGit(workflow) : picked?.side;
  };

  return {
    createVersion: async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow === undefined) return;
      const { document, state } = workflow.open;
      const words = await askForWords(vscode.l10n.t('Create Version'), {});
      if (words === undefined) return;
      const name = workflowName(state.workflow, document.uri);
      const made = await engine.createVersion(filesOf(projectFolder(document.uri)), clock, name, document.getText(), words, whoRuns());
      onChanged();
      void tellInformation(vscode.l10n.t('The file as it is now is version {0}.', made.version));
    },
    openVersion: onVersion((workflow, ref) => comparisons.show(workflow, ref)),
    openVersionText: onVersion(async (workflow, ref) => {
      const { document, state } = workflow.open;
      const { uri } = await sides.read(document.uri, workflowName(state.workflow, document.uri), { type: 'version', ref });
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    }),
    nameVersion: onVersion(async (workflow, ref) => {
      const { document, state } = workflow.open;
      const files = filesOf(projectFolder(document.uri));
      const name = workflowName(state.workflow, document.uri);
      const { meta } = await engine.readVersion(files, name, ref);
      const words = await askForWords(vscode.l10n.t('Name Version {0}', ref), meta);
      if (words === undefined) return;
      await engine.describeVersion(files, name, ref, words);
      onChanged();
    }),
    restoreVersion: onVersion((workflow, ref) => comparisons.restore(workflow, ref)),
    compareVersions: async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow === undefined) return;
      const before = await pickSide(workflow, vscode.l10n.t('Compare which…'));
      if (before === undefined) return;
      const after = await pickSide(workflow, vscode.l10n.t('…{0} with which?', sideWords(before)), before);
      if (after !== undefined) await comparisons.compare(workflow, before, after);
    },
    compareWithFile: onVersion((workflow, ref) => comparisons.compare(workflow, { type: 'version', ref }, { type: 'working' })),
    compareWithLive: onVersion((workflow, ref) => comparisons.compare(workflow, { type: 'version', ref }, { type: 'live' })),
    compareFileWithLive: async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow !== undefined) await comparisons.compare(workflow, { type: 'working' }, { type: 'live' });
    },
    compareWithGit: async (subject) => {
      const workflow = await workflowOf(subject);
      const side = workflow === undefined ? undefined : await pickGit(workflow);
      if (workflow !== undefined && side !== undefined) await comparisons.compare(workflow, side, { type: 'working' });
    },
    selectForCompare: onVersion(async ({ open }, ref) => {
      selected = { file: open.document.uri.toString(), ref };
      await vscode.commands.executeCommand('setContext', 'kubeorch.versionSelected', true);
    }),
    compareWithSelected: onVersion(async (workflow, ref) => {
      if (selected === undefined) throw new Error(vscode.l10n.t('Select a version for a comparison first.'));
      if (selected.file !== workflow.open.document.uri.toString()) throw new Error(vscode.l10n.t('The selected version is of another workflow.'));
      await comparisons.compare(workflow, { type: 'version', ref: selected.ref }, { type: 'version', ref });
    }),
    replayRun: async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow === undefined) return;
      const runId = subject?.type === 'run' ? subject.runId : await pickRun(workflow);
      if (runId !== undefined) await comparisons.replay(workflow, runId);
    },
    retryRun: async (subject) => {
      const workflow = await workflowOf(subject);
      if (workflow === undefined) return;
      const runId = subject?.type === 'run' ? subject.runId : await pickRun(workflow);
      const nodeId = runId === undefined ? undefined : await pickStart(workflow, runId);
      if (nodeId !== undefined) await retryFrom(actions, workflow, nodeId);
    },
  };

  async function pickRun(workflow: OpenWorkflow): Promise<string | undefined> {
    const { document, state } = workflow.open;
    const runs = await engine.listRuns(filesOf(projectFolder(document.uri)), workflowName(state.workflow, document.uri), 100);
    if (runs.length === 0) throw new Error(vscode.l10n.t('There is no run of this workflow.'));
    const items = runs.map((run) => ({
      label: `${vscode.l10n.t('version {0}', run.version)} → ${run.target}`,
      description: `${run.status} · ${new Date(run.startedAt).toLocaleString()}`,
      runId: run.runId,
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which run?'), matchOnDescription: true }))?.runId;
  }

  /** Where a run can be begun again: at what failed first of all, then at what never came to its turn, then anywhere. */
  async function pickStart(workflow: OpenWorkflow, runId: string): Promise<string | undefined> {
    const { document, state } = workflow.open;
    const journal = await engine.readJournal(filesOf(projectFolder(document.uri)), workflowName(state.workflow, document.uri), runId);
    const traces = (journal === undefined ? undefined : engine.runDetail(journal))?.nodes ?? [];
    const rank = { failed: 0, skipped: 1, started: 2, done: 3 } as const;
    const items = traces
      .filter(({ nodeId }) => state.workflow.nodes.some(({ id }) => id === nodeId))
      .sort((a, b) => rank[a.state] - rank[b.state])
      .map(({ nodeId, state: was, reason }) => ({ label: nodeId, description: reason ?? was }));
    if (items.length === 0) throw new Error(vscode.l10n.t('No node of this run is in the file any more.'));
    return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Begin at which node? What depends on it comes along.') }))?.label;
  }

  async function pickGit(workflow: OpenWorkflow): Promise<SideSpec | undefined> {
    const folder = projectFolder(workflow.open.document.uri);
    if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('This folder is not trusted, so git is not started in it.'));
    const known = folder.scheme === 'file' ? await gitRefs(folder.fsPath) : [];
    const typed = vscode.l10n.t('Type a commit, branch or tag…');
    const picked = await vscode.window.showQuickPick(['HEAD', ...known, typed], { placeHolder: vscode.l10n.t('Which commit, branch or tag?') });
    const ref = picked === typed ? await askForText({ prompt: vscode.l10n.t('A commit, branch or tag of git.'), value: 'HEAD~1' }) : picked;
    return ref === undefined || ref.trim() === '' ? undefined : { type: 'git', ref: ref.trim() };
  }
}

function versionItem({ ref, meta }: VersionEntry): vscode.QuickPickItem {
  const made = new Date(meta.createdAt);
  const last = meta.runs.at(-1);
  return {
    label: `$(tag) ${vscode.l10n.t('Version {0}', ref)}`,
    description: [meta.tag, meta.name, Number.isNaN(made.getTime()) ? undefined : made.toLocaleString()].filter((part) => part !== undefined).join(' · '),
    detail: [meta.description, last === undefined ? undefined : `${last.status} → ${last.target}`]
      .filter((part) => part !== undefined && part !== '')
      .join(' · '),
  };
}

async function pickVersion(entries: readonly VersionEntry[]): Promise<string | undefined> {
  if (entries.length === 0) throw new Error(vscode.l10n.t('This workflow has no version yet. A run makes one, and so does Create Version.'));
  const items = entries.map((entry) => ({ ...versionItem(entry), ref: entry.ref }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which version?'), matchOnDescription: true, matchOnDetail: true }))?.ref;
}

/** Name, tag and description, one after the other; undefined when the person gave up. */
async function askForWords(title: string, present: VersionWords): Promise<VersionWords | undefined> {
  const ask = (step: number, prompt: string, value: string | undefined): Thenable<string | undefined> =>
    askForText({ title: `${title} (${String(step)}/3)`, prompt, value: value ?? '', ignoreFocusOut: true });
  const name = await ask(1, vscode.l10n.t('A name (optional)'), present.name);
  if (name === undefined) return undefined;
  const tag = await ask(2, vscode.l10n.t('A tag, such as v1.4 (optional)'), present.tag);
  if (tag === undefined) return undefined;
  const description = await ask(3, vscode.l10n.t('What is it? (optional)'), present.description);
  if (description === undefined) return undefined;
  return { ...(name === '' && present.name === undefined ? {} : { name }), ...(tag === '' && present.tag === undefined ? {} : { tag }), description };
}
