import type { ImportLoss } from '../../shared/importPreview';
import { coloured, plainLine } from './plainText';

const styles = { lost: 'red', changed: 'yellow', note: 'blue' } as const satisfies Record<ImportLoss['kind'], string>;

/** Losses the way compilers tell things: `file:line:column: kind: what: reason`, and below it what to do. */
export function lossesText(losses: readonly ImportLoss[], colours: boolean): string {
  return losses
    .map(({ kind, path, file, line, column, reason, todo }) => {
      const place = coloured(colours, 'bold', plainLine(`${file}:${line}:${column}`));
      return `${place}: ${coloured(colours, styles[kind], kind)}: ${plainLine(path)}: ${plainLine(reason)}\n        to do: ${plainLine(todo)}\n`;
    })
    .join('');
}

export function lossesJson(losses: readonly ImportLoss[]): string {
  return `${JSON.stringify(losses, undefined, 2)}\n`;
}

/** Counts, such as `2 lost, 3 changed, 1 note`. */
export function lossLine(losses: readonly ImportLoss[]): string {
  const count = (kind: ImportLoss['kind']): number => losses.filter((loss) => loss.kind === kind).length;
  return `${count('lost')} lost, ${count('changed')} changed, ${count('note')} to know\n`;
}
