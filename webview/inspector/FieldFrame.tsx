import type { ReactNode } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import type { JsonPath } from '../../src/shared/json';
import type { WordedProblem } from '../../src/shared/protocol';
import { ProblemLine } from '../runs/ProblemLine';
import { DescriptionContext } from '../ui/described';
import { useText } from '../ui/texts';
import { OverrideNote } from './OverrideNote';
import type { FieldOverride } from './OverrideNote';
import { useFieldHelp } from './FieldHelp';

/** A path as the page marks its field with it. */
export function fieldPlace(path: JsonPath | undefined): string | undefined {
  return path === undefined ? undefined : JSON.stringify(path);
}

/** What a screen reader says of a field's control behind its name. */
export function describedBy(field: Pick<CatalogField, 'description'>, problems: readonly WordedProblem[]): string {
  return [field.description, ...problems.map((problem) => problem.text)].filter((words) => words !== '').join(' ');
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
  const help = useFieldHelp(field);
  return (
    <div className="field" {...help} data-field={fieldPlace(path)} data-invalid={problems.some((problem) => problem.severity === 'error')}>
      <div className="field-label" title={field.description}>
        {field.label}
        {field.required ? (
          <span className="field-required" title={text('Required')}>
            *
          </span>
        ) : null}
      </div>
      <DescriptionContext value={describedBy(field, problems)}>{children}</DescriptionContext>
      {derived}
      {override === undefined ? null : <OverrideNote override={override} />}
      {problems.map((problem) => (
        <ProblemLine key={problem.text} problem={problem} />
      ))}
    </div>
  );
}
