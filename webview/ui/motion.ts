/** How long a movement of the view lasts, in milliseconds: not at all for those who asked for less motion. */
export function motionMs(ms: number): number {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms;
}
