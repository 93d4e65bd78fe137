// Plain objects of each kind and ways to change them, sound and unsound. Deployments are paused and pods name a scheduler
// that does not exist, so that no controller changes them between two requests.
import type { Json, JsonMap } from '../../sandbox/objects';
import type { Kind } from './differentialCases';
import { furtherEdits, furtherObjectOf } from './differentialFurther';

export interface Edit {
  readonly name: string;
  /** As a merge patch; also used as a strategic patch and as a part to apply. */
  readonly patch: JsonMap;
  /** Whether the server takes it on a fresh object. */
  readonly sound: boolean;
}

const resources: Readonly<Record<Kind, readonly [prefix: string, plural: string]>> = {
  Deployment: ['/apis/apps/v1', 'deployments'],
  Service: ['/api/v1', 'services'],
  ConfigMap: ['/api/v1', 'configmaps'],
  Secret: ['/api/v1', 'secrets'],
  Ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
  Pod: ['/api/v1', 'pods'],
  ReplicaSet: ['/apis/apps/v1', 'replicasets'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  DaemonSet: ['/apis/apps/v1', 'daemonsets'],
  ControllerRevision: ['/apis/apps/v1', 'controllerrevisions'],
  Job: ['/apis/batch/v1', 'jobs'],
  CronJob: ['/apis/batch/v1', 'cronjobs'],
  PersistentVolumeClaim: ['/api/v1', 'persistentvolumeclaims'],
  ServiceAccount: ['/api/v1', 'serviceaccounts'],
  NetworkPolicy: ['/apis/networking.k8s.io/v1', 'networkpolicies'],
  HorizontalPodAutoscaler: ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  PodDisruptionBudget: ['/apis/policy/v1', 'poddisruptionbudgets'],
  Role: ['/apis/rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['/apis/rbac.authorization.k8s.io/v1', 'rolebindings'],
  LimitRange: ['/api/v1', 'limitranges'],
  ResourceQuota: ['/api/v1', 'resourcequotas'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases'],
  Shelf: ['/apis/differential.kubeorch.dev/v1', 'shelves'],
};

/** The path of the collection, or of one object; `$ns` stands for the namespace. */
export function pathOf(kind: Kind, name?: string): string {
  const [prefix, plural] = resources[kind];
  return `${prefix}/namespaces/$ns/${plural}${name === undefined ? '' : `/${name}`}`;
}

export function objectOf(kind: Kind, name: string): JsonMap {
  const metadata = { name, labels: { app: name } };
  switch (kind) {
    case 'Deployment':
      return {
        apiVersion: 'apps/v1',
        kind,
        metadata,
        spec: {
          paused: true,
          replicas: 2,
          selector: { matchLabels: { app: 'x' } },
          template: {
            metadata: { labels: { app: 'x' } },
            spec: { schedulerName: 'nobody', containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] },
          },
        },
      };
    case 'Service':
      return { apiVersion: 'v1', kind, metadata, spec: { selector: { app: 'x' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } };
    case 'ConfigMap':
      return { apiVersion: 'v1', kind, metadata, data: { a: '1', b: '2' } };
    case 'Secret':
      return { apiVersion: 'v1', kind, metadata, stringData: { user: 'admin' }, data: { token: 'dG9rZW4=' } };
    case 'Ingress':
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind,
        metadata,
        spec: {
          rules: [{ host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
        },
      };
    case 'Pod':
      return {
        apiVersion: 'v1',
        kind,
        metadata,
        spec: { schedulerName: 'nobody', terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: 'nginx' }] },
      };
    default:
      return furtherObjectOf(kind, name);
  }
}

export const sound = (name: string, patch: JsonMap): Edit => ({ name, patch, sound: true });
export const unsound = (name: string, patch: JsonMap): Edit => ({ name, patch, sound: false });

const common: readonly Edit[] = [
  sound('nothing', {}),
  sound('labels', { metadata: { labels: { tier: 'front', 'example.com/team': 'red' } } }),
  sound('a label of its own', { metadata: { labels: { owner: 'b' } } }),
  sound('the other value of that label', { metadata: { labels: { owner: 'c' } } }),
  sound('annotations', { metadata: { annotations: { note: 'a <b> & "c"', empty: '' } } }),
  sound('empty maps', { metadata: { labels: {}, annotations: {} } }),
  unsound('a bad label key', { metadata: { labels: { 'not a key': 'x' } } }),
  unsound('a bad label value', { metadata: { labels: { ok: 'no spaces here' } } }),
  unsound('a bad annotation key', { metadata: { annotations: { '/x': 'y' } } }),
  unsound('an unknown field of metadata', { metadata: { lables: { a: 'b' } } }),
  unsound('an unknown field at the top', { sepc: { a: 1 } }),
  unsound('labels of a wrong type', { metadata: { labels: { count: 3 } } }),
  unsound('an incomplete owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: '', name: 'root', uid: 'u' }] } }),
  unsound('a bad finalizer', { metadata: { finalizers: ['not a finalizer'] } }),
  unsound('another namespace', { metadata: { namespace: 'elsewhere' } }),
  unsound('another name', { metadata: { name: 'someone-else' } }),
];

const web = (extra: JsonMap): JsonMap => ({ name: 'web', image: 'nginx:1.27', ...extra });

/** Edits of a pod spec, to be put where the kind has it. */
const podEdits: readonly (readonly [name: string, spec: JsonMap, sound: boolean])[] = [
  ['an image', { containers: [web({ image: 'nginx:1.28' })] }, true],
  ['an image without a tag', { containers: [web({ image: 'registry.example.com:5000/nginx' })] }, true],
  [
    'environment',
    {
      containers: [
        web({
          env: [
            { name: 'A', value: '1' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
        }),
      ],
    },
    true,
  ],
  [
    'environment from elsewhere',
    { containers: [web({ envFrom: [{ configMapRef: { name: 'c' } }, { prefix: 'P_', secretRef: { name: 's', optional: true } }] })] },
    true,
  ],
  ['resources', { containers: [web({ resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: 0.5, memory: '0.5Gi' } } })] }, true],
  ['limits only', { containers: [web({ resources: { limits: { cpu: '2' } } })] }, true],
  [
    'probes',
    {
      containers: [
        web({
          readinessProbe: { httpGet: { port: 80 } },
          livenessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 3 },
          startupProbe: { exec: { command: ['true'] } },
          ports: [{ name: 'http', containerPort: 80 }],
        }),
      ],
    },
    true,
  ],
  ['two ports of one number', { containers: [web({ ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }] })] }, true],
  ['a second container', { containers: [web({}), { name: 'side', image: 'busybox:latest', command: ['sleep', '1'], args: [] }] }, true],
  ['an init container', { initContainers: [{ name: 'setup', image: 'busybox' }] }, true],
  [
    'volumes',
    {
      volumes: [
        { name: 'a', configMap: { name: 'c' } },
        { name: 'b', secret: { secretName: 's', items: [{ key: 'k', path: 'p' }] } },
        { name: 'c' },
        { name: 'd', hostPath: { path: '/tmp' } },
      ],
      containers: [
        web({
          volumeMounts: [
            { name: 'a', mountPath: '/a', readOnly: true },
            { name: 'c', mountPath: '/c', subPath: 'x' },
          ],
        }),
      ],
    },
    true,
  ],
  ['a service account', { serviceAccountName: 'default', automountServiceAccountToken: false }, true],
  [
    'security',
    { securityContext: { runAsUser: 0, fsGroup: 1000 }, containers: [web({ securityContext: { privileged: false, capabilities: { drop: ['ALL'] } } })] },
    true,
  ],
  ['a place', { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }] }, true],
  ['host network', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet', containers: [web({ ports: [{ containerPort: 80 }] })] }, true],
  ['zeros', { terminationGracePeriodSeconds: 0, hostIPC: false, hostname: '' }, true],
  [
    'lifecycle hooks',
    { containers: [web({ lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 1'] } }, postStart: { httpGet: { path: '/x', port: 80 } } } })] },
    true,
  ],
  ['no image', { containers: [{ name: 'web' }] }, false],
  ['no containers', { containers: [] }, false],
  ['a bad container name', { containers: [{ name: 'Web_1', image: 'nginx' }] }, false],
  ['two containers of one name', { containers: [web({}), web({ image: 'b' })] }, false],
  ['a port out of range', { containers: [web({ ports: [{ containerPort: 70000 }] })] }, false],
  ['a bad port name', { containers: [web({ ports: [{ containerPort: 80, name: 'a--very-long-port-name' }] })] }, false],
  ['a bad protocol', { containers: [web({ ports: [{ containerPort: 80, protocol: 'HTTP' }] })] }, false],
  ['a bad pull policy', { containers: [web({ imagePullPolicy: 'Sometimes' })] }, false],
  ['a bad environment name', { containers: [web({ env: [{ name: 'A=B', value: 'x' }, { name: '' }] })] }, false],
  [
    'an environment value and a source',
    { containers: [web({ env: [{ name: 'A', value: 'x', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] })] },
    false,
  ],
  ['an empty source', { containers: [web({ env: [{ name: 'A', valueFrom: {} }] })] }, false],
  ['more requested than allowed', { containers: [web({ resources: { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } } })] }, false],
  ['an unknown resource', { containers: [web({ resources: { limits: { gpus: '1' } } })] }, false],
  ['a negative quantity', { containers: [web({ resources: { requests: { cpu: '-1' } } })] }, false],
  ['no quantity', { containers: [web({ resources: { limits: { cpu: 'lots' } } })] }, false],
  ['a mount of nothing', { containers: [web({ volumeMounts: [{ name: 'none', mountPath: '/x' }] })] }, false],
  [
    'two mounts at one path',
    {
      volumes: [{ name: 'a', emptyDir: {} }],
      containers: [
        web({
          volumeMounts: [
            { name: 'a', mountPath: '/x' },
            { name: 'a', mountPath: '/x', subPath: '../up' },
          ],
        }),
      ],
    },
    false,
  ],
  [
    'two volumes of one name',
    {
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'a', configMap: { name: 'c' } },
      ],
    },
    false,
  ],
  ['a volume of two sorts', { volumes: [{ name: 'a', emptyDir: {}, configMap: { name: 'c' } }] }, false],
  ['a probe of nothing', { containers: [web({ readinessProbe: { periodSeconds: -1 } })] }, false],
  ['a liveness threshold', { containers: [web({ livenessProbe: { successThreshold: 2, httpGet: { port: 0 } } })] }, false],
  ['a bad restart policy', { restartPolicy: 'Sometimes' }, false],
  ['a bad dns policy', { dnsPolicy: 'Mine' }, false],
  ['a bad toleration', { tolerations: [{ operator: 'Equal', value: 'x' }] }, false],
  ['an unknown field of a container', { containers: [web({ imagePullPolcy: 'Always' })] }, false],
  ['a port as text', { containers: [web({ ports: [{ containerPort: '80' }] })] }, false],
  ['containers as a map', { containers: { web: { image: 'nginx' } } }, false],
];

const deploymentEdits: readonly Edit[] = [
  sound('replicas', { spec: { replicas: 5 } }),
  sound('no replicas at all', { spec: { replicas: 0 } }),
  sound('another strategy', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }),
  sound('a careful strategy', { spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } }),
  sound('minReadySeconds', { spec: { minReadySeconds: 5, revisionHistoryLimit: 0 } }),
  sound('a template annotation', { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } }),
  unsound('negative replicas', { spec: { replicas: -1 } }),
  unsound('replicas as text', { spec: { replicas: '3' } }),
  unsound('replicas as a fraction', { spec: { replicas: 1.5 } }),
  unsound('an unknown field of spec', { spec: { replicaz: 3 } }),
  unsound('another selector', { spec: { selector: { matchLabels: { app: 'y' } } } }),
  unsound('no selector', { spec: { selector: null } }),
  unsound('other template labels', { spec: { template: { metadata: { labels: { app: 'z' } } } } }),
  unsound('a strategy that cannot move', { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } }),
  unsound('a bad percentage', { spec: { strategy: { rollingUpdate: { maxSurge: '25', maxUnavailable: '150%' } } } }),
  unsound('an unknown strategy', { spec: { strategy: { type: 'Slow' } } }),
  unsound('a short deadline', { spec: { minReadySeconds: 700 } }),
  unsound('pods that end', { spec: { template: { spec: { restartPolicy: 'Never' } } } }),
];

const serviceEdits: readonly Edit[] = [
  sound('a second port', {
    spec: {
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'metrics', port: 9090 },
      ],
    },
  }),
  sound('a named target', { spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }] } }),
  sound('a node port type', { spec: { type: 'NodePort' } }),
  sound('a load balancer', { spec: { type: 'LoadBalancer' } }),
  sound('an outer name', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
  sound('sticky sessions', { spec: { sessionAffinity: 'ClientIP' } }),
  sound('another selector', { spec: { selector: { app: 'y', tier: 'front' } } }),
  sound('local traffic', { spec: { internalTrafficPolicy: 'Local' } }),
  sound('not ready addresses', { spec: { publishNotReadyAddresses: true } }),
  sound('udp beside tcp', {
    spec: {
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53 },
      ],
    },
  }),
  unsound('no address', { spec: { clusterIP: 'None' } }),
  unsound('no ports', { spec: { ports: [] } }),
  unsound('two ports without names', { spec: { ports: [{ port: 80 }, { port: 81 }] } }),
  unsound('one port twice', {
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
  }),
  unsound('a port out of range', { spec: { ports: [{ name: 'http', port: 0, targetPort: 70000 }] } }),
  unsound('a bad port name', { spec: { ports: [{ name: 'HTTP_1', port: 80 }] } }),
  unsound('an unknown type', { spec: { type: 'Inner' } }),
  unsound('a bad affinity', { spec: { sessionAffinity: 'Always' } }),
  unsound('a bad selector', { spec: { selector: { 'a b': 'c' } } }),
  unsound('another address', { spec: { clusterIP: '10.96.77.88' } }),
  unsound('an address out of range', { spec: { clusterIP: '192.168.7.7' } }),
  unsound('no address at all', { spec: { clusterIP: 'not-an-ip' } }),
  unsound('a node port for a cluster address', { spec: { ports: [{ name: 'http', port: 80, nodePort: 30080 }] } }),
  unsound('outer traffic for inner ports', { spec: { externalTrafficPolicy: 'Local' } }),
  unsound('an outer name without a name', { spec: { type: 'ExternalName' } }),
  unsound('a port as text', { spec: { ports: [{ name: 'http', port: '80' }] } }),
];

const dataEdits: readonly Edit[] = [
  sound('a key', { data: { c: 'Mw==' } }),
  sound('a key changed', { data: { a: 'MTA=' } }),
  sound('a key removed', { data: { a: null } }),
  unsound('a bad key', { data: { 'a b': 'eA==' } }),
  unsound('a value of a wrong type', { data: { a: 3 } }),
  unsound('frozen', { immutable: true }),
  sound('not frozen', { immutable: false }),
  unsound('an unknown field', { datas: { a: 'eA==' } }),
];

const ingressRule = (host: string, ...paths: Json[]): JsonMap => ({ spec: { rules: [{ host, http: { paths } }] } });
const backend = (extra: JsonMap = {}): JsonMap => ({ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } }, ...extra });

const ingressEdits: readonly Edit[] = [
  sound(
    'two paths',
    ingressRule('b.example.com', backend(), backend({ path: '/api', pathType: 'Exact', backend: { service: { name: 'api', port: { name: 'http' } } } })),
  ),
  sound('any host', { spec: { rules: [{ http: { paths: [backend()] } }] } }),
  sound('a wildcard', ingressRule('*.example.com', backend())),
  sound('a certificate', { spec: { tls: [{ hosts: ['a.example.com'], secretName: 'tls' }] } }),
  sound('a class', { spec: { ingressClassName: 'nginx' } }),
  sound('a default backend', { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } }),
  unsound('no rules', { spec: { rules: [] } }),
  unsound('a bad host', ingressRule('Not_A_Host', backend())),
  unsound('an address as host', ingressRule('10.0.0.1', backend())),
  unsound('a bad wildcard', ingressRule('a.*.com', backend())),
  unsound('no path type', ingressRule('a.example.com', { path: '/', backend: { service: { name: 'web', port: { number: 80 } } } })),
  unsound('an unknown path type', ingressRule('a.example.com', backend({ pathType: 'Regex' }))),
  unsound('a relative path', ingressRule('a.example.com', backend({ path: 'x//y' }))),
  unsound('no paths', ingressRule('a.example.com')),
  unsound('no backend', ingressRule('a.example.com', { path: '/', pathType: 'Prefix', backend: {} })),
  unsound('a backend without a port', ingressRule('a.example.com', backend({ backend: { service: { name: 'web' } } }))),
  unsound('a port by name and number', ingressRule('a.example.com', backend({ backend: { service: { name: 'Web', port: { name: 'http', number: 80 } } } }))),
  unsound('a port out of range', ingressRule('a.example.com', backend({ backend: { service: { name: 'web', port: { number: 99999 } } } }))),
  unsound('a bad secret name', { spec: { tls: [{ hosts: ['Bad_Host'], secretName: 'Not A Name' }] } }),
  unsound('a port as text', ingressRule('a.example.com', backend({ backend: { service: { name: 'web', port: { number: '80' } } } }))),
];

const secretEdits: readonly Edit[] = [
  ...dataEdits,
  sound('plain text', { stringData: { c: 'three', user: 'root' } }),
  unsound('no base64', { data: { c: 'not base64!' } }),
  unsound('another type', { type: 'kubernetes.io/tls' }),
  unsound('a registry login', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'bm90IGpzb24=' } }),
  unsound('a basic login', { type: 'kubernetes.io/basic-auth', stringData: { username: 'a' } }),
  sound('a type of its own', { type: 'example.com/thing' }),
];

const clientApplied = JSON.stringify({ apiVersion: 'v1', data: { a: '1', b: '2' }, kind: 'ConfigMap', metadata: { name: 'x' } });

const configMapEdits: readonly Edit[] = [
  ...dataEdits,
  sound('an apply from the client', { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': clientApplied } } }),
  sound('binary data', { binaryData: { bin: 'AAEC' } }),
  unsound('a key twice', { binaryData: { a: 'AAEC' } }),
];

const skeletonEdits: Readonly<Partial<Record<Kind, readonly Edit[]>>> = {
  Deployment: [...deploymentEdits, ...podEdits.map(([name, spec, good]) => ({ name, patch: { spec: { template: { spec } } }, sound: good }))],
  Service: serviceEdits,
  ConfigMap: configMapEdits,
  Secret: secretEdits,
  Ingress: ingressEdits,
  Pod: podEdits.map(([name, spec, good]) => ({ name, patch: { spec }, sound: good })),
};

export function editsOf(kind: Kind): readonly Edit[] {
  return [...common, ...(skeletonEdits[kind] ?? furtherEdits(kind))];
}

interface JsonPatch {
  readonly name: string;
  readonly operations: Json;
}

const commonPatches: readonly JsonPatch[] = [
  { name: 'add a label', operations: [{ op: 'add', path: '/metadata/labels/patched', value: 'yes' }] },
  { name: 'replace all labels', operations: [{ op: 'replace', path: '/metadata/labels', value: { only: 'this' } }] },
  { name: 'remove what is not there', operations: [{ op: 'remove', path: '/metadata/annotations/none' }] },
  {
    name: 'a test that fails',
    operations: [
      { op: 'test', path: '/metadata/name', value: 'other' },
      { op: 'add', path: '/metadata/labels/x', value: 'y' },
    ],
  },
  { name: 'a bad label value', operations: [{ op: 'add', path: '/metadata/labels/bad', value: 'a b' }] },
  { name: 'a label of a wrong type', operations: [{ op: 'add', path: '/metadata/labels/bad', value: 1 }] },
  { name: 'an unknown field', operations: [{ op: 'add', path: '/metadata/whatever', value: 'x' }] },
  { name: 'another kind', operations: [{ op: 'replace', path: '/kind', value: 'Node' }] },
  { name: 'a patch that is a map', operations: { op: 'add' } },
];

const ownPatches: Readonly<Partial<Record<Kind, readonly JsonPatch[]>>> = {
  Deployment: [
    { name: 'replicas', operations: [{ op: 'replace', path: '/spec/replicas', value: 7 }] },
    { name: 'an image', operations: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'nginx:1.29' }] },
  ],
  Service: [{ name: 'a port', operations: [{ op: 'replace', path: '/spec/ports/0/port', value: 8080 }] }],
  ConfigMap: [{ name: 'a value', operations: [{ op: 'replace', path: '/data/a', value: 'new' }] }],
  Secret: [{ name: 'a value', operations: [{ op: 'add', path: '/data/n', value: 'bmV3' }] }],
  Ingress: [{ name: 'a host', operations: [{ op: 'replace', path: '/spec/rules/0/host', value: 'z.example.com' }] }],
  Pod: [{ name: 'an image', operations: [{ op: 'replace', path: '/spec/containers/0/image', value: 'nginx:1.30' }] }],
};

export function jsonPatchesOf(kind: Kind): readonly JsonPatch[] {
  return [...commonPatches, ...(ownPatches[kind] ?? [])];
}
