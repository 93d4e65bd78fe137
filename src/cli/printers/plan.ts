import type { JsonValue } from '../../shared/json';
import type { FieldChange, Plan, PlanAction, PlanStep } from '../../shared/plan';
import { problemText } from '../../shared/problem';
import { coloured, plainLine } from './plainText';
import { tableText } from './table';

const signs = {
  create: '+',
  change: '~',
  replace: '!',
  adopt: '>',
  conflict: 'x',
  delete: '-',
  unchanged: '=',
  'left-running': '.',
  blocked: 'x',
} as const satisfies Record<PlanAction, string>;

const styles: Partial<Record<PlanAction, 'green' | 'yellow' | 'red' | 'dim'>> = {
  create: 'green',
  change: 'yellow',
  replace: 'red',
  conflict: 'red',
  blocked: 'red',
  unchanged: 'dim',
  'left-running': 'dim',
};

/** Longest value shown of a field, in characters. */
const longestValue = 80;

/** A plan as a table, with each changed field and each problem below its object. Unchanged objects are only counted. */
export function planText(plan: Plan, colours: boolean): string {
  const { target } = plan;
  const place = `${target.label === target.context ? '' : `${target.label}: `}context ${target.context}, namespace ${target.namespace}`;
  const shown = plan.steps.filter((step) => step.action !== 'unchanged');
  const lines = tableText(
    shown.map((step) => [
      signs[step.action],
      step.action,
      step.ref.kind,
      step.ref.name,
      step.nodeId === '' || step.nodeId === step.ref.name ? '' : `(${step.nodeId})`,
    ]),
  ).split('\n');
  const blocks = shown.map((step, index) => `${coloured(colours, styles[step.action] ?? 'dim', lines[index] ?? '')}\n${detailText(step)}`);
  const general = plan.problems.map((problem) => `${problem.severity}: ${plainLine(problemText(problem))}\n`);
  return [`Plan for ${plainLine(plan.workflow)} on ${plainLine(place)}\n`, ...blocks, ...general, `${countsText(plan)}\nDigest ${plan.digest}\n`].join('');
}

function detailText(step: PlanStep): string {
  const changes = step.changes.map((change) => `      ${changeText(change)}\n`);
  const problems = step.problems.map((problem) => `      ${plainLine(problemText(problem))}\n`);
  return [...changes, ...problems].join('');
}

function changeText(change: FieldChange): string {
  const { path, before, after } = change;
  if (before === undefined && after === undefined) return `${plainLine(path)}: changed`;
  return `${plainLine(path)}: ${valueText(before)} -> ${valueText(after)}`;
}

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return 'absent';
  const text = plainLine(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}...`;
}

/** `3 to create, 1 to change, 4 unchanged`. */
export function countsText(plan: Plan): string {
  const words = {
    create: 'to create',
    change: 'to change',
    replace: 'to replace',
    adopt: 'to adopt',
    delete: 'to delete',
    conflict: 'in conflict',
    blocked: 'blocked',
    unchanged: 'unchanged',
    'left-running': 'left running',
  } as const satisfies Record<PlanAction, string>;
  const parts = Object.entries(words).flatMap(([action, word]) => {
    const count = plan.counts[action as PlanAction];
    return count === 0 ? [] : [`${String(count)} ${word}`];
  });
  return parts.length === 0 ? 'Nothing to do' : parts.join(', ');
}
