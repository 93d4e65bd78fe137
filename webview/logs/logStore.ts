import { createStore } from 'zustand/vanilla';
import type { LogWindow } from '../../src/shared/protocol';
import type { LogContainer, LogStreamEvent, ParsedLogLine } from '../../src/shared/stream';
import { maxLogLines } from '../../src/shared/stream';
import type { Frames } from '../bridge/frames';
import type { Text } from '../ui/texts';
import { withLines } from './logLines';

/** A screen reader hears of new lines no oftener than this. */
const announceEveryMs = 5000;

export interface LogState {
  readonly lines: readonly ParsedLogLine[];
  readonly containers: readonly LogContainer[];
  readonly place: string;
  /** The last failure of the stream, until lines come again. */
  readonly failure: string | undefined;
  /** The host keeps older lines than those here. */
  readonly older: boolean;
  /** The lines here are not the newest: new ones are counted instead of shown. */
  readonly detached: boolean;
  readonly missed: number;
  /** What a screen reader is told. */
  readonly announcement: string;
}

export type LogStore = ReturnType<typeof createLogStore>;

/**
 * The lines that one log page holds: a window on what the host keeps. They are collected outside of React and handed over
 * once per frame; `onTaken` then tells the host that more may come.
 */
export function createLogStore(text: Text, frames: Frames, onTaken: (sequenceNumber: number) => void) {
  let waiting: ParsedLogLine[] = [];
  let framed = false;
  let expected: number | undefined;
  let taken: number | undefined;
  let marks = 0;
  let replaced = 0;
  let unannounced = 0;
  let announcing = false;
  const store = createStore<LogState>()(() => ({
    lines: [],
    containers: [],
    place: '',
    failure: undefined,
    older: false,
    detached: false,
    missed: 0,
    announcement: '',
  }));

  const announce = (): void => {
    if (announcing || unannounced === 0) return;
    announcing = true;
    store.setState({ announcement: text('{0} new lines', unannounced) });
    unannounced = 0;
    frames.after(announceEveryMs, () => {
      announcing = false;
      announce();
    });
  };
  const flush = (): void => {
    framed = false;
    const added = waiting;
    waiting = [];
    if (added.length > 0) {
      store.setState((state) =>
        state.detached
          ? { missed: state.missed + added.length }
          : { lines: withLines(state.lines, added), older: state.older || state.lines.length + added.length > maxLogLines },
      );
      unannounced += added.length;
      announce();
    }
    if (taken !== undefined) onTaken(taken);
    taken = undefined;
  };
  const schedule = (): void => {
    if (framed) return;
    framed = true;
    frames.next(flush);
  };
  const mark = (message: string): void => {
    marks += 1;
    // The host's own ids are not negative.
    waiting.push({ id: -marks, pod: '', container: '', timestamp: '', message, mark: 'cut' });
  };

  return {
    store,
    /** Changes whenever other lines take the place of those here: what was asked for those before fits no more. */
    get generation(): number {
      return replaced;
    },
    clear(): void {
      replaced += 1;
      waiting = [];
      store.setState({ lines: [], older: false, detached: false, missed: 0 });
    },
    say(words: string): void {
      store.setState({ announcement: words });
    },
    /** Shows other lines than the newest. */
    show(window: LogWindow): void {
      replaced += 1;
      waiting = [];
      store.setState({ lines: window.lines, older: window.older, detached: window.newer, missed: 0 });
    },
    /** Puts older lines before those here, unless these are no longer the ones that they were asked for. */
    prepend(window: LogWindow, generation: number): void {
      if (generation !== replaced) return;
      store.setState((state) => {
        const all = [...window.lines, ...state.lines];
        return { lines: all.slice(0, maxLogLines), older: window.older, detached: state.detached || all.length > maxLogLines };
      });
    },
    append(window: LogWindow, generation: number): void {
      if (generation !== replaced) return;
      store.setState((state) => {
        const all = [...state.lines, ...window.lines];
        return { lines: all.slice(-maxLogLines), older: state.older || all.length > maxLogLines };
      });
    },
    receive(event: LogStreamEvent): void {
      // There is no snapshot of a log to ask for; what was missed is said in its place.
      if (expected !== undefined && event.sequenceNumber > expected) mark(text('Some lines are missing here.'));
      expected = event.sequenceNumber + 1;
      switch (event.event_type) {
        case 'metadata':
          store.setState({ containers: event.data.containers, place: `${event.data.cluster} · ${event.data.namespace}` });
          return;
        case 'log': {
          const { lines, dropped = 0, anew } = event.data;
          taken = event.sequenceNumber;
          if (store.getState().failure !== undefined && anew === undefined) store.setState({ failure: undefined });
          if (anew !== undefined) {
            replaced += 1;
            waiting = [];
            store.setState({ lines: lines.slice(-maxLogLines), older: anew.kept > Math.min(lines.length, maxLogLines), detached: false, missed: 0 });
            break;
          }
          if (dropped > 0) mark(text('{0} lines came faster than they could be shown. Search and filter find them.', dropped));
          for (const line of lines) waiting.push(line);
          // A page that gets no frames, because nobody sees it, keeps no more than it would show.
          if (waiting.length > 2 * maxLogLines) waiting = waiting.slice(-maxLogLines);
          break;
        }
        case 'error':
          store.setState({ failure: event.data.message });
          return;
        case 'complete':
          // Its mark stands among the lines.
          return;
        default:
          // Contracts grow by addition: what this page does not know it lets pass.
          return;
      }
      schedule();
    },
  };
}
