import { amountText } from '../../shared/cost';
import { linkText } from '../../shared/derivedLink';
import { problemText } from '../../shared/problem';
import type { RunEvent } from '../../shared/runEvent';
import { unpricedWords } from './cost';
import { coloured, plainLine } from './plainText';
import { stateSign } from './status';

/** One event of a run as a line for a person; undefined for what is not worth one. */
export function runEventText(event: RunEvent, colours: boolean): string | undefined {
  switch (event.type) {
    case 'run:started':
      return `Run ${event.runId} of ${plainLine(event.workflow)}, version ${String(event.version)}, on ${plainLine(event.target.label)}\n`;
    case 'run:linked':
      return event.links.map((link) => coloured(colours, 'dim', plainLine(linkText(link))) + '\n').join('');
    case 'node:completed':
      return `${coloured(colours, 'green', '✓')} ${plainLine(event.nodeId)} ${event.action === 'delete' ? 'deleted' : 'applied'} (${event.ref.kind}, ${seconds(event.durationMs)})\n`;
    case 'node:failed':
      return `${coloured(colours, 'red', '✗')} ${plainLine(event.nodeId)} failed: ${plainLine(problemText(event.problem))}\n`;
    case 'node:skipped':
      return `${coloured(colours, 'dim', '-')} ${plainLine(event.nodeId)} ${skipText(event)}\n`;
    case 'node:retrying':
      return `${coloured(colours, 'yellow', '↻')} ${plainLine(event.nodeId)} attempt ${String(event.attemptNumber)} in ${seconds(event.delayMs)}: ${plainLine(problemText(event.problem))}\n`;
    case 'cost:updated':
      return (
        coloured(
          colours,
          'dim',
          `  ${plainLine(event.nodeId)} about ${amount(event.costMicrocents, event)} a month, ${amount(event.cumulativeCostMicrocents, event)} in all${event.unpriced === undefined ? '' : ` (${unpricedWords[event.unpriced]})`}`,
        ) + '\n'
      );
    case 'node:status':
      return event.status.state === 'missing' || event.status.state === 'unknown'
        ? undefined
        : `${stateSign(event.status.state, colours)} ${plainLine(event.nodeId)} ${event.status.state}: ${plainLine(event.status.message)}\n`;
    case 'human_gate:paused':
      return `${coloured(colours, 'yellow', '?')} gate ${plainLine(event.gateId)} waits for ${askedFor(event)}: ${plainLine(event.message ?? event.refs.map(({ kind, name }) => `${kind} ${name}`).join(', '))}\n`;
    case 'human_gate:resumed':
      return `${coloured(colours, event.decision === 'rejected' ? 'red' : 'green', decisionWords[event.decision])} gate ${plainLine(event.gateId)} by ${plainLine(event.decidedBy)}${event.comment === undefined ? '' : `: ${plainLine(event.comment)}`}${payloadText(event.payload)}\n`;
    case 'run:paused':
      return `Paused. Answer with kubeorch resolve ${event.runId} GATE: ${event.gateIds.map(plainLine).join(', ')}; then kubeorch resume ${event.runId}\n`;
    case 'run:warning':
      return `${coloured(colours, 'yellow', 'warning:')} ${plainLine(problemText(event.problem))}\n`;
    case 'run:completed':
      return `Done in ${seconds(event.durationMs)}: ${String(event.applied)} applied, ${String(event.unchanged)} unchanged${event.ready ? ', all ready' : ''}${event.notReady === undefined ? '' : `, not ready yet: ${plainLine(event.notReady)}`}${event.leftOut === undefined ? '' : `, ${String(event.leftOut)} left out after an answer`}\n`;
    case 'run:failed':
      return `${coloured(colours, 'red', 'Failed')}: ${plainLine(problemText(event.problem))}\n`;
    case 'run:cancelled':
      return `Cancelled after ${seconds(event.durationMs)}\n`;
    default:
      return undefined;
  }
}

function amount(microcents: number, { currency }: { readonly currency: string }): string {
  return plainLine(amountText(microcents, currency));
}

export const decisionWords = { approved: 'approved', rejected: 'rejected', input_provided: 'answered' } as const;

function askedFor({ gateType, approval, assignee, inputs = [] }: Extract<RunEvent, { type: 'human_gate:paused' }>): string {
  if (approval !== undefined) return `an approval (${approval})`;
  const what = { approval: 'an approval', review: 'a review', input: `values for ${inputs.map(({ name }) => plainLine(name)).join(', ')}` }[gateType];
  return assignee === undefined ? what : `${what} of ${plainLine(assignee)}`;
}

function payloadText(payload: Readonly<Record<string, string>> = {}): string {
  return Object.entries(payload)
    .map(([name, value]) => ` ${plainLine(name)}=${plainLine(value)}`)
    .join('');
}

function skipText(event: Extract<RunEvent, { type: 'node:skipped' }>): string {
  if (event.reason === 'unchanged') return 'unchanged';
  if (event.reason === 'cancelled') return 'skipped: cancelled';
  if (event.reason === 'gate_rejected') return 'skipped: not approved';
  return `skipped${event.because === undefined ? '' : `: ${plainLine(event.because)} failed`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
