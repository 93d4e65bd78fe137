// `npm start [-- --headless | --browser]`: the voting example on the embedded sandbox, on whatever this machine has.
//
// With a desktop its VS Code opens, with data and extension folders of its own, so that nothing of the user's is touched. With
// --browser, or without a desktop, VS Code's server is started and its address printed. --headless does the main job on the
// command line and ends with its exit code; a machine without a screen gets that first and the address then.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ensureCodeServer, installExtension, startServer } from './codeServer.mjs';
import { editorCall, findDesktopEditor, hasScreen } from './desktopEditor.mjs';
import { ensureExample, exampleFile, exampleFolder } from './exampleWorkspace.mjs';
import { freePort } from './freePort.mjs';
import { root } from './paths.mjs';
import { run } from './processes.mjs';

const { values } = parseArgs({ options: { headless: { type: 'boolean' }, browser: { type: 'boolean' }, port: { type: 'string' } } });
const say = (line = '') => console.log(line);
const editorData = join(root, 'out/start/editor');

const kubeorch = (args, env = {}) => run(process.execPath, [join(root, 'dist/kubeorch.mjs'), ...args], { cwd: exampleFolder, env: { ...process.env, ...env } });

/** Deploys the example and waits until every node is healthy. @returns {Promise<number>} the exit code */
async function mainJob() {
  const file = relative(exampleFolder, exampleFile);
  say(`Deploying ${relative(root, exampleFile)} on the embedded sandbox.`);
  // The example's published images log in with this word; see the comment in its workflow file.
  const secrets = { VOTING_DB_SECRET_POSTGRES_PASSWORD: 'postgres' };
  const deployed = await kubeorch(['deploy', file, '--sandbox', '--yes', '--wait', '--secret-env', 'VOTING'], secrets);
  if (deployed !== 0) return deployed;
  say();
  return kubeorch(['status', file, '--sandbox']);
}

/** A window that shows the workspace and nothing else. */
const firstUserSettings = {
  'chat.disableAIFeatures': true,
  'kubeorch.target': 'sandbox',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/** Settings for the first start of an editor of ours; later changes by the user stay. */
async function firstSettings(userData) {
  const file = join(userData, 'User/settings.json');
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(firstUserSettings, undefined, 2));
}

async function startDesktop(editor) {
  const userData = join(editorData, 'desktop');
  await firstSettings(userData);
  say(`Opening ${relative(root, exampleFolder)} in VS Code ${editor.version} (${editor.command}), with data of its own in ${relative(root, editorData)}.`);
  const call = editorCall(editor.command, [
    '--new-window',
    `--user-data-dir=${userData}`,
    `--extensions-dir=${join(editorData, 'desktop-extensions')}`,
    `--extensionDevelopmentPath=${root}`,
    exampleFolder,
    exampleFile,
  ]);
  return run(call.command, call.args, { shell: call.shell });
}

/** Runs until it is interrupted. */
async function startBrowserRoute() {
  const editor = await ensureCodeServer(say);
  const vsix = join(root, 'out/kubeorch.vsix');
  const packaged = await run(process.execPath, [join(root, 'src/build/package.mjs'), '--quiet'], { cwd: root });
  if (packaged !== 0) return packaged;
  const userData = join(editorData, 'browser');
  const folders = ['--server-data-dir', join(editorData, 'server'), '--user-data-dir', userData, '--extensions-dir', join(editorData, 'browser-extensions')];
  await firstSettings(userData);
  await installExtension(editor, vsix, folders);
  const port = values.port ?? String(await freePort());
  const token = randomBytes(24).toString('base64url');
  const server = await startServer(editor, ['--port', port, '--connection-token', token, ...folders], { log: () => undefined });
  const address = new URL(`http://127.0.0.1:${port}/`);
  address.searchParams.set('tkn', token);
  address.searchParams.set('folder', exampleFolder);
  address.searchParams.set('payload', JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${port}${exampleFile}`]]));
  say();
  say(`VS Code with KubeOrch: ${address.href}`);
  say(`From another machine, first: ssh -N -L ${port}:127.0.0.1:${port} ${userInfo().username}@${hostname()}`);
  say('Ctrl+C ends it.');
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve(0));
  });
  const code = await Promise.race([interrupted, server.ended]);
  await server.stop();
  return code;
}

async function main() {
  await ensureExample();
  if (values.headless) {
    const code = await mainJob();
    await kubeorch(['sandbox', 'stop']);
    return code;
  }
  if (!values.browser && hasScreen()) {
    const oldest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).engines.vscode.replace('^', '');
    const editor = await findDesktopEditor(oldest);
    if ('command' in editor) return startDesktop(editor);
    for (const found of editor.tooOld) say(`${found}, and ${oldest} is needed.`);
    say('No fitting VS Code was found on this machine: starting one in the browser.');
  } else if (!values.browser) {
    const code = await mainJob();
    if (code !== 0) return code;
  }
  return startBrowserRoute();
}

process.exitCode = await main();
