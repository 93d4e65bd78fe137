import type * as vscode from 'vscode';
import type { SecretKey, Secrets } from '../../engine/ports';

/** What is used of VS Code's. */
type SecretStorage = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete' | 'keys'>;

/**
 * Values of Secrets: typed into an input box, kept in memory until the window closes, and in VS Code's SecretStorage only
 * when the person says "remember". Nothing here is ever logged, posted to a webview or put into a command's arguments.
 */
export class SecretValues implements Secrets {
  readonly #memory = new Map<string, string>();
  readonly #storage: SecretStorage;

  constructor(storage: SecretStorage) {
    this.#storage = storage;
  }

  async get(key: SecretKey): Promise<string | undefined> {
    const name = storageName(key);
    const kept = this.#memory.get(name);
    if (kept !== undefined) return kept;
    return this.#storage.get(name);
  }

  async set(key: SecretKey, value: string, remember: boolean): Promise<void> {
    const name = storageName(key);
    this.#memory.set(name, value);
    if (remember) await this.#storage.store(name, value);
  }

  /** Every value of this window, for taking them out of texts. */
  inMemory(): readonly string[] {
    return [...this.#memory.values()];
  }

  /** Forgets every value, here and in SecretStorage. */
  forgetAll(): Promise<number> {
    return this.#forget(() => true);
  }

  /** Forgets the values that were given for one cluster: they are not for whoever comes next. */
  forgetCluster(clusterUid: string): Promise<number> {
    return this.#forget((name) => name.startsWith(`${prefix}[${JSON.stringify(clusterUid)},`));
  }

  async #forget(fits: (name: string) => boolean): Promise<number> {
    const stored = (await this.#storage.keys()).filter((name) => name.startsWith(prefix));
    const names = new Set([...this.#memory.keys(), ...stored].filter(fits));
    for (const name of names) {
      this.#memory.delete(name);
      await this.#storage.delete(name);
    }
    return names.size;
  }
}

const prefix = 'kubeorch.secret:';

/** JSON keeps the parts apart whatever characters they hold. */
function storageName(key: SecretKey): string {
  return prefix + JSON.stringify([key.clusterUid, key.namespace, key.workflow, key.nodeId, key.key]);
}
