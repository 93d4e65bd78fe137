import type { ClusterEventView } from './stream';

/** What is on the cluster behind one node at this moment, beyond its status: asked for while a person looks at the node. */
export interface NodeLive {
  readonly pods: readonly LivePod[];
  /** Pods beyond those that are told. */
  readonly morePods: number;
  /** Of the node's objects and its pods, the newest first, each with what it is about. */
  readonly events: readonly (ClusterEventView & { readonly about: string })[];
  /** These credentials may not read events. */
  readonly eventsHidden: boolean;
  /** What its pods use now, all together; absent where the cluster does not measure it, or not for these credentials. */
  readonly usage?: { readonly cpuMillis: number; readonly memoryBytes: number };
}

export interface LivePod {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly restarts: number;
  /** What a container of it waits for, in the cluster's word. */
  readonly waiting?: string;
  /** ISO 8601. */
  readonly createdAt: string;
}
