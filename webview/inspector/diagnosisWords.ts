import type { DiagnosisCheck } from '../../src/shared/diagnosis';
import { diagnosisSentences, driftSuggestion, suggestionSentences } from '../../src/shared/diagnosis';
import { fillSentence } from '../../src/shared/problem';
import type { Text } from '../ui/texts';

/** What one hop is found to be, in the person's language. */
export function checkWords(check: DiagnosisCheck, text: Text): string {
  return fillSentence(text(diagnosisSentences[check.code]), check.args);
}

/** What to do about it; undefined where there is nothing to advise. */
export function suggestionWords(check: DiagnosisCheck, text: Text): string | undefined {
  const sentence = check.isDrift === true ? driftSuggestion : suggestionSentences[check.code];
  return check.status === 'pass' || sentence === undefined ? undefined : text(sentence);
}
