import type * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import { isJsonObject } from '../../shared/json';
import type { ClusterCredentials, ClusterRecord } from './clusterRecord';
import { isClusterName, recordFrom } from './clusterRecord';

const recordPrefix = 'cluster:';
const secretPrefix = 'kubeorch.cluster:';

/** What happened to an added cluster. `connection` means that it leads elsewhere, or as somebody else, than before. */
export interface ClusterRecordChange {
  readonly id: string;
  readonly type: 'added' | 'connection' | 'details' | 'removed';
  /** Of one that was removed: where it led. */
  readonly server?: string;
}

export interface AddedClustersParts {
  readonly state: Pick<vscode.Memento, 'get' | 'update' | 'keys'>;
  readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;
  readonly log: Logger;
}

/**
 * The clusters that were added by hand: their records in the editor's state, one entry each so that two windows do not overwrite
 * each other's, and their credentials in SecretStorage and nowhere else.
 */
export class AddedClusters implements Disposable {
  readonly #parts: AddedClustersParts;
  readonly #changed: Emitter<ClusterRecordChange>;
  readonly onDidChange: Emitter<ClusterRecordChange>['on'];
  readonly #revisions = new Map<string, number>();

  constructor(parts: AddedClustersParts) {
    this.#parts = parts;
    this.#changed = new Emitter((error) => parts.log.error('A listener to the added clusters failed.', error));
    this.onDidChange = this.#changed.on;
  }

  /** By display name. An entry that cannot be read is left where it is and not listed. */
  list(): readonly ClusterRecord[] {
    return this.#parts.state
      .keys()
      .filter((key) => key.startsWith(recordPrefix))
      .map((key) => recordFrom(this.#parts.state.get(key)))
      .filter((record) => record !== undefined)
      .sort((a, b) => a.displayName.localeCompare(b.displayName) || (a.id < b.id ? -1 : 1));
  }

  find(id: string): ClusterRecord | undefined {
    return recordFrom(this.#parts.state.get(recordPrefix + id));
  }

  /** @throws Error when the name is taken, or when SecretStorage does not keep the credentials; then nothing is added */
  async add(record: ClusterRecord, credentials: ClusterCredentials): Promise<void> {
    if (!isClusterName(record.id)) throw new Error(`"${record.id}" is no name for a cluster.`);
    if (this.find(record.id) !== undefined) throw new Error(`There is a cluster called "${record.id}" already.`);
    await this.#storeSecret(record.id, credentials);
    try {
      await this.#parts.state.update(recordPrefix + record.id, record);
    } catch (error) {
      await this.#parts.secrets.delete(secretPrefix + record.id);
      throw error;
    }
    this.#tell({ id: record.id, type: 'added' });
  }

  /** With credentials, they replace the old ones; without, the old ones stay. */
  async change(id: string, change: Partial<Omit<ClusterRecord, 'id' | 'name'>>, credentials?: ClusterCredentials): Promise<void> {
    const before = this.find(id);
    if (before === undefined) throw new Error(`There is no cluster called "${id}".`);
    if (credentials !== undefined) await this.#storeSecret(id, credentials);
    const after: ClusterRecord = { ...before, ...change };
    await this.#parts.state.update(recordPrefix + id, after);
    this.#tell({ id, type: credentials !== undefined || connectionText(before) !== connectionText(after) ? 'connection' : 'details' });
  }

  /** Changes with everything that changes where the cluster leads or as whom. */
  revision(id: string): number {
    return this.#revisions.get(id) ?? 0;
  }

  /** Keeps what a check found. Not told as a change: the one who checked tells it. */
  async noteHealth(id: string, health: Pick<ClusterRecord, 'status' | 'lastCheckMs' | 'metadata'>): Promise<void> {
    const before = this.find(id);
    if (before !== undefined) await this.#parts.state.update(recordPrefix + id, { ...before, ...health });
  }

  /** Forgets what checks found. */
  async forgetHealth(id: string): Promise<void> {
    const before = this.find(id);
    if (before === undefined) return;
    const { lastCheckMs: _at, metadata: _metadata, ...record } = before;
    await this.#parts.state.update(recordPrefix + id, { ...record, status: 'unknown' });
  }

  /** Also forgets the credentials, first: a record without credentials is of no use, and the other way round is a secret nobody sees. */
  async remove(id: string): Promise<boolean> {
    const before = this.find(id);
    await this.#parts.secrets.delete(secretPrefix + id);
    await this.#parts.state.update(recordPrefix + id, undefined);
    if (before !== undefined) this.#tell({ id, type: 'removed', server: before.server });
    return before !== undefined;
  }

  /** @throws MissingCredentials when they are not there, as after SecretStorage was cleared, or cannot be read */
  async credentials(id: string): Promise<ClusterCredentials> {
    const text = await this.#parts.secrets.get(secretPrefix + id);
    let parsed: unknown;
    try {
      parsed = text === undefined ? undefined : JSON.parse(text);
    } catch {
      // A parser quotes what it could not read, and this text is secret.
      throw new MissingCredentials(id);
    }
    if (!isJsonObject(parsed)) throw new MissingCredentials(id);
    return parsed;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #tell(change: ClusterRecordChange): void {
    if (change.type !== 'details') this.#revisions.set(change.id, this.revision(change.id) + 1);
    this.#changed.emit(change);
  }

  async #storeSecret(id: string, credentials: ClusterCredentials): Promise<void> {
    const text = JSON.stringify(credentials);
    await this.#parts.secrets.store(secretPrefix + id, text);
    // Some keyrings take what they do not keep.
    if ((await this.#parts.secrets.get(secretPrefix + id)) !== text)
      throw new Error("VS Code's secret storage did not keep the credentials, so nothing was saved.");
  }
}

/** Worded at the edge. */
export class MissingCredentials extends Error {
  readonly id: string;

  constructor(id: string) {
    super(`The credentials of the cluster "${id}" are no longer in the secret storage. Edit the cluster to give them again.`);
    this.id = id;
  }
}

/** What decides where a record leads. */
export function connectionText(record: ClusterRecord): string {
  const { server, authType, insecure, tlsServerName, namespace, headers } = record;
  return JSON.stringify([server, authType, insecure, tlsServerName, namespace, headers]);
}
