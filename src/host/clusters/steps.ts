import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { unlinked } from '../messages';

/** The person wants to answer the question before this one again. */
export const back = Symbol('back');

export type Answered = typeof back | undefined;

/** One question of a series. */
export interface Step<Answers> {
  /** Whether it is asked at all, given what was answered so far. */
  readonly when?: (answers: Answers) => boolean;
  readonly ask: (answers: Answers, place: StepPlace) => Promise<Answered>;
}

/** Where in the series a question stands; shown in the title bar of its box. */
export interface StepPlace {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

/**
 * Asks a series of questions, with a way back to the one before.
 * @throws CancellationError when the person gives up
 */
export async function askInSteps<Answers>(title: string, steps: readonly Step<Answers>[], answers: Answers): Promise<Answers> {
  let index = 0;
  while (index < steps.length) {
    const asked = steps.filter((step, at) => at === index || step.when?.(answers) !== false);
    const current = steps[index];
    if (current === undefined) break;
    if (current.when?.(answers) === false) {
      index++;
      continue;
    }
    const place = { title, step: asked.indexOf(current) + 1, totalSteps: asked.length };
    if ((await current.ask(answers, place)) !== back) {
      index++;
      continue;
    }
    do index--;
    while (index > 0 && steps[index]?.when?.(answers) === false);
    index = Math.max(0, index);
  }
  return answers;
}

export interface TextQuestion {
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  /** Dots instead of characters; the box keeps nothing in its history. */
  readonly secret?: boolean;
  /** What is wrong with the text, or undefined. Empty text is checked too. */
  readonly check?: (text: string) => string | undefined;
  /** Offers to take the text from a file, which a box of one line cannot be given. */
  readonly fromFile?: boolean;
}

/** Larger than any certificate, token or kubeconfig that a person would give. */
const fileLimit = 4 * 1024 * 1024;

/** @throws CancellationError when the box is closed */
export function askText(question: TextQuestion, place: StepPlace): Promise<string | typeof back> {
  return new Promise((resolve, reject) => {
    const box = vscode.window.createInputBox();
    const fromFile: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: vscode.l10n.t('Take It from a File') };
    box.title = place.title;
    box.step = place.step;
    box.totalSteps = place.totalSteps;
    box.prompt = unlinked(question.prompt);
    box.value = question.value ?? '';
    // What is proposed is replaced by typing, and kept by Enter.
    box.valueSelection = [0, box.value.length];
    box.placeholder = question.placeholder ?? '';
    box.password = question.secret === true;
    box.ignoreFocusOut = true;
    box.buttons = [...(place.step > 1 ? [vscode.QuickInputButtons.Back] : []), ...(question.fromFile === true ? [fromFile] : [])];
    let isDone = false;
    let isChoosing = false;
    const finish = (answer: string | typeof back): void => {
      isDone = true;
      resolve(answer);
      box.dispose();
    };
    const accept = (text: string): void => {
      const wrong = question.check?.(text);
      if (wrong === undefined) finish(text);
      else box.validationMessage = unlinked(wrong);
    };
    box.onDidAccept(() => accept(box.value));
    box.onDidChangeValue(() => (box.validationMessage = undefined));
    box.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) finish(back);
      else {
        // Some dialogs for files are quick picks themselves and take this box away while they are open.
        isChoosing = true;
        textOfFile()
          .then(
            (text) => text !== undefined && accept(text),
            (error: unknown) => (box.validationMessage = unlinked(error instanceof Error ? error.message : String(error))),
          )
          .finally(() => {
            isChoosing = false;
            if (!isDone) box.show();
          });
      }
    });
    box.onDidHide(() => {
      if (isDone || isChoosing) return;
      box.dispose();
      reject(new vscode.CancellationError());
    });
    box.show();
  });
}

/** @throws CancellationError when the pick is closed */
export function askChoice<T extends vscode.QuickPickItem>(items: readonly T[], place: StepPlace, placeholder: string, active?: T): Promise<T | typeof back> {
  return new Promise((resolve, reject) => {
    const pick = vscode.window.createQuickPick<T>();
    pick.title = place.title;
    pick.step = place.step;
    pick.totalSteps = place.totalSteps;
    pick.placeholder = placeholder;
    pick.items = items;
    pick.ignoreFocusOut = true;
    pick.matchOnDetail = true;
    pick.buttons = place.step > 1 ? [vscode.QuickInputButtons.Back] : [];
    if (active !== undefined) pick.activeItems = [active];
    let isDone = false;
    const finish = (answer: T | typeof back): void => {
      isDone = true;
      resolve(answer);
      pick.dispose();
    };
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen !== undefined) finish(chosen);
    });
    pick.onDidTriggerButton(() => finish(back));
    pick.onDidHide(() => {
      if (isDone) return;
      pick.dispose();
      reject(new vscode.CancellationError());
    });
    pick.show();
  });
}

/** The text of a file that the person chooses; undefined when they choose none. @throws Error for one that is too large */
export async function textOfFile(): Promise<string | undefined> {
  const [chosen] = (await vscode.window.showOpenDialog({ canSelectMany: false, openLabel: vscode.l10n.t('Use This File') })) ?? [];
  if (chosen === undefined) return undefined;
  const { size } = await vscode.workspace.fs.stat(chosen);
  if (size > fileLimit) throw new Error(vscode.l10n.t('The file has {0} bytes; that is too much for a credential.', size));
  return chosen.scheme === 'file' ? readFile(chosen.fsPath, 'utf8') : new TextDecoder().decode(await vscode.workspace.fs.readFile(chosen));
}
