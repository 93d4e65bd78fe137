import { useState } from 'react';

export interface Draft {
  readonly value: string;
  readonly dirty: boolean;
  readonly type: (value: string) => void;
  /** Hands the typed text over, when it differs from what stands. */
  readonly commit: () => void;
  /** Goes back to what stands; false when there was nothing to go back from. */
  readonly reset: () => boolean;
}

/** Text while it is being typed: it becomes an edit only when it is finished. A new `value` from outside replaces what is not being typed. */
export function useDraft(value: string, onCommit: (value: string) => void): Draft {
  const [state, setState] = useState({ from: value, typed: value });
  // What stands has changed underneath: the draft begins anew from it.
  const current = state.from === value ? state : { from: value, typed: value };
  if (current !== state) setState(current);
  return {
    value: current.typed,
    dirty: current.typed !== value,
    type: (typed) => setState({ from: value, typed }),
    commit() {
      if (current.typed !== value) onCommit(current.typed);
    },
    reset() {
      if (current.typed === value) return false;
      setState({ from: value, typed: value });
      return true;
    },
  };
}
