import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeCases, goldenFolder } from '../../../testing/composeOracle/cases.mjs';
import type { OracleAnswer } from '../../../testing/composeOracle/oracle.mjs';
import { composeJson, readCase } from '../../../testing/composeProject';
import { readCompose } from './readCompose';
import { maxComposeCharacters } from './readTree';

describe('compose files are resolved as compose-go resolves them', async () => {
  for (const one of await composeCases()) {
    test(one.name, async () => {
      const golden = JSON.parse(await readFile(join(goldenFolder, `${one.name}.json`), 'utf8')) as OracleAnswer;
      if (golden.refused !== undefined) await expect(readCase(one)).rejects.toMatchObject({ problem: { code: expect.stringMatching(/^compose\./) } });
      else expect(composeJson(await readCase(one))).toEqual(composeJson(golden.project ?? null));
    });
  }
});

describe('what nobody should be able to do with a compose file', () => {
  const read = (text: string, others: Readonly<Record<string, string>> = {}, asked: string[] = []) =>
    readCompose({
      files: {
        read: (path) => {
          asked.push(path);
          return Promise.resolve(path === 'compose.yaml' ? text : others[path]);
        },
      },
      folder: '/home/me/shop',
      paths: ['compose.yaml'],
    });
  const refusedWith = (code: string): object => ({ problem: { code } });

  test('a billion laughs, endless nesting and too much text are refused within a second', async () => {
    const laughs = `x-a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghij'].map((name, index) => `x-${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`).join('\n')}\nservices: {web: {image: a}}\n`;
    const startedAt = performance.now();
    await expect(read(laughs)).rejects.toMatchObject(refusedWith('compose.aliasLimit'));
    await expect(read('services: '.padEnd(200_000, '['))).rejects.toMatchObject(refusedWith('yaml.tooDeep'));
    await expect(read('a'.repeat(50_000_000))).rejects.toMatchObject(refusedWith('compose.tooLarge'));
    await expect(read(`services: {web: {image: a, command: "${'${A:-'.repeat(20_000)}${'}'.repeat(20_000)}"}}`)).rejects.toMatchObject(
      refusedWith('compose.templateAt'),
    );
    await expect(read('services: {web: &w {image: a, labels: *w}}')).rejects.toMatchObject(refusedWith('compose.invalid'));
    await expect(read(`,`.repeat(maxComposeCharacters))).rejects.toMatchObject(refusedWith('compose.syntax'));
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test('includes that double at each step end at a limit', async () => {
    const others = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`i${index}.yml`, `include: [i${index + 1}.yml, {path: i${index + 1}.yml}]\n`]));
    await expect(read('include: [i0.yml]', { ...others, 'i20.yml': 'services: {}' })).rejects.toMatchObject(refusedWith('compose.tooManyFiles'));
  });

  test.each([
    ['include', 'include: [../other/compose.yaml]', 'compose.outside'],
    ['include of an absolute file', 'include: [/etc/passwd]', 'compose.outside'],
    ['extends', 'services: {web: {extends: {file: ../../x.yml, service: a}}}', 'compose.outside'],
    ['an included folder', 'include: [{path: a.yml, env_file: ../.env}]', 'compose.outside'],
    ['a label file', 'services: {web: {image: a, label_file: ../l}}', 'compose.outside'],
    ['a remote include', 'include: ["https://example.com/compose.yaml"]', 'compose.remote'],
    ['a Git include', 'include: ["git@github.com:acme/x.git"]', 'compose.remote'],
    ['an OCI include', 'include: ["oci://registry/x"]', 'compose.remote'],
    ['a command as an address', 'services: {web: {extends: {file: "ext::sh -c id", service: a}}}', 'compose.remote'],
  ])('%s does not leave the folder', async (_what, text, code) => {
    const asked: string[] = [];
    await expect(read(text, { 'a.yml': 'services: {}' }, asked)).rejects.toMatchObject(refusedWith(code));
    expect(asked.filter((path) => path.includes('..') || path.startsWith('/'))).toEqual([]);
  });

  test('what lies outside is not read where compose could do without it', async () => {
    const asked: string[] = [];
    const project = await read('services: {web: {image: a, env_file: ["../x.env", "~/y.env"], volumes: ["/etc:/e", "~/z:/z"]}}', {}, asked);
    expect(asked).toEqual(expect.arrayContaining(['compose.yaml', '.env']));
    expect(new Set(asked)).toEqual(new Set(['compose.yaml', '.env']));
    expect(project.skippedFiles).toMatchObject([
      { path: '/home/me/x.env', outside: true },
      { path: '~/y.env', outside: true },
    ]);
  });

  test('the variables of this process are never seen', async () => {
    process.env['KUBEORCH_COMPOSE_PROBE'] = 'leaked';
    const project = await read('services: {web: {image: a, environment: [KUBEORCH_COMPOSE_PROBE, "B=${KUBEORCH_COMPOSE_PROBE}", "H=$HOME"]}}');
    delete process.env['KUBEORCH_COMPOSE_PROBE'];
    expect(JSON.stringify(composeJson(project))).not.toContain('leaked');
    expect([...project.unset.keys()].sort()).toEqual(['HOME', 'KUBEORCH_COMPOSE_PROBE']);
  });

  test('a refusal names its place', async () => {
    await expect(read('services:\n  web:\n    image: a\n    imagee: b\n')).rejects.toThrow(
      '/home/me/shop/compose.yaml:4:5: services.web has "imagee", which compose does not know (did you mean "image"?).',
    );
    await expect(read('services:\n  web:\n    image: ${TAG:?say which}\n')).rejects.toThrow(
      '/home/me/shop/compose.yaml:3:12: services.web.image needs a value for the variable TAG: say which',
    );
    await expect(read('services:\n  web: {image: a\n')).rejects.toThrow(/^\/home\/me\/shop\/compose\.yaml:\d+:\d+: the YAML is broken here/);
  });
});
