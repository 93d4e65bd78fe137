/** The edge whose line lies under a point of the screen, by its id; one that stands for several is none. */
export function edgeUnder(at: { readonly x: number; readonly y: number }): string | undefined {
  for (const element of document.elementsFromPoint(at.x, at.y)) {
    const id = element.closest('.react-flow__edge')?.getAttribute('data-id');
    if (id !== undefined && id !== null && !id.includes('#')) return id;
  }
  return undefined;
}
