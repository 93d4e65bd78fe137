import { ApiError, conflict } from '../apiStatus';
import type { JsonMap, KubeObject } from '../objects';
import { copyOf, sameValue } from '../objects';
import type { RemoveOutcome, RemoveRequest } from './request';

/** Deletes what may go at once; else marks the object as being deleted, with the finalizers that the policy asks for. */
export function removed(request: RemoveRequest, live: KubeObject): RemoveOutcome {
  const { uid, resourceVersion } = request.preconditions ?? {};
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw conflict(request.resource, live.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(
      request.resource,
      live.metadata.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${live.metadata.resourceVersion ?? ''}`,
    );
  }
  const policy = request.propagationPolicy;
  if (policy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(policy)) {
    throw new ApiError(422, 'Invalid', `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${policy}"`, {
      group: 'meta.k8s.io',
      kind: 'DeleteOptions',
      causes: [{ reason: 'FieldValueNotSupported', message: `Unsupported value: "${policy}"`, field: 'propagationPolicy' }],
    });
  }
  const next = copyOf(live);
  // Unless told otherwise, a Job leaves its pods behind.
  const finalizers = finalizersFor(policy ?? (request.resource.kind === 'Job' ? 'Orphan' : undefined), live.metadata.finalizers ?? []);
  if (finalizers.length === 0) delete next.metadata.finalizers;
  else next.metadata.finalizers = finalizers;
  const grace = gracePeriod(request, live);
  const gone = finalizers.length === 0 && grace === 0;
  // A pod is marked even when it goes at once, and the answer shows it so.
  if (gone && request.resource.kind !== 'Pod') return { object: live, changed: false, gone };
  mark(next, live, request.now, grace);
  if (gone) return { object: next, changed: true, gone };
  const changed = !sameValue(next, live);
  return { object: changed ? next : live, changed, gone: false };
}

function finalizersFor(policy: string | undefined, present: readonly string[]): string[] {
  const others = present.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  if (policy === 'Orphan') return [...others, 'orphan'];
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return policy === 'Background' ? others : [...present];
}

/** Only pods take time to stop, and only once they stand on a node. */
function gracePeriod(request: RemoveRequest, live: KubeObject): number {
  if (request.resource.kind !== 'Pod') return 0;
  const spec = (live.spec ?? {}) as JsonMap;
  const phase = ((live.status ?? {}) as JsonMap)['phase'];
  if (typeof spec['nodeName'] !== 'string' || spec['nodeName'] === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = spec['terminationGracePeriodSeconds'];
  return request.gracePeriodSeconds ?? (typeof own === 'number' ? own : 30);
}

/** The first mark counts as a change of the spec; a later delete may only shorten the time that is left. */
function mark(next: KubeObject, live: KubeObject, now: string, grace: number): void {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = live.metadata;
  if (deletionTimestamp !== undefined && grace >= deletionGracePeriodSeconds) return;
  if (deletionTimestamp === undefined && (live.metadata.generation ?? 0) > 0) next.metadata.generation = (live.metadata.generation ?? 0) + 1;
  next.metadata.deletionTimestamp = new Date(Date.parse(now) + grace * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  next.metadata.deletionGracePeriodSeconds = grace;
}
