// What a part of the tests came to, in one small file per part, so that any runner can sum up all of them.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './paths.mjs';

/**
 * @typedef {{name: string, lines: string[]}} Failure what failed, and the first lines of what it said
 * @typedef {{part: string, passed: number, failed: number, failures?: Failure[], skipped: {name: string, reason: string}[], durationMs: number}} PartResult
 */

const linesOfFailure = 8;
const charactersOfLine = 300;
const failuresShown = 100;

export const resultsFolder = process.env['KUBEORCH_RESULTS_FOLDER'] || join(root, 'out/results');

const cut = (text) => (text.length > charactersOfLine ? `${text.slice(0, charactersOfLine)}…` : text);

/**
 * What failed, short enough to stand in a summary: the first lines of the message, without colours and other control characters.
 * @param {string} name @param {string} message @returns {Failure}
 */
export function failureOf(name, message) {
  const plain = (text) =>
    cut(
      stripVTControlCharacters(text)
        .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
        .trimEnd(),
    );
  const lines = message
    .split(/\r?\n/)
    .map(plain)
    .filter((line) => line !== '');
  return {
    name: plain(name),
    lines: lines.length > linesOfFailure ? [...lines.slice(0, linesOfFailure), `… ${lines.length - linesOfFailure} more lines`] : lines,
  };
}

/**
 * A part that ended before its tests could run.
 * @param {string} part @param {string} message why @param {number} [durationMs] @returns {PartResult}
 */
export const failedPart = (part, message, durationMs = 0) => ({
  part,
  passed: 0,
  failed: 1,
  failures: [failureOf('it did not run', message)],
  skipped: [],
  durationMs,
});

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
 * Prints each part, each skip with its reason, each failure with what it said and, as the last line, the sum.
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
  for (const { part, failed, failures = [] } of results) {
    for (const { name, lines } of failures.slice(0, failuresShown)) console.log([`failed: ${part}: ${name}`, ...lines].join('\n    '));
    // Of what a part counts but does not name, its own output above tells more.
    const unnamed = failed - Math.min(failures.length, failuresShown);
    if (unnamed > 0) console.log(`failed: ${part}: ${unnamed} more; see the output of this part`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed;
}

/**
 * A part that could not run here.
 * @param {string} part @param {string} name @param {string} reason what is missing and how to get it
 */
export const skippedPart = (part, name, reason) => ({ part, passed: 0, failed: 0, skipped: [{ name, reason }], durationMs: 0 });
