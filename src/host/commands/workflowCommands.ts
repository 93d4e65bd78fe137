import * as vscode from 'vscode';
import { dnsLabel, emptyWorkflow, maxWorkflowNameLength } from '../../shared/workflow';
import type { WorkflowStatus } from '../../shared/workflow';
import type { Clock, Files } from '../../engine/ports';
import { whoRuns } from '../../node/whoRuns';
import { failure } from '../../shared/problem';
import { isMissing } from '../files';
import type { Engine } from '../rooms';
import type { WorkflowDocument } from '../documents';
import { askForText, tellInformation, tellWarning } from '../messages';

/** The folder to make a workflow in: the only one, or the one picked. Undefined when there is none or it was cancelled. */
export async function pickFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('In which folder?') }))?.uri;
}

/** Whether a file or folder is there. */
export async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export async function openCanvas(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'kubeorch.canvas');
}

export async function openText(uri: vscode.Uri, column?: vscode.ViewColumn): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'default', column);
}

/** Asks for a name and a description, writes the file and opens its canvas. */
export async function newWorkflow(parts: NewParts): Promise<void> {
  const { engine } = parts;
  const folder = await pickFolder();
  if (folder === undefined) {
    const open = vscode.l10n.t('Open Folder');
    const picked = await tellInformation(vscode.l10n.t('Workflows live in a folder. Open one first.'), open);
    if (picked === open) await vscode.commands.executeCommand('vscode.openFolder');
    return;
  }
  const place = placeIn(folder);
  const name = await askForName(vscode.l10n.t('New Workflow (1/2)'), place);
  if (name === undefined) return;
  const description = await askForText({
    title: vscode.l10n.t('New Workflow (2/2)'),
    prompt: vscode.l10n.t('What is it? (optional)'),
    ignoreFocusOut: true,
  });
  if (description === undefined) return;
  await writeWorkflow(parts, folder, name, engine.workflowText({ ...emptyWorkflow(name), description }));
}

/** Asks for another name and writes a copy of the workflow under it: a draft, with a history of its own. The cluster is not touched. */
export async function cloneWorkflow(parts: NewParts, open: WorkflowDocument): Promise<void> {
  const name = await askForName(vscode.l10n.t('Clone Workflow'), placeIn(open.folder), `${open.state.workflow.name}-copy`);
  if (name === undefined) return;
  const cloned = parts.engine.clonedText(open.document.getText(), name);
  if (!cloned.ok) throw failure('edit.refused', { detail: cloned.detail });
  await writeWorkflow(parts, open.folder, name, cloned.text);
}

/** Asks, then moves the file to the trash. Versions and journals stay, and so does everything on clusters. */
export async function deleteWorkflow(open: WorkflowDocument): Promise<void> {
  const { uri } = open.document;
  const file = vscode.workspace.asRelativePath(uri);
  const detail = vscode.l10n.t('Its versions and journals stay. Nothing is deleted from a cluster: for that, use Delete from Cluster first.');
  const trash = vscode.l10n.t('Move to Trash');
  if ((await tellWarning(vscode.l10n.t('Move {0} to the trash?', file), { modal: true, detail }, trash)) !== trash) throw new vscode.CancellationError();
  try {
    await vscode.workspace.fs.delete(uri, { useTrash: true });
  } catch (error) {
    if (isMissing(error)) return;
    // Not every machine has one: a server in a container, for example.
    const forGood = vscode.l10n.t('Delete for Good');
    const words = error instanceof Error ? error.message : String(error);
    const question = vscode.l10n.t('{0} cannot be moved to the trash. Delete it for good?', file);
    if ((await tellWarning(question, { modal: true, detail: words }, forGood)) !== forGood) throw new vscode.CancellationError();
    await vscode.workspace.fs.delete(uri, { useTrash: false });
  }
}

/** What new workflows are made with. */
export interface NewParts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly clock: Clock;
  /** A version was made. */
  readonly onVersion: () => void;
}

/** Where the file of a workflow of a name is. */
export function placeIn(folder: vscode.Uri): (name: string) => vscode.Uri {
  return (name) => vscode.Uri.joinPath(folder, '.kubeorch', `${name}.workflow.yaml`);
}

/** A name that a workflow may have and none has but the one that is renamed. */
export function askForName(title: string, place: (name: string) => vscode.Uri, value?: string, own?: string): Thenable<string | undefined> {
  return askForText({
    title,
    ...(value === undefined ? {} : { value }),
    prompt: vscode.l10n.t('A name: lower-case letters, digits and "-".'),
    placeHolder: 'shop',
    ignoreFocusOut: true,
    validateInput: async (typed) => {
      if (!dnsLabel.test(typed) || typed.length > maxWorkflowNameLength) {
        return vscode.l10n.t(
          'Use lower-case letters, digits and "-", at most {0} characters, beginning and ending with a letter or digit.',
          maxWorkflowNameLength,
        );
      }
      return typed !== own && (await exists(place(typed))) ? vscode.l10n.t('There is already a workflow of this name.') : undefined;
    },
  });
}

/** Writes the file, keeps it as the first version where there are files on a disk, and opens its canvas. */
async function writeWorkflow({ engine, filesOf, clock, onVersion }: NewParts, folder: vscode.Uri, name: string, text: string): Promise<void> {
  const uri = placeIn(folder)(name);
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { overwrite: false, contents: new TextEncoder().encode(text) });
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} could not be written.', vscode.workspace.asRelativePath(uri)));
  if (folder.scheme === 'file') {
    await engine.snapshotVersion(filesOf(folder), clock, name, text, 'Initial version', whoRuns());
    onVersion();
  }
  await openCanvas(uri);
}

/** Copies the voting example into the folder, never over a file that is there, and opens it. */
export async function openExample(extensionUri: vscode.Uri): Promise<void> {
  const folder = await pickFolder();
  if (folder === undefined) {
    const open = vscode.l10n.t('Open Folder');
    const picked = await tellInformation(vscode.l10n.t('The example is copied into a folder. Open one first.'), open);
    if (picked === open) await vscode.commands.executeCommand('vscode.openFolder');
    return;
  }
  const target = vscode.Uri.joinPath(folder, '.kubeorch', 'voting.workflow.yaml');
  if (!(await exists(target))) {
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, 'templates', 'workspaces', 'voting', '.kubeorch', 'voting.workflow.yaml'), target, {
      overwrite: false,
    });
  }
  await openCanvas(target);
}

/** A workflow's status as people read it. */
export const statusWords: Readonly<Record<WorkflowStatus, () => string>> = {
  draft: () => vscode.l10n.t('Draft'),
  published: () => vscode.l10n.t('Published'),
  archived: () => vscode.l10n.t('Archived'),
};

/** Which status a workflow may go to from which: publishing and its opposite, and archiving what is published. */
const allowedFrom: Readonly<Record<WorkflowStatus, readonly WorkflowStatus[]>> = {
  draft: ['published'],
  published: ['draft', 'archived'],
  archived: ['published'],
};

/** Changes the status in the file; always a person's own act, never part of saving. */
export async function setStatus(open: WorkflowDocument, status: WorkflowStatus): Promise<void> {
  const present = open.state.workflow.status;
  if (present === status) return;
  if (!allowedFrom[status].includes(present)) {
    throw new Error(vscode.l10n.t('A workflow that is {0} cannot become {1}.', statusWords[present](), statusWords[status]()));
  }
  const result = await open.edits.push({ type: 'setProperty', path: ['status'], value: status });
  if (!result.ok) throw new Error(result.detail);
}
