import * as vscode from 'vscode';
import type { DiagnosisCheck } from '../shared/diagnosis';
import { diagnosisSentences, driftSuggestion, suggestionSentences } from '../shared/diagnosis';
import type { Problem, ProblemFix } from '../shared/problem';
import { ProblemError, fixSentences, problemSentences } from '../shared/problem';
import type { WordedProblem } from '../shared/protocol';

/** Puts a problem into the user's language. Sentences are translated by their English text. */
export function problemWords(problem: Pick<Problem, 'code' | 'args'>): string {
  return vscode.l10n.t(problemSentences[problem.code], { ...problem.args });
}

export function fixWords(fix: Pick<ProblemFix, 'code' | 'args'>): string {
  return vscode.l10n.t(fixSentences[fix.code], { ...fix.args });
}

/** What one hop is found to be. */
export function diagnosisWords(check: Pick<DiagnosisCheck, 'code' | 'args'>): string {
  return vscode.l10n.t(diagnosisSentences[check.code], { ...check.args });
}

/** What to do about it; undefined where there is nothing to advise. */
export function suggestionWords(check: Pick<DiagnosisCheck, 'code' | 'status' | 'isDrift'>): string | undefined {
  const sentence = check.isDrift === true ? driftSuggestion : suggestionSentences[check.code];
  return check.status === 'pass' || sentence === undefined ? undefined : vscode.l10n.t(sentence);
}

export function worded(problem: Problem): WordedProblem {
  return { ...problem, text: problemWords(problem) };
}

/** One sentence for any failure: the problem's own where it carries one, else the error's message. */
export function failureWords(error: unknown): string {
  if (error instanceof ProblemError) return problemWords(error.problem);
  // An error out of another bundle has another class of the same name.
  if (error instanceof Error && 'problem' in error) return problemWords((error as ProblemError).problem);
  return error instanceof Error ? error.message : String(error);
}
