import type { NodeStatus } from './nodeStatus';
import type { RunEvent } from './runEvent';
import type { Target } from './plan';

/** What a stream is about. */
export type StreamKey = `workflow:${string}` | `pod-logs:${string}` | `resource:${string}` | `build:${string}` | `import:${string}`;

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
}

/** Events of `workflow:<id>`. */
export type WorkflowStreamBody =
  | {
      readonly event_type: 'metadata';
      readonly data: { readonly target: Target; readonly health: StreamHealth; readonly nodes: Readonly<Record<string, NodeStatus>> };
    }
  /** Several nodes of one tick travel together; each entry is one published `node_update`. */
  | {
      readonly event_type: 'node_update';
      readonly data: { readonly updates: readonly { readonly node_id: string; readonly type: string; readonly status: NodeStatus }[] };
    }
  | {
      readonly event_type: 'workflow_sync';
      readonly data: { readonly nodes: Readonly<Record<string, NodeStatus>>; readonly health: StreamHealth; readonly run?: RunSnapshot };
    }
  | { readonly event_type: 'run'; readonly data: RunEvent }
  | { readonly event_type: 'error'; readonly data: { readonly message: string; readonly health: StreamHealth } }
  | { readonly event_type: 'complete'; readonly data: { readonly runId: string; readonly status: string } };

/** The present run, for a view that comes late. */
export interface RunSnapshot {
  readonly runId: string;
  readonly events: readonly RunEvent[];
}

export interface ParsedLogLine {
  /** Unique within its stream. */
  readonly id: number;
  readonly pod: string;
  readonly container: string;
  /** RFC 3339, or empty when the line had none. */
  readonly timestamp: string;
  readonly message: string;
}

/** Events of `pod-logs:<id>`. */
export type LogStreamBody =
  | {
      readonly event_type: 'metadata';
      readonly data: {
        readonly nodeId: string;
        readonly namespace: string;
        readonly cluster: string;
        readonly containers: readonly { readonly pod: string; readonly container: string }[];
      };
    }
  | { readonly event_type: 'log'; readonly data: { readonly lines: readonly ParsedLogLine[]; readonly dropped?: number } }
  | { readonly event_type: 'error'; readonly data: { readonly message: string; readonly pod?: string; readonly container?: string } }
  | { readonly event_type: 'complete'; readonly data: { readonly pod: string; readonly container: string } };

export type WorkflowStreamEvent = StreamEnvelope & WorkflowStreamBody;
export type LogStreamEvent = StreamEnvelope & LogStreamBody;

/** Lines a log view keeps; older ones leave at the front. */
export const maxLogLines = 5000;
/** After how long a view asks again for a stream that it lost. */
export const resubscribeDelayMs = 3000;
