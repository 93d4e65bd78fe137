import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { useStore } from 'zustand';
import { IconButton } from '../ui/IconButton';
import { SearchField } from '../ui/TextField';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import type { LogEntry } from './logLines';
import { colourOf, entryAt, matchParts, matchingEntries, rowStarts, shortPod } from './logLines';
import type { LogStore } from './logStore';

/** Height of a row in pixels; the style sheet draws rows of this height. */
const rowHeight = 19;
/** Rows drawn above and below what is seen. */
const overscan = 12;
const sidePadding = 24;

export interface LogActions {
  readonly setFollow: (follow: boolean) => void;
  readonly reconnect: () => void;
  readonly clear: () => void;
  readonly openInEditor: () => void;
}

/** Width of one column of the log's font, measured where it is used. */
function useColumnWidth(): readonly [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(8);
  const measure = useMemo(
    () => (element: HTMLElement | null) => {
      if (element !== null) setWidth(element.getBoundingClientRect().width / 100 || 8);
    },
    [],
  );
  return [width, measure];
}

/** Size of the scrolled box and how far it is scrolled. */
function useScroll(box: RefObject<HTMLElement | null>) {
  const [state, setState] = useState({ top: 0, height: 0, width: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const read = (): void => setState({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, [box]);
  return state;
}

export function LogView({ title, log, actions }: { readonly title: string; readonly log: LogStore; readonly actions: LogActions }) {
  const text = useText();
  const entries = useStore(log.store, (state) => state.entries);
  const containers = useStore(log.store, (state) => state.containers);
  const place = useStore(log.store, (state) => state.place);
  const failure = useStore(log.store, (state) => state.failure);
  const [query, setQuery] = useState('');
  /** Which match is shown; a new question begins at the newest answer. */
  const [wanted, setWanted] = useState(Number.MAX_SAFE_INTEGER);
  const [wrap, setWrap] = useState(false);
  const [follow, setFollow] = useState(true);
  /** The reader is at the end; scrolling up holds the view without stopping the stream. */
  const [atEnd, setAtEnd] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const scroll = useScroll(box);
  const [columnWidth, measureColumn] = useColumnWidth();

  const manyContainers = new Set(containers.map(({ container }) => container)).size > 1;
  const prefixOf = useMemo(
    () =>
      (entry: LogEntry): string =>
        entry.kind === 'remark' ? '' : manyContainers ? `${shortPod(entry.line.pod)}/${entry.line.container}` : shortPod(entry.line.pod),
    [manyContainers],
  );
  const columns = wrap ? Math.max(20, Math.floor((scroll.width - sidePadding) / columnWidth)) : undefined;
  const starts = useMemo(
    () => rowStarts(entries, columns, (entry) => (entry.kind === 'remark' ? 0 : prefixOf(entry).length + 2)),
    [entries, columns, prefixOf],
  );
  const rows = starts[entries.length] ?? 0;
  const matches = useMemo(() => matchingEntries(entries, query), [entries, query]);
  const current = Math.min(wanted, matches.length - 1);
  const currentMatch = matches[current];

  useLayoutEffect(() => {
    if (follow && atEnd && box.current !== null) box.current.scrollTop = rows * rowHeight + scroll.height;
  }, [rows, follow, atEnd, scroll.height]);

  const goTo = (index: number): void => {
    if (matches.length === 0) return;
    const next = (index + matches.length) % matches.length;
    setWanted(next);
    const entry = matches[next];
    if (entry === undefined || box.current === null) return;
    setAtEnd(false);
    box.current.scrollTop = (starts[entry] ?? 0) * rowHeight - scroll.height / 2;
  };
  const first = Math.max(0, entryAt(starts, Math.floor(scroll.top / rowHeight) - overscan));
  const last = Math.min(entries.length, entryAt(starts, Math.ceil((scroll.top + scroll.height) / rowHeight) + overscan) + 1);

  return (
    <div className="logs">
      <header className="toolbar">
        <h1 className="logs-title">{title}</h1>
        <span className="quiet logs-place">{place}</span>
        <span className="spacer" />
        <div className="logs-search">
          <SearchField
            label={text('Search')}
            value={query}
            onChange={(next) => {
              setQuery(next);
              setWanted(Number.MAX_SAFE_INTEGER);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') goTo(event.shiftKey ? current - 1 : current + 1);
              if (event.key === 'Escape') setQuery('');
            }}
          />
        </div>
        <span className="logs-count" role="status">
          {query === '' ? '' : matches.length === 0 ? text('No match') : text('{0} of {1}', current + 1, matches.length)}
        </span>
        <IconButton icon="arrow-up" label={text('Previous match')} disabled={matches.length === 0} onClick={() => goTo(current - 1)} />
        <IconButton icon="arrow-down" label={text('Next match')} disabled={matches.length === 0} onClick={() => goTo(current + 1)} />
        <span className="toolbar-divider" />
        <IconButton
          icon={follow ? 'debug-pause' : 'play'}
          label={follow ? text('Stop following') : text('Follow')}
          pressed={follow}
          onClick={() => {
            setFollow(!follow);
            setAtEnd(true);
            actions.setFollow(!follow);
          }}
        />
        <IconButton icon="word-wrap" label={text('Wrap long lines')} pressed={wrap} onClick={() => setWrap(!wrap)} />
        <IconButton icon="debug-restart" label={text('Connect again')} onClick={actions.reconnect} />
        <IconButton icon="go-to-file" label={text('Open in an editor')} onClick={actions.openInEditor} />
        <IconButton icon="clear-all" label={text('Clear')} onClick={actions.clear} />
      </header>
      {failure === undefined ? null : (
        <p className="banner" data-tone="bad" role="alert">
          <Icon name="error" />
          <span>{failure}</span>
          <button type="button" className="link-button" onClick={actions.reconnect}>
            {text('Connect again')}
          </button>
        </p>
      )}
      <main className="logs-main">
        <div
          ref={box}
          className="log-box"
          role="log"
          aria-live="off"
          aria-label={text('Log lines')}
          tabIndex={0}
          onScroll={(event) => {
            const element = event.currentTarget;
            setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight);
          }}
        >
          <span ref={measureColumn} className="log-ruler" aria-hidden="true">
            {'0'.repeat(100)}
          </span>
          <div className="log-space" style={{ height: rows * rowHeight }}>
            <div className="log-window" data-wrap={wrap} style={{ transform: `translateY(${(starts[first] ?? 0) * rowHeight}px)` }}>
              {entries.slice(first, last).map((entry, offset) => {
                const index = first + offset;
                const height = ((starts[index + 1] ?? 0) - (starts[index] ?? 0)) * rowHeight;
                if (entry.kind === 'remark') {
                  return (
                    <div key={entry.key} className="log-row log-remark" style={{ height }}>
                      {entry.words}
                    </div>
                  );
                }
                const { line } = entry;
                return (
                  <div key={entry.key} className="log-row" data-current={index === currentMatch} style={{ height }} title={line.timestamp}>
                    <span className="log-source" data-colour={colourOf(`${line.pod}/${line.container}`)} title={`${line.pod}/${line.container}`}>
                      {prefixOf(entry)}
                    </span>
                    {'  '}
                    {matchParts(line.message, query).map((part, at) => (part.match ? <mark key={at}>{part.text}</mark> : <span key={at}>{part.text}</span>))}
                  </div>
                );
              })}
            </div>
          </div>
          {entries.length === 0 ? <p className="log-empty">{text('No lines yet.')}</p> : null}
        </div>
      </main>
      {follow && !atEnd ? (
        <button type="button" className="log-jump" onClick={() => setAtEnd(true)}>
          <Icon name="arrow-down" /> {text('Jump to the end')}
        </button>
      ) : null}
    </div>
  );
}
