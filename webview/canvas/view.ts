/** Cards that were culled have never been measured; counted as hidden ones they take part by their given size. */
export const fitOptions = { padding: 0.08, maxZoom: 1, includeHiddenNodes: true } as const;

/** The middle of the canvas on the screen. */
export function centerOf(frame: HTMLElement | null): { readonly x: number; readonly y: number } {
  const box = frame?.getBoundingClientRect();
  return box === undefined ? { x: 0, y: 0 } : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
