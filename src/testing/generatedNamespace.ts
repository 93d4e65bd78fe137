import type { JsonObject, JsonValue } from '../shared/json';
import { jsonObject } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';

/** Numbers that a seed decides (mulberry32), so that a namespace can be made again. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit;
  }

  get coin(): boolean {
    return this.below(2) < 1;
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(this.below(items.length))] ?? items[0];
  }

  some<T>(items: readonly T[]): readonly T[] {
    return items.filter(() => this.coin);
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => [this.below(1), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
}

/**
 * What a team may have in a namespace, as kubectl, Helm and people write it: names and labels of their own, volumes and variables in any
 * order, fields that no form has. Every object is sound.
 */
export function generatedNamespace(seed: number): readonly KubeObject[] {
  const dice = new Dice(seed);
  const app = dice.of(['shop', 'crm', 'blog', 'a1']);
  const objects: KubeObject[] = [];
  const add = (apiVersion: string, kind: string, name: string, body: JsonObject): void => {
    const labels = jsonObject(
      dice.some<readonly [string, JsonValue]>([
        ['app', app],
        ['app.kubernetes.io/name', `${app}-chart`],
        ['app.kubernetes.io/instance', app],
        ['app.kubernetes.io/managed-by', 'Helm'],
        ['tier', 'one'],
      ]),
    );
    const annotations = dice.coin ? { annotations: { 'acme.dev/owner': 'team', 'kubectl.kubernetes.io/default-container': 'main' } } : {};
    const object = {
      apiVersion,
      kind,
      metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels: labels as Record<string, string> }), ...annotations },
      ...body,
    };
    objects.push(object);
  };
  const [config, secret, claim, account] = [`${app}-config`, `${app}-secret`, `${app}.data`, `${app}-sa`];
  add('v1', 'ConfigMap', config, { data: { MODE: 'fast', 'app.conf': 'a = 1\nb = "two"\n' } });
  add('v1', 'Secret', secret, { type: 'Opaque', data: { PASSWORD: 'czNjcjN0LWNhbmFyeQ==', user: 'd2Vi' } });
  add('v1', 'PersistentVolumeClaim', claim, { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: dice.of(['1Gi', '500Mi']) } } } });
  add('v1', 'ServiceAccount', account, dice.coin ? { automountServiceAccountToken: false } : {});

  const pod = (labels: JsonObject, restartPolicy?: string): JsonObject => {
    const env = dice.shuffled(
      dice.some<JsonObject>([
        { name: 'LEVEL', value: 'info' },
        { name: 'EMPTY', value: '' },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'CPUS', valueFrom: { resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1' } } },
        { name: 'DB', valueFrom: { secretKeyRef: { name: secret, key: 'PASSWORD' } } },
        { name: 'MODE', valueFrom: { configMapKeyRef: { name: config, key: 'MODE', optional: true } } },
        { name: 'URL', value: 'http://$(NODE):80/$(LEVEL)' },
        { name: 'DB_PASSWORD', value: 's3cr3t-canary' },
      ]),
    );
    const volumes = dice.shuffled(
      dice.some<JsonObject>([
        { name: dice.of(['conf', `${config}-volume`]), configMap: { name: config, defaultMode: dice.of([0o644, 0o440]) } },
        { name: 'creds', secret: { secretName: secret, items: [{ key: 'user', path: 'u' }] } },
        { name: 'data', persistentVolumeClaim: { claimName: claim } },
        { name: dice.of(['tmp', 'tmp-volume']), emptyDir: dice.of<JsonObject>([{}, { medium: 'Memory', sizeLimit: '64Mi' }]) },
        {
          name: 'all',
          projected: { sources: [{ configMap: { name: config } }, { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } }] },
        },
      ]),
    );
    const mounts = dice.shuffled(
      volumes.flatMap((volume, index): readonly JsonObject[] => [
        { name: volume['name'] ?? '', mountPath: `/mnt/${String(index)}`, ...(dice.coin ? { readOnly: true } : {}) },
        ...(dice.below(4) < 1 ? [{ name: volume['name'] ?? '', mountPath: `/other/${String(index)}`, subPath: 'u' }] : []),
      ]),
    );
    const container = (name: string): JsonObject => ({
      name,
      image: dice.of(['nginx:1.29', 'ghcr.io/acme/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'busybox']),
      ...(dice.coin ? { command: ['sh', '-c'], args: ['serve "$@"', '--', '$(LEVEL)'] } : {}),
      ...(env.length === 0 ? {} : { env }),
      ...(dice.coin ? { envFrom: dice.some<JsonObject>([{ configMapRef: { name: config } }, { prefix: 'S_', secretRef: { name: secret } }]) } : {}),
      ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
      ...(dice.coin ? { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: dice.of(['0.5', '1000m']) } } } : {}),
      ...(dice.coin ? { imagePullPolicy: 'Always', tty: true, terminationMessagePolicy: 'FallbackToLogsOnError' } : {}),
      ...(dice.coin ? { securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } } : {}),
    });
    const main = {
      ...container(dice.of(['main', app])),
      ...(dice.coin
        ? { ports: dice.some<JsonObject>([{ containerPort: 8080 }, { name: 'web', containerPort: 9090 }, { containerPort: 53, protocol: 'UDP' }]) as JsonValue }
        : {}),
      ...(dice.coin
        ? { livenessProbe: { httpGet: { path: '/live', port: 8080, scheme: 'HTTP' }, periodSeconds: 7 }, readinessProbe: { exec: { command: ['true'] } } }
        : {}),
    };
    const inits = dice.some([container('first'), { ...container('sidecar'), restartPolicy: 'Always' }, container('last')]);
    return {
      metadata: { labels, ...(dice.coin ? { annotations: { 'prometheus.io/scrape': 'true' } } : {}) },
      spec: {
        containers: dice.coin ? [main] : [main, container('beside')],
        ...(inits.length === 0 ? {} : { initContainers: inits }),
        ...(volumes.length === 0 ? {} : { volumes }),
        ...(dice.coin ? { serviceAccountName: account } : {}),
        ...(dice.coin ? { terminationGracePeriodSeconds: 5, priority: 0 } : {}),
        ...(dice.coin ? { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }], nodeSelector: { disk: 'ssd' } } : {}),
        ...(dice.coin
          ? {
              affinity: {
                podAntiAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [
                    { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: labels } } },
                  ],
                },
              },
            }
          : {}),
        ...(restartPolicy === undefined ? {} : { restartPolicy }),
      },
    };
  };
  const pods = (name: string): readonly [labels: JsonObject, selector: JsonObject] => {
    const labels = dice.of<JsonObject>([{ app: name }, { app, part: name }, { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': app }]);
    return [{ ...labels, ...(dice.coin ? { version: 'v1', extra: 'yes' } : {}) }, { matchLabels: labels }];
  };
  const strategy = (): JsonObject =>
    dice.of<JsonObject>([
      {},
      { strategy: { type: 'Recreate' } },
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '30%' } }, revisionHistoryLimit: 3 },
    ]);
  const workloads: (readonly [kind: string, name: string, labels: JsonObject])[] = [];
  for (const name of dice.some(['web', 'api', `${app}-worker`])) {
    const [labels, selector] = pods(name);
    add('apps/v1', 'Deployment', name, { spec: { replicas: dice.of([0, 1, 3]), selector, template: pod(labels), ...strategy() } });
    workloads.push(['Deployment', name, labels]);
  }
  if (dice.coin) {
    const [labels, selector] = pods('db');
    const claims: JsonValue = [{ metadata: { name: 'store' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }];
    const template = pod(labels) as { readonly spec: { readonly containers: readonly JsonObject[] } };
    const [main = {}, ...rest] = template.spec.containers;
    const mounted = { ...main, volumeMounts: [{ name: 'store', mountPath: '/store' }, ...((main['volumeMounts'] ?? []) as readonly JsonObject[])] };
    const spec = { ...template.spec, containers: [mounted, ...rest] };
    add('apps/v1', 'StatefulSet', 'db', { spec: { serviceName: 'db', replicas: 1, selector, template: { ...template, spec }, volumeClaimTemplates: claims } });
    workloads.push(['StatefulSet', 'db', labels]);
  }
  if (dice.coin) {
    const [labels, selector] = pods('agent');
    add('apps/v1', 'DaemonSet', 'agent', { spec: { selector, template: pod(labels), updateStrategy: { type: dice.of(['RollingUpdate', 'OnDelete']) } } });
    workloads.push(['DaemonSet', 'agent', labels]);
  }
  if (dice.coin) add('batch/v1', 'Job', 'migrate', { spec: { backoffLimit: 2, suspend: true, template: pod({ job: 'migrate' }, 'Never') } });
  if (dice.coin)
    add('batch/v1', 'CronJob', 'nightly', {
      spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template: pod({ job: 'nightly' }, 'OnFailure') } } },
    });
  for (const [kind, name, labels] of workloads) {
    if (dice.coin)
      add('v1', 'Service', name, {
        spec: {
          selector: labels,
          ...(dice.coin ? { clusterIP: 'None' } : {}),
          ports: dice.of<JsonObject[]>([
            [{ port: 80 }],
            [{ name: 'http', port: 80, targetPort: 8080 }],
            [
              { name: 'a', port: 81, targetPort: 'web' },
              { name: 'b', port: 53, protocol: 'UDP' },
            ],
          ]),
        },
      });
    if (kind !== 'DaemonSet' && dice.coin)
      add('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
          maxReplicas: 5,
          metrics: [{ type: 'Resource', resource: { name: dice.of(['cpu', 'memory']), target: { type: 'Utilization', averageUtilization: 70 } } }],
          ...(dice.coin ? { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } : {}),
        },
      });
    if (dice.coin) add('policy/v1', 'PodDisruptionBudget', name, { spec: { minAvailable: 1, selector: { matchLabels: labels } } });
    if (dice.coin)
      add('networking.k8s.io/v1', 'NetworkPolicy', name, {
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080, protocol: 'TCP' }] }],
        },
      });
  }
  if (dice.coin)
    add('networking.k8s.io/v1', 'Ingress', app, {
      spec: {
        ...(dice.coin ? { ingressClassName: 'nginx' } : {}),
        tls: [{ hosts: ['shop.example.com'], secretName: secret }],
        rules: [
          { host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } },
          { host: 'api.example.com', http: { paths: [{ path: '/v1', pathType: 'Exact', backend: { service: { name: 'api', port: { name: 'http' } } } }] } },
        ],
      },
    });
  if (dice.coin) {
    add('rbac.authorization.k8s.io/v1', 'Role', app, { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }] });
    add('rbac.authorization.k8s.io/v1', 'RoleBinding', dice.of([app, `${app}-binding`]), {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: app },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
    });
  }
  if (dice.coin) add('v1', 'ResourceQuota', 'quota', { spec: { hard: { 'count/secrets': '50' } } });
  if (dice.coin) add('v1', 'LimitRange', 'limits', { spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '50Gi' } }] } });
  return objects;
}
