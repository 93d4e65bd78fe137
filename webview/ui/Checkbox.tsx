import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { FormEvent } from 'react';
import { useDescribed } from './described';

export function Checkbox({
  label,
  checked,
  onCommit,
  disabled = false,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly onCommit: (checked: boolean) => void;
  readonly disabled?: boolean;
}) {
  const element = useDescribed<VscodeCheckbox>();
  return (
    <vscode-checkbox
      ref={element}
      label={label}
      checked={checked}
      disabled={disabled}
      onChange={(event: FormEvent<VscodeCheckbox>) => onCommit(event.currentTarget.checked)}
    />
  );
}
