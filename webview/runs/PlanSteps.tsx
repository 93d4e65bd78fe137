import type { ReactNode } from 'react';
import { refKey } from '../../src/shared/kubeObject';
import type { FieldChange, Plan, PlanAction, PlanRename, PlanStep } from '../../src/shared/plan';
import { effectOf } from '../../src/shared/plan';
import type { Problem } from '../../src/shared/problem';
import type { PlanWishes } from '../../src/shared/protocol';
import { actionLook, effectWords, wordedProblem } from '../canvas/nodes/statusWords';
import { valueText } from '../inspector/fieldValues';
import { isActive } from '../store/runStore';
import { usePlan, useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { useText } from '../ui/texts';

/** Groups of a plan in the order in which a person should read them. */
const groups: readonly PlanAction[] = ['blocked', 'conflict', 'delete', 'replace', 'adopt', 'create', 'change', 'left-running', 'unchanged'];

function ChangeLine({ change }: { readonly change: FieldChange }) {
  const text = useText();
  const hidden = change.before === undefined && change.after === undefined;
  return (
    <li className="plan-change">
      <code>{change.path}</code>
      {hidden ? (
        <span className="quiet">{text('changed')}</span>
      ) : (
        <span className="plan-values">
          {change.before === undefined ? null : <del>{valueText(change.before)}</del>}
          {change.after === undefined ? null : <ins>{valueText(change.after)}</ins>}
        </span>
      )}
    </li>
  );
}

function StepLine({ step }: { readonly step: PlanStep }) {
  const session = useSession();
  const text = useText();
  const look = actionLook(step.action, text);
  const name = `${step.ref.kind} ${step.ref.name}`;
  return (
    <li className="plan-step" data-tone={look.tone}>
      <div className="plan-step-head">
        <Icon name={look.icon} />
        {step.nodeId === '' ? (
          <span className="plan-step-name">{name}</span>
        ) : (
          <button type="button" className="link-button plan-step-name" onClick={() => session.wishes.emit({ type: 'select', nodeIds: [step.nodeId] })}>
            {name}
          </button>
        )}
        {effectWords[effectOf(step)] === undefined ? null : <span className="plan-action">{text(effectWords[effectOf(step)] ?? '')}</span>}
        {step.changes.length > 0 && step.action !== 'create' ? (
          <span className="plan-action">{step.changes.length === 1 ? text('1 field') : text('{0} fields', step.changes.length)}</span>
        ) : null}
      </div>
      <StepNotes step={step} />
    </li>
  );
}

/** What changes in one object, and what to know of it. */
function StepNotes({ step }: { readonly step: PlanStep }) {
  const text = useText();
  const name = `${step.ref.kind} ${step.ref.name}`;
  return (
    <>
      {step.changes.length > 0 && step.action !== 'create' ? (
        <ul className="plan-changes">
          {step.changes.map((change) => (
            <ChangeLine key={change.path} change={change} />
          ))}
        </ul>
      ) : null}
      <Conflicts step={step} />
      {step.problems.map((problem) => (
        <Note key={`${problem.code}${JSON.stringify(problem.args)}`} problem={problem}>
          {problem.code === 'cluster.notOurs' ? <WayOut label={text('Take over {0}…', name)} also={{ adopt: [objectNameOf(step)] }} /> : null}
          {problem.code === 'run.kept' ? <WayOut label={text('Delete {0} as well…', name)} also={{ named: [objectNameOf(step)] }} /> : null}
        </Note>
      ))}
    </>
  );
}

function Note({ problem, children }: { readonly problem: Problem; readonly children?: ReactNode }) {
  const text = useText();
  return (
    <p className="plan-note" data-tone={problem.severity === 'error' ? 'bad' : problem.severity === 'info' ? 'quiet' : 'warn'}>
      {wordedProblem(problem, text)}
      {children}
    </p>
  );
}

/** An object that comes under another name or in another namespace, with what becomes of the old one. */
function RenameLine({ rename, before, after }: { readonly rename: PlanRename; readonly before: PlanStep; readonly after: PlanStep }) {
  const session = useSession();
  const text = useText();
  const isMove = before.ref.namespace !== after.ref.namespace;
  const nameOf = ({ ref }: PlanStep): string => (isMove ? `${ref.namespace}/${ref.name}` : ref.name);
  return (
    <li className="plan-step" data-tone={rename.problems.some(({ severity }) => severity === 'warning') ? 'warn' : 'plan'}>
      <div className="plan-step-head">
        <Icon name="arrow-right" />
        <span className="plan-step-name is-whole">
          {before.ref.kind} {nameOf(before)} →{' '}
          <button type="button" className="link-button" onClick={() => session.wishes.emit({ type: 'select', nodeIds: [rename.nodeId] })}>
            {nameOf(after)}
          </button>
        </span>
      </div>
      <p className="plan-note">{before.action === 'delete' ? text('The old one is deleted.') : text('The old one is left running.')}</p>
      {rename.problems.map((problem) => (
        <Note key={problem.code} problem={problem} />
      ))}
      <StepNotes step={after} />
      <StepNotes step={before} />
    </li>
  );
}

/** As choices name an object. */
function objectNameOf({ ref }: PlanStep): string {
  return `${ref.kind}/${ref.name}`;
}

/** Plans again with one more choice; nothing is done before that plan is accepted. */
function WayOut({ label, also }: { readonly label: string; readonly also: PlanWishes }) {
  const session = useSession();
  const busy = usePlan((state) => state.busy !== undefined);
  const running = useRun((state) => isActive(state.run));
  return (
    <button type="button" className="link-button plan-way" disabled={busy || running} onClick={() => session.plan(false, also)}>
      {label}
    </button>
  );
}

/** Fields that others have, and the three ways out of it: to take them, no longer to say them, or to say what the cluster says. */
function Conflicts({ step }: { readonly step: PlanStep }) {
  const session = useSession();
  const text = useText();
  const { conflicts, nodeId, ref, takesFields } = step;
  if (conflicts.length === 0) return null;
  if (takesFields === true) {
    const owners = [...new Set(conflicts.map(({ owner }) => owner))].join(', ');
    return (
      <p className="plan-note" data-tone="warn">
        {text('Takes from {0}: {1}', owners, conflicts.map(({ path }) => path).join(', '))}
      </p>
    );
  }
  const end = (path: string, way: 'drop' | 'share'): void => {
    const { kind, name, namespace } = ref;
    session.endConflict({ nodeId, kind, name, namespace, path, way });
  };
  return (
    <>
      {conflicts.map(({ path, owner }) => (
        <div key={path} className="plan-note" data-tone="bad">
          {text('{0} belongs to {1}', path, owner)}
          <span className="plan-ways">
            <button type="button" className="link-button" aria-label={text('Leave it to them: {0}…', path)} onClick={() => end(path, 'drop')}>
              {text('Leave it to them…')}
            </button>
            <button type="button" className="link-button" aria-label={text('Share their value: {0}…', path)} onClick={() => end(path, 'share')}>
              {text('Share their value…')}
            </button>
          </span>
        </div>
      ))}
      <p className="plan-note">
        <WayOut
          label={conflicts.length === 1 ? text('Take this field over…') : text('Take these {0} fields over…', conflicts.length)}
          also={{ take: conflicts.map(({ path }) => `${objectNameOf(step)}:${path}`) }}
        />
      </p>
    </>
  );
}

/** Plans again with the deletion of what no node makes any more. */
function PlanToDelete({ steps }: { readonly steps: readonly PlanStep[] }) {
  const session = useSession();
  const text = useText();
  if (!steps.some(({ action, problems }) => action === 'left-running' && problems.length === 0)) return null;
  return (
    <button type="button" className="link-button plan-way" onClick={() => session.plan(true, {})}>
      {text('Plan to delete these…')}
    </button>
  );
}

/** The steps of a plan by what they do; the two of a new name are one line. */
export function PlanSteps({ plan }: { readonly plan: Plan }) {
  const text = useText();
  const stepOf = new Map(plan.steps.map((step) => [refKey(step.ref), step]));
  const renames = (plan.renames ?? []).flatMap((rename) => {
    const [before, after] = [stepOf.get(refKey(rename.from)), stepOf.get(refKey(rename.to))];
    return before === undefined || after === undefined ? [] : [{ rename, before, after }];
  });
  const together = new Set(renames.flatMap(({ before, after }) => [before, after]));
  return (
    <>
      {renames.length === 0 ? null : (
        <Section title={text('Under another name')} count={renames.length} open>
          <PlanToDelete steps={renames.map(({ before }) => before)} />
          <ul className="plan-steps">
            {renames.map((one) => (
              <RenameLine key={refKey(one.rename.to)} {...one} />
            ))}
          </ul>
        </Section>
      )}
      {groups.map((action) => {
        const steps = plan.steps.filter((step) => step.action === action && !together.has(step));
        if (steps.length === 0) return null;
        return (
          <Section key={action} title={actionLook(action, text).label} count={steps.length} open={action !== 'unchanged'}>
            <PlanToDelete steps={steps} />
            <ul className="plan-steps">
              {steps.map((step) => (
                <StepLine key={refKey(step.ref)} step={step} />
              ))}
            </ul>
          </Section>
        );
      })}
    </>
  );
}
