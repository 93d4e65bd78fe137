import type { ObjectRef } from './kubeObject';
import type { ResourceAction, ResourceDetail } from './resource';
import type { StreamHealth } from './stream';

/** The parts of a resource's page. */
export const resourceTabs = ['overview', 'describe', 'yaml', 'events', 'history'] as const;
export type ResourceTab = (typeof resourceTabs)[number];

/** Requests and events of the page of one resource. */
export interface ResourceRequests {
  ready: { params: Record<string, never>; result: { readonly tab: ResourceTab; readonly texts: Readonly<Record<string, string>> } };
  reconnect: { params: Record<string, never>; result: null };
  act: { params: { action: ResourceAction }; result: null };
  /** Opens the page of an owner or of what belongs to it. */
  openResource: { params: { ref: ObjectRef }; result: null };
  openYaml: { params: Record<string, never>; result: null };
}

export interface ResourceEvents {
  /** The whole state; `detail` is null as long as the object was never read. */
  detail: {
    readonly detail: ResourceDetail | null;
    readonly health: StreamHealth;
    /** What could not be read beside it, in sentences. */
    readonly missing: readonly string[];
    /** The object is not there, and was not when the page was opened. */
    readonly absent: boolean;
  };
  showTab: { readonly tab: ResourceTab };
}
