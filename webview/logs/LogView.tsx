import type { KeyboardEvent, MouseEvent } from 'react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { LogOrigin, LogSelection } from '../../src/shared/protocol';
import type { ParsedLogLine } from '../../src/shared/stream';
import { hasCommandKey } from '../ui/editableKeys';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { SearchField } from '../ui/TextField';
import { useText } from '../ui/texts';
import type { LogActions } from './logActions';
import { shortPod } from './logLines';
import { LogRow } from './LogRow';
import type { LogStore } from './logStore';
import { LogFilters } from './LogToolbar';
import { useRows } from './useRows';
import type { LogViewState } from './viewState';

const nextTimes = { off: 'local', local: 'utc', utc: 'off' } as const;
const timeWords = { off: 'Times: off', local: 'Times: local', utc: 'Times: UTC' } as const;

/** What a search has found: which match of how many, and its line. */
interface Found {
  readonly count: number;
  readonly index: number;
  readonly id: number | undefined;
  readonly refused?: string;
}

export function LogView({
  title,
  log,
  start,
  actions,
  save,
}: {
  readonly title: string;
  readonly log: LogStore;
  readonly start: { readonly follow: boolean; readonly selection: LogSelection; readonly origin: LogOrigin; readonly view: LogViewState };
  readonly actions: LogActions;
  readonly save: (state: LogViewState) => void;
}) {
  const text = useText();
  const { lines, containers, place, failure, older, detached, missed, announcement } = useStore(log.store);
  const [view, setView] = useState(start.view);
  const [follow, setFollow] = useState(start.follow);
  const [origin, setOrigin] = useState(start.origin);
  const [query, setQuery] = useState('');
  const [regex, setRegex] = useState(false);
  const [found, setFound] = useState<Found>();
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  /** The reader is at the end; scrolling up holds the view without stopping the stream. */
  const [atEnd, setAtEnd] = useState(true);
  const [cursor, setCursor] = useState<{ readonly at: number; readonly from: number }>();
  const box = useRef<HTMLDivElement>(null);
  const window = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const search = useRef<HTMLDivElement>(null);

  const manyContainers = new Set(containers.map(({ container }) => container)).size > 1;
  const prefixOf = (line: ParsedLogLine): string => (manyContainers ? `${shortPod(line.pod)}/${line.container}` : shortPod(line.pod));
  const rows = useRows({ box, window, ruler, lines, wrap: view.wrap, expanded, look: `${view.times} ${view.json} ${manyContainers}` });
  const { scroll, rowHeight, first, last, topOf } = rows;
  const stays = follow && atEnd && !detached;

  useLayoutEffect(() => {
    if (stays && box.current !== null) box.current.scrollTop = rows.height + scroll.height;
  }, [stays, rows.height, scroll.height]);

  // Lines that leave at the front must not move those that are being read.
  const anchor = useRef<{ readonly id: number; readonly offset: number }>(undefined);
  const drawn = useRef(lines);
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    if (drawn.current === lines) return;
    drawn.current = lines;
    const { current } = anchor;
    if (stays || current === undefined || box.current === null) return;
    const index = lines.findIndex((line) => line.id === current.id);
    if (index >= 0) box.current.scrollTop = topOf(index) + current.offset;
  });
  const readAnchor = (top: number): void => {
    const index = rows.indexAt(top);
    const line = lines[index];
    anchor.current = line === undefined ? undefined : { id: line.id, offset: top - topOf(index) };
  };

  const change = (next: Partial<LogViewState>): void => {
    const state = { ...view, ...next };
    setView(state);
    save(state);
  };
  const toggle = useCallback(
    (id: number): void =>
      setExpanded((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      }),
    [],
  );
  const reveal = (index: number): void => {
    if (box.current === null) return;
    const top = topOf(index);
    if (top < box.current.scrollTop) box.current.scrollTop = top;
    else if (top + rowHeight > box.current.scrollTop + box.current.clientHeight - rowHeight)
      box.current.scrollTop = top + 2 * rowHeight - box.current.clientHeight;
  };
  const toEnd = (): void => {
    setAtEnd(true);
    if (detached) void actions.newest();
  };

  // A match outside of what is here brings its surroundings with it; it can be shown once these are drawn.
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (wanted.current === undefined || box.current === null) return;
    const index = lines.findIndex((line) => line.id === wanted.current);
    wanted.current = undefined;
    if (index >= 0) box.current.scrollTop = topOf(index) - scroll.height / 2;
  });
  const seek = async (direction: 'older' | 'newer', pattern = { text: query, regex }, anew = false): Promise<void> => {
    if (pattern.text === '') return setFound(undefined);
    const answer = await actions.search(pattern, anew ? undefined : found?.id, direction);
    if (answer === undefined) return undefined;
    if ('refused' in answer) return setFound({ count: 0, index: -1, id: undefined, refused: answer.refused });
    setFound({ count: answer.count, index: answer.index, id: answer.id });
    log.say(answer.count === 0 ? text('No match') : text('{0} of {1}', answer.index + 1, answer.count));
    if (answer.id === undefined) return undefined;
    setAtEnd(false);
    anchor.current = undefined;
    if (!log.store.getState().lines.some((line) => line.id === answer.id) && answer.window !== undefined) log.show(answer.window);
    wanted.current = answer.id;
    return undefined;
  };
  const typed = (next: string, pattern = regex): void => {
    setQuery(next);
    void seek('older', { text: next, regex: pattern }, true);
  };

  const placeOf = (id: number): number => lines.findIndex((line) => line.id === id);
  const cursorAt = cursor === undefined ? -1 : placeOf(cursor.at);
  const marked = cursor === undefined ? -1 : placeOf(cursor.from);
  // A line that has left takes its mark with it.
  const chosen = cursorAt < 0 || marked < 0 ? undefined : ([Math.min(cursorAt, marked), Math.max(cursorAt, marked)] as const);
  const put = (at: number, extend: boolean): void => {
    const id = lines[at]?.id;
    if (id !== undefined) setCursor({ at: id, from: extend && chosen !== undefined && cursor !== undefined ? cursor.from : id });
  };
  const copy = (): void => {
    const own = document.getSelection()?.toString() ?? '';
    const picked = chosen === undefined ? [] : lines.slice(chosen[0], chosen[1] + 1);
    const copied =
      own !== ''
        ? own
        : picked
            .map((line) =>
              [line.timestamp, line.mark === undefined ? `${line.pod}/${line.container}` : '', line.message].filter((part) => part !== '').join(' '),
            )
            .join('\n');
    if (copied === '') return;
    actions.copy(copied);
    log.say(text('Copied.'));
  };
  const move = (to: number, extend: boolean): void => {
    const at = Math.max(0, Math.min(lines.length - 1, to));
    put(at, extend);
    setAtEnd(at === lines.length - 1);
    reveal(at);
    const line = lines[at];
    if (line !== undefined) log.say(line.mark === undefined ? `${line.container}: ${line.message}` : line.message);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const page = Math.max(1, Math.floor(scroll.height / rowHeight) - 1);
    const at = cursorAt >= 0 ? cursorAt : rows.indexAt(scroll.top + scroll.height / 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: lines.length - 1,
    };
    const step = steps[event.key];
    const line = lines[cursorAt];
    if (step !== undefined && lines.length > 0) {
      if (event.key === 'End') toEnd();
      move(step, event.shiftKey);
    } else if ((event.key === 'Enter' || event.key === ' ') && line !== undefined && event.target === event.currentTarget) toggle(line.id);
    else if (event.key === 'Escape') setCursor(undefined);
    else if (hasCommandKey(event) && event.key.toLowerCase() === 'a') setCursor({ at: lines.at(-1)?.id ?? 0, from: lines[0]?.id ?? 0 });
    else if (hasCommandKey(event) && event.key.toLowerCase() === 'c') copy();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onRowClick = (event: MouseEvent<HTMLElement>): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-id]');
    // Whoever marks text with the pointer wants that text and not the line.
    if (row === null || document.getSelection()?.isCollapsed === false) return;
    put(placeOf(Number(row.dataset['id'])), event.shiftKey);
  };
  const onPageKey = (event: KeyboardEvent<HTMLElement>): void => {
    if (!(hasCommandKey(event) && event.key.toLowerCase() === 'f')) return;
    search.current?.querySelector<HTMLElement>('vscode-textfield')?.focus();
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="logs" onKeyDown={onPageKey}>
      <header className="logs-head">
        <div className="logs-bar">
          <h1 className="logs-title">{title}</h1>
          <span className="quiet logs-place">{place}</span>
          <span className="spacer" />
          <IconButton
            icon={follow ? 'debug-pause' : 'play'}
            label={follow ? text('Stop following') : text('Follow')}
            pressed={follow}
            onClick={() => {
              setFollow(!follow);
              if (!follow) toEnd();
              actions.setFollow(!follow);
            }}
          />
          <IconButton
            icon="watch"
            label={text(timeWords[view.times])}
            pressed={view.times !== 'off'}
            onClick={() => change({ times: nextTimes[view.times] })}
          />
          <IconButton icon="json" label={text('Take JSON lines apart')} pressed={view.json} onClick={() => change({ json: !view.json })} />
          <IconButton icon="word-wrap" label={text('Wrap long lines')} pressed={view.wrap} onClick={() => change({ wrap: !view.wrap })} />
          <span className="toolbar-divider" />
          <IconButton icon="copy" label={text('Copy the marked lines')} disabled={chosen === undefined} onClick={copy} />
          <IconButton icon="save-as" label={text('Save to a file…')} onClick={actions.saveToFile} />
          <IconButton icon="go-to-file" label={text('Open in an editor')} onClick={actions.openInEditor} />
          <IconButton icon="debug-restart" label={text('Connect again')} onClick={actions.reconnect} />
          <IconButton icon="clear-all" label={text('Clear')} onClick={actions.clear} />
        </div>
        <div className="logs-bar">
          <LogFilters selection={start.selection} origin={origin} containers={containers} actions={actions} onOrigin={setOrigin} />
          <span className="spacer" />
          <div className="logs-find">
            <div className="logs-search" ref={search}>
              <SearchField
                label={text('Search')}
                value={query}
                onChange={typed}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') void seek(event.shiftKey ? 'older' : 'newer');
                  if (event.key === 'Escape') typed('');
                }}
              />
            </div>
            <IconButton
              icon="regex"
              label={text('Search by a regular expression')}
              pressed={regex}
              onClick={() => {
                setRegex(!regex);
                typed(query, !regex);
              }}
            />
            <span className="logs-count" data-refused={found?.refused !== undefined}>
              {found === undefined ? '' : (found.refused ?? (found.count === 0 ? text('No match') : text('{0} of {1}', found.index + 1, found.count)))}
            </span>
            <IconButton icon="arrow-up" label={text('Previous match')} disabled={(found?.count ?? 0) === 0} onClick={() => void seek('older')} />
            <IconButton icon="arrow-down" label={text('Next match')} disabled={(found?.count ?? 0) === 0} onClick={() => void seek('newer')} />
          </div>
        </div>
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
          aria-label={text('Log lines. Arrow keys go from line to line, Enter unfolds one.')}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onClick={onRowClick}
          onScroll={(event) => {
            const element = event.currentTarget;
            const near = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight;
            // Only who scrolls up leaves the end: below a box that stands still, new lines may be on their way to be followed.
            if (near || element.scrollTop < lastTop.current) setAtEnd(near);
            lastTop.current = element.scrollTop;
            readAnchor(element.scrollTop);
            if (older && element.scrollTop < 20 * rowHeight) void actions.loadOlder();
            if (detached && near) void actions.loadNewer();
          }}
        >
          <span ref={ruler} className="log-ruler" aria-hidden="true">
            {'0'.repeat(100)}
          </span>
          <div className="log-space" style={{ height: rows.height }}>
            <div ref={window} className="log-window" data-wrap={view.wrap} style={{ transform: `translateY(${topOf(first)}px)` }}>
              {lines.slice(first, last).map((line, offset) => (
                <LogRow
                  key={line.id}
                  line={line}
                  prefix={prefixOf(line)}
                  times={view.times}
                  json={view.json}
                  expanded={expanded.has(line.id)}
                  current={line.id === found?.id}
                  selected={chosen !== undefined && first + offset >= chosen[0] && first + offset <= chosen[1]}
                  cursor={first + offset === cursorAt}
                  query={regex ? '' : query}
                  onToggle={toggle}
                />
              ))}
            </div>
          </div>
          {lines.length === 0 ? <p className="log-empty">{text('No lines yet.')}</p> : null}
        </div>
      </main>
      {detached || !atEnd ? (
        <button type="button" className="log-jump" onClick={toEnd}>
          <Icon name="arrow-down" /> {missed > 0 ? text('{0} new lines', missed) : text('Jump to the end')}
        </button>
      ) : null}
      <p className="sr-only" role="status">
        {announcement}
      </p>
    </div>
  );
}
