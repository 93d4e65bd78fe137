import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspect } from 'node:util';
import { problemText } from '../../shared/problem';
import { coreCatalog } from '../../testing/coreCatalog';
import { expectGolden } from '../../testing/golden';
import type { SourceRig } from '../../testing/sourceRig';
import { realTools, startSourceRig, workflowWith } from '../../testing/sourceRig';
import { checkWorkflow } from '../check';
import { parseWorkflow } from '../document/parse';
import { manifestYaml } from '../manifestText';
import { renderWorkflow } from '../render';
import type { SourceResult, SourceResults } from './renderSources';

const missing = realTools === undefined ? ' (skipped: helm and kubectl are not to be had on this machine)' : '';
const capabilities = { kubeVersion: 'v1.36.3', apiVersions: ['policy/v1', 'policy/v1/PodDisruptionBudget'] };
const shop = '{ type: helm, chart: charts/shop, releaseName: demo }';

let rig: SourceRig;
beforeEach(async () => {
  rig = await startSourceRig();
});
afterEach(() => rig.dispose());

const told = (result: SourceResult): string => result.problems.map((problem) => `${problem.severity}: ${problemText(problem)}`).join('\n');

async function manifest(nodes: string, sources: SourceResults): Promise<string> {
  const { workflow } = parseWorkflow(workflowWith(nodes));
  const { objects, problems } = renderWorkflow({ workflow, loaded: await coreCatalog(), namespace: 'lab', sources });
  expect(problems).toEqual([]);
  return manifestYaml(objects);
}

describe.skipIf(realTools === undefined)(`charts and bases by the real programs${missing}`, () => {
  test('a chart gives the objects that Helm makes of it, as ours, in order; hooks and tests are told, secrets are not', async () => {
    const nodes = `  it: { type: helm, chart: charts/shop, releaseName: demo, values: { greeting: ahoy, cache: { size: 128 } }, labels: { team: lab } }\n`;
    const results = await rig.render(nodes, { capabilities });
    const [result] = results.values();
    expect(result === undefined ? '' : told(result)).toBe(
      [
        'warning: Helm hooks of "it" are not run: Job demo-migrate (pre-install,pre-upgrade). Run them by hand, or give them nodes of their own.',
        'info: Helm tests of "it" are left out: Pod demo-reach (test).',
      ].join('\n'),
    );
    await expectGolden(join(import.meta.dirname, 'tests'), 'shop.yaml', await manifest(nodes, results));
    for (const text of [JSON.stringify([...results.values()]), inspect(results, { depth: 20, showHidden: true })]) {
      expect(text).not.toMatch(/chart-secret-1|Y2hhcnQtc2VjcmV0LTE/);
    }
    const secret = result?.children.find(({ object }) => object.kind === 'Secret');
    expect(secret?.sealed?.open()).toEqual({ USER: 'amFuZQ==', PASSWORD: 'Y2hhcnQtc2VjcmV0LTE=' });
  });

  test('a base gives what kustomize builds', async () => {
    const nodes = '  it: { type: kustomize, path: bases/shop/overlay }\n';
    const results = await rig.render(nodes);
    await expectGolden(join(import.meta.dirname, 'tests'), 'base.yaml', await manifest(nodes, results));
    expect(rig.starts).toHaveLength(1);
    expect(rig.starts[0]?.[1]).toBe('kustomize');
  });

  test('what decides nothing starts nothing; a changed file, value, target or program renders anew', async () => {
    const text = `  it: ${shop}\n`;
    await rig.render(text, { capabilities });
    await rig.render(text, { capabilities });
    expect(rig.starts).toHaveLength(1);
    await rig.render(text, { capabilities: { ...capabilities, kubeVersion: 'v1.35.0' } });
    expect(rig.starts).toHaveLength(2);
    await writeFile(join(rig.folder, 'charts/shop/charts/cache/values.yaml'), 'size: 65\n');
    const [result] = (await rig.render(text, { capabilities })).values();
    expect(rig.starts).toHaveLength(3);
    expect(result?.children.find(({ object }) => object.metadata.name === 'demo-cache')?.object.data).toEqual({ SIZE: '65' });
    await writeFile(join(rig.folder, 'more.yaml'), 'greeting: file\n');
    await rig.one('{ type: helm, chart: charts/shop, releaseName: demo, valuesFiles: [more.yaml] }', { capabilities });
    await writeFile(join(rig.folder, 'more.yaml'), 'greeting: other\n');
    const again = await rig.one('{ type: helm, chart: charts/shop, releaseName: demo, valuesFiles: [more.yaml] }', { capabilities });
    expect(rig.starts).toHaveLength(5);
    expect(again.children.find(({ object }) => object.metadata.name === 'demo-settings')?.object.data).toMatchObject({ GREETING: 'other' });
  });

  test('a program sees nothing of the person’s own environment, and finds no other program and no network', async () => {
    await rig.one(shop);
    const [environment] = rig.environments;
    expect(Object.keys(environment ?? {})).not.toContain('OWN_TOKEN');
    expect(environment?.['KUBECONFIG']).not.toBe('/nowhere/kubeconfig');
    expect(environment?.['PATH']).toBe(environment?.['HOME']);
    expect(environment?.['HTTPS_PROXY']).toBe('http://127.0.0.1:1');
  });

  test('what the program complains of is told at the field, without the places of this machine', async () => {
    const result = await rig.one('{ type: helm, chart: charts/shop, values: { replicas: many } }');
    expect(result.problems).toMatchObject([{ code: 'source.failed', severity: 'error', nodeId: 'it', path: ['chart'] }]);
    expect(told(result)).toMatch(/helm cannot render "it": .*replicas/);
    expect(told(result)).not.toContain(rig.folder);
    const text = workflowWith('  it: { type: helm, chart: charts/shop, values: { replicas: many } }\n');
    const problems = checkWorkflow({ parsed: parseWorkflow(text), loaded: await coreCatalog(), sources: new Map([['it', result]]) });
    expect(problems).toMatchObject([{ code: 'source.failed', range: { start: { line: 5, character: 27 } } }]);
  });

  test('while a rendering fails, the children of the one before stay', async () => {
    const before = await rig.render(`  it: ${shop}\n`);
    const after = await rig.render('  it: { type: helm, chart: charts/shop, releaseName: demo, values: { replicas: many } }\n', {}, before);
    expect(after.get('it')?.children).toBe(before.get('it')?.children);
    expect(after.get('it')?.problems[0]?.code).toBe('source.failed');
  });

  test('a chart that asks the cluster or makes values up says so', async () => {
    await writeFile(
      join(rig.folder, 'charts/shop/templates/odd.yaml'),
      '{{/* lookup in a comment, randAlpha too */}}\n{{ $x := lookup "v1" "Secret" "kube-system" "admin" }}\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: odd }\ndata: { found: {{ len $x | quote }}, made: {{ randAlphaNum 8 | quote }} }\n',
    );
    const result = await rig.one(shop);
    expect(result.children.find(({ object }) => object.metadata.name === 'odd')?.object.data).toMatchObject({ found: '0' });
    expect(told(result)).toContain('asks the cluster while it is rendered (lookup in templates/odd.yaml)');
    expect(told(result)).toContain('makes values up (randAlphaNum in templates/odd.yaml)');
  });

  test.each([
    ['what is no YAML', '"a": [', /cannot (be used|render)/],
    ['a YAML text that is no object', 'just: words', /no Kubernetes object|cannot render/],
    ['binary junk', '{{ "AAEC/v8=" | b64dec }}', /cannot (be used|render)/],
    ['a name that leads elsewhere', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "../../secrets/x" }', /no object can have|cannot render/],
    ['ten thousand objects', '{{ range until 10000 }}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: x{{ . }} }\n{{ end }}', /more than 2000 objects/],
  ])('%s is refused with a sentence', async (_, template, sentence) => {
    await writeFile(join(rig.folder, 'charts/shop/templates/hostile.yaml'), template);
    const result = await rig.one(shop);
    expect(result.children).toEqual([]);
    expect(told(result)).toMatch(sentence);
  });

  test('keys that reach for prototypes are plain data', async () => {
    await writeFile(
      join(rig.folder, 'charts/shop/templates/proto.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: proto, labels: { __proto__: x, constructor: y } }\ndata: { __proto__: polluted, constructor: z }\n',
    );
    const result = await rig.one(shop);
    const proto = result.children.find(({ object }) => object.metadata.name === 'proto')?.object;
    expect(Object.keys(proto?.data ?? {})).toEqual(expect.arrayContaining(['constructor']));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await manifest(`  it: ${shop}\n`, new Map([['it', result]]))).toContain('__proto__: polluted');
  });
});

describe('before any program starts', () => {
  const outside = 'leads out of the workspace and is not read';

  test('an untrusted workspace starts nothing, whatever its nodes are', async () => {
    rig.allowed = false;
    const results = await rig.render(`  a: ${shop}\n  b: { type: kustomize, path: bases/shop/overlay }\n`);
    expect([...results.values()].flatMap((result) => result.problems.map((problem) => problem.code))).toEqual(['source.untrusted', 'source.untrusted']);
    expect(rig.starts).toEqual([]);
  });

  test('a missing program is one sentence with where it was looked for and where to get it', async () => {
    const bare = await startSourceRig('/nowhere/bin');
    try {
      expect(told(await bare.one(shop))).toBe(
        'error: "it" is rendered by helm, which was not found (helm in PATH: /nowhere/bin). Install it (https://helm.sh/docs/intro/install/), or set "kubeorch.tools.helm" to its place.',
      );
      expect(told(await bare.one('{ type: kustomize, path: bases/shop/overlay }'))).toContain('kustomize in PATH: /nowhere/bin; kubectl in PATH: /nowhere/bin');
    } finally {
      await bare.dispose();
    }
  });

  test.each([
    ['{ type: helm, chart: ../elsewhere }', outside],
    ['{ type: helm, chart: /etc }', outside],
    ['{ type: helm, chart: charts/none }', 'is not in the workspace'],
    ['{ type: helm, chart: bases }', 'is no chart'],
    ['{ type: helm, chart: charts/shop, valuesFiles: [../../etc/passwd] }', outside],
    ['{ type: helm, chart: charts/shop, releaseName: --post-renderer=/bin/sh }', 'a release has'],
    ['{ type: helm, chart: charts/shop, kubeVersion: "1.36 --debug" }', 'must be a version'],
    ['{ type: helm, chart: "oci://registry.example/charts/shop" }', 'needs a fixed "version"'],
    ['{ type: helm, chart: "oci://registry.example/charts/shop", version: ^1.0.0 }', 'needs a fixed "version"'],
    ['{ type: helm, chart: "oci://registry.example/charts/shop", version: 1.0.0 }', 'comes from the network'],
    ['{ type: helm, chart: shop, repo: "https://jane:pw@charts.example", version: 1.0.0 }', 'no user name or password'],
    ['{ type: helm, chart: "https://charts.example/shop.tgz", version: 1.0.0 }', 'begins with "oci://"'],
    ['{ type: kustomize, path: bases/none }', 'is not in the workspace'],
    ['{ type: kustomize, path: charts }', 'is no base'],
    ['{ type: kustomize, path: ../.. }', outside],
  ])('%s is refused', async (node, sentence) => {
    expect(told(await rig.one(node))).toContain(sentence);
    expect(rig.starts).toEqual([]);
  });

  test.each([
    ['resources: [https://example.org/base.yaml]', 'comes from the network'],
    ['resources: [github.com/acme/base?ref=v1]', 'comes from the network'],
    ['RESOURCES: [github.com/acme/base?ref=v1]', 'comes from the network'],
    ['resources: ["git@example.org:acme/base"]', 'comes from the network'],
    ['patches: [{ path: https://example.org/patch.yaml }]', 'comes from the network'],
    ['configMapGenerator: [{ name: x, files: ["a=https://example.org/x"] }]', 'comes from the network'],
    ['resources: [../../../etc]', outside],
    ['resources: [/etc]', outside],
    ['resources: [out]', outside],
    ['resources: [one', 'cannot be read'],
  ])('a kustomization with %s is refused', async (text, sentence) => {
    await mkdir(join(rig.folder, 'odd'));
    await symlink('/etc', join(rig.folder, 'odd/out'));
    await writeFile(join(rig.folder, 'odd/kustomization.yaml'), text);
    if (sentence !== outside) await rm(join(rig.folder, 'odd/out'));
    expect(told(await rig.one('{ type: kustomize, path: odd }'))).toContain(sentence);
    expect(rig.starts).toEqual([]);
  });

  test('an address that only ends up in an object is no address', async () => {
    await mkdir(join(rig.folder, 'odd'));
    await writeFile(join(rig.folder, 'odd/kustomization.yaml'), 'commonAnnotations: { docs: https://example.org }\nresources: [../bases/shop/base]\n');
    expect(told(await rig.one('{ type: kustomize, path: odd }'))).not.toContain('network');
  });

  test.each(['charts/shop/templates/passwd.yaml', 'charts/shop/files'])('a chart with a link out of the workspace at %s is refused', async (path) => {
    await symlink(path.endsWith('.yaml') ? '/etc/passwd' : '/etc', join(rig.folder, path));
    expect(told(await rig.one(shop))).toContain(outside);
    expect(rig.starts).toEqual([]);
  });

  test('a cancelled rendering ends at once', async () => {
    await expect(rig.render(`  it: ${shop}\n`, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(rig.starts).toEqual([]);
  });
});

test('a node that was never rendered has no objects and says so', async () => {
  const { workflow } = parseWorkflow(workflowWith(`  it: ${shop}\n`));
  const { objects, problems } = renderWorkflow({ workflow, loaded: await coreCatalog(), namespace: 'lab' });
  expect(objects).toEqual([]);
  expect(problems.map(problemText)).toEqual(['"it" is not rendered yet: plan, deploy, or run "KubeOrch: Render Charts and Bases".']);
});
