import { describe, expect, test } from 'vitest';
import { problemText } from '../../shared/problem';
import type { Problem } from '../../shared/problem';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { checkWorkflow } from '../check';
import { parseWorkflow } from '../document/parse';
import { applyOrder } from '../order';
import type { RenderResult } from '../render';
import { renderWorkflow } from '../render';
import { isNamespacedKind } from './scope';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();

const web = '  web: { type: deployment, image: nginx:1.29, replicas: 3, resources: { requests: { cpu: 100m, memory: 64Mi } } }\n';

function parsed(nodes: string, edges: readonly string[] = []): ReturnType<typeof parseWorkflow> {
  const list = edges.map((edge) => `  - ${edge}\n`).join('');
  return parseWorkflow(`apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: w\nnamespace: shop\nnodes:\n${nodes}edges:\n${list}`);
}

function problems(nodes: string, edges: readonly string[] = []): readonly Problem[] {
  return checkWorkflow({ parsed: parsed(nodes, edges), loaded, openApi });
}

const words = (nodes: string, edges: readonly string[] = []): readonly string[] =>
  problems(nodes, edges).map((problem) => `${problem.severity} ${problem.code} ${(problem.path ?? []).join('.')}`.trim());

function rendered(nodes: string, edges: readonly string[] = []): RenderResult {
  return renderWorkflow({ workflow: parsed(nodes, edges).workflow, loaded, namespace: 'shop' });
}

const objectOf = (result: RenderResult, nodeId: string): unknown =>
  JSON.parse(JSON.stringify(result.objects.find((one) => one.nodeId === nodeId)?.object ?? null));

describe('an autoscaler', () => {
  test('alone scales nothing, and connected it is well', () => {
    expect(words('  scale: { type: hpa }\n')).toEqual(['error edge.scalesNothing']);
    expect(words(web.replace('replicas: 3, ', '') + '  scale: { type: hpa }\n', ['scale -> web'])).toEqual([]);
  });

  test('has bounds in the right order, something to go by, and requests to go by', () => {
    const target = 'scaleTargetName: web';
    expect(words(`  scale: { type: hpa, ${target}, minReplicas: 5, maxReplicas: 2 }\n`)).toEqual(['error node.boundsTurned minReplicas']);
    expect(words(`  scale: { type: hpa, ${target}, minReplicas: 11 }\n`)).toEqual(['error node.boundsTurned minReplicas']);
    expect(words(`  scale: { type: hpa, ${target}, maxReplicas: null }\n`)).toEqual(['error node.missingField maxReplicas']);
    expect(words(`  scale: { type: hpa, ${target}, targetCPUUtilization: null }\n`)).toEqual(['error node.noMetric']);
    expect(words(`  scale: { type: hpa, ${target}, targetCPUUtilization: 101 }\n`)).toEqual(['error node.outOfRange targetCPUUtilization']);
    expect(words('  web: { type: deployment, image: nginx:1.29 }\n  scale: { type: hpa }\n', ['scale -> web'])).toEqual([
      'warning node.noRequests targetCPUUtilization',
    ]);
  });

  test('decides the replicas of its workload, whatever the file says, and the file is told so', () => {
    const nodes = `${web}  scale: { type: hpa }\n`;
    const result = rendered(nodes, ['scale -> web']);
    expect(objectOf(result, 'web')).not.toHaveProperty('spec.replicas');
    expect(result.objects.find((one) => one.nodeId === 'web')?.scaledByOthers).toBe(true);
    const [told] = problems(nodes, ['scale -> web']);
    expect(told).toMatchObject({ code: 'node.autoscaled', severity: 'warning', nodeId: 'web', path: ['replicas'], fixes: [{ code: 'fix.removeKey' }] });
    expect(objectOf(rendered(nodes), 'web')).toHaveProperty('spec.replicas', 3);
  });

  test('that names another workload leaves the connected one alone, and the contradiction is told', () => {
    const nodes = `${web}  scale: { type: hpa, scaleTargetName: api }\n`;
    expect(objectOf(rendered(nodes, ['scale -> web']), 'web')).toHaveProperty('spec.replicas', 3);
    expect(words(nodes, ['scale -> web'])).toEqual(['warning node.contradiction scaleTargetName']);
  });

  test('beside a second one for the same workload is told of', () => {
    expect(words(`${web.replace('replicas: 3, ', '')}  a: { type: hpa }\n  b: { type: hpa }\n`, ['a -> web', 'b -> web'])).toEqual([
      'warning node.scaledTwice',
    ]);
  });

  test('comes after its workload', () => {
    const { resolved } = rendered(`  scale: { type: hpa }\n${web}`, ['scale -> web']);
    expect(applyOrder(resolved).order).toEqual(['web', 'scale']);
  });
});

describe('a network policy', () => {
  test('that closes a direction says whom it cuts off, in words', () => {
    const [ingress] = problems('  closed: { type: networkpolicy }\n');
    expect(ingress === undefined ? '' : problemText(ingress)).toBe(
      'Nobody can reach any pod of the namespace while "closed" is there: it has no ingressRules. Connect who may ("allow-from"), or add a rule; an empty rule lets everyone in.',
    );
    const both = problems(`${web}  closed: { type: networkpolicy, policyTypes: [Ingress, Egress] }\n`, ['closed -> web']);
    expect(both.map((one) => `${one.severity} ${one.code}`)).toEqual(['warning node.blocksIngress', 'warning node.blocksEgress']);
    expect(both.map(problemText)[0]).toContain('reach pods with app=web while');
    expect(words('  open: { type: networkpolicy, ingressRules: [{}] }\n')).toEqual([]);
  });

  test('is applied before its workload and the ends that it names', () => {
    const nodes = `${web}  api: { type: deployment, image: nginx:1.29 }\n  policy: { type: networkpolicy }\n`;
    const { resolved } = rendered(nodes, ['policy -> web', '{ from: policy, to: api, relation: allow-from }']);
    expect(applyOrder(resolved).order).toEqual(['policy', 'web', 'api']);
    expect(words(nodes, ['policy -> web', '{ from: policy, to: api, relation: allow-from }'])).toEqual([]);
  });

  test('keeps its own selector and says when an edge means other pods', () => {
    const nodes = `${web}  policy: { type: networkpolicy, podSelector: { role: db }, ingressRules: [{}] }\n`;
    expect(objectOf(rendered(nodes, ['policy -> web']), 'policy')).toHaveProperty('spec.podSelector', { matchLabels: { role: 'db' } });
    expect(words(nodes, ['policy -> web'])).toEqual(['warning node.contradiction podSelector']);
  });

  test('keeps its own directions, and rules of another one are said to have no effect', () => {
    const nodes = `${web}  policy: { type: networkpolicy, policyTypes: [Ingress], ingressRules: [{}], egressRules: [{}] }\n`;
    expect(objectOf(rendered(nodes, ['{ from: policy, to: web, relation: allow-to }']), 'policy')).toHaveProperty('spec.policyTypes', ['Ingress']);
    expect(words(nodes)).toEqual(['warning node.noEffect egressRules']);
  });

  test.each([
    ['{ cidr: 10.0.0.0/33 }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.cidr'],
    ['{ cidr: 10.0.0.0 }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.cidr'],
    ['{ cidr: 10.01.0.0/8 }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.cidr'],
    ['{ cidr: 10.0.0.0/8, except: [11.0.0.0/16] }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.except.0'],
    ['{ cidr: 10.0.0.0/8, except: [10.0.0.0/8] }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.except.0'],
    ['{ cidr: "::1::/64" }', 'error node.invalidValue ingressRules.0.from.0.ipBlock.cidr'],
    ['{ cidr: "fe80::/10", except: ["fe80:1::/32"] }', undefined],
    ['{ cidr: "::ffff:10.0.0.0/104" }', undefined],
  ])('takes ranges as the API does: %s', (block, expected) => {
    expect(words(`  policy: { type: networkpolicy, ingressRules: [{ from: [{ ipBlock: ${block} }] }] }\n`)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('has peers that say something, and ranges of ports by number in the right order', () => {
    const rule = (from: string, ports = '[]'): string => `  policy: { type: networkpolicy, ingressRules: [{ from: ${from}, ports: ${ports} }] }\n`;
    expect(words(rule('[{}]'))).toEqual(['error node.invalidValue ingressRules.0.from.0']);
    expect(words(rule('[{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }]'))).toEqual(['error node.exclusive ingressRules.0.from.0.ipBlock']);
    expect(words(rule('[]', '[{ port: 90, endPort: 80 }]'))).toEqual(['error node.boundsTurned ingressRules.0.ports.0.endPort']);
    expect(words(rule('[]', '[{ port: http, endPort: 80 }]'))).toEqual(['error node.invalidValue ingressRules.0.ports.0.endPort']);
  });
});

describe('a disruption budget', () => {
  const budget = (fields: string): string => `${web}  budget: { type: poddisruptionbudget, ${fields} }\n`;

  test.each([
    ['minAvailable: 1', []],
    ['maxUnavailable: 25%', []],
    ['minAvailable: 1, maxUnavailable: 1', ['error node.exclusive minAvailable']],
    ['unhealthyPodEvictionPolicy: AlwaysAllow', ['error node.missingField']],
    ['minAvailable: half', ['error node.invalidValue minAvailable']],
    ['minAvailable: 3', ['warning node.blocksEvictions minAvailable']],
    ['minAvailable: 100%', ['warning node.blocksEvictions minAvailable']],
    ['maxUnavailable: 0', ['warning node.blocksEvictions maxUnavailable']],
    ['maxUnavailable: 0%', ['warning node.blocksEvictions maxUnavailable']],
    ['maxUnavailable: -1', ['error node.outOfRange maxUnavailable']],
  ])('with %s', (fields, expected) => {
    expect(words(budget(fields), ['budget -> web'])).toEqual(expected);
  });

  test('needs pods, and knows no number of them while an autoscaler decides it', () => {
    expect(words(budget('maxUnavailable: 1'))).toEqual(['error edge.protectsNothing']);
    const scaled = `${budget('minAvailable: 3').replace('replicas: 3, ', '')}  scale: { type: hpa }\n`;
    expect(words(scaled, ['budget -> web', 'scale -> web'])).toEqual([]);
  });
});

describe('a service account', () => {
  test('comes before the workload that runs as it; another name in the file counts and is told', () => {
    const nodes = `${web}  account: { type: serviceaccount }\n`;
    const result = rendered(nodes, ['account -> web']);
    expect(objectOf(result, 'web')).toHaveProperty('spec.template.spec.serviceAccountName', 'account');
    expect(applyOrder(result.resolved).order).toEqual(['account', 'web']);
    const own = nodes.replace('replicas: 3', 'serviceAccountName: own');
    expect(objectOf(rendered(own, ['account -> web']), 'web')).toHaveProperty('spec.template.spec.serviceAccountName', 'own');
    expect(words(own, ['account -> web'])).toEqual(['warning node.contradiction serviceAccountName']);
  });
});

describe('a namespace', () => {
  test('comes before everything in it, drawn or not, and lends what it contains its name', () => {
    const nodes = `  a: { type: configmap, data: { K: v }, namespace: team }\n  b: { type: configmap, data: { K: v } }\n  c: { type: configmap, data: { K: v } }\n  team: { type: namespace }\n`;
    const result = rendered(nodes, ['team -> b']);
    expect(applyOrder(result.resolved).waves).toEqual([
      ['c', 'team'],
      ['a', 'b'],
    ]);
    expect(result.objects.map((one) => [one.nodeId, one.object.metadata.namespace, one.namespaced])).toEqual([
      ['a', 'team', true],
      ['b', 'team', true],
      ['c', 'shop', true],
      ['team', undefined, false],
    ]);
    expect(words(`  a: { type: configmap, data: { K: v }, namespace: own }\n  team: { type: namespace }\n`, ['team -> a'])).toEqual([
      'warning node.contradiction namespace',
    ]);
  });
});

describe('a role', () => {
  const role = (fields: string): string => `  account: { type: serviceaccount }\n  role: { type: role, ${fields} }\n`;

  test('makes its binding as soon as there is someone to bind it to', () => {
    const kinds = (edges: readonly string[]): readonly string[] =>
      rendered(role('rules: [{ resources: [pods], verbs: [get] }]'), edges).objects.map((one) => one.object.kind);
    expect(kinds([])).toEqual(['ServiceAccount', 'Role']);
    expect(kinds(['role -> account'])).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
  });

  test.each([
    ['rules: [{ resources: [pods], verbs: [get] }]', []],
    ['clusterWide: true', ['error node.missingField rules']],
    ['rules: [{ verbs: [get] }]', ['error node.missingField rules.0']],
    ['rules: [{ resources: [pods] }]', ['error node.missingField rules.0.verbs']],
    ['rules: [{ nonResourceURLs: [/metrics], verbs: [get] }]', ['error node.invalidValue rules.0.nonResourceURLs']],
    ['clusterWide: true, rules: [{ nonResourceURLs: [/metrics], verbs: [get] }]', []],
    ['existingRole: { name: view }', []],
    ['existingRole: { name: view }, rules: [{ resources: [pods], verbs: [get] }]', ['error node.exclusive rules']],
    ['clusterWide: true, existingRole: { name: mine, kind: Role }', ['error node.invalidValue existingRole.kind']],
  ])('with %s', (fields, expected) => {
    expect(words(role(fields), ['role -> account'])).toEqual(expected);
  });

  test('that is given to nobody is told of', () => {
    expect(words(role('rules: [{ resources: [pods], verbs: [get] }]'))).toEqual(['info edge.bindsNobody']);
    expect(words(role('existingRole: { name: view }'))).toEqual(['error edge.bindsNobody']);
  });
});

describe('a manifest', () => {
  const manifest = (body: string, more = ''): string => `  raw: { type: manifest, ${more} manifest: ${body} }\n`;

  test('never holds the values of a Secret, and says where they belong', () => {
    const secret = manifest('{ apiVersion: v1, kind: Secret, stringData: { PASSWORD: hunter2 } }');
    const found = problems(secret);
    expect(found.map((one) => [one.code, one.path])).toEqual([['node.manifestSecret', ['manifest', 'stringData']]]);
    expect(found.map(problemText).join()).toContain('use a node of type "secret"');
    const result = rendered(secret);
    expect(result.objects).toEqual([]);
    expect(result.problems.map((one) => one.code)).toEqual(['node.manifestSecret']);
    expect(JSON.stringify(result.problems)).not.toContain('hunter2');
    const patched = manifest('{ apiVersion: v1, kind: Secret, type: Opaque }', 'patch: { data: { A: aHVudGVyMg== } },');
    expect(words(patched)).toEqual(['error node.manifestSecret patch.data']);
    expect(JSON.stringify(rendered(patched).objects)).not.toContain('aHVudGVyMg');
  });

  test('is checked where its kind is known, with the place in the file, and told that it is not where it is not', () => {
    expect(words(manifest('{ apiVersion: v1, kind: LimitRange, spec: { limits: [{ typ: Container }] } }'))).toEqual([
      'error object.missingField manifest.spec.limits.0',
      'error object.misspelt manifest.spec.limits.0.typ',
    ]);
    expect(words(manifest('{ apiVersion: acme.example/v1, kind: Widget, spec: { anything: [1, { a: null }] } }'))).toEqual(['info object.unknownKind']);
  });

  test('needs a kind, and is one object', () => {
    expect(words(manifest('{ spec: {} }'))).toEqual(['error node.missingField manifest.apiVersion', 'error node.missingField manifest.kind']);
    expect(words(manifest('{ apiVersion: v1, kind: List, items: [] }'))).toEqual(['error node.manifestList manifest.kind']);
    expect(words('  raw: { type: manifest }\n')).toEqual(['error node.missingField manifest']);
  });

  test('copied from a cluster loses what the cluster set, and says so', () => {
    const copied = manifest('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, uid: x, managedFields: [] }, data: { a: b }, status: {} }');
    expect(words(copied)).toEqual([
      'warning node.serverField manifest.metadata.uid',
      'warning node.serverField manifest.metadata.managedFields',
      'warning node.serverField manifest.status',
    ]);
    const object = objectOf(rendered(copied), 'raw');
    for (const path of ['metadata.uid', 'metadata.managedFields', 'status']) expect(object).not.toHaveProperty(path);
  });

  test('has the labels of its own, and ours where they own it', () => {
    const own = manifest('{ apiVersion: v1, kind: ConfigMap, metadata: { labels: { app: mine, app.kubernetes.io/managed-by: helm } } }');
    expect(objectOf(rendered(own), 'raw')).toMatchObject({
      metadata: {
        name: 'raw',
        namespace: 'shop',
        labels: { app: 'mine', 'app.kubernetes.io/managed-by': 'kubeorch', 'kubeorch.dev/node': 'raw', 'kubeorch.dev/workflow': 'w' },
      },
    });
  });

  test('is outside of namespaces where its kind is, or where the file says so', () => {
    const scopes = (body: string, more = ''): readonly unknown[] =>
      rendered(manifest(body, more)).objects.map((one) => [one.namespaced, one.object.metadata.namespace]);
    expect(scopes('{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole }')).toEqual([[false, undefined]]);
    expect(scopes('{ apiVersion: acme.example/v1, kind: Widget }')).toEqual([[true, 'shop']]);
    expect(scopes('{ apiVersion: acme.example/v1, kind: Widget }', 'scope: Cluster,')).toEqual([[false, undefined]]);
  });
});

describe('a service', () => {
  test.each([
    ['serviceType: ExternalName, externalName: db.example.com', []],
    ['serviceType: ExternalName', ['error node.missingField externalName']],
    ['serviceType: ExternalName, externalName: db.example.com, selector: { a: b }', ['warning node.noEffect selector']],
    ['targetApp: web, headless: true', []],
    ['targetApp: web, headless: true, serviceType: NodePort', ['error node.invalidValue headless', 'info node.noEffect headless']],
    ['targetApp: web, ports: [{ port: 80, nodePort: 30080 }]', ['warning node.noEffect ports.0.nodePort']],
    ['targetApp: web, headless: true, ports: [{ name: a, port: 80 }, { name: b, port: 81 }]', []],
  ])('with %s', (fields, expected) => {
    expect([...words(`  svc: { type: service, ${fields} }\n`)].sort()).toEqual(expected);
  });
});

describe('a secret from elsewhere', () => {
  test.each([
    ['{ secret: team }', []],
    ['{ secret: team, externalSecret: { store: vault, key: a } }', ['error node.exclusive valueFrom.secret']],
    ['{}', ['error node.missingField valueFrom']],
    ['{ externalSecret: { store: vault } }', ['error node.missingField valueFrom.externalSecret.key']],
  ])('with valueFrom: %s', (from, expected) => {
    expect(words(`  a: { type: secret, keys: [K], valueFrom: ${from} }\n`)).toEqual(expected);
  });
});

describe('which kinds are outside of namespaces', () => {
  test('agrees with the shipped structure', () => {
    const known = openApi.resources.map((one) => {
      const apiVersion = one.group === '' ? one.version : `${one.group}/${one.version}`;
      return [`${apiVersion} ${one.kind}`, one.namespaced, isNamespacedKind(apiVersion, one.kind) ?? true] as const;
    });
    expect(known.length).toBeGreaterThan(30);
    expect(known.filter(([, told, ours]) => told !== ours)).toEqual([]);
  });
});
