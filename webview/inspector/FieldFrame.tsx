import type { ReactNode } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import type { JsonPath } from '../../src/shared/json';
import type { WordedProblem } from '../../src/shared/protocol';
import { ProblemLine } from '../runs/ProblemLine';
import { useText } from '../ui/texts';
import { OverrideNote } from './OverrideNote';
import type { FieldOverride } from './OverrideNote';

/** A path as the page marks its field with it. */
export function fieldPlace(path: JsonPath | undefined): string | undefined {
  return path === undefined ? undefined : JSON.stringify(path);
}

/** A field with its label above, and below it what is wrong with it or where its value comes from. */
export function FieldFrame({
  field,
  path,
  problems,
  derived,
  override,
  children,
}: {
  readonly field: Pick<CatalogField, 'label' | 'description' | 'required'>;
  /** Where the value stands in the node. */
  readonly path?: JsonPath;
  readonly problems: readonly WordedProblem[];
  /** Where the value comes from when an edge gives it. */
  readonly derived?: ReactNode;
  readonly override?: FieldOverride;
  readonly children: ReactNode;
}) {
  const text = useText();
  return (
    <div className="field" data-field={fieldPlace(path)} data-invalid={problems.some((problem) => problem.severity === 'error')}>
      <div className="field-label" title={field.description}>
        {field.label}
        {field.required ? (
          <span className="field-required" title={text('Required')}>
            *
          </span>
        ) : null}
      </div>
      {children}
      {derived}
      {override === undefined ? null : <OverrideNote override={override} />}
      {problems.map((problem) => (
        <ProblemLine key={problem.text} problem={problem} />
      ))}
    </div>
  );
}
