import type { NodeState, NodeStatus } from '../../../src/shared/nodeStatus';
import { hintSentences } from '../../../src/shared/statusHint';
import type { PlanAction, PlanEffect } from '../../../src/shared/plan';
import { fillSentence, problemSentences } from '../../../src/shared/problem';
import type { Problem } from '../../../src/shared/problem';
import type { NodePlan } from '../../store/planStore';
import type { NodeProgress } from '../../store/runStore';
import { clockTime } from '../../runs/times';
import type { Text } from '../../ui/texts';

/** How a card looks at its foot: `tone` chooses the colour, `icon` and `label` say the same without it. */
export interface StatusLine {
  readonly tone: 'good' | 'busy' | 'warn' | 'bad' | 'quiet' | 'plan';
  readonly icon: string;
  readonly label: string;
  readonly detail: string;
  readonly spin: boolean;
  /** What the cluster says and what helps, in sentences; absent where the line says all. */
  readonly more?: { readonly message: string; readonly hint: string };
}

const stateLooks: Readonly<Record<NodeState, { readonly tone: StatusLine['tone']; readonly icon: string; readonly word: string }>> = {
  healthy: { tone: 'good', icon: 'pass-filled', word: 'Healthy' },
  partial: { tone: 'warn', icon: 'warning', word: 'Partly healthy' },
  pending: { tone: 'busy', icon: 'sync', word: 'Pending' },
  error: { tone: 'bad', icon: 'error', word: 'Error' },
  suspended: { tone: 'quiet', icon: 'debug-pause', word: 'Suspended' },
  missing: { tone: 'bad', icon: 'circle-slash', word: 'Missing' },
  unknown: { tone: 'quiet', icon: 'question', word: 'Unknown' },
};

const actionLooks: Readonly<Record<PlanAction, { readonly tone: StatusLine['tone']; readonly icon: string; readonly word: string }>> = {
  create: { tone: 'plan', icon: 'add', word: 'Create' },
  change: { tone: 'plan', icon: 'edit', word: 'Change' },
  replace: { tone: 'warn', icon: 'replace', word: 'Replace' },
  adopt: { tone: 'plan', icon: 'link', word: 'Adopt' },
  conflict: { tone: 'bad', icon: 'git-merge', word: 'Conflict' },
  delete: { tone: 'bad', icon: 'trash', word: 'Delete' },
  unchanged: { tone: 'quiet', icon: 'dash', word: 'Unchanged' },
  'left-running': { tone: 'quiet', icon: 'history', word: 'Left running' },
  blocked: { tone: 'bad', icon: 'circle-slash', word: 'Blocked' },
};

/** What a class of change means for what runs, where the action alone does not say it. */
export const effectWords: Partial<Record<PlanEffect, string>> = { rolling: 'new pods', 'data-loss': 'loses data', 'in-place': 'in place' };

/** A problem's sentence; the host's tables hold the translations of the same English sentences. */
export function wordedProblem(problem: Problem, text: Text): string {
  return fillSentence(text(problemSentences[problem.code]), problem.args);
}

export function stateWord(state: NodeState, text: Text): string {
  return text(stateLooks[state].word);
}

export function stateLook(state: NodeState, text: Text): { readonly tone: StatusLine['tone']; readonly icon: string; readonly label: string } {
  const { tone, icon, word } = stateLooks[state];
  return { tone, icon, label: text(word) };
}

export function actionLook(action: PlanAction, text: Text): { readonly tone: StatusLine['tone']; readonly icon: string; readonly label: string } {
  const { tone, icon, word } = actionLooks[action];
  return { tone, icon, label: text(word) };
}

/** Whether nothing of a node was ever seen on its cluster: to be awaited before it is deployed, and no fault. */
export function isNotDeployed(status: NodeStatus | undefined): boolean {
  return status?.state === 'missing' && status.reason === undefined && status.staleSince === undefined;
}

export function lineOfStatus(status: NodeStatus | undefined, text: Text): StatusLine {
  if (status === undefined || isNotDeployed(status)) return { tone: 'quiet', icon: 'circle-large', label: text('Not deployed'), detail: '', spin: false };
  const { tone, icon, word } = stateLooks[status.state];
  // What is no longer known to be true has no colour of its own, whatever it was.
  if (status.staleSince !== undefined) {
    return { tone: 'quiet', icon: 'history', label: text('Stale since {0}', clockTime(status.staleSince)), detail: text('was {0}', text(word)), spin: false };
  }
  if (status.state === 'healthy') return { tone, icon, label: text(word), detail: '', spin: false };
  const hint = hintText(status, text);
  return {
    tone,
    icon,
    label: text(word),
    detail: status.reason ?? status.message,
    spin: status.state === 'pending',
    more: { message: status.reason === undefined ? '' : status.message, hint },
  };
}

/** What a person can do about a status, or nothing. */
export function hintText(status: NodeStatus | undefined, text: Text): string {
  return status?.hint === undefined ? '' : text(hintSentences[status.hint]);
}

/** All that a line has to say, for the tooltip of a place that may be too narrow for it. */
export function wholeLine(line: StatusLine): string {
  const said = line.detail === '' ? line.label : `${line.label}: ${line.detail}`;
  return [said, line.more?.message ?? '', line.more?.hint ?? ''].filter((part) => part !== '').join('\n');
}

/** A gate while no run waits at it: it makes nothing that could be deployed. */
export function lineOfGate(text: Text): StatusLine {
  return { tone: 'quiet', icon: 'comment', label: text('Asks when a run comes here'), detail: '', spin: false };
}

export function lineOfPlan(plan: NodePlan, text: Text): StatusLine {
  const { icon, label, ...look } = actionLook(plan.action, text);
  const counted = plan.action === 'change' || plan.action === 'replace' || plan.effect === 'data-loss';
  const fields = !counted || plan.changes === 0 ? '' : plan.changes === 1 ? text('1 field') : text('{0} fields', plan.changes);
  // A change in place is what a change is taken for; the plan's panel says it of each object.
  const effect = plan.effect === 'in-place' ? undefined : effectWords[plan.effect];
  const detail = [effect === undefined ? '' : text(effect), fields].filter((part) => part !== '').join(', ');
  return { tone: plan.effect === 'data-loss' ? 'bad' : look.tone, icon, label, detail, spin: false };
}

const skipWords = {
  unchanged: 'nothing to change',
  upstream_unreachable: 'something it needs failed',
  cancelled: 'cancelled',
  gate_rejected: 'not approved',
} as const;

/** What a run says of a node; undefined where the live status, healthy or not, says more. */
export function lineOfProgress(progress: NodeProgress | undefined, active: boolean, text: Text, live?: NodeStatus): StatusLine | undefined {
  switch (progress?.phase) {
    case undefined:
      return active ? { tone: 'quiet', icon: 'clock', label: text('Queued'), detail: '', spin: false } : undefined;
    case 'applying':
      return active ? { tone: 'busy', icon: 'sync', label: text('Applying'), detail: '', spin: true } : undefined;
    case 'retrying':
      return active
        ? { tone: 'busy', icon: 'sync', label: text('Attempt {0}', progress.attempt), detail: wordedProblem(progress.problem, text), spin: true }
        : undefined;
    case 'failed':
      return { tone: 'bad', icon: 'error', label: text('Failed'), detail: wordedProblem(progress.problem, text), spin: false };
    case 'skipped':
      if (progress.reason === 'unchanged') return undefined;
      return { tone: 'quiet', icon: 'debug-step-over', label: text('Skipped'), detail: text(skipWords[progress.reason]), spin: false };
    case 'asking':
      return { tone: 'warn', icon: 'lock', label: text('Waits for an answer'), detail: progress.message, spin: false };
    case 'answered':
      return progress.isNo
        ? { tone: 'quiet', icon: 'circle-slash', label: text('Rejected'), detail: text('by {0}', progress.by), spin: false }
        : { tone: 'good', icon: 'unlock', label: text('Answered'), detail: text('by {0}', progress.by), spin: false };
    case 'applied':
      // Written is not yet ready. What holds it up is what whoever watches a run has to see.
      return active && live?.state !== 'healthy' && live?.state !== 'error' && live?.reason === undefined
        ? { tone: 'busy', icon: 'check', label: text('Applied'), detail: text('not ready yet'), spin: false }
        : undefined;
    case 'ready':
      return undefined;
  }
}
