import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildParts } from '../engine/builds/buildParts';
import { buildSettings } from '../engine/builds/buildSettings';
import { ImageBuild } from '../engine/builds/imageBuild';
import type { BuildRequest } from '../engine/builds/imageBuild';
import { cleanLine, redactText } from '../kube/index';
import { nodeBuildParts } from '../node/buildParts';
import { findProgram } from '../node/programFile';
import { systemClock } from '../node/systemClock';
import type { BuildEvent, BuildRecord } from '../shared/build';
import type { JsonObject } from '../shared/json';

/** Whether images can be built here without a service: buildah is installed, and this user may use it. */
export const hasBuildah = (await findProgram('buildah', process.env)) !== undefined && process.getuid?.() === 0;
/** For the name of what is skipped without it. */
export const withoutBuildah = hasBuildah ? '' : ' (skipped: buildah is not installed, or needs another user)';

export interface BuildRig {
  /** The workspace. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly parts: BuildParts;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  start(
    build: JsonObject,
    image: string,
    more?: Partial<BuildRequest>,
  ): { readonly running: ImageBuild; readonly events: readonly BuildEvent[]; readonly output: () => string; readonly ended: Promise<BuildRecord> };
  dispose(): Promise<void>;
}

/** Builds for real: the machine's files and processes, buildah with a storage of its own that goes with the rig. */
export async function startBuildRig(
  options: { readonly terminal?: boolean; readonly extra?: Readonly<Record<string, string>>; readonly allowed?: () => boolean } = {},
): Promise<BuildRig> {
  const top = await mkdtemp(join(tmpdir(), 'kubeorch-builds-'));
  const folder = join(top, 'workspace');
  await mkdir(folder);
  const clock = systemClock();
  const storage = join(top, 'storage.conf');
  await writeFile(storage, `[storage]\ndriver = "vfs"\nrunroot = "${join(top, 'run')}"\ngraphroot = "${join(top, 'graph')}"\n`);
  const environment = { ...process.env, BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: storage, TMPDIR: top, ...options.extra };
  const parts: BuildParts = nodeBuildParts({
    folder,
    isAllowed: options.allowed ?? (() => true),
    environment: () => Promise.resolve(environment),
    terminals: options.terminal === true ? [join(import.meta.dirname, '../../node_modules/node-pty')] : [],
    clock,
    clean: (text, limit) => cleanLine(redactText(text), limit),
  });
  return {
    folder,
    environment,
    parts,
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    start: (build, image, more = {}) => {
      const node = { id: 'web', type: 'deployment', data: { image, options: { build } } };
      const deliver = more.deliver ?? { to: 'registry' as const };
      const events: BuildEvent[] = [];
      let output = '';
      const settings = buildSettings(node, {}, deliver.to === 'registry');
      const running = new ImageBuild(
        parts,
        { nodeId: 'web', workflow: 'shop', builder: 'buildah', ...more, settings, deliver },
        { event: (event) => events.push(event), output: (text) => (output += text) },
      );
      return { running, events, output: () => output, ended: running.run() };
    },
    dispose: () => rm(top, { recursive: true, force: true }),
  };
}
