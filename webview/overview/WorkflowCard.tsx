import type { OverviewPlace, OverviewWorkflow } from '../../src/shared/overview';
import type { NodeState } from '../../src/shared/nodeStatus';
import type { RunStatus } from '../../src/shared/runEvent';
import type { WorkflowStatus } from '../../src/shared/workflow';
import { stateLook } from '../canvas/nodes/statusWords';
import { clockTime } from '../runs/times';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import type { OverviewActions } from './OverviewPage';

const statusWords: Readonly<Record<WorkflowStatus, string>> = { draft: 'Draft', published: 'Published', archived: 'Archived' };

const runLooks: Readonly<Record<RunStatus, { readonly tone: string; readonly icon: string; readonly word: string }>> = {
  pending: { tone: 'busy', icon: 'clock', word: 'Run waiting' },
  running: { tone: 'busy', icon: 'sync', word: 'Running' },
  paused: { tone: 'warn', icon: 'debug-pause', word: 'Waits for an answer' },
  completed: { tone: 'good', icon: 'pass', word: 'Completed' },
  failed: { tone: 'bad', icon: 'error', word: 'Failed' },
  cancelled: { tone: 'quiet', icon: 'circle-slash', word: 'Cancelled' },
};

/** From best to worst, as the parts of the bar stand. */
const barOrder: readonly NodeState[] = ['healthy', 'suspended', 'unknown', 'pending', 'partial', 'missing', 'error'];

/** Whether somebody should look at it: what is broken in the file or on a cluster, a run that failed last, or one that waits. */
export function needsAttention({ errors, unreadable, troubles, waiting, places }: OverviewWorkflow): boolean {
  return (
    unreadable !== undefined ||
    errors > 0 ||
    waiting > 0 ||
    troubles.some(({ state }) => state !== 'pending') ||
    places.some(({ lastRun, states }) => lastRun?.status === 'failed' || (states.error ?? 0) > 0)
  );
}

export function WorkflowCard({ workflow, actions }: { readonly workflow: OverviewWorkflow; readonly actions: OverviewActions }) {
  const text = useText();
  const { id, name, folder, description, status, tags, nodes, errors, warnings, unreadable, places, troubles, moreTroubles, runs, running, waiting } = workflow;
  return (
    <li className="overview-workflow" data-attention={needsAttention(workflow)}>
      <div className="overview-title">
        <h3>
          <button type="button" className="overview-open" onClick={() => actions.openWorkflow(id)}>
            {name}
          </button>
        </h3>
        {unreadable === undefined ? (
          <span className="workflow-status" data-status={status}>
            {text(statusWords[status])}
          </span>
        ) : null}
        {running ? <Mark tone="busy" icon="sync" spin words={text('Running')} /> : null}
        {waiting > 0 ? <Mark tone="warn" icon="bell" words={text('Answers needed: {0}', waiting)} /> : null}
        {errors > 0 ? <Mark tone="bad" icon="error" words={text('Errors in the file: {0}', errors)} /> : null}
        {warnings > 0 ? <Mark tone="warn" icon="warning" words={text('Warnings: {0}', warnings)} /> : null}
        <span className="spacer" />
        <span className="quiet">
          {[
            folder ?? '',
            unreadable === undefined ? (nodes === 1 ? text('1 node') : text('{0} nodes', nodes)) : '',
            runs === 0 ? '' : runs === 1 ? text('1 run') : text('{0} runs', runs),
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </span>
      </div>
      {description === '' && tags.length === 0 ? null : (
        <p className="overview-description">
          {description}
          {tags.map((tag) => (
            <span key={tag} className="overview-tag">
              {tag}
            </span>
          ))}
        </p>
      )}
      {unreadable === undefined ? null : (
        <p className="overview-failure" data-tone="bad">
          <Icon name="error" /> {unreadable}
        </p>
      )}
      {places.length === 0 ? (
        unreadable === undefined ? (
          <p className="quiet">{text('No target was chosen, and the file has no environments.')}</p>
        ) : null
      ) : (
        <ul className="overview-places" aria-label={text('Where {0} runs', name)}>
          {places.map((place) => (
            <Place key={`${place.environment}/${place.cluster}`} place={place} onRun={(runId) => actions.openRun(id, runId)} />
          ))}
        </ul>
      )}
      {troubles.length === 0 ? null : (
        <ul className="overview-troubles" aria-label={text('Nodes of {0} that are not well', name)}>
          {troubles.map(({ nodeId, state, message }) => {
            const look = stateLook(state, text);
            return (
              <li key={nodeId} data-tone={look.tone}>
                <button type="button" className="overview-trouble" onClick={() => actions.openWorkflow(id, nodeId)}>
                  <Icon name={look.icon} />
                  <strong>{nodeId}</strong>
                  <span className="overview-trouble-state">{look.label}</span>
                  <span className="overview-trouble-message">{message}</span>
                </button>
              </li>
            );
          })}
          {moreTroubles === 0 ? null : <li className="quiet">{text('{0} more', moreTroubles)}</li>}
        </ul>
      )}
    </li>
  );
}

function Mark({ tone, icon, words, spin = false }: { readonly tone: string; readonly icon: string; readonly words: string; readonly spin?: boolean }) {
  return (
    <span className="overview-mark" data-tone={tone}>
      <Icon name={icon} spin={spin} />
      {words}
    </span>
  );
}

function Place({ place, onRun }: { readonly place: OverviewPlace; readonly onRun: (runId: string) => void }) {
  const text = useText();
  const { environment, cluster, sandbox, namespace, current, staleSince, error, drifted, lastRun } = place;
  const where = environment !== '' ? environment : sandbox ? text('Sandbox') : cluster;
  const beside = [environment === '' ? '' : cluster, namespace].filter((part) => part !== '').join(' · ');
  return (
    <li className="overview-place" data-current={current}>
      <span className="overview-where">
        <Icon name={place.protected ? 'shield' : sandbox ? 'beaker' : environment === '' ? 'server' : 'server-environment'} />
        <span className="overview-where-name">{where}</span>
        {place.protected ? <span className="sr-only">{text('protected')}</span> : null}
        {current ? <span className="overview-current">{text('current')}</span> : null}
        <span className="quiet overview-beside">{beside}</span>
      </span>
      <States place={place} />
      <span className="overview-facts">
        {drifted > 0 ? <Mark tone="warn" icon="diff" words={text('Differs from the file: {0}', drifted)} /> : null}
        {error === undefined ? (
          staleSince === undefined ? null : (
            <span className="quiet">
              <Icon name="history" /> {text('as of {0}', shortTime(staleSince))}
            </span>
          )
        ) : (
          <span className="overview-mark" data-tone="bad" title={error}>
            <Icon name="debug-disconnect" />
            <span className="overview-error">{error}</span>
          </span>
        )}
      </span>
      <span className="overview-run">
        {lastRun === undefined ? (
          <span className="quiet">{text('never run')}</span>
        ) : (
          <button type="button" className="overview-run-button" data-tone={runLooks[lastRun.status].tone} onClick={() => onRun(lastRun.runId)}>
            <Icon name={runLooks[lastRun.status].icon} />
            {text('{0}: version {1}, {2}', text(runLooks[lastRun.status].word), lastRun.version, shortTime(lastRun.startedAt))}
          </button>
        )}
      </span>
    </li>
  );
}

/** A bar for the eye, and the same in words beside it. */
function States({ place: { states, staleSince, notDeployed } }: { readonly place: OverviewPlace }) {
  const text = useText();
  const parts = barOrder.flatMap((state) => {
    const count = states[state] ?? 0;
    return count === 0 ? [] : [{ state, count, ...stateLook(state, text) }];
  });
  const awaited =
    notDeployed === 0 ? null : (
      <span className="overview-state" data-tone="quiet">
        <Icon name="circle-large" />
        {text('{0} not deployed', notDeployed)}
      </span>
    );
  if (parts.length === 0 && awaited !== null) return <span className="overview-states">{awaited}</span>;
  if (parts.length === 0) return <span className="overview-states quiet">{text('nothing known')}</span>;
  return (
    <span className="overview-states" data-stale={staleSince !== undefined}>
      <svg className="overview-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        {segments(parts).map(({ state, tone, from, width }) => (
          <rect key={state} data-tone={tone} x={from} y={0} width={width} height={6} />
        ))}
      </svg>
      <span className="overview-state-words">
        {parts.map(({ state, count, tone, icon, label }) => (
          <span key={state} className="overview-state" data-tone={tone}>
            <Icon name={icon} />
            {text('{0} {1}', count, label.toLocaleLowerCase())}
          </span>
        ))}
        {awaited}
      </span>
    </span>
  );
}

function segments<T extends { readonly count: number }>(parts: readonly T[]): readonly (T & { readonly from: number; readonly width: number })[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  let from = 0;
  return parts.map((part) => {
    const width = (100 * part.count) / total;
    const segment = { ...part, from, width };
    from += width;
    return segment;
  });
}

/** The time of today, else the day with it. */
function shortTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return at.toDateString() === new Date().toDateString()
    ? clockTime(iso)
    : `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${clockTime(iso)}`;
}
