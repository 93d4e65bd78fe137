// Starting programs and making sure that they end: every child is awaited or ended by its own id, never by name.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * Runs a program to its end with this process's terminal and passes on the signals that would end us.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} the exit code; 128 plus the signal's number is not known here, so a signal counts as 1
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // A terminal sends Ctrl+C to the whole group, so the child has it already: we only must not die before it.
    const passOn = (signal) => child.kill(signal);
    const wait = () => {};
    process.on('SIGTERM', passOn);
    process.on('SIGINT', wait);
    const forget = () => {
      process.off('SIGTERM', passOn);
      process.off('SIGINT', wait);
    };
    child.once('error', (error) => {
      forget();
      reject(error);
    });
    child.once('close', (code) => {
      forget();
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs a program and gives what it printed.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{code: number, stdout: string, stderr: string}>} code 127 when the program is not there
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The first of these programs that PATH has, or undefined. @param {...string} names */
export function onPath(...names) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      for (const extension of extensions) {
        const file = join(folder, name + extension);
        if (folder !== '' && existsSync(file)) return file;
      }
    }
  }
  return undefined;
}

/**
 * npm as a script that any Node can run, so that no shell is needed on Windows.
 * @returns {string} the path of npm-cli.js
 */
export function npmScript() {
  const given = process.env['npm_execpath'];
  if (given !== undefined && given.endsWith('npm-cli.js') && existsSync(given)) return given;
  const npm = onPath('npm');
  const places = [];
  if (npm !== undefined) {
    const real = realpathSync(npm);
    if (real.endsWith('npm-cli.js')) return real;
    places.push(join(dirname(real), 'node_modules/npm/bin/npm-cli.js'), join(dirname(real), '../lib/node_modules/npm/bin/npm-cli.js'));
  }
  places.push(join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'), join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error('npm is needed and was not found: install Node.js with npm from https://nodejs.org and try again.');
  return found;
}

/** The environment in which `node` means the given binary. @param {string} nodeBinary */
export function environmentWith(nodeBinary) {
  return { ...process.env, PATH: dirname(nodeBinary) + delimiter + (process.env['PATH'] ?? '') };
}

/** Waits. @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Ends a process that was started as the leader of a group of its own, with all that it started: asks first, then insists.
 * @param {import('node:child_process').ChildProcess} child @param {number} [patienceMs]
 */
export async function endGroup(child, patienceMs = 3000) {
  if (child.pid === undefined) return;
  const group = process.platform === 'win32' ? child.pid : -child.pid;
  const alive = () => {
    try {
      process.kill(group, 0);
      return true;
    } catch {
      return false;
    }
  };
  const send = (signal) => {
    try {
      process.kill(group, signal);
    } catch {
      // It has ended between the question and the signal, which is what was wanted.
    }
  };
  send('SIGTERM');
  for (let waited = 0; waited < patienceMs && alive(); waited += 50) await pause(50);
  if (alive()) send('SIGKILL');
}
