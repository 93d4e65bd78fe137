import type { DiagnosisPatch, DiagnosisSnapshot } from './diagnosis';
import type { JsonObject, JsonValue } from './json';
import type { KubeObject, ObjectRef } from './kubeObject';
import type { NodeStatus } from './nodeStatus';
import type { GateDecision, RunEvent } from './runEvent';
import type { Target } from './plan';
import type { StyledSpan } from './textStyle';

/** What a stream is about. */
export type StreamKey = `workflow:${string}` | `pod-logs:${string}` | `resource:${string}` | `build:${string}` | `import:${string}`;

export type WorkflowStreamKey = `workflow:${string}`;

/** Where the newest log lines of a node are published: by its workflow, since two of them may have nodes of one name. */
export function tailKey(workflow: WorkflowStreamKey, nodeId: string): `pod-logs:${string}` {
  return `pod-logs:${workflow.slice('workflow:'.length)}#${nodeId}`;
}

/** Names and fields as published: consumers ignore events and fields that they do not know. */
export interface StreamEnvelope {
  readonly stream_key: StreamKey;
  /** Begins at 1 for each subscription and has no gaps; a gap means "ask for the snapshot". */
  readonly sequenceNumber: number;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** How well what is shown follows the cluster. */
export interface StreamHealth {
  readonly connected: boolean;
  /** One cleaned line; absent while connected. */
  readonly error?: string;
  /** Since when statuses may be out of date. */
  readonly staleSince?: string;
  /** What these credentials may not watch; statuses are told without it. Not a fault of the connection. */
  readonly forbidden?: readonly ForbiddenWatch[];
}

export interface ForbiddenWatch {
  readonly verb: string;
  /** Lower-case plural, with its group when it has one: `pods`, `deployments.apps`. */
  readonly resource: string;
  /** Empty for the whole cluster. */
  readonly namespace: string;
}

/** Events of `workflow:<id>`. */
export type WorkflowStreamBody =
  | {
      readonly event_type: 'metadata';
      readonly data: {
        readonly target: Target;
        readonly health: StreamHealth;
        readonly nodes: Readonly<Record<string, NodeStatus>>;
        readonly diagnosis?: DiagnosisSnapshot;
      };
    }
  /** Several nodes of one tick travel together; each entry is one published `node_update`. */
  | {
      readonly event_type: 'node_update';
      readonly data: { readonly updates: readonly { readonly node_id: string; readonly type: string; readonly status: NodeStatus }[] };
    }
  /** What is true of edges, and of nodes with what is behind them; null for what is no longer judged. */
  | { readonly event_type: 'diagnosis_update'; readonly data: DiagnosisPatch }
  | {
      readonly event_type: 'workflow_sync';
      /** Without `run`, `target` or `diagnosis`, what is known of these stays. */
      readonly data: {
        readonly nodes: Readonly<Record<string, NodeStatus>>;
        readonly health: StreamHealth;
        readonly run?: RunSnapshot | null;
        readonly target?: Target | null;
        readonly diagnosis?: DiagnosisSnapshot;
      };
    }
  | { readonly event_type: 'run'; readonly data: RunEvent }
  | { readonly event_type: 'error'; readonly data: { readonly message: string; readonly health: StreamHealth } }
  /** A run is over. With an empty `runId` and the status `closed` it is the stream itself that ends. */
  | { readonly event_type: 'complete'; readonly data: { readonly runId: string; readonly status: string } };

/** The present run, for a view that comes late. */
export interface RunSnapshot {
  readonly runId: string;
  readonly events: readonly RunEvent[];
  /** Of a run that waits at several gates: those that are answered already, by their ids. It goes on with the last answer. */
  readonly decisions?: Readonly<Record<string, GateDecision>>;
}

/** What a line of ours between the lines of a log tells. */
export type LogMark = 'restarted' | 'replaced' | 'ended' | 'failed' | 'cut';

export interface ParsedLogLine {
  /** Unique among all log lines of this process. */
  readonly id: number;
  readonly pod: string;
  readonly container: string;
  /** RFC 3339, or empty when the line had none. */
  readonly timestamp: string;
  /** Cleaned: no escape sequence is left in it. */
  readonly message: string;
  /** How parts of the message are drawn, in order, without overlaps. */
  readonly styles?: readonly StyledSpan[];
  /** Not a line of the container: `message` is a sentence of ours about it. */
  readonly mark?: LogMark;
}

/** One container that a log view follows. */
export interface LogContainer {
  readonly pod: string;
  readonly container: string;
  readonly type: 'container' | 'init' | 'ephemeral';
  /** Why it has not begun, such as `ImagePullBackOff`. */
  readonly waiting?: string;
}

/** Events of `pod-logs:<id>`. */
export type LogStreamBody =
  | {
      readonly event_type: 'metadata';
      readonly data: {
        readonly nodeId: string;
        readonly namespace: string;
        readonly cluster: string;
        readonly containers: readonly LogContainer[];
      };
    }
  | {
      readonly event_type: 'log';
      readonly data: {
        readonly lines: readonly ParsedLogLine[];
        /** How many lines before these were not sent, because they came faster than they could be taken. */
        readonly dropped?: number;
        /** Everything shown before is replaced by these, the newest of `kept` lines that match. */
        readonly anew?: { readonly kept: number };
      };
    }
  | { readonly event_type: 'error'; readonly data: { readonly message: string; readonly pod?: string; readonly container?: string } }
  /** One container's log is over; with empty names, the whole stream. */
  | { readonly event_type: 'complete'; readonly data: { readonly pod: string; readonly container: string } };

/** A cluster event about an object, cleaned. Repetitions are counted, as the cluster does. */
export interface ClusterEventView {
  readonly uid: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** ISO 8601; of the last time. */
  readonly lastSeen: string;
  readonly source: string;
}

/**
 * Events of `resource:<id>`. The published documents call a change of status both `status_change` and `status_update`; the
 * code that sent it said `status_update`, and so do we. `object` carries no Secret's values and no fields of other managers.
 */
export type ResourceStreamBody =
  | {
      readonly event_type: 'metadata';
      readonly data: {
        readonly id: string;
        readonly name: string;
        readonly namespace: string;
        /** The kind, such as `Deployment`. */
        readonly type: string;
        readonly status: NodeStatus;
        readonly spec: JsonObject;
        readonly object?: KubeObject;
        readonly events?: readonly ClusterEventView[];
      };
    }
  | {
      readonly event_type: 'status_update';
      readonly data: { readonly resource_id: string; readonly type: string; readonly status: NodeStatus; readonly object?: KubeObject };
    }
  | { readonly event_type: 'event'; readonly data: { readonly resource_id: string; readonly event: ClusterEventView } }
  | { readonly event_type: 'error'; readonly data: { readonly message: string; readonly health?: StreamHealth } }
  /** Nothing more will come: the object is no longer followed. */
  | { readonly event_type: 'complete'; readonly data: { readonly resource_id: string } };

/** Events of `build:<id>` and `import:<id>`. `dropped` says how many lines or steps were left out for a view that is slow. */
export type WorkStreamBody = { readonly event_type: string; readonly data: { readonly [name: string]: JsonValue | undefined; readonly dropped?: number } };

/** What each family of keys carries. */
export interface StreamBodies {
  readonly workflow: WorkflowStreamBody;
  readonly 'pod-logs': LogStreamBody;
  readonly resource: ResourceStreamBody;
  readonly build: WorkStreamBody;
  readonly import: WorkStreamBody;
}
export type StreamFamily = keyof StreamBodies;
export type StreamBodyOf<K extends StreamKey> = K extends `${infer F extends StreamFamily}:${string}` ? StreamBodies[F] : never;
export type StreamEventOf<K extends StreamKey> = StreamEnvelope & StreamBodyOf<K>;

/** The key of one object's stream: `resource:<clusterUid>/<apiVersion>/<kind>/<namespace>/<name>`. */
export function resourceKey(clusterUid: string, ref: ObjectRef): `resource:${string}` {
  return `resource:${clusterUid}/${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

export type WorkflowStreamEvent = StreamEnvelope & WorkflowStreamBody;
export type LogStreamEvent = StreamEnvelope & LogStreamBody;
export type ResourceStreamEvent = StreamEnvelope & ResourceStreamBody;

/** Lines a log view keeps; older ones leave at the front. */
export const maxLogLines = 5000;
/** After how long a view asks again for a stream that it lost. */
export const resubscribeDelayMs = 3000;
