import type { ComparePage } from '../../src/shared/compareProtocol';
import type { RunEvent } from '../../src/shared/runEvent';
import { eventLine } from '../runs/eventLine';
import { NodeTraces } from '../runs/NodeTraces';
import { clockTime } from '../runs/times';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { useText } from '../ui/texts';
import type { CompareActions } from './ComparePage';

/** Lines drawn around the place that is shown. */
const shownLines = 200;

/** Nodes of the run that can be begun at again: those that failed or did not become ready, and those that never came to their turn. */
export function retryable(events: readonly RunEvent[]): readonly string[] {
  const found = new Set<string>();
  for (const event of events) {
    // What was applied and did not become ready is why others were left out.
    if (event.type === 'node:skipped' && event.reason === 'upstream_unreachable' && event.because !== undefined) found.add(event.because);
    if (event.type === 'node:failed' || (event.type === 'node:skipped' && event.reason !== 'unchanged')) found.add(event.nodeId);
  }
  return [...found];
}

/** The line of the event that is shown now stays in view. */
function intoView(line: HTMLLIElement | null): void {
  line?.scrollIntoView({ block: 'nearest' });
}

/** A run as its journal tells it: a slider over its events, and these as lines. No cluster is asked. */
export function ReplayPanel({
  page,
  step,
  selected,
  actions,
}: {
  readonly page: Extract<ComparePage, { kind: 'replay' }>;
  readonly step: number;
  readonly selected: string | undefined;
  readonly actions: CompareActions;
}) {
  const text = useText();
  const { events } = page;
  const at = step === 0 ? undefined : events[step - 1];
  const from = Math.max(0, Math.min(step - shownLines / 2, events.length - shownLines));
  const failed = retryable(events);
  const retry = selected !== undefined && failed.includes(selected) ? selected : failed[0];
  return (
    <aside className="compare-list" aria-label={text('Run')}>
      <header className="side-head">
        <h2>{text('Replay')}</h2>
        <span className="compare-count">{text('{0} of {1}', step, events.length)}</span>
      </header>
      <div className="replay-bar">
        <IconButton icon="debug-step-back" label={text('One event back')} disabled={step === 0} onClick={() => actions.goTo(step - 1)} />
        <input
          type="range"
          className="replay-slider"
          min={0}
          max={events.length}
          value={step}
          aria-label={text('Event of the run')}
          aria-valuetext={
            at === undefined ? text('Before the run') : `${clockTime(at.timestamp, true)} ${eventLine(at, text).subject} ${eventLine(at, text).words}`
          }
          onChange={({ currentTarget }) => actions.goTo(Number(currentTarget.value))}
        />
        <IconButton icon="debug-step-over" label={text('One event on')} disabled={step === events.length} onClick={() => actions.goTo(step + 1)} />
        <time dateTime={at?.timestamp}>{at === undefined ? '—' : clockTime(at.timestamp, true)}</time>
      </div>
      <ol className="run-events replay-events" aria-label={text('Events of the run')} tabIndex={0}>
        {events.slice(from, from + shownLines).map((event, index) => {
          const line = eventLine(event, text);
          const number = from + index + 1;
          return (
            <li key={event.sequenceNumber} ref={number === step ? intoView : undefined} className="run-event" data-tone={line.tone} data-ahead={number > step}>
              <button type="button" className="replay-event" aria-current={number === step} onClick={() => actions.goTo(number)}>
                <Icon name={line.icon} />
                <span className="run-words">
                  {line.subject === '' ? null : <strong>{line.subject}</strong>} {line.words}
                </span>
                <time dateTime={event.timestamp}>{clockTime(event.timestamp, true)}</time>
              </button>
            </li>
          );
        })}
      </ol>
      <NodeTraces events={events} />
      {retry === undefined || page.open ? null : (
        <footer className="side-foot">
          <Button block id="retry-from" icon="debug-restart" onClick={() => actions.retryFrom(retry)}>
            {text('Plan again from {0}…', retry)}
          </Button>
        </footer>
      )}
    </aside>
  );
}
