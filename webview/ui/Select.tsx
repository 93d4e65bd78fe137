import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { FormEvent } from 'react';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

export function Select({
  label,
  value,
  options,
  onCommit,
  invalid = false,
  disabled = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly SelectOption[];
  readonly onCommit: (value: string) => void;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
}) {
  return (
    <vscode-single-select
      // The kit reads its options once they are slotted; a new set of them is a new element.
      key={options.map((option) => option.value).join('\n')}
      class="field-input"
      label={label}
      value={value}
      invalid={invalid}
      disabled={disabled}
      onChange={(event: FormEvent<VscodeSingleSelect>) => {
        if (event.currentTarget.value !== value) onCommit(event.currentTarget.value);
      }}
    >
      {options.map((option) => (
        <vscode-option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </vscode-option>
      ))}
    </vscode-single-select>
  );
}
