import * as vscode from 'vscode';
import type { PreparedPlan, SourceResults } from '../../engine/index';
import type { OpenApi } from '../../openapi/index';
import type { Clock, Logger, Secrets } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Plan, PlanAsked, Target } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { Registry, RegistryLogin } from '../../shared/registry';
import type { Workflow } from '../../shared/workflow';
import { isSamePlace } from '../clusters/samePlace';
import type { Connection } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { LiveDocument } from '../live/liveDocument';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import type { WorkflowSources } from '../sources/workflowSources';

interface Shown {
  readonly prepared: PreparedPlan;
  /** The objects that the plan is about, as text: a plan falls when they change, and only then. */
  readonly objects: string;
}

/** How long the text rests before a shown plan is judged by it anew: that renders every object. */
const judgedAfterMs = 300;

interface PlanParts {
  readonly open: WorkflowDocument;
  readonly live: Pick<LiveDocument, 'onDidChangeTarget'>;
  readonly engine: Engine;
  readonly sources: WorkflowSources;
  readonly openApi: OpenApi;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** The registries of these hosts, with what signs in to them; pull secrets are made of it. */
  readonly opened: (hosts: readonly string[]) => Promise<readonly { readonly registry: Registry; readonly login: RegistryLogin }[]>;
  readonly log: Logger;
}

/** The plans of one open workflow, and the one that its canvases show. */
export class WorkflowPlans implements Disposable {
  readonly #parts: PlanParts;
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<Plan | null>;
  readonly onDidChange: Emitter<Plan | null>['on'];
  #shown: Shown | undefined;
  #judging: Disposable | undefined;

  constructor(parts: PlanParts) {
    const { open, live, clock, log } = parts;
    this.#parts = parts;
    this.#changed = this.#lifetime.add(new Emitter<Plan | null>((error) => log.error('A view of plans failed.', error)));
    this.onDidChange = this.#changed.on;
    this.#lifetime.add(
      open.onDidChange(() => {
        this.#judging?.dispose();
        this.#judging = this.#shown === undefined ? undefined : clock.after(judgedAfterMs, () => this.#isOutdated() && this.close());
      }),
    );
    this.#lifetime.add(
      live.onDidChangeTarget((target) => {
        const planned = this.#shown?.prepared.plan.target;
        if (planned !== undefined && target !== null && !isSamePlace(target, planned)) this.close();
      }),
    );
  }

  /** The plan that is shown. */
  get shown(): Plan | null {
    return this.#shown?.prepared.plan ?? null;
  }

  /** What the plan that is shown was asked for beyond the file. */
  get asked(): PlanAsked {
    return this.#shown?.prepared.asked ?? {};
  }

  /** Whether the plan that is shown makes what the file says, rather than deleting all of it. */
  get isOfDeployment(): boolean {
    return this.#shown?.prepared.asked.purpose !== 'delete';
  }

  /** Asks the cluster what a run would do and shows it. Nothing is changed anywhere. */
  async make(connection: Connection, asked: PlanAsked = {}): Promise<Plan> {
    const { target } = connection;
    const sources = await this.#renderedSources(connection, asked);
    // Read after the charts, which may only now have their objects.
    const objects = this.#objectsText(target);
    const prepared = await this.#planOf(this.#parts.open.state.workflow, sources, connection, asked);
    // The text may have been changed while the cluster was asked: a plan of what no longer stands there is not shown.
    if (objects !== this.#objectsText(target)) throw failure('run.planChanged');
    this.#shown = { prepared, objects };
    this.#changed.emit(prepared.plan);
    return prepared.plan;
  }

  /** A plan of a workflow of this file as some text says it, to look at only: fields that others took show as changes. */
  async lookAt(written: Workflow, connection: Connection): Promise<PreparedPlan> {
    return this.#planOf(written, await this.#renderedSources(connection, {}), connection, { takesAll: true });
  }

  /** A plan of what a text says, asked for as an earlier one was, to go on with its run. */
  async again(written: Workflow, connection: Connection, asked: PlanAsked): Promise<PreparedPlan> {
    return this.#planOf(written, await this.#renderedSources(connection, asked), connection, asked);
  }

  #renderedSources(connection: Connection, asked: PlanAsked): Promise<SourceResults> {
    return asked.purpose === 'delete' ? Promise.resolve(new Map()) : this.#parts.sources.renderForPlan(connection);
  }

  async #planOf(written: Workflow, sources: SourceResults, connection: Connection, asked: PlanAsked & { readonly takesAll?: true }): Promise<PreparedPlan> {
    const { target, cluster } = connection;
    const workflow = asked.purpose === 'delete' ? { ...written, nodes: [], edges: [] } : written;
    const { engine, open, clock, secrets, openApi } = this.#parts;
    const { loaded } = open.state;
    const rendered = engine.renderWorkflow({
      workflow,
      loaded,
      namespace: target.namespace,
      sources,
      ...(target.environment === undefined ? {} : { environment: target.environment }),
    });
    const [problem] = rendered.problems;
    if (problem !== undefined) throw failure(problem.code, problem.args);
    const order = engine.applyOrder(rendered.resolved);
    const opened = await this.#parts.opened(engine.imageHosts(rendered.objects));
    return engine.planWorkflow({
      cluster,
      clock,
      workflow: rendered.resolved.workflow,
      target,
      rendered: engine.withPullSecrets(rendered.objects, opened, order),
      order,
      links: rendered.resolved.links,
      secrets,
      origin: vscode.workspace.asRelativePath(open.document.uri, false),
      openApi,
      releases: engine.releasesOf(sources),
      sources,
      watched: true,
      prices: settings.prices(open.document.uri),
      ...asked,
    });
  }

  close(): void {
    if (this.#shown === undefined) return;
    this.#shown = undefined;
    this.#changed.emit(null);
  }

  /** The plan that is shown, when it has this digest, is of this place and of what the text still says. */
  accepted(digest: string, target: Target): PreparedPlan | undefined {
    const prepared = this.#shown?.prepared;
    // The text may have changed a moment ago, and the plan still be shown.
    return prepared?.plan.digest === digest && isSamePlace(prepared.plan.target, target) && !this.#isOutdated() ? prepared : undefined;
  }

  dispose(): void {
    this.#judging?.dispose();
    this.#lifetime.dispose();
  }

  /** Whether the text no longer makes the objects that the shown plan is about. */
  #isOutdated(): boolean {
    return this.#shown !== undefined && this.#shown.objects !== this.#objectsText(this.#shown.prepared.plan.target);
  }

  #objectsText({ environment, namespace }: Target): string {
    const { engine, open } = this.#parts;
    const { workflow, loaded, sources } = open.state;
    if (environment !== undefined && !Object.hasOwn(workflow.environments, environment)) return '';
    const { objects } = engine.renderWorkflow({ workflow, loaded, namespace, sources, ...(environment === undefined ? {} : { environment }) });
    // The order of waves follows from the edges, which do not all leave a trace in the objects.
    // A chart's own fields show in its objects only when it is rendered again.
    const inputs = workflow.nodes.filter((node) => sources.has(node.id)).map((node) => engine.sourceInputText(node));
    return JSON.stringify([objects.map(({ nodeId, object, secretKeys }) => [nodeId, object, secretKeys]), workflow.edges, inputs]);
  }
}
