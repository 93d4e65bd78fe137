import * as vscode from 'vscode';
import { failureWords } from '../words';
import type { LogWords } from './logSource';

export const logWords: LogWords = {
  failure: failureWords,
  restarted({ pod, container, lastExit }, times) {
    const place = `${pod}/${container}`;
    const reason = lastExit === undefined || lastExit.reason === 'Error' || lastExit.reason === 'Completed' ? '' : lastExit.reason;
    const exit = lastExit === undefined ? '' : vscode.l10n.t('exit {0}', lastExit.exitCode);
    const how = [exit, reason].filter((part) => part !== '').join(', ');
    if (times > 1) {
      return how === ''
        ? vscode.l10n.t('{0} was started again, {1} times.', place, times)
        : vscode.l10n.t('{0} was started again, {1} times (last: {2}).', place, times, how);
    }
    return how === '' ? vscode.l10n.t('{0} was started again.', place) : vscode.l10n.t('{0} was started again ({1}).', place, how);
  },
  replaced: (before, after) =>
    before === after ? vscode.l10n.t('{0} was replaced by a new pod of the same name.', before) : vscode.l10n.t('{0} was replaced by {1}.', before, after),
  ended: ({ pod, container }) => vscode.l10n.t('{0}/{1} has ended.', pod, container),
  lost: ({ pod, container }, count) => vscode.l10n.t('{0} lines of {1}/{2} came faster than they could be kept.', count, pod, container),
  setAside: (pattern) => vscode.l10n.t('The filter "{0}" takes too long on these lines and was set aside. Change it to filter again.', pattern),
};
