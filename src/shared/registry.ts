import type { ImageReference, RegistryType } from './imageReference';
import { dockerHubHost } from './imageReference';

export const registryStatuses = ['connected', 'disconnected', 'unknown', 'error'] as const;
export type RegistryStatus = (typeof registryStatuses)[number];

/** A registry as a person added it, without anything secret. */
export interface Registry {
  /** Unique; a pull secret is named after it. */
  readonly name: string;
  readonly type: RegistryType;
  /** The host that images name, with its port. */
  readonly host: string;
  /** Asked first among registries of its type; at most one of each type. */
  readonly isDefault: boolean;
  /** Who signs in: a user's or client's name, or an access key's id. It is shown. */
  readonly user: string;
  /** Of Amazon's: where its tokens are asked for. */
  readonly region?: string;
}

/** What a person is asked for, by type. `secret` is the one value that is never shown. */
export interface RegistryNeeds {
  readonly host?: 'asked';
  readonly user?: 'user' | 'clientId' | 'accessKey';
  readonly secret: 'password' | 'clientSecret' | 'secretKey' | 'serviceAccountJson';
  readonly region?: 'asked';
}

export const registryNeeds: Readonly<Record<RegistryType, RegistryNeeds>> = {
  dockerhub: { user: 'user', secret: 'password' },
  ghcr: { user: 'user', secret: 'password' },
  ecr: { host: 'asked', user: 'accessKey', secret: 'secretKey', region: 'asked' },
  gcr: { host: 'asked', secret: 'serviceAccountJson' },
  acr: { host: 'asked', user: 'clientId', secret: 'clientSecret' },
  custom: { host: 'asked', user: 'user', secret: 'password' },
};

/** The host of a type that has only one. */
export function fixedHostOf(type: RegistryType): string | undefined {
  if (type === 'dockerhub') return dockerHubHost;
  return type === 'ghcr' ? 'ghcr.io' : undefined;
}

/** User and password as the registry's own sign-in takes them. The password is secret. */
export interface RegistryLogin {
  readonly user: string;
  readonly password: string;
}

/** The user that a registry takes beside a service account's key. */
export const serviceAccountUser = '_json_key';

/** How a registry is shown: `docker.io/acme`, `ghcr.io/acme`, else its host. */
export function shownRegistry({ type, host, user }: Pick<Registry, 'type' | 'host' | 'user'>): string {
  return (type === 'dockerhub' || type === 'ghcr') && user !== '' ? `${host}/${user}` : host;
}

/** The key of a registry in a file of docker's credentials. */
export function credentialServer(host: string): string {
  return host === dockerHubHost ? 'https://index.docker.io/v1/' : host;
}

/**
 * The registry whose credentials open an image: of several on the image's host the default one of the type, else the first.
 * Credentials are never sent to another host than theirs.
 */
export function registryFor(registries: readonly Registry[], image: Pick<ImageReference, 'host'>): Registry | undefined {
  const there = registries.filter((one) => one.host.toLowerCase() === image.host.toLowerCase());
  return there.find((one) => one.isDefault) ?? there[0];
}

export const pullSecretPrefix = 'kubeorch-registry-';

/** The name of the Secret that opens a registry on a cluster. */
export function pullSecretName(registry: Pick<Registry, 'name'>): string {
  const name = registry.name
    .toLowerCase()
    .replace(/[\s_]+/g, '-')
    .replace(/[^a-z0-9.-]+/g, '-');
  return `${pullSecretPrefix}${name}`.slice(0, 253).replace(/[^a-z0-9]+$/, '');
}

export const registryName = /^[A-Za-z0-9](?:[-_. A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
