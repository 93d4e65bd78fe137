import type { Problem, ProblemCode, Severity, TextRange } from '../../shared/problem';
import { fillSentence, fixSentences, problemText } from '../../shared/problem';
import { coloured, plainLine } from './plainText';

/** The problems of one file. */
export interface FileProblems {
  readonly file: string;
  /** The file's text, for excerpts; undefined when it could not be read. */
  readonly text: string | undefined;
  readonly problems: readonly Problem[];
}

const severityStyles = { error: 'red', warning: 'yellow', info: 'blue', hint: 'dim' } as const satisfies Record<Severity, string>;

/** Beside these, the line itself may hold a value that is nobody's business: no excerpt. */
const silentCodes: ReadonlySet<ProblemCode> = new Set(['node.secretValue', 'node.secretText', 'node.unknownField', 'plugin.secretDefault']);

/** Problems the way compilers tell them: `file:line:column: severity: sentence`, the line, a mark below it, and the repairs that the editor offers. */
export function problemsText(files: readonly FileProblems[], colours: boolean): string {
  const blocks = files.flatMap(({ file, text, problems }) => {
    const lines = text === undefined ? [] : text.split(/\r\n|[\n\r]/);
    return problems.map((problem) => `${headLine(file, problem, colours)}${excerpt(lines, problem, colours)}${fixLines(problem)}`);
  });
  return blocks.join('');
}

function headLine(file: string, problem: Problem, colours: boolean): string {
  const start = problem.range?.start;
  const place = start === undefined ? file : `${file}:${start.line + 1}:${start.character + 1}`;
  const severity = coloured(colours, severityStyles[problem.severity], problem.severity);
  return `${coloured(colours, 'bold', plainLine(place))}: ${severity}: ${plainLine(problemText(problem))}\n`;
}

function excerpt(lines: readonly string[], problem: Problem, colours: boolean): string {
  const { range } = problem;
  const line = range === undefined || silentCodes.has(problem.code) ? undefined : lines[range.start.line];
  if (range === undefined || line === undefined || line.length > 500) return '';
  const number = String(range.start.line + 1).padStart(5);
  const before = plainLine(line.slice(0, range.start.character));
  const marked = plainLine(line.slice(range.start.character, endOnLine(range, line)));
  const mark = coloured(colours, severityStyles[problem.severity], `^${'~'.repeat(Math.max(0, marked.length - 1))}`);
  return `${number} | ${plainLine(line)}\n${' '.repeat(number.length)} | ${' '.repeat(before.length)}${mark}\n`;
}

function endOnLine(range: TextRange, line: string): number {
  return range.end.line > range.start.line ? line.length : range.end.character;
}

function fixLines(problem: Problem): string {
  return (problem.fixes ?? []).map((fix) => `        fix: ${plainLine(fillSentence(fixSentences[fix.code], fix.args))}\n`).join('');
}

/** Counts, such as `2 errors, 1 warning in 3 files`. */
export function countLine(files: readonly FileProblems[]): string {
  const problems = files.flatMap((file) => file.problems);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.filter((problem) => problem.severity === 'warning').length;
  const place = files.length === 1 ? (files[0]?.file ?? '') : `${files.length} files`;
  const found = [...(errors > 0 ? [counted(errors, 'error')] : []), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])];
  return `${found.length === 0 ? 'No errors' : found.join(', ')} in ${plainLine(place)}\n`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** One array with every problem; ranges count lines and characters from 0, as editors do. */
export function problemsJson(files: readonly FileProblems[]): string {
  const all = files.flatMap(({ file, problems }) =>
    problems.map((problem) => ({
      file,
      range: problem.range ?? null,
      code: problem.code,
      text: problemText(problem),
      severity: problem.severity,
      ...(problem.nodeId === undefined ? {} : { nodeId: problem.nodeId }),
      ...(problem.path === undefined ? {} : { path: problem.path }),
    })),
  );
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

export function hasErrors(files: readonly FileProblems[]): boolean {
  return files.some(({ problems }) => problems.some((problem) => problem.severity === 'error'));
}
