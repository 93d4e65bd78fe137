import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import type { VscodeTextarea } from '@vscode-elements/elements/dist/vscode-textarea/index.js';
import type { FormEvent, KeyboardEvent } from 'react';
import { useDescribed } from './described';
import { hasCommandKey, keepUndoInField } from './editableKeys';
import { useDraft } from './useDraft';

/** What is longer has a bar to scroll it, or is drawn larger by its corner. */
const mostRows = 14;

/** Several lines, as high as what stands in it. Leaving the field or Ctrl+Enter commits, Escape takes the typing back. */
export function TextArea({
  label,
  value,
  onCommit,
  placeholder = '',
  invalid = false,
  disabled = false,
  rows = 3,
}: {
  readonly label: string;
  readonly value: string;
  readonly onCommit: (value: string) => void;
  readonly placeholder?: string;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
  readonly rows?: number;
}) {
  const draft = useDraft(value, onCommit);
  const element = useDescribed<VscodeTextarea>(invalid);
  return (
    <vscode-textarea
      ref={element}
      class="field-input"
      label={label}
      value={draft.value}
      placeholder={placeholder}
      invalid={invalid}
      disabled={disabled}
      rows={Math.max(rows, Math.min(mostRows, draft.value.split('\n').length))}
      resize="vertical"
      onInput={(event: FormEvent<VscodeTextarea>) => draft.type(event.currentTarget.value)}
      onKeyDown={(event: KeyboardEvent<VscodeTextarea>) => {
        keepUndoInField(event.nativeEvent);
        if (event.key === 'Enter' && hasCommandKey(event)) draft.commit();
        if (event.key === 'Escape' && draft.reset()) event.stopPropagation();
      }}
      onBlur={draft.commit}
    />
  );
}
