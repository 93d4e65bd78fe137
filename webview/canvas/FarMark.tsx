import { useStore as useFlowStore } from '@xyflow/react';
import { useEffect } from 'react';
import type { RefObject } from 'react';
import { farZoom } from './zoom';

/** Marks the canvas when it is seen from far, so that style alone shows less; no card is drawn again for it. */
export function FarMark({ frame }: { readonly frame: RefObject<HTMLElement | null> }) {
  const far = useFlowStore((state) => state.transform[2] < farZoom);
  useEffect(() => {
    frame.current?.setAttribute('data-far', String(far));
  }, [frame, far]);
  return null;
}
