import { createContext, useCallback, useContext, useLayoutEffect, useRef, useState } from 'react';
import type { FocusEvent, ReactNode } from 'react';
import type { CatalogField } from '../../src/shared/catalog';
import { useText } from '../ui/texts';

type Helped = Pick<CatalogField, 'label' | 'description'>;

const ShowHelp = createContext<(field: Helped | undefined) => void>(() => undefined);

/** Goes onto the element around a field: what the field is for is shown while the keyboard is in it. */
export function useFieldHelp(field: Helped): { readonly onFocusCapture: () => void } {
  const show = useContext(ShowHelp);
  // Captured from the outside in, so that the innermost field has the last word.
  return { onFocusCapture: () => show(field) };
}

/** Room that is kept between a field and what lies over the panel. */
const gap = 8;

/**
 * A form, and at the foot of the panel what the field is for that the keyboard went to. The mouse gets the same words at the label: what
 * comes up between press and release would move or cover what is clicked.
 */
export function FieldHelp({ children }: { readonly children: ReactNode }) {
  const text = useText();
  // A new object each time: inside of one field the keyboard may go to a control that is hidden.
  const [shown, setShown] = useState<{ readonly field: Helped }>();
  const byPointer = useRef(false);
  const foot = useRef<HTMLDivElement>(null);
  const show = useCallback((field: Helped | undefined) => {
    setShown(byPointer.current || field === undefined || field.description === '' ? undefined : { field });
  }, []);

  useLayoutEffect(() => {
    const panel = foot.current?.closest('.side-body');
    const control = document.activeElement?.getBoundingClientRect();
    if (shown === undefined || foot.current === null || panel === null || panel === undefined || control === undefined) return;
    const hidden = control.bottom + gap - foot.current.getBoundingClientRect().top;
    const room = control.top - gap - panel.getBoundingClientRect().top;
    if (hidden > 0) panel.scrollBy(0, Math.min(hidden, Math.max(room, 0)));
  }, [shown]);

  return (
    <ShowHelp value={show}>
      <div
        className="form"
        onPointerDownCapture={() => (byPointer.current = true)}
        onKeyDownCapture={() => (byPointer.current = false)}
        onFocusCapture={() => show(undefined)}
        onBlur={(event: FocusEvent) => {
          if (event.currentTarget.contains(event.relatedTarget)) return;
          byPointer.current = false;
          show(undefined);
        }}
      >
        {children}
      </div>
      {shown === undefined ? null : (
        <div className="field-help" ref={foot} role="note" aria-label={text('What it is for')}>
          <strong>{shown.field.label}</strong>
          <p>{shown.field.description}</p>
        </div>
      )}
    </ShowHelp>
  );
}
