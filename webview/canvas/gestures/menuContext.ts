/**
 * Tells VS Code which of its context menus belongs to what was pressed (`webview/context` in the manifest): it reads this attribute
 * when the event arrives at the window. The id of the pressed card, when it is one.
 */
export function tellMenuOf(canvas: HTMLElement, pressed: EventTarget): string | undefined {
  const element = pressed instanceof Element ? pressed : undefined;
  const node = element?.closest('.react-flow__node')?.getAttribute('data-id') ?? undefined;
  const isSelection = element?.closest('.react-flow__nodesselection') !== null && element !== undefined;
  const section = node !== undefined || isSelection ? 'node' : element?.closest('.react-flow__edge') === null ? 'canvas' : 'edge';
  canvas.dataset['vscodeContext'] = JSON.stringify({ webviewSection: section, preventDefaultContextMenuItems: true });
  return node;
}
