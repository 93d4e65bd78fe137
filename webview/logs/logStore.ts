import { createStore } from 'zustand/vanilla';
import type { LogStreamEvent } from '../../src/shared/stream';
import type { Frames } from '../bridge/frames';
import type { Text } from '../ui/texts';
import type { LogEntry } from './logLines';
import { withEntries } from './logLines';

export interface LogState {
  readonly entries: readonly LogEntry[];
  readonly containers: readonly { readonly pod: string; readonly container: string }[];
  readonly place: string;
  /** The last failure of the stream, until lines come again. */
  readonly failure: string | undefined;
  clear(): void;
}

export type LogStore = ReturnType<typeof createLogStore>;

/** Lines of one log view. They are collected outside of React and handed over once per frame. */
export function createLogStore(text: Text, frames: Frames) {
  let waiting: LogEntry[] = [];
  let framed = false;
  let expected: number | undefined;
  let remarks = 0;
  const store = createStore<LogState>()((set) => ({
    entries: [],
    containers: [],
    place: '',
    failure: undefined,
    clear: () => {
      waiting = [];
      set({ entries: [] });
    },
  }));
  const flush = (): void => {
    framed = false;
    const added = waiting;
    waiting = [];
    if (added.length > 0) store.setState((state) => ({ entries: withEntries(state.entries, added) }));
  };
  const remark = (words: string): void => {
    remarks += 1;
    waiting.push({ kind: 'remark', key: `remark-${remarks}`, words });
  };
  const receive = (event: LogStreamEvent): void => {
    // There is no snapshot of a log to ask for; what was missed is said in its place.
    if (expected !== undefined && event.sequenceNumber > expected) remark(text('Some lines are missing here.'));
    expected = event.sequenceNumber + 1;
    switch (event.event_type) {
      case 'metadata':
        store.setState({ containers: event.data.containers, place: `${event.data.cluster} · ${event.data.namespace}`, failure: undefined });
        return;
      case 'log':
        if (event.data.dropped !== undefined && event.data.dropped > 0)
          remark(text('{0} lines were left out: they came faster than they could be shown.', event.data.dropped));
        for (const line of event.data.lines) waiting.push({ kind: 'line', key: `line-${line.id}`, line });
        if (store.getState().failure !== undefined) store.setState({ failure: undefined });
        break;
      case 'error':
        store.setState({ failure: event.data.message });
        remark(event.data.pod === undefined ? event.data.message : `${event.data.pod}: ${event.data.message}`);
        break;
      case 'complete':
        remark(text('{0}/{1} has ended.', event.data.pod, event.data.container));
        break;
      default:
        // Contracts grow by addition: what this page does not know it lets pass.
        return;
    }
    if (framed) return;
    framed = true;
    frames.next(flush);
  };
  return { store, receive };
}
