import type { Transport } from '../../src/shared/channel';

/** What a page needs of whoever holds it: the extension's host, or the development host in the same page. */
export interface HostBridge {
  readonly transport: Transport;
  /** What this page kept across being hidden and reopened; undefined at the first time. */
  savedState(): unknown;
  saveState(state: unknown): void;
}
