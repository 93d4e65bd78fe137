import type { Builder, BuildEvent, BuildRecord, BuildStage, BuildStatus, LocalCluster } from '../../shared/build';
import { buildersKnown } from '../../shared/build';
import type { Registry, RegistryLogin } from '../../shared/registry';
import { failure, ProblemError, problemText } from '../../shared/problem';
import { newRunId } from '../journal';
import type { SourceFiles } from '../ports';
import type { BuildParts } from './buildParts';
import type { BuildSettings } from './buildSettings';
import { loadImage, pushImage } from './deliverImage';
import type { Delivered } from './deliverImage';
import { dockerfileFor } from './dockerfileFor';
import { BuildStarts } from './buildStarts';
import { buildArguments, installHelp } from './builderCommands';

export interface BuildRequest {
  readonly settings: BuildSettings;
  readonly nodeId?: string;
  readonly workflow?: string;
  /** Instead of the first builder that is there. */
  readonly builder?: Builder;
  /** `push` to the registry of the image's name, or `load` into a local cluster, or neither. */
  readonly deliver:
    | { readonly to: 'registry'; readonly registry?: Registry; readonly login?: RegistryLogin }
    | { readonly to: 'cluster'; readonly cluster: LocalCluster }
    | { readonly to: 'nowhere' };
  readonly id?: string;
  readonly signal?: AbortSignal;
}

/** What a build tells while it goes on. */
export interface BuildListener {
  event(event: BuildEvent): void;
  /** What programs write, as they write it: for a terminal, and hostile until it has passed that terminal's own door. */
  output?(text: string): void;
}

const limitMinutes = 30;
/** Where a stage begins, in percent. */
const progressOf: Readonly<Record<BuildStage, number>> = { pending: 0, cloning: 5, dockerfile: 20, building: 30, pushing: 75, loading: 75, done: 100 };
const statusOf: Readonly<Record<BuildStage, BuildStatus>> = {
  pending: 'pending',
  cloning: 'cloning',
  dockerfile: 'building',
  building: 'building',
  pushing: 'pushing',
  loading: 'pushing',
  done: 'completed',
};

/** A build that can be started once, with a terminal that may change its size. */
export class ImageBuild {
  readonly #parts: BuildParts;
  readonly #request: BuildRequest;
  readonly #listener: BuildListener;
  readonly #stop = new AbortController();
  #record: BuildRecord;
  #starts: BuildStarts | undefined;
  #size = { columns: 120, rows: 30 };
  #tooLong = false;

  constructor(parts: BuildParts, request: BuildRequest, listener: BuildListener) {
    this.#parts = parts;
    this.#request = request;
    this.#listener = listener;
    const { settings, deliver } = request;
    const id = request.id ?? newRunId(parts.clock);
    this.#record = {
      id,
      ...(settings.repository === undefined ? {} : { repoUrl: settings.repository.url }),
      ...(settings.repository?.branch === undefined ? {} : { branch: settings.repository.branch }),
      buildContext: settings.context,
      ...(settings.dockerfile === undefined ? {} : { dockerfile: settings.dockerfile }),
      buildArgs: Object.keys(settings.args),
      useNixpacks: settings.strategy === 'nixpacks',
      ...(deliver.to === 'registry' && deliver.registry !== undefined ? { registryId: deliver.registry.name } : {}),
      delivery: deliver.to === 'cluster' ? { to: 'cluster', cluster: deliver.cluster } : { to: deliver.to },
      imageName: settings.image.name,
      // A local cluster takes an image by its tag alone, and makes new pods only for one that it does not know.
      imageTag: settings.image.tag ?? (deliver.to === 'registry' ? 'latest' : `build-${id}`),
      ...(request.workflow === undefined ? {} : { workflowId: request.workflow }),
      ...(request.nodeId === undefined ? {} : { nodeId: request.nodeId }),
      status: 'pending',
      currentStage: 'pending',
      progress: 0,
      createdAt: this.#now(),
    };
  }

  get record(): BuildRecord {
    return this.#record;
  }

  /** What a person types, for programs that ask. */
  input(text: string): void {
    this.#starts?.input(text);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#starts?.resize(columns, rows);
  }

  /** Ends what is running. A build that is over stays as it is. */
  cancel(): void {
    this.#stop.abort(new Error('cancelled'));
  }

  /** Builds. Never rejects: how it ended is the last event, and in the record. */
  async run(): Promise<BuildRecord> {
    const { clock, source } = this.#parts;
    const { signal } = this.#request;
    const cancel = (): void => this.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) this.cancel();
    const late = clock.after(limitMinutes * 60_000, () => {
      this.#tooLong = true;
      this.cancel();
    });
    this.#tell({ event_type: 'metadata', data: this.#record });
    const startedMs = clock.now();
    let scratch: Awaited<ReturnType<SourceFiles['scratch']>> | undefined;
    try {
      this.#stop.signal.throwIfAborted();
      this.#set({ startedAt: this.#now() });
      scratch = await source.scratch();
      const { reference, digest, sizeBytes } = await this.#build(scratch.place);
      this.#set({
        ...{ status: 'completed', currentStage: 'done', progress: 100, finalImageRef: reference },
        ...(digest === undefined ? {} : { imageDigest: digest }),
        ...(sizeBytes === undefined ? {} : { imageSize: sizeBytes }),
        ...this.#over(startedMs),
      });
      this.#tellProgress();
      this.#tell({ event_type: 'complete', data: { final_image_ref: reference, image_digest: digest ?? '' } });
    } catch (error) {
      this.#fail(error, startedMs);
    } finally {
      late.dispose();
      signal?.removeEventListener('abort', cancel);
      // What is left is a folder of the system's own for such: the build's end is told already and stays true.
      await scratch?.dispose().catch((error: unknown) => this.#log(`The folder of the build could not be removed: ${wordsOf(error)}`, 'warn'));
    }
    return this.#record;
  }

  #over(startedMs: number): Partial<BuildRecord> {
    return { completedAt: this.#now(), duration: this.#parts.clock.now() - startedMs };
  }

  #fail(error: unknown, startedMs: number): void {
    const stage = this.#record.currentStage;
    if (this.#stop.signal.aborted && !this.#tooLong) {
      this.#set({ status: 'cancelled', progress: 0, ...this.#over(startedMs) });
      this.#tell({ event_type: 'cancelled', data: {} });
      return;
    }
    const told = this.#tooLong ? failure('build.tooLong', { minutes: String(limitMinutes) }) : error;
    const message = this.#parts.clean(wordsOf(told), 2000);
    this.#set({ status: 'failed', progress: 0, errorMessage: message, errorStage: stage, ...this.#over(startedMs) });
    this.#tell({ event_type: 'failed', data: { error_message: message, error_stage: stage } });
  }

  async #build(scratch: string): Promise<Delivered> {
    const { tools, filesAt } = this.#parts;
    const { settings, deliver } = this.#request;
    const { signal } = this.#stop;
    const source = await this.#source(scratch);
    const found = await source.look(settings.context);
    if (found === undefined || !found.folder) throw failure('build.noContext', { path: settings.context });
    const { builder, path } = await this.#builder();
    const starts = new BuildStarts(this.#parts, scratch, this.#size, signal, {
      line: (message, level) => this.#log(message, level),
      output: (text) => this.#listener.output?.(text),
      hidden: new Map([
        [found.place, settings.context],
        [scratch, ''],
      ]),
    });
    this.#starts = starts;

    this.#enter('dockerfile', 'Choosing the Dockerfile');
    const { image, note, isNixpacks } = await dockerfileFor({ parts: this.#parts, source, starts, settings, context: found.place, scratch });
    this.#set({ useNixpacks: isNixpacks });
    this.#log(note, 'info');

    const { host, repository, name } = settings.image;
    const tag = this.#record.imageTag;
    const qualified = `${host}/${repository}:${tag}`;
    this.#enter('building', `${builder} builds ${name}:${tag}`);
    await starts.run('building', builder, path, buildArguments(builder, { ...image, reference: qualified }));
    const delivery = { starts, builder, path, qualified, host, name, tag, scratch, files: filesAt(scratch) };
    if (deliver.to === 'registry') {
      this.#enter('pushing', `Pushing to ${host}`);
      return pushImage({ ...delivery, ...(deliver.login === undefined ? {} : { login: deliver.login }) });
    }
    if (deliver.to === 'cluster') {
      this.#enter('loading', `Loading into ${deliver.cluster.type} ${deliver.cluster.name}`);
      return loadImage({ ...delivery, cluster: deliver.cluster, tools });
    }
    return { reference: `${name}:${tag}` };
  }

  /** What is built: the workspace, or a repository that is cloned for this build alone. */
  async #source(scratch: string): Promise<Pick<SourceFiles, 'look'>> {
    const { tools, source, clone } = this.#parts;
    const { repository } = this.#request.settings;
    this.#enter('cloning', repository === undefined ? 'Looking at the source' : `Cloning ${repository.url}`);
    if (!tools.isAllowed()) throw failure('build.untrusted');
    if (repository === undefined) return source;
    if ((await tools.find('git')) === undefined) throw failure('build.toolMissing', { tool: 'git', help: installHelp.git });
    const { commitSha, branch, source: cloned } = await clone({ ...repository, into: `${scratch}/repository`, signal: this.#stop.signal });
    this.#set({ commitSha, ...(branch === undefined ? {} : { branch }) });
    this.#log(`Commit ${commitSha}${branch === undefined ? '' : ` of ${branch}`}`, 'info');
    return cloned;
  }

  /** The builder that was asked for, else the first that is there. */
  async #builder(): Promise<{ readonly builder: Builder; readonly path: string }> {
    const { tools } = this.#parts;
    const wanted = this.#request.builder;
    for (const builder of wanted === undefined ? buildersKnown : [wanted]) {
      const path = await tools.find(builder);
      if (path !== undefined && (wanted !== undefined || builder !== 'docker' || (await this.#dockerAnswers(path)))) return { builder, path };
    }
    throw failure('build.noBuilder', { searched: (wanted === undefined ? buildersKnown : [wanted]).join(', ') });
  }

  /** Docker's client is often there without the service behind it; then another builder is better than a failure. */
  async #dockerAnswers(path: string): Promise<boolean> {
    const env = await BuildStarts.environment(this.#parts.tools);
    const asked = await this.#parts.processes.run(path, ['version', '--format', '{{.Server.Version}}'], {
      env,
      timeoutMs: 10_000,
      outputLimitBytes: 64 * 1024,
      signal: this.#stop.signal,
    });
    this.#stop.signal.throwIfAborted();
    if (asked.exitCode !== 0) this.#log('Docker is installed but does not answer; another builder is looked for.', 'warn');
    return asked.exitCode === 0;
  }

  #enter(stage: BuildStage, words: string): void {
    this.#stop.signal.throwIfAborted();
    this.#set({ status: statusOf[stage], currentStage: stage, progress: progressOf[stage] });
    this.#tellProgress();
    this.#log(words, 'info');
    this.#listener.output?.(`\r\n\u001b[1m${words}\u001b[0m\r\n`);
  }

  #tellProgress(): void {
    const { status, currentStage, progress } = this.#record;
    this.#tell({ event_type: 'progress', data: { status, current_stage: currentStage, progress } });
  }

  #log(message: string, level: 'info' | 'warn' | 'error'): void {
    this.#tell({ event_type: 'log', data: { stage: this.#record.currentStage, message, level } });
  }

  #set(change: Partial<BuildRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  #tell(event: BuildEvent): void {
    this.#listener.event(event);
  }

  #now(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ProblemError) return problemText(error.problem);
  return error instanceof Error ? error.message : String(error);
}
