// Bundles every room that ships: `node src/build/bundle.mjs [--production] [--watch] [--quiet] [--outdir FOLDER]`.
import { build, context } from 'esbuild';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { productBundles } from './bundles.mjs';
import { markFresh, partDigest, readParts, sourcesDigest, writeParts } from './freshness.mjs';
import { root } from './paths.mjs';

const { values } = parseArgs({
  options: { production: { type: 'boolean' }, watch: { type: 'boolean' }, quiet: { type: 'boolean' }, outdir: { type: 'string', default: 'dist' } },
});
const { production = false, watch = false, quiet = false } = values;
const dist = resolve(root, values.outdir);

const bundles = productBundles({ production, dist });

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
  // A bundle whose sources are what they were stays as it is; packing the larger libraries anew takes most of the time.
  const known = production ? {} : await readParts(dist);
  /** @type {typeof known} */
  const parts = {};
  const results = await Promise.allSettled(
    bundles.map(async (options, index) => {
      const name = String(index);
      const last = known[name];
      if (last !== undefined && last.outputs.every((file) => existsSync(join(dist, file))) && (await partDigest(last.inputs)) === last.digest)
        parts[name] = last;
      else {
        const result = await build(options);
        const inputs = Object.keys(result.metafile?.inputs ?? {});
        parts[name] = { digest: await partDigest(inputs), inputs, outputs: written(result) };
      }
    }),
  );
  // esbuild has said what is wrong and where; a stack of ours would only bury it.
  if (results.some((result) => result.status === 'rejected')) process.exit(1);
  const kept = new Set(['.parts.json', ...Object.values(parts).flatMap(({ outputs }) => outputs)]);
  for (const [from, to] of copies) {
    await copyFile(join(root, from), join(dist, to));
    kept.add(to);
  }
  for (const file of await everyFile()) if (!kept.has(file)) await rm(join(dist, file));
  if (!quiet) {
    for (const file of await everyFile()) {
      if (!file.endsWith('.map') && !file.startsWith('.'))
        console.log(`${String(Math.ceil((await stat(join(dist, file))).size / 1024)).padStart(6)} KiB  ${file.split(sep).join('/')}`);
    }
  }
  if (!production) {
    // Of what was edited during the build nobody knows which of the two went in.
    await writeParts(dist, (await sourcesDigest()) === digest ? parts : {});
    await markFresh(dist, digest);
  }
}
