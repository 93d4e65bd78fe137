import type { JsonPath, JsonValue } from '../shared/json';
import type { FixCode, Problem, TextRange } from '../shared/problem';
import { LineIndex } from './document/lineIndex';
import { readYaml } from './document/yamlSource';
import { partsOf, YamlTree } from './document/yamlTree';

/** A repair of a template or plugin file: a text put in the place of another. */
export interface FileRepair {
  readonly code: FixCode;
  readonly args: Readonly<Record<string, string>>;
  readonly range: TextRange;
  readonly newText: string;
}

/** A finding about a file that kinds come from, rather than about a workflow. */
export interface FileProblem extends Problem {
  /** From the root of the files that it was read from. */
  readonly file: string;
  /** The files are the workspace's own, and a person may mend them there; what ships with the program is not. */
  readonly inWorkspace: boolean;
  readonly repairs?: readonly FileRepair[];
}

/** A YAML file as plain data that knows where everything stands. */
export interface PlacedData {
  readonly data: JsonValue | undefined;
  /** What is wrong with the YAML itself. Data with errors here is not to be used. */
  readonly problems: readonly Problem[];
  rangeAt(path: JsonPath, what?: 'key' | 'value'): TextRange | undefined;
  /** The path of what stands at an offset. */
  pathAt(offset: number): JsonPath;
  /** The range of what stands at the path, or of the nearest thing around it. */
  rangeNear(path: JsonPath, what?: 'key' | 'value'): TextRange;
  /** A whole entry of a map with its line, so that it can be taken out. */
  entryLines(path: JsonPath): TextRange | undefined;
}

/** Longest file of templates and plugins that is read, in UTF-16 units. */
export const maxFileLength = 256_000;

/** Reads a YAML text. Never throws; depth, aliases and time are bounded as for workflow files. */
export function placedData(text: string): PlacedData {
  const source = readYaml(text);
  const tree = new YamlTree(partsOf(source.document, text));
  const lines = new LineIndex(text);
  const problems = [...source.findings, ...tree.findings].map(({ code, args, severity, start, end }): Problem => {
    // A key that stands twice is an error here: one of the two would be lost without a word.
    return { code, args, severity: code === 'yaml.duplicateKey' ? 'error' : severity, range: lines.rangeOf(start, end) };
  });
  const rangeAt = (path: JsonPath, what: 'key' | 'value' = 'value'): TextRange | undefined => {
    const found = tree.at(path);
    if (found === undefined) return undefined;
    if (what === 'value') return lines.rangeOf(found.node.start, found.node.end);
    return found.entry === undefined ? undefined : lines.rangeOf(found.entry.keyStart, found.entry.keyEnd);
  };
  return {
    data: tree.root?.json,
    problems,
    rangeAt,
    pathAt: (offset) => tree.pathAt(offset),
    rangeNear(path, what) {
      for (let length = path.length; length > 0; length -= 1) {
        const range = rangeAt(path.slice(0, length), length === path.length ? what : 'key') ?? rangeAt(path.slice(0, length));
        if (range !== undefined) return range;
      }
      return { start: { line: 0, character: 0 }, end: { line: 0, character: lines.endOfLine(0) } };
    },
    entryLines(path) {
      const entry = tree.at(path)?.entry;
      if (entry === undefined) return undefined;
      const first = lines.lineOf(entry.start);
      const last = lines.lineOf(Math.max(entry.start, entry.end - 1));
      // In a map on one line there is more beside it than can be taken out blindly.
      if (
        lines
          .lineText(first)
          .slice(0, entry.start - lines.startOfLine(first))
          .trim() !== ''
      )
        return undefined;
      return { start: { line: first, character: 0 }, end: { line: last + 1, character: 0 } };
    },
  };
}
