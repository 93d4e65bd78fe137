import type { RunDetail } from '../../engine/index';
import { problemText } from '../../shared/problem';
import { amountText } from '../../shared/cost';
import type { NodeRunOptions, RunSummary } from '../../shared/runEvent';
import { coloured, plainLine } from './plainText';
import { decisionWords, runEventText } from './run';
import { tableText } from './table';

/** Runs as a table, one a line. */
export function runsText(runs: readonly RunSummary[]): string {
  return tableText(
    runs.map((run) => [
      run.runId,
      run.partial === true ? `${run.status} in part` : run.status,
      run.workflow,
      `v${String(run.version)}`,
      run.target,
      run.startedAt,
      seconds(run.durationMs),
      run.error ?? '',
    ]),
  );
}

/** One run: what it was, its nodes, its questions with their answers, and its log with the time of day of each line. */
export function runDetailText(run: RunDetail, colours: boolean): string {
  const title = (words: string): string => `\n${coloured(colours, 'dim', words)}\n`;
  const cost = run.events.findLast((event) => event.type === 'cost:updated');
  const head = tableText([
    ['Run', run.runId],
    ['Workflow', `${run.workflow}, version ${String(run.version)}`],
    ['Target', run.target],
    ['Started', `${run.startedAt} (${run.triggeredBy})`],
    ['Status', `${run.status}${run.partial === true ? ' in part' : ''}${run.durationMs === undefined ? '' : ` after ${seconds(run.durationMs)}`}`],
    ...(run.error === undefined ? [] : [['Error', run.error]]),
    ...(cost === undefined ? [] : [['Cost', `about ${amountText(cost.cumulativeCostMicrocents, cost.currency)} a month for what it made`]]),
  ]);
  const nodes = tableText(
    run.nodes.map(({ nodeId, state, reason, durationMs, attempts, options, cost: own, objects, problem }) => [
      nodeId,
      reason === undefined ? state : `${state}: ${reason}`,
      `${seconds(durationMs)}${options?.timeoutMs === undefined ? '' : ` of ${seconds(options.timeoutMs)}`}`,
      attemptsText(attempts, options?.retry),
      own === undefined ? '' : (own.unpriced ?? amountText(own.costMicrocents, own.currency)),
      problem === undefined ? objects.map(({ ref, action }) => `${action} ${ref.kind} ${ref.name}`).join(', ') : problemText(problem),
    ]),
  );
  const gates = tableText(
    run.gates.map(({ gateId, asked, answer }) => [
      gateId,
      asked?.message ?? asked?.approval ?? '',
      answer === undefined ? 'open' : `${decisionWords[answer.decision]} by ${answer.decidedBy} at ${answer.decidedAt}`,
      [answer?.comment, ...Object.entries(answer?.payload ?? {}).map(([name, value]) => `${name}=${value}`)].filter(Boolean).join(' '),
    ]),
  );
  const log = run.events.flatMap((event) => {
    const text = runEventText(event, colours);
    return text === undefined || text === '' ? [] : [`[${plainLine(event.timestamp.slice(11, 19))}] ${text}`];
  });
  const damaged =
    run.damage === undefined
      ? ''
      : `${String(run.damagedLines)} lines of the journal are damaged and left out; the first is line ${String(run.damage.line)} of ${plainLine(run.damage.file)}${run.damage.field === '' ? '' : ` (${plainLine(run.damage.field)})`}\n`;
  return [
    head,
    ...(run.nodes.length === 0 ? [] : [title('Nodes'), nodes]),
    ...(run.gates.length === 0 ? [] : [title('Gates'), gates]),
    title('Log'),
    ...log,
    damaged,
  ].join('');
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`;
}

/** `3 of 5 attempts, linear pauses of 0.5 s`; a node that says nothing of it and needed one has nothing to tell. */
function attemptsText(attempts: number, retry: NodeRunOptions['retry']): string {
  if (retry === undefined) return attempts > 1 ? `${String(attempts)} attempts` : '';
  return `${String(attempts)} of ${String(retry.max)} attempts, ${retry.backoff} pauses from ${seconds(retry.ms)}`;
}
