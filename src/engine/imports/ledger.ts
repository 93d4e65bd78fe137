import type { ImportLoss } from '../../shared/importPreview';
import type { Place, Tree } from './compose/tree';

/**
 * Keeps account of what an import did with each part of its source: carried, or told as a loss. Whatever is neither when the
 * account is closed becomes a loss of its own, so that nothing can be dropped in silence.
 */
export class Ledger {
  readonly #done = new Set<Tree>();
  readonly #losses: ImportLoss[] = [];
  readonly #shown: (file: string) => string;

  /** `shown` is how a person knows a file. */
  constructor(shown: (file: string) => string) {
    this.#shown = shown;
  }

  /** This part, with all that is in it, is in the workflow. */
  carry(...trees: readonly (Tree | undefined)[]): void {
    for (const tree of trees) if (tree !== undefined) this.#done.add(tree);
  }

  tell(kind: ImportLoss['kind'], tree: Tree, path: string, reason: string, todo: string): void {
    this.#done.add(tree);
    this.tellAt(kind, tree.at, path, reason, todo);
  }

  tellAt(kind: ImportLoss['kind'], at: Place, path: string, reason: string, todo: string): void {
    this.#losses.push({ kind, path, file: this.#shown(at.file), line: at.line, column: at.column, reason, todo });
  }

  isDone(tree: Tree): boolean {
    return this.#done.has(tree);
  }

  /** Tells every leaf that nobody has dealt with; `explain` words it. */
  close(tree: Tree, path: readonly string[], explain: (path: readonly string[]) => readonly [reason: string, todo: string]): void {
    if (this.#done.has(tree)) return;
    if (this.#isShortForm(tree)) this.tell('lost', tree, path.join('.'), ...explain(path));
    else if (tree.kind === 'map' && tree.entries.size > 0) for (const [key, { value }] of tree.entries) this.close(value, [...path, key], explain);
    else if (tree.kind === 'list' && tree.items.length > 0) tree.items.forEach((item, index) => this.close(item, [...path, String(index)], explain));
    else this.tell('lost', tree, path.join('.'), ...explain(path));
  }

  /** Whether a map stands for one text in the source, nothing of which was carried: it is told as one. */
  #isShortForm(tree: Tree): boolean {
    if (tree.kind !== 'map' || tree.entries.size < 2) return false;
    return [...tree.entries.values()].every(({ at, value }) => !this.#done.has(value) && at.line === tree.at.line && at.column === tree.at.column);
  }

  /** In the order of files and lines. */
  get losses(): readonly ImportLoss[] {
    const seen = new Set<string>();
    return this.#losses
      .filter((loss) => {
        const mark = `${loss.path} ${loss.file}:${loss.line}:${loss.column} ${loss.reason}`;
        return !seen.has(mark) && seen.add(mark);
      })
      .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
  }
}
