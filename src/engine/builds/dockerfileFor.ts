import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { SourceFiles } from '../ports';
import { installHelp } from './builderCommands';
import type { ImageToBuild } from './builderCommands';
import type { BuildSettings } from './buildSettings';
import type { BuildStarts } from './buildStarts';
import { detectLanguage } from './detectLanguage';
import { generatedDockerfile, generatedIgnores } from './generatedDockerfile';
import type { BuildParts } from './buildParts';

interface Wanted {
  readonly parts: Pick<BuildParts, 'tools' | 'filesAt'>;
  readonly source: Pick<SourceFiles, 'look'>;
  readonly starts: BuildStarts;
  readonly settings: BuildSettings;
  /** Absolute, links resolved. */
  readonly context: string;
  readonly scratch: string;
}

export interface ChosenDockerfile {
  readonly image: Pick<ImageToBuild, 'context' | 'dockerfile' | 'ignoreFile' | 'target' | 'platform' | 'args'>;
  /** Which it is, in words. */
  readonly note: string;
  readonly isNixpacks: boolean;
}

/** The Dockerfile of a build: the folder's own, that of nixpacks, or one of our rules. Nothing is written into the folder. */
export async function dockerfileFor(wanted: Wanted): Promise<ChosenDockerfile> {
  const { settings, context } = wanted;
  const { strategy, target, platform, args } = settings;
  const rest = { ...(target === undefined ? {} : { target }), ...(platform === undefined ? {} : { platform }) };
  if (strategy === 'dockerfile' || strategy === 'auto') {
    const own = await ownDockerfile(wanted);
    if (own !== undefined) return { image: { context, dockerfile: own.place, args, ...rest }, note: `The folder's own ${own.name}`, isNixpacks: false };
  }
  if (strategy === 'nixpacks' || strategy === 'auto') {
    const made = await nixpacksFile(wanted);
    if (made !== undefined) {
      const { variables, ...files } = made;
      return { image: { ...files, args: { ...variables, ...args }, ...rest }, note: 'A Dockerfile by nixpacks', isNixpacks: true };
    }
  }
  const { note, ...made } = await generatedFile(wanted);
  return { image: { context, ...made, args, ...rest }, note, isNixpacks: false };
}

async function ownDockerfile({ source, settings }: Wanted): Promise<{ readonly place: string; readonly name: string } | undefined> {
  const names = settings.dockerfile === undefined ? ['Dockerfile', 'Containerfile'] : [settings.dockerfile];
  for (const name of names) {
    const found = await source.look(settings.context === '.' ? name : `${settings.context}/${name}`);
    if (found !== undefined && !found.folder) return { place: found.place, name };
  }
  if (settings.dockerfile === undefined && settings.strategy !== 'dockerfile') return undefined;
  throw failure('build.noDockerfile', { path: settings.dockerfile ?? 'Dockerfile' });
}

/** It reads files and writes some: what takes longer hangs. */
const nixpacksMs = 60_000;

type NixpacksFile = Pick<ImageToBuild, 'context' | 'dockerfile'> & { readonly variables: Readonly<Record<string, string>> };

/**
 * nixpacks copies the source and puts its Dockerfile below the copy, which is then what is built. The values of that file's arguments stand in
 * its plan alone: without them NODE_ENV, say, would be empty.
 */
async function nixpacksFile({ parts, starts, settings, context, scratch }: Wanted): Promise<NixpacksFile | undefined> {
  const path = await parts.tools.find('nixpacks');
  if (path === undefined) {
    if (settings.strategy === 'auto') return undefined;
    throw failure('build.toolMissing', { tool: 'nixpacks', help: installHelp.nixpacks });
  }
  const plan = await starts.ask(path, ['plan', context]);
  if (plan.exitCode !== 0) throw failure('build.failed', { stage: 'Making the Dockerfile', detail: `nixpacks: ${starts.complaint(plan)}` });
  const { isEmpty, variables } = planIn(plan.stdout);
  // It knows no language there; we may.
  if (isEmpty && settings.strategy === 'auto') return undefined;
  const out = `${scratch}/nixpacks`;
  await starts.run('dockerfile', 'nixpacks', path, ['build', context, '--out', out], { limitMs: nixpacksMs });
  return { context: out, dockerfile: `${out}/.nixpacks/Dockerfile`, variables };
}

function planIn(text: string): { readonly isEmpty: boolean; readonly variables: Readonly<Record<string, string>> } {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch (error) {
    throw failure('build.failed', { stage: 'Making the Dockerfile', detail: 'the plan of nixpacks is no JSON' }, { cause: error });
  }
  const { phases, start, variables } = isJsonObject(told) ? told : {};
  return {
    isEmpty: Object.keys(isJsonObject(phases) ? phases : {}).length === 0 && start === undefined,
    variables: Object.fromEntries(
      Object.entries(isJsonObject(variables) ? variables : {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  };
}

async function generatedFile({
  parts,
  settings,
  context,
  scratch,
}: Wanted): Promise<Pick<ImageToBuild, 'dockerfile' | 'ignoreFile'> & { readonly note: string }> {
  const files = parts.filesAt(context);
  const source = await detectLanguage(files);
  if (source === undefined) throw failure('build.noLanguage', { path: settings.context });
  const text = await generatedDockerfile(source, files, settings.context);
  const own = parts.filesAt(scratch);
  await own.replace('Dockerfile.generated', text);
  const dockerfile = `${scratch}/Dockerfile.generated`;
  const note = `A Dockerfile for ${source.language}, since there is ${source.found}`;
  const hasOwn = (await files.list('.')).some((entry) => /^\.(?:docker|container)ignore$/.test(entry.name));
  if (hasOwn) return { dockerfile, note };
  await own.replace('Dockerfile.generated.dockerignore', generatedIgnores);
  return { dockerfile, ignoreFile: `${dockerfile}.dockerignore`, note };
}
