import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/**
 * When what has the focus is taken off the canvas (deleted, undone, hidden with its group), the browser gives the focus to the page,
 * and the next key would reach nobody. The canvas takes it then.
 */
export function useKeptFocus(frame: RefObject<HTMLElement | null>): void {
  const held = useRef(false);
  useEffect(() => {
    const onFocusIn = (event: FocusEvent): void => {
      held.current = event.target instanceof Node && frame.current?.contains(event.target) === true;
    };
    document.addEventListener('focusin', onFocusIn);
    return () => document.removeEventListener('focusin', onFocusIn);
  }, [frame]);
  // After every drawing: whichever took it away.
  useEffect(() => {
    if (held.current && document.activeElement === document.body && document.hasFocus()) frame.current?.focus();
  });
}
