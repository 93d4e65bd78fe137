import { approvalWords } from './approvalWords';
import { amountText } from '../../src/shared/cost';
import { linkText } from '../../src/shared/derivedLink';
import type { RunEvent } from '../../src/shared/runEvent';
import { isPartial } from '../../src/shared/runEvent';
import { actionLook, stateWord, wordedProblem } from '../canvas/nodes/statusWords';
import type { Text } from '../ui/texts';
import { shortDuration } from './times';

export interface EventLine {
  readonly icon: string;
  readonly tone: 'good' | 'busy' | 'warn' | 'bad' | 'quiet' | 'plan';
  readonly subject: string;
  readonly words: string;
  /** What the words sum up, a line each. */
  readonly details?: readonly string[];
}

/** Why a node was passed over. */
export const skipped = {
  unchanged: 'unchanged',
  upstream_unreachable: 'skipped, because something it needs failed',
  cancelled: 'skipped, because the run was cancelled',
  gate_rejected: 'skipped, because it was not approved',
} as const;

/** What a person wrote, without what would break the line or turn the words around it. */
function onOneLine(written: string): string {
  return written.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
}

/** One event of a run as a line to read. */
export function eventLine(event: RunEvent, text: Text): EventLine {
  switch (event.type) {
    case 'run:started':
      return { icon: 'play', tone: 'plan', subject: event.workflow, words: text('Run of version {0} to {1}', event.version, event.target.label) };
    case 'run:linked':
      return {
        icon: 'link',
        tone: 'quiet',
        subject: '',
        words: event.links.length === 1 ? text('One value comes from a relation') : text('{0} values come from relations', event.links.length),
        details: event.links.map(linkText),
      };
    case 'node:started':
      return { icon: 'sync', tone: 'quiet', subject: event.nodeId, words: actionLook(event.action, text).label };
    case 'node:completed':
      return {
        icon: 'check',
        tone: 'good',
        subject: event.nodeId,
        words: text(event.action === 'delete' ? 'deleted in {0}' : 'applied in {0}', shortDuration(event.durationMs)),
      };
    case 'node:failed':
      return { icon: 'error', tone: 'bad', subject: event.nodeId, words: wordedProblem(event.problem, text) };
    case 'node:skipped':
      return { icon: 'debug-step-over', tone: 'quiet', subject: event.nodeId, words: text(skipped[event.reason]) };
    case 'node:retrying':
      return {
        icon: 'sync',
        tone: 'warn',
        subject: event.nodeId,
        words: text('attempt {0} in {1}: {2}', event.attemptNumber, shortDuration(event.delayMs), wordedProblem(event.problem, text)),
      };
    case 'cost:updated':
      return {
        icon: 'graph',
        tone: 'quiet',
        subject: event.nodeId,
        words: text(
          'about {0} a month, {1} in all',
          amountText(event.costMicrocents, event.currency),
          amountText(event.cumulativeCostMicrocents, event.currency),
        ),
      };
    case 'node:status':
      return {
        icon: event.status.state === 'healthy' ? 'pass-filled' : 'circle-large',
        tone: event.status.state === 'healthy' ? 'good' : event.status.state === 'error' ? 'bad' : 'quiet',
        subject: event.nodeId,
        words: event.status.message === '' ? stateWord(event.status.state, text) : `${stateWord(event.status.state, text)}: ${event.status.message}`,
      };
    case 'human_gate:paused':
      return {
        icon: 'lock',
        tone: 'warn',
        subject: event.nodeId,
        words:
          event.approval === undefined
            ? text('waits for an answer: {0}', event.message ?? event.gateId)
            : text('waits for an approval ({0}): {1}', text(approvalWords[event.approval]), event.refs.map(({ kind, name }) => `${kind} ${name}`).join(', ')),
      };
    case 'human_gate:resumed':
      return {
        icon: event.decision === 'rejected' ? 'circle-slash' : 'unlock',
        tone: event.decision === 'rejected' ? 'warn' : 'good',
        subject: event.nodeId,
        words: [
          event.decision === 'rejected'
            ? text('{0} rejected by {1}', event.gateId, event.decidedBy)
            : text(event.decision === 'approved' ? '{0} approved by {1}' : '{0} answered by {1}', event.gateId, event.decidedBy),
          ...(event.comment === undefined || event.comment === '' ? [] : [`“${onOneLine(event.comment)}”`]),
          ...Object.entries(event.payload ?? {}).map(([name, value]) => `${onOneLine(name)}: ${onOneLine(value)}`),
        ].join(' · '),
      };
    case 'run:paused':
      return { icon: 'debug-pause', tone: 'warn', subject: '', words: text('Waiting for answers: {0}', event.pendingGateCount) };
    case 'run:warning':
      return { icon: 'warning', tone: 'warn', subject: '', words: wordedProblem(event.problem, text) };
    case 'run:completed':
      return {
        icon: isPartial(event) ? 'warning' : 'pass-filled',
        tone: isPartial(event) ? 'warn' : 'good',
        subject: '',
        words: [
          text('Done in {0}: {1} applied, {2} unchanged', shortDuration(event.durationMs), event.applied, event.unchanged),
          ...(event.notReady === undefined ? [] : [text('not ready yet: {0}', event.notReady)]),
          ...(event.leftOut === undefined ? [] : [text('left out after an answer: {0}', event.leftOut)]),
        ].join(' · '),
      };
    case 'run:failed':
      return {
        icon: 'error',
        tone: 'bad',
        subject: '',
        words: text('Failed after {0}: {1}', shortDuration(event.durationMs), wordedProblem(event.problem, text)),
      };
    case 'run:cancelled':
      return { icon: 'circle-slash', tone: 'warn', subject: '', words: text('Cancelled after {0}', shortDuration(event.durationMs)) };
  }
}
