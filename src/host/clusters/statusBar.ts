import * as vscode from 'vscode';
import type { Identity } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import { expiryOf } from '../identity/whoAmI';
import { expiryWords, methodWords } from '../identity/identityWords';
import type { TargetChoice } from './targets';
import { choiceName } from './targets';

/**
 * The target of the active workflow in the status bar, with who we are there. A protected one stands out, and so do credentials
 * that are about to end. Shown only while a workflow is in view.
 */
export class TargetItem implements Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem('kubeorch.target', vscode.StatusBarAlignment.Left, 50);
    this.#item.name = vscode.l10n.t('KubeOrch Target');
    this.#item.command = 'kubeorch.selectTarget';
  }

  show(choice: TargetChoice | undefined, target: Target | null, isProtected: boolean, identity: Identity | undefined, nowMs: number): void {
    const name = choice === undefined ? vscode.l10n.t('No target') : choiceName(choice);
    const expiry = identity === undefined ? 'none' : expiryOf(identity, nowMs);
    const ends = expiry === 'soon' || expiry === 'over';
    const icon = ends ? 'warning' : choice?.type === 'sandbox' ? 'vm' : isProtected ? 'shield' : 'server-environment';
    this.#item.text = `$(${icon}) ${name}${target === null ? '' : ` · ${target.namespace}`}`;
    const lines = [
      target === null
        ? vscode.l10n.t('KubeOrch target: {0}. Select another…', name)
        : vscode.l10n.t('KubeOrch target: {0}, namespace {1}, {2}. Select another…', name, target.namespace, target.server),
      ...(isProtected ? [vscode.l10n.t('This environment is protected.')] : []),
      ...(identity === undefined ? [] : identityLines(identity, nowMs)),
    ];
    // Names come from the cluster: they are text here and never Markdown.
    this.#item.tooltip = lines.join('\n');
    this.#item.backgroundColor = isProtected || ends ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = { label: lines.join('. '), role: 'button' };
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** What a canvas holds, as its status bar item says it. */
export interface CanvasCounts {
  readonly nodes: number;
  /** Errors of the file. */
  readonly problems: number;
  /** Nodes whose objects on the cluster are in error. */
  readonly failing: number;
  /** Nodes that are not healthy yet. */
  readonly partial: number;
}

/** How many nodes the canvas in front has, and what ails it. */
export class CountsItem implements Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem('kubeorch.counts', vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t('KubeOrch Nodes');
  }

  show({ nodes, problems, failing, partial }: CanvasCounts): void {
    const words = [
      nodes === 1 ? vscode.l10n.t('1 node') : vscode.l10n.t('{0} nodes', nodes),
      ...(failing === 0 ? [] : [vscode.l10n.t('{0} failing', failing)]),
      ...(partial === 0 ? [] : [vscode.l10n.t('{0} not healthy yet', partial)]),
      ...(problems === 0 ? [] : [problems === 1 ? vscode.l10n.t('1 error in the file') : vscode.l10n.t('{0} errors in the file', problems)]),
    ];
    this.#item.text = words.join(' · ');
    this.#item.command = problems > 0 ? 'workbench.actions.view.problems' : 'kubeorch.findNode';
    this.#item.tooltip = problems > 0 ? vscode.l10n.t('Show the problems of the file') : vscode.l10n.t('Find a node');
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** A tooltip is no list of a directory's groups. */
const shownGroups = 8;

function identityLines(identity: Identity, nowMs: number): readonly string[] {
  const { groups } = identity;
  const more = groups.length > shownGroups ? `, +${groups.length - shownGroups}` : '';
  const expiry = expiryWords(identity, nowMs);
  return [
    vscode.l10n.t('User: {0}', identity.user),
    ...(groups.length === 0 ? [] : [vscode.l10n.t('Groups: {0}', groups.slice(0, shownGroups).join(', ') + more)]),
    vscode.l10n.t('Signed in by: {0}', methodWords(identity)),
    ...(expiry === undefined ? [] : [expiry]),
  ];
}
