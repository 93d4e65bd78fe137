// 100,000 log lines into what a log view is made of, against the headless terminal of xterm.js, alternating in one process.
//
// Both sides begin with the same bytes, cut as a network cuts them, and end with all lines readable and searchable: ours is the
// door for hostile text, the parser and the host's ring of lines, plus the lines that a page holds and a first search; the
// peer's is its parser and its scrollback of cells. Neither draws: a page of ours draws the sixty rows that can be seen,
// whatever came. Before any figure counts, number and text of the last lines must be the same on both sides.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const lineCount = 100_000;
const rounds = Number(process.argv[2] ?? 7) || 7;
/** The bars: at most this share of the peer's time, and this many bytes for each byte of text. */
const timeBar = 1 / 5;
const memoryBar = 3;

setFlagsFromString('--expose-gc');
const collect = /** @type {() => void} */ (runInNewContext('gc'));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const heldBytes = () => {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const escape = '\u001b';
const levels = [`${escape}[32mINFO${escape}[0m`, `${escape}[33mWARN${escape}[0m`, 'INFO', 'DEBUG'];
const messages = Array.from(
  { length: lineCount },
  (_, at) =>
    `${levels[at % levels.length]} request ${at} from 10.244.${at % 7}.${at % 251} GET /vote/option/${at % 13}?session=${(at * 7919) % 1_000_003} 200 ${at % 90}ms`,
);
const plain = messages.map((message) => message.replaceAll(/\u001b\[\d*m/g, ''));
const stamp = (at) => new Date(Date.UTC(2026, 2, 1) + at * 10).toISOString().replace('Z', '123456Z');
const bytes = Buffer.from(messages.map((message, at) => `${stamp(at)} ${message}\n`).join(''));
/** @type {Buffer[]} */
const chunks = [];
for (let at = 0; at < bytes.length; at += 64 * 1024) chunks.push(Buffer.from(bytes.subarray(at, at + 64 * 1024)));

const folder = mkdtempSync(join(tmpdir(), 'kubeorch-bench-logs-'));
try {
  const outfile = join(folder, 'logs.cjs');
  await build({
    stdin: {
      contents: `export { LogCutter } from './src/kube/logs'; export { LineRing } from './src/host/logs/lineRing'; export { patternMatcher } from './src/host/logs/logMatcher'; export { withLines } from './webview/logs/logLines';`,
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const require = createRequire(import.meta.url);
  const { LogCutter, LineRing, patternMatcher, withLines } = require(outfile);
  const { Terminal } = require('@xterm/headless');
  const { StringDecoder } = require('node:string_decoder');

  const ours = async () => {
    const ring = new LineRing({ lines: lineCount, bytes: 64 * 1024 * 1024 });
    const cutter = new LogCutter();
    const decoder = new StringDecoder('utf8');
    let page = [];
    let id = 0;
    for (const chunk of chunks) {
      const lines = cutter.take(decoder.write(chunk)).map((line) => {
        const { timestamp, message, styles } = line;
        const own = { id: ++id, pod: 'vote-5d8f-x2x4k', container: 'vote', timestamp, message };
        if (styles !== undefined) own.styles = styles;
        return own;
      });
      ring.push(lines);
      page = withLines(page, lines);
    }
    // What a page holds is a copy: it came by message.
    const held = { ring, page: structuredClone(page) };
    return { held, last: () => ring.slice(ring.length - 1000).map((line) => line.message), count: () => ring.length };
  };
  const peer = async () => {
    const terminal = new Terminal({ cols: 200, rows: 60, scrollback: lineCount, allowProposedApi: true, convertEol: true });
    for (const chunk of chunks.slice(0, -1)) terminal.write(chunk);
    await new Promise((done) => terminal.write(chunks.at(-1), done));
    const { buffer } = terminal;
    const text = (at) => buffer.active.getLine(at)?.translateToString(true) ?? '';
    // The cursor stands on the empty line after the last one.
    const count = () => buffer.active.baseY + buffer.active.cursorY;
    return {
      held: terminal,
      // The peer has no times of its own: they are part of its text.
      last: () => Array.from({ length: 1000 }, (_, at) => text(count() - 1000 + at).slice(stamp(0).length + 1)),
      count,
    };
  };

  // Memory is told by a process that does nothing else.
  if (process.argv[2] === 'memory') {
    const before = heldBytes();
    const result = await (process.argv[3] === 'ours' ? ours() : peer());
    const grown = heldBytes() - before;
    console.log(result.count() === lineCount ? grown / bytes.length : Number.NaN);
    process.exit();
  }
  const memoryOf = (side) => Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'memory', side], { encoding: 'utf8' }));

  const times = { ours: [], peer: [] };
  const memory = { ours: memoryOf('ours'), peer: memoryOf('peer') };
  const search = [];
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of round % 2 === 0
      ? [
          ['ours', ours],
          ['peer', peer],
        ]
      : [
          ['peer', peer],
          ['ours', ours],
        ]) {
      // What the other side left is let go first.
      await new Promise((done) => setImmediate(done));
      collect();
      // The processor's time, which a busy machine does not stretch.
      const began = process.cpuUsage();
      const result = await run();
      const { user, system } = process.cpuUsage(began);
      const tookMs = (user + system) / 1000;
      const wanted = plain.slice(-1000);
      const last = result.last().map((text) => text.trimEnd());
      if (result.count() !== lineCount) throw new Error(`${String(name)} has ${result.count()} lines`);
      const wrong = last.findIndex((text, at) => text !== wanted[at]);
      if (wrong >= 0) throw new Error(`${String(name)} has another line ${wrong}: ${last[wrong]} instead of ${wanted[wrong]}`);
      if (name === 'ours') {
        const lines = result.held.ring.slice();
        const searched = performance.now();
        const found = patternMatcher({ text: 'session=7919 ', regex: false })(lines);
        search.push(performance.now() - searched);
        if (found.length !== 1) throw new Error(`The search found ${found.length} lines`);
      }
      // The first round warms both up.
      if (round === 0) continue;
      times[name].push(tookMs);
    }
  }
  const ratio = median(times.ours.map((value, at) => value / times.peer[at]));
  const share = memory.ours;
  console.log(`${lineCount} lines, ${(bytes.length / 1e6).toFixed(1)} MB, ${rounds} pairs, medians`);
  console.log(
    `  ingest: ours ${median(times.ours).toFixed(0)} ms, @xterm/headless ${median(times.peer).toFixed(0)} ms: ratio ${ratio.toFixed(3)} (bar ${timeBar})`,
  );
  console.log(`  memory held for each byte of text: ours ${share.toFixed(2)}, @xterm/headless ${memory.peer.toFixed(2)} (bar ${memoryBar})`);
  console.log(`  search over all lines: ours ${median(search).toFixed(1)} ms`);
  if (ratio > timeBar || share > memoryBar) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
