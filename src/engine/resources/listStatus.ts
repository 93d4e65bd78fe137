import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import { valueAt } from '../../shared/json';
import type { ResourceWord } from '../../shared/resource';
import { wordOfState } from '../../shared/resource';
import { healthOf } from '../status/healthOf';
import { conditionOf, itemsAt, numberAt, textAt } from '../status/verdict';

/**
 * The word of a list for one object. Lists judge by the numbers that the object itself carries and ask nobody else, so the
 * word of a workload may be harder than the canvas's verdict, which knows of progress.
 */
export function listStatus(object: KubeObject, nowMs: number): ResourceWord {
  const rule = rules.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  return rule === undefined ? wordOfState[healthOf(object, { nowMs }).state] : rule(object);
}

type ListRule = (object: KubeObject) => ResourceWord;

const running: ListRule = () => 'running';

const rules: ReadonlyMap<string, ListRule> = new Map<string, ListRule>([
  ['apps/Deployment', (object) => byReplicas(wanted(object), numberAt(object.status, ['availableReplicas']) ?? 0)],
  ['apps/StatefulSet', (object) => byReplicas(wanted(object), numberAt(object.status, ['readyReplicas']) ?? 0)],
  ['apps/DaemonSet', daemonSetWord],
  ['apps/ReplicaSet', replicaSetWord],
  ['batch/Job', jobWord],
  ['batch/CronJob', (object) => (valueAt(object.spec, ['suspend']) === true ? 'pending' : 'running')],
  ['autoscaling/HorizontalPodAutoscaler', autoscalerWord],
  ['networking.k8s.io/Ingress', (object) => (itemsAt(object.status, ['loadBalancer', 'ingress']).length > 0 ? 'running' : 'pending')],
  ['/Node', (object) => nodeWord(conditionOf(object, 'Ready')?.status)],
  ['/Namespace', (object) => (textAt(object.status, ['phase']) === 'Terminating' ? 'deleted' : 'running')],
  ['/Pod', (object) => podWords.get(textAt(object.status, ['phase']) ?? '') ?? 'unknown'],
  ['/Service', running],
  ['/ConfigMap', running],
  ['/Secret', running],
  ['networking.k8s.io/NetworkPolicy', running],
  ['/PersistentVolumeClaim', (object) => claimWords.get(textAt(object.status, ['phase']) ?? '') ?? 'unknown'],
  ['/PersistentVolume', (object) => volumeWords.get(textAt(object.status, ['phase']) ?? '') ?? 'unknown'],
  ['/Event', eventWord],
  ['events.k8s.io/Event', eventWord],
]);

/** By phase; a phase is the cluster's text, so it is looked up where no inherited name can answer. */
const podWords: ReadonlyMap<string, ResourceWord> = new Map([
  ['Running', 'running'],
  ['Pending', 'pending'],
  ['Succeeded', 'completed'],
  ['Failed', 'failed'],
  ['Unknown', 'unknown'],
] as const);

const claimWords: ReadonlyMap<string, ResourceWord> = new Map([
  ['Bound', 'running'],
  ['Pending', 'pending'],
  ['Lost', 'failed'],
] as const);

const volumeWords: ReadonlyMap<string, ResourceWord> = new Map([
  ['Available', 'running'],
  ['Bound', 'running'],
  ['Pending', 'pending'],
  ['Released', 'warning'],
  ['Failed', 'failed'],
] as const);

/** How many Pods a workload asks for; the API's default is one. */
export function wanted(object: KubeObject): number {
  return numberAt(object.spec, ['replicas']) ?? 1;
}

function byReplicas(desired: number, there: number): ResourceWord {
  if (desired === 0) return 'pending';
  if (there >= desired) return 'running';
  return there > 0 ? 'warning' : 'failed';
}

function daemonSetWord(object: KubeObject): ResourceWord {
  const desired = numberAt(object.status, ['desiredNumberScheduled']) ?? 0;
  const ready = numberAt(object.status, ['numberReady']) ?? 0;
  return byReplicas(desired, ready);
}

/** The sets that a Deployment keeps for going back are empty on purpose, and done. */
function replicaSetWord(object: KubeObject): ResourceWord {
  const desired = wanted(object);
  const owned = (object.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Deployment');
  return desired === 0 && owned ? 'completed' : byReplicas(desired, numberAt(object.status, ['readyReplicas']) ?? 0);
}

function jobWord(object: KubeObject): ResourceWord {
  const succeeded = numberAt(object.status, ['succeeded']) ?? 0;
  const failed = numberAt(object.status, ['failed']) ?? 0;
  if (succeeded >= (numberAt(object.spec, ['completions']) ?? 1)) return 'completed';
  if (failed > (numberAt(object.spec, ['backoffLimit']) ?? 6)) return 'failed';
  if (failed > 0) return 'warning';
  return (numberAt(object.status, ['active']) ?? 0) > 0 ? 'running' : 'pending';
}

function autoscalerWord(object: KubeObject): ResourceWord {
  const current = numberAt(object.status, ['currentReplicas']);
  return current !== undefined && current === numberAt(object.status, ['desiredReplicas']) ? 'running' : 'warning';
}

function nodeWord(ready: string | undefined): ResourceWord {
  if (ready === 'True') return 'running';
  return ready === 'False' ? 'failed' : 'unknown';
}

/** An event is over when it is told; only the type of a bad one counts. */
function eventWord(object: KubeObject): ResourceWord {
  return (object as unknown as { readonly type?: unknown }).type === 'Warning' ? 'warning' : 'completed';
}
