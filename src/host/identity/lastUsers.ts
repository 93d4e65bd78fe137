import { hash } from 'node:crypto';
import type * as vscode from 'vscode';
import type { Identity } from '../../engine/ports';

const key = 'users';

/**
 * Who each place last took us for, as a digest. A kubeconfig or the credentials of a cluster may be somebody else's from one day to
 * the next, and nobody signs out of them: what was kept for the former one must not be found by the next.
 */
export class LastUsers {
  readonly #state: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #onOther: (place: string, clusterUid: string) => Promise<void>;

  /** @param onOther forgets what was kept for the former user */
  constructor(state: Pick<vscode.Memento, 'get' | 'update'>, onOther: (place: string, clusterUid: string) => Promise<void>) {
    this.#state = state;
    this.#onOther = onOther;
  }

  /** @param place what was chosen: two contexts may lead to one cluster as two users */
  async note(place: string, clusterUid: string, identity: Pick<Identity, 'user' | 'uid'>): Promise<void> {
    const entry = `${place} ${clusterUid}`;
    // Some providers put a session into the name; their UID is the person's.
    const digest = hash('sha256', identity.uid === undefined || identity.uid === '' ? `name ${identity.user}` : `uid ${identity.uid}`, 'hex');
    const before = this.#all()[entry];
    if (before === digest) return;
    if (before !== undefined) await this.#onOther(place, clusterUid);
    await this.#state.update(key, { ...this.#all(), [entry]: digest });
  }

  /** Without a cluster, all of them. */
  async forget(clusterUid: string | undefined): Promise<void> {
    const others = Object.entries(this.#all()).filter(([entry]) => clusterUid !== undefined && !entry.endsWith(` ${clusterUid}`));
    await this.#state.update(key, others.length === 0 ? undefined : Object.fromEntries(others));
  }

  #all(): Readonly<Record<string, string>> {
    return this.#state.get<Readonly<Record<string, string>>>(key) ?? {};
  }
}
