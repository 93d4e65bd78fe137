import { useEffect } from 'react';
import { isEditable } from '../../ui/editableKeys';
import type { GestureContext } from './gestures';
import { copySelection, cutSelection, pasteNodes } from './gestures';

/** Text of the page that someone has marked (a manifest, a message) is what they want copied, whatever nodes are selected. */
function hasMarkedText(): boolean {
  const marked = document.getSelection();
  return marked !== null && !marked.isCollapsed && marked.toString() !== '';
}

/**
 * Copy, cut and paste as the system's events rather than as keys: so they come from the keyboard, from VS Code's Edit menu and from a
 * context menu alike, and a paste brings its text along without asking for the clipboard.
 */
export function useClipboard(context: GestureContext): void {
  useEffect(() => {
    const act =
      (work: (event: ClipboardEvent) => Promise<unknown>, isCopy: boolean) =>
      (event: ClipboardEvent): void => {
        if (event.defaultPrevented || isEditable(event) || (isCopy && (hasMarkedText() || context.selectedNodes().length === 0))) return;
        event.preventDefault();
        void work(event);
      };
    const copy = act(() => copySelection(context), true);
    const cut = act(() => cutSelection(context), true);
    const paste = act((event) => pasteNodes(context, event.clipboardData?.getData('text/plain') ?? ''), false);
    document.addEventListener('copy', copy);
    document.addEventListener('cut', cut);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', cut);
      document.removeEventListener('paste', paste);
    };
  }, [context]);
}
