import { createContext, Script } from 'node:vm';
import type { LogLevel } from '../../shared/logLevel';
import { levelOf } from '../../shared/logLevel';
import type { LogPattern, LogSelection } from '../../shared/protocol';
import type { ParsedLogLine } from '../../shared/stream';

/** How long a pattern may work on one portion of lines; a pattern that backtracks without end is stopped there. */
const patternLimitMs = 200;
/** A longer pattern is no question of a person. */
const maxPatternLength = 1000;

/** Why a pattern cannot be used; `detail` is the engine's own sentence where it has one. */
export class PatternError extends Error {
  readonly reason: 'invalid' | 'slow';
  constructor(reason: 'invalid' | 'slow', detail: string) {
    super(detail);
    this.name = 'PatternError';
    this.reason = reason;
  }
}

/** Gives the lines that match, in their order. Throws PatternError when the pattern takes too long. */
export type LogMatcher = (lines: readonly ParsedLogLine[]) => readonly ParsedLogLine[];

// Only the time limit of `vm` stops a regular expression in the middle of its work. The script is constant; the pattern is a value.
const tester = new Script('texts.map((text) => pattern.test(text))');

/** @throws PatternError when the pattern is no regular expression. */
export function patternMatcher(wanted: LogPattern): LogMatcher {
  if (wanted.text === '') return (lines) => lines;
  if (!wanted.regex) {
    const text = wanted.text.toLowerCase();
    return (lines) => lines.filter((line) => line.message.toLowerCase().includes(text));
  }
  let pattern: RegExp;
  try {
    if (wanted.text.length > maxPatternLength) throw new SyntaxError(`more than ${maxPatternLength} characters`);
    pattern = new RegExp(wanted.text, 'i');
  } catch (error) {
    throw new PatternError('invalid', error instanceof Error ? error.message : String(error));
  }
  const context = createContext({ pattern, texts: [] as readonly string[] }, { codeGeneration: { strings: false, wasm: false } });
  return (lines) => {
    if (lines.length === 0) return lines;
    context['texts'] = lines.map((line) => line.message);
    try {
      const found = tester.runInContext(context, { timeout: patternLimitMs }) as readonly boolean[];
      return lines.filter((_, index) => found[index] === true);
    } catch (error) {
      // The error may be one of the script's own realm, which is no Error of ours.
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw new PatternError('slow', 'too slow');
      throw error;
    } finally {
      context['texts'] = [];
    }
  };
}

export function isEverything(selection: LogSelection): boolean {
  return selection.text === '' && selection.levels.length === 0 && selection.sources.length === 0;
}

/** The lines of a selection. Marks of ours stay where they stand, unless they are about another container. */
export function selectionMatcher(selection: LogSelection): LogMatcher {
  const sources = new Set(selection.sources);
  const levels = new Set<LogLevel>(selection.levels);
  const byText = patternMatcher(selection);
  return (lines) => {
    const here = sources.size === 0 ? lines : lines.filter((line) => sources.has(`${line.pod}/${line.container}`));
    const graves = levels.size === 0 ? here : here.filter((line) => line.mark !== undefined || levels.has(levelOf(line.message)));
    if (selection.text === '') return graves;
    const found = new Set(byText(graves.filter((line) => line.mark === undefined)));
    return graves.filter((line) => line.mark !== undefined || found.has(line));
  };
}
