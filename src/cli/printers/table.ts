import { plainLine } from './plainText';

/** Rows as aligned columns, two spaces apart; the last column is as long as it is. Cells are made safe for a terminal. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const plain = rows.map((row) => row.map(plainLine));
  const widths: number[] = [];
  for (const row of plain) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return plain
    .map(
      (row) =>
        `${row
          .map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - cell.length));
}
