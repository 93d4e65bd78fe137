// What a bench has started ends with it, also when somebody else ends the bench.
import { spawn } from 'node:child_process';
import { endGroup } from '../build/processes.mjs';

/** Closing an editor with its server and browser takes this long at most before it is insisted on. */
const patienceMs = 15_000;

/** @type {Set<() => unknown>} */
const steps = new Set();
let ending;

async function endAll() {
  // Last made, first undone; one that fails must not keep the others from ending.
  for (const step of [...steps].reverse()) {
    try {
      await step();
    } catch (error) {
      console.error(`while ending: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.on(signal, () => {
    ending ??= endAll().finally(() => process.exit(128 + number));
  });
}

/**
 * Has something undone when this process is ended from outside.
 * @param {() => unknown} step @returns {() => void} the way to forget it, for what was undone in order
 */
export function whenEnded(step) {
  steps.add(step);
  return () => void steps.delete(step);
}

/**
 * Runs a program to its end in a group of its own, which is ended with this process: asked first, so that it may put away what it has.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} the exit code; 1 for an end by a signal
 */
export function runGroup(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options, detached: process.platform !== 'win32' });
    const forget = whenEnded(() => endGroup(child, patienceMs));
    child.once('error', (error) => {
      forget();
      reject(error);
    });
    child.once('exit', (code) => {
      // While this process is being ended, the rest of the group is still waited for.
      if (ending === undefined) forget();
      resolve(code ?? 1);
    });
  });
}
