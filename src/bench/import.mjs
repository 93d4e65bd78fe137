// Compose files made into workflows, against kompose v1.37.0 making manifests of the same files: how long each file takes, and what becomes of
// each key. A key is carried when leaving it out changes what is made, told when it is named as lost or changed, and else dropped in
// silence; both are judged by the same two runs, with the key and without it. kompose is built from its module when it is not there.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parse, stringify } from 'yaml';
import { composeCases } from '../testing/composeOracle/cases.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const module = join(root, 'src/bench/import');
const program = join(homedir(), '.cache/kubeorch/kompose-1.37.0', process.platform === 'win32' ? 'kompose.exe' : 'kompose');
/** The bar: at most this share of the peer's time for a file. */
const bar = 1 / 10;

if (!existsSync(program)) {
  mkdirSync(dirname(program), { recursive: true });
  console.log('Building kompose, once.');
  // In a copy, because go writes down there what it found out of the modules' own requirements; go.sum says that they are the right ones.
  const copy = mkdtempSync(join(tmpdir(), 'kubeorch-kompose-'));
  try {
    for (const name of ['go.mod', 'go.sum']) copyFileSync(join(module, name), join(copy, name));
    execFileSync('go', ['build', '-o', program, 'github.com/kubernetes/kompose'], {
      cwd: copy,
      stdio: 'inherit',
      env: { ...process.env, GOFLAGS: '-mod=mod' },
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'kubeorch-import-'));
try {
  const ours = join(folder, 'ours.mjs');
  await build({
    entryPoints: [join(module, 'ours.ts')],
    outfile: ours,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  // Projects of one file, so that both get the same; a key of a service is left out by rewriting the file.
  const projects = (await composeCases()).filter(({ files, paths, name }) => files.size === 1 && paths.length === 1 && !name.endsWith('-fails'));
  /** @type {{ file: string, key: string | undefined, whole: number }[]} */
  const files = [];
  const add = (/** @type {string} */ text, /** @type {string | undefined} */ key, /** @type {number | undefined} */ whole) => {
    const place = join(folder, String(files.length));
    mkdirSync(place);
    const file = join(place, 'compose.yaml');
    writeFileSync(file, text);
    files.push({ file, key, whole: whole ?? files.length });
    return files.length - 1;
  };
  for (const { files: texts } of projects) {
    const text = [...texts.values()][0] ?? '';
    add(text, undefined, undefined);
    const project = plainProject(text);
    if (project === undefined || project === null) continue;
    // Written in the same way as what is compared with it, so that nothing but the key differs.
    const whole = add(stringify(project), 'whole', undefined);
    for (const [service, keys] of Object.entries(project.services ?? {}))
      for (const key of Object.keys(keys ?? {})) {
        if (key === 'image' || key === 'build' || key.startsWith('x-')) continue;
        const without = structuredClone(project);
        delete without.services[service][key];
        add(stringify(without), key, whole);
      }
  }
  writeFileSync(join(folder, 'files.json'), JSON.stringify(files.map(({ file }) => file)));
  const lines = execFileSync(process.execPath, [ours, root, join(folder, 'files.json')], { encoding: 'utf8', maxBuffer: 1e9 })
    .trim()
    .split('\n');
  const mine = lines.map((line) => JSON.parse(line));
  const theirs = files.map(({ file }) => kompose(file));

  const timed = files
    .flatMap(({ key, whole }, index) => (key === undefined && whole === index ? [index] : []))
    .filter((index) => mine[index].made !== undefined && theirs[index].made !== undefined);
  const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [ourMs, theirMs] = [median(timed.map((index) => mine[index].ms)), median(timed.map((index) => theirs[index].ms))];
  const ratio = median(timed.map((index) => mine[index].ms / theirs[index].ms));
  const refused = (/** @type {{ made?: string }[]} */ answers) =>
    files.filter(({ key, whole }, index) => key === undefined && whole === index && answers[index].made === undefined).length;
  console.log(`${projects.length} compose files of one file each; ${refused(mine)} refused by us, ${refused(theirs)} by kompose`);
  console.log(
    `a file, median: ours ${ourMs.toFixed(2)} ms, kompose ${theirMs.toFixed(1)} ms, median of the ratios ${ratio.toFixed(3)} (bar ${bar}${ratio <= bar ? '' : ', MISSED'})`,
  );
  console.log('A key that says what is so anyway changes nothing, and counts as dropped for both.');
  console.log('kompose is a process for each file, as it is used; ours are calls in one process, the first one included.');

  /** @type {Map<string, { ours: Record<string, number>, kompose: Record<string, number> }>} */
  const table = new Map();
  files.forEach(({ key, whole }, index) => {
    if (
      key === undefined ||
      key === 'whole' ||
      mine[whole].made === undefined ||
      theirs[whole].made === undefined ||
      mine[index].made === undefined ||
      theirs[index].made === undefined
    )
      return;
    const row = table.get(key) ?? { ours: { carried: 0, told: 0, dropped: 0 }, kompose: { carried: 0, told: 0, dropped: 0 } };
    row.ours[fate(mine[whole], mine[index], new RegExp(`(?:^|\\n)services\\.[^.\\n]+\\.${key}(?:\\.|\\n|$)`))] += 1;
    row.kompose[fate(theirs[whole], theirs[index], new RegExp(`\\b${key.replaceAll('_', '[_ -]?')}\\b`, 'i'))] += 1;
    table.set(key, row);
  });
  const cell = (/** @type {string | number} */ value) => String(value).padStart(8);
  console.log(`\n${'key'.padEnd(24)}${['ours:', 'told', 'dropped', 'kompose:', 'told', 'dropped'].map(cell).join('')}`);
  const total = { ours: { carried: 0, told: 0, dropped: 0 }, kompose: { carried: 0, told: 0, dropped: 0 } };
  for (const [key, row] of [...table].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const side of /** @type {const} */ (['ours', 'kompose']))
      for (const word of /** @type {const} */ (['carried', 'told', 'dropped'])) total[side][word] += row[side][word];
    console.log(`${key.padEnd(24)}${[row.ours, row.kompose].flatMap(({ carried, told, dropped }) => [carried, told, dropped].map(cell)).join('')}`);
  }
  console.log(`${'together'.padEnd(24)}${[total.ours, total.kompose].flatMap(({ carried, told, dropped }) => [carried, told, dropped].map(cell)).join('')}`);
  process.exitCode = ratio <= bar ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} text */
function plainProject(text) {
  try {
    return parse(text, { merge: true });
  } catch {
    return undefined;
  }
}

/** @param {{ made?: string, told?: string }} whole @param {{ made?: string, told?: string }} without @param {RegExp} named */
function fate(whole, without, named) {
  if (whole.made !== without.made) return 'carried';
  return named.test(whole.told ?? '') ? 'told' : 'dropped';
}

/** @param {string} file @returns {{ ms: number, made?: string, told?: string }} */
function kompose(file) {
  const out = join(dirname(file), 'out');
  mkdirSync(out);
  const began = performance.now();
  const { status, stderr } = spawnSync(program, ['convert', '-f', file, '-o', out], { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } });
  const ms = performance.now() - began;
  if (status !== 0) return { ms };
  const made = readdirSync(out)
    .sort()
    .map(
      (name) =>
        `${name}\n${readFileSync(join(out, name), 'utf8')
          .replaceAll(dirname(file), '.')
          .replaceAll(/kompose\.cmd: .*/g, '')}`,
    )
    .join('\n');
  return { ms, made, told: stderr };
}
