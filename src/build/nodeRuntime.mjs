// The Node that everything runs under: this machine's when it is new enough, else one from npm's platform packages.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './paths.mjs';
import { capture, npmScript } from './processes.mjs';

const fetchedMajor = 24;

/** Compares two dotted versions. @param {string} a @param {string} b @returns {number} below, at or above zero */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, '').split(/[.-]/).map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] || 0) - (right[index] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function platformPackage() {
  const system = { win32: 'win', darwin: 'darwin', linux: 'linux' }[process.platform];
  const machine = { x64: 'x64', arm64: 'arm64' }[process.arch];
  if (system === undefined || machine === undefined) {
    throw new Error(`There is no ready-made Node.js for ${process.platform}-${process.arch}: install Node.js 22.19 or newer and try again.`);
  }
  return `node-${system}-${machine}`;
}

const binaryIn = (folder, name) => join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

async function newestInCache(name) {
  const folders = existsSync(cacheFolder()) ? await readdir(cacheFolder()) : [];
  const versions = folders.flatMap((folder) => /^node-(\d+\.\d+\.\d+)$/.exec(folder)?.[1] ?? []).sort(compareVersions);
  for (const version of versions.reverse()) {
    const binary = binaryIn(join(cacheFolder(), `node-${version}`), name);
    if (version.startsWith(`${fetchedMajor}.`) && existsSync(binary) && (await capture(binary, ['--version'])).code === 0) return binary;
  }
  return undefined;
}

/**
 * The Node to run everything with.
 * @param {string} atLeast the oldest version that will do
 * @param {(line: string) => void} say told when something is fetched
 * @returns {Promise<string>} the path of a working binary
 */
export async function ensureNode(atLeast, say) {
  if (compareVersions(process.versions.node, atLeast) >= 0) return process.execPath;
  const name = platformPackage();
  const cached = await newestInCache(name);
  if (cached !== undefined) return cached;
  say(
    `This Node.js is ${process.versions.node} and ${atLeast} is needed: fetching Node.js ${fetchedMajor} into ${cacheFolder()} (nothing else on this machine changes).`,
  );
  const npm = npmScript();
  // Not every version is published for every platform, so the registry is asked what there is.
  const listed = await capture(process.execPath, [npm, 'view', `${name}@${fetchedMajor}`, 'version', '--json']);
  if (listed.code !== 0)
    throw new Error(
      `npm cannot list the versions of ${name}: ${listed.stderr.trim()}\nInstall Node.js ${atLeast} or newer, or check npm's registry and proxy settings.`,
    );
  const version = [JSON.parse(listed.stdout)].flat().sort(compareVersions).at(-1);
  const folder = join(cacheFolder(), `node-${version}`);
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  const installed = await capture(process.execPath, [
    npm,
    'install',
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    unfinished,
    `${name}@${version}`,
  ]);
  if (installed.code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(`npm cannot install ${name}@${version}: ${installed.stderr.trim()}`);
  }
  try {
    await rename(unfinished, folder);
  } catch (error) {
    // Another run of ours may have been faster; anything else is a real failure.
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(binaryIn(folder, name))) throw error;
  }
  const binary = binaryIn(folder, name);
  const tried = await capture(binary, ['--version']);
  if (tried.code !== 0)
    throw new Error(`The fetched Node.js ${version} does not run on this machine (${tried.stderr.trim()}): install Node.js ${atLeast} or newer.`);
  return binary;
}
