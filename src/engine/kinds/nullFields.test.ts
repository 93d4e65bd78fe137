import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, withValueAt } from '../../shared/json';
import { problemText } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { coreCatalog } from '../../testing/coreCatalog';
import { examplesOf } from '../../testing/goldenWorkflows';
import { parseWorkflow } from '../document/parse';
import { renderWorkflow } from '../render';

const loaded = await coreCatalog();
const kinds = loaded.catalog.kinds.filter((kind) => kind.renderedBy === undefined && kind.type !== 'manifest');

/** The way to every key of a value, those inside lists too. */
function keysIn(value: JsonValue, path: JsonPath = []): readonly JsonPath[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item, index) => keysIn(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [[...path, key], ...keysIn(item, [...path, key])]);
}

test.each(kinds.map((kind) => [kind.type, kind] as const))('any field of %s may say null: none, not even the default', async (type, kind) => {
  const folder = examplesOf(kind);
  const failed = new Set<string>();
  const tried = new Set<string>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.workflow.yaml'))) {
    const { workflow } = parseWorkflow(await readFile(join(folder, file), 'utf8'));
    for (const node of workflow.nodes) {
      if (node.type !== type) continue;
      const defaults = jsonObject(kind.fields.flatMap((field) => (field.default === undefined ? [] : [[field.name, field.default] as const])));
      const whole = jsonObject([...Object.entries(defaults), ...Object.entries(node.data)]);
      for (const path of keysIn(whole)) {
        // One of several items stands for all.
        const field = path.filter((step) => typeof step === 'string').join('.');
        if (tried.has(field)) continue;
        tried.add(field);
        const data = withValueAt(whole, path, null) as JsonObject;
        const changed: Workflow = { ...workflow, nodes: [{ ...node, data }], edges: [] };
        const { problems } = renderWorkflow({ workflow: changed, loaded, namespace: undefined });
        for (const problem of problems) if (problem.code === 'node.template') failed.add(`${file} ${path.join('.')}: ${problemText(problem)}`);
      }
    }
  }
  expect(tried.size).toBeGreaterThan(0);
  expect([...failed]).toEqual([]);
});
