import type { ReactNode } from 'react';
import type { ResourceFact, ResourceSection } from '../../src/shared/resource';
import { useText } from '../ui/texts';

/** A description in sections. Titles and labels are translated, what the cluster says stays as it is. */
export function Sections({ sections }: { readonly sections: readonly ResourceSection[] }) {
  const text = useText();
  return (
    <>
      {sections.map((section) => (
        <Part key={section.title} title={text(section.title)}>
          {section.fields.length === 0 ? null : <Facts facts={section.fields} />}
          {section.table === undefined ? null : <Table columns={section.table.columns} rows={section.table.rows} />}
        </Part>
      ))}
    </>
  );
}

export function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="resource-part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Facts({ facts }: { readonly facts: readonly ResourceFact[] }) {
  const text = useText();
  return (
    <dl className="resource-facts">
      {facts.map(({ label, value }) => (
        <div key={label} className="resource-fact">
          <dt>{text(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Cells are text or elements; rows are known by their place, because nothing in them is sure to be unique. */
export function Table({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly ReactNode[])[] }) {
  const text = useText();
  if (rows.length === 0) return <p className="quiet">{text('None')}</p>;
  return (
    <div className="resource-scroll">
      <table className="resource-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {text(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={columns[column] ?? column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
