import type { KubeObject } from '../../../shared/kubeObject';
import type { NodeStatus } from '../../../shared/nodeStatus';
import { valueAt } from '../../../shared/json';
import { podTrouble } from '../../status/podTrouble';
import type { Related } from '../../status/verdict';
import { conditionOf, numberAt, onItsWay, unsettled, verdict } from '../../status/verdict';

/** What the API server's controller takes for "no deadline". */
const noDeadlineSeconds = 2_147_483_647;

/**
 * Healthy when the newest template runs in exactly the wanted number of available Pods and the controller says so.
 * The rules and their order are those of kstatus and gitops-engine; a Deployment scaled to 0 wants 0.
 */
export function deploymentHealth(deployment: KubeObject, related: Related): NodeStatus {
  const desired = numberAt(deployment.spec, ['replicas']) ?? 1;
  const count = (field: string): number => numberAt(deployment.status, [field]) ?? 0;
  const replicas = count('replicas');
  const ready = count('readyReplicas');
  const updated = count('updatedReplicas');
  const available = count('availableReplicas');
  const counts = { ready, desired, replicas, readyReplicas: ready, updatedReplicas: updated };

  const early = unsettled(deployment, counts, true);
  if (early?.reason === 'Terminating') return early;
  if (valueAt(deployment.spec, ['paused']) === true) return verdict('suspended', 'Deployment is paused', counts);
  if (early !== undefined) return early;

  const progressing = conditionOf(deployment, 'Progressing');
  const complete = replicas === desired && updated === desired && available >= desired && ready >= desired;
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    const why = podTrouble(related, counts);
    return verdict('error', `Progress deadline exceeded${why === undefined ? '' : `: ${why.message}`}`, {
      ...counts,
      reason: why?.reason ?? 'ProgressDeadlineExceeded',
    });
  }
  if (!complete) {
    const refused = conditionOf(deployment, 'ReplicaFailure');
    if (refused?.status === 'True') return verdict(ready > 0 ? 'partial' : 'error', refused.message, { ...counts, reason: refused.reason });
    const trouble = podTrouble(related, counts);
    if (trouble !== undefined) return trouble;
    return verdict(onItsWay(ready), progressMessage({ desired, replicas, updated, ready, available }), counts);
  }
  const deadline = numberAt(deployment.spec, ['progressDeadlineSeconds']) ?? noDeadlineSeconds;
  const settled = deadline === noDeadlineSeconds || (progressing?.status === 'True' && progressing.reason === 'NewReplicaSetAvailable');
  if (!settled) return verdict(onItsWay(ready), 'Waiting for the new ReplicaSet to be available', counts);
  if (conditionOf(deployment, 'Available')?.status !== 'True') return verdict(onItsWay(ready), 'Waiting for the Deployment to be available', counts);
  return verdict('healthy', desired === 0 ? 'Scaled to 0' : `All ${String(ready)} pods ready`, counts);
}

function progressMessage(n: {
  readonly desired: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}): string {
  if (n.replicas === 0 && n.desired > 0) return 'Starting deployment...';
  if (n.updated < n.desired) return `Rolling out: ${String(n.updated)}/${String(n.desired)} pods updated, ${String(n.ready)} ready`;
  if (n.replicas > n.desired) return `${String(n.replicas - n.desired)} old pods are ending`;
  if (n.ready === 0) return 'No pods are ready';
  if (n.ready < n.desired) return `${String(n.ready)}/${String(n.desired)} pods ready`;
  return `${String(n.available)}/${String(n.desired)} pods available`;
}
