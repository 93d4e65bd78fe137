function isField(element: Element | null | undefined): boolean {
  return element instanceof HTMLElement && (['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName) || element.isContentEditable);
}

/** Whether a key of the canvas means something else where the focus is: in a field, and in the panels beside the canvas, whose texts can be marked. */
export function hasOtherMeaning(): boolean {
  let focused = document.activeElement;
  if (focused !== null && focused.closest('.side, .palette') !== null) return true;
  // The kit's fields keep their own inside.
  for (let inner = focused?.shadowRoot?.activeElement ?? null; inner !== null; inner = inner.shadowRoot?.activeElement ?? null) focused = inner;
  return isField(focused);
}

/** Whether what happened happened inside something one types into, also through the kit's shadow roots. */
export function isEditable(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof Element && isField(target);
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** Ctrl, or Cmd on Apple keyboards, and no Alt. */
export function hasCommandKey(event: Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey'>): boolean {
  return (isApple ? event.metaKey : event.ctrlKey) && !event.altKey;
}

export function undoOrRedo(event: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (!hasCommandKey(event)) return undefined;
  const key = event.key.toLowerCase();
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
  return key === 'y' && !event.shiftKey ? 'redo' : undefined;
}

/**
 * VS Code hears the keys of a webview and would undo the document while someone types in a field
 * (microsoft/vscode#227849, open). Fields therefore undo their own typing and let nobody hear of it.
 */
export function keepUndoInField(event: KeyboardEvent): void {
  const act = undoOrRedo(event);
  if (act === undefined) {
    // Select all, cut, copy and paste are the field's own as well.
    if (hasCommandKey(event) && ['a', 'c', 'v', 'x'].includes(event.key.toLowerCase())) event.stopPropagation();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  document.execCommand(act);
}
