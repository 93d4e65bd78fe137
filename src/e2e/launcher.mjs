#!/usr/bin/env node
// Stands in for the `code` binary where VS Code for the desktop cannot be downloaded. It takes the same arguments and starts
// the same workbench, extension host and webviews: VS Code's server in headless Chromium.
//
// With --extensionTestsPath it ends when the suite has ended, with the suite's exit code. Without it the window stays open until
// the browser is closed, which a driver does over the debugging port. Errors on the console make it fail in either case.
import { chromium } from 'playwright-core';
import { randomBytes } from 'node:crypto';
import { existsSync, fstatSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium, howToGetChromium } from '../build/chromium.mjs';
import { ensureCodeServer, installExtension, startServer } from '../build/codeServer.mjs';
import { freePort } from '../build/freePort.mjs';
import { afterKill, ConsoleGuard } from './consoleGuard.mjs';

/** The exit code for a window that printed errors though everything else went well. */
const exitWithFindings = 3;

/** Where Chromium tells which port it chose, in the folder of its profile. */
const debuggingPortFile = 'DevToolsActivePort';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    extensionDevelopmentPath: { type: 'string', multiple: true },
    extensionTestsPath: { type: 'string' },
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
    'install-extension': { type: 'string', multiple: true },
    'disable-workspace-trust': { type: 'boolean' },
    'remote-debugging-port': { type: 'string' },
    'force-device-scale-factor': { type: 'string' },
    locale: { type: 'string' },
  },
});

const log = (line) => process.stdout.write(`[server] ${line}\n`);
const say = (line) => process.stderr.write(`${line}\n`);

/** What the arguments ask for and a browser's workbench takes from its settings; a suite's own settings win. */
const settingsFromArguments = () => ({ 'security.workspace.trust.enabled': values['disable-workspace-trust'] !== true });

async function mergeSettings(file, added) {
  const present = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ ...added, ...present }, undefined, 2));
}

/** A local path as the server's own workspace knows it. */
const remote = (path) => `vscode-remote://remote${pathToFileURL(resolve(path)).pathname}`;

function windowAddress(port) {
  const address = new URL(`http://127.0.0.1:${port}/`);
  const folder = positionals[0];
  if (folder !== undefined) address.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', resolve(folder));
  const payload = [['skipWelcome', 'true']];
  for (const path of values.extensionDevelopmentPath ?? []) payload.push(['extensionDevelopmentPath', remote(path)]);
  if (values.extensionTestsPath) payload.push(['extensionTestsPath', remote(values.extensionTestsPath)]);
  address.searchParams.set('payload', JSON.stringify(payload));
  return address.href;
}

/** Has every program, address and file that the server and all that it starts reach for written into a file. */
const tracing = (file) =>
  file === undefined ? [] : ['strace', '-f', '-y', '-qq', '--seccomp-bpf', '-s', '400', '-e', `trace=${traced}`, '-e', 'signal=none', '-o', file];
const traced =
  'execve,connect,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat';

async function main(cleanup) {
  const browserPath = findChromium();
  if (browserPath === undefined) throw new Error(`No Chromium was found: ${howToGetChromium}.`);
  const editor = await ensureCodeServer(say);
  const temporary = await mkdtemp(join(tmpdir(), 'kubeorch-window-'));
  cleanup.push(() => rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

  const userData = values['user-data-dir'] ?? join(temporary, 'user');
  const extensions = values['extensions-dir'] ?? join(temporary, 'extensions');
  await mkdir(extensions, { recursive: true });
  const folders = ['--server-data-dir', join(temporary, 'server'), '--user-data-dir', userData, '--extensions-dir', extensions];
  if (values['install-extension'] !== undefined) {
    for (const vsix of values['install-extension']) await installExtension(editor, resolve(vsix), folders);
    return 0;
  }

  await mergeSettings(join(userData, 'User/settings.json'), settingsFromArguments());
  const port = await freePort();
  // An empty gallery keeps the window from asking a marketplace, which no test needs.
  const server = await startServer(editor, ['--port', String(port), '--without-connection-token', '--enable-smoke-test-driver', ...folders], {
    log,
    env: { EXTENSIONS_GALLERY: '{}' },
    under: tracing(process.env['KUBEORCH_TEST_TRACE']),
  });
  cleanup.push(() => server.stop());

  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  for (const name of ['remote-debugging-port', 'force-device-scale-factor']) if (values[name] !== undefined) args.push(`--${name}=${values[name]}`);
  const context = await chromium.launchPersistentContext(join(temporary, 'browser'), {
    executablePath: browserPath,
    headless: true,
    args: [...args, '--window-size=1440,900'],
    // Without this the extra driver on the debugging port and this one would each impose a size.
    viewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  cleanup.push(() => context.close());
  // A browser that chooses its debugging port writes it into its own profile; whoever drives the window looks where a desktop would write it.
  if (values['remote-debugging-port'] === '0') await copyFile(join(temporary, 'browser', debuggingPortFile), join(userData, debuggingPortFile));
  const guard = new ConsoleGuard((line) => say(`console error: ${line}`), process.env['KUBEORCH_TEST_KILLS'] === undefined ? [] : afterKill);
  await guard.watch(context);

  // The secret storage of a browser's workbench is sealed with half a key of the server's, which this server leaves to whoever serves it.
  const keyPart = randomBytes(32);
  await context.route('**/mint-key', (route) => route.fulfill({ status: 200, contentType: 'application/octet-stream', body: keyPart }));

  // The desktop takes its language from this argument. Here the page with the workbench's own texts says it, and extensions follow; the
  // workbench itself stays in English, for which there is a text to everything.
  if (values.locale !== undefined)
    await context.addInitScript((language) => {
      Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { get: () => language, set() {} });
    }, values.locale);
  const page = context.pages()[0] ?? (await context.newPage());
  const suiteEnded = new Promise((done) => {
    void page.exposeFunction('codeAutomationExit', (code) => done(code));
  });
  await page.exposeFunction('codeAutomationLog', (type, parts) => process.stdout.write(`[${type}] ${parts.join(' ')}\n`));
  const closed = new Promise((done) => context.once('close', () => done(0)));
  await page.goto(windowAddress(port), { waitUntil: 'commit' });
  const serverEnded = server.ended.then((code) => {
    throw new Error(`The editor's server ended early with ${code}.`);
  });
  const code = await Promise.race([suiteEnded, closed, serverEnded]);
  return code === 0 && guard.findings.length > 0 ? exitWithFindings : code;
}

const cleanup = [];
let cleaned;
/** Undoes everything once, whoever asks first; the others wait for the same end. */
const cleanUp = () => (cleaned ??= undoAll());
async function undoAll() {
  // Last made, first undone; one that fails must not keep the others from ending.
  for (const undo of cleanup.splice(0).reverse()) await undo().catch((error) => say(`while closing: ${error.message}`));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}

// Whoever started this holds the other end of stdin. When that is gone, a test run was killed, and nothing of ours may stay behind.
const input = fstatSync(0);
if (input.isFIFO() || input.isSocket()) {
  process.stdin.resume().once('close', () => void cleanUp().finally(() => process.exit(130)));
}

let exitCode = 1;
try {
  exitCode = await main(cleanup);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await cleanUp();
}
process.exit(exitCode);
