import type { ObjectRef } from './kubeObject';
import type { NodeState } from './nodeStatus';
import type { ClusterEventView } from './stream';

/** How a list of resources calls what an object does. */
export const resourceWords = ['running', 'pending', 'failed', 'completed', 'unknown', 'deleted', 'warning'] as const;
export type ResourceWord = (typeof resourceWords)[number];

/**
 * The one place where the words of lists and those of the canvas meet. `label` is what a person reads in a list, `state` the
 * canvas's word for the same.
 */
export const resourceWordTable: Readonly<Record<ResourceWord, { readonly label: string; readonly state: NodeState }>> = {
  running: { label: 'Running', state: 'healthy' },
  completed: { label: 'Completed', state: 'healthy' },
  warning: { label: 'Warning', state: 'partial' },
  pending: { label: 'Pending', state: 'pending' },
  failed: { label: 'Failed', state: 'error' },
  deleted: { label: 'Deleted', state: 'missing' },
  unknown: { label: 'Unknown', state: 'unknown' },
};

/** The same table read from the canvas's side; a state without a word of its own takes the nearest one. */
export const wordOfState: Readonly<Record<NodeState, ResourceWord>> = {
  healthy: 'running',
  partial: 'warning',
  pending: 'pending',
  error: 'failed',
  suspended: 'pending',
  missing: 'deleted',
  unknown: 'unknown',
};

/** One thing worth knowing of an object. `label` is an English sentence that views translate; `value` is the cluster's. */
export interface ResourceFact {
  readonly label: string;
  readonly value: string;
}

/** One object as a list shows it. */
export interface ResourceRow {
  readonly name: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** A name of `resourceTypes`, or the kind in lower case. */
  readonly type: string;
  readonly word: ResourceWord;
  /** Why it is in trouble, as the cluster's CamelCase word; absent while it is well. */
  readonly reason?: string;
  /** The facts of its kind in one line. */
  readonly summary: string;
  /** Whole minutes, hours or days, such as `5m`, `3h`, `2d`; empty when the object does not say. */
  readonly age: string;
  readonly createdAt: string;
}

/** A part of a description: fields, a table, or both. Titles, labels and column names are English and translated by views. */
export interface ResourceSection {
  readonly title: string;
  readonly fields: readonly ResourceFact[];
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

export const historyActions = ['created', 'deleted', 'status_changed', 'scaled', 'image_changed', 'labels_changed', 'container_restarted', 'updated'] as const;
export type HistoryAction = (typeof historyActions)[number];

/** One change of an object. Values of Secrets are never in it. */
export interface ResourceChange {
  readonly action: HistoryAction;
  /** One English line, such as `Scaled from 1 to 3 replicas`. */
  readonly text: string;
  readonly fields: readonly { readonly path: string; readonly before: string; readonly after: string }[];
}

export interface HistoryEntry extends ResourceChange {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Changes kept of one resource; older ones leave. */
export const maxHistoryEntries = 100;

/** Another object, in a list or as an owner. */
export interface ResourceLink {
  readonly ref: ObjectRef;
  readonly row: ResourceRow;
}

/** What a view may offer for an object. */
export const resourceActions = ['logs', 'terminal', 'forward', 'restart', 'scale', 'delete'] as const;
export type ResourceAction = (typeof resourceActions)[number];

/** Everything a detail view shows of one object. `object` left the cluster when `gone` is true; the last state is kept. */
export interface ResourceDetail {
  readonly ref: ObjectRef;
  readonly cluster: string;
  readonly gone: boolean;
  readonly row: ResourceRow;
  readonly facts: readonly ResourceFact[];
  /** From the nearest owner upwards. Those that could not be read have `readable: false`. */
  readonly owners: readonly { readonly ref: ObjectRef; readonly readable: boolean }[];
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since: string;
  }[];
  readonly containers: readonly {
    readonly name: string;
    readonly init: boolean;
    readonly image: string;
    readonly state: string;
    readonly ready: boolean;
    readonly restarts: number;
  }[];
  /** Pods of a workload, Jobs of a CronJob. */
  readonly children: readonly ResourceLink[];
  /** How many children there are; more than are in the list for very large workloads. */
  readonly childCount: number;
  readonly sections: readonly ResourceSection[];
  readonly yaml: string;
  readonly events: readonly ClusterEventView[];
  readonly history: readonly HistoryEntry[];
  readonly actions: readonly ResourceAction[];
}
