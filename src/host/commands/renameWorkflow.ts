import * as vscode from 'vscode';
import { failure } from '../../shared/problem';
import { tellInformation, tellWarning } from '../messages';
import type { OpenWorkflow } from '../openWorkflows';
import type { NewParts } from './workflowCommands';
import { askForName, exists, openCanvas, placeIn } from './workflowCommands';

/** What belongs to a workflow's name beside its file: folders under `.kubeorch`. */
const ownFolders = ['versions', 'runs'] as const;

/**
 * Gives a workflow another name: the file, the name in it, its versions and its runs go together, or nothing does. On clusters everything is
 * kept under the name, so a workflow that has left something there is deleted from there first.
 */
export async function renameWorkflow({ engine, filesOf, onVersion }: NewParts, { open, runs }: OpenWorkflow, planDeletion: () => Promise<void>): Promise<void> {
  const { folder, document } = open;
  const { name } = open.state.workflow;
  if (runs.running !== undefined) throw new Error(vscode.l10n.t('A run of this workflow is going on already.'));
  if (folder.scheme === 'file') {
    const places = await engine.deployedPlaces(filesOf(folder), name);
    if (places.length > 0) {
      const go = vscode.l10n.t('Plan to Delete…');
      const detail = vscode.l10n.t(
        'What it made carries its name: {0}. Under another name it would be a stranger’s. Delete it from there first, or clone the workflow under the new name.',
        places.join('; '),
      );
      const question = vscode.l10n.t('"{0}" is deployed and cannot be renamed.', name);
      if ((await tellWarning(question, { modal: true, detail }, go)) === go) await planDeletion();
      return;
    }
  }
  const wanted = await askForName(vscode.l10n.t('Rename Workflow'), placeIn(folder), name, name);
  if (wanted === undefined || wanted === name) return;
  const moves = await movesOf(folder, name, wanted);

  const undo: (() => Thenable<unknown>)[] = [];
  try {
    await setName(open, wanted);
    undo.push(() => setName(open, name));
    for (const { from, to } of moves) {
      await vscode.workspace.fs.rename(from, to, { overwrite: false });
      undo.push(() => vscode.workspace.fs.rename(to, from, { overwrite: false }));
    }
    // The editor's own way, so that open editors go along.
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(document.uri, placeIn(folder)(wanted), { overwrite: false });
    if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} could not be written.', vscode.workspace.asRelativePath(document.uri)));
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
  onVersion();
  await openCanvas(placeIn(folder)(wanted));
  void tellInformation(vscode.l10n.t('"{0}" is now "{1}", with its versions and runs.', name, wanted));
}

/** The folders that go along. What stands under the new name already is another workflow's history, even if its file is gone. */
async function movesOf(folder: vscode.Uri, name: string, wanted: string): Promise<readonly { readonly from: vscode.Uri; readonly to: vscode.Uri }[]> {
  const moves: { readonly from: vscode.Uri; readonly to: vscode.Uri }[] = [];
  for (const own of ownFolders) {
    const [from, to] = [vscode.Uri.joinPath(folder, '.kubeorch', own, name), vscode.Uri.joinPath(folder, '.kubeorch', own, wanted)];
    if (await exists(to)) throw failure('import.taken', { file: vscode.workspace.asRelativePath(to) });
    if (await exists(from)) moves.push({ from, to });
  }
  return moves;
}

/** Sets the name in the file and saves it. */
async function setName(open: OpenWorkflow['open'], name: string): Promise<void> {
  const result = await open.edits.push({ type: 'setProperty', path: ['name'], value: name });
  if (!result.ok) throw failure('edit.refused', { detail: result.detail });
  if (open.document.isDirty && !(await open.document.save()))
    throw failure('file.unwritable', { file: vscode.workspace.asRelativePath(open.document.uri), detail: vscode.l10n.t('it was not saved') });
}
