import * as vscode from 'vscode';
import type { Files, Logger } from '../../engine/ports';
import type { KindDefinition } from '../../openapi/index';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Engine } from '../rooms';

const glob = '**/*.{yaml,yml}';
/** Where no definitions of one's own are, and many files. */
const left = '**/{node_modules,.git,dist,out,vendor,.kubeorch}/**';
/** Most files that are looked at in a folder, and their longest. */
const mostFiles = 2_000;
const longestFile = 6_000_000;

/** The CustomResourceDefinitions in the files of a workspace, by project folder. Reading happens between other work. */
export class WorkspaceDefinitions implements Disposable {
  readonly #engine: Engine;
  readonly #filesOf: (folder: vscode.Uri) => Files;
  readonly #log: Logger;
  readonly #folders = new Map<string, Promise<Map<string, readonly KindDefinition[]>>>();
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<vscode.Uri>;
  /** The definitions of a folder are others than before. */
  readonly onDidChange: Emitter<vscode.Uri>['on'];

  constructor(engine: Engine, filesOf: (folder: vscode.Uri) => Files, log: Logger) {
    this.#engine = engine;
    this.#filesOf = filesOf;
    this.#log = log;
    this.#changed = this.#lifetime.add(new Emitter<vscode.Uri>((error) => log.error('A view of the definitions failed.', error)));
    this.onDidChange = this.#changed.on;
    const watcher = this.#lifetime.add(vscode.workspace.createFileSystemWatcher(glob));
    this.#lifetime.add(watcher.onDidChange((uri) => void this.#read(uri)));
    this.#lifetime.add(watcher.onDidCreate((uri) => void this.#read(uri)));
    this.#lifetime.add(watcher.onDidDelete((uri) => void this.#read(uri)));
  }

  /** Those of a folder, of the files in their order. */
  async of(folder: vscode.Uri): Promise<readonly KindDefinition[]> {
    const key = folder.toString();
    let files = this.#folders.get(key);
    if (files === undefined) this.#folders.set(key, (files = this.#search(folder)));
    return [...(await files)].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, definitions]) => definitions);
  }

  async #search(folder: vscode.Uri): Promise<Map<string, readonly KindDefinition[]>> {
    const found = new Map<string, readonly KindDefinition[]>();
    const uris = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, glob), left, mostFiles);
    for (const uri of uris) {
      const definitions = await this.#definitionsOf(folder, uri);
      if (definitions.length > 0) found.set(uri.toString(), definitions);
    }
    return found;
  }

  async #definitionsOf(folder: vscode.Uri, uri: vscode.Uri): Promise<readonly KindDefinition[]> {
    try {
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > longestFile) return [];
      // Links that lead out of the folder are found too, and not followed.
      const text = await this.#filesOf(folder).read(uri.path.slice(folder.path.length + 1));
      return text === undefined ? [] : this.#engine.definitionsInText(text);
    } catch (error) {
      // A file that is gone again holds nothing; one that may not be read is no reason to judge less than without it.
      this.#log.debug(`${uri.toString(true)} was not read for definitions: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  async #read(uri: vscode.Uri): Promise<void> {
    if (/\/(?:node_modules|\.git|dist|out|vendor|\.kubeorch)\//.test(uri.path)) return;
    for (const [key, searching] of this.#folders) {
      if (!uri.toString().startsWith(`${key}/`)) continue;
      const files = await searching;
      const before = files.get(uri.toString());
      const definitions = await this.#definitionsOf(vscode.Uri.parse(key), uri);
      if (definitions.length === 0) files.delete(uri.toString());
      else files.set(uri.toString(), definitions);
      if (before !== undefined || definitions.length > 0) this.#changed.emit(vscode.Uri.parse(key));
    }
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
