import { useEffect, useMemo, useRef } from 'react';
import type { RunEvent } from '../../src/shared/runEvent';
import { isPartial } from '../../src/shared/runEvent';
import { isActive } from '../store/runStore';
import { useRun, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Spinner } from '../ui/Spinner';
import { useText } from '../ui/texts';
import { eventLine } from './eventLine';
import { Gates } from './Gates';
import { NodeTraces } from './NodeTraces';
import { tellingEvents } from './tellingEvents';
import { clockTime } from './times';

const statusWords = { pending: 'Starting', running: 'Running', paused: 'Paused', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' } as const;
/** Lines drawn; the journal has them all. */
const maxLines = 500;

const noEvents: readonly RunEvent[] = [];

/** The present run, or the last one until it is put away. */
export function RunPanel() {
  const session = useSession();
  const text = useText();
  const run = useRun((state) => state.run);
  const list = useRef<HTMLOListElement>(null);
  const events = run?.events ?? noEvents;
  const told = useMemo(() => tellingEvents(events), [events]);
  const count = events.length;
  /** The reader is at the end. Asked before new lines come, because many may come at once. */
  const atEnd = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (count > 0 && box !== null && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [count]);
  const active = isActive(run);
  const last = events.at(-1);
  const inPart = last !== undefined && isPartial(last);
  return (
    <section className="side-view run" aria-label={text('Run')}>
      <header className="side-head">
        <h2>{text('Run')}</h2>
        {run === null ? null : (
          <span className="run-status" data-status={inPart ? 'partial' : run.status}>
            {active ? <Spinner label={text(statusWords[run.status])} /> : inPart ? text('Completed in part') : text(statusWords[run.status])}
          </span>
        )}
      </header>
      {run === null ? (
        <p className="quiet">{text('No run yet.')}</p>
      ) : (
        <>
          <NodeTraces events={events} />
          <ol
            ref={list}
            className="run-events"
            tabIndex={0}
            aria-label={text('Events of the run')}
            onScroll={({ currentTarget: box }) => {
              atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
            }}
          >
            {told.slice(-maxLines).map((event) => {
              const line = eventLine(event, text);
              return (
                <li key={event.sequenceNumber} className="run-event" data-tone={line.tone}>
                  <Icon name={line.icon} />
                  {line.details === undefined ? (
                    <span className="run-words">
                      {line.subject === '' ? null : <strong>{line.subject}</strong>} {line.words}
                    </span>
                  ) : (
                    <details className="run-words">
                      <summary>{line.words}</summary>
                      {line.details.join('\n')}
                    </details>
                  )}
                  <time dateTime={event.timestamp}>{clockTime(event.timestamp, true)}</time>
                </li>
              );
            })}
          </ol>
          {run.status === 'paused' ? <Gates runId={run.runId} events={events} decisions={run.decisions} /> : null}
          <footer className="side-foot">
            {active || run.status === 'paused' ? (
              <Button secondary block icon="stop-circle" onClick={() => session.cancelRun(run.runId)}>
                {text('Cancel the run')}
              </Button>
            ) : (
              <Button
                secondary
                block
                icon="check"
                onClick={() => {
                  session.runs.getState().dismiss();
                  session.ui.getState().openSide('inspector');
                }}
              >
                {text('Put away')}
              </Button>
            )}
          </footer>
        </>
      )}
    </section>
  );
}
