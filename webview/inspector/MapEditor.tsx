import { useState } from 'react';
import { isJsonObject } from '../../src/shared/json';
import { useSession } from '../store/session';
import { IconButton } from '../ui/IconButton';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import type { FieldProps } from './FieldEditor';
import { itemValue, renameKey, setField, valueText } from './fieldValues';

/** Keys and values side by side; the empty line at the end makes a new entry once its key is there. */
export function MapEditor({ nodeId, path, field, value, disabled }: FieldProps) {
  const session = useSession();
  const text = useText();
  const [round, setRound] = useState(0);
  const map = isJsonObject(value) ? value : {};
  return (
    <div className="map-editor">
      {Object.entries(map).map(([key, item]) => {
        // One line would lose the line breaks of what has several.
        const shown = valueText(item);
        const isLong = field.items?.type === 'text' || shown.includes('\n');
        const valueProps = {
          label: text('{0}: value of {1}', field.label, key),
          value: shown,
          disabled: disabled || (typeof item === 'object' && item !== null),
          onCommit: (typed: string): void => void session.edit(setField(nodeId, [...path, key], itemValue(field.items, typed) ?? '')),
        };
        return (
          <div className={isLong ? 'map-row is-long' : 'map-row'} key={key}>
            <TextField
              label={text('{0}: name', field.label)}
              value={key}
              disabled={disabled}
              onCommit={(typed) => {
                const edit = renameKey(nodeId, path, map, key, typed);
                if (edit === undefined) session.ui.getState().notify(text('"{0}" is empty or taken already.', typed), 'error');
                else session.edit(edit);
              }}
            />
            {isLong ? <TextArea {...valueProps} rows={Math.min(12, Math.max(2, shown.split('\n').length))} /> : <TextField {...valueProps} />}
            <IconButton
              icon="close"
              label={text('Remove {0}', key)}
              disabled={disabled}
              onClick={() => session.edit(setField(nodeId, [...path, key], undefined))}
            />
          </div>
        );
      })}
      <div className="map-row" key={`new-${round}`}>
        <TextField
          label={text('{0}: new name', field.label)}
          value=""
          placeholder={text('Add…')}
          disabled={disabled}
          onCommit={(typed) => {
            const key = typed.trim();
            if (key === '') return;
            if (Object.hasOwn(map, key)) session.ui.getState().notify(text('"{0}" is empty or taken already.', key), 'error');
            else session.edit(setField(nodeId, [...path, key], ''));
            setRound(round + 1);
          }}
        />
      </div>
    </div>
  );
}
