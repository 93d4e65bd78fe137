// Loading and activating the extension against requiring a bundled @kubernetes/client-node, the usual first import of a
// Kubernetes extension. Each sample is a cold process; the two alternate, and the figure is the median of the pairs' ratios.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const pairs = Number(process.argv[2] ?? 9);
/** The bar: at most this share of the peer's time. */
const bar = 1 / 5;

const folder = mkdtempSync(join(tmpdir(), 'kubeorch-bench-'));

/** What the `vscode` module exports, by the declarations that we compile against. */
const exportsOfEditor = [
  ...readFileSync(join(root, 'node_modules/@types/vscode/index.d.ts'), 'utf8').matchAll(/^\s*export (?:namespace|class|enum|const|let|function) (\w+)/gm),
].map((match) => match[1]);

/** A `vscode` module that has everything and does nothing: what is measured is our own code. */
const editorStandIn = `
const everything = () =>
  new Proxy(function () {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === Symbol.iterator ? function* () {} : key === 'then' ? undefined : key === 'some' ? () => false : everything()),
    apply: () => everything(),
    construct: () => everything(),
  });
const Module = require('node:module');
const load = Module._load;
const vscode = Object.fromEntries(${JSON.stringify(exportsOfEditor)}.map((name) => [name, everything()]));
Module._load = function (request, ...rest) { return request === 'vscode' ? vscode : load.call(this, request, ...rest); };
`;

const ours = `${editorStandIn}
const context = { subscriptions: [], extensionPath: process.argv[3], extensionUri: everything(), extension: { packageJSON: require(process.argv[3] + '/package.json') }, secrets: everything(), globalState: everything(), workspaceState: everything(), storageUri: everything(), globalStorageUri: everything(), logUri: everything(), asAbsolutePath: (path) => path, extensionMode: 1, environmentVariableCollection: everything() };
const began = performance.now();
const extension = require(process.argv[2]);
Promise.resolve(extension.activate(context)).then(() => {
  const activated = performance.now() - began;
  for (const room of ['app.js', 'engine.js']) require(require('node:path').join(require('node:path').dirname(process.argv[2]), room));
  console.log(JSON.stringify([activated, performance.now() - began]));
  process.exit(0);
});
`;
const peer = `
const began = performance.now();
require(process.argv[2]);
console.log(JSON.stringify([performance.now() - began]));
process.exit(0);
`;

/** The milliseconds that a cold process prints. */
const sample = (script, ...args) => JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;

try {
  execFileSync(process.execPath, [join(root, 'src/build/package.mjs'), '--quiet'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const dist = join(root, 'out/package/dist');
  const peerBundle = join(folder, 'client.js');
  await build({
    stdin: { contents: "module.exports = require('@kubernetes/client-node');", resolveDir: root },
    outfile: peerBundle,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'ours.cjs'), ours);
  writeFileSync(join(folder, 'peer.cjs'), peer);

  // One of each first, so that the disk's cache is the same for all that count.
  const measureOurs = () => sample(join(folder, 'ours.cjs'), join(dist, 'extension.js'), join(root, 'out/package'));
  const measurePeer = () => sample(join(folder, 'peer.cjs'), peerBundle);
  measureOurs();
  measurePeer();
  const samples = Array.from({ length: pairs }, () => ({ ours: measureOurs(), peer: measurePeer()[0] }));
  const ratio = median(samples.map((pair) => pair.ours[0] / pair.peer));
  const firstCanvas = median(samples.map((pair) => pair.ours[1]));

  console.log('sizes, as shipped and compressed by gzip:');
  for (const name of readdirSync(dist, { recursive: true }).map(String).sort()) {
    const file = join(dist, name);
    if (statSync(file).isFile()) console.log(`  ${kib(statSync(file).size)} ${kib(gzipSync(readFileSync(file)).length)}  dist/${name}`);
  }
  console.log(`  ${kib(statSync(join(root, 'out/kubeorch.vsix')).size)}               the VSIX`);
  console.log(`  ${kib(statSync(peerBundle).size)} ${kib(gzipSync(readFileSync(peerBundle)).length)}  the peer: @kubernetes/client-node, bundled and minified`);
  console.log(
    `load and activation: ${median(samples.map((pair) => pair.ours[0])).toFixed(1)} ms; the peer's load: ${median(samples.map((pair) => pair.peer)).toFixed(1)} ms (medians of ${pairs})`,
  );
  console.log(`with the rooms that a first canvas needs (app, engine): ${firstCanvas.toFixed(1)} ms`);
  console.log(`ratio: ${ratio.toFixed(3)} (median of ${pairs} alternating pairs); bar: at most ${bar}; ${ratio <= bar ? 'met' : 'MISSED'}`);
  process.exitCode = ratio <= bar ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
