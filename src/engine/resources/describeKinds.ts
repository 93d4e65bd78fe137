import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { ResourceFact, ResourceSection } from '../../shared/resource';
import { endpointsOf } from '../kinds/service/health';
import { itemsAt, numberAt, oneLine, textAt } from '../status/verdict';
import { valueText } from '../valueText';
import { top } from './facts';
import { dataKeys } from './readable';

type Sections = (object: KubeObject) => readonly (ResourceSection | undefined)[];

/** The sections that only this kind has; none for kinds without any. */
export function kindSections(object: KubeObject): readonly ResourceSection[] {
  return (sectionsOf.get(`${groupOf(object.apiVersion)}/${object.kind}`)?.(object) ?? []).filter((section) => section !== undefined);
}

const sectionsOf: ReadonlyMap<string, Sections> = new Map<string, Sections>([
  ['apps/Deployment', (object) => [rollout(object), ...podSpec(valueAt(object.spec, ['template', 'spec']))]],
  ['apps/StatefulSet', (object) => [rollout(object), ...podSpec(valueAt(object.spec, ['template', 'spec'])), claimTemplates(object)]],
  ['apps/DaemonSet', (object) => [rollout(object), ...podSpec(valueAt(object.spec, ['template', 'spec']))]],
  ['apps/ReplicaSet', (object) => [rollout(object), ...podSpec(valueAt(object.spec, ['template', 'spec']))]],
  ['/Pod', (object) => [containerStates(object), ...podSpec(object.spec), scheduling(object)]],
  ['batch/Job', (object) => [jobLimits(object, []), ...podSpec(valueAt(object.spec, ['template', 'spec']))]],
  ['batch/CronJob', (object) => [cronJob(object), ...podSpec(valueAt(object.spec, ['jobTemplate', 'spec', 'template', 'spec']))]],
  ['/Service', service],
  ['networking.k8s.io/Ingress', ingress],
  ['/ConfigMap', (object) => [data(object)]],
  ['/Secret', (object) => [data(object)]],
  ['/PersistentVolume', (object) => [volumeSource(object)]],
  ['storage.k8s.io/StorageClass', (object) => [fieldsOf('Parameters', pairsOf(root(object)['parameters']))]],
  ['autoscaling/HorizontalPodAutoscaler', (object) => [metrics(object)]],
  ['networking.k8s.io/NetworkPolicy', networkPolicy],
  ['/Node', node],
  ['/ServiceAccount', (object) => [named('Image pull secrets', top(object, 'imagePullSecrets')), named('Secrets', top(object, 'secrets'))]],
  ['rbac.authorization.k8s.io/Role', (object) => [roleRules(object)]],
  ['rbac.authorization.k8s.io/ClusterRole', (object) => [roleRules(object)]],
  ['rbac.authorization.k8s.io/RoleBinding', (object) => [subjects(object)]],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', (object) => [subjects(object)]],
  ['discovery.k8s.io/EndpointSlice', slice],
  ['policy/PodDisruptionBudget', (object) => [fieldsOf('Selector', selectorFields(valueAt(object.spec, ['selector'])))]],
  ['/Event', (object) => [eventObject(object)]],
]);

function root(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

function fieldsOf(title: string, fields: readonly ResourceFact[]): ResourceSection | undefined {
  const shown = fields.filter(({ value }) => value !== '').map(({ label, value }) => ({ label: oneLine(label), value: oneLine(value) }));
  return shown.length === 0 ? undefined : { title, fields: shown };
}

function tableOf(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): ResourceSection | undefined {
  return rows.length === 0 ? undefined : { title, fields: [], table: { columns, rows: rows.map((row) => row.map(oneLine)) } };
}

const at = (value: JsonValue | undefined, ...path: readonly string[]): string => {
  const found = valueAt(value, path);
  return found === null ? '' : valueText(found);
};

function strings(value: JsonValue | undefined, field: string): string {
  const found = valueAt(value, [field]);
  return Array.isArray(found) ? (found as readonly JsonValue[]).map(valueText).join(', ') : '';
}

function pairsOf(value: JsonValue | undefined): readonly ResourceFact[] {
  return isJsonObject(value) ? Object.entries(value).map(([label, item]) => ({ label, value: valueText(item) })) : [];
}

function named(title: string, items: readonly JsonObject[]): ResourceSection | undefined {
  return tableOf(
    title,
    ['Name'],
    items.map((item) => [at(item, 'name')]),
  );
}

function selectorFields(selector: JsonValue | undefined): readonly ResourceFact[] {
  const expressions = itemsAt(selector, ['matchExpressions']).map((item) => ({
    label: at(item, 'key'),
    value: `${at(item, 'operator')} ${strings(item, 'values')}`.trim(),
  }));
  return [...pairsOf(valueAt(selector, ['matchLabels'])), ...expressions];
}

function selectorText(selector: JsonValue | undefined): string {
  const parts = selectorFields(selector).map(({ label, value }) => `${label}=${value}`);
  return parts.length === 0 ? '*' : parts.join(', ');
}

function rollout(object: KubeObject): ResourceSection | undefined {
  const strategy = valueAt(object.spec, ['strategy']) ?? valueAt(object.spec, ['updateStrategy']);
  return fieldsOf('Rollout', [
    { label: 'Selector', value: selectorText(valueAt(object.spec, ['selector'])) },
    { label: 'Strategy', value: at(strategy, 'type') },
    { label: 'Max unavailable', value: at(strategy, 'rollingUpdate', 'maxUnavailable') },
    { label: 'Max surge', value: at(strategy, 'rollingUpdate', 'maxSurge') },
    { label: 'Updated', value: at(object.status, 'updatedReplicas') },
    { label: 'Paused', value: valueAt(object.spec, ['paused']) === true ? 'yes' : '' },
    { label: 'Service name', value: at(object.spec, 'serviceName') },
  ]);
}

function podSpec(spec: JsonValue | undefined): readonly (ResourceSection | undefined)[] {
  const containers = ['initContainers', 'containers'].flatMap((list) =>
    itemsAt(spec, [list]).map((container) => [
      list === 'containers' ? at(container, 'name') : `${at(container, 'name')} (init)`,
      at(container, 'image'),
      itemsAt(container, ['ports'])
        .map((port) => `${at(port, 'containerPort')}/${at(port, 'protocol') || 'TCP'}`)
        .join(', '),
      [valueAt(container, ['command']), valueAt(container, ['args'])]
        .filter(Array.isArray)
        .flatMap((words) => (words as readonly JsonValue[]).map(valueText))
        .join(' '),
      amounts(valueAt(container, ['resources', 'requests'])),
      amounts(valueAt(container, ['resources', 'limits'])),
    ]),
  );
  const mounts = itemsAt(spec, ['containers']).flatMap((container) =>
    itemsAt(container, ['volumeMounts']).map((mount) => [
      at(container, 'name'),
      at(mount, 'mountPath'),
      at(mount, 'name'),
      valueAt(mount, ['readOnly']) === true ? 'read only' : '',
    ]),
  );
  const variables = itemsAt(spec, ['containers']).flatMap((container) => [
    ...itemsAt(container, ['env']).map((entry) => [at(container, 'name'), at(entry, 'name'), variableText(entry)]),
    ...itemsAt(container, ['envFrom']).map((entry) => [at(container, 'name'), '*', sourceText(entry)]),
  ]);
  return [
    tableOf('Containers', ['Name', 'Image', 'Ports', 'Command', 'Requests', 'Limits'], containers),
    tableOf('Variables', ['Container', 'Name', 'Value'], variables),
    tableOf('Mounts', ['Container', 'Path', 'Volume', 'Mode'], mounts),
    tableOf('Volumes', ['Name', 'Type', 'Source'], itemsAt(spec, ['volumes']).map(volumeText)),
  ];
}

function amounts(value: JsonValue | undefined): string {
  return pairsOf(value)
    .map(({ label, value: amount }) => `${label} ${amount}`)
    .join(', ');
}

function variableText(entry: JsonObject): string {
  const value = entry['value'];
  return typeof value === 'string' ? value : sourceText(valueAt(entry, ['valueFrom']));
}

/** Where a variable comes from: the kind of the reference and what it names. */
function sourceText(source: JsonValue | undefined): string {
  if (!isJsonObject(source)) return '';
  const [kind, reference] = Object.entries(source).find(([, item]) => isJsonObject(item)) ?? ['', undefined];
  return `${kind} ${[at(reference, 'name'), at(reference, 'key'), at(reference, 'fieldPath'), at(reference, 'resource')].filter((part) => part !== '').join(' ')}`.trim();
}

function volumeText(volume: JsonObject): readonly string[] {
  const [type, source] = Object.entries(volume).find(([key, item]) => key !== 'name' && isJsonObject(item)) ?? ['', undefined];
  const named = at(source, 'claimName') || at(source, 'secretName') || at(source, 'name') || at(source, 'path') || at(source, 'driver');
  return [at(volume, 'name'), type, named];
}

function containerStates(pod: KubeObject): ResourceSection | undefined {
  const states = ['initContainerStatuses', 'containerStatuses'].flatMap((field) =>
    itemsAt(pod.status, [field]).map((status) => [
      at(status, 'name'),
      containerState(valueAt(status, ['state'])),
      status['ready'] === true ? 'yes' : 'no',
      at(status, 'restartCount'),
      containerState(valueAt(status, ['lastState'])),
    ]),
  );
  return tableOf('Container states', ['Name', 'State', 'Ready', 'Restarts', 'Last state'], states);
}

/** `running since …`, `waiting: ImagePullBackOff`, `ended: Completed (0)`; empty when there is none. */
export function containerState(state: JsonValue | undefined): string {
  const running = valueAt(state, ['running']);
  const waiting = valueAt(state, ['waiting']);
  const ended = valueAt(state, ['terminated']);
  if (isJsonObject(running)) return `running since ${at(running, 'startedAt')}`;
  if (isJsonObject(waiting)) return `waiting: ${at(waiting, 'reason')}`;
  if (isJsonObject(ended)) return `ended: ${at(ended, 'reason')} (${at(ended, 'exitCode')})`;
  return '';
}

function scheduling(pod: KubeObject): ResourceSection | undefined {
  return fieldsOf('Scheduling', [
    { label: 'Node', value: at(pod.spec, 'nodeName') },
    { label: 'Service account', value: at(pod.spec, 'serviceAccountName') },
    { label: 'Restart policy', value: at(pod.spec, 'restartPolicy') },
    { label: 'Quality of service', value: at(pod.status, 'qosClass') },
    { label: 'Priority class', value: at(pod.spec, 'priorityClassName') },
    {
      label: 'Tolerations',
      value: itemsAt(pod.spec, ['tolerations'])
        .map((item) => `${at(item, 'key')}:${at(item, 'effect')}`)
        .join(', '),
    },
    { label: 'Node selector', value: amounts(valueAt(pod.spec, ['nodeSelector'])) },
  ]);
}

function jobLimits(object: KubeObject, path: readonly string[]): ResourceSection | undefined {
  return fieldsOf('Limits', [
    { label: 'Parallelism', value: at(object.spec, ...path, 'parallelism') },
    { label: 'Backoff limit', value: at(object.spec, ...path, 'backoffLimit') },
    { label: 'Deadline in seconds', value: at(object.spec, ...path, 'activeDeadlineSeconds') },
    { label: 'Deleted after seconds', value: at(object.spec, ...path, 'ttlSecondsAfterFinished') },
  ]);
}

function cronJob(object: KubeObject): ResourceSection | undefined {
  return fieldsOf('Schedule', [
    { label: 'Schedule', value: at(object.spec, 'schedule') },
    { label: 'Time zone', value: at(object.spec, 'timeZone') },
    { label: 'Concurrency', value: at(object.spec, 'concurrencyPolicy') },
    { label: 'Last success', value: at(object.status, 'lastSuccessfulTime') },
    { label: 'Kept after success', value: at(object.spec, 'successfulJobsHistoryLimit') },
    { label: 'Kept after failure', value: at(object.spec, 'failedJobsHistoryLimit') },
  ]);
}

function claimTemplates(object: KubeObject): ResourceSection | undefined {
  return tableOf(
    'Claim templates',
    ['Name', 'Storage class', 'Size'],
    itemsAt(object.spec, ['volumeClaimTemplates']).map((claim) => [
      at(claim, 'metadata', 'name'),
      at(claim, 'spec', 'storageClassName'),
      at(claim, 'spec', 'resources', 'requests', 'storage'),
    ]),
  );
}

function service(object: KubeObject): readonly (ResourceSection | undefined)[] {
  return [
    fieldsOf('Selector', pairsOf(valueAt(object.spec, ['selector']))),
    tableOf(
      'Ports',
      ['Name', 'Port', 'Target', 'Node port', 'Protocol'],
      itemsAt(object.spec, ['ports']).map((port) => [
        at(port, 'name'),
        at(port, 'port'),
        at(port, 'targetPort'),
        at(port, 'nodePort'),
        at(port, 'protocol') || 'TCP',
      ]),
    ),
    fieldsOf('Traffic', [
      { label: 'Session affinity', value: at(object.spec, 'sessionAffinity') },
      { label: 'External traffic policy', value: at(object.spec, 'externalTrafficPolicy') },
      { label: 'IP families', value: strings(object.spec, 'ipFamilies') },
    ]),
  ];
}

function ingress(object: KubeObject): readonly (ResourceSection | undefined)[] {
  const backend = (value: JsonValue | undefined): string => {
    const target = valueAt(value, ['service']);
    return `${at(target, 'name')}:${at(target, 'port', 'number') || at(target, 'port', 'name')}`;
  };
  return [
    tableOf(
      'Rules',
      ['Host', 'Path', 'Path type', 'Backend'],
      itemsAt(object.spec, ['rules']).flatMap((rule) =>
        itemsAt(rule, ['http', 'paths']).map((path) => [at(rule, 'host') || '*', at(path, 'path'), at(path, 'pathType'), backend(valueAt(path, ['backend']))]),
      ),
    ),
    tableOf(
      'TLS',
      ['Secret', 'Hosts'],
      itemsAt(object.spec, ['tls']).map((entry) => [at(entry, 'secretName'), strings(entry, 'hosts')]),
    ),
  ];
}

function data(object: KubeObject): ResourceSection | undefined {
  return tableOf(
    'Data',
    ['Key', 'Bytes'],
    dataKeys(object).map(({ key, bytes }) => [key, bytes === undefined ? '' : String(bytes)]),
  );
}

function volumeSource(object: KubeObject): ResourceSection | undefined {
  const known = new Set(['claimRef', 'capacity', 'nodeAffinity']);
  const [type, source] = Object.entries(object.spec ?? {}).find(([key, value]) => isJsonObject(value) && !known.has(key)) ?? ['', undefined];
  return type === '' ? undefined : fieldsOf('Source', [{ label: 'Type', value: type }, ...pairsOf(source)]);
}

function metrics(object: KubeObject): ResourceSection | undefined {
  return tableOf(
    'Metrics',
    ['Type', 'Name', 'Target'],
    itemsAt(object.spec, ['metrics']).map((metric) => {
      const type = at(metric, 'type');
      const source = valueAt(metric, [type.charAt(0).toLowerCase() + type.slice(1)]);
      const target = valueAt(source, ['target']);
      const wanted = at(target, 'averageUtilization');
      return [type, at(source, 'name') || at(source, 'metric', 'name'), wanted === '' ? at(target, 'averageValue') || at(target, 'value') : `${wanted}%`];
    }),
  );
}

function networkPolicy(object: KubeObject): readonly (ResourceSection | undefined)[] {
  const peers = (rule: JsonObject, field: 'from' | 'to'): string =>
    itemsAt(rule, [field])
      .map((peer) => {
        const block = at(peer, 'ipBlock', 'cidr');
        if (block !== '') return block;
        const pods = valueAt(peer, ['podSelector']);
        const namespaces = valueAt(peer, ['namespaceSelector']);
        return [pods === undefined ? '' : `pods ${selectorText(pods)}`, namespaces === undefined ? '' : `namespaces ${selectorText(namespaces)}`]
          .filter((part) => part !== '')
          .join(' in ');
      })
      .join('; ') || '*';
  const ports = (rule: JsonObject): string =>
    itemsAt(rule, ['ports'])
      .map((port) => `${at(port, 'port')}/${at(port, 'protocol') || 'TCP'}`)
      .join(', ') || '*';
  const rows = [
    ...itemsAt(object.spec, ['ingress']).map((rule) => ['from', peers(rule, 'from'), ports(rule)]),
    ...itemsAt(object.spec, ['egress']).map((rule) => ['to', peers(rule, 'to'), ports(rule)]),
  ];
  return [
    fieldsOf('Applies to', [
      { label: 'Pods', value: selectorText(valueAt(object.spec, ['podSelector'])) },
      { label: 'Policy types', value: strings(object.spec, 'policyTypes') },
    ]),
    tableOf('Allows', ['Direction', 'Peers', 'Ports'], rows),
  ];
}

function node(object: KubeObject): readonly (ResourceSection | undefined)[] {
  const capacity = valueAt(object.status, ['capacity']);
  const allocatable = valueAt(object.status, ['allocatable']);
  return [
    tableOf(
      'Addresses',
      ['Type', 'Address'],
      itemsAt(object.status, ['addresses']).map((address) => [at(address, 'type'), at(address, 'address')]),
    ),
    tableOf(
      'Resources',
      ['Name', 'Capacity', 'Allocatable'],
      (isJsonObject(capacity) ? Object.keys(capacity) : []).map((name) => [name, at(capacity, name), at(allocatable, name)]),
    ),
    tableOf(
      'Taints',
      ['Key', 'Value', 'Effect'],
      itemsAt(object.spec, ['taints']).map((taint) => [at(taint, 'key'), at(taint, 'value'), at(taint, 'effect')]),
    ),
    fieldsOf('System', [
      { label: 'Operating system', value: at(object.status, 'nodeInfo', 'osImage') },
      { label: 'Kernel', value: at(object.status, 'nodeInfo', 'kernelVersion') },
      { label: 'Container runtime', value: at(object.status, 'nodeInfo', 'containerRuntimeVersion') },
      { label: 'Architecture', value: at(object.status, 'nodeInfo', 'architecture') },
    ]),
  ];
}

function roleRules(object: KubeObject): ResourceSection | undefined {
  return tableOf(
    'Rules',
    ['Verbs', 'API groups', 'Resources', 'Names'],
    top(object, 'rules').map((rule) => [
      strings(rule, 'verbs'),
      strings(rule, 'apiGroups'),
      strings(rule, 'resources') || strings(rule, 'nonResourceURLs'),
      strings(rule, 'resourceNames'),
    ]),
  );
}

function subjects(object: KubeObject): ResourceSection | undefined {
  return tableOf(
    'Subjects',
    ['Kind', 'Namespace', 'Name'],
    top(object, 'subjects').map((subject) => [at(subject, 'kind'), at(subject, 'namespace'), at(subject, 'name')]),
  );
}

function slice(object: KubeObject): readonly (ResourceSection | undefined)[] {
  return [
    tableOf(
      'Endpoints',
      ['Addresses', 'Ready', 'Target', 'Node'],
      endpointsOf(object).map((endpoint) => [
        strings(endpoint, 'addresses'),
        valueAt(endpoint, ['conditions', 'ready']) === false ? 'no' : 'yes',
        textAt(endpoint, ['targetRef', 'name']) === undefined ? '' : `${at(endpoint, 'targetRef', 'kind')}/${at(endpoint, 'targetRef', 'name')}`,
        at(endpoint, 'nodeName'),
      ]),
    ),
    tableOf(
      'Ports',
      ['Name', 'Port', 'Protocol'],
      top(object, 'ports').map((port) => [at(port, 'name'), String(numberAt(port, ['port']) ?? ''), at(port, 'protocol')]),
    ),
  ];
}

function eventObject(object: KubeObject): ResourceSection | undefined {
  const about = root(object)['involvedObject'];
  return fieldsOf('About', [
    { label: 'Kind', value: at(about, 'kind') },
    { label: 'Namespace', value: at(about, 'namespace') },
    { label: 'Name', value: at(about, 'name') },
    { label: 'Field', value: at(about, 'fieldPath') },
  ]);
}
