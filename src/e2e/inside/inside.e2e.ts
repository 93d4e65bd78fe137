import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { installPackagedExtension, projectRoot, runEditor } from '../editor';
import { resultVariable, type InsideResult } from './runner';

/** Runs a bundled suite inside the extension host, on a copy of the example workspace or in an empty folder. */
async function runInside(suite: string, extension: 'development' | 'vsix', workspace: 'voting' | 'empty' = 'voting'): Promise<InsideResult> {
  const temporary = await mkdtemp(join(tmpdir(), 'kubeorch-inside-'));
  onTestFinished(() => rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const folder = join(temporary, workspace);
  if (workspace === 'empty') await mkdir(folder);
  else await cp(join(projectRoot, 'templates/workspaces/voting'), folder, { recursive: true });
  const profile = [`--user-data-dir=${join(temporary, 'user')}`, `--extensions-dir=${join(temporary, 'extensions')}`];
  const logFile = join(projectRoot, 'out/logs', `inside-${suite}-${extension}.log`);
  if (extension === 'vsix') await installPackagedExtension(profile, logFile);
  const resultFile = join(temporary, 'result.json');
  const ended = await runEditor({
    args: [folder, ...profile],
    // A suite runs only beside an extension under development; the bystander is one that does nothing.
    development: [extension === 'development' ? projectRoot : join(projectRoot, 'src/e2e/inside/bystander')],
    suite: join(projectRoot, 'out/inside', `${suite}.suite.js`),
    env: { [resultVariable]: resultFile, KUBECONFIG: join(temporary, 'no-kubeconfig') },
    logFile,
  }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  // A failed test says more than the exit code that it led to.
  if (existsSync(resultFile)) {
    const result = JSON.parse(await readFile(resultFile, 'utf8')) as InsideResult;
    expect(result.failed).toEqual([]);
    if (ended === undefined) return result;
  }
  throw ended ?? new Error(`The suite left no result (log: ${logFile}).`);
}

describe.each(['development', 'vsix'] as const)('inside the extension host, as %s', (extension) => {
  test('the suite of the extension passes', async () => {
    const { passed } = await runInside('extension', extension);
    expect(passed.length).toBeGreaterThan(0);
  });
});

test('files are checked, completed, mended and edited as text', async () => {
  const { passed } = await runInside('language', 'development');
  expect(passed.length).toBeGreaterThan(0);
});

test('a folder without workflows is left in peace', async () => {
  const { passed } = await runInside('quiet', 'development', 'empty');
  expect(passed.length).toBeGreaterThan(0);
});
