import { useMemo } from 'react';
import { amountText } from '../../src/shared/cost';
import type { NodeTrace } from '../../src/shared/nodeTrace';
import { nodeTraces } from '../../src/shared/nodeTrace';
import type { RunEvent } from '../../src/shared/runEvent';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';
import { shortDuration } from './times';

const stateWords = { started: 'begun', done: 'done', failed: 'failed', skipped: 'skipped' } as const satisfies Record<NodeTrace['state'], string>;
/** Lines drawn; the command line has them all. */
const maxNodes = 300;

/** The nodes of a run: how long each took, of which time, in how many attempts, and what it is estimated to cost. */
export function NodeTraces({ events }: { readonly events: readonly RunEvent[] }) {
  const text = useText();
  const traces = useMemo(() => nodeTraces(events).filter(({ reason }) => reason !== 'unchanged'), [events]);
  const cost = events.findLast((event) => event.type === 'cost:updated');
  if (traces.length === 0) return null;
  return (
    <details className="cost">
      <summary>
        <span>{traces.length === 1 ? text('1 node') : text('{0} nodes', traces.length)}</span>
        {cost === undefined ? null : <strong>{text('About {0} a month', amountText(cost.cumulativeCostMicrocents, cost.currency))}</strong>}
      </summary>
      <ul>
        {traces.slice(0, maxNodes).map((trace) => (
          <li key={trace.nodeId}>
            <span>{trace.nodeId}</span>
            <span>{traceText(trace, text)}</span>
            {trace.cost === undefined ? null : <span className="cost-amount">{amountText(trace.cost.costMicrocents, trace.cost.currency)}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function traceText({ state, durationMs, attempts, options }: NodeTrace, text: Text): string {
  const { timeoutMs, retry } = options ?? {};
  const took = durationMs === undefined ? text(stateWords[state]) : text('{0} in {1}', text(stateWords[state]), shortDuration(durationMs));
  return [
    timeoutMs === undefined ? took : text('{0} (time: {1})', took, shortDuration(timeoutMs)),
    ...(retry === undefined
      ? attempts > 1
        ? [text('{0} attempts', attempts)]
        : []
      : [
          text(
            retry.backoff === 'linear' ? '{0} of {1} attempts, pauses growing from {2}' : '{0} of {1} attempts, pauses doubling from {2}',
            attempts,
            retry.max,
            shortDuration(retry.ms),
          ),
        ]),
  ].join(' · ');
}
