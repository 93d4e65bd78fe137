import type { KubeObject } from '../../shared/kubeObject';
import type { PlanChoices } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import type { PreparedStep } from './planWorkflow';

/** Whether a list of choices names this object, or this field of it. */
export function isChosen(choices: readonly string[] | undefined, { kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>, path?: string): boolean {
  const name = `${kind.toLowerCase()}/${metadata.name}${path === undefined ? '' : `:${path}`}`;
  return choices?.some((choice) => withLowerKind(choice) === name) === true;
}

function withLowerKind(choice: string): string {
  const end = choice.indexOf('/');
  return end < 0 ? choice : choice.slice(0, end).toLowerCase() + choice.slice(end);
}

/** A choice that chose nothing is a slip of the hand, and what it was meant for would go wrong: an error. */
export function unusedChoices(choices: PlanChoices | undefined, steps: readonly PreparedStep[]): readonly Problem[] {
  if (choices === undefined) return [];
  const adopted = steps.flatMap(({ step }) => (step.action === 'adopt' ? [objectOf(step.ref)] : []));
  const taken = steps.flatMap(({ step }) => (step.takesFields === true ? step.conflicts.map(({ path }) => ({ ...objectOf(step.ref), path })) : []));
  const nothing = (name: string, verb: string): Problem => ({ code: 'run.namedNothing', args: { name, verb }, severity: 'error' });
  return [
    ...choices.adopt.filter((name) => !adopted.some((one) => isChosen([name], one))).map((name) => nothing(name, 'adopt')),
    ...choices.take.filter((name) => !taken.some((one) => isChosen([name], one, one.path))).map((name) => nothing(name, 'take over')),
  ];
}

function objectOf({ kind, name }: { readonly kind: string; readonly name: string }): Pick<KubeObject, 'kind' | 'metadata'> {
  return { kind, metadata: { name } };
}
