import type { FieldChange, Plan, PlanAction, PlanEffect, PlanStep } from '../../src/shared/plan';
import type { PlanWishes } from '../../src/shared/protocol';
import { approvalsNeeded, effectOf, hasChanges, isBlocked } from '../../src/shared/plan';
import { approvalWords } from './approvalWords';
import { refKey } from '../../src/shared/kubeObject';
import { actionLook, wordedProblem } from '../canvas/nodes/statusWords';
import { valueText } from '../inspector/fieldValues';
import { isActive } from '../store/runStore';
import { useDocument, usePlan, useRun, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Section } from '../ui/Section';
import { SandboxMark } from './SandboxMark';
import { Spinner } from '../ui/Spinner';
import { useText } from '../ui/texts';

/** What a class of change means for what runs, where the group alone does not say it. */
const effectWords: Partial<Record<PlanEffect, string>> = { rolling: 'new pods', 'data-loss': 'loses data', 'in-place': 'in place' };

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
      {step.changes.length > 0 && step.action !== 'create' ? (
        <ul className="plan-changes">
          {step.changes.map((change) => (
            <ChangeLine key={change.path} change={change} />
          ))}
        </ul>
      ) : null}
      <Conflicts step={step} />
      {step.problems.map((problem) => (
        <p
          key={`${problem.code}${JSON.stringify(problem.args)}`}
          className="plan-note"
          data-tone={problem.severity === 'error' ? 'bad' : problem.severity === 'info' ? 'quiet' : 'warn'}
        >
          {wordedProblem(problem, text)}
          {problem.code === 'cluster.notOurs' ? <WayOut label={text('Take over {0}…', name)} also={{ adopt: [objectNameOf(step)] }} /> : null}
          {problem.code === 'run.kept' ? <WayOut label={text('Delete {0} as well…', name)} also={{ named: [objectNameOf(step)] }} /> : null}
        </p>
      ))}
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

function PlanSteps({ plan }: { readonly plan: Plan }) {
  const session = useSession();
  const text = useText();
  return groups.map((action) => {
    const steps = plan.steps.filter((step) => step.action === action);
    if (steps.length === 0) return null;
    return (
      <Section key={action} title={actionLook(action, text).label} count={steps.length} open={action !== 'unchanged'}>
        {action === 'left-running' && steps.some((step) => step.problems.length === 0) ? (
          <button type="button" className="link-button plan-way" onClick={() => session.plan(true)}>
            {text('Plan to delete these…')}
          </button>
        ) : null}
        <ul className="plan-steps">
          {steps.map((step) => (
            <StepLine key={refKey(step.ref)} step={step} />
          ))}
        </ul>
      </Section>
    );
  });
}

/** What a run would do, and the one button that accepts exactly this. */
export function PlanPanel() {
  const session = useSession();
  const text = useText();
  const plan = usePlan((state) => state.plan);
  const busy = usePlan((state) => state.busy);
  const failure = usePlan((state) => state.failure);
  const draft = useDocument((state) => state.workflow.status !== 'published');
  const running = useRun((state) => isActive(state.run));
  const writes = plan?.steps.filter((step) => step.action !== 'unchanged' && step.action !== 'left-running').length ?? 0;
  const blocked = plan !== null && isBlocked(plan);
  const deletes = plan !== null && plan.steps.every(({ action }) => action === 'delete' || action === 'left-running' || action === 'unchanged');
  return (
    <section className="side-view plan" aria-label={text('Plan')}>
      <header className="side-head">
        <h2>{text('Plan')}</h2>
        <IconButton icon="refresh" label={text('Plan again')} disabled={busy !== undefined || running} onClick={() => session.plan()} />
        <IconButton icon="close" label={text('Close the plan')} onClick={() => session.closePlan()} />
      </header>
      {busy === 'planning' ? <Spinner label={text('Asking the cluster what would change…')} /> : null}
      {failure === undefined ? null : (
        <p className="plan-note" data-tone="bad" role="alert">
          <Icon name="error" /> {failure}
        </p>
      )}
      {plan === null ? (
        busy === undefined && failure === undefined ? (
          <p className="quiet">{text('A plan shows what a deploy would change, before anything does.')}</p>
        ) : null
      ) : (
        <>
          <p className="plan-target">
            <Icon name={plan.target.sandbox ? 'beaker' : 'server-environment'} />
            <span>
              <strong>{plan.target.label}</strong> · {plan.target.namespace}
              <SandboxMark target={plan.target} />
            </span>
          </p>
          <div className="plan-list">
            {plan.from === undefined ? null : (
              <p className="plan-note">{text('Only {0} and what depends on it. Everything else is left as it is.', plan.from)}</p>
            )}
            {plan.problems.map((problem) => (
              <p key={`${problem.code}${JSON.stringify(problem.args)}`} className="plan-note" data-tone={problem.severity === 'error' ? 'bad' : 'warn'}>
                {wordedProblem(problem, text)}
                {problem.code === 'cluster.namespaceMissing' ? (
                  <button
                    type="button"
                    className="link-button plan-way"
                    disabled={busy !== undefined || running}
                    onClick={() => session.createNamespace(String(problem.args['namespace']))}
                  >
                    {text('Create namespace…')}
                  </button>
                ) : null}
              </p>
            ))}
            <PlanSteps plan={plan} />
          </div>
          <footer className="side-foot">
            {blocked ? (
              <p className="plan-note" data-tone="bad">
                {text('This plan cannot be deployed as it is.')}
              </p>
            ) : null}
            {approvalsNeeded(plan).length > 0 ? (
              <p className="plan-note" data-tone="warn">
                {text(
                  'The run will ask before it goes on to: {0}',
                  approvalsNeeded(plan)
                    .map((approval) => text(approvalWords[approval]))
                    .join(', '),
                )}
              </p>
            ) : null}
            {draft ? (
              <Button
                secondary
                block
                onClick={() => {
                  if (session.edit({ type: 'setProperty', path: ['status'], value: 'published' })) session.plan();
                }}
              >
                {text('Publish and plan again')}
              </Button>
            ) : null}
            <Button
              id="accept-plan"
              block
              icon={deletes && writes > 0 ? 'trash' : 'rocket'}
              disabled={blocked || !hasChanges(plan) || busy !== undefined || running}
              onClick={() => session.startRun(plan.digest)}
            >
              {!hasChanges(plan)
                ? text('Nothing to deploy')
                : deletes
                  ? writes === 1
                    ? text('Delete 1 object from {0}', plan.target.label)
                    : text('Delete {0} objects from {1}', writes, plan.target.label)
                  : writes === 1
                    ? text('Deploy 1 change to {0}', plan.target.label)
                    : text('Deploy {0} changes to {1}', writes, plan.target.label)}
            </Button>
          </footer>
        </>
      )}
    </section>
  );
}
