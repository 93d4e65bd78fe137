import type { OverviewFigure, OverviewPlace, OverviewRun } from '../../shared/overview';
import type { NodeState } from '../../shared/nodeStatus';
import type { RunSummary } from '../../shared/runEvent';
import type { Workflow } from '../../shared/workflow';
import type { RunRecord } from './runRecords';

const monthMs = 30 * 24 * 60 * 60 * 1000;

/**
 * The numbers at the top of the overview. Workflows have no history but git's, so they are counted and not compared; runs are compared
 * by their journals: the last thirty days with the thirty before.
 */
export function overviewFigures(
  workflows: readonly Pick<Workflow, 'status'>[],
  runs: readonly Pick<RunSummary, 'status' | 'startedAt'>[],
  nowMs: number,
): readonly OverviewFigure[] {
  const age = (run: Pick<RunSummary, 'startedAt'>): number => nowMs - Date.parse(run.startedAt);
  const recent = runs.filter((run) => age(run) < monthMs);
  const before = runs.filter((run) => age(run) >= monthMs && age(run) < 2 * monthMs);
  const [rate, recentRate, rateBefore] = [successRate(runs), successRate(recent), successRate(before)];
  return [
    { name: 'workflows', value: workflows.length, change: null },
    { name: 'published', value: workflows.filter(({ status }) => status === 'published').length, change: null },
    { name: 'runs', value: runs.length, change: before.length === 0 ? null : recent.length - before.length },
    { name: 'success', value: rate, change: recentRate === null || rateBefore === null ? null : oneDecimal(recentRate - rateBefore) },
  ];
}

/** Percent of the runs that came to an end by themselves; one that a person cancelled is neither. Null while there is none. */
export function successRate(runs: readonly Pick<RunSummary, 'status'>[]): number | null {
  const completed = runs.filter(({ status }) => status === 'completed').length;
  const failed = runs.filter(({ status }) => status === 'failed').length;
  return completed + failed === 0 ? null : oneDecimal((100 * completed) / (completed + failed));
}

const oneDecimal = (value: number): number => Math.round(value * 10) / 10;

/** What is chosen for a workflow's folder, as far as the overview tells places apart. */
export interface ChosenPlace {
  readonly environment: string;
  readonly cluster: string;
  readonly sandbox: boolean;
}

/**
 * Where a workflow goes: its environments as the file has them, before them the cluster that was chosen outside any environment. Each
 * with its last run and what that run saw last; what is followed now replaces these states.
 */
export function placesOf(workflow: Workflow, chosen: ChosenPlace | undefined, records: readonly RunRecord[]): readonly OverviewPlace[] {
  const ids = new Set(workflow.nodes.map(({ id }) => id));
  const place = (base: Omit<OverviewPlace, 'states' | 'notDeployed' | 'drifted' | 'lastRun'>): OverviewPlace => {
    const last = records.find(({ target }) => isAt(target, base));
    const states = last === undefined ? {} : countStates([...last.states].flatMap(([nodeId, state]) => (ids.has(nodeId) ? [state] : [])));
    return {
      ...base,
      states,
      notDeployed: 0,
      drifted: 0,
      ...(last === undefined || Object.keys(states).length === 0 ? {} : { staleSince: last.lastAt }),
      ...(last === undefined ? {} : { lastRun: runOf(last.summary) }),
    };
  };
  const environments = Object.entries(workflow.environments).map(([environment, { context, namespace, protected: isProtected }]) =>
    place({
      environment,
      cluster: context ?? '',
      sandbox: false,
      namespace: namespace ?? workflow.namespace ?? '',
      protected: isProtected === true,
      current: chosen?.environment === environment,
    }),
  );
  if (chosen === undefined || chosen.environment !== '') return environments;
  const own = place({
    environment: '',
    cluster: chosen.cluster,
    sandbox: chosen.sandbox,
    namespace: workflow.namespace ?? '',
    protected: false,
    current: true,
  });
  return [own, ...environments];
}

function isAt(target: RunRecord['target'], place: Pick<OverviewPlace, 'environment' | 'cluster' | 'sandbox'>): boolean {
  if (place.environment !== '') return target.environment === place.environment;
  return target.environment === undefined && (place.sandbox ? target.sandbox : !target.sandbox && target.context === place.cluster);
}

export function countStates(states: Iterable<NodeState>): Readonly<Partial<Record<NodeState, number>>> {
  const counts: Partial<Record<NodeState, number>> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function runOf({ runId, version, status, startedAt, durationMs }: RunSummary): OverviewRun {
  return { runId, version, status, startedAt, ...(durationMs === undefined ? {} : { durationMs }) };
}
