import * as vscode from 'vscode';
import type { SourceRenderer, SourceResults } from '../../engine/index';
import type { Clock, Cluster } from '../../engine/ports';
import { nodeProcesses } from '../../node/nodeProcesses';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import { nodeSourceFiles } from '../../node/sourceFiles';
import { nodeSourceTools } from '../../node/sourceTools';
import type { Target } from '../../shared/plan';
import { ProblemError } from '../../shared/problem';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';
import { loadKube } from '../rooms';
import { settings } from '../settings';

export interface SourcePlace {
  readonly cluster: Cluster;
  readonly target: Target;
}

/**
 * Renders the charts and bases of one open workflow, for a plan or because a person asks for it: opening and editing a file
 * start nothing. The document keeps what came of it.
 */
export class WorkflowSources {
  readonly #open: WorkflowDocument;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #environment: () => Promise<ProcessEnvironment>;
  #renderer: Promise<SourceRenderer> | undefined;

  constructor(options: { open: WorkflowDocument; engine: Engine; clock: Clock; environment: () => Promise<ProcessEnvironment> }) {
    this.#open = options.open;
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#environment = options.environment;
  }

  /** Whether the workflow has a chart or base at all. */
  get areThere(): boolean {
    const { workflow, loaded } = this.#open.state;
    const rendered = new Set(loaded.catalog.kinds.flatMap((kind) => (kind.renderedBy === undefined ? [] : [kind.type])));
    return workflow.nodes.some((node) => rendered.has(node.type));
  }

  /** Renders all of them for a target, or without one. What went wrong is among the problems of the document. */
  async render(place: SourcePlace | undefined, signal?: AbortSignal): Promise<SourceResults> {
    if (!this.areThere) return this.#open.state.sources;
    const { workflow, loaded, sources: before } = this.#open.state;
    const environment = place?.target.environment;
    const renderer = await (this.#renderer ??= this.#makeRenderer());
    const sources = await renderer.render(
      {
        workflow,
        loaded,
        namespace: place?.target.namespace ?? this.#engine.namespaceOf(workflow, undefined),
        ...(environment === undefined ? {} : { environment }),
        ...(place === undefined ? {} : { capabilities: await this.#engine.capabilitiesOf(place.cluster, signal) }),
        ...(signal === undefined ? {} : { signal }),
      },
      before,
    );
    this.#open.setSources(sources);
    return sources;
  }

  /** The same for a plan, which is of nothing that could not be rendered. */
  async renderForPlan(place: SourcePlace): Promise<SourceResults> {
    return withoutErrors(await this.render(place));
  }

  /** For files that other tools apply: of an environment, without a cluster. The document keeps what it had. */
  async renderForExport(environment: string | undefined, signal: AbortSignal): Promise<SourceResults> {
    if (!this.areThere) return this.#open.state.sources;
    const { workflow, loaded, sources: before } = this.#open.state;
    const renderer = await (this.#renderer ??= this.#makeRenderer());
    const namespace = this.#engine.namespaceOf(workflow, environment);
    return withoutErrors(await renderer.render({ workflow, loaded, namespace, ...(environment === undefined ? {} : { environment }), signal }, before));
  }

  async #makeRenderer(): Promise<SourceRenderer> {
    const { cleanLine, redactText } = await loadKube();
    const { folder } = this.#open;
    return new this.#engine.SourceRenderer({
      tools: nodeSourceTools({
        // A folder that is not on this machine has no place that a program could be given.
        isAllowed: () => vscode.workspace.isTrusted && folder.scheme === 'file',
        isRemoteAllowed: () => settings.allowRemoteSources(folder),
        chosen: (program) => (program === 'kubectl' ? undefined : settings[program](folder)),
        environment: this.#environment,
      }),
      files: nodeSourceFiles(folder.fsPath),
      processes: nodeProcesses(this.#clock),
      clock: this.#clock,
      clean: (text, limit) => cleanLine(redactText(text), limit),
    });
  }
}

function withoutErrors(sources: SourceResults): SourceResults {
  const problem = [...sources.values()].flatMap((result) => result.problems).find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new ProblemError(problem);
  return sources;
}
