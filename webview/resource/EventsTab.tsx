import type { HistoryEntry } from '../../src/shared/resource';
import type { ClusterEventView } from '../../src/shared/stream';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import { Table } from './Sections';

/** A time as the person's own clock says it; what is no time stays empty. */
function timeOf(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? '' : time.toLocaleString();
}

export function EventsTab({ events, missing }: { readonly events: readonly ClusterEventView[]; readonly missing: readonly string[] }) {
  const text = useText();
  return (
    <>
      {missing.map((sentence) => (
        <p key={sentence} className="quiet resource-missing">
          {sentence}
        </p>
      ))}
      <Table
        columns={['Type', 'Reason', 'Message', 'Count', 'Last seen', 'From']}
        rows={events.map((event) => [
          <span key="type" className="resource-status" data-tone={event.type === 'Warning' ? 'warn' : 'quiet'}>
            <Icon name={event.type === 'Warning' ? 'warning' : 'info'} />
            <span>{text(event.type)}</span>
          </span>,
          event.reason,
          event.message,
          event.count,
          timeOf(event.lastSeen),
          event.source,
        ])}
      />
    </>
  );
}

export function HistoryTab({ history }: { readonly history: readonly HistoryEntry[] }) {
  const text = useText();
  if (history.length === 0) return <p className="quiet">{text('Nothing has changed since this page was opened.')}</p>;
  return (
    <ol className="resource-history">
      {history.map((entry) => (
        <li key={entry.id}>
          <div className="resource-history-line">
            <span className="quiet">{timeOf(entry.at)}</span>
            <span>{entry.text}</span>
          </div>
          {entry.fields.some(({ before, after }) => before !== '' || after !== '') ? (
            <details>
              <summary>{entry.fields.length === 1 ? text('1 field') : text('{0} fields', entry.fields.length)}</summary>
              <Table columns={['Field', 'Before', 'After']} rows={entry.fields.map(({ path, before, after }) => [path, before, after])} />
            </details>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
