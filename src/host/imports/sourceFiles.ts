import * as vscode from 'vscode';
import type { Files } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { fileName } from '../views/workflowFiles';

type Readable = Pick<Files, 'read' | 'list'>;

/** Shows a file of a folder at a line, beside what is open. */
export async function openInFolder(folder: vscode.Uri, file: string, line: number): Promise<void> {
  const place = vscode.Uri.joinPath(folder, file);
  if (!place.path.startsWith(folder.path.endsWith('/') ? folder.path : `${folder.path}/`)) return;
  await showAt(place, line);
}

async function showAt(uri: vscode.Uri, line: number): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const at = new vscode.Position(Math.min(Math.max(0, line - 1), document.lineCount - 1), 0);
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, selection: new vscode.Range(at, at) });
}

/** Files of a folder of the workspace that an import reads. It may be made again when one of them was saved. */
export class FollowedFiles implements Readable {
  readonly #files: Readable;
  readonly #folder: vscode.Uri;
  readonly #read = new Set<string>();

  constructor(files: Readable, folder: vscode.Uri) {
    this.#files = files;
    this.#folder = folder;
  }

  read(path: string): Promise<string | undefined> {
    this.#read.add(path);
    return this.#files.read(path);
  }

  list(path: string): ReturnType<Files['list']> {
    return this.#files.list(path);
  }

  follow(changed: () => void): Disposable {
    const { scheme, path } = this.#folder;
    const start = path.endsWith('/') ? path : `${path}/`;
    return vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (uri.scheme === scheme && uri.path.startsWith(start) && this.#read.has(uri.path.slice(start.length))) changed();
    });
  }
}

/** Files that remember what was asked of them, so that an import can be made again of what is gone by then. */
export class RememberedFiles implements Readable {
  readonly #files: Readable;
  readonly #texts = new Map<string, Promise<string | undefined>>();
  readonly #lists = new Map<string, ReturnType<Files['list']>>();

  constructor(files: Readable) {
    this.#files = files;
  }

  read(path: string): Promise<string | undefined> {
    return remembered(this.#texts, path, () => this.#files.read(path));
  }

  list(path: string): ReturnType<Files['list']> {
    return remembered(this.#lists, path, () => this.#files.list(path));
  }
}

function remembered<T>(known: Map<string, Promise<T>>, path: string, ask: () => Promise<T>): Promise<T> {
  let answer = known.get(path);
  if (answer === undefined) known.set(path, (answer = ask()));
  return answer;
}

/** Repositories that were looked at last; earlier ones are gone. */
const maxTrees = 5;

export const sourceScheme = 'kubeorch-source';

/** Texts of repositories that were cloned, imported and removed, to be looked at while their preview is open. */
export class SourceTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #trees = new Map<string, Readable>();
  readonly #registration: vscode.Disposable;
  #count = 0;

  constructor() {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(sourceScheme, this);
  }

  /** Answers how a file of the tree is shown. */
  add(tree: Readable): (file: string, line: number) => Promise<void> {
    const id = String(++this.#count);
    this.#trees.set(id, tree);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > maxTrees && oldest !== undefined) this.#trees.delete(oldest);
    return (file, line) => showAt(vscode.Uri.from({ scheme: sourceScheme, path: `/${file}`, query: id }), line);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = await this.#trees.get(uri.query)?.read(uri.path.slice(1));
    if (text === undefined) throw new Error(vscode.l10n.t('{0} is not part of what was imported.', fileName(uri)));
    return text;
  }

  dispose(): void {
    this.#registration.dispose();
    this.#trees.clear();
  }
}
