// Objects that an API server takes or refuses, made by one mutation each of a sound object of every kind: those written out below
// break one rule, and as many again are drawn by a seed. The same seed always gives the same objects under the same names.
import type { Json, JsonMap } from '../openapi/index';
import { copyOf, isMap } from '../openapi/index';
import type { ValidationBase } from './validationBases';
import { validationBases } from './validationBases';

export interface ValidationCase {
  readonly name: string;
  readonly base: ValidationBase;
  readonly object: JsonMap;
}

/** `undefined` takes the field away. */
type Mutation = readonly [path: string, value: Json | undefined];

const long = (length: number): string => 'a'.repeat(length);
const pod = (path: string): string => `spec.template.spec.${path}`;
const main = (path: string): string => pod(`containers.0.${path}`);

/** By the base's name. Sound values stand among the wrong ones, so that a validator that refuses everything fails too. */
const mutations: Readonly<Record<string, readonly Mutation[]>> = {
  configmap: [
    ['metadata.name', 'Web_1'],
    ['metadata.name', 'web.shop'],
    ['metadata.name', long(254)],
    ['metadata.name', '-web'],
    ['metadata.labels.app', 'not a label'],
    ['metadata.labels.app', ''],
    ['metadata.labels.app', long(64)],
    ['metadata.labels', { 'bad key!': 'x' }],
    ['metadata.labels', { [`${long(254)}/x`]: 'x' }],
    ['metadata.labels', { 'a/b/c': 'x' }],
    ['metadata.labels', { UPPER: 'Value_1.x' }],
    ['metadata.annotations', { 'bad key!': 'x' }],
    ['metadata.annotations', { note: 'x'.repeat(262_145) }],
    ['metadata.annotations.acme\\.dev/note', 5],
    ['data', { 'a b': 'x' }],
    ['data', { '..': 'x' }],
    ['data', { '.hidden': 'x' }],
    ['data', { [long(254)]: 'x' }],
    ['data', { logo: 'x' }],
    ['data.MODE', true],
    ['data', { big: 'x'.repeat(1_048_577) }],
    ['binaryData.logo', 'no base64!'],
    ['immutable', 'yes'],
    ['immutable', true],
    ['dta', {}],
  ],
  secret: [
    ['data.password', 'not base64!'],
    ['data.password', 'cGFzcw'],
    ['stringData', { 'a/b': 'x' }],
    ['type', 'anything/else'],
    ['type', 'kubernetes.io/tls'],
    ['type', 'kubernetes.io/dockerconfigjson'],
    ['type', 'kubernetes.io/ssh-auth'],
    ['stringData.user', 7],
  ],
  'tls secret': [
    ['stringData', { other: 'x' }],
    ['type', 'kubernetes.io/service-account-token'],
  ],
  claim: [
    ['spec.accessModes', []],
    ['spec.accessModes', ['ReadWriteTwice']],
    ['spec.accessModes', ['ReadWriteOncePod', 'ReadWriteOnce']],
    ['spec.resources.requests.storage', '0'],
    ['spec.resources.requests.storage', '-1Gi'],
    ['spec.resources.requests.storage', '1GB'],
    ['spec.resources.requests.storage', 1073741824],
    ['spec.resources.requests', {}],
    ['spec.volumeMode', 'Tape'],
    ['spec.storageClassName', 'Fast Disk'],
    ['spec.storageClassName', ''],
    ['spec.selector', { matchLabels: { 'a b': 'c' } }],
    ['spec.dataSource', { kind: 'PersistentVolumeClaim', name: 'other' }],
  ],
  'service account': [
    ['automountServiceAccountToken', 'no'],
    ['imagePullSecrets', ['registry']],
    ['secrets', [{ name: 'a' }]],
  ],
  namespace: [
    ['metadata.name', 'web.shop'],
    ['metadata.name', long(64)],
    ['metadata.namespace', 'shop'],
  ],
  pod: [
    ['spec.restartPolicy', 'Never'],
    ['spec.restartPolicy', 'Sometimes'],
    ['spec.containers', []],
    ['spec.hostname', 'web.shop'],
    ['spec.activeDeadlineSeconds', 0],
    ['spec.activeDeadlineSeconds', 60],
    ['spec.dnsPolicy', 'None'],
    ['spec.dnsConfig', { nameservers: ['not an address'] }],
    ['spec.hostAliases', [{ ip: '999.0.0.1', hostnames: ['a'] }]],
    ['spec.hostAliases', [{ ip: '10.0.0.1', hostnames: ['a.example.com'] }]],
    ['spec.terminationGracePeriodSeconds', -1],
    ['spec.priorityClassName', 'Very High'],
    ['spec.containers.0.lifecycle', { preStop: { sleep: { seconds: 5 } } }],
    ['spec.containers.0.lifecycle', { preStop: {} }],
    ['spec.overhead', { cpu: 'much' }],
  ],
  service: [
    ['metadata.name', '1web'],
    ['metadata.name', 'web.shop'],
    ['spec.ports', []],
    ['spec.ports.0.port', 0],
    ['spec.ports.0.port', 70000],
    ['spec.ports.0.port', '80'],
    ['spec.ports.0.name', undefined],
    ['spec.ports.0.name', 'metrics'],
    ['spec.ports.0.name', 'HTTP'],
    ['spec.ports.0.targetPort', 'a-port-with-a-long-name'],
    ['spec.ports.0.targetPort', 0],
    ['spec.ports.0.targetPort', 70000],
    ['spec.ports.0.protocol', 'HTTP'],
    ['spec.ports.0.appProtocol', 'not valid!'],
    ['spec.ports.0.nodePort', 30080],
    ['spec.ports.1.port', 80],
    ['spec.type', 'Internal'],
    ['spec.type', 'ExternalName'],
    ['spec.type', 'LoadBalancer'],
    ['spec.selector', { 'a b': 'c' }],
    ['spec.sessionAffinity', 'Sticky'],
    ['spec.sessionAffinity', 'ClientIP'],
    ['spec.sessionAffinityConfig', { clientIP: { timeoutSeconds: 10 } }],
    ['spec.externalIPs', ['10.0.0.1']],
    ['spec.externalIPs', ['somewhere']],
    ['spec.externalIPs', ['127.0.0.1']],
    ['spec.clusterIP', 'somewhere'],
    ['spec.clusterIP', 'None'],
    ['spec.externalTrafficPolicy', 'Local'],
    ['spec.internalTrafficPolicy', 'Nowhere'],
    ['spec.ipFamilyPolicy', 'DualStack'],
    ['spec.ipFamilies', ['IPv5']],
    ['spec.loadBalancerSourceRanges', ['10.0.0.0/8']],
    ['spec.healthCheckNodePort', 30001],
    ['spec.publishNotReadyAddresses', 'true'],
    ['spec.loadBalancerClass', 'acme.dev/lb'],
    ['spec.trafficDistribution', 'PreferClose'],
    ['spec.trafficDistribution', 'Anywhere'],
  ],
  'node port service': [
    ['spec.ports.0.nodePort', 80],
    ['spec.ports.0.nodePort', 30333],
    ['spec.externalTrafficPolicy', 'Some'],
    ['spec.clusterIP', 'None'],
    ['spec.type', 'LoadBalancer'],
    ['spec.allocateLoadBalancerNodePorts', true],
  ],
  'headless service': [
    ['spec.ports', []],
    ['spec.selector', undefined],
    ['spec.publishNotReadyAddresses', true],
    ['spec.sessionAffinity', 'ClientIP'],
  ],
  'external service': [
    ['spec.externalName', undefined],
    ['spec.externalName', 'not a host'],
    ['spec.externalName', 'db.example.com.'],
    ['spec.externalName', '10.0.0.1'],
    ['spec.clusterIP', 'None'],
    ['spec.ports', [{ port: 5432 }]],
  ],
  deployment: [
    ['spec.replicas', -1],
    ['spec.replicas', 0],
    ['spec.replicas', '2'],
    ['spec.replicas', 1.5],
    ['spec.replicaz', 2],
    ['spec.selector', undefined],
    ['spec.selector', {}],
    ['spec.selector', { matchLabels: { app: 'other' } }],
    ['spec.selector', { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }],
    ['spec.selector', { matchExpressions: [{ key: 'app', operator: 'In' }] }],
    ['spec.selector', { matchExpressions: [{ key: 'app', operator: 'Near', values: ['web'] }] }],
    ['spec.selector', { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['web'] }] }],
    ['spec.strategy', { type: 'Recreate' }],
    ['spec.strategy', { type: 'Recreate', rollingUpdate: { maxSurge: 1 } }],
    ['spec.strategy', { type: 'BlueGreen' }],
    ['spec.strategy.rollingUpdate', { maxSurge: 0, maxUnavailable: 0 }],
    ['spec.strategy.rollingUpdate.maxUnavailable', '150%'],
    ['spec.strategy.rollingUpdate.maxSurge', '150%'],
    ['spec.strategy.rollingUpdate.maxSurge', 'some'],
    ['spec.strategy.rollingUpdate.maxSurge', -1],
    ['spec.progressDeadlineSeconds', 5],
    ['spec.progressDeadlineSeconds', -1],
    ['spec.minReadySeconds', -1],
    ['spec.paused', 'yes'],
    ['spec.template.metadata.labels', { app: 'web', 'bad key!': 'x' }],
    [pod('restartPolicy'), 'OnFailure'],
    [pod('activeDeadlineSeconds'), 10],
    [pod('containers'), undefined],
    [pod('serviceAccountName'), 'Web Account'],
    [pod('nodeSelector'), { 'a b': 'c' }],
    [pod('nodeSelector'), { disk: 5 }],
    [pod('tolerations.0.operator'), 'Exists'],
    [pod('tolerations.0.operator'), 'Near'],
    [pod('tolerations.0.effect'), 'NoWay'],
    [pod('tolerations.0.tolerationSeconds'), 5],
    [pod('tolerations.0'), { operator: 'Exists' }],
    [pod('tolerations.0'), { effect: 'NoExecute' }],
    [pod('topologySpreadConstraints.0.maxSkew'), 0],
    [pod('topologySpreadConstraints.0.whenUnsatisfiable'), 'Perhaps'],
    [pod('topologySpreadConstraints.0.topologyKey'), undefined],
    [pod('affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.weight'), 0],
    [pod('affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.0.podAffinityTerm.topologyKey'), ''],
    [pod('affinity.nodeAffinity'), { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } }],
    [pod('securityContext.fsGroup'), -5],
    [pod('securityContext.runAsUser'), -5],
    [pod('securityContext.seccompProfile'), { type: 'Localhost' }],
    [pod('securityContext.seccompProfile'), { type: 'Own' }],
    [pod('securityContext.fsGroupChangePolicy'), 'Never'],
    [pod('securityContext.supplementalGroups'), [1, 2]],
    [pod('securityContext.sysctls'), [{ name: 'net.core.somaxconn', value: '1024' }]],
    [pod('hostNetwork'), true],
    [pod('imagePullSecrets'), [{ name: 'registry' }]],
    [pod('volumes.0'), { name: 'data' }],
    [pod('volumes.0'), { name: 'Data', emptyDir: {} }],
    [pod('volumes.0'), { name: 'data', emptyDir: {}, configMap: { name: 'x' } }],
    [pod('volumes.0'), { name: 'data', emptyDir: { medium: 'Disk' } }],
    [pod('volumes.0'), { name: 'data', emptyDir: { sizeLimit: '-1' } }],
    [pod('volumes.0'), { name: 'data', hostPath: { path: '/var', type: 'Folder' } }],
    [pod('volumes.0'), { name: 'data', hostPath: { path: '/var/../etc' } }],
    [pod('volumes.0'), { name: 'data', hostPath: { path: '/var', type: 'Directory' } }],
    [pod('volumes.0'), { name: 'data', persistentVolumeClaim: { claimName: '' } }],
    [pod('volumes.0'), { name: 'data', secret: { secretName: '' } }],
    [pod('volumes.0'), { name: 'data', nfs: { server: 'a', path: 'relative' } }],
    [pod('volumes.0'), { name: 'data', projected: { sources: [] } }],
    [pod('volumes.0'), { name: 'data', projected: { sources: [{ configMap: { name: 'a' }, secret: { name: 'b' } }] } }],
    [pod('volumes.0'), { name: 'data', downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.labels' } }] } }],
    [pod('volumes.0'), { name: 'data', csi: { driver: '' } }],
    [
      pod('volumes.0'),
      { name: 'data', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } },
    ],
    [pod('volumes.1.name'), 'data'],
    [pod('volumes.1.configMap.defaultMode'), 0o1777],
    [pod('volumes.1.configMap.items.0.path'), '../up'],
    [pod('volumes.1.configMap.items.0.path'), '/a'],
    [pod('volumes.1.configMap.items.0.key'), ''],
    [pod('initContainers.0.name'), 'main'],
    [pod('initContainers.0.readinessProbe'), { exec: { command: ['true'] } }],
    [pod('initContainers.0.restartPolicy'), 'Always'],
    [pod('initContainers.0.restartPolicy'), 'Often'],
    [main('name'), 'Main'],
    [main('name'), ''],
    [main('name'), long(64)],
    [main('image'), ''],
    [main('image'), ' nginx '],
    [main('image'), 'NGINX'],
    [main('imagePullPolicy'), 'Sometimes'],
    [main('command'), 'serve'],
    [main('args'), [1]],
    [main('ports.0.containerPort'), 0],
    [main('ports.0.containerPort'), 65536],
    [main('ports.0.name'), 'a-very-long-port-name'],
    [main('ports.0.name'), '123'],
    [main('ports.0.name'), 'a--b'],
    [main('ports.0.protocol'), 'tcp'],
    [main('ports.0.hostPort'), 70000],
    [main('ports.0.hostIP'), 'somewhere'],
    [
      main('ports'),
      [
        { name: 'a', containerPort: 80 },
        { name: 'a', containerPort: 81 },
      ],
    ],
    [main('ports'), [{ containerPort: 80 }, { containerPort: 80 }]],
    [main('env.0.name'), 'A=B'],
    [main('env.0.name'), ''],
    [main('env.0.name'), '1 odd name'],
    [main('env.0.value'), 5],
    [main('env.0.valueFrom'), { fieldRef: { fieldPath: 'metadata.name' } }],
    [main('env.1.valueFrom.fieldRef.fieldPath'), 'spec.nodes'],
    [main('env.1.valueFrom.fieldRef.fieldPath'), "metadata.labels['app']"],
    [main('env.1.valueFrom'), {}],
    [main('env.1.valueFrom'), { resourceFieldRef: { resource: 'limits.cpu' } }],
    [main('env.1.valueFrom'), { resourceFieldRef: { resource: 'limits.gpu' } }],
    [main('env.2.valueFrom.secretKeyRef.key'), ''],
    [main('env.2.valueFrom.secretKeyRef.key'), 'a/b'],
    [main('env.2.valueFrom.configMapKeyRef'), { name: 'a', key: 'b' }],
    [main('envFrom.0.prefix'), 'A='],
    [main('envFrom.0'), {}],
    [main('envFrom.0.secretRef'), { name: 'x' }],
    [main('resources.requests.cpu'), '1'],
    [main('resources.requests.cpu'), 'much'],
    [main('resources.requests.cpu'), '-1'],
    [main('resources.requests.cpu'), '0.1m'],
    [main('resources.requests.memory'), '64M'],
    [main('resources.requests.memory'), '64MB'],
    [main('resources.limits.gpu'), '1'],
    [main('resources.limits.nvidia\\.com/gpu'), '1'],
    [main('resources.limits.nvidia\\.com/gpu'), '0.5'],
    [main('livenessProbe.tcpSocket'), { port: 80 }],
    [main('livenessProbe.httpGet'), undefined],
    [main('livenessProbe.httpGet.port'), 0],
    [main('livenessProbe.httpGet.port'), 'no_name'],
    [main('livenessProbe.httpGet.path'), 'healthz'],
    [main('livenessProbe.httpGet.scheme'), 'FTP'],
    [main('livenessProbe.httpGet.httpHeaders'), [{ name: 'bad header', value: 'x' }]],
    [main('livenessProbe.successThreshold'), 2],
    [main('livenessProbe.periodSeconds'), -1],
    [main('livenessProbe.terminationGracePeriodSeconds'), 0],
    [main('readinessProbe.terminationGracePeriodSeconds'), 5],
    [main('readinessProbe.successThreshold'), 2],
    [main('readinessProbe'), { grpc: { port: 9090 } }],
    [main('readinessProbe'), { exec: { command: [] } }],
    [main('volumeMounts.0.name'), 'nothing'],
    [main('volumeMounts.0.mountPath'), '/etc/settings'],
    [main('volumeMounts.0.mountPath'), 'data'],
    [main('volumeMounts.0.mountPath'), '/a:b'],
    [main('volumeMounts.0.mountPath'), ''],
    [main('volumeMounts.0.subPath'), '../up'],
    [main('volumeMounts.0.subPath'), '/abs'],
    [main('volumeMounts.0.mountPropagation'), 'Both'],
    [main('volumeMounts.0.subPathExpr'), 'a'],
    [main('securityContext.privileged'), 'true'],
    [main('securityContext.runAsUser'), -1],
    [main('securityContext.capabilities.drop'), 'ALL'],
    [main('securityContext.privileged'), true],
    [main('securityContext.procMount'), 'Secret'],
    [main('terminationMessagePolicy'), 'Log'],
    [main('lifecycle'), { postStart: { exec: { command: ['true'] }, httpGet: { port: 80 } } }],
    [main('stdin'), 'true'],
    [main('workingDir'), 'relative'],
    [main('livenessProb'), {}],
  ],
  'stateful set': [
    ['spec.serviceName', 'Web'],
    ['spec.serviceName', undefined],
    ['spec.podManagementPolicy', 'Random'],
    ['spec.updateStrategy', { type: 'OnDelete' }],
    ['spec.updateStrategy', { type: 'Now' }],
    ['spec.updateStrategy.rollingUpdate.partition', -1],
    ['spec.volumeClaimTemplates.0.metadata.name', 'unused'],
    ['spec.volumeClaimTemplates.0.spec.accessModes', []],
    ['spec.volumeClaimTemplates.0.spec.resources', {}],
    ['spec.persistentVolumeClaimRetentionPolicy.whenScaled', 'Keep'],
    ['spec.ordinals', { start: -1 }],
    ['spec.replicas', -1],
    [pod('restartPolicy'), 'Never'],
  ],
  'daemon set': [
    ['spec.updateStrategy.rollingUpdate', { maxUnavailable: 0 }],
    ['spec.updateStrategy.rollingUpdate', { maxUnavailable: 1, maxSurge: 1 }],
    ['spec.updateStrategy', { type: 'OnDelete' }],
    ['spec.updateStrategy', { type: 'Recreate' }],
    ['spec.replicas', 2],
    ['spec.selector', undefined],
    ['spec.minReadySeconds', -1],
  ],
  'replica set': [
    ['spec.selector', { matchLabels: { app: 'other' } }],
    ['spec.template', undefined],
  ],
  job: [
    ['spec.completions', -1],
    ['spec.parallelism', -1],
    ['spec.completions', undefined],
    ['spec.completionMode', 'Counted'],
    ['spec.completionMode', 'NonIndexed'],
    ['spec.backoffLimit', -1],
    ['spec.backoffLimitPerIndex', 1],
    ['spec.maxFailedIndexes', 1],
    ['spec.activeDeadlineSeconds', 0],
    ['spec.activeDeadlineSeconds', -1],
    ['spec.ttlSecondsAfterFinished', -1],
    ['spec.manualSelector', true],
    ['spec.selector', { matchLabels: { app: 'web' } }],
    ['spec.suspend', true],
    ['spec.podReplacementPolicy', 'Later'],
    ['spec.podFailurePolicy', { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] }],
    ['spec.podFailurePolicy', { rules: [{ action: 'Explode', onExitCodes: { operator: 'In', values: [1] } }] }],
    ['spec.podFailurePolicy', { rules: [{ action: 'FailJob' }] }],
    ['spec.podFailurePolicy', { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] }],
    ['spec.successPolicy', { rules: [{ succeededIndexes: '0-1' }] }],
    [pod('restartPolicy'), 'Always'],
    [pod('restartPolicy'), undefined],
    ['metadata.name', long(64)],
  ],
  'cron job': [
    ['spec.schedule', 'often'],
    ['spec.schedule', ''],
    ['spec.schedule', '* * * *'],
    ['spec.schedule', '60 * * * *'],
    ['spec.schedule', '*/5 0-6 1,15 JAN-MAR MON'],
    ['spec.schedule', '@hourly'],
    ['spec.schedule', '@every 1h'],
    ['spec.schedule', 'TZ=UTC 0 3 * * *'],
    ['spec.schedule', '0 0 30 2 *'],
    ['spec.schedule', '0 0 0 1 1 *'],
    ['spec.timeZone', 'Mars/Base'],
    ['spec.timeZone', ''],
    ['spec.timeZone', 'Local'],
    ['spec.timeZone', 'Etc/UTC'],
    ['spec.concurrencyPolicy', 'Maybe'],
    ['spec.startingDeadlineSeconds', -1],
    ['spec.successfulJobsHistoryLimit', -1],
    ['spec.suspend', 'no'],
    ['metadata.name', long(53)],
    ['metadata.name', long(52)],
    ['spec.jobTemplate.spec.template.spec.restartPolicy', 'Always'],
    ['spec.jobTemplate.spec.manualSelector', true],
    ['spec.jobTemplate.spec.parallelism', -1],
    ['spec.jobTemplate', undefined],
  ],
  ingress: [
    ['spec.rules.0.host', '10.0.0.1'],
    ['spec.rules.0.host', 'Shop.Example.com'],
    ['spec.rules.0.host', '*.*.example.com'],
    ['spec.rules.0.host', 'shop.example.com:80'],
    ['spec.rules.0.http.paths.0.path', 'api'],
    ['spec.rules.0.http.paths.0.path', '/a//b'],
    ['spec.rules.0.http.paths.0.path', ''],
    ['spec.rules.0.http.paths.0.pathType', undefined],
    ['spec.rules.0.http.paths.0.pathType', 'Regex'],
    ['spec.rules.0.http.paths.0.pathType', 'ImplementationSpecific'],
    ['spec.rules.0.http.paths.0.backend', {}],
    ['spec.rules.0.http.paths.0.backend', undefined],
    ['spec.rules.0.http.paths.0.backend.service.name', '1web'],
    ['spec.rules.0.http.paths.0.backend.service.port', {}],
    ['spec.rules.0.http.paths.0.backend.service.port', { name: 'http', number: 80 }],
    ['spec.rules.0.http.paths.0.backend.service.port.number', 70000],
    ['spec.rules.0.http.paths.0.backend.resource', { kind: 'Bucket', name: 'a', apiGroup: 'acme.dev' }],
    ['spec.rules.0.http.paths', []],
    ['spec.rules', []],
    ['spec.defaultBackend', undefined],
    ['spec.tls.0.hosts', ['not a host']],
    ['spec.tls.0.secretName', 'Not Valid'],
    ['spec.ingressClassName', 'Not Valid'],
    ['spec.ingressClass', 'nginx'],
    ['spec', {}],
    ['metadata.annotations', { 'kubernetes.io/ingress.class': 'nginx' }],
    ['metadata.annotations', { 'kubernetes.io/ingress.class': 'other' }],
  ],
  'network policy': [
    ['spec.policyTypes', ['Inside']],
    ['spec.policyTypes', ['Ingress', 'Egress', 'Ingress']],
    ['spec.podSelector', { matchLabels: { app: 'not valid' } }],
    ['spec.podSelector', {}],
    ['spec.ingress.0.from.1.ipBlock.cidr', '10.0.0.0'],
    ['spec.ingress.0.from.1.ipBlock.cidr', '10.0.0.0/33'],
    ['spec.ingress.0.from.1.ipBlock.cidr', '2001:db8::/32'],
    ['spec.ingress.0.from.1.ipBlock.cidr', '10.0.0.5/8'],
    ['spec.ingress.0.from.1.ipBlock.except', ['11.0.0.0/16']],
    ['spec.ingress.0.from.1.ipBlock.except', ['10.0.0.0/8']],
    ['spec.ingress.0.from.1.podSelector', {}],
    ['spec.ingress.0.from.0', {}],
    ['spec.ingress.0.ports.0.endPort', 8000],
    ['spec.ingress.0.ports.0.endPort', 70000],
    ['spec.ingress.0.ports.0.port', 'http'],
    ['spec.ingress.0.ports.0.port', undefined],
    ['spec.ingress.0.ports.0.protocol', 'ICMP'],
    ['spec.egress.0.ports.0.port', 'Not A Port'],
    ['spec.egress.0.to.0.namespaceSelector.matchExpressions.0.values', []],
    ['spec.egress.0.to.0.namespaceSelector.matchExpressions.0.operator', 'Exists'],
  ],
  autoscaler: [
    ['spec.minReplicas', 0],
    ['spec.minReplicas', 6],
    ['spec.maxReplicas', 0],
    ['spec.maxReplicas', undefined],
    ['spec.maxReplicas', '5'],
    ['spec.scaleTargetRef.name', ''],
    ['spec.scaleTargetRef.kind', ''],
    ['spec.scaleTargetRef.apiVersion', undefined],
    ['spec.scaleTargetRef.name', 'a/b'],
    ['spec.metrics.0.type', 'Guess'],
    ['spec.metrics.0.type', 'Pods'],
    ['spec.metrics.0.resource.target', { type: 'Utilization' }],
    ['spec.metrics.0.resource.target.averageUtilization', 0],
    ['spec.metrics.0.resource.target.averageUtilization', 150],
    ['spec.metrics.0.resource.target', { type: 'AverageValue', averageValue: '100m' }],
    ['spec.metrics.0.resource.target', { type: 'AverageValue', averageValue: '-1' }],
    ['spec.metrics.0.resource.target.averageValue', '5'],
    ['spec.metrics', []],
    ['spec.behavior.scaleDown.stabilizationWindowSeconds', 3601],
    ['spec.behavior.scaleDown.stabilizationWindowSeconds', -1],
    ['spec.behavior.scaleDown.policies', []],
    ['spec.behavior.scaleDown.policies.0.type', 'Nodes'],
    ['spec.behavior.scaleDown.policies.0.periodSeconds', 0],
    ['spec.behavior.scaleDown.policies.0.periodSeconds', 1801],
    ['spec.behavior.scaleDown.policies.0.value', 0],
    ['spec.behavior.scaleDown.selectPolicy', 'Middle'],
  ],
  'disruption budget': [
    ['spec.maxUnavailable', 1],
    ['spec.minAvailable', -1],
    ['spec.minAvailable', '101%'],
    ['spec.minAvailable', 'half'],
    ['spec.minAvailable', undefined],
    ['spec.minAvailable', 2],
    ['spec.selector', undefined],
    ['spec.unhealthyPodEvictionPolicy', 'Never'],
  ],
  role: [
    ['rules.0.verbs', []],
    ['rules.0.verbs', undefined],
    ['rules.0.resources', []],
    ['rules.0.apiGroups', undefined],
    ['rules.0.nonResourceURLs', ['/healthz']],
    ['rules', []],
    ['metadata.name', 'Any:Name'],
    ['metadata.name', 'a/b'],
  ],
  'cluster role': [
    ['rules.1.resources', ['pods']],
    ['rules.1.verbs', []],
    ['aggregationRule', { clusterRoleSelectors: [] }],
  ],
  'role binding': [
    ['roleRef.kind', 'User'],
    ['roleRef.kind', 'ClusterRole'],
    ['roleRef.name', ''],
    ['roleRef.apiGroup', 'apps'],
    ['roleRef.apiGroup', undefined],
    ['roleRef', undefined],
    ['subjects.0.kind', 'Robot'],
    ['subjects.0.name', 'Not Valid'],
    ['subjects.0.name', ''],
    ['subjects.0.namespace', undefined],
    ['subjects.1.apiGroup', 'apps'],
    ['subjects', []],
  ],
  'limit range': [
    ['spec.limits.0.min.cpu', '3'],
    ['spec.limits.0.defaultRequest.cpu', '1'],
    ['spec.limits.0.type', 'Pod'],
    ['spec.limits.0.type', undefined],
    ['spec.limits', [{ type: 'Container' }, { type: 'Container' }]],
  ],
  quota: [
    ['spec.hard.pods', '-1'],
    ['spec.hard.pods', '1.5'],
    ['spec.hard.pods', 5],
    ['spec.hard', { 'what is this': '1' }],
    ['spec.scopes', ['BestEffort']],
    ['spec.scopes', ['Sometimes']],
  ],
  lease: [
    ['spec.leaseDurationSeconds', 0],
    ['spec.leaseTransitions', -1],
    ['spec.renewTime', 'yesterday'],
  ],
  'priority class': [
    ['value', 2_000_000_000],
    ['preemptionPolicy', 'Sometimes'],
    ['value', undefined],
  ],
  'storage class': [
    ['provisioner', ''],
    ['reclaimPolicy', 'Shred'],
    ['volumeBindingMode', 'Later'],
    ['allowVolumeExpansion', 'yes'],
  ],
};

/** How many cases the seed adds for each base. */
const drawnEach = 6;

/** All cases of a seed: each base as it is, each mutation written out, and drawn ones. */
export function validationCases(seed: number): readonly ValidationCase[] {
  const random = randomFrom(seed);
  return validationBases.flatMap((base) => {
    const made: ValidationCase[] = [{ name: `${base.name} as it is`, base, object: base.object }];
    for (const [path, value] of mutations[base.name] ?? []) {
      made.push({
        name: `${base.name}: ${path} ${value === undefined ? 'left out' : `= ${shortened(JSON.stringify(value))}`}`,
        base,
        object: changed(base.object, path, value),
      });
    }
    const known = new Set(made.map((one) => one.name));
    for (let tries = 0; tries < drawnEach * 4 && known.size < (mutations[base.name]?.length ?? 0) + 1 + drawnEach; tries += 1) {
      const drawn = drawnCase(base, random);
      if (known.has(drawn.name)) continue;
      known.add(drawn.name);
      made.push(drawn);
    }
    return made;
  });
}

/** Breaks something anywhere: a type, a name, a sign; or adds what is not there, or takes away what is. */
function drawnCase(base: ValidationBase, random: () => number): ValidationCase {
  const places = pathsOf(base.object).filter((path) => !['apiVersion', 'kind', 'metadata', 'metadata.name'].includes(path));
  const path = places[Math.floor(random() * places.length)] ?? 'spec';
  const present = at(base.object, path);
  const ways: readonly (readonly [string, Json | undefined])[] = [
    ['left out', undefined],
    ['a list', [present ?? null]],
    ['a map', { a: 1 }],
    ['true', true],
    ['a text', 'Something Else'],
    ['a negative number', -7],
    ['with an unknown field', isMap(present) ? { ...present, notAField: 1 } : 'x'],
  ];
  const [way, value] = ways[Math.floor(random() * ways.length)] ?? ['left out', undefined];
  return { name: `${base.name}, drawn: ${path} ${way}`, base, object: changed(base.object, path, value) };
}

function pathsOf(value: Json, path = ''): string[] {
  const entries = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : isMap(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, item]) => {
    const here = path === '' ? escaped(key) : `${path}.${escaped(key)}`;
    return [here, ...pathsOf(item, here)];
  });
}

function escaped(key: string): string {
  return key.replaceAll('.', '\\.');
}

function stepsOf(path: string): string[] {
  return path.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));
}

function at(value: Json, path: string): Json | undefined {
  return stepsOf(path).reduce<Json | undefined>((here, step) => (Array.isArray(here) ? here[Number(step)] : isMap(here) ? here[step] : undefined), value);
}

function changed(object: JsonMap, path: string, value: Json | undefined): JsonMap {
  const copy = copyOf(object);
  const steps = stepsOf(path);
  const last = steps.pop() ?? '';
  let holder: Json = copy;
  for (const step of steps) {
    const next: Json | undefined = Array.isArray(holder) ? holder[Number(step)] : isMap(holder) ? (holder[step] ??= {}) : undefined;
    if (next === undefined || next === null || typeof next !== 'object') throw new Error(`no ${path} in the base`);
    holder = next;
  }
  if (Array.isArray(holder)) {
    if (value === undefined) holder.splice(Number(last), 1);
    else holder[Number(last)] = copyOf(value);
  } else if (isMap(holder)) {
    if (value === undefined) delete holder[last];
    else holder[last] = copyOf(value);
  }
  return copy;
}

function shortened(text: string): string {
  return text.length > 90 ? `${text.slice(0, 80)}… (${text.length})` : text;
}

/** A small generator of numbers from 0 to 1, the same ones for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
