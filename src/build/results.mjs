// What a part of the tests came to, in one small file per part, so that any runner can sum up all of them.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

/** @typedef {{part: string, passed: number, failed: number, skipped: {name: string, reason: string}[], durationMs: number}} PartResult */

export const resultsFolder = join(root, 'out/results');

/** @param {string} part */
export const resultsFile = (part) => join(resultsFolder, `${part}.json`);

/** @param {PartResult} result */
export async function writeResult(result) {
  const file = resultsFile(result.part);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(result, undefined, 2));
}

/** Forgets what these parts came to earlier. @param {string[]} parts */
export async function forgetResults(parts) {
  for (const part of parts) await rm(resultsFile(part), { force: true });
}

/** @param {(part: string) => boolean} [wanted] @returns {Promise<PartResult[]>} */
export async function readResults(wanted = () => true) {
  if (!existsSync(resultsFolder)) return [];
  const names = (await readdir(resultsFolder)).filter((name) => name.endsWith('.json') && wanted(name.slice(0, -5))).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(resultsFolder, name), 'utf8'))));
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * Prints each part, each skip with its reason and, as the last line, the sum.
 * @param {PartResult[]} results @returns {number} how many failed
 */
export function printSummary(results) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('');
  for (const { part, passed, failed, skipped, durationMs } of results) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped.length;
    console.log(
      `${part.padEnd(16)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ${String(skipped.length).padStart(3)} skipped  ${seconds(durationMs)}`,
    );
  }
  for (const { part, skipped } of results) for (const { name, reason } of skipped) console.log(`skipped: ${part}: ${name}: ${reason}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed;
}

/**
 * A part that could not run here.
 * @param {string} part @param {string} name @param {string} reason what is missing and how to get it
 */
export const skippedPart = (part, name, reason) => ({ part, passed: 0, failed: 0, skipped: [{ name, reason }], durationMs: 0 });
