import * as vscode from 'vscode';
import type { Clock } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { RunEvent } from '../../shared/runEvent';
import { isPartial } from '../../shared/runEvent';
import { partWords } from './endWords';

/** What the open workflows' runs come to. */
export interface RunsNow {
  readonly running: number;
  /** Gates without an answer. */
  readonly waiting: number;
  /** The event that ended the run that ended last; undefined before the first one. */
  readonly ended?: RunEvent;
}

/** How long the end of the last run stays. */
const endedMs = 10_000;

/** The runs of this window in the status bar: hidden when nothing runs, a bell when a run waits for an answer, and for a moment how it ended. */
export class RunItem implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #clock: Clock;
  #wasBusy = false;
  #hiding: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#item = vscode.window.createStatusBarItem('kubeorch.runs', vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t('KubeOrch Runs');
  }

  show({ running, waiting, ended }: RunsNow): void {
    const wasBusy = this.#wasBusy;
    this.#wasBusy = running + waiting > 0;
    if (this.#wasBusy) {
      this.#hiding?.dispose();
      if (waiting > 0) this.#tell('bell', vscode.l10n.t('Answers needed: {0}', waiting), vscode.l10n.t('A run waits for an answer. Answer…'), true);
      else this.#tell('sync~spin', vscode.l10n.t('Runs: {0}', running), vscode.l10n.t('Show the runs'), false);
      return;
    }
    if (!wasBusy) return;
    const words = {
      'run:completed': ['pass', vscode.l10n.t('Run completed')],
      'run:failed': ['error', vscode.l10n.t('Run failed')],
      'run:cancelled': ['circle-slash', vscode.l10n.t('Run cancelled')],
    } as const;
    const [icon, text] = ended !== undefined && Object.hasOwn(words, ended.type) ? words[ended.type as keyof typeof words] : [];
    if (ended === undefined || icon === undefined || text === undefined) return this.#item.hide();
    if (isPartial(ended)) this.#tell('warning', vscode.l10n.t('Run completed in part'), partWords(ended).join('\n'), false);
    else this.#tell(icon, text, vscode.l10n.t('Show the runs'), false);
    this.#hiding = this.#clock.after(endedMs, () => this.#item.hide());
  }

  dispose(): void {
    this.#hiding?.dispose();
    this.#item.dispose();
  }

  #tell(icon: string, words: string, tooltip: string, asks: boolean): void {
    this.#item.text = `$(${icon}) ${words}`;
    this.#item.tooltip = tooltip;
    this.#item.command = asks ? 'kubeorch.answerGates' : 'kubeorch.runs.focus';
    this.#item.backgroundColor = asks ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = { label: `KubeOrch: ${words}`, role: 'button' };
    this.#item.show();
  }
}
