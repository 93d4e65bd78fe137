import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { useEffect, useRef, useState } from 'react';
import type { FocusEvent, FormEvent, KeyboardEvent } from 'react';
import { useDescribed } from './described';
import { keepUndoInField } from './editableKeys';
import { useText } from './texts';
import { useDraft } from './useDraft';

interface SuggestFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onCommit: (value: string) => void;
  /** What the typed text may become. Asked once typing rests; an empty list shows nothing. */
  readonly suggest: (typed: string) => Promise<readonly string[]>;
  readonly placeholder?: string;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
}

const restMs = 150;
const mostShown = 50;

/** One line of text with what it may become below it. The arrow down leads there, Enter takes what is marked, Escape leads back. */
export function SuggestField({ label, value, onCommit, suggest, placeholder = '', invalid = false, disabled = false }: SuggestFieldProps) {
  const text = useText();
  const draft = useDraft(value, onCommit);
  const element = useDescribed<VscodeTextfield>(invalid);
  const [found, setFound] = useState<{ readonly of: string; readonly all: readonly string[] }>();
  const whole = useRef<HTMLDivElement>(null);
  const asking = useRef(suggest);
  useEffect(() => {
    asking.current = suggest;
  });
  const typed = draft.dirty ? draft.value : undefined;
  useEffect(() => {
    if (typed === undefined) return;
    let current = true;
    const timer = setTimeout(() => {
      void asking.current(typed).then((all) => {
        if (current) setFound({ of: typed, all: all.slice(0, mostShown) });
      });
    }, restMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [typed]);
  // What belongs to an earlier text stays until the next answer, as long as it still begins as what is typed.
  const shown = typed === undefined || found === undefined ? [] : found.all.filter((one) => one !== typed && one.startsWith(typed));

  const options = (): HTMLElement[] => [...(whole.current?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
  const field = (): HTMLElement | null => whole.current?.querySelector<HTMLElement>('vscode-textfield') ?? null;
  const take = (chosen: string): void => {
    // The field has the keyboard again before its list goes.
    field()?.focus();
    setFound(undefined);
    draft.type(chosen);
    onCommit(chosen);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const all = options();
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0) keepUndoInField(event.nativeEvent);
    if (event.key === 'ArrowDown' && all.length > 0) all[Math.min(at + 1, all.length - 1)]?.focus();
    else if (event.key === 'ArrowUp' && at >= 0) (at === 0 ? field() : all[at - 1])?.focus();
    else if (event.key === 'Enter') {
      if (at >= 0) take(all[at]?.textContent ?? '');
      else draft.commit();
    } else if (event.key === 'Escape' && at >= 0) field()?.focus();
    else if (event.key !== 'Escape' || !draft.reset()) return;
    if (event.key !== 'Enter' || at >= 0) event.preventDefault();
    event.stopPropagation();
  };
  const onBlur = ({ relatedTarget }: FocusEvent<HTMLElement>): void => {
    // Going from the field into its list leaves nothing.
    if (!(relatedTarget instanceof Node) || whole.current?.contains(relatedTarget) !== true) draft.commit();
  };
  return (
    <div className="suggest" ref={whole} onKeyDown={onKeyDown} onBlur={onBlur}>
      <vscode-textfield
        ref={element}
        class="field-input"
        label={label}
        value={draft.value}
        placeholder={placeholder}
        invalid={invalid}
        disabled={disabled}
        autocomplete="off"
        onInput={(event: FormEvent<VscodeTextfield>) => draft.type(event.currentTarget.value)}
      />
      {shown.length === 0 ? null : (
        <div className="suggest-list" role="listbox" aria-label={text('Suggestions for {0}', label)}>
          {shown.map((one) => (
            <div
              key={one}
              className="suggest-option"
              role="option"
              aria-selected={false}
              tabIndex={-1}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(one)}
            >
              {one}
            </div>
          ))}
        </div>
      )}
      <span className="sr-only" role="status">
        {shown.length === 0 ? '' : text('{0} suggestions: arrow down leads to them', String(shown.length))}
      </span>
    </div>
  );
}
