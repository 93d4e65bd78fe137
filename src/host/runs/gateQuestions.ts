import * as vscode from 'vscode';
import type { GatePaused } from '../../engine/index';
import type { GateAnswer, GateDecision } from '../../shared/runEvent';
import { askForText, unlinked } from '../messages';

/**
 * What an answer to a gate needs beyond the decision, asked of the person: the values of an input gate, the words of a review.
 * Throws a CancellationError when they leave the question.
 */
export async function wordsOfAnswer(gate: GatePaused | undefined, decision: GateDecision): Promise<Pick<GateAnswer, 'comment' | 'payload'>> {
  if (gate === undefined) return {};
  const title = unlinked(gate.message ?? gate.gateId);
  if (gate.gateType === 'review') return { comment: await answered(title, vscode.l10n.t('Your comment, kept with the answer'), true) };
  if (decision !== 'input_provided') return {};
  const payload: Record<string, string> = {};
  for (const { name, label, required, options } of gate.inputs ?? []) {
    const value =
      options.length === 0
        ? await answered(title, unlinked(label), required)
        : await vscode.window.showQuickPick(required ? [...options] : ['', ...options], { title, placeHolder: unlinked(label), ignoreFocusOut: true });
    if (value === undefined) throw new vscode.CancellationError();
    if (value !== '') payload[name] = value;
  }
  return { payload };
}

async function answered(title: string, prompt: string, required: boolean): Promise<string> {
  const value = await askForText({
    title,
    prompt,
    ignoreFocusOut: true,
    validateInput: (text) => (required && text.trim() === '' ? vscode.l10n.t('An answer is needed.') : undefined),
  });
  if (value === undefined) throw new vscode.CancellationError();
  return value;
}
