import type { CardHandle, CardRow } from '../../../src/shared/nodeCard';
import { useText } from '../../ui/texts';

export function CardRowLine({ row, value }: { readonly row: CardRow; readonly value?: string }) {
  const text = useText();
  const shown = value ?? row.value;
  const origin = row.origin === 'derived' ? text('from a connection') : row.origin === 'default' ? text('default') : '';
  return (
    <div className="card-row" data-origin={row.origin} title={origin === '' ? `${row.label}: ${shown}` : `${row.label}: ${shown} (${origin})`}>
      <span className="row-label">{row.label}</span>
      <span className="row-value">{shown}</span>
    </div>
  );
}

/** The lines of a card, and below them one line for each source handle that has a name. */
export function CardRows({ rows, sources }: { readonly rows: readonly CardRow[]; readonly sources: readonly CardHandle[] }) {
  const named = sources.filter((source) => source.id !== undefined);
  if (rows.length + named.length === 0) return null;
  return (
    <div className="card-rows">
      {rows.map((row) => (
        <CardRowLine key={row.field} row={row} />
      ))}
      {named.map((source) => (
        <div className="card-row card-route" key={source.id} title={source.detail === '' ? source.label : `${source.label}: ${source.detail}`}>
          <span className="row-label">{source.label}</span>
          <span className="row-value">{source.detail}</span>
        </div>
      ))}
    </div>
  );
}
