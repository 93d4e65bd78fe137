import type { JsonObject } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject, ManagedFieldsEntry } from '../../shared/kubeObject';
import { canonicalJson } from '../digest';
import { fieldManager } from '../labels';
import { asJson } from '../plan/fieldPaths';
import type { Cluster } from '../ports';
import type { RenderedObject } from '../render';
import { ClusterError } from '../ports';

/** What applies on the client's side note as theirs: their last apply, and with it everything that was in it. */
const lastApplied = ['f:metadata', 'f:annotations', 'f:kubectl.kubernetes.io/last-applied-configuration'];
/** An object that its controllers write all the time is tried so often. */
const attempts = 8;

/**
 * Managers that wrote the whole of an object from a file of their own and not by server-side apply: `kubectl apply`, and those that work
 * alike. `others` are some more, by name.
 */
export function clientSideManagers(object: KubeObject, others: readonly string[] = []): readonly string[] {
  const entries = (object.metadata.managedFields ?? []).filter(isOfClientSide(others));
  return [...new Set(entries.flatMap(({ manager }) => manager ?? []))];
}

/** Helm writes what a release holds in the same way, under its own name. */
export function helmManagers(rendered: Pick<RenderedObject, 'adopts'> | undefined): readonly string[] {
  return rendered?.adopts === undefined ? [] : ['helm'];
}

function isOfClientSide(others: readonly string[]): (entry: ManagedFieldsEntry) => boolean {
  return ({ manager, operation, subresource, fieldsV1 }) =>
    operation === 'Update' &&
    (subresource ?? '') === '' &&
    manager !== undefined &&
    (manager === 'kubectl-client-side-apply' || others.includes(manager) || valueAt(fieldsV1, lastApplied) !== undefined);
}

/**
 * Takes over what such a manager owns of an object that was adopted, as moving to server-side apply does: a field that two own stays
 * when one of them wants it no more, so it would outlive its line in the file. No value changes here. What the file does not say is
 * ours from now on, and the next plan shows that it goes; where nothing would go, ownership is settled at once.
 */
export async function takeOverFields(
  applied: KubeObject,
  wanted: KubeObject,
  options: { readonly cluster: Cluster; readonly others: readonly string[]; readonly signal: AbortSignal },
): Promise<KubeObject> {
  const { cluster, others, signal } = options;
  const { apiVersion, kind, metadata } = applied;
  const ref = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  let now: KubeObject | undefined = applied;
  for (let attempt = 1; ; attempt += 1) {
    // One of the same name is another one's by now: nothing of it is touched.
    if (now === undefined || now.metadata.uid !== metadata.uid) return applied;
    const entries = mergedEntries(now.metadata.managedFields ?? [], others);
    if (entries === undefined) return now;
    const { uid = '', resourceVersion = '' } = now.metadata;
    try {
      const patch = { metadata: { uid, resourceVersion, managedFields: entries as unknown as JsonObject[] } };
      const taken = await cluster.mergePatch(ref, patch, { fieldManager, signal });
      const guard = { fieldManager, uid, signal, ...(taken.metadata.resourceVersion === undefined ? {} : { resourceVersion: taken.metadata.resourceVersion }) };
      const settled = await cluster.apply(wanted, { ...guard, dryRun: true });
      return contentOf(settled) === contentOf(taken) ? await cluster.apply(wanted, guard) : taken;
    } catch (error) {
      if (attempt === attempts || !(error instanceof ClusterError) || error.failure.kind !== 'conflict' || error.failure.conflicts.length > 0) throw error;
      now = await cluster.get(ref, signal);
    }
  }
}

/** All of an object but what every write changes. */
function contentOf(object: KubeObject): string {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  return canonicalJson(asJson({ ...object, metadata }));
}

/** The entries with those of client-side managers in ours; undefined when there are none, or none in the version that we write. */
function mergedEntries(entries: readonly ManagedFieldsEntry[], others: readonly string[]): readonly ManagedFieldsEntry[] | undefined {
  const ours = entries.find((one) => one.manager === fieldManager && one.operation === 'Apply' && (one.subresource ?? '') === '');
  if (ours === undefined) return undefined;
  const isTheirs = isOfClientSide(others);
  // Sets of two versions name fields that need not be the same.
  const theirs = entries.filter((one) => isTheirs(one) && one.apiVersion === ours.apiVersion);
  if (theirs.length === 0) return undefined;
  const fieldsV1 = theirs.reduce((sum, one) => union(sum, one.fieldsV1 ?? {}), ours.fieldsV1 ?? {});
  return entries.flatMap((one) => (one === ours ? [{ ...ours, fieldsV1 }] : theirs.includes(one) ? [] : [one]));
}

/** The union of two field sets. A field is in a set when nothing stands below it, or when `.` does. */
function union(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, JsonObject> = {};
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [Object.hasOwn(a, key) ? a[key] : undefined, Object.hasOwn(b, key) ? b[key] : undefined];
    if (!isJsonObject(left) || !isJsonObject(right)) merged[key] = isJsonObject(left) ? left : isJsonObject(right) ? right : {};
    else {
      const below = union(left, right);
      const isIn = [left, right].some((one) => Object.keys(one).length === 0);
      merged[key] = isIn && Object.keys(below).length > 0 ? { '.': {}, ...below } : below;
    }
  }
  return merged;
}
