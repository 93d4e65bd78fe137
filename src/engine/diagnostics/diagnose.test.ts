import { beforeAll, describe, expect, test } from 'vitest';
import { coreCatalog } from '../../testing/coreCatalog';
import type { DiagnosisWorld } from '../../testing/diagnosisWorld';
import { DiagnosisWorlds, made } from '../../testing/diagnosisWorld';
import type { DiagnosisCode } from '../../shared/diagnosis';
import { diagnosisText, firstFalse } from '../../shared/diagnosis';
import type { JsonObject } from '../../shared/json';
import type { JudgedCheck } from './judging';

const plain = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web:
    type: deployment
    image: nginx
    port: 8080
    resources: { requests: { cpu: 100m } }
  api: { type: deployment, image: nginx, port: 9000 }
  web-svc: { type: service, port: 80 }
  front: { type: ingress, host: shop.example.com, tlsEnabled: true, tlsSecretName: shop-tls }
  tls: { type: secret, name: shop-tls, keys: [tls.crt, tls.key] }
  settings: { type: configmap, data: { MODE: x } }
  data: { type: persistentvolumeclaim }
  scale: { type: hpa, targetCPUUtilization: 80 }
  budget: { type: poddisruptionbudget, minAvailable: 1 }
  account: { type: serviceaccount }
edges:
  - web-svc -> web
  - front -> web-svc
  - { from: settings, to: web, as: env }
  - { from: data, to: web, mountPath: /data }
  - scale -> web
  - budget -> web
  - account -> web
  - { from: api, to: web, relation: depends-on }
`;

/** With a policy of its own that lets one workload reach another. */
const guarded = plain
  .replace('edges:\n', '  guard: { type: networkpolicy }\nedges:\n')
  .concat('  - { from: guard, to: web, relation: applies-to }\n  - { from: guard, to: api, relation: allow-from }\n');

type World = DiagnosisWorld;
const selector = ['spec', 'selector'];
const readyStatus = ['status', 'conditions'];

/** How one edge is told once something was done to a healthy world. */
interface Case {
  readonly about: string;
  readonly edge: readonly [from: string, to: string];
  readonly change?: (world: World) => void;
  /** In place of `plain`. */
  readonly text?: string;
  /** The first false hop; undefined when all hold. */
  readonly code?: DiagnosisCode;
  readonly status?: JudgedCheck['status'];
  readonly says?: string;
}

const ingressObject = (name: string, host: string, path: string, more: JsonObject = {}) =>
  made('networking.k8s.io/v1', 'Ingress', 'shop', name, {
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name: 'other', port: { number: 80 } } } }] } }],
      ...more,
    },
  });
const policy = (name: string, spec: JsonObject, namespace = 'shop') => made('networking.k8s.io/v1', 'NetworkPolicy', namespace, name, { spec });
const closing = (rules: JsonObject): JsonObject => ({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ...rules });

const front = ['front', 'web-svc'] as const;
const routes = ['web-svc', 'web'] as const;
const depends = ['api', 'web'] as const;
const otherDeployment = (world: World) => {
  world.change('Pod', 'web-1', ['metadata', 'labels', 'app'], 'webb');
  world.settle();
};

const cases: readonly Case[] = [
  // Ingress: the object, its class and controller.
  { about: 'an Ingress whose class, path, Service and certificate are there', edge: front },
  {
    about: 'an Ingress that is not on the cluster',
    edge: front,
    change: (w) => w.remove('Ingress', 'front'),
    code: 'exists.missing',
    status: 'error',
    says: 'Ingress "front"',
  },
  {
    about: 'a class that nobody declared',
    edge: front,
    change: (w) => w.remove('IngressClass', 'nginx'),
    code: 'class.missing',
    status: 'error',
    says: '"nginx"',
  },
  {
    about: 'a class that nobody declared while some controller gave an address',
    edge: front,
    change: (w) => {
      w.remove('IngressClass', 'nginx');
      w.change('Ingress', 'front', ['status'], { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } });
    },
    code: 'class.served',
    status: 'warning',
    says: '192.0.2.7',
  },
  {
    about: 'classes that may not be listed',
    edge: front,
    change: (w) => w.hidden.set('IngressClass', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'ingressclasses.networking.k8s.io',
  },
  {
    about: 'no class and no default',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'ingressClassName'], undefined),
    code: 'class.noDefault',
    status: 'error',
  },
  {
    about: 'no class and one default',
    edge: front,
    change: (w) => {
      w.change('Ingress', 'front', ['spec', 'ingressClassName'], undefined);
      w.change('IngressClass', 'nginx', ['metadata', 'annotations'], { 'ingressclass.kubernetes.io/is-default-class': 'true' });
    },
  },
  {
    about: 'no class and two defaults',
    edge: front,
    change: (w) => {
      w.change('Ingress', 'front', ['spec', 'ingressClassName'], undefined);
      const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
      w.change('IngressClass', 'nginx', ['metadata', 'annotations'], annotations);
      w.put(made('networking.k8s.io/v1', 'IngressClass', '', 'second', { metadata: { annotations }, spec: { controller: 'x/y' } }));
    },
    code: 'class.severalDefaults',
    status: 'warning',
  },
  {
    about: 'a class by the old annotation',
    edge: front,
    change: (w) => {
      w.change('Ingress', 'front', ['spec', 'ingressClassName'], undefined);
      w.change('Ingress', 'front', ['metadata', 'annotations'], { 'kubernetes.io/ingress.class': 'nginx' });
    },
  },
  {
    about: 'a class without a controller',
    edge: front,
    change: (w) => w.change('IngressClass', 'nginx', ['spec'], {}),
    code: 'controller.none',
    status: 'error',
  },
  // Host and path.
  {
    about: 'an older Ingress with the same host and path',
    edge: front,
    change: (w) => w.put(ingressObject('old', 'shop.example.com', '/')),
    code: 'conflict.older',
    status: 'error',
    says: 'shop.example.com/',
  },
  {
    about: 'a younger Ingress with the same host and path',
    edge: front,
    change: (w) =>
      w.put({ ...ingressObject('young', 'shop.example.com', '/'), metadata: { name: 'young', namespace: 'else', creationTimestamp: '2026-04-01T00:00:00Z' } }),
    code: 'conflict.younger',
    status: 'warning',
    says: 'else/young',
  },
  { about: 'another host with the same path', edge: front, change: (w) => w.put(ingressObject('old', 'other.example.com', '/')) },
  { about: 'the same host with another path', edge: front, change: (w) => w.put(ingressObject('old', 'shop.example.com', '/admin')) },
  {
    about: 'the same host and path in another class',
    edge: front,
    change: (w) => w.put(ingressObject('old', 'shop.example.com', '/', { ingressClassName: 'traefik' })),
  },
  {
    about: 'Ingresses of other namespaces that may not be listed',
    edge: front,
    change: (w) => w.hidden.set('Ingress everywhere', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'ingresses.networking.k8s.io',
  },
  // TLS.
  {
    about: 'a certificate that is not there',
    edge: front,
    change: (w) => w.remove('Secret', 'shop-tls'),
    code: 'tls.missing',
    status: 'error',
    says: 'shop-tls',
  },
  {
    about: 'a certificate without its key',
    edge: front,
    change: (w) => w.change('Secret', 'shop-tls', ['data', 'tls.key'], undefined),
    code: 'tls.keys',
    status: 'error',
    says: 'tls.key',
  },
  {
    about: 'secrets that may not be listed',
    edge: front,
    change: (w) => w.hidden.set('Secret', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'secrets',
  },
  {
    about: 'TLS without a Secret',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'tls', 0, 'secretName'], undefined),
    code: 'tls.unnamed',
    status: 'warning',
  },
  {
    about: 'TLS for another host',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'tls', 0, 'hosts'], ['b.example.com']),
    code: 'tls.hosts',
    status: 'warning',
    says: 'shop.example.com',
  },
  { about: 'TLS for a star', edge: front, change: (w) => w.change('Ingress', 'front', ['spec', 'tls', 0, 'hosts'], ['*.example.com']) },
  {
    about: 'TLS for a star one level too high',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'tls', 0, 'hosts'], ['*.com']),
    code: 'tls.hosts',
    status: 'warning',
  },
  // Backends.
  { about: 'a Service that is gone', edge: front, change: (w) => w.remove('Service', 'web-svc'), code: 'backend.missing', status: 'error', says: '"web-svc"' },
  {
    about: 'an Ingress that was led elsewhere by hand',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name'], 'elsewhere'),
    code: 'backend.other',
    status: 'error',
    says: 'elsewhere',
  },
  {
    about: 'a port that the Service does not have',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'port'], { number: 81 }),
    code: 'backendPort.missing',
    status: 'error',
    says: '80 (http)',
  },
  {
    about: 'a port by its name',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'port'], { name: 'http' }),
  },
  {
    about: 'a port by a name that the Service does not have',
    edge: front,
    change: (w) => w.change('Ingress', 'front', ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'port'], { name: 'grpc' }),
    code: 'backendPort.missing',
    status: 'error',
  },
  {
    about: 'a policy that lets only the own namespace in',
    edge: front,
    change: (w) => w.put(policy('inside', closing({ ingress: [{ from: [{ podSelector: {} }] }] }))),
    code: 'policy.inside',
    status: 'warning',
    says: '"shop"',
  },
  {
    about: 'a policy that lets every namespace in',
    edge: front,
    change: (w) => w.put(policy('open', closing({ ingress: [{ from: [{ namespaceSelector: {} }] }] }))),
  },
  // Services.
  { about: 'a Service with ready pods behind it', edge: routes },
  { about: 'a Service that is not on the cluster', edge: routes, change: (w) => w.remove('Service', 'web-svc'), code: 'exists.missing', status: 'error' },
  {
    about: 'a workload that is not on the cluster',
    edge: routes,
    change: (w) => w.remove('Deployment', 'web'),
    code: 'exists.missing',
    status: 'error',
    says: 'Deployment "web"',
  },
  { about: 'Services that may not be listed', edge: routes, change: (w) => w.hidden.set('Service', 'forbidden'), code: 'hidden.forbidden', status: 'unknown' },
  {
    about: 'an alias',
    edge: routes,
    change: (w) => w.change('Service', 'web-svc', ['spec'], { type: 'ExternalName', externalName: 'example.com' }),
    code: 'type.alias',
    status: 'error',
  },
  {
    about: 'a Service without a selector',
    edge: routes,
    change: (w) => w.change('Service', 'web-svc', selector, undefined),
    code: 'selector.none',
    status: 'warning',
  },
  {
    about: 'a selector with another value',
    edge: routes,
    change: (w) => {
      w.change('Service', 'web-svc', selector, { app: 'webb' });
      w.settle();
    },
    code: 'selector.near',
    status: 'error',
    says: 'app=web instead of app=webb',
  },
  {
    about: 'a selector with one label too many',
    edge: routes,
    change: (w) => {
      w.change('Service', 'web-svc', selector, { app: 'web', tier: 'front' });
      w.settle();
    },
    code: 'selector.missingLabel',
    status: 'error',
    says: '"tier"',
  },
  {
    about: 'a selector that means another workload',
    edge: routes,
    change: (w) => {
      w.change('Service', 'web-svc', selector, { app: 'api' });
      w.settle();
    },
    code: 'selector.otherPods',
    status: 'error',
    says: 'none of "web"',
  },
  { about: 'pods whose label was changed', edge: routes, change: otherDeployment, code: 'ready.zero', status: 'error' },
  {
    about: 'pods that may not be listed',
    edge: routes,
    change: (w) => w.hidden.set('Pod', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'pods',
  },
  { about: 'pods that were not told yet', edge: routes, change: (w) => w.hidden.set('Pod', 'waiting'), code: 'hidden.waiting', status: 'unknown' },
  {
    about: 'a workload that runs nothing',
    edge: routes,
    change: (w) => {
      w.remove('Pod', 'web-1');
      w.settle();
    },
    code: 'ready.zero',
    status: 'error',
    says: '"web" runs no pods',
  },
  // Ports.
  {
    about: 'a target port that the container does not declare',
    edge: routes,
    change: (w) => w.change('Service', 'web-svc', ['spec', 'ports', 0, 'targetPort'], 9999),
    code: 'port.undeclared',
    status: 'warning',
    says: 'Declared: 8080',
  },
  {
    about: 'a target port of zero, which means the port itself',
    edge: routes,
    change: (w) => w.change('Service', 'web-svc', ['spec', 'ports', 0, 'targetPort'], 0),
    code: 'port.undeclared',
    status: 'warning',
    says: 'leads to 80',
  },
  { about: 'a target port by its name', edge: routes, change: (w) => w.change('Service', 'web-svc', ['spec', 'ports', 0, 'targetPort'], 'http') },
  {
    about: 'a target port by a name that no container has',
    edge: routes,
    change: (w) => {
      w.change('Service', 'web-svc', ['spec', 'ports', 0, 'targetPort'], 'grpc');
      w.settle();
    },
    code: 'port.unnamed',
    status: 'error',
    says: 'Named: http',
  },
  {
    about: 'a target port for another protocol',
    edge: routes,
    change: (w) => w.change('Service', 'web-svc', ['spec', 'ports', 0, 'protocol'], 'UDP'),
    code: 'port.protocol',
    status: 'error',
    says: 'for TCP',
  },
  {
    about: 'containers that declare nothing',
    edge: routes,
    change: (w) => w.change('Pod', 'web-1', ['spec', 'containers', 0, 'ports'], undefined),
    code: 'port.undeclared',
    status: 'warning',
    says: 'Declared: –',
  },
  // Readiness.
  {
    about: 'a pod that is not ready',
    edge: routes,
    change: (w) => {
      w.change('Pod', 'web-1', readyStatus, [{ type: 'Ready', status: 'False', message: 'probe says 503' }]);
      w.settle();
    },
    code: 'ready.none',
    status: 'error',
    says: 'web-1 (Running, not ready: probe says 503)',
  },
  {
    about: 'a pod that crashes',
    edge: routes,
    change: (w) => {
      w.change('Pod', 'web-1', ['status'], { phase: 'Running', containerStatuses: [{ name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } } }] });
      w.settle();
    },
    code: 'ready.none',
    status: 'error',
    says: 'CrashLoopBackOff',
  },
  {
    about: 'a pod that is being made',
    edge: routes,
    change: (w) => {
      w.change('Pod', 'web-1', ['status'], { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ContainerCreating' } } }] });
    },
    code: 'ready.starting',
    status: 'warning',
  },
  {
    about: 'a pod that no machine takes',
    edge: routes,
    change: (w) =>
      w.change('Pod', 'web-1', ['status'], {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      }),
    code: 'ready.none',
    status: 'error',
    says: '0/1 nodes',
  },
  {
    about: 'two pods of which one is ready',
    edge: routes,
    change: (w) => {
      w.put({ ...w.podOf(w.get('Deployment', 'web'), 2), status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] } });
      w.settle();
    },
    code: 'ready.some',
    status: 'warning',
    says: '1 of 2',
  },
  {
    about: 'a pod that is on its way out',
    edge: routes,
    change: (w) => {
      w.change('Pod', 'web-1', ['metadata', 'deletionTimestamp'], '2026-03-02T01:00:00Z');
      w.settle();
    },
    code: 'ready.zero',
    status: 'error',
  },
  // Endpoints.
  { about: 'no endpoints at all', edge: routes, change: (w) => w.remove('EndpointSlice', 'web-svc-a'), code: 'endpoints.none', status: 'error' },
  {
    about: 'endpoints that are not ready',
    edge: routes,
    change: (w) => w.change('EndpointSlice', 'web-svc-a', ['endpoints', 0, 'conditions', 'ready'], false),
    code: 'endpoints.notReady',
    status: 'error',
  },
  {
    about: 'endpoints without a condition, which count as ready',
    edge: routes,
    change: (w) => w.change('EndpointSlice', 'web-svc-a', ['endpoints', 0, 'conditions'], {}),
  },
  {
    about: 'endpoints without the port',
    edge: routes,
    change: (w) => w.change('EndpointSlice', 'web-svc-a', ['ports'], []),
    code: 'endpoints.noPort',
    status: 'error',
  },
  {
    about: 'endpoints that may not be listed',
    edge: routes,
    change: (w) => w.hidden.set('EndpointSlice', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'endpointslices.discovery.k8s.io',
  },
  // Policies at the receiving end.
  {
    about: 'a policy that lets nobody in',
    edge: routes,
    change: (w) => w.put(policy('deny', closing({}))),
    code: 'policy.closed',
    status: 'error',
    says: '"deny"',
  },
  {
    about: 'a policy that opens only another port',
    edge: routes,
    change: (w) => w.put(policy('deny', closing({ ingress: [{ ports: [{ port: 9090 }] }] }))),
    code: 'policy.closed',
    status: 'error',
    says: 'port 8080',
  },
  {
    about: 'a policy that opens the port by its name',
    edge: routes,
    change: (w) => w.put(policy('open', closing({ ingress: [{ ports: [{ port: 'http' }] }] }))),
  },
  {
    about: 'a policy that opens a range',
    edge: routes,
    change: (w) => w.put(policy('open', closing({ ingress: [{ ports: [{ port: 8000, endPort: 8100 }] }] }))),
  },
  {
    about: 'a policy that opens a range which ends before',
    edge: routes,
    change: (w) => w.put(policy('open', closing({ ingress: [{ ports: [{ port: 8000, endPort: 8079 }] }] }))),
    code: 'policy.closed',
    status: 'error',
  },
  {
    about: 'a policy that opens the port for another protocol',
    edge: routes,
    change: (w) => w.put(policy('open', closing({ ingress: [{ ports: [{ port: 8080, protocol: 'UDP' }] }] }))),
    code: 'policy.closed',
    status: 'error',
  },
  {
    about: 'a policy for other pods',
    edge: routes,
    change: (w) => w.put(policy('deny', { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] })),
  },
  { about: 'a policy in another namespace', edge: routes, change: (w) => w.put(policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }, 'else')) },
  {
    about: 'one policy that closes and another that opens',
    edge: routes,
    change: (w) => {
      w.put(policy('deny', closing({})));
      w.put(policy('open', closing({ ingress: [{}] })));
    },
  },
  {
    about: 'policies that may not be listed',
    edge: routes,
    change: (w) => w.hidden.set('NetworkPolicy', 'forbidden'),
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'networkpolicies.networking.k8s.io',
  },
  // Connections between workloads, both directions.
  { about: 'a workload that may reach another', edge: depends },
  {
    about: 'a policy that does not name the sender',
    edge: depends,
    change: (w) => w.put(policy('shut', closing({ ingress: [{ from: [{ podSelector: { matchLabels: { app: 'db' } } }] }] }))),
    code: 'policy.in',
    status: 'warning',
    says: '"api" reach port 8080 of "web"',
  },
  {
    about: 'a policy that names the sender',
    edge: depends,
    change: (w) => w.put(policy('open', closing({ ingress: [{ from: [{ podSelector: { matchLabels: { app: 'api' } } }] }] }))),
  },
  {
    about: 'a policy that names the sender by an expression',
    edge: depends,
    change: (w) =>
      w.put(policy('open', closing({ ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['api', 'x'] }] } }] }] }))),
  },
  {
    about: 'a policy that lets the sender send nothing',
    edge: depends,
    change: (w) => w.put(policy('mute', { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Egress'] })),
    code: 'policy.out',
    status: 'warning',
    says: '"api" send to port 8080',
  },
  {
    about: 'a policy that lets the sender send to that range',
    edge: depends,
    change: (w) =>
      w.put(
        policy('some', {
          podSelector: { matchLabels: { app: 'api' } },
          policyTypes: ['Egress'],
          egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24' } }], ports: [{ port: 8080 }] }],
        }),
      ),
  },
  {
    about: 'a policy whose range leaves the receiver out',
    edge: depends,
    change: (w) =>
      w.put(
        policy('some', {
          podSelector: { matchLabels: { app: 'api' } },
          policyTypes: ['Egress'],
          egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.0/28'] } }] }],
        }),
      ),
    code: 'policy.out',
    status: 'warning',
  },
  {
    about: 'a policy that names the namespace of the sender',
    edge: depends,
    change: (w) => w.put(policy('ns', closing({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] }] }))),
  },
  {
    about: 'a policy that goes by labels of a namespace which may not be read',
    edge: depends,
    change: (w) => {
      w.put(policy('ns', closing({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] }] })));
      w.hidden.set('Namespace', 'forbidden');
    },
    code: 'hidden.forbidden',
    status: 'unknown',
    says: 'namespaces',
  },
  { about: 'a policy that applies to its workload', text: guarded, edge: ['guard', 'web'] },
  {
    about: 'a policy that was pointed elsewhere',
    text: guarded,
    edge: ['guard', 'web'],
    change: (w) => w.change('NetworkPolicy', 'guard', ['spec', 'podSelector'], { matchLabels: { app: 'x' } }),
    code: 'policy.selectsNone',
    status: 'error',
  },
  { about: 'a policy that lets its peer in', text: guarded, edge: ['guard', 'api'] },
  {
    about: 'a policy that lost the rule for its peer',
    text: guarded,
    edge: ['guard', 'api'],
    change: (w) => w.change('NetworkPolicy', 'guard', ['spec', 'ingress'], []),
    code: 'policy.notMeant',
    status: 'error',
  },
  // Autoscalers.
  {
    about: 'an autoscaler with metrics',
    edge: ['scale', 'web'],
    change: (w) => w.change('HorizontalPodAutoscaler', 'scale', ['status'], { conditions: [{ type: 'ScalingActive', status: 'True' }] }),
  },
  { about: 'an autoscaler that has judged nothing yet', edge: ['scale', 'web'], code: 'metrics.waiting', status: 'unknown' },
  {
    about: 'an autoscaler without metrics',
    edge: ['scale', 'web'],
    change: (w) =>
      w.change('HorizontalPodAutoscaler', 'scale', ['status'], {
        conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'no metrics known' }],
      }),
    code: 'metrics.missing',
    status: 'error',
    says: 'no metrics known',
  },
  {
    about: 'an autoscaler whose target is gone',
    edge: ['scale', 'web'],
    change: (w) => w.remove('Deployment', 'web'),
    code: 'target.missing',
    status: 'error',
  },
  {
    about: 'an autoscaler that was pointed elsewhere',
    edge: ['scale', 'web'],
    change: (w) => w.change('HorizontalPodAutoscaler', 'scale', ['spec', 'scaleTargetRef', 'name'], 'api'),
    code: 'target.other',
    status: 'error',
    says: '"api"',
  },
  {
    about: 'a share of a request that is not there',
    edge: ['scale', 'web'],
    change: (w) => w.change('Deployment', 'web', ['spec', 'template', 'spec', 'containers', 0, 'resources'], undefined),
    code: 'requests.missing',
    status: 'error',
    says: 'cpu',
  },
  // Mounts, budgets and the rest.
  { about: 'variables from a ConfigMap that is there', edge: ['settings', 'web'] },
  {
    about: 'variables from a ConfigMap that is gone',
    edge: ['settings', 'web'],
    change: (w) => w.remove('ConfigMap', 'settings'),
    code: 'source.missing',
    status: 'error',
    says: 'cannot start',
  },
  {
    about: 'a key that is gone',
    edge: ['settings', 'web'],
    change: (w) =>
      w.change(
        'Deployment',
        'web',
        ['spec', 'template', 'spec', 'containers', 0, 'env'],
        [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'LEVEL' } } }],
      ),
    code: 'key.missing',
    status: 'error',
    says: 'It has: MODE',
  },
  {
    about: 'a ConfigMap that the pods do not use',
    edge: ['settings', 'web'],
    change: (w) => w.change('Deployment', 'web', ['spec', 'template', 'spec', 'containers', 0, 'envFrom'], undefined),
    code: 'source.unused',
    status: 'error',
  },
  {
    about: "an optional ConfigMap that is gone is nobody's fault but that of the edge",
    edge: ['settings', 'web'],
    change: (w) => {
      w.change('Deployment', 'web', ['spec', 'template', 'spec', 'containers', 0, 'envFrom', 0, 'configMapRef', 'optional'], true);
    },
  },
  {
    about: 'a claim without a volume',
    edge: ['data', 'web'],
    change: (w) => w.change('PersistentVolumeClaim', 'data', ['status'], { phase: 'Pending' }),
    code: 'claim.pending',
    status: 'warning',
  },
  { about: 'a claim with its volume', edge: ['data', 'web'], change: (w) => w.change('PersistentVolumeClaim', 'data', ['status'], { phase: 'Bound' }) },
  {
    about: 'a claim whose volume is lost',
    edge: ['data', 'web'],
    change: (w) => w.change('PersistentVolumeClaim', 'data', ['status'], { phase: 'Lost' }),
    code: 'claim.lost',
    status: 'error',
  },
  { about: 'a budget that protects its workload', edge: ['budget', 'web'] },
  {
    about: 'a budget that protects nothing',
    edge: ['budget', 'web'],
    change: (w) => w.change('PodDisruptionBudget', 'budget', ['spec', 'selector'], { matchLabels: { app: 'x' } }),
    code: 'policy.selectsNone',
    status: 'error',
  },
  { about: 'pods that run as their account', edge: ['account', 'web'] },
  {
    about: 'pods that run as another account',
    edge: ['account', 'web'],
    change: (w) => w.change('Deployment', 'web', ['spec', 'template', 'spec', 'serviceAccountName'], 'root'),
    code: 'account.other',
    status: 'error',
    says: '"root"',
  },
];

let worlds: DiagnosisWorlds;
beforeAll(async () => {
  worlds = new DiagnosisWorlds(await coreCatalog());
});

describe('an edge is judged hop by hop', () => {
  test.each(cases.map((one) => [one.about, one] as const))('%s', (_, one) => {
    const world = worlds.of(one.text ?? plain);
    one.change?.(world);
    const checks = world.edge(...one.edge);
    expect(checks.length).toBeGreaterThan(0);
    const first = firstFalse(checks);
    expect(first === undefined ? undefined : { code: first.code, status: first.status, text: diagnosisText(first) }).toEqual(
      one.code === undefined ? undefined : { code: one.code, status: one.status, text: expect.stringContaining(one.says ?? '') },
    );
    // Whatever is said has all its words.
    for (const check of checks) expect(diagnosisText(check)).not.toMatch(/\{\w+\}/);
  });

  test('covers every hop with a case that holds and one that does not', () => {
    const passes = new Set<string>();
    const fails = new Set<string>();
    for (const one of cases) {
      const world = worlds.of(one.text ?? plain);
      one.change?.(world);
      for (const check of world.edge(...one.edge)) (check.status === 'pass' ? passes : fails).add(check.name);
    }
    const hops = ['ingress-exists', 'class-exists', 'class-controller', 'host-conflict', 'tls-secret', 'tls-hosts', 'backend-exists', 'backend-port'];
    const behind = ['service-exists', 'selector-match', 'port-config', 'pods-ready', 'endpoints-exist', 'policy-allows'];
    for (const name of [
      ...hops,
      ...behind,
      'target-exists',
      'metrics-available',
      'requests-set',
      'source-exists',
      'key-exists',
      'claim-bound',
      'account-used',
    ]) {
      if (name !== 'key-exists') expect([name, passes.has(name)]).toEqual([name, true]);
      expect([name, fails.has(name)]).toEqual([name, true]);
    }
    expect(cases.length).toBeGreaterThanOrEqual(80);
  });
});
