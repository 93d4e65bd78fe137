/** Below this zoom a card shows its name and state only, larger. */
export const farZoom = 0.62;
/** Below this zoom no word on a card can be read: it shows what it is and how it does by icons and colour. */
export const tinyZoom = 0.3;
/** Below this zoom an edge that does not hold shows its mark alone: reasons would be larger than cards. */
export const reasonZoom = 0.4;

/** From this zoom on, what has a size of its own on the screen grows along with the cards, up to here. */
const largestScale = 1.25;
/** Below this zoom the gaps between cards are narrower than a mark, which then shrinks with them, down to the smallest scale. */
const shrinksBelow = 0.25;
const smallestScale = 0.6;

/**
 * How large something is drawn in the canvas's own units so that it keeps its size on the screen, within bounds.
 * @param zoom pixels of the screen for one unit of the canvas
 * @returns the factor of its size at zoom 1
 */
export function steadyScale(zoom: number): number {
  const onScreen = zoom > 1 ? Math.min(zoom, largestScale) : Math.max(smallestScale, Math.min(1, zoom / shrinksBelow));
  return onScreen / zoom;
}
