import * as vscode from 'vscode';
import type { GatePaused, PausedRun, PreparedPlan, RunRequest, SourceResults } from '../../engine/index';
import type { OpenApi } from '../../openapi/index';
import type { Clock, Files, Logger, Secrets } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Plan, PlanAsked, Target } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { Registry, RegistryLogin } from '../../shared/registry';
import { linkText } from '../../shared/derivedLink';
import type { GateDecision, RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import type { RunSnapshot, WorkflowStreamBody } from '../../shared/stream';
import type { Workflow } from '../../shared/workflow';
import type { Connection } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { LiveDocument } from '../live/liveDocument';
import type { Engine } from '../rooms';
import type { WorkflowSources } from '../sources/workflowSources';
import { settings } from '../settings';
import { failureWords, problemWords } from '../words';
import { tellError, tellInformation, tellWarning } from '../messages';
import { whoRuns } from '../../node/whoRuns';
import { endWords } from './endWords';
import { GateDeadlines } from './gateDeadlines';
import { wordsOfAnswer } from './gateQuestions';

interface Shown {
  readonly prepared: PreparedPlan;
  /** The objects that the plan is about, as text: a plan falls when they change, and only then. */
  readonly objects: string;
}

/** How long the text rests before a shown plan is judged by it anew: that renders every object. */
const judgedAfterMs = 300;

/** The plan and the present run of one open workflow. */
export class WorkflowRuns implements Disposable {
  readonly #open: WorkflowDocument;
  readonly #live: LiveDocument;
  readonly #engine: Engine;
  readonly #sources: WorkflowSources;
  readonly #openApi: OpenApi;
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #secrets: Secrets;
  readonly #opened: (hosts: readonly string[]) => Promise<readonly { readonly registry: Registry; readonly login: RegistryLogin }[]>;
  readonly #log: Logger;
  readonly #onChanged: () => void;
  readonly #lifetime = new DisposableList();
  readonly #stream: Emitter<WorkflowStreamBody>;
  readonly #planChanged: Emitter<Plan | null>;
  readonly onStream: Emitter<WorkflowStreamBody>['on'];
  readonly onDidChangePlan: Emitter<Plan | null>['on'];
  #shown: Shown | undefined;
  #judging: Disposable | undefined;
  #events: RunEvent[] = [];
  /** Answers to gates of the run that waits, while others are awaited. */
  #decisions: Readonly<Record<string, GateDecision>> = {};
  #acceptedDigest: string | undefined;
  #running: { readonly runId: string; readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  readonly #deadlines: GateDeadlines;
  /** The run that was carried out in this window: nobody has to be asked whether to go on with it when a gate's time is over. */
  #own: string | undefined;

  constructor(options: {
    open: WorkflowDocument;
    live: LiveDocument;
    engine: Engine;
    sources: WorkflowSources;
    openApi: OpenApi;
    clock: Clock;
    files: Files;
    secrets: Secrets;
    /** The registries of these hosts, with what signs in to them; pull secrets are made of it. */
    opened: (hosts: readonly string[]) => Promise<readonly { readonly registry: Registry; readonly login: RegistryLogin }[]>;
    log: Logger;
    /** A run began or ended. */
    onChanged: () => void;
  }) {
    this.#open = options.open;
    this.#live = options.live;
    this.#engine = options.engine;
    this.#sources = options.sources;
    this.#openApi = options.openApi;
    this.#clock = options.clock;
    this.#files = options.files;
    this.#secrets = options.secrets;
    this.#opened = options.opened;
    this.#log = options.log;
    this.#onChanged = options.onChanged;
    const onError = (error: unknown): void => this.#log.error('A view of runs failed.', error);
    this.#stream = this.#lifetime.add(new Emitter<WorkflowStreamBody>(onError));
    this.#planChanged = this.#lifetime.add(new Emitter<Plan | null>(onError));
    this.onStream = this.#stream.on;
    this.onDidChangePlan = this.#planChanged.on;
    this.#deadlines = this.#lifetime.add(new GateDeadlines(this.#clock, () => void this.#timeIsOver()));
    this.#lifetime.add(
      this.#open.onDidChange(() => {
        this.#judging?.dispose();
        this.#judging = this.#shown === undefined ? undefined : this.#clock.after(judgedAfterMs, () => this.#isOutdated() && this.closePlan());
      }),
    );
    this.#lifetime.add(
      this.#live.onDidChangeTarget((target) => {
        const planned = this.#shown?.prepared.plan.target;
        if (planned !== undefined && target !== null && (target.clusterUid !== planned.clusterUid || target.namespace !== planned.namespace)) this.closePlan();
      }),
    );
  }

  get plan(): Plan | null {
    return this.#shown?.prepared.plan ?? null;
  }

  /** What the plan that is shown was asked for beyond the file. */
  get asked(): PlanAsked {
    return this.#shown?.prepared.asked ?? {};
  }

  /** The run that goes on, or the last one of this window. */
  get snapshot(): RunSnapshot | null {
    const [first] = this.#events;
    return first === undefined ? null : { runId: first.runId, events: this.#events, decisions: this.#decisions };
  }

  get running(): string | undefined {
    return this.#running?.runId;
  }

  /** Whether the plan that is shown makes what the file says, rather than deleting all of it. */
  get isOfDeployment(): boolean {
    return this.#shown?.prepared.asked.purpose !== 'delete';
  }

  /** Asks the cluster what a run would do and shows it. Nothing is changed anywhere. */
  async makePlan(connection: Connection, asked: PlanAsked = {}): Promise<Plan> {
    const { target } = connection;
    const sources = await this.#renderedSources(connection, asked);
    // Read after the charts, which may only now have their objects.
    const objects = this.#objectsText(target);
    const prepared = await this.#planOf(this.#open.state.workflow, sources, connection, asked);
    // The text may have been changed while the cluster was asked: a plan of what no longer stands there is not shown.
    if (objects !== this.#objectsText(target)) throw failure('run.planChanged');
    this.#shown = { prepared, objects };
    this.#planChanged.emit(prepared.plan);
    return prepared.plan;
  }

  /** A plan of a workflow of this file as some text says it, to look at only: fields that others took show as changes. */
  async lookAt(written: Workflow, connection: Connection): Promise<PreparedPlan> {
    return this.#planOf(written, await this.#renderedSources(connection, {}), connection, { takesAll: true });
  }

  #renderedSources(connection: Connection, asked: PlanAsked): Promise<SourceResults> {
    return asked.purpose === 'delete' ? Promise.resolve(new Map()) : this.#sources.renderForPlan(connection);
  }

  async #planOf(written: Workflow, sources: SourceResults, connection: Connection, asked: PlanAsked & { readonly takesAll?: true }): Promise<PreparedPlan> {
    const { target, cluster } = connection;
    const workflow = asked.purpose === 'delete' ? { ...written, nodes: [], edges: [] } : written;
    const { loaded } = this.#open.state;
    const rendered = this.#engine.renderWorkflow({
      workflow,
      loaded,
      namespace: target.namespace,
      sources,
      ...(target.environment === undefined ? {} : { environment: target.environment }),
    });
    const [problem] = rendered.problems;
    if (problem !== undefined) throw failure(problem.code, problem.args);
    const order = this.#engine.applyOrder(rendered.resolved);
    const opened = await this.#opened(this.#engine.imageHosts(rendered.objects));
    return this.#engine.planWorkflow({
      cluster,
      clock: this.#clock,
      workflow: rendered.resolved.workflow,
      target,
      rendered: this.#engine.withPullSecrets(rendered.objects, opened, order),
      order,
      links: rendered.resolved.links,
      secrets: this.#secrets,
      origin: vscode.workspace.asRelativePath(this.#open.document.uri, false),
      openApi: this.#openApi,
      releases: this.#engine.releasesOf(sources),
      watched: true,
      ...asked,
    });
  }

  closePlan(): void {
    if (this.#shown === undefined) return;
    this.#shown = undefined;
    this.#planChanged.emit(null);
  }

  /**
   * Starts a run of the plan that is shown. Resolves with the run's id when the run has begun; what happens then is told by
   * the stream. Ends the connection when the run ends.
   */
  async start(digest: string, connection: Connection): Promise<string> {
    const shown = this.#shown;
    const refuse = (error: Error): never => {
      connection.dispose();
      throw error;
    };
    if (this.#running !== undefined) return refuse(new Error(vscode.l10n.t('A run of this workflow is going on already.')));
    // The text may have changed a moment ago, and the plan still be shown.
    if (shown === undefined || shown.prepared.plan.digest !== digest || this.#isOutdated()) return refuse(failure('run.planChanged'));
    const planned = shown.prepared.plan.target;
    if (planned.clusterUid !== connection.target.clusterUid || planned.namespace !== connection.target.namespace) return refuse(failure('run.planChanged'));
    const runId = this.#engine.newRunId(this.#clock);
    this.#events = [];
    const { prepared } = shown;
    const { workflow } = this.#open.state;
    this.closePlan();
    this.#carryOut(connection, runId, { prepared, workflow, text: this.#open.document.getText(), acceptedDigest: digest, runId });
    this.#acceptedDigest = digest;
    return runId;
  }

  /**
   * Writes down the answer to a gate of a run that waits, and goes on with the run when it was the last that is awaited. Throws when it
   * waits for another place, or for no such answer. Ends the connection, at the latest when the part of the run that follows ends.
   */
  async answer(runId: string, gateId: string, decision: GateDecision, connection: Connection): Promise<void> {
    try {
      const gates = await this.#writeAnswer(runId, gateId, decision, connection);
      if (await this.#readDecisions(runId, gates)) {
        connection.dispose();
        this.#stream.emit({ event_type: 'workflow_sync', data: { nodes: this.#live.statuses, health: this.#live.health, run: this.snapshot } });
        this.#onChanged();
        return;
      }
    } catch (error) {
      connection.dispose();
      throw error;
    }
    await this.resume(runId, connection);
  }

  /** Whether more answers are awaited. Those that were given may come from another process. */
  async #readDecisions(runId: string, gates: readonly GatePaused[]): Promise<boolean> {
    const decisions = await this.#engine.decisionsSoFar(this.#files, this.#clock, { workflow: this.#open.state.workflow.name, runId, gates });
    // When nothing is awaited, the same answer again goes on with a run that could not be gone on with.
    this.#decisions = decisions ?? {};
    this.#deadlines.await(this.waiting?.gates ?? []);
    return decisions !== undefined;
  }

  async #writeAnswer(runId: string, gateId: string, decision: GateDecision, { target, cluster }: Connection): Promise<readonly GatePaused[]> {
    const name = this.#open.state.workflow.name;
    const { gates } = await this.#pausedAt(runId, { target });
    const { user, groups } = await cluster.whoAmI();
    const words = await wordsOfAnswer(
      gates.find((gate) => gate.gateId === gateId),
      decision,
    );
    await this.#engine.resolveGate(this.#files, this.#clock, { workflow: name, runId, gateId }, { decision, decidedBy: user, groups, ...words });
    return gates;
  }

  /** A run that waits for this very place. */
  async #pausedAt(runId: string, { target }: Pick<Connection, 'target'>): Promise<PausedRun> {
    const paused = await this.#engine.readPausedRun(this.#files, this.#open.state.workflow.name, runId);
    const { clusterUid, namespace, label } = paused.started.target;
    if (clusterUid !== target.clusterUid || namespace !== target.namespace)
      throw new Error(vscode.l10n.t('This run waits on {0}, namespace {1}. Select that target first.', label, namespace));
    return paused;
  }

  /** Goes on with a run that waited, as far as it was answered. Ends the connection when this part of it ends. */
  async resume(runId: string, connection: Connection): Promise<void> {
    try {
      if (this.#running !== undefined) throw new Error(vscode.l10n.t('A run of this workflow is going on already.'));
      const resumed = await this.#engine.readPausedRun(this.#files, this.#open.state.workflow.name, runId);
      const { workflow } = this.#engine.parseWorkflow(resumed.text);
      const asked = resumed.started.asked ?? {};
      const prepared = await this.#planOf(workflow, await this.#renderedSources(connection, asked), connection, asked);
      this.#events = [...resumed.events];
      this.#carryOut(connection, runId, { prepared, workflow, text: resumed.text, resumed });
    } catch (error) {
      connection.dispose();
      throw error;
    }
  }

  /** Shows the newest run that waits for an answer, of whatever process asked. */
  async showPaused(): Promise<void> {
    const name = this.#open.state.workflow.name;
    const waiting = (await this.#engine.listRuns(this.#files, name)).find(({ status }) => status === 'paused');
    const journal = waiting === undefined ? undefined : await this.#engine.readJournal(this.#files, name, waiting.runId);
    if (journal === undefined || waiting === undefined || this.#events.length > 0 || this.#lifetime.disposed) return;
    this.#events = [...journal.events];
    await this.#readDecisions(waiting.runId, this.#engine.openGates(journal.events));
    for (const event of journal.events) this.#stream.emit({ event_type: 'run', data: event });
    this.#onChanged();
  }

  #carryOut(
    connection: Connection,
    runId: string,
    what: Pick<RunRequest, 'prepared' | 'workflow' | 'text'> & Partial<Pick<RunRequest, 'acceptedDigest' | 'runId' | 'resumed'>>,
  ): void {
    const controller = new AbortController();
    this.#decisions = {};
    this.#own = runId;
    this.#deadlines.dispose();
    const events = this.#engine.runPlan({
      cluster: connection.cluster,
      clock: this.#clock,
      files: this.#files,
      logger: this.#log,
      secrets: this.#secrets,
      by: whoRuns(),
      triggeredBy: 'manual',
      allow: [],
      wait: true,
      timeoutMs: settings.runTimeoutMs(this.#open.document.uri),
      signal: controller.signal,
      ...what,
    });
    const done = this.#follow(events).finally(() => {
      connection.dispose();
      this.#running = undefined;
      this.#deadlines.await(this.waiting?.gates ?? []);
      this.#onChanged();
    });
    this.#running = { runId, controller, done };
  }

  /**
   * The time of a gate is over. What follows is the file's word, so a run of this window goes on by itself; one that was found in a
   * journal goes on when a person says so, since anybody may have written that.
   */
  async #timeIsOver(): Promise<void> {
    const { waiting } = this;
    if (waiting === undefined || this.#lifetime.disposed) return;
    const { runId, gates } = waiting;
    const now = this.#clock.now();
    const isOver = ({ expiresAt }: GatePaused): boolean => expiresAt !== undefined && Date.parse(expiresAt) <= now;
    // One that is rejected by default ends the run whatever the others say; the others are waited for.
    const ends = gates.some((gate) => isOver(gate) && gate.timeoutAction !== 'approve');
    const left = gates.filter((gate) => !isOver(gate));
    if (!ends && left.length > 0) {
      this.#deadlines.await(left);
      return;
    }
    try {
      if (this.#own !== runId) {
        const go = vscode.l10n.t('Go On');
        if ((await tellWarning(vscode.l10n.t('The time to answer run {0} is over.', runId), go)) !== go || this.waiting?.runId !== runId) return;
      }
      const connection = await this.#live.connect();
      if (connection === undefined) throw new Error(vscode.l10n.t('Select the target of run {0} to go on with it.', runId));
      try {
        await this.#pausedAt(runId, connection);
      } catch (error) {
        connection.dispose();
        throw error;
      }
      await this.resume(runId, connection);
    } catch (error) {
      this.#log.warn(`Run ${runId} could not go on after a gate's time. ${failureWords(error)}`);
      void tellError(vscode.l10n.t('The time to answer run {0} is over, and it could not go on: {1}', runId, failureWords(error)));
    }
  }

  /** Whether a run of the plan with this digest was the last one started here. */
  wasAccepted(digest: string): boolean {
    return this.#acceptedDigest === digest;
  }

  /** Shows the run that goes on in `earlier`, whose document was closed meanwhile, as its own. `earlier` still ends it. */
  takeOver(earlier: WorkflowRuns): void {
    const running = earlier.#running;
    if (running === undefined) return;
    this.#events = earlier.#events;
    this.#decisions = earlier.#decisions;
    this.#running = running;
    this.#own = running.runId;
    const following = this.#lifetime.add(earlier.onStream((body) => this.#stream.emit(body)));
    void running.done.finally(() => {
      following.dispose();
      if (this.#running === running) this.#running = undefined;
      this.#deadlines.await(this.waiting?.gates ?? []);
    });
  }

  /** Stops a run that goes on; ends one that waits for answers. */
  async cancel(runId: string): Promise<void> {
    if (this.#running?.runId === runId) this.#running.controller.abort(new vscode.CancellationError());
    else {
      const paused = await this.#engine.readPausedRun(this.#files, this.#open.state.workflow.name, runId);
      const event = await this.#engine.cancelPausedRun(this.#files, this.#clock, paused);
      if (this.#events.at(-1)?.runId === runId) this.#events.push(event);
      this.#deadlines.dispose();
      this.#stream.emit({ event_type: 'run', data: event });
      this.#onChanged();
    }
  }

  /** The run that waits for answers here, with its open gates. */
  get waiting(): { readonly runId: string; readonly gates: readonly GatePaused[] } | undefined {
    const last = this.#events.at(-1);
    if (this.#running !== undefined || last?.type !== 'run:paused') return undefined;
    return { runId: last.runId, gates: this.#engine.openGates(this.#events).filter(({ gateId }) => !Object.hasOwn(this.#decisions, gateId)) };
  }

  cancelAll(): void {
    this.#running?.controller.abort(new vscode.CancellationError());
  }

  /** Resolves when no run goes on any more and its journal is complete. */
  async ended(): Promise<void> {
    await this.#running?.done;
  }

  dispose(): void {
    this.cancelAll();
    this.#lifetime.dispose();
  }

  async #follow(events: AsyncIterable<RunEvent>): Promise<void> {
    try {
      for await (const event of events) {
        this.#events.push(event);
        this.#stream.emit({ event_type: 'run', data: event });
        if (event.type === 'run:started') this.#onChanged();
        if (event.type === 'run:linked') for (const link of event.links) this.#log.info(linkText(link));
        if (isTerminal(event)) this.#tellEnd(event);
      }
    } catch (error) {
      // A run tells its own failures as events; what arrives here is a fault of ours, which must not pass in silence.
      this.#log.error('A run could not be followed to its end.', error);
      void tellError(vscode.l10n.t('The run could not be followed: {0}', failureWords(error)));
    }
  }

  #tellEnd(event: RunEvent): void {
    const { name } = this.#open.state.workflow;
    this.#stream.emit({ event_type: 'complete', data: { runId: event.runId, status: event.type.slice('run:'.length) } });
    const openCanvas = vscode.l10n.t('Open');
    const showOutput = vscode.l10n.t('Show Output');
    const act = async (picked: Thenable<string | undefined>): Promise<void> => {
      const action = await picked;
      if (action === openCanvas) await vscode.commands.executeCommand('vscode.openWith', this.#open.document.uri, 'kubeorch.canvas');
      if (action === showOutput) await vscode.commands.executeCommand('kubeorch.showOutput');
    };
    if (event.type === 'run:completed') {
      const { text, isPart } = endWords(name, event, this.#events);
      void act((isPart ? tellWarning : tellInformation)(text, openCanvas));
    } else if (event.type === 'run:failed') {
      this.#log.warn(problemWords(event.problem));
      void act(tellError(vscode.l10n.t("Workflow failed: '{0}' failed to deploy. {1}", name, problemWords(event.problem)), openCanvas, showOutput));
    }
  }

  /** Whether the text no longer makes the objects that the shown plan is about. */
  #isOutdated(): boolean {
    return this.#shown !== undefined && this.#shown.objects !== this.#objectsText(this.#shown.prepared.plan.target);
  }

  #objectsText({ environment, namespace }: Target): string {
    const { workflow, loaded, sources } = this.#open.state;
    if (environment !== undefined && !Object.hasOwn(workflow.environments, environment)) return '';
    const { objects } = this.#engine.renderWorkflow({ workflow, loaded, namespace, sources, ...(environment === undefined ? {} : { environment }) });
    // The order of waves follows from the edges, which do not all leave a trace in the objects.
    // A chart's own fields show in its objects only when it is rendered again.
    const inputs = workflow.nodes.filter((node) => sources.has(node.id)).map((node) => this.#engine.sourceInputText(node));
    return JSON.stringify([objects.map(({ nodeId, object, secretKeys }) => [nodeId, object, secretKeys]), workflow.edges, inputs]);
  }
}
