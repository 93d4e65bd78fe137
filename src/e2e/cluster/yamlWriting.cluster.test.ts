import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseWorkflow } from '../../engine/document/parse';
import { textArbitrary } from '../../engine/document/tests/workflowTexts';
import { blockEntry, flowEntry, usualWriting } from '../../engine/document/yamlText';
import { valueAt } from '../../shared/json';
import type { JsonValue } from '../../shared/json';

// kubectl itself is the judge of what "YAML as kubectl reads it" means. `label --local` reads and prints an object without a cluster.

const execute = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-yaml-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readByKubectl(data: string): Promise<Readonly<Record<string, JsonValue>>> {
  const file = join(folder, 'object.yaml');
  await writeFile(file, `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: words }\ndata:${data}\n`);
  const { stdout } = await execute(process.env['KUBECTL'] ?? 'kubectl', ['label', '--local', '-f', file, 'a=b', '-o', 'json'], { maxBuffer: 1e8 });
  return (JSON.parse(stdout) as { readonly data: Readonly<Record<string, JsonValue>> }).data;
}

describe('YAML as kubectl reads it', () => {
  // Noncharacters and halves of characters are no UTF-8, so no file holds them and kubectl refuses their escapes.
  const texts = fc
    .sample(fc.oneof(textArbitrary, fc.string({ unit: fc.constantFrom(...' \n\t:#-?,[]{}&*!|>\'"%@`~=<.+_/0179eExXoObByYnNaA'), maxLength: 8 })), 8000)
    .filter((text) => !/[\ud800-\udfff\ufffe\uffff]/u.test(text));
  const wanted = Object.fromEntries(texts.map((text, index) => [`k${index}`, text]));

  test('what is written as text in a block is text, key and value', async () => {
    const entries = texts.map((text, index) => `\n  ${blockEntry(`k${index}`, text, 2, usualWriting)}`);
    expect(await readByKubectl(entries.join(''))).toEqual(wanted);
    const keys = [...new Set(texts)];
    const read = await readByKubectl(keys.map((key) => `\n  ${blockEntry(key, 'x', 2, usualWriting)}`).join(''));
    expect(new Set(Object.keys(read))).toEqual(new Set(keys));
  });

  test('what is written as text between brackets is text', async () => {
    const entries = texts.map((text, index) => flowEntry(`k${index}`, text));
    expect(await readByKubectl(` { ${entries.join(', ')} }`)).toEqual(wanted);
  });

  test('plain words and numbers mean the same here and there', async () => {
    const words = [
      'yes',
      'on',
      'off',
      'y',
      'N',
      'True',
      'null',
      '~',
      '0644',
      '0x1F',
      '0b11',
      '1_000',
      '22:22',
      '2001-12-14',
      '1.5',
      '1e3',
      '-1',
      '+1',
      '.5',
      '08',
      '1.',
      'abc',
      '10Gi',
      '1.2.3',
    ];
    const data = words.map((word, index) => `\n  k${index}: ${word}`).join('');
    const ours = valueAt(parseWorkflow(`x-data:${data}\n`).workflow.unknown, ['x-data']);
    expect(JSON.parse(JSON.stringify(ours))).toEqual(await readByKubectl(data));
  });
});
