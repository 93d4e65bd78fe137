// `npm run package [-- --out FILE]`: the VSIX, from production bundles. It is put together in a folder of its own, so that dist
// keeps the bundles that are being worked with. The same commit gives the same bytes.
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundledTexts } from './l10nTexts.mjs';
import { root } from './paths.mjs';
import { capture, run } from './processes.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'out/kubeorch.vsix' }, quiet: { type: 'boolean' } } });
const target = resolve(root, values.out);
const stage = join(root, 'out/package');

/** What ships besides the bundles. The list of what enters the VSIX is .vscodeignore's. */
const shipped = ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'media', 'templates', 'l10n', 'package.nls.json'];

/** Scripts, development packages and npm's settings are of no use to an installed extension. */
async function writeManifest() {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'allowScripts']) delete manifest[key];
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** The time written into the archive, in seconds: the commit's, or ZIP's own beginning where there is no git. */
async function archiveTime() {
  const { code, stdout } = await capture('git', ['log', '-1', '--format=%ct'], { cwd: root });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : '315532800';
}

await rm(stage, { recursive: true, force: true });
await mkdir(stage, { recursive: true });
const bundled = await run(process.execPath, [join(root, 'src/build/bundle.mjs'), '--production', '--quiet', '--outdir', join(stage, 'dist')], { cwd: root });
if (bundled !== 0) process.exit(bundled);
for (const name of shipped) if (existsSync(join(root, name))) await cp(join(root, name), join(stage, name), { recursive: true });
await writeManifest();
// What translations begin with; those that there are stand beside it in the repository.
await mkdir(join(stage, 'l10n'), { recursive: true });
await writeFile(join(stage, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(await bundledTexts(), undefined, 2)}\n`);
const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
const options = ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', target];
const packed = await capture(process.execPath, [vsce, ...options], { cwd: stage, env: { ...process.env, SOURCE_DATE_EPOCH: await archiveTime() } });
if (packed.code !== 0 || !values.quiet) process.stdout.write(packed.stdout + packed.stderr);
if (packed.code !== 0) process.exit(packed.code);
console.log(`${values.out}: ${((await stat(target)).size / 1024).toFixed(0)} KiB`);
