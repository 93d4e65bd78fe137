import * as vscode from 'vscode';

/** What can be done with a workflow, above its text. It only names commands, so that nothing is loaded for it. */
export function workflowLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const at = /^kind:/m.exec(document.getText());
  const place = new vscode.Range(document.positionAt(at?.index ?? 0), document.positionAt(at?.index ?? 0));
  const lens = (title: string, name: string): vscode.CodeLens => new vscode.CodeLens(place, { title, command: `kubeorch.${name}`, arguments: [document.uri] });
  return [
    lens(`$(type-hierarchy-sub) ${vscode.l10n.t('Open Canvas')}`, 'openCanvas'),
    lens(`$(checklist) ${vscode.l10n.t('Plan')}`, 'plan'),
    lens(`$(rocket) ${vscode.l10n.t('Deploy…')}`, 'deploy'),
  ];
}
