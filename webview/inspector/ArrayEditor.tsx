import { useState } from 'react';
import type { ReactNode } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../src/shared/json';
import { isJsonObject } from '../../src/shared/json';
import { useDocument, useSession } from '../store/session';
import { kindOf } from '../../src/shared/catalog';
import { nodeById } from '../../src/shared/workflow';
import { Button } from '../ui/Button';
import { IconButton } from '../ui/IconButton';
import { Select } from '../ui/Select';
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { DerivedNote, sourceAt } from './DerivedNote';
import type { FieldProps } from './FieldEditor';
import { itemValue, newItem, setField, valueText } from './fieldValues';
import { SecretValueButton } from './SecretValueButton';

/** A list: of plain values, one line each, or of objects, one small form each. */
export function ArrayEditor({
  nodeId,
  path,
  field,
  value,
  disabled,
  idKey,
  derived,
  sources = [],
  renderFields,
}: FieldProps & {
  /** Draws the form of one item; given in, because that form may hold lists again. */
  readonly renderFields: (fields: readonly CatalogField[], values: JsonObject, path: JsonPath, derived: JsonObject | undefined) => ReactNode;
}) {
  const session = useSession();
  const text = useText();
  const [round, setRound] = useState(0);
  const isSecret = useDocument((state) => {
    const node = nodeById(state.workflow, nodeId);
    return node !== undefined && kindOf(state.catalog, node.type)?.kind === 'Secret' && field.name === 'keys';
  });
  const list: readonly JsonValue[] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  const { items } = field;
  const full: readonly JsonValue[] = Array.isArray(derived) ? (derived as readonly JsonValue[]) : [];
  const remove = (index: number): void => void session.edit(setField(nodeId, [...path, index], undefined));

  /** What edges complete an item of the file with. */
  function derivedItem(index: number): JsonObject | undefined {
    const item = full[index];
    return index < list.length && isJsonObject(item) ? item : undefined;
  }
  // Items behind those of the file are given by edges: they are shown, and changed at their edge or once they are in the file.
  const given = full.slice(list.length).map((item, offset) => {
    const source = sourceAt(sources, [...path, list.length + offset]);
    return source === undefined ? null : (
      <DerivedNote
        key={`${source}-${String(offset)}`}
        source={source}
        shown={item}
        onOverride={disabled ? undefined : () => session.edit(setField(nodeId, [...path, list.length], item))}
      />
    );
  });

  if (items?.type === 'object') {
    return (
      <div className="array-editor">
        {list.map((item, index) => (
          <fieldset className="array-item" key={idKey !== undefined && isJsonObject(item) ? valueText(item[idKey]) : index}>
            <legend>{text('{0} {1}', items.label, index + 1)}</legend>
            <span className="array-item-actions">
              <IconButton icon="trash" label={text('Remove {0} {1}', items.label, index + 1)} disabled={disabled} onClick={() => remove(index)} />
            </span>
            {renderFields(items.fields ?? [], isJsonObject(item) ? item : {}, [...path, index], derivedItem(index))}
          </fieldset>
        ))}
        {given}
        <Button secondary icon="add" disabled={disabled} onClick={() => session.edit(setField(nodeId, [...path, list.length], newItem(items, list, idKey)))}>
          {text('Add {0}', items.label)}
        </Button>
      </div>
    );
  }

  const options = items?.type === 'select' ? (items.options ?? []) : undefined;
  if (options !== undefined) {
    const chosen = new Set(list.map(String));
    const valueOf = (choice: string): JsonValue => options.find((option) => String(option.value) === choice)?.value ?? choice;
    const choices = (own: string): readonly { readonly value: string; readonly label: string }[] => [
      ...options.map((option) => ({ value: String(option.value), label: option.label })).filter(({ value: choice }) => choice === own || !chosen.has(choice)),
      ...(own === '' || options.some((option) => String(option.value) === own) ? [] : [{ value: own, label: own }]),
    ];
    const left = choices('');
    return (
      <div className="array-editor">
        {list.map((item, index) => (
          <div className="array-row" key={`${index}-${valueText(item)}`}>
            <Select
              label={text('{0} {1}', items?.label ?? field.label, index + 1)}
              value={valueText(item)}
              options={choices(valueText(item))}
              disabled={disabled}
              onCommit={(choice) => session.edit(setField(nodeId, [...path, index], valueOf(choice)))}
            />
            <IconButton icon="close" label={text('Remove {0}', valueText(item))} disabled={disabled} onClick={() => remove(index)} />
          </div>
        ))}
        {given}
        {left.length === 0 ? null : (
          <div className="array-row" key={`new-${list.length}`}>
            <Select
              label={text('New {0}', items?.label ?? field.label)}
              value=""
              options={[
                {
                  value: '',
                  label:
                    list.length === 0 && value === undefined && Array.isArray(field.default)
                      ? text('{0} (default)', field.default.map(String).join(', '))
                      : text('Add…'),
                },
                ...left,
              ]}
              disabled={disabled}
              onCommit={(choice) => {
                if (choice !== '') session.edit(setField(nodeId, [...path, list.length], valueOf(choice)));
              }}
            />
          </div>
        )}
      </div>
    );
  }

  return (
    <div className="array-editor">
      {list.map((item, index) => {
        // An entry may be a map that carries its word under `name`.
        const named = isJsonObject(item) && typeof item['name'] === 'string';
        const word = named ? valueText(item['name']) : valueText(item);
        const at = named ? [...path, index, 'name'] : [...path, index];
        return (
          // A list of plain values has nothing else to tell its entries apart by.
          <div className="array-row" key={`${index}-${word}`}>
            <TextField
              label={text('{0} {1}', items?.label ?? field.label, index + 1)}
              value={word}
              disabled={disabled || (isJsonObject(item) && !named)}
              onCommit={(typed) => {
                const next = itemValue(items, typed);
                if (next === undefined) remove(index);
                else session.edit(setField(nodeId, at, next));
              }}
            />
            {isSecret ? <SecretValueButton nodeId={nodeId} secretKey={word} /> : null}
            <IconButton icon="close" label={text('Remove {0}', word)} disabled={disabled} onClick={() => remove(index)} />
          </div>
        );
      })}
      {given}
      <div className="array-row" key={`new-${round}`}>
        <TextField
          label={text('New {0}', items?.label ?? field.label)}
          value=""
          placeholder={text('Add…')}
          disabled={disabled}
          onCommit={(typed) => {
            const next = itemValue(items, typed);
            if (next !== undefined) session.edit(setField(nodeId, [...path, list.length], next));
            setRound(round + 1);
          }}
        />
      </div>
    </div>
  );
}
