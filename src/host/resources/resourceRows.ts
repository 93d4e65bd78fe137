import type { ResourceInfo } from '../../engine/ports';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ResourceRow } from '../../shared/resource';
import type { OpenedCluster } from '../clusters/sharedClusters';
import type { ListState } from './kindList';
import type { Remarks } from './viewState';

/** A cluster that the view may show. Nothing is asked of it before its row is opened. */
export interface ClusterEntry {
  readonly key: string;
  readonly label: string;
  readonly detail: string;
  readonly sandbox: boolean;
  /** Undefined when it does not run and is not to be started. */
  open(): Promise<OpenedCluster | undefined>;
}

/** A row of the view as data. Ids are stable and begin with their parent's. */
export type Row =
  | { readonly type: 'favourites'; readonly id: string; readonly count: number }
  | { readonly type: 'cluster'; readonly id: string; readonly entry: ClusterEntry; readonly health: 'closed' | 'connected' | 'lost' }
  /** A namespace, or with undefined all that belongs to no namespace. */
  | { readonly type: 'scope'; readonly id: string; readonly clusterKey: string; readonly namespace: string | undefined; readonly typed: boolean }
  | { readonly type: 'group'; readonly id: string; readonly clusterKey: string; readonly group: string; readonly namespaces: readonly string[] | undefined }
  | {
      readonly type: 'kind';
      readonly id: string;
      readonly clusterKey: string;
      readonly kind: ResourceInfo;
      /** Where it is listed: `['']` for everywhere. */
      readonly namespaces: readonly string[];
      /** How many are shown and how many there are, while it is followed. */
      readonly count?: { readonly shown: number; readonly all: number };
    }
  | {
      readonly type: 'object';
      readonly id: string;
      readonly clusterKey: string;
      readonly ref: ObjectRef;
      /** Undefined when it is not known, as a favourite of a cluster that is not open. */
      readonly row: ResourceRow | undefined;
      readonly favourite: boolean;
      /** What a person wrote about it. */
      readonly remarks?: Remarks;
      readonly withNamespace: boolean;
    }
  | { readonly type: 'more'; readonly id: string; readonly kindId: string; readonly left: number }
  | { readonly type: 'note'; readonly id: string; readonly note: Note };

/** Why something is not there, for the view to put into words. */
export type Note =
  | { readonly type: 'forbidden'; readonly verb: string; readonly resource: string; readonly namespace: string }
  | { readonly type: 'notLive'; readonly verb: string | undefined; readonly resource: string }
  | { readonly type: 'stale'; readonly sinceMs: number }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'stopped' }
  | { readonly type: 'empty' }
  | { readonly type: 'noMatch' };

export function noteRow(parent: string, found: Note): Row {
  return { type: 'note', id: `${parent}/:${found.type}`, note: found };
}

/** What the state of a list has to be said of it; undefined while it is as it should be. */
export function noteOf(state: ListState, resource: string, namespace: string): Note | undefined {
  switch (state.type) {
    case 'forbidden':
      return { type: 'forbidden', verb: state.verb, resource, namespace };
    case 'read':
      return { type: 'notLive', verb: state.missingVerb, resource };
    case 'stale':
      return { type: 'stale', sinceMs: state.sinceMs };
    case 'failed':
      return { type: 'failed', error: state.error };
    default:
      return undefined;
  }
}
