import { memo } from 'react';
import type { ParsedLogLine } from '../../src/shared/stream';
import type { StyledSpan } from '../../src/shared/textStyle';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import { harmless, jsonLineOf } from './jsonLine';
import type { TimeStyle } from './logLines';
import { colourOf, partsOf, timeText } from './logLines';

const flags = ['bold', 'dim', 'italic', 'underline', 'strike'] as const;

/** Classes only: a style names a place of the theme's palette, so the page's policy needs no inline styles. */
function classOf(style: StyledSpan | undefined): string | undefined {
  if (style === undefined) return undefined;
  return [
    ...flags.filter((flag) => style[flag] === true).map((flag) => `is-${flag}`),
    ...(style.color === undefined ? [] : [`ansi-${style.color}`]),
    ...(style.background === undefined ? [] : [`ansi-bg-${style.background}`]),
  ].join(' ');
}

function Parts({ message, styles, query }: { readonly message: string; readonly styles?: readonly StyledSpan[] | undefined; readonly query: string }) {
  return partsOf(message, styles, query).map((part, at) =>
    part.match ? (
      <mark key={at} className={classOf(part.style)}>
        {part.text}
      </mark>
    ) : (
      <span key={at} className={classOf(part.style)}>
        {part.text}
      </span>
    ),
  );
}

export interface LogRowProps {
  readonly line: ParsedLogLine;
  readonly prefix: string;
  readonly times: TimeStyle;
  readonly json: boolean;
  readonly expanded: boolean;
  readonly current: boolean;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly query: string;
  readonly onToggle: (id: number) => void;
}

/** One line. It is drawn again only when something about it changed. */
export const LogRow = memo(function LogRow({ line, prefix, times, json, expanded, current, selected, cursor, query, onToggle }: LogRowProps) {
  const text = useText();
  const common = { 'data-id': line.id, 'data-current': current, 'data-selected': selected, 'data-cursor': cursor };
  if (line.mark !== undefined) {
    return (
      <div className="log-row log-mark" data-mark={line.mark} {...common}>
        <Icon name={line.mark === 'failed' ? 'warning' : line.mark === 'ended' ? 'circle-slash' : line.mark === 'cut' ? 'ellipsis' : 'debug-restart'} />
        <span>{line.message}</span>
      </div>
    );
  }
  const folded = json && line.styles === undefined ? jsonLineOf(line.message) : undefined;
  return (
    <div className="log-row" title={line.timestamp} {...common}>
      {times === 'off' ? null : <span className="log-time">{timeText(line.timestamp, times)} </span>}
      <span className="log-source" data-colour={colourOf(`${line.pod}/${line.container}`)} title={`${line.pod}/${line.container}`}>
        {prefix}
      </span>
      {'  '}
      {folded === undefined ? (
        <Parts message={line.message} styles={line.styles} query={query} />
      ) : (
        <>
          <button
            type="button"
            className="log-fold"
            tabIndex={-1}
            aria-expanded={expanded}
            aria-label={expanded ? text('Fold this line') : text('Unfold this line')}
            onClick={() => onToggle(line.id)}
          >
            <Icon name={expanded ? 'chevron-down' : 'chevron-right'} />
          </button>
          <span className="log-level" data-level={folded.level}>
            {folded.level === 'none' ? '' : `${folded.level.toUpperCase()} `}
          </span>
          <Parts message={harmless(folded.message)} query={query} />
          {expanded ? null : (
            <span className="log-fields">
              {folded.fields.map(([key, value]) => (
                <span key={key}>
                  {'  '}
                  <span className="log-key">{harmless(key)}=</span>
                  <Parts message={harmless(value)} query={query} />
                </span>
              ))}
            </span>
          )}
          {expanded ? (
            <dl className="log-details">
              {folded.fields.map(([key, value]) => (
                <div key={key}>
                  <dt>{harmless(key)}</dt>
                  <dd>
                    <Parts message={harmless(value)} query={query} />
                  </dd>
                </div>
              ))}
            </dl>
          ) : null}
        </>
      )}
    </div>
  );
});
