import { beforeAll, describe, expect, test } from 'vitest';
import type { OpenApi } from '../../openapi/index';
import { shippedOpenApi } from '../../testing/coreCatalog';
import type { TemplateFile } from './templateLanguage';
import { templateCompletionsAt, templateHoverAt } from './templateLanguage';

let openApi: OpenApi;
beforeAll(async () => {
  openApi = await shippedOpenApi();
});

function at<T>(marked: string, ask: (text: string, position: { readonly line: number; readonly character: number }) => T): T {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  return ask(marked.replace('|', ''), { line: before.length - 1, character: before.at(-1)?.length ?? 0 });
}

const labels = (marked: string, file: TemplateFile = 'template'): readonly string[] =>
  at(marked, (text, position) => templateCompletionsAt(text, position, file, openApi).map(({ label }) => label));
const hover = (marked: string, file: TemplateFile = 'template'): string | undefined =>
  at(marked, (text, position) => templateHoverAt(text, position, file, openApi)?.text);

const template = 'apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: ${ data.?replicas }\n';
const plugin = 'name: queue\ncrd: { group: apps, version: v1, kind: StatefulSet, plural: statefulsets }\ntemplate:\n  spec:\n';

describe('the object of a template or plugin', () => {
  test('is completed by the kind that stands there', () => {
    expect(labels(`${template}  |`)).toContain('minReadySeconds');
    expect(labels(`${template}  |`)).not.toContain('replicas');
    expect(labels(`${template}  strategy:\n    type: |`)).toEqual(['Recreate', 'RollingUpdate']);
    expect(labels('|')).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  test('is completed by the definition of the plugin where it names none itself', () => {
    expect(labels(`${plugin}    |`, 'plugin')).toContain('serviceName');
    expect(labels('name: |\n', 'plugin')).toEqual([]);
  });

  test('is explained field by field', () => {
    expect(hover(template.replace('replicas:', 'repl|icas:'))).toBe('replicas: a whole number');
    expect(hover(`${plugin}    podManagement|Policy: Parallel\n`, 'plugin')).toBe('podManagementPolicy: text\nOne of: OrderedReady, Parallel');
    expect(hover(template.replace('Deployment', 'Deploy|ment'))).toBeUndefined();
  });

  test('whatever stands there, something is answered', () => {
    for (const text of ['', ':', '[', 'apiVersion: [1]\nkind: {}\nspec: |', '- |', 'template: 1\n|']) {
      const marked = text.includes('|') ? text : `${text}|`;
      expect(labels(marked, 'plugin')).toBeInstanceOf(Array);
      expect(labels(marked)).toBeInstanceOf(Array);
    }
  });
});
