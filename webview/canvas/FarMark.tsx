import { useStore as useFlowStore } from '@xyflow/react';
import { useEffect } from 'react';
import type { RefObject } from 'react';
import { farZoom, tinyZoom } from './zoom';

/** Marks the canvas when it is seen from far, so that style alone shows less; no card is drawn again for it. */
export function FarMark({ frame }: { readonly frame: RefObject<HTMLElement | null> }) {
  const far = useFlowStore((state) => state.transform[2] < farZoom);
  const tiny = useFlowStore((state) => state.transform[2] < tinyZoom);
  useEffect(() => {
    frame.current?.setAttribute('data-far', String(far));
    frame.current?.setAttribute('data-tiny', String(tiny));
  }, [frame, far, tiny]);
  return null;
}
