import type { JsonPath } from '../../shared/json';
import type { Problem, ProblemCode, ProblemFix, Severity, TextRange } from '../../shared/problem';
import type { ParsedWorkflow } from '../document/parse';

export interface FindingOptions {
  readonly severity?: Severity;
  readonly what?: 'key' | 'value';
  readonly fixes?: readonly ProblemFix[];
  readonly range?: TextRange;
  readonly related?: Problem['related'];
}

/** A finding as it was told, before it has a place in a text. */
export interface ToldFinding {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
  readonly path: JsonPath;
  readonly options: FindingOptions;
  /** It is left out where the newest problems of its node say the same already, or those of any node of the file. */
  readonly once?: true | 'file';
}

/** Whom findings are told; paths count from the top of the file. */
export interface FindingSink {
  add(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath, options?: FindingOptions): void;
}

/** Collects problems and gives each its place in the text: of its path, or of the nearest thing around it that stands there. */
export class Findings implements FindingSink {
  readonly problems: Problem[] = [];
  readonly #parsed: ParsedWorkflow;
  readonly #withErrors = new Set<string>();
  readonly #saidOnce = new Set<string>();
  #lines: readonly string[] | undefined;

  constructor(parsed: ParsedWorkflow) {
    this.#parsed = parsed;
  }

  add(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath, options: FindingOptions = {}): void {
    const [section, nodeId, ...field] = path;
    const { severity = 'error', fixes, related } = options;
    if (severity === 'error' && section === 'nodes' && typeof nodeId === 'string') this.#withErrors.add(nodeId);
    this.problems.push({
      code,
      args,
      severity,
      // A node as a whole is marked at its name; its map may be many lines long.
      range: options.range ?? this.rangeOf(path, section === 'nodes' && field.length === 0 ? 'key' : options.what),
      ...(section === 'nodes' && typeof nodeId === 'string' ? { nodeId, ...(field.length > 0 ? { path: field } : {}) } : {}),
      ...(fixes === undefined || fixes.length === 0 ? {} : { fixes }),
      ...(related === undefined ? {} : { related }),
    });
  }

  /** Findings that were told before, as if they were told now. */
  addAll(told: readonly ToldFinding[]): void {
    for (const { code, args, path, options, once } of told) {
      if (once === 'file') {
        const said = JSON.stringify([code, args]);
        if (this.#saidOnce.has(said)) continue;
        this.#saidOnce.add(said);
      }
      if (once !== true || !this.#tells(code, args, path)) this.add(code, args, path, options);
    }
  }

  /** Whether a node has an error already; what follows from one error need not be told again. */
  hasError(nodeId: string): boolean {
    return this.#withErrors.has(nodeId);
  }

  /** Whether the newest problems say this already. */
  #tells(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath): boolean {
    const field = JSON.stringify(path.slice(2));
    return this.problems
      .slice(-20)
      .some((one) => one.nodeId === path[1] && one.code === code && one.args['detail'] === args['detail'] && JSON.stringify(one.path ?? []) === field);
  }

  rangeOf(path: JsonPath, what: 'key' | 'value' = 'value'): TextRange {
    const { rangeAt } = this.#parsed;
    for (let length = path.length; length > 0; length -= 1) {
      const own = length === path.length;
      const range = rangeAt(path.slice(0, length), own ? what : 'key') ?? rangeAt(path.slice(0, length));
      if (range !== undefined) return range;
    }
    return { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  }

  /** Whether the text has a value of its own at this path. */
  stands(path: JsonPath): boolean {
    return this.#parsed.rangeAt(path) !== undefined;
  }

  /** Where an edge stands; with an end, where that end's id stands in it. */
  edgeRange(index: number, end?: 'from' | 'to'): TextRange {
    const whole = this.#parsed.ranges.edges[index] ?? this.rangeOf(['edges']);
    const edge = this.#parsed.workflow.edges[index];
    if (end === undefined || edge === undefined) return whole;
    const inMap = this.#parsed.rangeAt(['edges', this.#parsed.edgeIndexes[index] ?? index, end]);
    if (inMap !== undefined) return inMap;
    if (whole.start.line !== whole.end.line) return whole;
    this.#lines ??= this.#parsed.text.split(/\r\n|[\n\r]/);
    const text = (this.#lines[whole.start.line] ?? '').slice(whole.start.character, whole.end.character);
    const at = end === 'from' ? text.indexOf(edge.from) : text.lastIndexOf(edge.to);
    if (at < 0) return whole;
    const character = whole.start.character + at;
    return { start: { line: whole.start.line, character }, end: { line: whole.start.line, character: character + edge[end].length } };
  }
}
