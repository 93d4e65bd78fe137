import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { TextRange } from '../../shared/problem';
import type { WorkflowRanges } from '../../shared/workflow';
import type { WorkflowDocument } from '../documents';
import type { Logger } from '../../engine/ports';
import { diagnosticOf, editorRange } from '../language/diagnostics';
import { inSlices } from '../slices';
import type { LiveDocument } from '../live/liveDocument';
import { diagnosisWords } from '../words';

/** Where a node's finding stands in the text: at its name. */
export function findingRange(ranges: WorkflowRanges, nodeId: string): TextRange | undefined {
  return Object.hasOwn(ranges.nodes, nodeId) ? ranges.nodes[nodeId]?.key : undefined;
}

/**
 * Puts what the cluster shows to be wrong into the Problems view, as long as it is followed: only what an edit of the file
 * mends, since nothing else can be done there. It goes away when it is healed.
 */
export function showFindings(
  open: WorkflowDocument,
  live: Pick<LiveDocument, 'mendable' | 'onDiagnosis' | 'onPatch' | 'replacements'>,
  log: Logger,
): Disposable {
  const lifetime = new DisposableList();
  const collection = lifetime.add(vscode.languages.createDiagnosticCollection('kubeorch-cluster'));
  let shown = '';
  let replacements: readonly vscode.Diagnostic[] = [];
  let comparing: Disposable | undefined;
  const show = (): void => {
    const found = live.mendable().map((check) => {
      const range = editorRange(findingRange(open.state.parsed.ranges, check.nodeId));
      const severity = check.status === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
      const made = new vscode.Diagnostic(range, diagnosisWords(check), severity);
      made.source = vscode.l10n.t('kubeorch, on the cluster');
      made.code = check.code;
      return made;
    });
    const findings = [...found, ...replacements];
    const text = JSON.stringify(findings.map((one) => [one.message, one.range, one.severity]));
    if (text === shown) return;
    shown = text;
    collection.set(open.document.uri, findings);
  };
  /** Each object of the file against the one on the cluster; only those are compared of which one is another than before. */
  const compare = (): void => {
    comparing?.dispose();
    comparing = inSlices(
      live.replacements(),
      (problems) => {
        replacements = problems.map((problem) => diagnosticOf(problem, open.document.uri, open.state));
        show();
      },
      (error) => log.error('The file could not be compared with what is on the cluster.', error),
    );
  };
  lifetime.add(live.onDiagnosis(show));
  lifetime.add(live.onPatch(compare));
  lifetime.add(
    open.onDidChange(() => {
      show();
      compare();
    }),
  );
  lifetime.add({ dispose: () => comparing?.dispose() });
  return lifetime;
}
