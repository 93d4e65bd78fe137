import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { WorkflowDocuments } from '../documents';
import { catalogFolder } from '../views/workflowFiles';
import { fixWords } from '../words';
import { diagnosticOf, editorRange } from './diagnostics';

/** Puts what is wrong with plugins and templates of the workspace at their own files. They are read when they are saved. */
export function followFileProblems(documents: WorkflowDocuments): Disposable {
  const lifetime = new DisposableList();
  const collection = lifetime.add(vscode.languages.createDiagnosticCollection('kubeorch-templates'));
  const shown = new Map<string, readonly vscode.Uri[]>();
  lifetime.add(
    documents.onDidLoadCatalog(({ folder, loaded }) => {
      for (const uri of shown.get(folder.toString()) ?? []) collection.delete(uri);
      const files = new Map<string, vscode.Diagnostic[]>();
      for (const problem of loaded.problems) {
        if (!problem.inWorkspace) continue;
        const uri = vscode.Uri.joinPath(folder, problem.file);
        files.set(problem.file, [...(files.get(problem.file) ?? []), diagnosticOf(problem, uri)]);
      }
      const uris = [...files].map(([file, diagnostics]) => {
        const uri = vscode.Uri.joinPath(folder, file);
        collection.set(uri, diagnostics);
        return uri;
      });
      shown.set(folder.toString(), uris);
    }),
  );
  return lifetime;
}

/** Repairs of a plugin file. Ranges are those of the saved text, so a text that was changed since has none. */
export async function fileActions(
  documents: WorkflowDocuments,
  document: vscode.TextDocument,
  range: vscode.Range,
  shown: readonly vscode.Diagnostic[],
): Promise<vscode.CodeAction[]> {
  if (document.isDirty) return [];
  const folder = catalogFolder(document.uri);
  const { problems } = await documents.catalogOf(folder);
  const actions: vscode.CodeAction[] = [];
  for (const problem of problems) {
    if (!problem.inWorkspace || vscode.Uri.joinPath(folder, problem.file).toString() !== document.uri.toString()) continue;
    const place = editorRange(problem.range);
    if (place.intersection(range) === undefined) continue;
    for (const repair of problem.repairs ?? []) {
      const action = new vscode.CodeAction(fixWords(repair), vscode.CodeActionKind.QuickFix);
      action.edit = new vscode.WorkspaceEdit();
      action.edit.replace(document.uri, editorRange(repair.range), repair.newText);
      action.isPreferred = actions.length === 0;
      action.diagnostics = shown.filter((diagnostic) => diagnostic.code === problem.code && diagnostic.range.isEqual(place));
      actions.push(action);
    }
  }
  return actions;
}
