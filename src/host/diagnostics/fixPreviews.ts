import * as vscode from 'vscode';
import type { DiagnosisFix, JudgedCheck } from '../../engine/index';
import type { DiagnosisCheck } from '../../shared/diagnosis';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { failure } from '../../shared/problem';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { WorkflowDocument } from '../documents';
import { askForText, tellError, tellInformation } from '../messages';
import type { Engine } from '../rooms';
import { failureWords, fixWords } from '../words';

/** What tells one finding from another. */
export type FindingKey = Pick<DiagnosisCheck, 'nodeId' | 'name' | 'code' | 'args'>;

export function isFinding(check: DiagnosisCheck, key: FindingKey): boolean {
  return check.nodeId === key.nodeId && check.name === key.name && check.code === key.code && JSON.stringify(check.args) === JSON.stringify(key.args);
}

const scheme = 'kubeorch-fix';

interface Preview {
  readonly open: WorkflowDocument;
  readonly edit: WorkflowEdit;
  readonly title: string;
}

/**
 * Fixes as the file would look with them, beside how it looks now. Nothing is changed by looking: only *Apply* makes the edit,
 * as one step of the document's own undo. Both sides follow the text while the diff is open.
 */
export class FixPreviews implements vscode.TextDocumentContentProvider, Disposable {
  readonly #engine: Engine;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #previews = new Map<string, { readonly preview: Preview; readonly lifetime: DisposableList }>();
  readonly #lifetime = new DisposableList();
  #count = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#lifetime.add(this.#changed);
    this.#lifetime.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.#lifetime.add(
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const tab of closed) if (isPreview(tab)) this.#end(tab.input.modified.query);
      }),
    );
  }

  /** Asks what the fix has to know, then shows it. */
  async show(open: WorkflowDocument, check: JudgedCheck): Promise<void> {
    if (check.fix === undefined) throw new Error(vscode.l10n.t('There is no fix for this.'));
    const edit = await editOf(check.fix);
    if (edit !== undefined) await this.showEdit(open, edit, fixWords(check.fix));
  }

  /** Shows an edit, to be made or put away. */
  async showEdit(open: WorkflowDocument, edit: WorkflowEdit, title: string): Promise<void> {
    const outcome = this.#engine.editText(open.state.text, edit);
    if (!outcome.ok) throw failure('edit.refused', { detail: outcome.detail });
    const id = String(++this.#count);
    const preview: Preview = { open, edit, title };
    const lifetime = new DisposableList();
    this.#previews.set(id, { preview, lifetime });
    const [before, after] = [uriOf(open, id, 'before'), uriOf(open, id, 'after')];
    lifetime.add(
      open.onDidChange(() => {
        this.#changed.fire(before);
        this.#changed.fire(after);
      }),
    );
    await vscode.commands.executeCommand('vscode.diff', before, after, vscode.l10n.t('{0} (proposed)', preview.title), { preview: true });
    this.#ask(id, preview.title).catch((error: unknown) => tellError(failureWords(error)));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const found = this.#previews.get(uri.query);
    if (found === undefined) return '';
    const { open, edit } = found.preview;
    const { text } = open.state;
    if (uri.path.startsWith('/before/')) return text;
    const outcome = this.#engine.editText(text, edit);
    return outcome.ok ? outcome.text : text;
  }

  /** Makes the edit of the diff that is in front. */
  async apply(): Promise<void> {
    await this.#apply(this.#active());
  }

  async discard(): Promise<void> {
    await closeTabs(this.#active());
  }

  dispose(): void {
    for (const id of [...this.#previews.keys()]) this.#end(id);
    this.#lifetime.dispose();
  }

  /** The buttons of the diff's title do the same; a message is where people look first. */
  async #ask(id: string, title: string): Promise<void> {
    const [apply, discard] = [vscode.l10n.t('Apply'), vscode.l10n.t('Discard')];
    const picked = await tellInformation(vscode.l10n.t('{0}: this changes the workflow file only. Deploy it afterwards.', title), apply, discard);
    if (!this.#previews.has(id)) return;
    if (picked === apply) await this.#apply(id);
    else if (picked === discard) await closeTabs(id);
  }

  async #apply(id: string): Promise<void> {
    const found = this.#previews.get(id);
    if (found === undefined) throw new Error(vscode.l10n.t('This fix is no longer open.'));
    const { open, edit } = found.preview;
    const result = await open.edits.push(edit);
    if (!result.ok) throw failure('edit.refused', { detail: result.detail });
    await closeTabs(id);
    this.#end(id);
  }

  #active(): string {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    if (tab === undefined || !isPreview(tab)) throw new Error(vscode.l10n.t('Open a fix first.'));
    return tab.input.modified.query;
  }

  #end(id: string): void {
    this.#previews.get(id)?.lifetime.dispose();
    this.#previews.delete(id);
  }
}

/** The edit of a fix, with the answer to its question; undefined when it was not answered. */
async function editOf(fix: DiagnosisFix): Promise<WorkflowEdit | undefined> {
  const { question } = fix;
  if (question === undefined) return fix.edit('');
  const wrong =
    question.about === 'path'
      ? vscode.l10n.t('A path begins with "/" and has no spaces.')
      : vscode.l10n.t('Write a range such as 192.0.2.100-192.0.2.110 or 192.0.2.0/28.');
  const answer = await askForText({
    prompt:
      question.about === 'path'
        ? vscode.l10n.t('Which path instead?')
        : vscode.l10n.t('Which addresses may MetalLB give? They must be free in the network of the machines.'),
    value: question.suggested,
    validateInput: (typed) => (fix.edit(typed) === undefined ? wrong : undefined),
    ignoreFocusOut: true,
  });
  return answer === undefined ? undefined : fix.edit(answer);
}

function uriOf(open: WorkflowDocument, id: string, side: 'before' | 'after'): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${side}/${open.state.workflow.name || 'workflow'}.yaml`, query: id });
}

type PreviewTab = vscode.Tab & { readonly input: vscode.TabInputTextDiff };

function isPreview(tab: vscode.Tab): tab is PreviewTab {
  return tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.scheme === scheme;
}

async function closeTabs(id: string): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => isPreview(tab) && tab.input.modified.query === id);
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
}
