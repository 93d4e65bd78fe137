import type { NodeState } from './nodeStatus';
import type { RunStatus } from './runEvent';
import type { WorkflowStatus } from './workflow';

/** What the overview of a workspace shows. It is made anew for each change and sent whole: a page of a few hundred lines. */
export interface Overview {
  readonly figures: readonly OverviewFigure[];
  readonly workflows: readonly OverviewWorkflow[];
  readonly clusters: readonly OverviewCluster[];
  /** Whether a folder is open at all. */
  readonly hasFolder: boolean;
}

export const figureNames = ['workflows', 'published', 'runs', 'success'] as const;

export interface OverviewFigure {
  readonly name: (typeof figureNames)[number];
  /** Null where there is nothing to count yet. `success` is in percent. */
  readonly value: number | null;
  /** Against the thirty days before the last thirty; null where the files do not tell. Percentage points for `success`. */
  readonly change: number | null;
}

export interface OverviewRun {
  readonly runId: string;
  readonly version: number;
  readonly status: RunStatus;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs?: number;
}

/** One place that a workflow goes to: an environment, or the cluster that was chosen for it. */
export interface OverviewPlace {
  /** An environment's name; empty for a cluster that was chosen without one. */
  readonly environment: string;
  /** The context or cluster; empty when none is named. */
  readonly cluster: string;
  readonly sandbox: boolean;
  readonly namespace: string;
  readonly protected: boolean;
  /** Commands and views act here now. */
  readonly current: boolean;
  /** How many nodes are in which state; empty when nothing is known. */
  readonly states: Readonly<Partial<Record<NodeState, number>>>;
  /** Nodes of which nothing was made there yet; they have no state. */
  readonly notDeployed: number;
  /** ISO 8601; these states are what was last seen, and not followed now. */
  readonly staleSince?: string;
  /** Why it cannot be followed, in words. */
  readonly error?: string;
  /** Objects that differ from the file, where that is known. */
  readonly drifted: number;
  readonly lastRun?: OverviewRun;
}

/** A node that is not as it should be. */
export interface OverviewTrouble {
  readonly nodeId: string;
  readonly state: NodeState;
  readonly message: string;
}

export interface OverviewWorkflow {
  /** The file's address. */
  readonly id: string;
  readonly name: string;
  /** The folder's name, where several are open. */
  readonly folder?: string;
  readonly description: string;
  readonly status: WorkflowStatus;
  readonly tags: readonly string[];
  readonly nodes: number;
  readonly errors: number;
  readonly warnings: number;
  /** Why the file cannot be read, in words. */
  readonly unreadable?: string;
  readonly places: readonly OverviewPlace[];
  /** The worst first. */
  readonly troubles: readonly OverviewTrouble[];
  readonly moreTroubles: number;
  readonly runs: number;
  readonly running: boolean;
  /** Questions of a run that nobody has answered. */
  readonly waiting: number;
}

export const clusterStates = ['connected', 'disconnected', 'error', 'unknown'] as const;

export interface OverviewCluster {
  readonly id: string;
  readonly name: string;
  readonly state: (typeof clusterStates)[number];
  /** Why it is not connected, in words. */
  readonly detail?: string;
  readonly version?: string;
  readonly nodes?: number;
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
}

export const overviewActions = ['newWorkflow', 'openExample', 'importCompose', 'openFolder', 'search'] as const;
export type OverviewAction = (typeof overviewActions)[number];

/** Requests and events of the overview's page. What is opened is named by what the host has told of before. */
export interface OverviewRequests {
  ready: { params: Record<string, never>; result: { readonly texts: Readonly<Record<string, string>> } };
  openWorkflow: { params: { id: string; nodeId?: string }; result: null };
  openRun: { params: { id: string; runId: string }; result: null };
  showCluster: { params: { id: string }; result: null };
  act: { params: { action: OverviewAction }; result: null };
}

export interface OverviewEvents {
  overview: Overview;
}
