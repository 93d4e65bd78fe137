import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ApplyOrder, RenderedObject } from '../engine/index';
import { givenRegistry, loginOf } from '../node/registries/registryLogins';
import type { LoginSources } from '../node/registries/registryLogins';
import { failure } from '../shared/problem';
import type { Registry, RegistryLogin } from '../shared/registry';
import type { Invocation } from './invocation';

export interface RegistryOptions {
  readonly registryConfig?: string;
}

const variables = 'KUBEORCH_REGISTRY_<HOST>_USER and _PASSWORD';

/** Adds the option that says where sign-ins to registries are. */
export function withRegistryOptions(command: Command): Command {
  return command.option('--registry-config <file>', `sign-ins to registries, as "docker login" writes them; those in ${variables} come first`);
}

export async function loginSources(invocation: Invocation, { registryConfig }: RegistryOptions): Promise<LoginSources> {
  const { environment, workingFolder } = invocation;
  if (registryConfig === undefined) return { environment };
  try {
    return { environment, dockerConfig: await readFile(resolve(workingFolder, registryConfig), 'utf8') };
  } catch (error) {
    throw failure('file.unreadable', { file: registryConfig, detail: 'it cannot be opened' }, { cause: error });
  }
}

/** The sign-in that a command line was given for a host; undefined when it was given none. */
export async function givenLogin(
  invocation: Invocation,
  host: string,
  sources: LoginSources,
): Promise<{ readonly registry: Registry; readonly login: RegistryLogin } | undefined> {
  const given = givenRegistry(host, sources);
  if (given === undefined) return undefined;
  return { registry: given.registry, login: await loginOf(given.registry, given.secret, Date.now(), invocation.signal) };
}

/** The objects with pull secrets for the registries that a command line was given sign-ins for. */
export async function withGivenPullSecrets(
  invocation: Invocation,
  objects: readonly RenderedObject[],
  order: ApplyOrder,
  options: RegistryOptions,
): Promise<readonly RenderedObject[]> {
  const engine = await import('../engine/index');
  const sources = await loginSources(invocation, options);
  const found = await Promise.all(engine.imageHosts(objects).map((host) => givenLogin(invocation, host, sources)));
  return engine.withPullSecrets(
    objects,
    found.filter((one) => one !== undefined),
    order,
  );
}
