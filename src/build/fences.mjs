// The directions between the rooms, enforced: `node src/build/fences.mjs`. It reads every import in the sources, type-only ones
// too, and compares it with the table below. Each fence has a fixture that must fail; one that passes is a broken fence.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import { root } from './paths.mjs';

/**
 * What a room may import besides itself. `rooms` are other rooms, by folder or by single files; a room that has a face is entered by
 * it. `packages` are names of packages; `node` says whether Node's own modules are allowed.
 * @typedef {{rooms: string[], packages: string[], node?: boolean}} Fence
 */

const engineFace = ['src/engine/index', 'src/engine/ports'];

/** @type {Record<string, Fence>} */
export const fences = {
  'src/shared': { rooms: [], packages: [] },
  'src/openapi': { rooms: [], packages: [] },
  'src/engine': { rooms: ['src/shared', 'src/openapi/index'], packages: ['yaml', 'zod', 'ajv', 'ajv-formats', '@marcbachmann/cel-js', 'elkjs'] },
  'src/node': { rooms: ['src/shared', 'src/engine/ports'], packages: [], node: true },
  'src/kube': {
    rooms: ['src/shared', 'src/engine/ports', 'src/node'],
    packages: ['@kubernetes/client-node', 'openid-client', 'socks', 'undici', 'ws', 'yaml'],
    node: true,
  },
  'src/sandbox': { rooms: ['src/openapi/index'], packages: ['ws', 'rfc6902', '@peculiar/x509', 'reflect-metadata', 'yaml'], node: true },
  'src/host': {
    rooms: ['src/shared', ...engineFace, 'src/engine/layout/index', 'src/kube/index', 'src/sandbox/index', 'src/openapi/index', 'src/node'],
    packages: ['vscode', 'zod'],
    node: true,
  },
  'src/cli': {
    rooms: ['src/shared', ...engineFace, 'src/engine/layout/index', 'src/kube/index', 'src/sandbox/index', 'src/openapi/index', 'src/node'],
    packages: ['commander'],
    node: true,
  },
  webview: { rooms: ['src/shared'], packages: ['react', 'react-dom', '@xyflow/react', 'zustand', '@vscode-elements/elements', '@vscode/codicons'] },
};

/** Rooms that only tests import, and what stands outside the product's rooms. */
const onlyForTests = ['src/testing', 'src/e2e', 'src/bench', 'src/build'];

const isTest = (file) =>
  /\.(test|long)\.tsx?$|\/tests\//.test(file) || onlyForTests.some((room) => file.startsWith(`${room}/`)) || file.startsWith('webview/dev/');
const isSource = (file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts');

/** The imports of a module, by what stands between their quotes. @param {string} text */
export function importsOf(text) {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const pattern = /(?:^|[\s}])from\s*'([^'\n]+)'|\bimport\s*\(\s*'([^'\n]+)'|^import\s+'([^'\n]+)'|\brequire\s*\(\s*'([^'\n]+)'/gm;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
}

const roomOf = (file) => Object.keys(fences).find((room) => file.startsWith(`${room}/`));
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
/** A folder stands for its face. */
const faceOf = (target) => (fences[target] !== undefined || target === 'src/engine/layout' ? `${target}/index` : target);
const withoutExtension = (file) => file.replace(/\.(tsx?|m?js)$/, '');

/**
 * What is wrong with the imports of one module.
 * @param {string} file its path from the project's folder, with forward slashes @param {string} text
 */
export function violationsIn(file, text) {
  const room = roomOf(file);
  if (room === undefined || isTest(file)) return [];
  const fence = fences[room];
  const found = [];
  for (const specifier of importsOf(text)) {
    const wrong = (why) => found.push(`${file}: "${specifier}" ${why}`);
    if (specifier.startsWith('.')) {
      const target = faceOf(withoutExtension(posix.join(posix.dirname(file), specifier)));
      if (target.startsWith(`${room}/`)) continue;
      if (onlyForTests.some((other) => target.startsWith(`${other}/`))) wrong('is for tests only');
      else if (!fence.rooms.some((allowed) => target === allowed || target.startsWith(`${allowed}/`)))
        wrong(`is not open to ${room} (open: ${fence.rooms.join(', ') || 'nothing'})`);
    } else if (specifier.startsWith('node:')) {
      if (fence.node !== true) wrong(`is Node's, and ${room} knows no machine`);
    } else if (!fence.packages.includes(packageOf(specifier))) {
      wrong(`is not a package of ${room} (its own: ${fence.packages.join(', ') || 'none'})`);
    }
  }
  // A file that only passes on others is a barrel, except a room's hand-written face.
  if (!/^src\/(\w+\/)+index\.ts$/.test(file) && /^export\s+\*\s+from/m.test(text))
    found.push(`${file}: passes on a whole module; only a room's face may pass on, and by name`);
  if (/^export\s+default\b/m.test(text)) found.push(`${file}: has a default export; export by name`);
  return found;
}

/** Rings of modules that import each other. @param {Map<string, string>} sources */
export function cyclesIn(sources) {
  const files = new Map([...sources.keys()].map((file) => [withoutExtension(file), file]));
  const edges = new Map();
  for (const [file, text] of sources) {
    // Types may refer to each other in a ring, as the things that they describe do; what runs may not.
    const targets = importsOf(text.replaceAll(/^(?:import|export) type\s[^;]*;/gm, ''))
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => withoutExtension(posix.join(posix.dirname(file), specifier)));
    edges.set(
      file,
      targets.flatMap((target) => files.get(target) ?? []),
    );
  }
  const state = new Map();
  const rings = [];
  const visit = (file, path) => {
    state.set(file, 'open');
    for (const next of edges.get(file) ?? []) {
      if (state.get(next) === 'open') rings.push([...path.slice(path.indexOf(next)), next].join(' -> '));
      else if (!state.has(next)) visit(next, [...path, next]);
    }
    state.set(file, 'done');
  };
  for (const file of sources.keys()) if (!state.has(file)) visit(file, [file]);
  return rings;
}

/** Every product source by its path. */
async function readSources() {
  const sources = new Map();
  for (const top of ['src', 'webview']) {
    for (const entry of await readdir(join(root, top), { recursive: true, withFileTypes: true })) {
      const file = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
      if (entry.isFile() && isSource(file) && !isTest(file)) sources.set(file, await readFile(join(root, file), 'utf8'));
    }
  }
  return sources;
}

/** Fixtures are read as if they stood where their first line says: `// As src/engine/example.ts`. */
async function readFixtures() {
  const folder = join(root, 'src/build/fences/imports');
  const fixtures = [];
  for (const name of (await readdir(folder)).sort()) {
    const text = await readFile(join(folder, name), 'utf8');
    const place = /^\/\/ As (\S+)$/m.exec(text)?.[1];
    if (place === undefined) throw new Error(`${join(dirname(folder), name)} does not say where it stands.`);
    fixtures.push({ name, place, text });
  }
  return fixtures;
}

/** @returns {Promise<string[]>} everything that is wrong, in sentences */
export async function checkFences() {
  const sources = await readSources();
  const problems = [...sources].flatMap(([file, text]) => violationsIn(file, text));
  problems.push(...cyclesIn(sources).map((ring) => `modules import each other in a ring: ${ring}`));
  for (const { name, place, text } of await readFixtures()) {
    const caught = place.endsWith('ring.ts') ? cyclesIn(new Map([[place, text]])).length > 0 : violationsIn(place, text).length > 0;
    if (!caught) problems.push(`the fixture fences/imports/${name} passes: its fence is broken`);
  }
  return problems;
}
