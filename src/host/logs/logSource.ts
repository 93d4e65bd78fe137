import type { PodInfo } from '../../engine/index';
import type { LogContainer } from '../../shared/stream';

/** One container whose log can be read. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  /** Tells a pod from another one of the same name that took its place. */
  readonly podUid: string;
  /** Its pod was told to end. */
  readonly terminating: boolean;
  readonly container: string;
  readonly type: LogContainer['type'];
  /** How often it was started again. A log that ended is followed anew once this has risen. */
  readonly restarts: number;
  /** False while it has never run: reading would only be refused. */
  readonly started: boolean;
  readonly waiting?: string;
  /** How its last run ended. */
  readonly lastExit?: { readonly exitCode: number; readonly reason: string };
}

/** Every container of these pods: init containers in the order they run, then the others. */
export function sourcesOfPods(pods: readonly PodInfo[]): readonly LogSource[] {
  return pods.flatMap((pod) =>
    [...pod.containers]
      .sort((a, b) => Number(b.init) - Number(a.init))
      .map((container): LogSource => ({
        namespace: pod.namespace,
        pod: pod.name,
        podUid: pod.uid,
        terminating: pod.terminating,
        container: container.name,
        type: container.init ? 'init' : container.ephemeral ? 'ephemeral' : 'container',
        restarts: container.restarts,
        // Without a word about its state, asking is the only way to know.
        started: container.started ?? true,
        ...(container.waiting === undefined ? {} : { waiting: container.waiting }),
        ...(container.lastExit === undefined ? {} : { lastExit: container.lastExit }),
      })),
  );
}

export function sourceKey(source: Pick<LogSource, 'namespace' | 'pod' | 'podUid' | 'container'>): string {
  return `${source.namespace}/${source.pod}/${source.podUid}/${source.container}`;
}

/** The sentences between the lines of a log, in the person's language. */
export interface LogWords {
  /** A failure as one sentence. */
  failure(error: unknown): string;
  restarted(source: LogSource, times: number): string;
  replaced(before: string, after: string): string;
  ended(source: LogSource): string;
  /** `count` lines of this container were not kept. */
  lost(source: LogSource, count: number): string;
  /** A filter is no longer used, since it takes too long on the lines that are there now. */
  setAside(pattern: string): string;
}
