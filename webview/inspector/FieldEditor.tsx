import { memo } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import type { DerivedSource } from '../../src/shared/derivedLink';
import type { JsonObject, JsonPath, JsonValue } from '../../src/shared/json';
import { isJsonObject, sameJson } from '../../src/shared/json';
import type { WordedProblem } from '../../src/shared/protocol';
import { ProblemLine } from '../runs/ProblemLine';
import { useSession } from '../store/session';
import { Checkbox } from '../ui/Checkbox';
import { DescriptionContext } from '../ui/described';
import { Select } from '../ui/Select';
import { SuggestField } from '../ui/SuggestField';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { ArrayEditor } from './ArrayEditor';
import { DerivedNote, sourceAt } from './DerivedNote';
import { describedBy, FieldFrame, fieldPlace } from './FieldFrame';
import { useFieldHelp } from './FieldHelp';
import { innerOverrides, OverrideNote, overrideOf } from './OverrideNote';
import type { FieldOverride, Overrides } from './OverrideNote';
import { imagesLike } from './imagesLike';
import { freeValue, ownValue, problemsAt, setField, shownFields, typedValue, valueText } from './fieldValues';
import { MapEditor } from './MapEditor';

export interface FieldProps {
  readonly nodeId: string;
  readonly path: JsonPath;
  readonly field: CatalogField;
  readonly value: JsonValue | undefined;
  /** What an edge gives when the file says nothing. */
  readonly derived: JsonValue | undefined;
  /** From which node each derived value of the node comes. */
  readonly sources?: readonly DerivedSource[] | undefined;
  /** What the chosen environment puts in the value's place. */
  readonly override?: FieldOverride | undefined;
  readonly problems: readonly WordedProblem[];
  readonly disabled: boolean;
  /** The key of a list's items that edges name, where the list makes handles. */
  readonly idKey?: string | undefined;
  /** The heading around the field says its name already. */
  readonly headed?: boolean;
}

/** The fields of a map of values: a node's own, or those of a nested object. */
export function FieldList({
  fields,
  values,
  derived,
  ...rest
}: Omit<FieldProps, 'field' | 'value' | 'derived' | 'idKey' | 'override'> & {
  readonly fields: readonly CatalogField[];
  readonly values: JsonObject;
  readonly derived?: Readonly<Record<string, JsonValue>> | undefined;
  readonly idKeys?: Readonly<Record<string, string>>;
  readonly overrides?: Overrides | undefined;
  /** All fields of the level, when `fields` are only some of them: what a field depends on may be in another section. */
  readonly level?: readonly CatalogField[];
}) {
  const { idKeys = {}, level = fields, headed = false, overrides, ...common } = rest;
  return (
    <>
      {shownFields(fields, level, values, derived).map((field) => (
        <FieldEditor
          key={field.name}
          {...common}
          headed={headed}
          path={[...common.path, field.name]}
          field={field}
          value={ownValue(values, field.name)}
          derived={ownValue(derived, field.name)}
          override={overrideOf(overrides, field.name)}
          idKey={Object.hasOwn(idKeys, field.name) ? idKeys[field.name] : undefined}
        />
      ))}
    </>
  );
}

/** Whether a field would be drawn as it was: an edit of one field draws that one, and those that hold it, and no other of the form. */
function isDrawnAlike(before: FieldProps, next: FieldProps): boolean {
  const { path } = next;
  const isInside = (one: { readonly path?: JsonPath | undefined }): boolean => path.every((step, index) => one.path?.[index] === step);
  const inside = (all: readonly { readonly path?: JsonPath | undefined }[] = []): JsonValue => all.filter(isInside) as unknown as JsonValue;
  return (
    before.field === next.field &&
    before.nodeId === next.nodeId &&
    before.disabled === next.disabled &&
    before.idKey === next.idKey &&
    before.headed === next.headed &&
    sameJson([...before.path], [...path]) &&
    sameJson(before.value, next.value) &&
    sameJson(before.derived, next.derived) &&
    sameJson((before.override ?? null) as unknown as JsonValue, (next.override ?? null) as unknown as JsonValue) &&
    (before.problems === next.problems || sameJson(inside(before.problems), inside(next.problems))) &&
    (before.sources === next.sources || sameJson(inside(before.sources), inside(next.sources)))
  );
}

/** One field of a form, by the type its metadata gives it. Each change that is finished is one edit. */
export const FieldEditor = memo(function FieldEditor(props: FieldProps) {
  const { nodeId, path, field, value, derived, problems, disabled } = props;
  const session = useSession();
  const text = useText();
  const help = useFieldHelp(field);
  const own = problemsAt(problems, path);
  const told = own.map((problem) => <ProblemLine key={problem.text} problem={problem} />);
  const invalid = own.some((problem) => problem.severity === 'error');
  const commit = (next: JsonValue | undefined): void => void session.edit(setField(nodeId, path, next));
  const absent = value === undefined || value === null;
  const source = sourceAt(props.sources ?? [], path);
  const isPlain = field.type !== 'object' && field.type !== 'map' && field.type !== 'array';
  // What an edge takes away (the replicas of what an autoscaler scales) counts whatever the file says.
  const derivedNote =
    source === undefined || derived === undefined || (value !== undefined && derived !== null) ? undefined : (
      <DerivedNote
        source={source}
        shown={derived === null ? text('decided there') : isPlain ? undefined : derived}
        onOverride={derived === null || disabled ? undefined : () => commit(derived)}
      />
    );
  const { override } = props;
  // A key that is there and empty means "none", whatever the default is.
  const placeholder = value === null ? text('none') : derived !== undefined ? valueText(derived) : valueText(field.default);
  const frame = { field, path, problems: own, derived: derivedNote, ...(override === undefined ? {} : { override }) };

  switch (field.type) {
    case 'object':
      // An object of the API's own structure has no form here: it is written as JSON, and completed and checked in the text.
      if (field.free === true && field.fields === undefined)
        return (
          <FieldFrame {...frame}>
            <TextArea
              label={field.label}
              value={isJsonObject(value) ? JSON.stringify(value, undefined, 2) : valueText(value)}
              placeholder={placeholder}
              invalid={invalid}
              disabled={disabled}
              onCommit={(typed) => commit(freeValue(typed))}
            />
          </FieldFrame>
        );
      return (
        <fieldset
          className={props.headed === true ? 'field-group is-plain' : 'field-group'}
          data-field={fieldPlace(path)}
          aria-label={field.label}
          aria-description={describedBy(field, own)}
          {...help}
        >
          {props.headed === true ? null : <legend title={field.description}>{field.label}</legend>}
          <FieldList
            nodeId={nodeId}
            path={path}
            problems={problems}
            disabled={disabled}
            fields={field.fields ?? []}
            values={isJsonObject(value) ? value : {}}
            derived={isJsonObject(derived) ? derived : undefined}
            sources={props.sources}
            overrides={innerOverrides(override)}
          />
          {told}
        </fieldset>
      );
    case 'array':
      return (
        <FieldFrame {...frame}>
          <ArrayEditor
            {...props}
            renderFields={(fields, values, at, derivedItem) => (
              <FieldList
                nodeId={nodeId}
                path={at}
                fields={fields}
                values={values}
                derived={derivedItem}
                sources={props.sources}
                problems={problems}
                disabled={disabled}
              />
            )}
          />
        </FieldFrame>
      );
    case 'map':
      return (
        <FieldFrame {...frame}>
          <MapEditor {...props} />
        </FieldFrame>
      );
    case 'boolean':
      return (
        <div className="field" data-field={fieldPlace(path)} title={field.description} {...help}>
          <DescriptionContext value={describedBy(field, own)}>
            <Checkbox label={field.label} checked={(absent ? (derived ?? field.default) : value) === true} disabled={disabled} onCommit={commit} />
          </DescriptionContext>
          {derivedNote}
          {override === undefined ? null : <OverrideNote override={override} />}
          {told}
        </div>
      );
    case 'select': {
      const options = field.options ?? [];
      const shown = valueText(value);
      const unset = derived ?? field.default;
      const unsetLabel =
        unset === undefined ? text('(not set)') : text('{0} (default)', options.find((option) => option.value === unset)?.label ?? valueText(unset));
      const known = shown === '' || options.some((option) => String(option.value) === shown);
      return (
        <FieldFrame {...frame}>
          <Select
            label={field.label}
            value={shown}
            invalid={invalid}
            disabled={disabled}
            options={[
              { value: '', label: unsetLabel },
              ...options.map((option) => ({ value: String(option.value), label: option.label })),
              ...(known ? [] : [{ value: shown, label: shown }]),
            ]}
            onCommit={(chosen) => commit(options.find((option) => String(option.value) === chosen)?.value)}
          />
        </FieldFrame>
      );
    }
    case 'text':
      return (
        <FieldFrame {...frame}>
          <TextArea
            label={field.label}
            value={valueText(value)}
            placeholder={placeholder}
            invalid={invalid}
            disabled={disabled}
            onCommit={(typed) => commit(typedValue(field, typed))}
          />
        </FieldFrame>
      );
    case 'string':
    case 'number':
      // One line would lose the line breaks of what has several.
      if (typeof value === 'string' && value.includes('\n'))
        return (
          <FieldFrame {...frame}>
            <TextArea label={field.label} value={value} invalid={invalid} disabled={disabled} onCommit={(typed) => commit(typed === '' ? undefined : typed)} />
          </FieldFrame>
        );
      if (field.format === 'image')
        return (
          <FieldFrame {...frame}>
            <SuggestField
              label={field.label}
              value={valueText(value)}
              placeholder={placeholder}
              invalid={invalid}
              disabled={disabled}
              suggest={(typed) => imagesLike(typed, session.tagsOf)}
              onCommit={(typed) => commit(typedValue(field, typed))}
            />
          </FieldFrame>
        );
      return (
        <FieldFrame {...frame}>
          <TextField
            label={field.label}
            value={valueText(value)}
            placeholder={placeholder}
            invalid={invalid}
            disabled={disabled}
            numeric={field.type === 'number' && field.orString !== true}
            onCommit={(typed) => commit(typedValue(field, typed))}
          />
        </FieldFrame>
      );
  }
}, isDrawnAlike);
