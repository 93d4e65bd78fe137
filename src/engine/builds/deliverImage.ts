import type { Builder, LocalCluster } from '../../shared/build';
import type { RegistryLogin } from '../../shared/registry';
import { failure } from '../../shared/problem';
import type { BuildTools, Files } from '../ports';
import { archiveArguments, installHelp, loadCommand, loginArguments, pushArguments } from './builderCommands';
import type { BuildStarts } from './buildStarts';

interface Delivery {
  readonly starts: BuildStarts;
  readonly builder: Builder;
  readonly path: string;
  /** With its host and tag, as the builder knows the image. */
  readonly qualified: string;
  readonly host: string;
  /** As the file writes it, without a tag. */
  readonly name: string;
  readonly tag: string;
  /** A folder of this build, which goes with it: the sign-in is kept nowhere else. */
  readonly scratch: string;
  readonly files: Files;
}

export interface Delivered {
  /** What the workflow's `image` becomes. */
  readonly reference: string;
  readonly digest?: string;
  readonly sizeBytes?: number;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Pushes the image and answers it by its digest, so that what runs is exactly what was built. */
export async function pushImage(delivery: Delivery & { readonly login?: RegistryLogin }): Promise<Delivered> {
  const { starts, builder, path, qualified, host, name, tag, scratch, files, login } = delivery;
  const authFile = `${scratch}/auth.json`;
  const signedIn = login === undefined ? {} : await signIn(delivery, login, authFile);
  const digestFile = `${scratch}/digest`;
  const args = pushArguments(builder, qualified, host, { digestFile, ...(login === undefined ? {} : { authFile }) });
  await starts.run('pushing', builder, path, args, { env: signedIn });
  const digest = builder === 'docker' ? await dockerDigest(delivery) : ((await files.read('digest')) ?? '').trim();
  if (!digestPattern.test(digest)) throw failure('build.noDigest', { detail: `${builder} told none` });
  const sizeBytes = builder === 'buildah' ? undefined : await sizeOf(delivery);
  return { reference: `${name}:${tag}@${digest}`, digest, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}

/**
 * Signs in for this one push. Docker keeps sign-ins beside its settings, of which the address of its service is the one that the
 * push still needs; what the person signed in to before is used by the build itself, and never changed.
 */
async function signIn(
  { starts, builder, path, host, scratch }: Delivery,
  { user, password }: RegistryLogin,
  authFile: string,
): Promise<Readonly<Record<string, string>>> {
  let env: Readonly<Record<string, string>> = {};
  if (builder === 'docker') {
    const asked = await starts.ask(path, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
    const address = asked.stdout.trim();
    env = { DOCKER_CONFIG: `${scratch}/docker`, ...(asked.exitCode === 0 && address !== '' ? { DOCKER_HOST: address } : {}) };
  }
  const end = await starts.ask(path, loginArguments(builder, host, user, authFile), { input: password, env });
  if (end.exitCode !== 0) throw failure('build.login', { host, user, detail: starts.complaint(end).replaceAll(password, '[hidden]') });
  return env;
}

async function dockerDigest({ starts, path, qualified, host }: Delivery): Promise<string> {
  const end = await starts.ask(path, ['image', 'inspect', '--format', '{{json .RepoDigests}}', qualified]);
  if (end.exitCode !== 0) throw failure('build.noDigest', { detail: starts.complaint(end) });
  const wanted = qualified.slice(0, qualified.lastIndexOf(':'));
  // Docker leaves its own registry out of what it tells.
  const short = host === 'docker.io' ? wanted.replace(/^docker\.io\/(?:library\/)?/, '') : wanted;
  const told: unknown = JSON.parse(end.stdout);
  const found = (Array.isArray(told) ? (told as readonly unknown[]) : [])
    .map(String)
    .find((one) => one.startsWith(`${wanted}@`) || one.startsWith(`${short}@`));
  return found?.slice(found.indexOf('@') + 1) ?? '';
}

async function sizeOf({ starts, path, qualified }: Delivery): Promise<number | undefined> {
  const end = await starts.ask(path, ['image', 'inspect', '--format', '{{.Size}}', qualified]);
  const size = Number(end.stdout.trim());
  return end.exitCode === 0 && Number.isSafeInteger(size) && size > 0 ? size : undefined;
}

/** Brings the image into a local cluster, which knows it by its tag: nothing there has a registry's digest. */
export async function loadImage(delivery: Delivery & { readonly cluster: LocalCluster; readonly tools: BuildTools }): Promise<Delivered> {
  const { starts, builder, path, qualified, name, tag, scratch, cluster, tools } = delivery;
  const file = `${scratch}/image.tar`;
  const { program, args } = loadCommand(cluster, file);
  const loader = await tools.find(program);
  if (loader === undefined) throw failure('build.toolMissing', { tool: program, help: installHelp[program] });
  await starts.run('loading', builder, path, archiveArguments(builder, qualified, file));
  await starts.run('loading', program, loader, args);
  return { reference: `${name}:${tag}` };
}
