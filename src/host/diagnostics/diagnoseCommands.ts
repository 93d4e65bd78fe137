import * as vscode from 'vscode';
import type { JudgedCheck } from '../../engine/index';
import type { CheckStatus } from '../../shared/diagnosis';
import { overallStatus, remedyOf } from '../../shared/diagnosis';
import type { CommandTable } from '../commands/commands';
import type { NodeActions } from '../commands/nodeActions';
import type { WorkflowActions } from '../commands/workflowActions';
import type { OpenWorkflow } from '../openWorkflows';
import { diagnosisWords, fixWords, suggestionWords } from '../words';
import type { FixPreviews } from './fixPreviews';

const icons = { pass: 'pass', warning: 'warning', error: 'error', unknown: 'question' } as const satisfies Record<CheckStatus, string>;

interface Parts {
  readonly actions: WorkflowActions;
  readonly nodes: NodeActions;
  readonly fixes: FixPreviews;
  /** Shows a node on its workflow's canvas. */
  readonly openNode: (workflow: vscode.Uri, nodeId: string) => Promise<void>;
}

/** `KubeOrch: Diagnose…` lists the hops of a node, and goes where the chosen one is mended; the other two act on the fix that is shown. */
export function diagnoseCommands(parts: Parts): CommandTable {
  const { actions, nodes, fixes } = parts;
  return {
    diagnose: async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const nodeId = await nodes.pickNode(workflow);
      if (nodeId !== undefined) await diagnose(parts, workflow, nodeId);
    },
    applyFix: () => fixes.apply(),
    discardFix: () => fixes.discard(),
  };
}

async function diagnose({ actions, nodes, fixes, openNode }: Parts, workflow: OpenWorkflow, nodeId: string): Promise<void> {
  const connection = await actions.connectTo(workflow);
  const holding = workflow.live.hold();
  let checks: readonly JudgedCheck[];
  try {
    await workflow.live.settled();
    checks = workflow.live.checksOf(nodeId);
  } finally {
    holding.dispose();
    connection.dispose();
  }
  if (checks.length === 0) throw new Error(vscode.l10n.t('Nothing that "{0}" stands for can be judged hop by hop.', nodeId));
  const words = { healthy: vscode.l10n.t('healthy'), warning: vscode.l10n.t('warning'), error: vscode.l10n.t('error'), unknown: vscode.l10n.t('unknown') };
  const picked = await vscode.window.showQuickPick(checks.map(itemOf), {
    title: vscode.l10n.t('{0}: {1}', nodeId, words[overallStatus(checks)]),
    placeHolder: vscode.l10n.t('Each hop, in the order that traffic takes them; choose one to mend it'),
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  const { check } = picked;
  const { document } = workflow.open;
  const remedy = remedyOf(check);
  if (check.fix !== undefined) await fixes.show(workflow.open, check);
  else if (remedy === 'logs') await nodes.openLogs(workflow.open, check.nodeId);
  else if (remedy === 'deploy') await vscode.commands.executeCommand('kubeorch.deploy', document.uri);
  // What nothing here mends is looked at where it is drawn.
  else await openNode(document.uri, check.nodeId);
}

function itemOf(check: JudgedCheck): vscode.QuickPickItem & { readonly check: JudgedCheck } {
  const advice = suggestionWords(check);
  const ways = { logs: vscode.l10n.t('Open the logs'), deploy: vscode.l10n.t('Deploy…') };
  const remedy = remedyOf(check);
  const way = remedy === undefined || advice === undefined ? advice : vscode.l10n.t('{0}: {1}', ways[remedy], advice);
  const detail = check.fix === undefined ? way : vscode.l10n.t('Fix: {0}', fixWords(check.fix));
  return { label: `$(${icons[check.status]}) ${diagnosisWords(check)}`, description: check.name, ...(detail === undefined ? {} : { detail }), check };
}
