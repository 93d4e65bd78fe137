import type { ReactNode } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import type { WordedProblem } from '../../src/shared/protocol';
import { ProblemLine } from '../runs/ProblemLine';
import { useText } from '../ui/texts';
import { OverrideNote } from './OverrideNote';
import type { FieldOverride } from './OverrideNote';

/** A field with its label above, and below it what is wrong with it or where its value comes from. */
export function FieldFrame({
  field,
  problems,
  note,
  override,
  children,
}: {
  readonly field: Pick<CatalogField, 'label' | 'description' | 'required'>;
  readonly problems: readonly WordedProblem[];
  readonly note?: string;
  readonly override?: FieldOverride;
  readonly children: ReactNode;
}) {
  const text = useText();
  return (
    <div className="field" data-invalid={problems.some((problem) => problem.severity === 'error')}>
      <div className="field-label" title={field.description}>
        {field.label}
        {field.required ? (
          <span className="field-required" title={text('Required')}>
            *
          </span>
        ) : null}
      </div>
      {children}
      {note === undefined ? null : <div className="field-note">{note}</div>}
      {override === undefined ? null : <OverrideNote override={override} />}
      {problems.map((problem) => (
        <ProblemLine key={problem.text} problem={problem} />
      ))}
    </div>
  );
}
