import { approvalsNeeded, hasChanges, isBlocked } from '../../src/shared/plan';
import { approvalWords } from './approvalWords';
import { wordedProblem } from '../canvas/nodes/statusWords';
import { isActive } from '../store/runStore';
import { useDocument, usePlan, useRun, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { CostLine } from './CostLine';
import { PlanSteps } from './PlanSteps';
import { SandboxMark } from './SandboxMark';
import { Spinner } from '../ui/Spinner';
import { useText } from '../ui/texts';

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
        <IconButton icon="refresh" label={text('Plan again')} disabled={busy !== undefined || running} onClick={() => session.plan(false, {})} />
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
            {plan.cost === undefined ? null : <CostLine cost={plan.cost} />}
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
