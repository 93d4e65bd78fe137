import type * as vscode from 'vscode';
import { loginOf } from '../../node/registries/registryLogins';
import { registryTypes } from '../../shared/imageReference';
import { failure } from '../../shared/problem';
import type { Registry, RegistryLogin, RegistryStatus } from '../../shared/registry';
import { registryFor, registryName } from '../../shared/registry';
import { Emitter } from '../../shared/emitter';
import type { Logger } from '../../engine/ports';

const recordPrefix = 'registry:';
const secretPrefix = 'kubeorch.registry:';

interface Parts {
  readonly state: Pick<vscode.Memento, 'get' | 'update' | 'keys'>;
  readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;
  readonly log: Logger;
}

/** The registries that were added: their records in the editor's state, one entry each, and what signs in in SecretStorage and nowhere else. */
export class Registries {
  readonly #parts: Parts;
  /** What the last test of this window found. */
  readonly #statuses = new Map<string, RegistryStatus>();

  readonly #changed: Emitter<void>;
  /** One was added, changed, removed or tested. */
  readonly onDidChange: Emitter<void>['on'];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#changed = new Emitter((error) => parts.log.error('The list of registries could not follow.', error));
    this.onDidChange = this.#changed.on;
  }

  /** By name. An entry that cannot be read is left where it is and not listed. */
  list(): readonly Registry[] {
    return this.#parts.state
      .keys()
      .filter((key) => key.startsWith(recordPrefix))
      .flatMap((key) => registryOf(this.#parts.state.get(key)) ?? [])
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  find(name: string): Registry | undefined {
    return registryOf(this.#parts.state.get(recordPrefix + name));
  }

  statusOf(name: string): RegistryStatus {
    return this.#statuses.get(name) ?? 'unknown';
  }

  noteStatus(name: string, status: RegistryStatus): void {
    this.#statuses.set(name, status);
    this.#changed.emit();
  }

  /** The first one of its type is the default one. Throws `registry.exists`. */
  async add(registry: Omit<Registry, 'isDefault'>, secret: string): Promise<void> {
    if (!registryName.test(registry.name)) throw failure('registry.invalid', { detail: `"${registry.name}" is no name` });
    if (this.find(registry.name) !== undefined) throw failure('registry.exists', { name: registry.name });
    const isDefault = !this.list().some((one) => one.type === registry.type && one.isDefault);
    await this.#parts.secrets.store(secretPrefix + registry.name, secret);
    try {
      await this.#parts.state.update(recordPrefix + registry.name, { ...registry, isDefault });
    } catch (error) {
      await this.#parts.secrets.delete(secretPrefix + registry.name);
      throw error;
    }
    this.#changed.emit();
  }

  /** Changes one of this name; what signs in stays when no other is given. Throws `registry.unknown`. */
  async update(registry: Omit<Registry, 'isDefault'>, secret: string | undefined): Promise<void> {
    const before = this.find(registry.name);
    if (before === undefined) throw failure('registry.unknown', { name: registry.name });
    // A password is never sent to another host than the one that it was given for.
    if (secret === undefined && before.host !== registry.host) throw failure('registry.noSecret', { what: 'password', name: registry.name });
    if (secret !== undefined) await this.#parts.secrets.store(secretPrefix + registry.name, secret);
    await this.#parts.state.update(recordPrefix + registry.name, { ...registry, isDefault: before.isDefault });
    this.#statuses.delete(registry.name);
    this.#changed.emit();
  }

  /** Also forgets what signs in, first: a secret without its record is one that nobody sees. */
  async remove(name: string): Promise<void> {
    await this.#parts.secrets.delete(secretPrefix + name);
    await this.#parts.state.update(recordPrefix + name, undefined);
    this.#statuses.delete(name);
    this.#changed.emit();
  }

  /** One default of each type. Throws `registry.unknown`. */
  async setDefault(name: string): Promise<void> {
    const wanted = this.find(name);
    if (wanted === undefined) throw failure('registry.unknown', { name });
    for (const one of this.list()) {
      const isDefault = one.name === name;
      if (one.type === wanted.type && one.isDefault !== isDefault) await this.#parts.state.update(recordPrefix + one.name, { ...one, isDefault });
    }
    this.#changed.emit();
  }

  /** What signs in, a token asked for where the type wants one. Throws `registry.*`. */
  async login(registry: Registry, nowMs: number, signal?: AbortSignal): Promise<RegistryLogin> {
    const secret = await this.#parts.secrets.get(secretPrefix + registry.name);
    if (secret === undefined) throw failure('registry.noSecret', { what: 'password', name: registry.name });
    return loginOf(registry, secret, nowMs, signal);
  }

  /** What signs in to the registries of these hosts. One of which nothing can be had is told and left out: what is on the cluster stays there. */
  async opened(
    hosts: readonly string[],
    nowMs: number,
    onFailure: (registry: Registry, error: unknown) => void,
  ): Promise<readonly { readonly registry: Registry; readonly login: RegistryLogin }[]> {
    const wanted = [...new Set(hosts)].flatMap((host) => this.for(host) ?? []);
    const logins = await Promise.allSettled(wanted.map(async (registry) => ({ registry, login: await this.login(registry, nowMs) })));
    logins.forEach((one, index) => {
      const registry = wanted[index];
      if (one.status === 'rejected' && registry !== undefined) onFailure(registry, one.reason);
    });
    return logins.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** The registry that opens images of a host. */
  for(host: string): Registry | undefined {
    return registryFor(this.list(), { host });
  }

  async forgetAll(): Promise<void> {
    for (const { name } of this.list()) await this.remove(name);
  }
}

/** State may hold what another release wrote. */
function registryOf(value: unknown): Registry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, type, host, user, isDefault, region } = value as Readonly<Record<string, unknown>>;
  const known = registryTypes.find((one) => one === type);
  if (known === undefined || typeof name !== 'string' || typeof host !== 'string' || typeof user !== 'string') return undefined;
  return { name, type: known, host, user, isDefault: isDefault === true, ...(typeof region === 'string' ? { region } : {}) };
}
