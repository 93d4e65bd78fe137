import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';

/** Tells views to look again: a workflow file or folder came, changed or went, or one of `sources` did. */
export class TreeChanges implements Disposable {
  readonly #changed: Emitter<void>;
  readonly #lifetime = new DisposableList();
  readonly on: Emitter<void>['on'];

  constructor(log: Logger, sources: readonly ((listener: () => void) => Disposable)[]) {
    this.#changed = this.#lifetime.add(new Emitter((error) => log.error('A view could not be refreshed.', error)));
    this.on = this.#changed.on;
    const files = this.#lifetime.add(vscode.workspace.createFileSystemWatcher('**/.kubeorch/*.workflow.yaml'));
    const refresh = (): void => this.refresh();
    for (const event of [files.onDidChange, files.onDidCreate, files.onDidDelete, vscode.workspace.onDidChangeWorkspaceFolders])
      this.#lifetime.add(event(refresh));
    this.#lifetime.add(vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('kubeorch.workflows') && this.refresh()));
    for (const source of sources) this.#lifetime.add(source(refresh));
  }

  refresh(): void {
    this.#changed.emit();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

/** What is told when either tells. */
export function both(...sources: readonly ((listener: () => void) => Disposable)[]): (listener: () => void) => Disposable {
  return (listener) => {
    const all = new DisposableList();
    for (const source of sources) all.add(source(listener));
    return all;
  };
}
