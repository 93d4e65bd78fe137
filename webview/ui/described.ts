import { createContext, useContext, useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** What the control inside is for, and what is wrong with it. */
export const DescriptionContext = createContext('');

type KitElement = HTMLElement & { readonly updateComplete: Promise<boolean> };

/**
 * Lets screen readers say what a control is for. What has the focus stands in the kit's shadow root, where no id of the page reaches,
 * and the kit hands nothing on but the name.
 */
export function useDescribed<Element extends KitElement>(invalid = false): RefObject<Element | null> {
  const ref = useRef<Element>(null);
  const description = useContext(DescriptionContext);
  // Each time, since the element may be a new one.
  useEffect(() => {
    const element = ref.current;
    void element?.updateComplete.then(() => {
      const control = element.shadowRoot?.querySelector('input, textarea, [role="combobox"]');
      control?.setAttribute('aria-description', description);
      control?.setAttribute('aria-invalid', String(invalid));
    });
  });
  return ref;
}
