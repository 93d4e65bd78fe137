import * as vscode from 'vscode';
import { dnsLabel, emptyWorkflow, maxWorkflowNameLength } from '../../shared/workflow';
import type { WorkflowStatus } from '../../shared/workflow';
import { isMissing } from '../files';
import type { Engine } from '../rooms';
import type { WorkflowDocument } from '../documents';
import { askForText, tellInformation } from '../messages';

/** The folder to make a workflow in: the only one, or the one picked. Undefined when there is none or it was cancelled. */
export async function pickFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('In which folder?') }))?.uri;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
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
export async function newWorkflow(engine: Engine): Promise<void> {
  const folder = await pickFolder();
  if (folder === undefined) {
    const open = vscode.l10n.t('Open Folder');
    const picked = await tellInformation(vscode.l10n.t('Workflows live in a folder. Open one first.'), open);
    if (picked === open) await vscode.commands.executeCommand('vscode.openFolder');
    return;
  }
  const place = (name: string): vscode.Uri => vscode.Uri.joinPath(folder, '.kubeorch', `${name}.workflow.yaml`);
  const name = await askForText({
    title: vscode.l10n.t('New Workflow (1/2)'),
    prompt: vscode.l10n.t('A name: lower-case letters, digits and "-".'),
    placeHolder: 'shop',
    ignoreFocusOut: true,
    validateInput: async (value) => {
      if (!dnsLabel.test(value) || value.length > maxWorkflowNameLength) {
        return vscode.l10n.t(
          'Use lower-case letters, digits and "-", at most {0} characters, beginning and ending with a letter or digit.',
          maxWorkflowNameLength,
        );
      }
      return (await exists(place(value))) ? vscode.l10n.t('There is already a workflow of this name.') : undefined;
    },
  });
  if (name === undefined) return;
  const description = await askForText({
    title: vscode.l10n.t('New Workflow (2/2)'),
    prompt: vscode.l10n.t('What is it? (optional)'),
    ignoreFocusOut: true,
  });
  if (description === undefined) return;
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(place(name), { overwrite: false, contents: new TextEncoder().encode(engine.workflowText({ ...emptyWorkflow(name), description })) });
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} could not be written.', vscode.workspace.asRelativePath(place(name))));
  await openCanvas(place(name));
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
