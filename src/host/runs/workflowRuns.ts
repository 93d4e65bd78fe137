import * as vscode from 'vscode';
import type { GatePaused, PausedRun, RunRequest } from '../../engine/index';
import type { Clock, Files, Logger, Secrets } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import { failure } from '../../shared/problem';
import { linkText } from '../../shared/derivedLink';
import type { GateDecision, RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import type { RunSnapshot, WorkflowStreamBody } from '../../shared/stream';
import type { Connection } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { LiveDocument } from '../live/liveDocument';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import { failureWords, problemWords } from '../words';
import { tellError, tellInformation, tellWarning } from '../messages';
import { whoRuns } from '../../node/whoRuns';
import { endWords } from './endWords';
import { GateDeadlines } from './gateDeadlines';
import { wordsOfAnswer } from './gateQuestions';
import type { WorkflowPlans } from './workflowPlans';

/** The present run of one open workflow. */
export class WorkflowRuns implements Disposable {
  readonly plans: WorkflowPlans;
  readonly #open: WorkflowDocument;
  readonly #live: LiveDocument;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #secrets: Secrets;
  readonly #log: Logger;
  readonly #onChanged: () => void;
  readonly #lifetime = new DisposableList();
  readonly #stream: Emitter<WorkflowStreamBody>;
  readonly onStream: Emitter<WorkflowStreamBody>['on'];
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
    plans: WorkflowPlans;
    clock: Clock;
    files: Files;
    secrets: Secrets;
    log: Logger;
    /** A run began or ended. */
    onChanged: () => void;
  }) {
    this.#open = options.open;
    this.#live = options.live;
    this.plans = this.#lifetime.add(options.plans);
    this.#engine = options.engine;
    this.#clock = options.clock;
    this.#files = options.files;
    this.#secrets = options.secrets;
    this.#log = options.log;
    this.#onChanged = options.onChanged;
    const onError = (error: unknown): void => this.#log.error('A view of runs failed.', error);
    this.#stream = this.#lifetime.add(new Emitter<WorkflowStreamBody>(onError));
    this.onStream = this.#stream.on;
    this.#deadlines = this.#lifetime.add(new GateDeadlines(this.#clock, () => void this.#timeIsOver()));
  }

  /** The run that goes on, or the last one of this window. */
  get snapshot(): RunSnapshot | null {
    const [first] = this.#events;
    return first === undefined ? null : { runId: first.runId, events: this.#events, decisions: this.#decisions };
  }

  get running(): string | undefined {
    return this.#running?.runId;
  }

  /**
   * Starts a run of the plan that is shown. Resolves with the run's id when the run has begun; what happens then is told by
   * the stream. Ends the connection when the run ends.
   */
  async start(digest: string, connection: Connection): Promise<string> {
    const refuse = (error: Error): never => {
      connection.dispose();
      throw error;
    };
    if (this.#running !== undefined) return refuse(new Error(vscode.l10n.t('A run of this workflow is going on already.')));
    const prepared = this.plans.accepted(digest, connection.target);
    if (prepared === undefined) return refuse(failure('run.planChanged'));
    const runId = this.#engine.newRunId(this.#clock);
    this.#events = [];
    const { workflow } = this.#open.state;
    this.plans.close();
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
      const prepared = await this.plans.again(workflow, connection, asked);
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
}
