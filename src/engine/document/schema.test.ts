import Ajv from 'ajv';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Catalog } from '../../shared/catalog';
import type { JsonValue } from '../../shared/json';
import { coreCatalog } from '../../testing/coreCatalog';
import { parseWorkflow } from './parse';
import { schemaText, workflowSchema } from './schema';

let catalog: Catalog;
let isValid: (text: string) => boolean;

beforeAll(async () => {
  catalog = (await coreCatalog()).catalog;
  const validate = new Ajv({ strict: false }).compile(workflowSchema(catalog));
  isValid = (text) => validate(plain(parseWorkflow(text).tree.root?.json ?? null));
});

/** ajv asks objects for methods, which ours do not have. */
function plain(json: JsonValue): unknown {
  return JSON.parse(JSON.stringify(json));
}

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

describe('the schema of workflow files', () => {
  test('is the one that ships; node src/build/schema.mjs writes it anew', async () => {
    const shipped = await readFile(resolve(import.meta.dirname, '../../../media/workflow.schema.json'), 'utf8');
    expect(shipped).toBe(schemaText(catalog));
  });

  test('accepts the example that ships', async () => {
    const example = resolve(import.meta.dirname, '../../../templates/workspaces/voting/.kubeorch/voting.workflow.yaml');
    expect(isValid(await readFile(example, 'utf8'))).toBe(true);
  });

  test.each([
    ['both forms of an edge', 'edges:\n  - a -> b\n  - { from: a, to: b, mountPath: /data, readOnly: true }\n'],
    ['sections without entries', 'nodes:\nedges:\nlayout:\n'],
    ['free keys', 'x-team: { on: call }\n'],
    ['a type of a plugin', 'nodes:\n  a: { type: kafka-topic, partitions: 3 }\n'],
    ['an environment with overrides', 'environments:\n  staging:\n    context: kind\n    protected: true\n    set:\n      web: { replicas: 2 }\n'],
    ['a position', 'layout:\n  web: [420, -20]\n'],
  ])('accepts %s', (_, text) => {
    expect(isValid(head + text)).toBe(true);
  });

  test.each([
    ['a missing name', 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\n'],
    ['an unknown top-level key', `${head}node: {}\n`],
    ['an unknown status', `${head}status: live\n`],
    ['a node without a type', `${head}nodes:\n  web: { image: nginx }\n`],
    ['a field that the type does not have', `${head}nodes:\n  web: { type: deployment, image: nginx, imag: x }\n`],
    ['a port beyond 65535', `${head}nodes:\n  web: { type: service, port: 70000 }\n`],
    ['a choice that is none', `${head}nodes:\n  web: { type: service, serviceType: Public }\n`],
    ['a position of three numbers', `${head}layout:\n  web: [1, 2, 3]\n`],
    ['an edge without an arrow', `${head}edges:\n  - web db\n`],
  ])('refuses %s', (_, text) => {
    expect(isValid(text)).toBe(false);
  });
});
