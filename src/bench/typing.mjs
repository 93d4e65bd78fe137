// From a keystroke to the problems of a workflow file, at 10 KB, 100 KB and 1 MB, and how long the event loop stands still meanwhile.
// The peer is one reading of the same text by `yaml` alone, which is what a language server for YAML does at each change; what it
// says of the text would come on top. Hostile texts have to take four times as long when they are four times as long.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const keystrokes = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'kubeorch-typing-'));
const ms = (value) => `${value.toFixed(1).padStart(7)} ms`;
let met = true;
const judge = (name, value, bar) => {
  met &&= value <= bar;
  return `${name} ${ms(value)} (bar ${bar} ms${value <= bar ? '' : ', MISSED'})`;
};

try {
  const outfile = join(folder, 'ours.mjs');
  await build({
    entryPoints: [join(root, 'src/bench/typing/ours.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const { sizes, hostile } = JSON.parse(execFileSync(process.execPath, [outfile, root, String(keystrokes)], { encoding: 'utf8', maxBuffer: 1e8 }));
  for (const size of sizes) {
    console.log(`${(size.bytes / 1000).toFixed(0)} KB, ${size.nodes} nodes, ${keystrokes} keystrokes, ${size.problems} problems`);
    console.log(
      `  keystroke to problems: p50 ${ms(size.p50)}, ${size.bytes < 500_000 ? judge('p99', size.p99, 100) : `p99 ${ms(size.p99)}`}; by the clock of this machine p99 ${ms(size.clockP99)}`,
    );
    console.log(`  longest block while typing: ${judge('', size.blockedMs, 50)}`);
    console.log(`  opening: ${ms(size.openMs)}, ${judge('longest block', size.openBlockedMs, 50)}`);
    console.log(`  an edit that concerns every node: ${ms(size.everythingMs)}, ${judge('longest block', size.everythingBlockedMs, 50)}`);
    console.log(`  yaml, one reading alone: p50 ${ms(size.peerP50)}; ours to the peer's: ${(size.p50 / size.peerP50).toFixed(3)}`);
  }
  for (const { name, small, large, growth } of hostile) {
    const isLinear = growth < 8 || large < 60;
    met &&= isLinear;
    console.log(`  ${isLinear ? 'linear' : 'NOT LINEAR'}  50 KB ${ms(small)}, 200 KB ${ms(large)}  ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = met ? 0 : 1;
