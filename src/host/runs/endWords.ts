import * as vscode from 'vscode';
import type { RunEvent } from '../../shared/runEvent';
import { isPartial, leftOutOf } from '../../shared/runEvent';

/** What a run that came to its end did not do, a sentence each. */
export function partWords(end: RunEvent, events: readonly RunEvent[] = []): readonly string[] {
  if (end.type !== 'run:completed') return [];
  const named = leftOutOf(events);
  // Names that are not all of it would say too little.
  const left = named.length === end.leftOut ? named.map(({ kind, name }) => `${kind} ${name}`).join(', ') : end.leftOut;
  return [
    ...(end.notReady === undefined ? [] : [vscode.l10n.t('Not ready yet: {0}.', end.notReady)]),
    ...(left === undefined ? [] : [vscode.l10n.t('Left out after an answer: {0}.', left)]),
  ];
}

/** How a run of this workflow ended, in one message. A run that did not do all of it is no success. */
export function endWords(name: string, end: RunEvent, events: readonly RunEvent[]): { readonly text: string; readonly isPart: boolean } {
  const started = events.find((one) => one.type === 'run:started');
  const isPart = isPartial(end);
  const whole = isPart ? partWords(end, events).join(' ') : '';
  if (started?.asked?.purpose === 'delete') {
    const { label } = started.target;
    return isPart
      ? { isPart, text: vscode.l10n.t("Workflow deleted in part: '{0}' is not all off {1}. {2}", name, label, whole) }
      : { isPart, text: vscode.l10n.t("Workflow deleted: '{0}' was taken off {1}.", name, label) };
  }
  return isPart
    ? { isPart, text: vscode.l10n.t("Workflow deployed in part: '{0}' is applied. {1}", name, whole) }
    : { isPart, text: vscode.l10n.t("Workflow deployed: '{0}' deployed successfully.", name) };
}
