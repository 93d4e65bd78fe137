import type { TimeStyle } from './logLines';

/** How a person likes to read logs; kept while the view is hidden. */
export interface LogViewState {
  readonly wrap: boolean;
  readonly times: TimeStyle;
  /** Lines that are JSON are shown by their level, message and the rest. */
  readonly json: boolean;
}

/** Reads what a former page kept; what does not fit is left out rather than believed. */
export function readView(saved: unknown): LogViewState {
  const state = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Record<keyof LogViewState, unknown>>;
  return {
    wrap: state.wrap === true,
    times: state.times === 'local' || state.times === 'utc' ? state.times : 'off',
    json: state.json !== false,
  };
}
