import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { FormEvent, KeyboardEvent } from 'react';
import { useDescribed } from './described';
import { keepUndoInField } from './editableKeys';
import { useDraft } from './useDraft';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onCommit: (value: string) => void;
  readonly placeholder?: string;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
  readonly numeric?: boolean;
  readonly id?: string;
}

/** One line of text. Enter and leaving the field commit it, Escape takes the typing back. */
export function TextField({ label, value, onCommit, placeholder = '', invalid = false, disabled = false, numeric = false, id }: TextFieldProps) {
  const draft = useDraft(value, onCommit);
  const element = useDescribed<VscodeTextfield>(invalid);
  const onKeyDown = (event: KeyboardEvent<VscodeTextfield>): void => {
    keepUndoInField(event.nativeEvent);
    if (event.key === 'Enter') draft.commit();
    if (event.key === 'Escape' && draft.reset()) event.stopPropagation();
  };
  return (
    <vscode-textfield
      ref={element}
      {...(id === undefined ? {} : { id })}
      class="field-input"
      label={label}
      value={draft.value}
      placeholder={placeholder}
      invalid={invalid}
      disabled={disabled}
      autocomplete="off"
      inputMode={numeric ? 'numeric' : 'text'}
      onInput={(event: FormEvent<VscodeTextfield>) => draft.type(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      onBlur={draft.commit}
    />
  );
}

/** A field that is heard with every letter, for searching. */
export function SearchField({
  label,
  value,
  onChange,
  onKeyDown,
  autoFocus = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent<VscodeTextfield>) => void;
  readonly autoFocus?: boolean;
}) {
  return (
    <vscode-textfield
      ref={(element: VscodeTextfield | null) => {
        if (autoFocus) void element?.updateComplete.then(() => element.focus());
      }}
      class="field-input search-input"
      label={label}
      placeholder={label}
      value={value}
      autocomplete="off"
      onInput={(event: FormEvent<VscodeTextfield>) => onChange(event.currentTarget.value)}
      onKeyDown={(event: KeyboardEvent<VscodeTextfield>) => {
        keepUndoInField(event.nativeEvent);
        onKeyDown?.(event);
      }}
    >
      <span slot="content-before" className="codicon codicon-search search-icon" aria-hidden="true" />
    </vscode-textfield>
  );
}
