import type { Transport } from '../../src/shared/channel';
import { joinedTransports } from '../../src/shared/channel';
import type { HostBridge } from './hostBridge';

/** What every page's counterpart of the development host begins with: the page's bridge, its own end of it, and what was heard there. */
export interface NotedHost {
  readonly bridge: HostBridge;
  readonly own: Transport;
  readonly heard: { readonly name: string; readonly data: unknown }[];
  /** A handler that notes what it was asked and answers `result`. */
  readonly note: <R>(name: string, result: R) => (data: unknown) => R;
}

/** Keeps no state of the page between two openings. */
export function notedHost(): NotedHost {
  const [page, own] = joinedTransports();
  const heard: { readonly name: string; readonly data: unknown }[] = [];
  return {
    bridge: { transport: page, savedState: () => undefined, saveState: () => undefined },
    own,
    heard,
    note: (name, result) => (data) => {
      heard.push({ name, data });
      return result;
    },
  };
}
