import type { CatalogKind } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import { jsonObject } from '../../shared/json';
import type { Problem, ProblemCode } from '../../shared/problem';
import { failure, ProblemError } from '../../shared/problem';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { textField } from '../../shared/workflow';
import type { LoadedCatalog } from '../catalog';
import { canonicalJson } from '../digest';
import { workflowForEnvironment } from '../environment';
import { withDefaults } from '../kinds/defaults';
import { limited } from '../limited';
import type { Clock, Processes, SourceFiles, SourceTools } from '../ports';
import { resolveWorkflow } from '../relations';
import type { SourceChild, SourceObjects } from './sourceObjects';
import { sourceObjects } from './sourceObjects';
import type { ToolRun } from './toolRuns';
import { helmRun, kustomizeRun } from './toolRuns';
import { sourceSpec } from './sourceSpec';

/** What the charts of a workflow are told of the cluster they are rendered for. */
export interface Capabilities {
  readonly kubeVersion: string;
  /** `apps/v1` and `apps/v1/Deployment`. */
  readonly apiVersions: readonly string[];
}

/** The last rendering of one node. */
export interface SourceResult {
  /** In the order in which they are applied. Those of an earlier rendering while the present one fails. */
  readonly children: readonly SourceChild[];
  /** Each names its node; an error says why there is nothing newer. */
  readonly problems: readonly Problem[];
  /** Milliseconds since the epoch. */
  readonly renderedAtMs: number;
  /** The node as it was rendered; another one now means that the children are out of date. */
  readonly inputs: string;
  /** `helm` or `kustomize`. */
  readonly tool: string;
  readonly releaseName?: string;
  readonly adopt: boolean;
}

/** By node id. */
export type SourceResults = ReadonlyMap<string, SourceResult>;

/** What of this machine rendering needs. */
export interface SourceParts {
  readonly tools: SourceTools;
  readonly files: SourceFiles;
  readonly processes: Processes;
  readonly clock: Clock;
  /** One line of a program's words that may be shown: no escapes, nothing secret, and not too long. */
  readonly clean: (text: string, limit: number) => string;
}

export interface SourcesRequest {
  readonly workflow: Workflow;
  readonly loaded: LoadedCatalog;
  readonly namespace: string | undefined;
  readonly environment?: string;
  readonly capabilities?: Capabilities;
  readonly signal?: AbortSignal;
}

/** How many programs render at once: each takes a processor for itself. */
const parallelRuns = 2;
/** Renderings that are kept, so that switching between two targets starts nothing. */
const maxKept = 64;

/**
 * Renders the charts and bases of workflows by the programs of this machine. A rendering whose files, values and programs are
 * those of one that is kept starts nothing. It lives as long as what it is asked for.
 */
export class SourceRenderer {
  readonly #parts: SourceParts;
  readonly #kept = new Map<string, SourceObjects>();

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /** A result for every node of the workflow that a program renders, `before` giving what is shown of those that fail. Throws only when cancelled. */
  async render(request: SourcesRequest, before: SourceResults = new Map()): Promise<SourceResults> {
    const workflow = workflowForEnvironment(request.workflow, request.environment);
    const resolved = resolveWorkflow(workflow, request.loaded.catalog);
    const tasks = workflow.nodes.flatMap((node) => {
      const kind = kindOf(request.loaded.catalog, node.type);
      const tool = kind?.renderedBy;
      if (kind === undefined || tool === undefined) return [];
      const inputs = sourceInputText(node);
      return [async () => [node.id, await this.#result(kind, tool, { ...node, data: resolved.data(node.id) }, inputs, request, before.get(node.id))] as const];
    });
    return new Map(await limited(tasks, parallelRuns));
  }

  async #result(
    kind: CatalogKind,
    tool: 'helm' | 'kustomize',
    node: WorkflowNode,
    inputs: string,
    request: SourcesRequest,
    before: SourceResult | undefined,
  ): Promise<SourceResult> {
    const { clock } = this.#parts;
    const problems: Problem[] = [];
    const tell = (
      code: ProblemCode,
      args: Readonly<Record<string, string>>,
      severity: Problem['severity'],
      path: Problem['path'] = [tool === 'helm' ? 'chart' : 'path'],
    ): void => {
      problems.push({ code, args, severity, nodeId: node.id, path: path ?? [] });
    };
    const failed = {
      children: before?.children ?? [],
      problems,
      renderedAtMs: before?.renderedAtMs ?? clock.now(),
      inputs: before?.inputs ?? '',
      tool,
      adopt: false,
    };
    const reading = sourceSpec(tool, node, withDefaults(kind.fields, node.data));
    if (!reading.ok) {
      for (const { code, args, path } of reading.faults) tell(code, args, 'error', [...path]);
      return failed;
    }
    const { spec } = reading;
    try {
      // Before anything of this machine is looked at: nothing starts in a workspace that is not trusted.
      if (!this.#parts.tools.isAllowed()) throw failure('source.untrusted', { id: node.id, tool });
      const namespace = textField(node, 'namespace') ?? request.namespace ?? 'default';
      const about = { id: node.id, namespace, ...(request.capabilities === undefined ? {} : { capabilities: request.capabilities }) };
      const run = spec.tool === 'helm' ? await helmRun(this.#parts, spec, about, request.signal) : await kustomizeRun(this.#parts, spec, about, request.signal);
      const made = await this.#objects(run, node.id, request.signal);
      if (made.children.length === 0) tell('source.nothing', { tool, id: node.id }, 'warning');
      if (made.hooks.length > 0) tell('source.hooks', { id: node.id, names: listed(made.hooks) }, 'warning');
      if (made.tests.length > 0) tell('source.tests', { id: node.id, names: listed(made.tests) }, 'info');
      const { asksCluster, makesUp } = run.inputs;
      if (asksCluster.length > 0) tell('source.asksCluster', { id: node.id, files: listed(asksCluster) }, 'warning');
      if (makesUp.size > 0) {
        const files = [...new Set([...makesUp.values()].flat())];
        tell('source.makesUp', { id: node.id, names: listed([...makesUp.keys()]), files: listed(files) }, 'warning');
      }
      return {
        children: made.children,
        problems,
        renderedAtMs: clock.now(),
        inputs,
        tool,
        adopt: spec.tool === 'helm' && spec.adopt,
        ...(spec.tool === 'helm' ? { releaseName: spec.releaseName } : {}),
      };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof ProblemError)) throw error;
      const { code, args } = error.problem;
      tell(code, args, 'error');
      return failed;
    }
  }

  async #objects(run: ToolRun, id: string, signal: AbortSignal | undefined): Promise<SourceObjects> {
    const kept = this.#kept.get(run.digest);
    if (kept !== undefined) return kept;
    const output = await run.start();
    let made: SourceObjects;
    try {
      made = await sourceObjects(output, this.#parts.clock, signal);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      throw failure('source.output', { tool: run.shownTool, id, detail: this.#parts.clean(error.message, 512) }, { cause: error });
    }
    this.#kept.set(run.digest, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}

/** What of a node decides what is rendered, as text. */
export function sourceInputText(node: WorkflowNode): string {
  const { labels: _labels, annotations: _annotations, options: _options, ...data } = node.data;
  return canonicalJson(jsonObject(Object.entries(data)));
}

const maxListed = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(', ');
  return names.length > maxListed ? `${shown}, … (${names.length})` : shown;
}
