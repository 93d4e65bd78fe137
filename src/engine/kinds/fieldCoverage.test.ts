import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CatalogField } from '../../shared/catalog';
import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { problemText } from '../../shared/problem';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { examplesOf } from '../../testing/goldenWorkflows';
import { checkWorkflow } from '../check';
import { parseWorkflow } from '../document/parse';

const loaded = await coreCatalog();

/** What the metrics of an autoscaler share, each example says for one of them. */
const sharedForms = /^(metrics\[\]\.)(?:resource|containerResource|pods|object|external)\.(?=target|metric)/;
const formOf = (path: string): string => path.replace(sharedForms, '$1');

/** Every field of a kind, nested ones with the way to them. */
function fieldPaths(fields: readonly CatalogField[], prefix = ''): readonly string[] {
  return fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    const item = field.items;
    return [path, ...fieldPaths(field.fields ?? [], `${path}.`), ...(item?.type === 'object' ? fieldPaths(item.fields ?? [], `${path}[].`) : [])];
  });
}

/** The fields that a node's data says something about. */
function saidBy(fields: readonly CatalogField[], data: JsonValue | undefined, prefix = ''): readonly string[] {
  if (!isJsonObject(data)) return [];
  return fields.flatMap((field) => {
    const value = Object.hasOwn(data, field.name) ? data[field.name] : undefined;
    if (value === undefined) return [];
    const path = `${prefix}${field.name}`;
    const items = Array.isArray(value) && field.items?.type === 'object' ? (value as readonly JsonValue[]) : [];
    return [path, ...saidBy(field.fields ?? [], value, `${path}.`), ...items.flatMap((item) => saidBy(field.items?.fields ?? [], item, `${path}[].`))];
  });
}

describe('the examples of a kind', () => {
  test.each(loaded.catalog.kinds.map((kind) => [kind.type, kind] as const))('of %s say every field there is, and are right', async (type, kind) => {
    const folder = examplesOf(kind);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.workflow.yaml'));
    const openApi = await shippedOpenApi();
    const said = new Set<string>();
    for (const file of files) {
      const parsed = parseWorkflow(await readFile(join(folder, file), 'utf8'));
      const problems = checkWorkflow({ parsed, loaded, openApi });
      expect(problems.filter((problem) => problem.severity === 'error').map((problem) => `${file}: ${problemText(problem)}`)).toEqual([]);
      for (const node of parsed.workflow.nodes.filter((one) => one.type === type)) for (const path of saidBy(kind.fields, node.data)) said.add(formOf(path));
    }
    expect(files).toContain('least.workflow.yaml');
    expect(fieldPaths(kind.fields).filter((path) => !said.has(formOf(path)))).toEqual([]);
  });
});
