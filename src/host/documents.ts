import * as vscode from 'vscode';
import type { LoadedCatalog, NodeMemory, ParsedWorkflow, ResolvedWorkflow, SourceResults, Steps, WorkflowReader } from '../engine/index';
import type { KindDefinition, OpenApi } from '../openapi/index';
import { withDefinitions, withDocuments } from '../openapi/index';
import type { Files, Logger } from '../engine/ports';
import { Emitter } from '../shared/emitter';
import type { Disposable } from '../shared/disposables';
import { DisposableList } from '../shared/disposables';
import type { Problem } from '../shared/problem';
import { wordedCatalog } from '../shared/wordedCatalog';
import type { Workflow } from '../shared/workflow';
import { EditQueue } from './editor/editQueue';
import type { Engine } from './rooms';
import { inSlices } from './slices';
import { catalogFilesGlob, fileName, projectFolder } from './views/workflowFiles';

/** The kinds that ship in the person's language, for palette, forms, completion and hovers alike. */
function inWords(loaded: LoadedCatalog): LoadedCatalog {
  if (vscode.l10n.bundle === undefined) return loaded;
  return { ...loaded, catalog: wordedCatalog(loaded.catalog, (english) => (english === '' ? '' : vscode.l10n.t(english))) };
}

/** All that follows from the present text of one workflow file. Made anew for each version of the text, never changed. */
export interface DocumentState {
  /** The document's version, which rises with every change of the text. */
  readonly revision: number;
  readonly text: string;
  readonly parsed: ParsedWorkflow;
  readonly workflow: Workflow;
  readonly loaded: LoadedCatalog;
  readonly resolved: ResolvedWorkflow;
  /** What programs made of charts and bases when a plan or a person last asked for it; no part of the text. */
  readonly sources: SourceResults;
  readonly problems: readonly Problem[];
  /** The structure by which objects are judged. */
  readonly openApi: OpenApi;
}

/** One open workflow file, shared by every view of it. It lives as long as VS Code keeps the text document open. */
export class WorkflowDocument implements Disposable {
  readonly document: vscode.TextDocument;
  readonly edits: EditQueue;
  readonly #engine: Engine;
  #openApi: OpenApi;
  /** The shipped structure, with the kinds that the files of the folder define. */
  #offline: OpenApi;
  #documents: readonly unknown[] = [];
  readonly #log: Logger;
  readonly #reader: WorkflowReader;
  readonly #memory: NodeMemory;
  #loaded: LoadedCatalog;
  #state: DocumentState | undefined;
  #reading: Disposable | undefined;
  #isClosed = false;
  #sources: SourceResults = new Map();
  readonly #changed: Emitter<DocumentState>;
  readonly onDidChange: Emitter<DocumentState>['on'];

  constructor(options: { document: vscode.TextDocument; engine: Engine; loaded: LoadedCatalog; openApi: OpenApi; log: Logger }) {
    this.document = options.document;
    this.#engine = options.engine;
    this.#loaded = options.loaded;
    this.#offline = options.openApi;
    this.#openApi = options.openApi;
    this.#log = options.log;
    this.#reader = new options.engine.WorkflowReader();
    this.#memory = new options.engine.NodeMemory();
    this.edits = new EditQueue(options.document, (text, edit) => options.engine.editText(text, edit));
    this.#changed = new Emitter((error) => options.log.error('A view of the workflow failed to follow a change.', error));
    this.onDidChange = this.#changed.on;
  }

  /** The folder that holds `.kubeorch`. */
  get folder(): vscode.Uri {
    return projectFolder(this.document.uri);
  }

  /** What the present text says. Whoever asks before its reading is done gets it at once, and its problems when they ask for these. */
  get state(): DocumentState {
    if (this.#state === undefined || this.#state.revision !== this.document.version) this.#state = this.#engine.finished(this.#read(false));
    return this.#state;
  }

  /** Reads the text, or with another catalog the text as it is, and tells every view when that is done. A reading that goes on is given up. */
  refresh(loaded?: LoadedCatalog): void {
    if (loaded !== undefined) {
      this.#loaded = loaded;
      this.#state = undefined;
    }
    this.#begin(() => this.#changed.emit(this.state));
  }

  /** Reads the text for the first time, without holding up whatever else there is to do. */
  firstRead(): Promise<void> {
    return new Promise((resolve) => this.#begin(resolve));
  }

  /** Charts and bases were rendered. */
  setSources(sources: SourceResults): void {
    if (sources === this.#sources) return;
    this.#sources = sources;
    this.#state = undefined;
    this.#begin(() => this.#changed.emit(this.state));
  }

  /** The folder's files define other kinds than before. */
  setOffline(openApi: OpenApi): void {
    this.#offline = openApi;
    this.#judgeBy(openApi, this.#documents);
  }

  /** A cluster's own OpenAPI documents, which win over the shipped structure; none while there is no cluster. They need not be sound. */
  setClusterDocuments(documents: readonly unknown[]): void {
    if (documents.length === this.#documents.length && documents.every((one, index) => one === this.#documents[index])) return;
    this.#documents = documents;
    this.#judgeBy(this.#offline, documents);
  }

  #judgeBy(offline: OpenApi, documents: readonly unknown[]): void {
    this.#openApi = withDocuments(offline, documents);
    this.#state = undefined;
    this.#begin(() => this.#changed.emit(this.state));
  }

  #begin(then: () => void): void {
    this.#reading?.dispose();
    if (this.#isClosed) return;
    this.#reading = inSlices(
      this.#read(true),
      (state) => {
        this.#state = state;
        then();
      },
      (error) => {
        this.#log.error('The workflow could not be read.', error);
        then();
      },
    );
  }

  *#read(checked: boolean): Steps<DocumentState> {
    const revision = this.document.version;
    const text = this.document.getText();
    const parsed = yield* this.#reader.steps(text);
    const loaded = this.#loaded;
    const sources = this.#sources;
    const openApi = this.#openApi;
    const resolved = this.#engine.resolveWorkflow(parsed.workflow, loaded.catalog);
    const check = (): Steps<readonly Problem[]> =>
      this.#engine.checkSteps({ parsed, resolved, loaded, fileName: fileName(this.document.uri), openApi, sources }, this.#memory);
    yield;
    let problems = checked ? yield* check() : undefined;
    const { finished } = this.#engine;
    return {
      revision,
      text,
      parsed,
      workflow: parsed.workflow,
      loaded,
      resolved,
      sources,
      openApi,
      // The costliest part, and not everyone who asks for the state wants it: saving must not wait for it.
      get problems() {
        problems ??= finished(check());
        return problems;
      },
    };
  }

  dispose(): void {
    this.#isClosed = true;
    this.#reading?.dispose();
    this.#changed.dispose();
  }
}

/** The kinds that files of a folder define. */
export interface FolderDefinitions {
  of(folder: vscode.Uri): Promise<readonly KindDefinition[]>;
  readonly onDidChange: Emitter<vscode.Uri>['on'];
}

/** The kinds of a folder that holds `.kubeorch`. */
export interface FolderCatalog {
  readonly folder: vscode.Uri;
  readonly loaded: LoadedCatalog;
}

/** The open workflow files, and the catalogs of their folders. */
export class WorkflowDocuments implements Disposable {
  readonly #engine: Engine;
  readonly #core: Files;
  readonly #filesOf: (folder: vscode.Uri) => Files;
  readonly #openApi: OpenApi;
  readonly #log: Logger;
  readonly #definitions: FolderDefinitions;
  readonly #open = new Map<string, WorkflowDocument>();
  readonly #opening = new Map<string, Promise<WorkflowDocument>>();
  readonly #catalogs = new Map<string, Promise<LoadedCatalog>>();
  /** Folders that a catalog was asked for. */
  readonly #folders = new Map<string, vscode.Uri>();
  /** Raised with every change of a file, so that what an earlier reading gives comes too late. */
  #reloads = 0;
  readonly #catalogLoaded: Emitter<FolderCatalog>;
  /** The kinds of a folder were read, for the first time or anew. */
  readonly onDidLoadCatalog: Emitter<FolderCatalog>['on'];
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<WorkflowDocument>;
  readonly #closed: Emitter<WorkflowDocument>;
  readonly onDidChange: Emitter<WorkflowDocument>['on'];
  readonly onDidClose: Emitter<WorkflowDocument>['on'];

  constructor(options: { engine: Engine; core: Files; filesOf: (folder: vscode.Uri) => Files; openApi: OpenApi; definitions: FolderDefinitions; log: Logger }) {
    this.#engine = options.engine;
    this.#core = options.core;
    this.#filesOf = options.filesOf;
    this.#openApi = options.openApi;
    this.#log = options.log;
    this.#changed = this.#lifetime.add(new Emitter<WorkflowDocument>((error) => this.#log.error('A view of the workflows failed.', error)));
    this.#closed = this.#lifetime.add(new Emitter<WorkflowDocument>((error) => this.#log.error('A view of the workflows failed.', error)));
    this.#catalogLoaded = this.#lifetime.add(new Emitter<FolderCatalog>((error) => this.#log.error('A view of the templates failed.', error)));
    this.onDidChange = this.#changed.on;
    this.onDidClose = this.#closed.on;
    this.onDidLoadCatalog = this.#catalogLoaded.on;
    this.#lifetime.add(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        const open = this.#open.get(document.uri.toString());
        if (open === undefined) return;
        open.refresh();
      }),
    );
    this.#lifetime.add(
      vscode.workspace.onDidCloseTextDocument((document) => {
        const key = document.uri.toString();
        const open = this.#open.get(key);
        // A change of the language mode is told as closing and opening, of a document that stays the same.
        if (open === undefined || vscode.workspace.textDocuments.includes(document)) return;
        this.#open.delete(key);
        this.#closed.emit(open);
        open.dispose();
      }),
    );
    this.#definitions = options.definitions;
    this.#lifetime.add(
      options.definitions.onDidChange((folder) => {
        for (const open of this.#open.values()) if (open.folder.toString() === folder.toString()) void this.#define(open);
      }),
    );
    const sources = this.#lifetime.add(vscode.workspace.createFileSystemWatcher(catalogFilesGlob));
    for (const event of [sources.onDidChange, sources.onDidCreate, sources.onDidDelete]) this.#lifetime.add(event(() => void this.#reloadCatalogs()));
    this.#lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#reloadCatalogs()));
  }

  /** The structure of Kubernetes' objects, for what belongs to no open workflow. */
  get openApi(): OpenApi {
    return this.#openApi;
  }

  get all(): Iterable<WorkflowDocument> {
    return this.#open.values();
  }

  /** The shared object of a text document; asking twice at the same time gives the same one. */
  async of(document: vscode.TextDocument): Promise<WorkflowDocument> {
    const key = document.uri.toString();
    const present = this.#open.get(key);
    if (present !== undefined) return present;
    let opening = this.#opening.get(key);
    if (opening === undefined) {
      opening = this.#load(document).finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    const opened = await opening;
    // Closed and opened again meanwhile, it is another document of the same name.
    return opened.document === document ? opened : this.of(document);
  }

  async #load(document: vscode.TextDocument): Promise<WorkflowDocument> {
    const loaded = await this.catalogOf(projectFolder(document.uri));
    const opened = new WorkflowDocument({ document, engine: this.#engine, loaded, openApi: this.#openApi, log: this.#log });
    await opened.firstRead();
    // Closed meanwhile, nobody would ever be told so again: it lives for whoever asked and is not kept.
    if (vscode.workspace.textDocuments.includes(document)) {
      this.#open.set(document.uri.toString(), opened);
      opened.onDidChange(() => this.#changed.emit(opened));
      this.#changed.emit(opened);
      // A search through a whole workspace takes its time; the file is judged without it meanwhile.
      void this.#define(opened);
    }
    return opened;
  }

  async #define(open: WorkflowDocument): Promise<void> {
    try {
      const definitions = await this.#definitions.of(open.folder);
      if (this.#open.get(open.document.uri.toString()) === open && (definitions.length > 0 || open.state.openApi !== this.#openApi))
        open.setOffline(withDefinitions(this.#openApi, definitions));
    } catch (error) {
      this.#log.error('The files of the workspace could not be searched for definitions.', error);
    }
  }

  /** Templates of the workspace count only when it is trusted: they decide what is sent to a cluster. */
  catalogOf(folder: vscode.Uri): Promise<LoadedCatalog> {
    const key = folder.toString();
    let loading = this.#catalogs.get(key);
    if (loading === undefined) {
      const { loadCatalog, coreTemplates, workspaceTemplates } = this.#engine;
      loading = loadCatalog([coreTemplates(this.#core), ...(vscode.workspace.isTrusted ? [workspaceTemplates(this.#filesOf(folder))] : [])]).then(inWords);
      this.#catalogs.set(key, loading);
      this.#folders.set(key, folder);
      const mine = loading;
      loading.then(
        (loaded) => this.#catalogs.get(key) === mine && this.#catalogLoaded.emit({ folder, loaded }),
        () => this.#catalogs.get(key) === mine && this.#catalogs.delete(key),
      );
    }
    return loading;
  }

  async #reloadCatalogs(): Promise<void> {
    const mine = ++this.#reloads;
    this.#catalogs.clear();
    try {
      for (const folder of [...this.#folders.values()]) {
        const loaded = await this.catalogOf(folder);
        if (mine !== this.#reloads) return;
        for (const open of [...this.#open.values()]) {
          if (open.folder.toString() !== folder.toString()) continue;
          open.refresh(loaded);
        }
      }
    } catch (error) {
      this.#log.error('The templates of the workspace could not be read again.', error);
    }
  }

  dispose(): void {
    for (const open of this.#open.values()) open.dispose();
    this.#open.clear();
    this.#lifetime.dispose();
  }
}
