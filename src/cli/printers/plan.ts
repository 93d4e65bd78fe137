import type { JsonValue } from '../../shared/json';
import { refKey } from '../../shared/kubeObject';
import type { FieldChange, Plan, PlanAction, PlanRename, PlanStep } from '../../shared/plan';
import { approvalsNeeded, effectOf } from '../../shared/plan';
import { problemText } from '../../shared/problem';
import { costText } from './cost';
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
  delete: 'red',
  conflict: 'red',
  blocked: 'red',
  unchanged: 'dim',
  'left-running': 'dim',
};

/** Longest value shown of a field, in characters. */
const longestValue = 80;

/** A plan as a table, with each changed field and each problem below its object. Unchanged objects without a problem are only counted. */
export function planText(plan: Plan, colours: boolean): string {
  const { target } = plan;
  const place = `${target.label === target.context ? '' : `${target.label}: `}context ${target.context}, namespace ${target.namespace}`;
  const stepOf = new Map(plan.steps.map((step) => [refKey(step.ref), step]));
  const renameTo = new Map((plan.renames ?? []).map((rename) => [refKey(rename.to), rename]));
  // The old name is told with the new one.
  const told = new Set((plan.renames ?? []).map((rename) => refKey(rename.from)));
  const isShown = ({ action, ref, problems }: PlanStep): boolean => action !== 'unchanged' || problems.length > 0 || renameTo.has(refKey(ref));
  const shown = plan.steps.filter((step) => isShown(step) && !told.has(refKey(step.ref)));
  const lines = tableText(
    shown.map((step) => {
      const node = step.nodeId === '' || step.nodeId === step.ref.name ? '' : `(${step.nodeId})`;
      const rename = renameTo.get(refKey(step.ref));
      return rename === undefined
        ? [signs[step.action], effectOf(step), step.ref.kind, step.ref.name, node]
        : ['->', isMove(rename) ? 'move' : 'rename', step.ref.kind, renameText(rename), node];
    }),
  ).split('\n');
  const blocks = shown.map((step, index) => {
    const rename = renameTo.get(refKey(step.ref));
    const before = rename === undefined ? undefined : stepOf.get(refKey(rename.from));
    const style = before === undefined ? styles[step.action] : before.action === 'delete' ? 'red' : 'yellow';
    const details = rename === undefined || before === undefined ? '' : renameDetailText(rename, before);
    return `${coloured(colours, style ?? 'dim', lines[index] ?? '')}\n${details}${detailText(step)}`;
  });
  const general = plan.problems.map((problem) => `${problem.severity}: ${plainLine(problemText(problem))}\n`);
  const needed = approvalsNeeded(plan);
  const approvals = needed.length === 0 ? '' : `Needs an approval for: ${needed.join(', ')}\n`;
  const gates = (plan.gates ?? []).map(
    ({ nodeId, gateType, message, holds }) => `?  ${gateType} ${plainLine(nodeId)}: ${plainLine(message)} (before ${holds.map(plainLine).join(', ')})\n`,
  );
  return [
    `Plan for ${plainLine(plan.workflow)} on ${plainLine(place)}${plan.from === undefined ? '' : `, from ${plainLine(plan.from)} on`}\n`,
    ...blocks,
    ...gates,
    ...general,
    plan.cost === undefined ? '' : costText(plan.cost),
    `${countsText(plan)}\n${approvals}Digest ${plan.digest}\n`,
  ].join('');
}

/** A plan for programs: as the engine made it, each step with its class and the plan with the approvals that it needs. */
export function planJson(plan: Plan): string {
  const steps = plan.steps.map((step) => ({ ...step, effect: effectOf(step) }));
  return `${JSON.stringify({ ...plan, steps, approvals: approvalsNeeded(plan) }, undefined, 2)}\n`;
}

function detailText(step: PlanStep): string {
  const changes = step.changes.map((change) => `      ${changeText(change)}\n`);
  const problems = step.problems.map((problem) => `      ${plainLine(problemText(problem))}\n`);
  return [...changes, ...problems, ...waysText(step)].join('');
}

function isMove({ from, to }: PlanRename): boolean {
  return from.namespace !== to.namespace;
}

function renameText(rename: PlanRename): string {
  const { from, to } = rename;
  return isMove(rename) ? `${from.namespace}/${from.name} -> ${to.namespace}/${to.name}` : `${from.name} -> ${to.name}`;
}

function renameDetailText({ problems }: PlanRename, before: PlanStep): string {
  const end = before.action === 'delete' ? 'The old one is deleted after it\n' : 'The old one is left running\n';
  return [end, ...problems.map((problem) => `${plainLine(problemText(problem))}\n`)].map((line) => `      ${line}`).join('') + detailText(before);
}

/** The ways out of a conflict, and into an object of others, as options to copy. */
function waysText({ action, ref, conflicts, problems }: PlanStep): readonly string[] {
  const name = `${ref.kind}/${ref.name}`;
  if (action === 'conflict') {
    const takes = conflicts.map(({ path }) => `--take ${plainLine(`${name}:${path}`)}`).join(' ');
    return ['      Leave it out of the file, or write the value that stands there into the file to share it,\n', `      or take it over with ${takes}\n`];
  }
  return problems.some(({ code }) => code === 'cluster.notOurs') ? [`      Take it over with --adopt ${plainLine(name)}\n`] : [];
}

/** One changed field as text: its path, and both values where they may be shown. */
export function changeText(change: FieldChange): string {
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
