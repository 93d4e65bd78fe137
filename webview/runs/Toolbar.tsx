import type { KeyboardEvent } from 'react';
import { useEditable } from '../store/editable';
import { useStatusRevision } from '../store/liveStatus';
import { isActive } from '../store/runStore';
import { useDocument, usePlan, useRun, useSession, useUi } from '../store/session';
import { Button } from '../ui/Button';
import { isNotDeployed } from '../canvas/nodes/statusWords';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { useText } from '../ui/texts';
import { SandboxMark } from './SandboxMark';
import { targetState } from './targetState';
import { clockTime } from './times';

const statusWords = { draft: 'Draft', published: 'Published', archived: 'Archived' } as const;

function TargetChip() {
  const session = useSession();
  const text = useText();
  const target = useRun((state) => state.target);
  const chosen = useRun((state) => state.chosen);
  const health = useRun((state) => state.health);
  const state = targetState(target, chosen, health);
  const connection = {
    none: '',
    live: text('Live'),
    connecting: text('Connecting…'),
    stale: health.staleSince === undefined ? '' : text('Stale since {0}', clockTime(health.staleSince)),
    failed: text('Not connected'),
  }[state];
  const label = target === null ? (chosen ?? text('No target')) : `${target.label} · ${target.namespace}`;
  return (
    <button
      type="button"
      className="target-chip"
      data-state={state}
      data-protected={target?.protected ?? false}
      title={health.error ?? [label, connection, text('Choose where this workflow goes')].filter((part) => part !== '').join('\n')}
      onClick={() => session.selectTarget()}
    >
      <Icon name={state === 'none' ? 'plug' : target === null ? 'debug-disconnect' : target.sandbox ? 'beaker' : 'server-environment'} />
      <span className="target-label">{label}</span>
      {target === null ? null : <SandboxMark target={target} />}
      {state === 'none' ? null : (
        <span className="target-state">
          <span className="target-dot" aria-hidden="true" />
          <span className="target-connection">{connection}</span>
        </span>
      )}
    </button>
  );
}

/** How many nodes do well, of those whose status is known. */
function HealthSummary() {
  const session = useSession();
  const text = useText();
  const workflow = useDocument((state) => state.workflow);
  useStatusRevision();
  const { statuses } = session.runs.getState();
  const ids = workflow.nodes.map((node) => node.id);
  const counts = statuses.counts(ids);
  const known = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (known === 0) return null;
  const staleSince = statuses.staleSince(ids);
  if (staleSince !== undefined) {
    const words = text('{0} of {1} healthy at {2}', counts.healthy, known, clockTime(staleSince));
    return (
      <span className="health-summary" data-tone="quiet" title={words}>
        <Icon name="history" />
        <span className="wide-only">{words}</span>
        <span className="narrow-only">
          {counts.healthy}/{known}
        </span>
      </span>
    );
  }
  // Before the first deploy nothing is there, which is no fault; nor is a node that was just added.
  const awaited = ids.filter((id) => isNotDeployed(statuses.get(id))).length;
  if (awaited === known) {
    return (
      <span className="health-summary" data-tone="quiet">
        <Icon name="circle-large" />
        <span className="wide-only">{text('Not deployed')}</span>
      </span>
    );
  }
  const bad = counts.error + counts.missing - awaited;
  const [tone, icon] =
    bad > 0
      ? ['bad', 'error']
      : counts.healthy === known
        ? ['good', 'pass-filled']
        : counts.healthy + awaited === known
          ? ['quiet', 'circle-large']
          : ['busy', 'sync'];
  return (
    <span className="health-summary" data-tone={tone}>
      <Icon name={icon} />
      <span className="wide-only">{text('{0} of {1} healthy', counts.healthy, known)}</span>
      <span className="narrow-only" title={text('{0} of {1} healthy', counts.healthy, known)}>
        {counts.healthy}/{known}
      </span>
    </span>
  );
}

/** How many nodes the cluster has otherwise than they were applied; a press goes to the first, and on to the next. */
function DriftCount() {
  const session = useSession();
  const text = useText();
  const drift = useRun((state) => state.drift);
  const selected = useUi((state) => state.selection);
  const nodes = useDocument((state) => state.workflow.nodes);
  const ids = nodes.flatMap(({ id }) => (Object.hasOwn(drift.nodes, id) ? [id] : []));
  if (ids.length === 0) return null;
  const words = ids.length === 1 ? text('1 node differs') : text('{0} nodes differ', ids.length);
  const show = (): void => {
    const next = ids[(ids.indexOf(selected[0] ?? '') + 1) % ids.length];
    if (next === undefined) return;
    session.wishes.emit({ type: 'focusNode', nodeId: next });
    session.ui.getState().openSide('inspector');
  };
  return (
    <button type="button" className="drift-count" title={text('{0} from what was applied', words)} onClick={show}>
      <Icon name="diff" />
      <span className="wide-only">{words}</span>
      <span className="narrow-only">{ids.length}</span>
    </button>
  );
}

function ProblemCount() {
  const session = useSession();
  const text = useText();
  const problems = useDocument((state) => state.confirmed.problems);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.filter((problem) => problem.severity === 'warning').length;
  if (errors + warnings === 0) return null;
  const label = text('{0} errors, {1} warnings', errors, warnings);
  return (
    <button
      type="button"
      className="problem-count"
      title={label}
      data-severity={errors > 0 ? 'error' : 'warning'}
      onClick={() => {
        session.wishes.emit({ type: 'select', nodeIds: [] });
        session.ui.getState().openSide('inspector');
      }}
    >
      <span aria-hidden="true">
        <Icon name="error" /> {errors} <Icon name="warning" /> {warnings}
      </span>
      <span className="sr-only">{label}</span>
    </button>
  );
}

/** Arrow keys walk along the buttons, as toolbars do. */
function onToolbarKey(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled), vscode-button:not([disabled])')];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  buttons[(at + (event.key === 'ArrowRight' ? 1 : buttons.length - 1)) % buttons.length]?.focus();
  event.preventDefault();
}

export function Toolbar() {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const name = useDocument((state) => state.workflow.name);
  const status = useDocument((state) => state.workflow.status);
  const running = useRun((state) => isActive(state.run));
  const busy = usePlan((state) => state.busy);
  const paletteOpen = useUi((state) => state.paletteOpen);
  const sideOpen = useUi((state) => state.sideOpen);
  const liveTail = useUi((state) => state.liveTail);

  const publishAndPlan = (): void => {
    if (status !== 'published' && !session.edit({ type: 'setProperty', path: ['status'], value: 'published' })) return;
    session.plan();
  };

  return (
    <header>
      <div className="toolbar" role="toolbar" aria-label={text('Workflow')} onKeyDown={onToolbarKey}>
        <IconButton icon="layout-sidebar-left" label={text('Kinds of nodes')} pressed={paletteOpen} onClick={() => session.ui.getState().togglePalette()} />
        <IconButton
          icon="add"
          label={text('Add a node (Tab)')}
          disabled={!editable}
          onClick={() => session.wishes.emit({ type: 'command', name: 'addNode' })}
        />
        <span className="toolbar-divider" />
        <IconButton icon="discard" label={text('Undo')} onClick={() => session.undo()} />
        <IconButton icon="redo" label={text('Redo')} onClick={() => session.redo()} />
        <IconButton icon="type-hierarchy" label={text('Arrange everything')} disabled={!editable} onClick={() => session.autoLayout()} />
        <IconButton
          icon="output"
          label={text('Live tail: newest log line on cards')}
          pressed={liveTail}
          onClick={() => session.ui.getState().toggleLiveTail()}
        />
        <span className="toolbar-title">
          <h1>{name}</h1>
          <span className="workflow-status" data-status={status}>
            {text(statusWords[status])}
          </span>
        </span>
        <span className="spacer" />
        <HealthSummary />
        <DriftCount />
        <ProblemCount />
        <TargetChip />
        <Button secondary icon="checklist" disabled={running || busy !== undefined} onClick={() => session.plan()}>
          {text('Plan')}
        </Button>
        <Button icon="rocket" disabled={running || busy !== undefined || (status !== 'published' && !editable)} onClick={publishAndPlan}>
          {status === 'published' ? text('Deploy…') : text('Publish and Deploy…')}
        </Button>
        <IconButton icon="layout-sidebar-right" label={text('Settings panel')} pressed={sideOpen} onClick={() => session.ui.getState().toggleSide()} />
      </div>
    </header>
  );
}
