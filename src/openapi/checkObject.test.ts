import { describe, expect, test } from 'vitest';
import { shippedOpenApi } from '../testing/coreCatalog';
import { validationBases } from '../testing/validationBases';
import { validationCases } from '../testing/validationCases';
import { checkObject, pathOfField } from './checkObject';

const openApi = await shippedOpenApi();
const cases = validationCases(1);
const told = (name: string): readonly string[] => {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case "${name}"`);
  const { structure, rules } = checkObject(openApi, found.object);
  return [...structure.map(({ code, path }) => `${code} ${path.join('.')}`), ...rules.map(({ type, field }) => `${type} ${field}`)];
};

describe('whole objects', () => {
  test.each(validationBases.map((base) => base.name))('the sound %s passes', (name) => {
    expect(told(`${name} as it is`)).toEqual([]);
  });

  test.each([
    ['deployment: spec.replicaz = 2', ['unknownField spec.replicaz']],
    ['deployment: spec.replicas = "2"', ['wrongType spec.replicas']],
    ['deployment: spec.selector = {"matchLabels":{"app":"other"}}', ['invalid spec.template.metadata.labels']],
    ['deployment: spec.template.spec.containers.0.volumeMounts.0.name = "nothing"', ['notFound spec.template.spec.containers[0].volumeMounts[0].name']],
    ['deployment: spec.template.spec.containers.0.livenessProbe.httpGet left out', ['required spec.template.spec.containers[0].livenessProbe']],
    ['deployment: spec.template.spec.containers.0.resources.requests.cpu = "1"', ['invalid spec.template.spec.containers[0].resources.requests']],
    ['service: spec.ports.0.name left out', ['required spec.ports[0].name']],
    ['external service: spec.externalName left out', ['required spec.externalName']],
    ['autoscaler: spec.minReplicas = 6', ['invalid spec.maxReplicas']],
    ['disruption budget: spec.maxUnavailable = 1', ['invalid spec']],
    ['cron job: spec.timeZone = "Mars/Base"', ['invalid spec.timeZone']],
    ['ingress: spec.rules.0.http.paths.0.path = "api"', ['invalid spec.rules[0].http.paths[0].path']],
    ['network policy: spec.ingress.0.from.1.ipBlock.except = ["11.0.0.0/16"]', ['invalid spec.ingress[0].from[1].ipBlock.except[0]']],
    ['secret: data.password = "not base64!"', ['badFormat data.password']],
    ['job: spec.selector = {"matchLabels":{"app":"web"}}', ['invalid spec.selector']],
  ])('%s', (name, findings) => {
    expect(told(name).slice(0, 1)).toEqual(findings);
  });

  test('of a group that is not Kubernetes’ own nothing but the kind is said', () => {
    expect(checkObject(openApi, { apiVersion: 'acme.dev/v1', kind: 'Deployment', metadata: { name: '_' } })).toEqual({
      structure: [{ path: [], code: 'unknownKind', expected: '', found: 'acme.dev/v1 Deployment' }],
      rules: [],
    });
  });

  test('what is judged stays as it was', () => {
    for (const { object } of validationBases) {
      const before = JSON.stringify(object);
      checkObject(openApi, object);
      expect(JSON.stringify(object)).toBe(before);
    }
  });
});

test.each([
  ['spec.ports[0].name', ['spec', 'ports', 0, 'name']],
  ['data[a.b]', ['data', 'a.b']],
  ['spec.template.metadata.labels[batch.kubernetes.io/job-name]', ['spec', 'template', 'metadata', 'labels', 'batch.kubernetes.io/job-name']],
  ['', []],
])('the field %j leads to its path', (field, path) => {
  expect(pathOfField(field)).toEqual(path);
});
