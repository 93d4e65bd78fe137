/** Runs callbacks at the next frame; a page that is not shown gets none. A port, so that tests decide when a frame is. */
export interface Frames {
  next(callback: () => void): void;
  after(delayMs: number, callback: () => void): void;
}

export const browserFrames: Frames = {
  next: (callback) => void requestAnimationFrame(callback),
  after: (delayMs, callback) => void setTimeout(callback, delayMs),
};
