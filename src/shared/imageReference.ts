export const registryTypes = ['dockerhub', 'ghcr', 'ecr', 'gcr', 'acr', 'custom'] as const;
export type RegistryType = (typeof registryTypes)[number];

/** The parts of an image's reference. `host` is the registry's, as a client asks it; Docker Hub's when the text names none. */
export interface ImageReference {
  readonly host: string;
  /** Without the host; `library/` stands before names of Docker Hub that have no owner. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** Everything before the tag, as it was written. */
  readonly name: string;
}

export const dockerHubHost = 'docker.io';
const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const hostPattern = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?)(?::\d{1,5})?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,512}$/;

/** Reads a reference as docker does; undefined for what is none. The first part is a host when it has a dot or a port, or is `localhost`. */
export function imageReference(text: string): ImageReference | undefined {
  // Longer ones are refused by every registry.
  if (text.length > 1024) return undefined;
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  const name = hasTag ? named.slice(0, colon) : named;
  if ((tag !== undefined && !tagPattern.test(tag)) || (digest !== undefined && !digestPattern.test(digest))) return undefined;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = first === 'localhost' || /[.:]/.test(first);
  const written = hasHost ? first : dockerHubHost;
  const host = hubNames.has(written) ? dockerHubHost : written;
  const rest = hasHost ? name.slice(slash + 1) : name;
  if (!hostPattern.test(host) || !repositoryPattern.test(rest)) return undefined;
  const repository = host === dockerHubHost && !rest.includes('/') ? `library/${rest}` : rest;
  return { host, repository, name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The type of registry that a host is. */
export function registryTypeOfHost(host: string): RegistryType {
  const bare = host.replace(/:\d+$/, '').toLowerCase();
  if (hubNames.has(bare)) return 'dockerhub';
  if (bare === 'ghcr.io') return 'ghcr';
  if (bare.endsWith('.azurecr.io')) return 'acr';
  if (/\.dkr\.ecr(?:-fips)?\.[-a-z0-9]+\.amazonaws\.com(?:\.cn)?$/.test(bare) || bare === 'public.ecr.aws') return 'ecr';
  if (bare === 'gcr.io' || bare.endsWith('.gcr.io') || bare.endsWith('-docker.pkg.dev')) return 'gcr';
  return 'custom';
}

/** Whether a host is this machine itself: there registries speak plain HTTP, as builders and container runtimes agree. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}
