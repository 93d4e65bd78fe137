import type { Registry, RegistryLogin } from '../../shared/registry';
import { credentialServer, registryNeeds } from '../../shared/registry';
import { registryTypeOfHost } from '../../shared/imageReference';
import { failure } from '../../shared/problem';
import { ecrLogin } from './ecrLogin';
import { serviceAccountLogin } from './registryClient';

/** What signs in to a registry: its stored secret as it is, or a token that is asked for with it. */
export async function loginOf(
  registry: Pick<Registry, 'type' | 'user' | 'region'>,
  secret: string,
  nowMs: number,
  signal?: AbortSignal,
): Promise<RegistryLogin> {
  if (registry.type === 'gcr') return serviceAccountLogin(secret);
  if (registry.type !== 'ecr') return { user: registry.user, password: secret };
  const key = { id: registry.user, secret };
  return ecrLogin({ key, region: registry.region ?? '', nowMs, ...(signal === undefined ? {} : { signal }) });
}

export interface LoginSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file as `docker login` writes it. */
  readonly dockerConfig?: string;
}

/** `ghcr.io` and `PASSWORD` → `KUBEORCH_REGISTRY_GHCR_IO_PASSWORD`. */
export function registryVariable(host: string, what: 'USER' | 'PASSWORD' | 'REGION'): string {
  return `KUBEORCH_REGISTRY_${host.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}_${what}`;
}

/** The registry and its secret that a command line was given for a host: from the environment, else from docker's file. */
export function givenRegistry(host: string, { environment, dockerConfig }: LoginSources): { readonly registry: Registry; readonly secret: string } | undefined {
  const type = registryTypeOfHost(host);
  const secret = environment[registryVariable(host, 'PASSWORD')];
  const user = environment[registryVariable(host, 'USER')] ?? '';
  const region = environment[registryVariable(host, 'REGION')] ?? /\.ecr\.([-a-z0-9]+)\./.exec(host)?.[1];
  if (secret !== undefined && secret !== '') {
    if (user === '' && registryNeeds[type].user !== undefined)
      throw failure('registry.invalid', { detail: `${registryVariable(host, 'PASSWORD')} is set and ${registryVariable(host, 'USER')} is not` });
    return { registry: { name: host, type, host, isDefault: true, user, ...(region === undefined ? {} : { region }) }, secret };
  }
  const login = dockerConfig === undefined ? undefined : loginInConfig(dockerConfig, host);
  // What docker keeps is user and password already, whatever the registry's type.
  return login === undefined ? undefined : { registry: { name: host, type: 'custom', host, isDefault: true, user: login.user }, secret: login.password };
}

function loginInConfig(text: string, host: string): RegistryLogin | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw failure('registry.invalid', { detail: 'the file of sign-ins is no JSON' });
  }
  const auths = typeof read === 'object' && read !== null && 'auths' in read ? read.auths : undefined;
  if (typeof auths !== 'object' || auths === null) return undefined;
  for (const server of [host, credentialServer(host), `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`]) {
    const entry = Object.hasOwn(auths, server) ? (auths as Readonly<Record<string, unknown>>)[server] : undefined;
    if (typeof entry !== 'object' || entry === null) continue;
    const { auth, username, password } = entry as { readonly auth?: unknown; readonly username?: unknown; readonly password?: unknown };
    if (typeof username === 'string' && typeof password === 'string') return { user: username, password };
    const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
    const colon = decoded.indexOf(':');
    if (colon > 0) return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  return undefined;
}
