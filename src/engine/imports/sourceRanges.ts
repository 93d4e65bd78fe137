import type { SourceRange } from '../../shared/importPreview';
import type { Place, Tree } from './compose/tree';
import { entriesOf } from './compose/tree';

/** Finds the lines that parts of a project were written in. */
export class SourceLines {
  readonly #shown: (file: string) => string;
  /** By file, the lines at which a section or something in it begins: what was written above or below is another's. */
  readonly #starts = new Map<string, number[]>();

  constructor(root: Tree, shown: (file: string) => string) {
    this.#shown = shown;
    for (const [, section] of entriesOf(root)) {
      this.#start(section.at);
      for (const [, { at }] of entriesOf(section.value)) this.#start(at);
    }
  }

  #start({ file, line }: Place): void {
    const lines = this.#starts.get(file);
    if (lines === undefined) this.#starts.set(file, [line]);
    else lines.push(line);
  }

  /** The lines of what begins at `at`; what it has from other files (by override, extends) is told with their lines. */
  of(at: Place, ...trees: readonly (Tree | undefined)[]): readonly SourceRange[] {
    const places = trees.flatMap((tree) => (tree === undefined ? [] : placesIn(tree)));
    const next = Math.min(...(this.#starts.get(at.file) ?? []).filter((line) => line > at.line));
    const ranges = new Map([[at.file, { line: at.line, endLine: at.line }]]);
    for (const { file, line } of places) {
      if (file === at.file && (line < at.line || line >= next)) continue;
      const range = ranges.get(file);
      if (range === undefined) ranges.set(file, { line, endLine: line });
      else Object.assign(range, { line: Math.min(range.line, line), endLine: Math.max(range.endLine, line) });
    }
    return [...ranges].map(([file, range]) => ({ file: this.#shown(file), ...range }));
  }
}

function placesIn(tree: Tree): readonly Place[] {
  if (tree.kind === 'map') return [tree.at, ...[...tree.entries.values()].flatMap(({ at, value }) => [at, ...placesIn(value)])];
  if (tree.kind === 'list') return [tree.at, ...tree.items.flatMap(placesIn)];
  return [tree.at];
}
