import type { CanvasSession } from '../bridge/canvasSession';
import { edgeDiagnosticsId } from '../inspector/Diagnostics';

/** Whether a key pressed at this element is about something that has settings: what is selected, or the edge that has the focus. */
export function hasSettings(session: CanvasSession, target: EventTarget): boolean {
  const { selection, selectedEdge } = session.ui.getState();
  return selection.length > 0 || selectedEdge !== undefined || (target instanceof Element && target.closest('.react-flow__edge') !== null);
}

/** Shows the settings and puts the keyboard into them: at the diagnostics of a connection, else at the first field. */
export function enterSettings(session: CanvasSession): void {
  session.ui.getState().openSide('inspector');
  // React Flow selects what has the focus by the same key, and the panel may have to be drawn first.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`#${edgeDiagnosticsId}, .inspector .field-input`)?.focus());
}
