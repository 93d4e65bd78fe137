// VS Code in a browser: the server inside npm's code-server package, for machines without a desktop and for the tests there.
//
// It is installed into the cache folder without running any install script: nothing is compiled. What stays missing that
// way (spdlog, kerberos, sqlite3, ripgrep) costs log lines on stderr and text search, and nothing that we use.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureNode } from './nodeRuntime.mjs';
import { cacheFolder } from './paths.mjs';
import { capture, endGroup, environmentWith, npmScript } from './processes.mjs';

const version = '4.139.1';
/** The oldest Node that this server runs on. */
const serverNode = '24.0.0';

const serverMain = (folder) => join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js');

/**
 * Installs the editor's server when the cache does not have it.
 * @param {(line: string) => void} say @returns {Promise<{node: string, main: string}>} the Node and the script to run it with
 */
export async function ensureCodeServer(say) {
  const node = await ensureNode(serverNode, say);
  const folder = join(cacheFolder(), `code-server-${version}`);
  if (existsSync(serverMain(folder))) return { node, main: serverMain(folder) };
  say(`Fetching VS Code's server (code-server ${version} from npm) into ${cacheFolder()}.`);
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, 'package.json'), '{"private": true}');
  const npm = async (cwd, ...args) => {
    const { code, stderr } = await capture(node, [npmScript(), 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...args], {
      cwd,
      env: environmentWith(node),
    });
    if (code === 0) return;
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(`npm cannot install code-server ${version}: ${stderr.trim()}`);
  };
  await npm(unfinished, `code-server@${version}`);
  await npm(join(unfinished, 'node_modules/code-server/lib/vscode'), '--omit=dev');
  try {
    await rename(unfinished, folder);
  } catch (error) {
    // Another run of ours may have been faster; anything else is a real failure.
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(serverMain(folder))) throw error;
  }
  return { node, main: serverMain(folder) };
}

/**
 * Installs a packaged extension into a folder of extensions.
 * @param {{node: string, main: string}} editor @param {string} vsix @param {string[]} args the server's data and extension folders
 */
export async function installExtension(editor, vsix, args) {
  const { code, stdout, stderr } = await capture(editor.node, [editor.main, '--accept-server-license-terms', ...args, '--install-extension', vsix, '--force'], {
    env: environmentWith(editor.node),
  });
  if (code !== 0 || /Failed Installing/i.test(stdout + stderr)) throw new Error(`The editor refuses ${vsix}:\n${stdout}${stderr}`);
}

/**
 * Starts the server and waits until it listens.
 * @param {{node: string, main: string}} editor @param {string[]} args
 * @param {{log: (line: string) => void, env?: NodeJS.ProcessEnv, under?: string[]}} options log is told every line that the server
 *   prints; under: a program and its arguments that the server is started by
 * @returns {Promise<{stop: () => Promise<void>, ended: Promise<number>}>}
 */
export async function startServer(editor, args, { log, env = {}, under = [] }) {
  const [program, ...before] = [...under, editor.node];
  const child = spawn(program, [...before, editor.main, '--host', '127.0.0.1', '--accept-server-license-terms', '--telemetry-level', 'off', ...args], {
    // A group of its own, so that extension hosts and terminals end with it.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environmentWith(editor.node), ...env },
  });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const lastLines = [];
  const listening = new Promise((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`The editor's server did not listen within 180 s:\n${lastLines.join('\n')}`)), 180_000);
    const settle = (action) => {
      clearTimeout(timeout);
      action();
    };
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          log(line);
          lastLines.push(line);
          if (lastLines.length > 40) lastLines.shift();
          if (line.includes('Extension host agent listening on')) settle(resolve);
        }
      });
    }
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code) => settle(() => reject(new Error(`The editor's server ended with ${code}:\n${lastLines.join('\n')}`))));
  });
  const stop = async () => {
    await endGroup(child);
    await ended;
  };
  try {
    await listening;
  } catch (error) {
    await endGroup(child);
    throw error;
  }
  return { stop, ended };
}
