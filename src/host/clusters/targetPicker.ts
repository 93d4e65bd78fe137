import * as vscode from 'vscode';
import type { Workflow } from '../../shared/workflow';
import { settings } from '../settings';
import { failureWords } from '../words';
import type { Sandboxes } from './sandboxes';
import type { TargetChoice, Targets } from './targets';
import { choiceText } from './targets';

interface TargetItem extends vscode.QuickPickItem {
  readonly choice?: TargetChoice;
}

/**
 * Asks where to deploy to: the sandbox, the workflow's environments, the contexts of the kubeconfig. Undefined when cancelled.
 * Listing contacts no cluster.
 */
export async function pickTarget(
  targets: Targets,
  sandboxes: Sandboxes,
  folder: vscode.Uri,
  workflow: Workflow | undefined,
): Promise<TargetChoice | undefined> {
  const chosen = targets.choiceFor(folder);
  const mark = (choice: TargetChoice): string =>
    [
      ...(chosen !== undefined && choiceText(chosen) === choiceText(choice) ? [vscode.l10n.t('chosen')] : []),
      ...(settings.defaultCluster() === choiceText(choice) ? [vscode.l10n.t('default')] : []),
    ].join(' · ');
  const running = await sandboxes.find(folder);
  const sandbox: TargetItem = {
    label: `$(vm) ${vscode.l10n.t('Sandbox')}`,
    description: mark({ type: 'sandbox' }),
    detail:
      running === undefined ? vscode.l10n.t('Starts the embedded API server; nothing real runs in it.') : vscode.l10n.t('Running. Nothing real runs in it.'),
    choice: { type: 'sandbox' },
  };
  const items: TargetItem[] = [sandbox];
  const environments = Object.entries(workflow?.environments ?? {});
  if (environments.length > 0) items.push({ label: vscode.l10n.t('Environments'), kind: vscode.QuickPickItemKind.Separator });
  for (const [name, environment] of environments) {
    items.push({
      label: `${environment.protected === true ? '$(shield)' : '$(server-environment)'} ${name}`,
      description: mark({ type: 'environment', name }),
      detail: [environment.context ?? vscode.l10n.t('names no context'), environment.namespace].filter((part) => part !== undefined).join(' · '),
      choice: { type: 'environment', name },
    });
  }
  const records = vscode.workspace.isTrusted ? targets.addedClusters() : [];
  if (records.length > 0) items.push({ label: vscode.l10n.t('Added clusters'), kind: vscode.QuickPickItemKind.Separator });
  for (const record of records) {
    const choice = { type: 'added', id: record.id } as const;
    items.push({
      label: `$(server) ${record.displayName}`,
      description: mark(choice),
      detail: [record.displayName === record.id ? undefined : record.id, record.server, record.namespace].filter((part) => part !== undefined).join(' · '),
      choice,
    });
  }
  items.push({ label: vscode.l10n.t('Contexts of the kubeconfig'), kind: vscode.QuickPickItemKind.Separator });
  try {
    const contexts = await targets.contexts(folder);
    for (const context of contexts) {
      items.push({
        label: `$(server) ${context.name}`,
        description: mark({ type: 'context', context: context.name }),
        detail: `${context.server} · ${context.namespace}`,
        choice: { type: 'context', context: context.name },
      });
    }
    if (contexts.length === 0)
      items.push({
        label: vscode.workspace.isTrusted ? vscode.l10n.t('No contexts found.') : vscode.l10n.t('Real clusters need a trusted workspace.'),
        alwaysShow: true,
      });
  } catch (error) {
    items.push({ label: `$(warning) ${failureWords(error)}`, alwaysShow: true });
  }
  // The default is offered first, with a heading of its own; nothing is chosen by it.
  const preferred = items.findIndex(({ choice }) => choice !== undefined && choiceText(choice) === settings.defaultCluster());
  const [first] = preferred < 0 ? [] : items.splice(preferred, 1);
  if (first !== undefined) items.unshift({ label: vscode.l10n.t('Default'), kind: vscode.QuickPickItemKind.Separator }, first);
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Select Target'),
    placeHolder: vscode.l10n.t('Where should workflows of this folder be planned and deployed?'),
    matchOnDetail: true,
  });
  return picked?.choice;
}
