import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../shared/problem';
import { fillSentence, fixSentences, problemText } from '../shared/problem';
import { coreCatalog, shippedOpenApi } from '../testing/coreCatalog';
import { checkWorkflow } from './check';
import { editText } from './document/editText';
import { parseWorkflow } from './document/parse';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

function check(body: string): readonly Problem[] {
  return checkWorkflow({ parsed: parseWorkflow(head + body), loaded, openApi });
}

/** One line per problem: `line «what stands there» severity sentence`, lines counted from the body's first. */
function lines(body: string): readonly string[] {
  const text = body.split('\n');
  return check(body).map((problem) => {
    const { start, end } = problem.range ?? { start: { line: -1, character: 0 }, end: { line: -1, character: 0 } };
    const line = start.line - 3;
    const marked = (text[line] ?? '').slice(start.character, end.line === start.line ? end.character : undefined);
    return `${line + 1} «${marked}» ${problem.severity} ${problemText(problem)}`;
  });
}

function fixes(body: string): readonly string[] {
  return check(body).flatMap((problem) => (problem.fixes ?? []).map((fix) => fillSentence(fixSentences[fix.code], fix.args)));
}

/** The body after the repair of that wording. */
function repaired(body: string, wording: string): string {
  const fix = check(body)
    .flatMap((problem) => problem.fixes ?? [])
    .find((one) => fillSentence(fixSentences[one.code], one.args) === wording);
  if (fix === undefined) throw new Error(`there is no fix "${wording}", only: ${fixes(body).join(', ')}`);
  const edited = editText(head + body, fix.edit);
  if (!edited.ok) throw new Error(`${edited.reason}: ${edited.detail}`);
  return edited.text.slice(head.length);
}

const web = 'nodes:\n  web: { type: deployment, image: nginx }\n';

test('the example has nothing to complain about', async () => {
  const text = await readFile('templates/workspaces/voting/.kubeorch/voting.workflow.yaml', 'utf8');
  expect(checkWorkflow({ parsed: parseWorkflow(text), loaded, openApi, fileName: 'voting.workflow.yaml' })).toEqual([]);
});

describe('nodes', () => {
  test('an unknown type names the known ones and offers the nearest', () => {
    const body = 'nodes:\n  web: { type: deploymet, image: nginx }\n';
    expect(lines(body)).toEqual([`2 «deploymet» error Unknown type "deploymet". Known types: ${loaded.catalog.kinds.map((kind) => kind.type).join(', ')}.`]);
    expect(fixes(body)).toEqual(['Change the type to "deployment"']);
    expect(repaired(body, 'Change the type to "deployment"')).toBe(web);
  });

  test('a missing field is told at the node and added with something plain', () => {
    const body = 'nodes:\n  web: { type: deployment }\n  key: { type: secret }\n  cfg: { type: configmap }\n';
    expect(lines(body)).toEqual([
      '2 «web» error Deployment "web" needs "image".',
      '3 «key» error Secret "key" needs "keys".',
      '4 «cfg» error ConfigMap "cfg" needs "data".',
    ]);
    const fixed = ['Add "image: nginx:1.29"', 'Add "keys: ["KEY"]"', 'Add "data: { KEY: value }"'].reduce(repaired, body);
    expect(lines(fixed).filter((line) => !line.includes(' info '))).toEqual([]);
  });

  test.each([
    ['image: "ng inx"', '2 «"ng inx"» error The image "ng inx" is empty or has spaces.'],
    ['image: nginx, replicas: -1', '2 «-1» error "replicas" is -1; it must lie between 0 and 100.'],
    ['image: nginx, replicas: 101', '2 «101» error "replicas" is 101; it must lie between 0 and 100.'],
    ['image: nginx, replicas: 1.5', '2 «1.5» error "replicas" must be a whole number.'],
    ['image: nginx, replicas: "2"', '2 «"2"» error "replicas" must be a whole number.'],
    ['image: nginx, port: 0', '2 «0» error "port" is 0; it must lie between 1 and 65535.'],
    ['image: nginx, port: 65536', '2 «65536» error "port" is 65536; it must lie between 1 and 65535.'],
    ['image: nginx, imagePullPolicy: Sometimes', '2 «Sometimes» error "imagePullPolicy" is "Sometimes"; it must be one of Always, IfNotPresent, Never.'],
    ['image: nginx, resources: { requests: { cpu: 1x } }', '2 «1x» error "1x" is no CPU quantity, such as 500m or 0.5.'],
    ['image: nginx, resources: { limits: { memory: 1KB } }', '2 «1KB» error "1KB" is no memory quantity, such as 128Mi or 1Gi.'],
    [
      'image: nginx, resources: { requests: { cpu: 1 }, limits: { cpu: 500m } }',
      '2 «500m» error "resources.limits.cpu" is not valid: the limit 500m is below the request 1',
    ],
    ['image: nginx, env: [A]', '2 «[A]» error "env" must be a map.'],
    ['image: nginx, env: { A: { b: c } }', '2 «{ b: c }» error "env.A" must be text.'],
    ['image: nginx, env: { "A=B": c }', '2 «"A=B"» error "env.A=B" is not valid: the name of a variable has no "=" and no special characters'],
    [
      'image: nginx, envKeys: [TOKEN]',
      '2 «[TOKEN]» error "envKeys" is not valid: no connected Secret or ConfigMap has the key "TOKEN"; connect one that has it',
    ],
    ['image: nginx, livenessProbe: { path: health }', '2 «health» error "livenessProbe.path" is not valid: a path begins with "/" and has no ":"'],
    ['image: nginx, volumeMounts: [{ type: secret, name: x }]', '2 «{ type: secret, name: x }» error Deployment "web" needs "volumeMounts[0].mountPath".'],
    ['image: nginx, volumeMounts: [{ type: secret, nodeId: gone, mountPath: /x }]', '2 «gone» error Reference to unknown node "gone".'],
    ['image: nginx, name: My_App', '2 «My_App» error "My_App" is no valid Kubernetes name (DNS-1123, at most 253 characters).'],
    ['image: nginx, namespace: a.b', '2 «a.b» error "a.b" is no valid Kubernetes name (DNS-1123, at most 253 characters).'],
    [
      'image: nginx, labels: { "a b": c }',
      '2 «"a b"» error "labels.a b" is not valid: a name here has at most 63 letters, digits, "-", "_" and ".", with an optional DNS name and "/" before it',
    ],
    ['image: nginx, labels: { a: "b c" }', '2 «"b c"» error "labels.a" is not valid: a label has at most 63 letters, digits, "-", "_" and "."'],
    ['image: nginx, version: a b', '2 «a b» error "version" is not valid: a label has at most 63 letters, digits, "-", "_" and "."'],
    ['image: nginx, labels: { app: other }', '2 «app» warning "labels.app" is set by KubeOrch and cannot be changed here.'],
    ['image: nginx, patch: { metadata: { name: other } }', '2 «name» warning "patch.metadata.name" is set by KubeOrch and cannot be changed here.'],
    [
      'image: nginx, patch: { spec: { replica: 2 } }',
      '2 «replica» error The Deployment has "spec.replica", which is no field of the Kubernetes API. Did you mean "replicas"?',
    ],
    ['image: nginx, patch: { spec: { paused: maybe } }', '2 «maybe» error "spec.paused" of the Deployment must be true or false, not string.'],
    ['image: nginx, imge: nginx', '2 «imge» warning "imge" is no field of Deployment. It is kept but has no effect.'],
    ['image: nginx, template: gone', '2 «web» error The template of "deployment" cannot be used: there is no template "gone"'],
  ])('a Deployment with %s', (fields, expected) => {
    expect(lines(`nodes:\n  web: { type: deployment, ${fields} }\n`)).toEqual([expected]);
  });

  test.each([
    ['port: 80', '2 «svc» error Service "svc" selects nothing: connect it to a workload or set targetApp or selector.'],
    ['targetApp: x, port: ~', '2 «~» error Service "svc" needs "port".'],
    [
      'targetApp: x, targetPort: Not-A-Name',
      '2 «Not-A-Name» error "targetPort" is not valid: a port is a number, or the name of one (at most 15 lower-case letters, digits and "-")',
    ],
    [
      'targetApp: x, name: 1st',
      `2 «1st» error "name" is not valid: a Service's name begins with a letter and has only lower-case letters, digits and "-", at most 63; "1st" does not`,
    ],
    ['targetApp: x, nodePort: 30000', '2 «nodePort» info "nodePort" has no effect while "serviceType" is not NodePort or LoadBalancer.'],
    ['targetApp: x, ports: [{ port: 80 }, { port: 80 }]', '2 «{ port: 80 }» error "ports[1]" is not valid: the port 80 (TCP) is taken by ports[0]'],
    ['serviceType: ExternalName', '2 «svc» error Service "svc" needs "externalName".'],
    [
      'serviceType: Internal, targetApp: x',
      '2 «Internal» error "serviceType" is "Internal"; it must be one of ClusterIP, NodePort, LoadBalancer, ExternalName.',
    ],
  ])('a Service with %s', (fields, expected) => {
    expect(lines(`nodes:\n  svc: { type: service, ${fields} }\n`)).toEqual([expected]);
  });

  test.each([
    ['type: secret, keys: [A, B C]', '2 «B C» error "B C" is no valid key: letters, digits, "-", "_" and ".".'],
    ['type: secret, keys: [A, _new_17]', '2 «_new_17» warning The key "_new_17" was never renamed and is skipped.'],
    ['type: secret, keys: [A, A]', '2 «A» warning "keys" is not valid: "A" is listed twice'],
    ['type: secret, keys: [{ id: 1 }]', '2 «{ id: 1 }» error "keys[0]" must be text, or a map with "name".'],
    [
      'type: secret, keys: [tls.crt], secretType: kubernetes.io/tls',
      '2 «[tls.crt]» error "keys" is not valid: a Secret of type kubernetes.io/tls needs tls.key',
    ],
    ['type: secret, keys: [A], stringData: { A: x }', `2 «stringData» error A secret's values do not belong in the file: list the names under "keys".`],
    ['type: secret, keys: [A], patch: { data: { A: x } }', `2 «data» error A secret's values do not belong in the file: list the names under "keys".`],
    ['type: configmap, data: { "a b": c }', '2 «"a b"» error "a b" is no valid key: letters, digits, "-", "_" and ".".'],
    ['type: configmap, data: { a: [1] }', '2 «[1]» error "data.a" must be text.'],
    ['type: ingress', '2 «n» error Ingress "n" leads nowhere: connect it to a Service, or set serviceName and servicePort.'],
    ['type: ingress, paths: [{ path: /a }]', '2 «paths» error Ingress "n" leads nowhere: connect it to a Service, or set serviceName and servicePort.'],
    [
      'type: ingress, paths: [{ serviceName: s, servicePort: 1 }, { path: /a }]',
      '2 «{ path: /a }» warning The path "/a" has no Service and is left out: connect one to it.',
    ],
    [
      'type: ingress, serviceName: s, servicePort: 1, host: Shop',
      '2 «Shop» error "host" is not valid: a host name has lower-case letters, digits, "-" and ".", such as shop.example.com',
    ],
  ])('a node with %s', (fields, expected) => {
    expect(lines(`nodes:\n  n: { ${fields} }\n`).filter((line) => !line.includes('needs "keys"'))).toEqual([expected]);
  });

  test('two things at one mount path are told', () => {
    const body = `${web}  a: { type: configmap, data: { k: v } }\n  b: { type: configmap, data: { k: v } }\nedges:\n  - a -> web\n  - b -> web\n`;
    expect(lines(body)).toEqual(['2 «web» error Two things are mounted at "/etc/config" in "web". Give one of them another mountPath.']);
  });

  test('two nodes that make the same object are told at the second', () => {
    const body =
      'nodes:\n  a: { type: deployment, image: nginx }\n  b: { type: deployment, image: nginx, name: a }\n  c: { type: deployment, image: nginx, name: a, namespace: other }\n';
    expect(lines(body)).toEqual([`3 «a» error Deployment "a" in namespace "the target's" is already made by node "a".`]);
  });

  test('all types are checked, also the ones that once were not', () => {
    const body = loaded.catalog.kinds.map(({ type }, index) => `  n${index}: { type: ${type}, name: NO }\n`).join('');
    const found = check(`nodes:\n${body}`);
    for (let index = 0; index < loaded.catalog.kinds.length; index += 1)
      expect(found.some((problem) => problem.nodeId === `n${index}` && problem.severity === 'error')).toBe(true);
  });
});

describe('edges', () => {
  const nodes = `${web}  api: { type: deployment, image: nginx }\n  svc: { type: service, targetApp: web }\n  front: { type: ingress, serviceName: svc, servicePort: 80 }\n`;

  test('an edge to nowhere is its own error, with repairs', () => {
    const body = `${nodes}edges:\n  - svc -> wep\n`;
    expect(lines(body)).toEqual(['7 «wep» error The edge goes to "wep", which is no node of this workflow.']);
    expect(fixes(body)).toEqual(['Connect to "web" instead', 'Remove the edge']);
    expect(repaired(body, 'Connect to "web" instead')).toBe(`${nodes}edges:\n  - svc -> web\n`);
    expect(lines(repaired(body, 'Remove the edge'))).toEqual([]);
  });

  test('an edge from nowhere points at its beginning', () => {
    expect(lines(`${nodes}edges:\n  - { from: svk, to: web }\n`)).toEqual(['7 «svk» error The edge comes from "svk", which is no node of this workflow.']);
  });

  test('kinds that cannot connect are named, and an edge drawn backwards can be turned', () => {
    expect(lines(`${nodes}edges:\n  - front -> web\n`)).toEqual(['7 «front -> web» error A node of type Ingress cannot connect to one of type Deployment.']);
    const body = `${nodes}edges:\n  - web -> svc\n`;
    expect(fixes(body)).toEqual(['Turn the edge around: svc -> web', 'Remove the edge']);
    expect(lines(repaired(body, 'Turn the edge around: svc -> web'))).toEqual([]);
  });

  test('a cycle names its path and its other edges', () => {
    const body = `${nodes}edges:\n  - web -> api\n  - svc -> web\n  - api -> web\n`;
    expect(lines(body)).toEqual([
      '7 «web -> api» error Workflow contains a cycle: web -> api -> web. Remove one of these edges; workflows must be directed acyclic graphs.',
    ]);
    expect(check(body)[0]?.related?.map((one) => one.range.start.line - 2)).toEqual([9]);
  });

  test.each([
    ['- web -> web', '7 «web -> web» error A node cannot connect to itself.'],
    ['- svc -> web\n  - svc -> web', '8 «svc -> web» warning This edge stands here twice.'],
    [
      '- { from: svc, to: web, relation: mounts }',
      '7 «{ from: svc, to: web, relation: mounts }» error The relation "mounts" is not possible between Service and Deployment; possible: routes.',
    ],
    ['- { from: front, to: svc, handle: gone }', '7 «{ from: front, to: svc, handle: gone }» error "gone" is no handle of "front".'],
    ['- { from: svc, to: web, mountPath: /x }', '7 «{ from: svc, to: web, mountPath: /x }» info "mountPath" has no effect on an edge that means routes.'],
  ])('%s', (edges, expected) => {
    expect(lines(`${nodes}edges:\n  ${edges}\n`)).toEqual([expected]);
  });

  test('a field that says something else than the edge is told at the field', () => {
    expect(lines(`${nodes}edges:\n  - svc -> api\n`)).toEqual(['4 «web» warning "targetApp" says "web", but the edge to "api" says "api".']);
  });

  test('two edges that disagree are told at the second', () => {
    const body = `${web}  api: { type: deployment, image: nginx }\n  svc: { type: service }\nedges:\n  - svc -> web\n  - svc -> api\n`;
    expect(lines(body)).toEqual(['7 «svc -> api» warning "targetApp" says "web", but the edge to "api" says "api".']);
  });
});

describe('what nothing uses', () => {
  const loose = `${web}  cfg: { type: configmap, data: { A: b } }\n`;
  const told = '3 «cfg» info Nothing in this workflow uses ConfigMap "cfg": connect it to what does.';

  test('is told once, connected to a workload, or said to be meant', () => {
    expect(lines(loose)).toEqual([told]);
    expect(fixes(loose)).toEqual(['Connect it to "web"', 'Say that something else uses it (options.standalone)']);
    const connected = repaired(loose, 'Connect it to "web"');
    expect(connected).toContain('- cfg -> web');
    expect(lines(connected)).toEqual([]);
    const meant = repaired(loose, 'Say that something else uses it (options.standalone)');
    expect(meant).toContain('standalone: true');
    expect(lines(meant)).toEqual([]);
  });

  test.each([
    ['key: { type: secret, keys: [A] }', 'Secret "key"'],
    ['disk: { type: persistentvolumeclaim, storage: 1Gi }', 'PersistentVolumeClaim "disk"'],
    ['robot: { type: serviceaccount }', 'ServiceAccount "robot"'],
  ])('%s', (node, named) => {
    expect(lines(`${web}  ${node}\n`)).toEqual([expect.stringContaining(`info Nothing in this workflow uses ${named}`)]);
  });

  test.each([
    ['an edge', `${loose}edges: [cfg -> web]\n`],
    ['its name in another node', loose.replace('image: nginx', 'image: nginx, envFrom: [{ configMap: shared }]').replace('data:', 'name: shared, data:')],
    ['an environment that names it', `environments: { e: { set: { web: { serviceAccountName: robot } } } }\n${web}  robot: { type: serviceaccount }\n`],
  ])('says nothing for %s', (_name, body) => {
    expect(lines(body).filter((line) => line.includes('Nothing in this workflow uses'))).toEqual([]);
  });

  test('says nothing where no node could use it, and nothing beside a chart that may', () => {
    expect(lines('nodes:\n  cfg: { type: configmap, data: { A: b } }\n')).toEqual([]);
    expect(lines(`${loose}  cache: { type: helm, chart: ./cache }\n`).filter((line) => line.includes('Nothing in this'))).toEqual([]);
  });

  test('of a kind that stands for itself has no effect', () => {
    expect(lines('nodes:\n  web: { type: deployment, image: nginx, options: { standalone: true } }\n')).toEqual([
      '2 «standalone» info "options.standalone" has no effect while "type" is not a kind that others use.',
    ]);
  });
});

describe('environments, groups and layout', () => {
  test('an override of a node that does not exist can be removed or renamed', () => {
    const body = `environments:\n  staging:\n    set:\n      wbe: { replicas: 2 }\n${web}`;
    expect(lines(body)).toEqual(['4 «wbe» error Environment "staging" overrides "wbe", which is no node of this workflow.']);
    expect(fixes(body)).toEqual(['Rename to "web"', 'Remove "wbe"']);
    expect(lines(repaired(body, 'Rename to "web"'))).toEqual([]);
  });

  test('overridden values are checked where they stand', () => {
    const body = `environments:\n  staging:\n    namespace: A_B\n    set:\n      web: { replicas: many, type: service, colour: red }\n${web}`;
    expect(lines(body)).toEqual([
      '3 «A_B» error "A_B" is no valid Kubernetes name (DNS-1123, at most 253 characters).',
      '5 «many» error "replicas" must be a whole number.',
      '5 «type» warning Environment "staging" cannot change "type" of a node.',
      '5 «colour» warning "colour" is no field of Deployment. It is kept but has no effect.',
    ]);
  });

  test('groups and layout that name no node are told', () => {
    expect(lines(`${web}groups:\n  g: { nodes: [web, gone] }\nlayout:\n  gone: [0, 0]\n`)).toEqual([
      '4 «gone» warning Reference to unknown node "gone".',
      '6 «gone» warning Reference to unknown node "gone".',
    ]);
  });

  test('a file that is called otherwise than its workflow is told', () => {
    const [problem] = checkWorkflow({ parsed: parseWorkflow(head), loaded, fileName: 'store.workflow.yaml' });
    expect(problem && problemText(problem)).toBe('The file is called "store.workflow.yaml" but its name is "shop".');
  });
});

test('a broken text has only its own problems', () => {
  expect(check('nodes:\n  web: { type: deployment\nedges:\n  - gone -> web\n').every((problem) => problem.code.startsWith('yaml.'))).toBe(true);
});

describe('whatever the file holds', () => {
  const word = fc.constantFrom(
    'web',
    'svc',
    'a',
    'deployment',
    'service',
    'ingress',
    'secret',
    'type',
    'image',
    'ports',
    'paths',
    'keys',
    'set',
    'handle',
    'from',
    'to',
    '__proto__',
    '80',
    'null',
    'true',
    '/x',
    '1e9',
  );
  const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc
        .uniqueArray(fc.tuple(word, tie('value')), { maxLength: 4, selector: ([key]) => key })
        .map((entries) => `{ ${entries.map(([key, item]) => `${key}: ${item}`).join(', ')} }`),
    ),
  })).value;
  const node = fc.tuple(
    fc.constantFrom('deployment', 'service', 'ingress', 'configmap', 'secret', 'x'),
    fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...new Set(loaded.catalog.kinds.flatMap((kind) => kind.fields.map((field) => field.name))), 'name', 'labels', 'patch', 'template'),
        value,
      ),
      { maxLength: 5, selector: ([key]) => key },
    ),
  );
  const edge = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'gone'), fc.constantFrom('a', 'b', 'c', 'd', 'gone'));

  test('the check ends with problems that all have a place, and no repair is refused', () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 4 }), fc.array(edge, { maxLength: 5 }), value, (nodes, edges, set) => {
        const body = [
          `environments: { e: { set: ${set} } }`,
          'nodes:',
          ...nodes.map(([type, fields], index) => `  ${'abcd'[index]}: { type: ${type}, ${fields.map(([key, item]) => `${key}: ${item}`).join(', ')} }`),
          'edges:',
          ...edges.map(([from, to]) => `  - ${from} -> ${to}`),
          '',
        ].join('\n');
        for (const problem of check(body)) {
          expect(problem.range).toBeDefined();
          for (const fix of problem.fixes ?? []) {
            const edited = editText(head + body, fix.edit);
            expect(edited.ok ? '' : `${problem.code}: ${edited.reason} ${edited.detail}`).toBe('');
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
