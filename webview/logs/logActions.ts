import type { LogOrigin, LogPattern, LogRequests, LogSelection } from '../../src/shared/protocol';

/** What the log page asks of the host. Failures are told by `notify` and give undefined. */
export interface LogActions {
  readonly setFollow: (follow: boolean) => void;
  readonly reconnect: () => void;
  readonly clear: () => void;
  readonly openInEditor: () => void;
  readonly saveToFile: () => void;
  readonly copy: (text: string) => void;
  /** Undefined when the selection was taken, else why not. */
  readonly select: (selection: LogSelection) => Promise<string | undefined>;
  readonly chooseOrigin: () => Promise<LogOrigin | undefined>;
  readonly newest: () => Promise<void>;
  readonly loadOlder: () => Promise<void>;
  readonly loadNewer: () => Promise<void>;
  /** A sentence when the pattern cannot be used. */
  readonly search: (
    pattern: LogPattern,
    from: number | undefined,
    direction: 'older' | 'newer',
  ) => Promise<LogRequests['search']['result'] | { readonly refused: string } | undefined>;
}
