import * as vscode from 'vscode';
import type { LogOrigin } from '../../shared/protocol';
import { askForText } from '../messages';

/** Asks where a log view shall begin. Undefined when nothing was chosen. */
export async function pickOrigin(present: LogOrigin): Promise<LogOrigin | undefined> {
  const choices: readonly (vscode.QuickPickItem & { readonly origin: LogOrigin | 'time' })[] = [
    { label: vscode.l10n.t('Newest lines'), origin: { type: 'tail' } },
    { label: vscode.l10n.t('Last 5 minutes'), origin: { type: 'seconds', seconds: 300 } },
    { label: vscode.l10n.t('Last hour'), origin: { type: 'seconds', seconds: 3600 } },
    { label: vscode.l10n.t('Since a time…'), origin: 'time' },
    {
      label: vscode.l10n.t('Run before the last restart'),
      detail: vscode.l10n.t('What a container that crashed said last. It is not followed.'),
      origin: { type: 'previous' },
    },
  ];
  const now = JSON.stringify(present);
  const picked = await vscode.window.showQuickPick(
    choices.map((choice) => (JSON.stringify(choice.origin) === now ? { ...choice, description: vscode.l10n.t('shown now') } : choice)),
    { placeHolder: vscode.l10n.t('Where should the log begin?') },
  );
  if (picked === undefined) return undefined;
  if (picked.origin !== 'time') return picked.origin;
  const typed = await askForText({
    prompt: vscode.l10n.t('A time, such as 14:30 today or 2026-03-01T14:30:00Z'),
    validateInput: (text) => (timeFrom(text, new Date()) === undefined ? vscode.l10n.t('This is no time.') : undefined),
  });
  const time = typed === undefined ? undefined : timeFrom(typed, new Date());
  return time === undefined ? undefined : { type: 'time', time };
}

/** A time of today in local time (`14:30`, `14:30:15`), or any RFC 3339 time, as RFC 3339 in UTC without fractions. */
export function timeFrom(text: string, now: Date): string | undefined {
  const clock = /^\s*(\d{1,2}):(\d\d)(?::(\d\d))?\s*$/.exec(text);
  let date: Date;
  if (clock !== null) {
    const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
    if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
    date = new Date(now);
    date.setHours(hours, minutes, seconds, 0);
  } else {
    if (!/^\s*\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?\s*$/.test(text)) return undefined;
    date = new Date(text.trim());
  }
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
