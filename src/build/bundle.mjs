// Bundles every room that ships: `node src/build/bundle.mjs [--production] [--watch] [--quiet] [--outdir FOLDER]`.
//
// The activation bundle stays tiny because the other rooms are separate files that it requires on first use: a dynamic
// import of a room's face becomes `require('./<room>.js')`. A static import of such a room is an error, because it would
// silently pull the room into the wrong file. Only the host's bundles may leave `vscode` unresolved, so a leak of it into
// the engine or the CLI breaks this build.
import { build, context } from 'esbuild';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { markFresh, sourcesDigest } from './freshness.mjs';
import { root } from './paths.mjs';

const { values } = parseArgs({
  options: { production: { type: 'boolean' }, watch: { type: 'boolean' }, quiet: { type: 'boolean' }, outdir: { type: 'string', default: 'dist' } },
});
const { production = false, watch = false, quiet = false } = values;
const dist = resolve(root, values.outdir);

/** Faces that live in a file of their own; the key is the source file, the value its name in dist. */
const lazyFaces = new Map([
  ['src/engine/index.ts', 'engine.js'],
  ['src/engine/layout/index.ts', 'layout.js'],
  ['src/kube/index.ts', 'kube.js'],
  ['src/host/app.ts', 'app.js'],
]);

/** @param {string} entry the bundle's own source file */
function lazyRooms(entry) {
  return {
    name: 'lazy-rooms',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, async (args) => {
        if (args.pluginData === 'resolved' || args.kind === 'entry-point') return undefined;
        const found = await build.resolve(args.path, {
          resolveDir: args.resolveDir,
          importer: args.importer,
          kind: args.kind,
          pluginData: 'resolved',
        });
        if (found.errors.length > 0) return { errors: found.errors };
        const source = relative(root, found.path).split(sep).join('/');
        const file = lazyFaces.get(source);
        if (file === undefined || source === entry) return undefined;
        if (args.kind === 'dynamic-import') return { path: `./${file}`, external: true };
        return { errors: [{ text: `${source} has a bundle of its own: import its types only, or import it dynamically` }] };
      });
    },
  };
}

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
};

/** @param {string} entry @param {string} outfile @param {string[]} external */
const node = (entry, outfile, external = []) => ({
  ...common,
  entryPoints: [entry],
  outfile: join(dist, outfile),
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  external,
  plugins: [lazyRooms(entry)],
  // Packages that publish both forms are taken as ES modules, which esbuild can shake.
  mainFields: ['module', 'main'],
});

const bundles = [
  node('src/host/extension.ts', 'extension.js', ['vscode']),
  node('src/host/app.ts', 'app.js', ['vscode']),
  node('src/engine/index.ts', 'engine.js'),
  node('src/engine/layout/index.ts', 'layout.js'),
  node('src/kube/index.ts', 'kube.js'),
  node('src/sandbox/main.ts', 'sandbox.js'),
  node('src/cli/main.ts', 'cli.js'),
  {
    ...common,
    entryPoints: { main: 'webview/main.tsx' },
    outdir: join(dist, 'webview'),
    platform: 'browser',
    format: 'iife',
    target: 'chrome140',
    loader: { '.ttf': 'file', '.woff2': 'file', '.svg': 'dataurl' },
    assetNames: '[name]',
    jsx: 'automatic',
    plugins: [],
  },
];

/** Files that are copied as they are. */
const copies = [
  ['src/cli/kubeorch.mjs', 'kubeorch.mjs'],
  ['src/openapi/data/kubernetes.json', 'openapi.json'],
];

/** What one bundle wrote, as names in dist. @param {import('esbuild').BuildResult} result */
const written = (result) => Object.keys(result.metafile?.outputs ?? {}).map((file) => relative(dist, resolve(root, file)));

async function everyFile() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
    .sort();
}

const digest = await sourcesDigest();
await mkdir(dist, { recursive: true });
if (watch) {
  for (const options of bundles) await (await context(options)).watch();
  for (const [from, to] of copies) await copyFile(join(root, from), join(dist, to));
} else {
  // Files are replaced in place and left-overs removed last, so that whatever runs from dist meanwhile keeps its files.
  const kept = new Set((await Promise.all(bundles.map((options) => build(options)))).flatMap(written));
  for (const [from, to] of copies) {
    await copyFile(join(root, from), join(dist, to));
    kept.add(to);
  }
  for (const file of await everyFile()) if (!kept.has(file)) await rm(join(dist, file));
  if (!quiet) {
    for (const file of await everyFile()) {
      if (!file.endsWith('.map')) console.log(`${String(Math.ceil((await stat(join(dist, file))).size / 1024)).padStart(6)} KiB  ${file.split(sep).join('/')}`);
    }
  }
  if (!production) await markFresh(dist, digest);
}
