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
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import type { FieldProps } from './FieldEditor';
import { newItem, setField, typedValue, valueText } from './fieldValues';
import { SecretValueButton } from './SecretValueButton';

/** A list: of plain values, one line each, or of objects, one small form each. */
export function ArrayEditor({
  nodeId,
  path,
  field,
  value,
  disabled,
  idKey,
  renderFields,
}: FieldProps & {
  /** Draws the form of one item; given in, because that form may hold lists again. */
  readonly renderFields: (fields: readonly CatalogField[], values: JsonObject, path: JsonPath) => ReactNode;
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
  const remove = (index: number): void => void session.edit(setField(nodeId, [...path, index], undefined));

  if (items?.type === 'object') {
    return (
      <div className="array-editor">
        {list.map((item, index) => (
          <fieldset className="array-item" key={idKey !== undefined && isJsonObject(item) ? valueText(item[idKey]) : index}>
            <legend>{text('{0} {1}', items.label, index + 1)}</legend>
            <span className="array-item-actions">
              <IconButton icon="trash" label={text('Remove {0} {1}', items.label, index + 1)} disabled={disabled} onClick={() => remove(index)} />
            </span>
            {renderFields(items.fields ?? [], isJsonObject(item) ? item : {}, [...path, index])}
          </fieldset>
        ))}
        <Button secondary icon="add" disabled={disabled} onClick={() => session.edit(setField(nodeId, [...path, list.length], newItem(items, list, idKey)))}>
          {text('Add {0}', items.label)}
        </Button>
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
                const next = typedValue(items ?? { type: 'string' }, typed);
                if (next === undefined) remove(index);
                else session.edit(setField(nodeId, at, next));
              }}
            />
            {isSecret ? <SecretValueButton nodeId={nodeId} secretKey={word} /> : null}
            <IconButton icon="close" label={text('Remove {0}', word)} disabled={disabled} onClick={() => remove(index)} />
          </div>
        );
      })}
      <div className="array-row" key={`new-${round}`}>
        <TextField
          label={text('New {0}', items?.label ?? field.label)}
          value=""
          placeholder={text('Add…')}
          disabled={disabled}
          onCommit={(typed) => {
            const next = typedValue(items ?? { type: 'string' }, typed);
            if (next !== undefined) session.edit(setField(nodeId, [...path, list.length], next));
            setRound(round + 1);
          }}
        />
      </div>
    </div>
  );
}
