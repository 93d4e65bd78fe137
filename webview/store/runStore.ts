import { createStore } from 'zustand/vanilla';
import type { DiagnosisPatch, DiagnosisSnapshot } from '../../src/shared/diagnosis';
import type { DriftView } from '../../src/shared/drift';
import { noDrift } from '../../src/shared/drift';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Target } from '../../src/shared/plan';
import type { Problem } from '../../src/shared/problem';
import type { GateDecision, RunEvent, RunStatus } from '../../src/shared/runEvent';
import { isTerminal } from '../../src/shared/runEvent';
import type { RunSnapshot, StreamHealth } from '../../src/shared/stream';
import { Diagnoses } from './diagnoses';
import { NodeStatuses } from './nodeStatuses';

/** How far a run has come with one node. */
export type NodeProgress =
  | { readonly phase: 'applying' }
  | { readonly phase: 'retrying'; readonly attempt: number; readonly problem: Problem }
  | { readonly phase: 'applied'; readonly durationMs: number }
  | { readonly phase: 'ready' }
  /** A gate that waits for its answer, and one that let the run go on. */
  | { readonly phase: 'asking'; readonly message: string }
  | { readonly phase: 'answered'; readonly by: string; readonly isNo: boolean }
  | { readonly phase: 'failed'; readonly problem: Problem }
  | { readonly phase: 'skipped'; readonly reason: 'unchanged' | 'upstream_unreachable' | 'cancelled' | 'gate_rejected' };

export interface RunProgress {
  readonly runId: string;
  readonly status: RunStatus;
  readonly startedAt: string | undefined;
  readonly events: readonly RunEvent[];
  readonly nodes: Readonly<Record<string, NodeProgress>>;
  /** Gates that are answered while the run still waits at others. */
  readonly decisions?: Readonly<Record<string, GateDecision>> | undefined;
}

export interface RunState {
  /** Whether the workspace is trusted; others reach the sandbox only. */
  readonly trusted: boolean;
  readonly target: Target | null;
  /** The name of what was chosen, also while there is no target since it cannot be reached; null when nothing was. */
  readonly chosen: string | null;
  readonly health: StreamHealth;
  readonly run: RunProgress | null;
  /** Where the cluster has left what was applied. */
  readonly drift: DriftView;
  /** The run whose result was put away by the person; its marks leave the nodes. */
  readonly dismissedRunId: string | undefined;
  /** Live statuses; a class of its own, because its listeners are per node. */
  readonly statuses: NodeStatuses;
  /** What is known of edges and nodes hop by hop; its listeners are per edge and node, too. */
  readonly diagnoses: Diagnoses;

  replace(
    nodes: Readonly<Record<string, NodeStatus>>,
    health: StreamHealth,
    run: RunSnapshot | null | undefined,
    target: Target | undefined,
    diagnosis?: DiagnosisSnapshot,
  ): void;
  update(statuses: ReadonlyMap<string, NodeStatus>, runEvents: readonly RunEvent[], health: StreamHealth | undefined, diagnosis?: DiagnosisPatch): void;
  retarget(target: Target | null, chosen: string | null, trusted?: boolean): void;
  showDrift(drift: DriftView): void;
  dismiss(): void;
}

export type RunStore = ReturnType<typeof createRunStore>;

function progressAfter(before: NodeProgress | undefined, event: RunEvent): NodeProgress | undefined {
  switch (event.type) {
    case 'node:started':
      return { phase: 'applying' };
    case 'node:retrying':
      return { phase: 'retrying', attempt: event.attemptNumber, problem: event.problem };
    case 'node:completed':
      return { phase: 'applied', durationMs: event.durationMs };
    case 'human_gate:paused':
      return event.approval === undefined ? { phase: 'asking', message: event.message ?? '' } : before;
    case 'human_gate:resumed':
      return before?.phase === 'asking' ? { phase: 'answered', by: event.decidedBy, isNo: event.decision === 'rejected' } : before;
    case 'node:failed':
      return { phase: 'failed', problem: event.problem };
    case 'node:skipped':
      return { phase: 'skipped', reason: event.reason };
    case 'node:status':
      return before?.phase === 'applied' && event.status.state === 'healthy' ? { phase: 'ready' } : before;
    default:
      return before;
  }
}

function statusAfter(before: RunStatus, event: RunEvent): RunStatus {
  switch (event.type) {
    case 'run:started':
      return 'running';
    case 'run:paused':
      return 'paused';
    case 'human_gate:resumed':
      return 'running';
    case 'run:completed':
      return 'completed';
    case 'run:failed':
      return 'failed';
    case 'run:cancelled':
      return 'cancelled';
    default:
      return before;
  }
}

/** The run after these events. Events of another run begin that run anew; those already known are passed over. */
export function runAfter(before: RunProgress | null, events: readonly RunEvent[]): RunProgress | null {
  let run = before;
  let nodes: Record<string, NodeProgress> | undefined;
  let taken: RunEvent[] | undefined;
  const settled = (): void => {
    if (run !== null && nodes !== undefined && taken !== undefined) run = { ...run, nodes, events: taken };
    nodes = undefined;
    taken = undefined;
  };
  for (const event of events) {
    if (run === null || run.runId !== event.runId) {
      settled();
      run = { runId: event.runId, status: 'pending', startedAt: undefined, events: [], nodes: {} };
    }
    nodes ??= { ...run.nodes };
    taken ??= [...run.events];
    if ((taken.at(-1)?.sequenceNumber ?? 0) >= event.sequenceNumber) continue;
    taken.push(event);
    run = { ...run, status: statusAfter(run.status, event), startedAt: event.type === 'run:started' ? event.timestamp : run.startedAt };
    if ('nodeId' in event) {
      const progress = progressAfter(nodes[event.nodeId], event);
      if (progress !== undefined) nodes[event.nodeId] = progress;
    }
    // Nobody is asked any more.
    if (isTerminal(event)) nodes = Object.fromEntries(Object.entries(nodes).filter(([, { phase }]) => phase !== 'asking'));
  }
  settled();
  return run;
}

function runOf(snapshot: RunSnapshot | null): RunProgress | null {
  const run = snapshot === null ? null : runAfter(null, snapshot.events);
  return run === null || snapshot?.decisions === undefined ? run : { ...run, decisions: snapshot.decisions };
}

/** Whether a process carries the run out right now. One that waits for an answer holds nothing. */
export function isActive(run: RunProgress | null): boolean {
  return run !== null && (run.status === 'pending' || run.status === 'running');
}

export function createRunStore(initial: {
  readonly trusted: boolean;
  readonly target: Target | null;
  readonly chosen: string | null;
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  readonly health: StreamHealth;
  readonly run: RunSnapshot | null;
  readonly diagnosis?: DiagnosisSnapshot | undefined;
  readonly drift?: DriftView;
}) {
  const statuses = new NodeStatuses();
  statuses.replace(initial.nodes);
  const diagnoses = new Diagnoses();
  if (initial.diagnosis !== undefined) diagnoses.replace(initial.diagnosis);
  return createStore<RunState>()((set, get) => ({
    trusted: initial.trusted,
    target: initial.target,
    chosen: initial.chosen,
    health: initial.health,
    run: runOf(initial.run),
    drift: initial.drift ?? noDrift,
    dismissedRunId: undefined,
    statuses,
    diagnoses,
    replace(nodes, health, run, target, diagnosis) {
      statuses.replace(nodes);
      if (diagnosis !== undefined) diagnoses.replace(diagnosis);
      set((state) => ({
        health,
        target: target ?? state.target,
        run: run === undefined ? state.run : runOf(run),
      }));
    },
    update(changes, runEvents, health, diagnosis) {
      statuses.update(changes);
      if (diagnosis !== undefined) diagnoses.update(diagnosis);
      // Statuses have their own listeners: telling this store too would ask every card whether it is meant.
      if (runEvents.length === 0 && health === undefined) return;
      const state = get();
      set({
        ...(runEvents.length > 0 ? { run: runAfter(state.run, runEvents) } : {}),
        ...(health === undefined ? {} : { health }),
      });
    },
    retarget: (target, chosen, trusted) => set(trusted === undefined ? { target, chosen } : { target, chosen, trusted }),
    showDrift: (drift) => set({ drift }),
    dismiss: () => set((state) => ({ dismissedRunId: state.run?.runId })),
  }));
}
