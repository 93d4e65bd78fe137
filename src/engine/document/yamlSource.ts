import type { CST, Document } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';
import type { ProblemCode, Severity } from '../../shared/problem';
import { kubectlYaml, maxCharacters, maxDepth, maxFindings } from './yamlOptions';

/** A finding by offsets in the text; it becomes a `Problem` with a range. */
export interface SourceFinding {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
  readonly related?: { readonly start: number; readonly end: number };
}

/** What YAML made of a text. `broken` means that the text as it stands is no YAML that may be edited; `document` is what still parsed. */
export interface YamlSource {
  readonly document: Document.Parsed | undefined;
  readonly findings: readonly SourceFinding[];
  readonly broken: boolean;
}

/** Parses the first document of a text without ever throwing, in time and stack that are bounded by its length. */
export function readYaml(text: string): YamlSource {
  if (text.length > maxCharacters) {
    const args = { size: String(text.length), limit: String(maxCharacters) };
    return { document: undefined, findings: [{ code: 'yaml.tooLarge', args, severity: 'error', start: 0, end: 0 }], broken: true };
  }
  const conflicts = conflictsIn(text);
  const part = readYamlPart(conflicts.ours, 0);
  return { document: part.document, findings: [...conflicts.findings, ...part.findings], broken: part.broken || conflicts.findings.length > 0 };
}

/** Whether `git merge` left its marks in a text. */
export function hasConflictMarks(text: string): boolean {
  return /^(?:<{7}|>{7})(?: |\r?$)/m.test(text);
}

/** Parses a part of a text that stands `depth` levels deep, without looking for conflicts. */
export function readYamlPart(text: string, depth: number): YamlSource {
  const tokens = tokenize(text, maxDepth - depth);
  const findings: SourceFinding[] = [];
  if (tokens.tooDeepAt !== undefined) {
    const start = tokens.tooDeepAt;
    findings.push({ code: 'yaml.tooDeep', args: { limit: String(maxDepth) }, severity: 'error', start, end: start + 1 });
  }
  const composed = compose(tokens.tokens, text.length);
  findings.push(...composed.findings);
  return { document: composed.document, findings, broken: findings.some((finding) => finding.severity === 'error') };
}

/**
 * The concrete syntax tree. Depth is watched on the parser's stack while it grows; beyond the limit, what stands before the line that went
 * too deep is taken alone (it can go no deeper, so this happens once).
 */
function tokenize(text: string, deepest = maxDepth): { readonly tokens: readonly CST.Token[]; readonly tooDeepAt?: number } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The document itself and the scalar being built stand on the stack too.
    if (parser.stack.length > deepest + 2) {
      const tooDeepAt = Math.min(parser.offset, text.length);
      return { tokens: tokenize(text.slice(0, text.lastIndexOf('\n', tooDeepAt - 1) + 1), deepest).tokens, tooDeepAt };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

function compose(
  tokens: readonly CST.Token[],
  length: number,
): { readonly document: Document.Parsed | undefined; readonly findings: readonly SourceFinding[] } {
  const findings: SourceFinding[] = [];
  const add = (code: ProblemCode, args: Readonly<Record<string, string>>, severity: Severity, start: number, end: number): void => {
    if (findings.length < maxFindings) findings.push({ code, args, severity, start, end: Math.max(end, start + 1) });
  };
  const composer = new Composer(kubectlYaml);
  // The composer makes an Error with a stack for each finding, 18 µs each, which a text of a million commas turns into a minute. Its
  // callback is replaced by ours; should the library rename it, the test of hostile texts fails.
  Object.assign(composer, {
    onError: (
      source: number | readonly [number, number] | { readonly offset: number; readonly source?: unknown },
      _code: string,
      message: string,
      warning?: boolean,
    ): void => {
      const [start, end] = spanOf(source);
      add('yaml.syntax', { detail: message }, warning === true ? 'warning' : 'error', start, end);
    },
  });
  let document: Document.Parsed | undefined;
  let started = false;
  for (const token of tokens) {
    if (token.type === 'error') {
      add('yaml.syntax', { detail: token.message }, 'error', token.offset, token.offset + token.source.length);
      continue;
    }
    if (token.type === 'document') {
      if (started) {
        const mark = token.start.find((part) => part.type === 'doc-start');
        const start = mark?.offset ?? token.offset;
        add('yaml.severalDocuments', {}, 'warning', start, start + (mark?.source.length ?? 1));
        break;
      }
      started = true;
    }
    for (const done of composer.next(token)) document ??= done;
  }
  for (const done of composer.end(true, length)) document ??= done;
  return { document, findings };
}

function spanOf(source: number | readonly [number, number] | readonly number[] | { readonly offset: number; readonly source?: unknown }): [number, number] {
  if (typeof source === 'number') return [source, source + 1];
  if (Array.isArray(source)) {
    const [start = 0, end = start + 1] = source as readonly number[];
    return [start, end];
  }
  const token = source as { readonly offset: number; readonly source?: unknown };
  return [token.offset, token.offset + (typeof token.source === 'string' ? token.source.length : 1)];
}

/**
 * Finds what `git merge` leaves in a file. `ours` is the text of the same length in which the markers and the other side are blank, so that
 * the canvas can still paint one side.
 */
function conflictsIn(text: string): { readonly findings: readonly SourceFinding[]; readonly ours: string } {
  if (!hasConflictMarks(text)) return { findings: [], ours: text };
  const findings: SourceFinding[] = [];
  const parts: string[] = [];
  let side: 'both' | 'ours' | 'theirs' = 'both';
  for (const match of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const line = match[0];
    const mark = /^(<{7}|\|{7}|={7}|>{7})(?: |\r?\n|\r?$)/.exec(line)?.[1]?.[0];
    if (mark === '<') side = 'ours';
    else if (mark === '|' || mark === '=') side = side === 'both' ? 'both' : 'theirs';
    const isHidden = mark !== undefined || side === 'theirs';
    if (mark === '>') side = 'both';
    if (mark !== undefined && findings.length < maxFindings) {
      const end = match.index + line.trimEnd().length;
      findings.push({ code: 'yaml.syntax', args: { detail: 'a merge conflict is not resolved' }, severity: 'error', start: match.index, end });
    }
    parts.push(isHidden ? line.replace(/[^\r\n]/g, ' ') : line);
  }
  return { findings, ours: parts.join('') };
}
