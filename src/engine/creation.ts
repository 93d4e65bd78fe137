import type { JsonObject } from '../shared/json';
import { isJsonObject } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { fieldManager } from './labels';

/** What controllers add to an object that others made. */
const addedByControllers: ReadonlySet<string> = new Set(['f:annotations', 'f:finalizers', 'f:ownerReferences']);
/** Both times are whole seconds of one request; it may stand across the turn of one. */
const sameRequestMs = 1000;

/**
 * Whether our first apply made this object, judged by an object that nobody but a run has changed since. Server-side apply has
 * no "only if it is new", so an apply may land on an object that somebody made a moment before: then that one's fields are
 * another manager's, and it is older than our entry.
 */
export function isMadeByUs(object: KubeObject): boolean {
  const entries = object.metadata.managedFields ?? [];
  const others = entries.filter((entry) => entry.manager !== fieldManager && (entry.subresource ?? '') === '' && !entry.manager?.startsWith('kube-'));
  if (others.some((entry) => makesSomething(entry.fieldsV1))) return false;
  const ours = entries.find((entry) => entry.manager === fieldManager && entry.operation === 'Apply' && (entry.subresource ?? '') === '');
  const [madeMs, oursMs] = [Date.parse(object.metadata.creationTimestamp ?? ''), Date.parse(ours?.time ?? '')];
  return Number.isNaN(madeMs) || Number.isNaN(oursMs) || oursMs - madeMs <= sameRequestMs;
}

function makesSomething(fields: JsonObject | undefined): boolean {
  return Object.entries(fields ?? {}).some(([key, below]) => {
    if (key === 'f:status') return false;
    return key !== 'f:metadata' || !isJsonObject(below) || Object.keys(below).some((part) => part !== '.' && !addedByControllers.has(part));
  });
}
