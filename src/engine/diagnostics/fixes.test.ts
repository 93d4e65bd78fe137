import { beforeAll, describe, expect, test } from 'vitest';
import { coreCatalog } from '../../testing/coreCatalog';
import type { DiagnosisWorld } from '../../testing/diagnosisWorld';
import { DiagnosisWorlds, made } from '../../testing/diagnosisWorld';
import type { FixType } from '../../shared/diagnosis';
import { editText } from '../document/editText';
import { isAddressRange, isInRange } from './addresses';
import { suggestionText } from '../../shared/diagnosis';
import { surroundingsOf } from './balancerHops';
import type { JudgedCheck } from './judging';

const head = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
`;
const shop = (
  service: string,
  ingress = 'front: { type: ingress, host: shop.example.com }',
): string => `${head}  web: { type: deployment, image: nginx, port: 8080 }
  web-svc: ${service}
  ${ingress} # outside
edges:
  - web-svc -> web
  - front -> web-svc
`;
const plain = '{ type: service, port: 80 }';

let worlds: DiagnosisWorlds;
beforeAll(async () => {
  worlds = new DiagnosisWorlds(await coreCatalog());
});

function fixOf(world: DiagnosisWorld, from: string, fixType: FixType): JudgedCheck {
  const checks = [...world.node(from), ...world.workflow.edges.filter((edge) => edge.from === from).flatMap((edge) => world.edge(edge.from, edge.to))];
  const found = checks.find((check) => check.fixType === fixType);
  if (found === undefined) throw new Error(`no ${fixType} among ${checks.map((check) => check.code).join(', ')}`);
  return found;
}

function fixed(text: string, check: JudgedCheck, answer = ''): string {
  const edit = check.fix?.edit(answer);
  const outcome = edit === undefined ? undefined : editText(text, edit);
  if (outcome?.ok !== true) throw new Error('the edit was refused');
  return outcome.text;
}

describe('a fix is an edit of the file', () => {
  test.each([
    ['a selector against the edge is taken back', '{ type: service, port: 80, selector: { app: x } }', 'selector-fix', plain],
    ['a target app against the edge is taken back', '{ type: service, port: 80, targetApp: x }', 'selector-fix', plain],
    ['a target port against the edge is taken back', '{ type: service, port: 80, targetPort: 9999 }', 'port-fix', plain],
    [
      'one of several target ports becomes the port that the container declares',
      '{ type: service, ports: [{ name: a, port: 80, targetPort: 8080 }, { name: b, port: 81, targetPort: 9999 }] }',
      'port-fix',
      '{ type: service, ports: [{ name: a, port: 80, targetPort: 8080 }, { name: b, port: 81, targetPort: 8080 }] }',
    ],
    [
      'a target port by a wrong name gets the right name',
      '{ type: service, ports: [{ name: a, port: 80, targetPort: grpc }] }',
      'port-fix',
      '{ type: service, ports: [{ name: a, port: 80, targetPort: http }] }',
    ],
  ] as const)('%s', (_, before, fixType, after) => {
    const text = shop(before);
    const world = worlds.of(text);
    expect(fixed(text, fixOf(world, 'web-svc', fixType))).toBe(shop(after));
  });

  test.each([
    [
      'the only class that there is',
      'front: { type: ingress, host: shop.example.com, ingressClassName: none }',
      'class-fix',
      'front: { type: ingress, host: shop.example.com, ingressClassName: nginx }',
    ],
    [
      'a port that the Service has',
      'front: { type: ingress, host: shop.example.com, servicePort: 81 }',
      'port-fix',
      'front: { type: ingress, host: shop.example.com }',
    ],
    [
      'the connected Service',
      'front: { type: ingress, host: shop.example.com, serviceName: other }',
      'backend-fix',
      'front: { type: ingress, host: shop.example.com }',
    ],
    [
      'the hosts of all rules',
      'front: { type: ingress, host: shop.example.com, tlsEnabled: true, tlsHosts: [a.example.com] }',
      'host-fix',
      'front: { type: ingress, host: shop.example.com, tlsEnabled: true, tlsHosts: [a.example.com, shop.example.com] }',
    ],
  ] as const)('an Ingress gets %s', (_, before, fixType, after) => {
    const text = shop(plain, before);
    expect(fixed(text, fixOf(worlds.of(text), 'front', fixType))).toBe(shop(plain, after));
  });

  test('a path that somebody else has is asked for anew, and an answer that is no path makes nothing', () => {
    const text = shop(plain);
    const world = worlds.of(text);
    const backend = { service: { name: 'other', port: { number: 80 } } };
    const rules = [{ host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
    world.put(made('networking.k8s.io/v1', 'Ingress', 'shop', 'old', { spec: { ingressClassName: 'nginx', rules } }));
    const check = fixOf(world, 'front', 'path-fix');
    expect(check.fix?.question).toEqual({ about: 'path', suggested: '/front' });
    expect(check.fix?.edit('no path')).toBeUndefined();
    expect(fixed(text, check, '/new')).toBe(shop(plain, 'front: { type: ingress, host: shop.example.com, path: /new }'));
  });

  test('where the cluster differs from the file there is none', () => {
    const world = worlds.of(shop(plain), shop('{ type: service, port: 80, selector: { app: x }, targetPort: 9999 }'));
    const [match] = world.edge('web-svc', 'web').filter((check) => check.status === 'error');
    expect([match?.isDrift, match?.autoFixable]).toEqual([true, false]);
  });

  test('a key that is asked for is added to its ConfigMap, and to its Secret by name only', () => {
    const text = `${head}  web: { type: deployment, image: nginx, patch: { spec: { template: { spec: { containers: [{ name: web, env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: LEVEL } } }, { name: B, valueFrom: { secretKeyRef: { name: keys, key: TOKEN } } }] }] } } } } }
  settings: { type: configmap, data: { MODE: x } }
  keys: { type: secret, keys: [OTHER] }
`;
    const world = worlds.of(text);
    const fixes = world.node('web').filter((check) => check.fixType === 'key-fix');
    expect(fixes.map((check) => check.nodeId).toSorted()).toEqual(['keys', 'settings']);
    const after = fixes.reduce((now, check) => fixed(now, check), text);
    expect(after).toMatch(/settings: \{ type: configmap, data: \{ MODE: x, LEVEL: (""|'') \} \}/);
    expect(after).toContain('keys: { type: secret, keys: [OTHER, TOKEN] }');
  });

  test('an override of the environment is mended in the environment', async () => {
    const { renderWorkflow } = await import('../render');
    const { parseWorkflow } = await import('../document/parse');
    const { intentOf } = await import('./judging');
    const { selectorFix } = await import('./fixes');
    const text = `${head}  web: { type: deployment, image: nginx, port: 8080 }
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
environments:
  test: { context: x, set: { web-svc: { selector: { app: x }, port: 81 } } }
`;
    const rendered = renderWorkflow({ workflow: parseWorkflow(text).workflow, loaded: await coreCatalog(), namespace: 'shop', environment: 'test' });
    const intent = intentOf({ ...rendered, environment: 'test' });
    const fix = selectorFix(intent, 'web-svc', intent.objectsOf('web')[0]);
    const outcome = editText(text, fix?.edit('') ?? { type: 'move', positions: {} });
    expect(outcome.ok && outcome.text).toBe(text.replace('selector: { app: x }, ', ''));
  });
});

describe('a load balancer without an address', () => {
  const text = shop('{ type: service, port: 80, serviceType: LoadBalancer }');
  const machine = (spec: { readonly providerID?: string }, labels: Readonly<Record<string, string>> = {}) =>
    made('v1', 'Node', '', 'machine', { spec, metadata: { labels }, status: { addresses: [{ type: 'InternalIP', address: '10.1.2.3' }] } });
  const finding = (world: DiagnosisWorld) => world.node('web-svc').find((check) => check.name === 'loadbalancer-provisioned');

  test('waits for the cloud where there is one, and gets no pool', () => {
    const world = worlds.of(text);
    world.put(machine({ providerID: 'aws:///eu-1/i-1' }));
    world.put(made('v1', 'Namespace', '', 'metallb-system'));
    expect([finding(world)?.code, finding(world)?.status, finding(world)?.autoFixable]).toEqual(['balancer.cloud', 'warning', false]);
  });

  test('has nobody to give it one without MetalLB', () => {
    const world = worlds.of(text);
    world.put(machine({}));
    expect([finding(world)?.code, finding(world)?.status, finding(world)?.autoFixable]).toEqual(['balancer.none', 'error', false]);
  });

  test.each([
    ['minikube', machine({}, { 'minikube.k8s.io/name': 'minikube' }), 'minikube tunnel'],
    ['k3s', machine({ providerID: 'k3s://n' }, { 'k3s.io/hostname': 'n' }), 'ServiceLB'],
    ['kind', machine({ providerID: 'kind://docker/kind/n' }), 'cloud-provider-kind'],
  ])('is told what helps on %s', (place, node, words) => {
    const world = worlds.of(text);
    world.put(node);
    const check = finding(world);
    expect(check?.code).toBe(`balancer.${place}`);
    expect(check === undefined ? '' : suggestionText(check)).toContain(words);
  });

  test('gets no second pool where MetalLB has one, or where the file has one to deploy', () => {
    const world = worlds.of(text);
    world.put(machine({}));
    world.put(made('v1', 'Namespace', '', 'metallb-system'));
    world.put(made('metallb.io/v1beta1', 'IPAddressPool', 'metallb-system', 'office', { spec: { addresses: ['10.1.2.0/28'] } }));
    expect([finding(world)?.code, finding(world)?.args, finding(world)?.autoFixable]).toEqual(['balancer.pools', { pools: 'office' }, false]);

    const pool =
      'pool: { type: manifest, manifest: { apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: { name: office, namespace: metallb-system } } }';
    const planned = worlds.of(text.replace('nodes:\n', `nodes:\n  ${pool}\n`));
    planned.put(machine({}));
    planned.put(made('v1', 'Namespace', '', 'metallb-system'));
    planned.objects.forEach((object, key) => object.kind === 'IPAddressPool' && planned.objects.delete(key));
    expect([finding(planned)?.code, finding(planned)?.isDrift, finding(planned)?.autoFixable]).toEqual(['balancer.metallb', true, false]);
  });

  test('is told of a proxy that answers for every address, where its settings can be read', () => {
    const world = worlds.of(text);
    world.put(machine({}));
    world.put(made('v1', 'Namespace', '', 'metallb-system'));
    const codes = (settings: string): readonly string[] => {
      world.put(made('v1', 'ConfigMap', 'kube-system', 'kube-proxy', { data: { 'config.conf': settings } }));
      return world.node('web-svc').flatMap((check) => (check.name === 'loadbalancer-provisioned' ? [check.code] : []));
    };
    expect(codes('mode: ipvs\nipvs: { strictARP: false }\n')).toEqual(['balancer.metallb', 'balancer.strictArp']);
    expect(codes('mode: ipvs\n')).toEqual(['balancer.metallb', 'balancer.strictArp']);
    expect(codes('mode: ipvs\nipvs: { strictARP: true }\n')).toEqual(['balancer.metallb']);
    expect(codes('mode: iptables\n')).toEqual(['balancer.metallb']);
    expect(codes('a: &a [*a\n: {{')).toEqual(['balancer.metallb']);
  });

  test('gets two manifests for MetalLB with the range that a person names', () => {
    const world = worlds.of(text);
    world.put(machine({}));
    world.put(made('v1', 'Namespace', '', 'metallb-system'));
    const check = finding(world);
    expect(check?.fix?.question).toEqual({ about: 'addressRange', suggested: '10.1.2.100-10.1.2.110' });
    expect(check?.fix?.edit('everything')).toBeUndefined();
    const after = check === undefined ? '' : fixed(text, check, '10.1.2.100-10.1.2.110');
    const rendered = worlds.of(after).intent.objects.filter((one) => one.object.apiVersion === 'metallb.io/v1beta1');
    expect(rendered.map(({ object }) => [object.kind, object.metadata.name, object.metadata.namespace, object.spec])).toEqual([
      ['IPAddressPool', 'shop', 'metallb-system', { addresses: ['10.1.2.100-10.1.2.110'] }],
      ['L2Advertisement', 'shop', 'metallb-system', { ipAddressPools: ['shop'] }],
    ]);
  });

  test('cannot be told where machines may not be listed, and is well with an address', () => {
    const world = worlds.of(text);
    world.hidden.set('Node', 'forbidden');
    expect(finding(world)?.status).toBe('unknown');
    world.change('Service', 'web-svc', ['status'], { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } });
    expect([finding(world)?.code, finding(world)?.args]).toEqual(['balancer.pass', { address: 'lb.example.com' }]);
  });

  test('stands in a place that its first machine tells', () => {
    const places = [
      machine({ providerID: 'gce://p/z/n' }),
      machine({}, { 'minikube.k8s.io/name': 'minikube' }),
      machine({ providerID: 'k3s://n' }, { 'k3s.io/hostname': 'n' }),
      machine({ providerID: 'kind://docker/kind/n' }),
      machine({}),
    ];
    expect(places.map((one) => surroundingsOf([one]))).toEqual(['cloud', 'minikube', 'k3s', 'kind', 'bare-metal']);
  });
});

describe('addresses', () => {
  test.each([
    ['10.0.0.7', '10.0.0.0/24', true],
    ['10.0.1.7', '10.0.0.0/24', false],
    ['10.0.0.7', '0.0.0.0/0', true],
    ['10.0.0.7', '10.0.0.7/32', true],
    ['10.0.0.7', '10.0.0.0/33', false],
    ['10.0.0.7', '10.0.0.0', false],
    ['10.0.0.256', '10.0.0.0/8', false],
    ['2001:db8::7', '2001:db8::/32', true],
    ['2001:db9::7', '2001:db8::/32', false],
    ['2001:db8::7', '10.0.0.0/8', false],
    ['::1', '::/0', true],
    ['1::2::3', '::/0', false],
  ])('%s in %s: %s', (address, range, expected) => {
    expect(isInRange(address, range)).toBe(expected);
  });

  test.each([
    ['192.0.2.1-192.0.2.9', true],
    ['192.0.2.9-192.0.2.1', false],
    ['192.0.2.0/28', true],
    ['192.0.2.1', false],
    ['a-b', false],
    ['192.0.2.1-192.0.2.2-192.0.2.3', false],
    ['2001:db8::1-2001:db8::9', true],
  ])('%s as a range: %s', (text, expected) => {
    expect(isAddressRange(text)).toBe(expected);
  });
});
