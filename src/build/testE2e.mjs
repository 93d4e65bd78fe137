// `npm run test:e2e [-- FILTER…]`: the suites in the real VS Code. With --desktop only the downloaded desktop will do; else a machine
// with a screen tries the desktop first and takes our launcher (VS Code's server in Chromium) when it cannot be downloaded.
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { build } from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium, howToGetChromium } from './chromium.mjs';
import { ensureCodeServer } from './codeServer.mjs';
import { hasScreen } from './desktopEditor.mjs';
import { root } from './paths.mjs';
import { run } from './processes.mjs';
import { failedPart, printSummary, readResults, skippedPart, writeResult } from './results.mjs';
import { runVitest } from './vitest.mjs';

const part = 'e2e';
const filters = process.argv.slice(2).filter((argument) => argument !== '--desktop');
const desktopOnly = process.argv.includes('--desktop');
const say = (line) => console.log(line);

/** @returns {Promise<{kind: 'desktop' | 'browser'} | {missing: string}>} */
async function chooseEditor() {
  if (desktopOnly || (hasScreen() && process.env['KUBEORCH_EDITOR'] !== 'browser')) {
    try {
      await downloadAndUnzipVSCode({ cachePath: join(root, '.vscode-test') });
      return { kind: 'desktop' };
    } catch (error) {
      if (desktopOnly) throw error;
      say(`VS Code for the desktop cannot be downloaded (${error.message}): taking its server in a browser.`);
    }
  }
  if (findChromium() === undefined) return { missing: `no Chromium on this machine: ${howToGetChromium}` };
  await ensureCodeServer(say);
  return { kind: 'browser' };
}

/** The suites that run inside the extension host are one file each, because that host loads CommonJS. */
async function bundleInsideSuites() {
  const folder = join(root, 'src/e2e/inside');
  const entryPoints = (await readdir(folder)).filter((name) => name.endsWith('.suite.ts')).map((name) => join(folder, name));
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'out/inside',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

async function main() {
  const editor = await chooseEditor();
  if ('missing' in editor) {
    await writeResult(skippedPart(part, 'all suites in the real VS Code', editor.missing));
    return 0;
  }
  if (filters.length === 0) await rm(join(root, 'out/screenshots'), { recursive: true, force: true });
  await bundleInsideSuites();
  const packaged = await run(process.execPath, [join(root, 'src/build/package.mjs'), '--quiet'], { cwd: root });
  if (packaged !== 0) {
    await writeResult(failedPart(part, 'the extension could not be packaged'));
    return packaged;
  }
  return runVitest({ part, config: 'vitest.e2e.config.mjs', args: filters, env: { KUBEORCH_EDITOR: editor.kind } });
}

const code = await main();
if (process.env['KUBEORCH_PART_OF_TEST'] === undefined) printSummary(await readResults((name) => name === part));
process.exitCode = code;
