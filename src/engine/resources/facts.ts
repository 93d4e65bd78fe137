import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { ResourceFact } from '../../shared/resource';
import { selectorText } from '../diagnostics/selectors';
import { endpointsOf } from '../kinds/service/health';
import { itemsAt, numberAt, oneLine, textAt } from '../status/verdict';
import { valueText } from '../valueText';
import { ageOf } from './age';
import { wanted } from './listStatus';

/** A fact with how it reads in one line beside others; facts without one are left out of the line. */
export interface BriefFact extends ResourceFact {
  readonly brief?: string;
}

type FactRule = (object: KubeObject, nowMs: number) => readonly BriefFact[];

/** What the kind of an object has to say, most important first; empty for kinds without a rule. Pure. */
export function factsOf(object: KubeObject, nowMs: number): readonly BriefFact[] {
  return (rules.get(`${groupOf(object.apiVersion)}/${object.kind}`)?.(object, nowMs) ?? phaseFact(object)).map((item) => ({
    ...item,
    value: oneLine(item.value),
    ...(item.brief === undefined ? {} : { brief: oneLine(item.brief) }),
  }));
}

const rules: ReadonlyMap<string, FactRule> = new Map<string, FactRule>([
  ['apps/Deployment', (object) => [...readyFacts(object), fact('Available', String(count(object.status, 'availableReplicas')), true)]],
  ['apps/StatefulSet', readyFacts],
  ['apps/ReplicaSet', readyFacts],
  ['apps/DaemonSet', daemonSetFacts],
  ['/Pod', podFacts],
  ['batch/Job', jobFacts],
  ['batch/CronJob', cronJobFacts],
  ['/Service', serviceFacts],
  ['networking.k8s.io/Ingress', ingressFacts],
  ['/ConfigMap', (object) => [keysFact(object)]],
  ['/Secret', (object) => [fact('Secret type', textOf(object.type)), keysFact(object)]],
  ['/PersistentVolumeClaim', claimFacts],
  ['/PersistentVolume', volumeFacts],
  ['storage.k8s.io/StorageClass', storageClassFacts],
  ['autoscaling/HorizontalPodAutoscaler', autoscalerFacts],
  ['networking.k8s.io/NetworkPolicy', networkPolicyFacts],
  ['/Node', nodeFacts],
  ['/Namespace', phaseFact],
  ['/ServiceAccount', (object) => countFact('Image pull secrets', top(object, 'imagePullSecrets').length, 'image pull secret')],
  ['rbac.authorization.k8s.io/Role', (object) => countFact('Rules', top(object, 'rules').length, 'rule')],
  ['rbac.authorization.k8s.io/ClusterRole', (object) => countFact('Rules', top(object, 'rules').length, 'rule')],
  ['rbac.authorization.k8s.io/RoleBinding', bindingFacts],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', bindingFacts],
  ['/Event', eventFacts],
  ['discovery.k8s.io/EndpointSlice', sliceFacts],
  ['policy/PodDisruptionBudget', budgetFacts],
]);

function fact(label: string, value: string, brief: boolean | string = value): BriefFact {
  if (brief === false || value === '') return { label, value };
  return { label, value, brief: brief === true ? `${value} ${label.toLowerCase()}` : brief };
}

/** A count with its noun: `1 port`, `2 ports`. */
function countFact(label: string, number: number, noun: string): readonly BriefFact[] {
  return [fact(label, String(number), `${String(number)} ${number === 1 ? noun : `${noun}s`}`)];
}

function count(root: JsonValue | undefined, field: string): number {
  return numberAt(root, [field]) ?? 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Lists that stand beside `spec`, as RBAC and EndpointSlices have them. */
export function top(object: KubeObject, field: string): readonly JsonObject[] {
  return itemsAt(object as unknown as JsonObject, [field]);
}

function present(facts: readonly (BriefFact | undefined)[]): readonly BriefFact[] {
  return facts.filter((item) => item !== undefined && item.value !== '') as readonly BriefFact[];
}

function readyFacts(object: KubeObject): readonly BriefFact[] {
  const ready = `${String(count(object.status, 'readyReplicas'))}/${String(wanted(object))}`;
  return [fact('Ready', ready, true)];
}

function daemonSetFacts(object: KubeObject): readonly BriefFact[] {
  const ready = `${String(count(object.status, 'numberReady'))}/${String(count(object.status, 'desiredNumberScheduled'))}`;
  return [fact('Ready', ready, true), fact('Available', String(count(object.status, 'numberAvailable')), true)];
}

/** Why a container waits or how it ended, the first that has something to say. */
export function troubleOf(pod: KubeObject): string {
  for (const field of ['initContainerStatuses', 'containerStatuses']) {
    for (const status of itemsAt(pod.status, [field])) {
      const waiting = textAt(status, ['state', 'waiting', 'reason']);
      if (waiting !== undefined && waiting !== 'PodInitializing') return waiting;
      if ((numberAt(status, ['state', 'terminated', 'exitCode']) ?? 0) !== 0) return textAt(status, ['state', 'terminated', 'reason']) ?? 'Error';
    }
  }
  return textAt(pod.status, ['reason']) ?? '';
}

function podFacts(object: KubeObject): readonly BriefFact[] {
  const containers = itemsAt(object.spec, ['containers']);
  const statuses = itemsAt(object.status, ['containerStatuses']);
  const ready = statuses.filter((status) => status['ready'] === true).length;
  const restarts = statuses.reduce((sum, status) => sum + count(status, 'restartCount'), 0);
  const trouble = troubleOf(object);
  return present([
    fact('Ready', `${String(ready)}/${String(containers.length)}`, true),
    trouble === '' ? undefined : fact('Reason', trouble),
    fact('Restarts', String(restarts), restarts === 0 ? false : `${String(restarts)} ${restarts === 1 ? 'restart' : 'restarts'}`),
    fact('Node', textAt(object.spec, ['nodeName']) ?? ''),
    fact('Pod IP', textAt(object.status, ['podIP']) ?? '', false),
    fact('Containers', containers.map((container) => textAt(container, ['name']) ?? '').join(', '), false),
  ]);
}

function jobFacts(object: KubeObject): readonly BriefFact[] {
  const done = `${String(count(object.status, 'succeeded'))}/${String(numberAt(object.spec, ['completions']) ?? 1)}`;
  const failed = count(object.status, 'failed');
  return present([
    fact('Completions', done, true),
    fact('Failed', String(failed), failed !== 0),
    fact('Active', String(count(object.status, 'active')), false),
  ]);
}

function cronJobFacts(object: KubeObject, nowMs: number): readonly BriefFact[] {
  const last = textAt(object.status, ['lastScheduleTime']);
  return present([
    fact('Schedule', textAt(object.spec, ['schedule']) ?? ''),
    valueAt(object.spec, ['suspend']) === true ? fact('Suspended', 'yes', 'suspended') : undefined,
    last === undefined ? undefined : fact('Last run', last, `last run ${ageOf(last, nowMs)} ago`),
    fact('Last success', textAt(object.status, ['lastSuccessfulTime']) ?? '', false),
    fact('Concurrency', textAt(object.spec, ['concurrencyPolicy']) ?? 'Allow', false),
    fact('Active', String(itemsAt(object.status, ['active']).length), false),
  ]);
}

/** The addresses that a load balancer gave. */
export function balancerAddresses(object: KubeObject): string {
  return itemsAt(object.status, ['loadBalancer', 'ingress'])
    .map((entry) => textAt(entry, ['ip']) ?? textAt(entry, ['hostname']) ?? '')
    .filter((address) => address !== '')
    .join(', ');
}

function serviceFacts(object: KubeObject): readonly BriefFact[] {
  return present([
    fact('Service type', textAt(object.spec, ['type']) ?? 'ClusterIP'),
    fact('Cluster IP', textAt(object.spec, ['clusterIP']) ?? ''),
    fact('External address', balancerAddresses(object)),
    fact('External name', textAt(object.spec, ['externalName']) ?? ''),
    ...countFact('Ports', itemsAt(object.spec, ['ports']).length, 'port'),
  ]);
}

function ingressFacts(object: KubeObject): readonly BriefFact[] {
  const rulesOf = itemsAt(object.spec, ['rules']);
  const hosts = rulesOf.map((rule) => textAt(rule, ['host']) ?? '*');
  const paths = rulesOf.reduce((sum, rule) => sum + itemsAt(rule, ['http', 'paths']).length, 0);
  return present([
    fact('Class', textAt(object.spec, ['ingressClassName']) ?? ''),
    fact('Hosts', hosts.join(', ')),
    ...countFact('Rules', rulesOf.length, 'rule'),
    ...countFact('Paths', paths, 'path'),
    fact('Load balancer IP', balancerAddresses(object)),
  ]);
}

function keysFact(object: KubeObject): BriefFact {
  const keys = ['data', 'binaryData'].flatMap((field) => {
    const values = (object as unknown as JsonObject)[field];
    return isJsonObject(values) ? Object.keys(values) : [];
  });
  return { ...fact('Keys', keys.join(', '), false), brief: `${String(keys.length)} ${keys.length === 1 ? 'key' : 'keys'}` };
}

function claimFacts(object: KubeObject): readonly BriefFact[] {
  return present([
    fact('Phase', textAt(object.status, ['phase']) ?? ''),
    fact('Capacity', textAt(object.status, ['capacity', 'storage']) ?? textAt(object.spec, ['resources', 'requests', 'storage']) ?? ''),
    fact('Storage class', textAt(object.spec, ['storageClassName']) ?? ''),
    fact('Volume', textAt(object.spec, ['volumeName']) ?? '', false),
    fact('Access modes', list(object.spec, 'accessModes'), false),
  ]);
}

function list(root: JsonValue | undefined, field: string): string {
  const items = valueAt(root, [field]);
  return Array.isArray(items) ? (items as readonly JsonValue[]).map(valueText).join(', ') : '';
}

function volumeFacts(object: KubeObject): readonly BriefFact[] {
  const claim = valueAt(object.spec, ['claimRef']);
  return present([
    fact('Phase', textAt(object.status, ['phase']) ?? ''),
    fact('Capacity', textAt(object.spec, ['capacity', 'storage']) ?? ''),
    fact('Claim', isJsonObject(claim) ? `${textAt(claim, ['namespace']) ?? ''}/${textAt(claim, ['name']) ?? ''}` : ''),
    fact('Reclaim policy', textAt(object.spec, ['persistentVolumeReclaimPolicy']) ?? ''),
    fact('Storage class', textAt(object.spec, ['storageClassName']) ?? '', false),
    fact('Access modes', list(object.spec, 'accessModes'), false),
  ]);
}

function storageClassFacts(object: KubeObject): readonly BriefFact[] {
  const root = object as unknown as JsonObject;
  const isDefault = object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
  return present([
    fact('Provisioner', textOf(root['provisioner'])),
    isDefault ? fact('Default class', 'yes', 'default') : undefined,
    fact('Reclaim policy', textOf(root['reclaimPolicy']), false),
    fact('Volume binding', textOf(root['volumeBindingMode']), false),
  ]);
}

function autoscalerFacts(object: KubeObject): readonly BriefFact[] {
  const current = `${String(count(object.status, 'currentReplicas'))}/${String(count(object.status, 'desiredReplicas'))}`;
  const bounds = `${String(numberAt(object.spec, ['minReplicas']) ?? 1)}–${String(count(object.spec, 'maxReplicas'))}`;
  return present([
    fact('Replicas', current, true),
    fact('Bounds', bounds),
    fact('Scales', `${textAt(object.spec, ['scaleTargetRef', 'kind']) ?? ''}/${textAt(object.spec, ['scaleTargetRef', 'name']) ?? ''}`),
  ]);
}

function networkPolicyFacts(object: KubeObject): readonly BriefFact[] {
  return [
    fact('Policy types', list(object.spec, 'policyTypes'), false),
    fact('Pods', selectorText(valueAt(object.spec, ['podSelector'])), false),
    ...countFact('Ingress rules', itemsAt(object.spec, ['ingress']).length, 'ingress rule'),
    ...countFact('Egress rules', itemsAt(object.spec, ['egress']).length, 'egress rule'),
  ];
}

function nodeFacts(object: KubeObject): readonly BriefFact[] {
  const cpu = textAt(object.status, ['capacity', 'cpu']) ?? String(numberAt(object.status, ['capacity', 'cpu']) ?? '');
  return present([
    fact('CPU', cpu, `${cpu} CPU`),
    fact('Memory', textAt(object.status, ['capacity', 'memory']) ?? ''),
    valueAt(object.spec, ['unschedulable']) === true ? fact('Scheduling', 'disabled', 'cordoned') : undefined,
    fact('Kubelet', textAt(object.status, ['nodeInfo', 'kubeletVersion']) ?? ''),
  ]);
}

function bindingFacts(object: KubeObject): readonly BriefFact[] {
  const role = (object as unknown as JsonObject)['roleRef'];
  return [fact('Role', `${textAt(role, ['kind']) ?? ''}/${textAt(role, ['name']) ?? ''}`), ...countFact('Subjects', top(object, 'subjects').length, 'subject')];
}

function eventFacts(object: KubeObject): readonly BriefFact[] {
  const root = object as unknown as JsonObject;
  return present([
    fact('Reason', textOf(root['reason'])),
    fact('Message', textOf(root['message'])),
    fact('Object', `${textAt(root['involvedObject'], ['kind']) ?? ''}/${textAt(root['involvedObject'], ['name']) ?? ''}`),
    fact('Count', String(eventCount(object)), eventCount(object) === 1 ? false : `× ${String(eventCount(object))}`),
  ]);
}

/** How often an event happened, in its old or its new form. */
export function eventCount(event: KubeObject): number {
  const root = event as unknown as JsonObject;
  return numberAt(root['series'], ['count']) ?? numberAt(root, ['count']) ?? 1;
}

function sliceFacts(object: KubeObject): readonly BriefFact[] {
  const endpoints = endpointsOf(object);
  const ready = endpoints.filter((endpoint) => valueAt(endpoint, ['conditions', 'ready']) !== false).length;
  return [
    ...countFact('Endpoints', endpoints.length, 'endpoint'),
    fact('Ready', String(ready), true),
    fact('Address type', textOf((object as unknown as JsonObject)['addressType']), false),
  ];
}

function budgetFacts(object: KubeObject): readonly BriefFact[] {
  const allowed = count(object.status, 'disruptionsAllowed');
  return present([
    fact('Disruptions allowed', String(allowed), `${String(allowed)} ${allowed === 1 ? 'disruption' : 'disruptions'} allowed`),
    fact('Min available', valueText(valueAt(object.spec, ['minAvailable'])), false),
    fact('Max unavailable', valueText(valueAt(object.spec, ['maxUnavailable'])), false),
    fact('Healthy', `${String(count(object.status, 'currentHealthy'))}/${String(count(object.status, 'desiredHealthy'))}`, true),
  ]);
}

function phaseFact(object: KubeObject): readonly BriefFact[] {
  return present([fact('Phase', textAt(object.status, ['phase']) ?? '')]);
}
