import * as vscode from 'vscode';
import type { ComposeImport, ImportLoss } from '../../engine/index';
import type { Files } from '../../engine/ports';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { openCanvas } from './workflowCommands';

/** What an import would bring, as it is shown before anything is written. */
export interface ImportOffer {
  readonly title: string;
  readonly workflow: Workflow;
  readonly text: string;
  readonly losses: readonly ImportLoss[];
  /** What would come, a row for each part. */
  readonly rows: readonly { readonly label: string; readonly description: string }[];
  /** Where the place of a loss is found. */
  readonly placeOf: (loss: ImportLoss) => string;
}

interface Choice extends vscode.QuickPickItem {
  readonly act?: 'create' | 'losses';
}

/** Shows what would come; writes the file and opens its canvas when that is accepted. */
export async function offerImport(filesOf: (folder: vscode.Uri) => Files, folder: vscode.Uri, offer: ImportOffer): Promise<void> {
  const { title, workflow, losses } = offer;
  const file = `.kubeorch/${workflow.name}.workflow.yaml`;
  const lost = losses.filter((loss) => loss.kind === 'lost').length;
  const choices: readonly Choice[] = [
    {
      label: vscode.l10n.t('Create {0}', file),
      description: vscode.l10n.t('{0} nodes', workflow.nodes.length),
      iconPath: new vscode.ThemeIcon('check'),
      act: 'create',
    },
    {
      label: vscode.l10n.t('Show Losses'),
      description: vscode.l10n.t('{0} lost, {1} to look at', lost, losses.length - lost),
      iconPath: new vscode.ThemeIcon('list-unordered'),
      act: 'losses',
    },
    { label: vscode.l10n.t('What would come'), kind: vscode.QuickPickItemKind.Separator },
    ...offer.rows,
  ];
  const placeHolder = vscode.l10n.t('Nothing is written before you create it.');
  const picked = await vscode.window.showQuickPick(choices, { title, placeHolder, ignoreFocusOut: true });
  if (picked === undefined) return;
  if (picked.act === 'losses') return showLosses(offer);
  if (!(await filesOf(folder).createExclusive(file, offer.text))) throw failure('import.taken', { file });
  await openCanvas(vscode.Uri.joinPath(folder, file));
  if (losses.length > 0) await showLosses(offer);
}

/** The losses as a document beside the canvas, with their places. */
async function showLosses({ losses, placeOf }: ImportOffer): Promise<void> {
  const words: Readonly<Record<ImportLoss['kind'], string>> = {
    lost: vscode.l10n.t('Lost'),
    changed: vscode.l10n.t('Changed'),
    note: vscode.l10n.t('Good to know'),
  };
  const sections = (['lost', 'changed', 'note'] as const).flatMap((kind) => {
    const of = losses.filter((loss) => loss.kind === kind);
    return of.length === 0
      ? []
      : [`## ${words[kind]}`, '', ...of.map((loss) => `- \`${loss.path}\` (${placeOf(loss)})\n  ${loss.reason}\n  → ${loss.todo}`), ''];
  });
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: ['# Import', '', ...sections].join('\n') });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}

/** A row for each service, and for each Secret whose values are asked for later. */
export function serviceRows({ services, secrets }: Pick<ComposeImport, 'services' | 'secrets'>): ImportOffer['rows'] {
  return [
    ...services.map(({ service, workload, services: names }) => ({
      label: service,
      description: [workload?.kind ?? vscode.l10n.t('not carried'), ...names.map((name) => vscode.l10n.t('service {0}', name))].join(', '),
    })),
    ...secrets.map(({ node, keys }) => ({ label: node, description: vscode.l10n.t('secret; asked for later: {0}', keys.join(', ')) })),
  ];
}
