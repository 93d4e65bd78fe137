import type { ObjectRef } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import { workflowOf } from '../labels';
import type { Cluster } from '../ports';
import { ClusterError } from '../ports';

/** An object that its controllers write all the time is looked at so often before its deletion is given up. */
const looks = 8;

/**
 * Deletes one object that a plan named, and what it owns. It is looked at once more, and the deletion holds for exactly what
 * was seen: an object that was given to someone else meanwhile stays. Answers whether it was there; throws ProblemError
 * `cluster.changed` for another object, ClusterError for the rest.
 */
export async function deleteStep(
  ref: ObjectRef,
  uid: string | undefined,
  { cluster, workflow, signal }: { readonly cluster: Cluster; readonly workflow: string; readonly signal: AbortSignal },
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    const now = await cluster.get(ref, signal);
    if (now === undefined || now.metadata.deletionTimestamp !== undefined) return false;
    if (uid === undefined || now.metadata.uid !== uid || workflowOf(now) !== workflow) throw failure('cluster.changed', { kind: ref.kind, name: ref.name });
    const { resourceVersion } = now.metadata;
    try {
      return await cluster.delete(ref, { uid, propagation: 'Background', signal, ...(resourceVersion === undefined ? {} : { resourceVersion }) });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.failure.kind !== 'conflict' || look === looks) throw error;
    }
  }
}
