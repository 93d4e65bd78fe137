// What each bundle is made of and what it may leave unresolved.
//
// The activation bundle stays tiny because the other rooms are separate files that it requires on first use: a dynamic
// import of a room's face becomes `require('./<room>.js')`. A static import of such a room is an error, because it would
// silently pull the room into the wrong file. Only the host's bundles may leave `vscode` unresolved, so a leak of it into
// the engine or the CLI breaks the build.
import { dirname, join, relative, sep } from 'node:path';
import { root } from './paths.mjs';

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

/**
 * Of @kubernetes/client-node only the kubeconfig is used, and of the generated client only what the kubeconfig names: the rest,
 * 17 MB of source, would take most of the time of a build, and its models would be a quarter of the bundle. A name that a
 * newer kubeconfig takes from there as well breaks the build.
 */
const withoutApiClasses = {
  name: 'without-api-classes',
  setup(build) {
    build.onResolve({ filter: /^\.\/gen\/index\.js$/ }, (args) =>
      /@kubernetes[\\/]client-node[\\/]dist[\\/]config\.js$/.test(args.importer)
        ? { path: join(args.resolveDir, 'gen', 'index.js'), namespace: 'used-of-client' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'used-of-client' }, (args) => ({
      contents: "export { createConfiguration } from './configuration.js';\nexport { ServerConfiguration } from './servers.js';\n",
      resolveDir: dirname(args.path),
    }));
  },
};

/** @param {boolean} production @returns {import('esbuild').BuildOptions} */
const common = (production) => ({
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
});

/**
 * A bundle for Node.
 * @param {{production: boolean}} mode @param {string} entry @param {string} outfile @param {string[]} [external] modules that whoever loads the bundle has
 * @returns {import('esbuild').BuildOptions}
 */
export const nodeBundle = ({ production }, entry, outfile, external = []) => ({
  ...common(production),
  entryPoints: [entry],
  outfile,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  external,
  plugins: [lazyRooms(entry), withoutApiClasses],
  // Packages that publish both forms are taken as ES modules, which esbuild can shake.
  mainFields: ['module', 'main'],
});

/**
 * Every bundle that ships.
 * @param {{production: boolean, dist: string}} mode @returns {import('esbuild').BuildOptions[]}
 */
export const productBundles = ({ production, dist }) => {
  const node = (entry, file, external) => nodeBundle({ production }, entry, join(dist, file), external);
  return [
    node('src/host/extension.ts', 'extension.js', ['vscode']),
    node('src/host/app.ts', 'app.js', ['vscode']),
    node('src/engine/index.ts', 'engine.js'),
    node('src/engine/layout/index.ts', 'layout.js'),
    node('src/host/layoutWorker.ts', 'layoutWorker.js'),
    node('src/kube/index.ts', 'kube.js'),
    node('src/sandbox/main.ts', 'sandbox.js'),
    node('src/cli/main.ts', 'cli.js'),
    {
      ...common(production),
      // The icons' style sheet is a file of its own: the kit's elements load it into their shadow roots.
      entryPoints: { main: 'webview/main.tsx', codicon: '@vscode/codicons/dist/codicon.css' },
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
};
