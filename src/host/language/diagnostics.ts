import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { Problem, Severity, TextRange } from '../../shared/problem';
import type { Clock } from '../../engine/ports';
import { kindOf } from '../../shared/catalog';
import { nodeById } from '../../shared/workflow';
import { problemDocs } from '../../shared/problemDocs';
import type { DocumentState, WorkflowDocument, WorkflowDocuments } from '../documents';
import { problemWords } from '../words';

/** Long enough that two keys struck together show once, short enough to feel immediate: with the reading it is to stay below 100. */
const typingDelayMs = 25;

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

export function editorRange(range: TextRange | undefined): vscode.Range {
  return range === undefined ? new vscode.Range(0, 0, 0, 0) : new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

export function diagnosticOf(problem: Problem, uri: vscode.Uri, state?: DocumentState): vscode.Diagnostic {
  const made = new vscode.Diagnostic(editorRange(problem.range), problemWords(problem), severities[problem.severity]);
  made.source = 'kubeorch';
  const type = state === undefined || problem.nodeId === undefined ? undefined : nodeById(state.workflow, problem.nodeId)?.type;
  const page = problemDocs(problem, state === undefined || type === undefined ? undefined : kindOf(state.loaded.catalog, type)?.kind);
  made.code = page === undefined ? problem.code : { value: problem.code, target: vscode.Uri.parse(page) };
  if (problem.related !== undefined) {
    made.relatedInformation = problem.related.map(
      (related) => new vscode.DiagnosticRelatedInformation(new vscode.Location(uri, editorRange(related.range)), problemWords(related)),
    );
  }
  return made;
}

/** Puts every problem of the open workflow files into the Problems view: after a pause in typing, and at once on saving. */
export function followDiagnostics(documents: WorkflowDocuments, clock: Clock): Disposable {
  const lifetime = new DisposableList();
  const collection = lifetime.add(vscode.languages.createDiagnosticCollection('kubeorch'));
  const waiting = new Map<string, Disposable>();
  const show = (open: WorkflowDocument): void => {
    const { uri } = open.document;
    waiting.get(uri.toString())?.dispose();
    waiting.delete(uri.toString());
    collection.set(
      uri,
      open.state.problems.map((problem) => diagnosticOf(problem, uri, open.state)),
    );
  };
  lifetime.add(
    documents.onDidChange((open) => {
      const key = open.document.uri.toString();
      waiting.get(key)?.dispose();
      waiting.set(
        key,
        clock.after(typingDelayMs, () => show(open)),
      );
    }),
  );
  lifetime.add(
    documents.onDidClose((open) => {
      const key = open.document.uri.toString();
      waiting.get(key)?.dispose();
      waiting.delete(key);
      collection.delete(open.document.uri);
    }),
  );
  lifetime.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      for (const open of documents.all) if (open.document === document) show(open);
    }),
  );
  lifetime.add({ dispose: () => waiting.forEach((timer) => timer.dispose()) });
  for (const open of documents.all) show(open);
  return lifetime;
}
