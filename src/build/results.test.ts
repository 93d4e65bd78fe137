import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-results-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function node(args: readonly string[], part = ''): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return new Promise((done, fail) => {
    const env = { ...process.env, KUBEORCH_RESULTS_FOLDER: join(folder, 'results'), KUBEORCH_TEST_PART: part, FORCE_COLOR: '1' };
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.on('error', fail).on('close', (code) => done({ code, stdout }));
  });
}

test('the summary names each test that failed with the first lines of what it said, above its last line', async () => {
  await writeFile(
    join(folder, 'some.test.ts'),
    `describe('a room', () => {
  it('holds', () => {});
  it('breaks', () => { throw new Error('\\u001b[31mit is red\\u001b[0m\\n' + Array.from({ length: 40 }, (_, at) => 'line ' + at).join('\\n')); });
  it('differs', () => { expect({ a: 1 }).toEqual({ a: 2 }); });
  it.skip('waits', () => {});
});
`,
  );
  await writeFile(join(folder, 'broken.test.ts'), `it('is never reached', () => {});\nthrow new Error('it cannot be loaded');\n`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = await node([vitest, 'run', '--root', folder, '--globals', `--reporter=${join(root, 'src/build/resultsReporter.mjs')}`], 'unit');
  expect(run.code).toBe(1);

  const { code, stdout } = await node([join(root, 'src/build/summary.mjs')]);
  expect(code).toBe(1);
  const lines = stdout.trimEnd().split('\n');
  // Three of this run, and three parts that left no result.
  expect(lines.at(-1)).toBe('1 passed, 6 failed, 1 skipped');
  const told = lines.slice(
    lines.findIndex((line) => line.startsWith('failed: ')),
    -1,
  );
  expect(told.filter((line) => !line.startsWith(' '))).toEqual([
    'failed: unit: broken.test.ts',
    'failed: unit: some.test.ts > a room > breaks',
    'failed: unit: some.test.ts > a room > differs',
    'failed: check: it did not run',
    'failed: e2e: it did not run',
    'failed: cluster: it did not run',
  ]);
  expect(told[1]).toBe('    it cannot be loaded');
  const breaks = told.indexOf('failed: unit: some.test.ts > a room > breaks');
  expect(told.slice(breaks + 1, breaks + 10)).toEqual(['    it is red', ...[0, 1, 2, 3, 4, 5, 6].map((at) => `    line ${at}`), '    … 33 more lines']);
  expect(told.find((line) => line.includes('to deeply equal'))).toBeDefined();
  expect(stdout).not.toContain('\u001b');
});
