import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { useEffect } from 'react';
import { useDescribed } from './described';

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
  const element = useDescribed<VscodeSingleSelect>(invalid);
  // The kit's event does not bubble, so that React's own handler, which listens at the root, would never hear it.
  useEffect(() => {
    const select = element.current;
    const onChange = (): void => {
      if (select !== null && select.value !== value) onCommit(select.value);
    };
    select?.addEventListener('change', onChange);
    return () => select?.removeEventListener('change', onChange);
  });
  return (
    <vscode-single-select
      // The kit reads its options once they are slotted; a new set of them is a new element.
      key={options.map((option) => option.value).join('\n')}
      ref={element}
      class="field-input"
      label={label}
      value={value}
      invalid={invalid}
      disabled={disabled}
    >
      {options.map((option) => (
        <vscode-option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </vscode-option>
      ))}
    </vscode-single-select>
  );
}
