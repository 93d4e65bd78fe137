import type { Catalog } from '../../../shared/catalog';
import type { ImportEvent, ImportSessionRecord, ImportStage, ImportStatus } from '../../../shared/importSession';
import { importProgress } from '../../../shared/importSession';
import type { JsonObject } from '../../../shared/json';
import { failure } from '../../../shared/problem';
import type { Clock } from '../../ports';
import type { FoundProject, RepositoryFiles } from './findProject';
import { findProjects } from './findProject';
import type { RepositoryImport } from './importRepository';
import { importRepository } from './importRepository';

export type ProjectChoice = Exclude<FoundProject, { readonly type: 'nothing' }>;

/** The files of a repository, wherever they are. */
export interface RepositoryTree {
  readonly files: RepositoryFiles;
  /** The absolute path of its root, with forward slashes. */
  readonly folder: string;
}

export interface ImportSessionRequest {
  /** An address, or the path of a folder, as it is told. */
  readonly source: string;
  readonly branch?: string;
  /** Where in the repository to look. */
  readonly within?: string;
  /** The repository's name. */
  readonly name: string;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** Ends the import; a person's wish. */
  readonly signal: AbortSignal;
  /** Brings an address to this machine and hands its files to `use`, after which they are gone; absent for a folder that is here. */
  readonly clone?: <T>(use: (tree: RepositoryTree) => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly tree?: RepositoryTree;
  /** Asked when there are several projects, or one of several parts. Undefined: the person gave up. */
  readonly choose: (projects: readonly ProjectChoice[]) => Promise<ProjectChoice | undefined>;
  readonly tell: (event: ImportEvent, record: ImportSessionRecord) => void;
}

/** What one analysis may take, without the time in which a person chooses. */
const limitMinutes = 5;

/**
 * One import of a repository: cloned where it is an address, looked through, chosen from, and made a workflow of, each step told as it begins.
 * Resolves with undefined when the person gave up.
 */
export class RepositoryImportSession {
  readonly #request: ImportSessionRequest;
  #record: ImportSessionRecord;

  constructor(request: ImportSessionRequest) {
    const { source, branch, within, clock } = request;
    this.#request = request;
    this.#record = {
      id: crypto.randomUUID(),
      source,
      ...(branch === undefined ? {} : { branch }),
      ...(within === undefined ? {} : { folder: within }),
      status: 'pending',
      currentStage: 'pending',
      progress: 0,
      createdAt: new Date(clock.now()).toISOString(),
    };
  }

  get record(): ImportSessionRecord {
    return this.#record;
  }

  /** @throws ProblemError with an `import.*` or `compose.*` code */
  async run(): Promise<RepositoryImport | undefined> {
    const { clone, tree, signal } = this.#request;
    this.#tell({ event_type: 'metadata', data: this.#record });
    this.#enter('pending', 'pending');
    try {
      signal.throwIfAborted();
      let made: RepositoryImport | undefined;
      if (clone !== undefined) {
        this.#enter('cloning', 'cloning');
        made = await clone((cloned) => this.#analyse(cloned), signal);
      } else if (tree !== undefined) made = await this.#analyse(tree);
      if (made === undefined) return this.#giveUp();
      this.#enter('completed', 'done');
      this.#tell({ event_type: 'complete', data: { analysis: analysisOf(made, this.#request) } });
      return made;
    } catch (error) {
      if (signal.aborted) return this.#giveUp();
      this.#fail(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #analyse({ files, folder }: RepositoryTree): Promise<RepositoryImport | undefined> {
    const { within = '.', choose, catalog, name, clone, source, branch } = this.#request;
    this.#enter('analyzing', 'analyzing');
    const projects = await this.#limited((signal) => findProjects(files, within, signal));
    for (const project of projects) this.#log(project.type === 'compose' ? project.paths.join(', ') : project.folders.map(wordsOf).join(', '));
    const [first] = projects;
    if (first === undefined) throw failure('import.noProject');
    const isPlain = projects.length === 1 && partsOf(first) === 1;
    const found = isPlain ? first : await choose(projects);
    if (found === undefined) return undefined;
    this.#enter('analyzing', 'parsing');
    const onRead = (): void => this.#enter('analyzing', 'converting');
    const repository = clone === undefined ? {} : { repository: { url: source, ...(branch === undefined ? {} : { branch }) } };
    return this.#limited((signal) => importRepository({ files, folder, catalog, name, within, signal, found, onRead, ...repository }));
  }

  async #limited<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, clock } = this.#request;
    signal.throwIfAborted();
    const stop = new AbortController();
    const tooLong = failure('import.tooLong', { minutes: String(limitMinutes) });
    let late = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      late = () => reject(signal.aborted ? failure('run.cancelled') : tooLong);
    });
    const cancel = (): void => {
      stop.abort();
      late();
    };
    const timer = clock.after(limitMinutes * 60_000, cancel);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await Promise.race([work(stop.signal), ended]);
    } finally {
      timer.dispose();
      signal.removeEventListener('abort', cancel);
    }
  }

  #giveUp(): undefined {
    this.#fail(failure('run.cancelled').message);
    return undefined;
  }

  #fail(message: string): void {
    const stage = this.#record.currentStage;
    this.#record = { ...this.#record, status: 'failed' };
    this.#tell({ event_type: 'failed', data: { error_message: message.slice(0, 2000), error_stage: stage } });
  }

  #enter(status: ImportStatus, currentStage: ImportStage): void {
    const progress = importProgress[currentStage];
    this.#record = { ...this.#record, status, currentStage, progress };
    this.#tell({ event_type: 'progress', data: { status, current_stage: currentStage, progress } });
  }

  #log(message: string): void {
    this.#tell({ event_type: 'log', data: { stage: this.#record.currentStage, message: message.slice(0, 2000), level: 'info' } });
  }

  #tell(event: ImportEvent): void {
    this.#request.tell(event, this.#record);
  }
}

/** Of how many parts a person might want some only. */
function partsOf(project: ProjectChoice): number {
  return project.type === 'compose' ? 1 + project.others.length : project.folders.length;
}

function wordsOf({ folder, dockerfile, source }: Extract<ProjectChoice, { readonly type: 'sources' }>['folders'][number]): string {
  return `${folder}: ${dockerfile ?? source?.language ?? ''}`;
}

function analysisOf({ found, services, builds, losses }: RepositoryImport, { source, branch, clone }: ImportSessionRequest): JsonObject {
  const [first] = found.type === 'sources' ? found.folders : [];
  return {
    composeFiles: found.type === 'compose' ? [...found.paths] : [],
    services: services.map(({ service }) => service),
    losses: losses.length,
    needsBuild: builds.length > 0,
    ...(first === undefined
      ? {}
      : {
          sourceBuildConfig: {
            ...(clone === undefined ? {} : { repoUrl: source }),
            ...(branch === undefined ? {} : { branch }),
            buildContext: first.folder,
            useNixpacks: first.dockerfile === undefined,
          },
        }),
  };
}
