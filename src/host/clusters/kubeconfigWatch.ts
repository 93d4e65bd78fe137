import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import type { KubeconfigSource } from '../../kube/index';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { loadKube } from '../rooms';
import { failureWords } from '../words';

/** Tools write such a file in several steps; it is read once they have paused. */
const settledMs = 300;

interface Followed {
  readonly source: KubeconfigSource;
  readonly context: string;
  readonly digest: string | undefined;
}

/**
 * Notices when the kubeconfig of an open cluster says something else of its context: another server, other credentials. What others
 * write about other contexts, such as the current one, is no news.
 */
export class KubeconfigWatch implements Disposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #isHeld: (key: string) => boolean;
  readonly #onChanged: (keys: ReadonlySet<string>) => void;
  readonly #followed = new Map<string, Followed>();
  readonly #folders = new Map<string, Set<string>>();
  readonly #lifetime = new DisposableList();
  #timer: Disposable | undefined;

  constructor(options: {
    clock: Clock;
    log: Logger;
    /** Whether the cluster of this key is still open. */
    isHeld: (key: string) => boolean;
    /** A file was written; these keys lead elsewhere, or as somebody else, than when they were opened. */
    onChanged: (keys: ReadonlySet<string>) => void;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#isHeld = options.isHeld;
    this.#onChanged = options.onChanged;
  }

  /** To be called before the context is opened: what is written from here on is news. */
  async follow(key: string, source: KubeconfigSource, context: string): Promise<void> {
    const { contextDigest, kubeconfigPaths } = await loadKube();
    for (const path of kubeconfigPaths(source)) {
      this.#watch(resolve(path));
      // Behind a link, it is the other file that is written.
      this.#watch(await realpath(path).catch(() => resolve(path)));
    }
    this.#followed.set(key, { source, context, digest: await contextDigest(source, context) });
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#lifetime.dispose();
  }

  #watch(path: string): void {
    const folder = dirname(path);
    const present = this.#folders.get(folder);
    if (present !== undefined) {
      present.add(basename(path));
      return;
    }
    const names = new Set([basename(path)]);
    this.#folders.set(folder, names);
    const watcher = this.#lifetime.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), '*')));
    const onWritten = (uri: vscode.Uri): void => {
      if (names.has(basename(uri.fsPath))) this.#lookSoon();
    };
    this.#lifetime.add(watcher.onDidChange(onWritten));
    this.#lifetime.add(watcher.onDidCreate(onWritten));
    this.#lifetime.add(watcher.onDidDelete(onWritten));
  }

  #lookSoon(): void {
    this.#timer?.dispose();
    this.#timer = this.#clock.after(settledMs, () => {
      this.#look().catch((error: unknown) => this.#log.error('A kubeconfig could not be looked at.', error));
    });
  }

  async #look(): Promise<void> {
    const { contextDigest } = await loadKube();
    const changed = new Set<string>();
    for (const [key, { source, context, digest }] of [...this.#followed]) {
      if (!this.#isHeld(key)) {
        this.#followed.delete(key);
        continue;
      }
      try {
        if ((await contextDigest(source, context)) !== digest) changed.add(key);
      } catch (error) {
        // Half written, or broken: who acts where stays as it is until the file can be read again.
        this.#log.warn(failureWords(error));
      }
    }
    if (this.#lifetime.disposed) return;
    for (const key of changed) this.#followed.delete(key);
    this.#onChanged(changed);
  }
}
