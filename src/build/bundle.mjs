// Bundles every room that ships: `node src/build/bundle.mjs [--production] [--watch] [--tests]`.
//
// The activation bundle stays tiny because the other rooms are separate files that it requires on first use: a dynamic
// import of a room's face becomes `require('./<room>.js')`. A static import of such a room is an error, because it would
// silently pull the room into the wrong file. Only the host's bundles may leave `vscode` unresolved, so a leak of it into
// the engine or the CLI breaks this build.
import { build, context } from 'esbuild';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const withTests = process.argv.includes('--tests');

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
  outfile: join('dist', outfile),
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
    outdir: 'dist/webview',
    platform: 'browser',
    format: 'iife',
    target: 'chrome140',
    loader: { '.ttf': 'file', '.woff2': 'file', '.svg': 'dataurl' },
    assetNames: '[name]',
    jsx: 'automatic',
    plugins: [],
  },
];
if (withTests) bundles.push(node('src/e2e/suite.ts', '../out/suite.js', ['vscode', 'mocha']));

/** Files that are copied as they are. */
const copies = [
  ['src/cli/kubeorch.mjs', 'kubeorch.mjs'],
  ['src/openapi/data/kubernetes.json', 'openapi.json'],
];


await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const active = bundles;
if (watch) {
  for (const options of active) await (await context(options)).watch();
} else {
  await Promise.all(active.map((options) => build(options)));
}
for (const [from, to] of copies) await copyFile(join(root, from), join(dist, to));

if (!watch) {
  for (const name of (await readdir(dist, { recursive: true })).sort()) {
    const info = await stat(join(dist, name));
    if (info.isFile() && !name.endsWith('.map')) console.log(`${String(Math.ceil(info.size / 1024)).padStart(6)} KiB  dist/${name.split(sep).join('/')}`);
  }
}
