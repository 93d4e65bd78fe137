import { describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/problem';
import { fillSentence, fixSentences, problemText } from '../../shared/problem';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { checkWorkflow } from '../check';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';

const loaded = await coreCatalog();
const openApi = await shippedOpenApi();
const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n';

function problemsOf(nodes: string): readonly Problem[] {
  return checkWorkflow({ parsed: parseWorkflow(head + nodes), loaded, openApi });
}

/** `«what is marked» sentence`. */
function told(nodes: string): readonly string[] {
  const lines = (head + nodes).split('\n');
  return problemsOf(nodes).map((problem) => {
    const { start, end } = problem.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    return `«${(lines[start.line] ?? '').slice(start.character, start.line === end.line ? end.character : undefined)}» ${problemText(problem)}`;
  });
}

function repaired(nodes: string): string {
  const fix = problemsOf(nodes).flatMap((problem) => problem.fixes ?? [])[0];
  if (fix === undefined) return 'no fix';
  const edited = editText(head + nodes, fix.edit);
  return `${fillSentence(fixSentences[fix.code], fix.args)}: ${edited.ok ? edited.text.slice(head.length).trim() : edited.detail}`;
}

const manifest = (body: string): string => `  it:\n    type: manifest\n    manifest: ${body}\n`;
const ingress = (path: string): string => manifest(`{ apiVersion: networking.k8s.io/v1, kind: Ingress, spec: { rules: [{ http: { paths: [${path}] } }] } }`);
const backend = 'backend: { service: { name: web, port: { number: 80 } } }';

test('that nothing judges a kind which is not known here is said once, however many objects there are of it', () => {
  const custom = (id: string, kind: string): string =>
    `  ${id}:\n    type: manifest\n    manifest: { apiVersion: example.com/v1, kind: ${kind}, metadata: { name: ${id} } }\n`;
  const words = (kind: string): string =>
    `The structure of example.com/v1 ${kind} is not known here, so it is not checked. Put its CustomResourceDefinition into the workspace, or follow a cluster that serves it.`;
  const found = problemsOf(custom('a', 'Lamp') + custom('b', 'Lamp') + custom('c', 'Desk'));
  expect(found.map((problem) => [problem.nodeId, problem.severity, problemText(problem)])).toEqual([
    ['a', 'info', words('Lamp')],
    ['c', 'info', words('Desk')],
  ]);
});

describe('secrets in the values of a chart', () => {
  const chart = (values: string): string => `  db: { type: helm, chart: charts/db, values: ${values} }\n`;
  const marked = (values: string): readonly string[] =>
    problemsOf(chart(values)).flatMap(({ code, args }) => (code === 'source.secretValue' ? [args['field'] ?? ''] : []));

  test.each([
    ['{ auth: { password: hunter22, postgresPassword: x, username: ana } }', ['auth.password', 'auth.postgresPassword']],
    ['{ env: [{ name: API_TOKEN, token: abc }], apiKey: k, clientSecret: s }', ['env.0.token', 'apiKey', 'clientSecret']],
    ['{ database: "postgres://ana:hunter22@db/shop" }', ['database']],
    ['{ auth: { existingSecret: db-login, secretName: x, passwordKey: pw, enabled: true, password: "" }, token: null, secret: 7 }', []],
  ])('are warned of where they stand: %s', (values, expected) => {
    expect(marked(values)).toEqual(expected);
  });

  test('are not repeated by the warning', () => {
    expect(JSON.stringify(problemsOf(chart('{ auth: { password: hunter22 } }')))).not.toContain('hunter22');
  });
});

describe('objects are judged by the rules of the API server', () => {
  test.each([
    [
      manifest('{ apiVersion: policy/v1, kind: PodDisruptionBudget, spec: { minAvailable: 1, maxUnavailable: 1 } }'),
      ['«{ minAvailable: 1, maxUnavailable: 1 }» "spec" of the PodDisruptionBudget is not valid: keep one of minAvailable and maxUnavailable.'],
    ],
    [ingress(`{ path: api, pathType: Prefix, ${backend} }`), ['«api» "spec.rules[0].http.paths[0].path" of the Ingress is not valid: a path begins with "/".']],
    [
      manifest('{ apiVersion: v1, kind: Service, spec: { ports: [{ port: 80 }, { port: 81, name: b }] } }'),
      ['«{ port: 80 }» The Service needs "spec.ports[0].name".'],
    ],
    [
      manifest('{ apiVersion: v1, kind: LimitRange, spec: { limits: [{ type: Pod, min: { cpu: 2 }, max: { cpu: 1 } }] } }'),
      ['«2» "spec.limits[0].min.cpu" of the LimitRange is not valid: min value 2 is greater than max value 1.'],
    ],
    [
      '  web:\n    type: deployment\n    image: nginx\n    patch:\n      spec: { strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } } }\n',
      ['«{ maxSurge: 1 }» "spec.strategy.rollingUpdate" of the Deployment cannot be set here: may not be specified when strategy "type" is \'Recreate\'.'],
    ],
    [
      '  web:\n    type: deployment\n    image: nginx\n    patch: { spec: { strategy: { type: Recreat } } }\n',
      ['«Recreat» "spec.strategy.type" of the Deployment is "Recreat"; it must be one of Recreate, RollingUpdate.'],
    ],
    [
      manifest(
        '{ apiVersion: apps/v1, kind: StatefulSet, spec: { updateStrategy: { type: OnDelet }, selector: { matchLabels: { app: it } }, template: { metadata: { labels: { app: it } }, spec: { containers: [{ name: a, image: b }] } } } }',
      ),
      ['«OnDelet» "spec.updateStrategy.type" of the StatefulSet is "OnDelet"; it must be one of OnDelete, RollingUpdate.'],
    ],
    [
      '  web:\n    type: deployment\n    image: nginx\n    patch: { spec: { template: { spec: { dnsPolicy: None } } } }\n',
      ['«{ dnsPolicy: None }» The Deployment needs "spec.template.spec.dnsConfig": must provide "dnsConfig" when "dnsPolicy" is None.'],
    ],
  ])('%s', (nodes, expected) => {
    expect(told(nodes)).toEqual(expected);
  });

  test('values of Secrets that join only at the apply are missed by nobody', () => {
    expect(told('  cert: { type: secret, secretType: kubernetes.io/tls, keys: [tls.crt, tls.key] }\n')).toEqual([]);
  });
});

describe('repairs', () => {
  test.each([
    [
      manifest(
        '{ apiVersion: apps/v1, kind: Deployment, spec: { replicaz: 2, selector: { matchLabels: { app: it } }, template: { metadata: { labels: { app: it } }, spec: { containers: [{ name: a, image: b }] } } } }',
      ),
      'Rename to "replicas"',
    ],
    [manifest('{ apiVersion: v1, kind: Service, spec: { type: NodePrt, ports: [{ port: 80 }] } }'), 'Change to NodePort'],
    [manifest('{ apiVersion: v1, kind: Service, spec: { ports: [{ port: "80" }] } }'), 'Change to 80'],
    [manifest('{ apiVersion: v1, kind: ConfigMap, data: { a: 5 } }'), 'Change to 5'],
    [ingress(`{ path: /, ${backend} }`), 'Add "pathType: Prefix"'],
    [manifest('{ apiVersion: v1, kind: Service, spec: { ports: [{ port: 80, name: Web_Port }] } }'), 'Change to web-port'],
  ])('%s', (nodes, wording) => {
    const [name, text = ''] = repaired(nodes).split(/: (.*)/s);
    expect(wording.startsWith(name ?? '?')).toBe(true);
    const fix = problemsOf(nodes).flatMap((problem) => problem.fixes ?? [])[0];
    expect(fix === undefined ? '' : fillSentence(fixSentences[fix.code], fix.args)).toBe(wording);
    expect(text).not.toBe('');
    const edited = fix === undefined ? undefined : editText(head + nodes, fix.edit);
    expect(edited?.ok === true ? checkWorkflow({ parsed: parseWorkflow(edited.text), loaded, openApi }) : ['not made']).toEqual([]);
  });
});
