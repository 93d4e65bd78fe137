import * as vscode from 'vscode';
import type { JudgedCheck, LiveWorkflow, PodInfo, RenderedObject, Steps } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import type { DiagnosisSnapshot } from '../../shared/diagnosis';
import { noDiagnosis } from '../../shared/diagnosis';
import type { Disposable } from '../../shared/disposables';
import { DisposableList, disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { ObjectRef } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { Problem, ProblemError } from '../../shared/problem';
import type { StreamHealth, WorkflowStreamBody } from '../../shared/stream';
import type { Connection, Targets } from '../clusters/targets';
import { choiceName } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import { leadsTo, noStatuses, placeText, staleSince } from './earlierStatuses';
import { DocumentRenderer, FollowedWorkflow, objectsFromInventory } from './followedWorkflow';

/** Waits between attempts to reach a cluster that did not answer; the last one goes on for as long as a view is open. */
const retryDelaysMs = [5000, 10_000, 20_000, 40_000, 60_000];
/** A namespace or context that is being typed leads somewhere only when the typing pauses. */
const typingDelayMs = 500;

/**
 * What is live of one open workflow on its present target, shared by all views of it. Watches run while a view is open;
 * a view starts the sandbox where it is the target, but one that was stopped on purpose stays stopped until it is needed.
 */
export class LiveDocument implements Disposable {
  readonly #open: WorkflowDocument;
  readonly #engine: Engine;
  readonly #renderer: DocumentRenderer;
  readonly #targets: Targets;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #files: Files;
  readonly #lifetime = new DisposableList();
  readonly #stream: Emitter<WorkflowStreamBody>;
  readonly #targetChanged: Emitter<Target | null>;
  readonly #podsChanged: Emitter<void>;
  readonly #diagnosed: Emitter<void>;
  readonly onStream: Emitter<WorkflowStreamBody>['on'];
  readonly onDidChangeTarget: Emitter<Target | null>['on'];
  /** After any change of statuses, for those who follow pods. */
  readonly onPatch: Emitter<void>['on'];
  /** After any change of what is known of edges. */
  readonly onDiagnosis: Emitter<void>['on'];
  #following: FollowedWorkflow | undefined;
  #holders = 0;
  /** Raised with every change of mind, so that an answer that comes late is recognised and let go. */
  #generation = 0;
  #error: string | undefined;
  /** What was last seen of a cluster that cannot be reached now, here or by runs; each status is stale. */
  #lastKnown: Readonly<Record<string, NodeStatus>> = noStatuses;
  /** Attempts to connect that are under way: one that was given up may still be, while the next one has begun. */
  #connecting = 0;
  /** The sandbox was started or stopped while an attempt was under way. */
  #sandboxMoved = false;
  /** Ends when the present attempt has come to something. */
  #followed: Promise<void> = Promise.resolve();
  #attempts = 0;
  #retry: Disposable | undefined;
  /** The part of the text that the last attempt depended on. */
  #place: string | undefined;
  #typing: Disposable | undefined;
  #disposed = false;

  constructor(options: {
    open: WorkflowDocument;
    engine: Engine;
    targets: Targets;
    clock: Clock;
    log: Logger;
    /** The project's folder, where the journals are. */
    files: Files;
    onSandboxesChanged: (listener: (folder: vscode.Uri) => void) => Disposable;
  }) {
    this.#open = options.open;
    this.#engine = options.engine;
    this.#renderer = new DocumentRenderer(options.open, options.engine);
    this.#targets = options.targets;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#files = options.files;
    const onError = (error: unknown): void => this.#log.error('A view of live statuses failed.', error);
    this.#stream = this.#lifetime.add(new Emitter<WorkflowStreamBody>(onError));
    this.#targetChanged = this.#lifetime.add(new Emitter<Target | null>(onError));
    this.#podsChanged = this.#lifetime.add(new Emitter<void>(onError));
    this.#diagnosed = this.#lifetime.add(new Emitter<void>(onError));
    this.onDiagnosis = this.#diagnosed.on;
    this.onStream = this.#stream.on;
    this.onDidChangeTarget = this.#targetChanged.on;
    this.onPatch = this.#podsChanged.on;
    this.#lifetime.add(this.#open.onDidChange(() => this.#textChanged()));
    this.#lifetime.add(
      this.#targets.onDidChange((folder) => {
        if (folder.toString() !== this.#open.folder.toString()) return;
        this.#restart(true);
        // Another choice is news before it leads anywhere, and may never do.
        this.#targetChanged.emit(this.target);
      }),
    );
    this.#lifetime.add(
      this.#targets.onDidReconnect(() => {
        if (this.#following === undefined && this.#connecting === 0 && this.#holders > 0) this.#restart(true, this.#lastKnown);
      }),
    );
    this.#lifetime.add(
      options.onSandboxesChanged((folder) => {
        if (folder.toString() === this.#open.folder.toString() && this.#targets.choiceFor(folder)?.type === 'sandbox') this.#sandboxChanged();
      }),
    );
    this.#lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#restart(true)));
  }

  get target(): Target | null {
    return this.#following?.connection.target ?? null;
  }

  /** The name of what was chosen, whether it can be reached or not; null when nothing was. */
  get chosen(): string | null {
    const choice = this.#targets.choiceFor(this.#open.folder);
    return choice === undefined ? null : choiceName(choice);
  }

  /** What is followed now: the cluster, its objects, and what the present text makes. */
  get followed():
    | { readonly cluster: Connection['cluster']; readonly target: Target; readonly live: LiveWorkflow; readonly rendered: readonly RenderedObject[] }
    | undefined {
    if (this.#following === undefined) return undefined;
    const { connection, live, rendered } = this.#following;
    return { cluster: connection.cluster, target: connection.target, live, rendered };
  }

  get statuses(): Readonly<Record<string, NodeStatus>> {
    return this.#following?.live.snapshot().nodes ?? this.#lastKnown;
  }

  get health(): StreamHealth {
    if (this.#following !== undefined) return this.#following.live.snapshot().health;
    const times = Object.values(this.#lastKnown).flatMap(({ staleSince }) => staleSince ?? []);
    const staleSince = times.toSorted().at(-1);
    return { connected: false, ...(this.#error === undefined ? {} : { error: this.#error }), ...(staleSince === undefined ? {} : { staleSince }) };
  }

  /** What is known of edges and nodes. */
  get diagnosis(): DiagnosisSnapshot {
    return this.#following?.diagnostics.snapshot() ?? noDiagnosis;
  }

  /** The objects of the present text for the present target. Nodes that cannot be rendered have none. */
  objects(): readonly RenderedObject[] {
    return this.#following?.objects() ?? this.#renderer.render(null, []).objects;
  }

  /** What is known of a node hop by hop, with what mends it. */
  checksOf(nodeId: string): readonly JudgedCheck[] {
    return this.#following?.diagnostics.checksOf(nodeId) ?? [];
  }

  /** Every finding that an edit of the file would mend. */
  mendable(): readonly JudgedCheck[] {
    return this.#following?.diagnostics.mendable() ?? [];
  }

  /** Fields of the present text that the cluster changes for nobody, by the objects that it has; none while none is followed. */
  *replacements(): Steps<readonly Problem[]> {
    return this.#following === undefined ? [] : yield* this.#following.replacements();
  }

  /** A person wants it tried again now: the next attempt of whatever waits comes at once, and a sandbox that has ended is started. */
  reconnect(): void {
    const following = this.#following;
    following?.connection.cluster.retryNow();
    if (this.#connecting > 0 || this.#holders === 0) return;
    if (following === undefined) this.#restart(true, this.#lastKnown);
    // A new one has another address, which no watch of the old one would ever ask.
    else if (following.connection.target.sandbox) this.#followed = this.#follow(++this.#generation, true);
  }

  /** The verdict on each object of a node; none while nothing is followed. */
  objectStatusesOf(nodeId: string): readonly { readonly ref: ObjectRef; readonly status: NodeStatus }[] {
    return this.#following?.live.objectStatusesOf(nodeId) ?? [];
  }

  podsOf(nodeId: string): readonly PodInfo[] {
    return this.#following?.live.podsOf(nodeId) ?? [];
  }

  statusOf(nodeId: string): NodeStatus | undefined {
    if (this.#following !== undefined) return this.#following.live.statusOf(nodeId);
    return Object.hasOwn(this.#lastKnown, nodeId) ? this.#lastKnown[nodeId] : undefined;
  }

  /** While held, statuses are followed. */
  hold(): Disposable {
    this.#holders++;
    if (this.#holders === 1) this.#restart(true);
    return disposable(() => {
      this.#holders--;
      if (this.#holders === 0) this.#stop();
    });
  }

  /**
   * The cluster of the present choice, for a plan, a run, logs or a terminal; the sandbox is started for it. The caller ends
   * what it gets. Undefined when nothing is chosen.
   */
  async connect(signal?: AbortSignal): Promise<Connection | undefined> {
    const choice = this.#targets.choiceFor(this.#open.folder);
    if (choice === undefined) return undefined;
    const connection = await this.#targets.connect(choice, this.#open.state.workflow, this.#open.folder, true, signal);
    if (connection === undefined || this.#holders === 0) return connection;
    await this.#attempt();
    const followed = this.#following?.connection;
    if (followed?.cluster !== connection.cluster || followed.target.namespace !== connection.target.namespace) {
      // What is watched is not what will be acted on (the sandbox was just started, a cluster is back): follow the same one.
      this.#retry?.dispose();
      this.#followed = this.#follow(++this.#generation, false);
      await this.#attempt();
    }
    return connection;
  }

  /** Resolves when every watch has told what exists, nothing can be followed, or the signal is aborted. */
  async settled(signal?: AbortSignal): Promise<void> {
    await this.#attempt();
    await Promise.all([this.#following?.live.settled(signal), this.#following?.diagnostics.settled(signal)]);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stop();
    this.#lifetime.dispose();
  }

  /** Waits for the attempt to connect that is under way, if one is. */
  async #attempt(): Promise<void> {
    for (let last: Promise<void> | undefined; last !== this.#followed;) {
      last = this.#followed;
      await last;
    }
  }

  /** With `start`, a chosen sandbox is started: someone opened a view of it. Without, a stopped one stays stopped. `seen` is shown meanwhile. */
  #restart(start: boolean, seen = noStatuses): void {
    this.#stop(seen);
    if (this.#holders > 0 && !this.#disposed) this.#followed = this.#follow(this.#generation, start);
  }

  /** The sandbox was started or stopped, perhaps by this very object while it connects. */
  #sandboxChanged(): void {
    if (this.#connecting > 0) this.#sandboxMoved = true;
    else this.#restart(false, staleSince(this.#clock.now(), this.statuses));
  }

  #textChanged(): void {
    this.#following?.show();
    this.#typing?.dispose();
    this.#typing = this.#clock.after(typingDelayMs, () => {
      // A text that is broken for the moment names no other place.
      if (this.#holders === 0 || this.#place === undefined || this.#open.state.parsed.broken) return;
      const choice = this.#targets.choiceFor(this.#open.folder);
      if (choice !== undefined && this.#place !== placeText(choice, this.#open.state.workflow)) this.#restart(false);
    });
  }

  #stop(seen = noStatuses): void {
    this.#generation++;
    this.#attempts = 0;
    this.#retry?.dispose();
    this.#typing?.dispose();
    const following = this.#following;
    const wasTold = following !== undefined || this.#error !== undefined;
    this.#following = undefined;
    this.#error = undefined;
    this.#lastKnown = seen;
    this.#place = undefined;
    following?.dispose();
    if (following !== undefined) this.#open.setClusterDocuments([]);
    if (following !== undefined) this.#targetChanged.emit(null);
    if (wasTold) this.#stream.emit({ event_type: 'workflow_sync', data: { nodes: this.statuses, health: this.health, diagnosis: noDiagnosis } });
    if (following !== undefined) this.#diagnosed.emit();
  }

  /** Tells why there is nothing to follow, once per reason, and tries a cluster that failed again: it may come back. */
  #failed(error: unknown, generation: number): void {
    this.#explain(failureWords(error), generation);
    if (this.#disposed || !(error instanceof Error && 'problem' in error && (error as ProblemError).problem.code.startsWith('cluster.'))) return;
    const delayMs = retryDelaysMs[Math.min(this.#attempts++, retryDelaysMs.length - 1)] ?? 0;
    this.#retry = this.#clock.after(delayMs, () => {
      this.#followed = this.#follow(generation, false);
    });
  }

  #explain(message: string, generation: number): void {
    if (message === this.#error) return;
    this.#error = message;
    this.#log.warn(message);
    this.#stream.emit({ event_type: 'error', data: { message, health: this.health } });
    if (this.#lastKnown === noStatuses) void this.#remember(generation);
  }

  /** Shows what runs last saw of the chosen cluster, while it cannot be reached and nothing newer is known. */
  async #remember(generation: number): Promise<void> {
    const choice = this.#targets.choiceFor(this.#open.folder);
    if (choice === undefined) return;
    const { workflow } = this.#open.state;
    try {
      const known = await this.#engine.lastKnownStatuses(this.#files, workflow.name, (target) => leadsTo(choice, workflow, target));
      if (generation !== this.#generation || this.#following !== undefined || this.#disposed) return;
      const ids = new Set(workflow.nodes.map((node) => node.id));
      const present = Object.entries(known).filter(([nodeId]) => ids.has(nodeId));
      if (present.length === 0) return;
      this.#lastKnown = Object.fromEntries(present);
      this.#stream.emit({ event_type: 'workflow_sync', data: { nodes: this.statuses, health: this.health } });
    } catch (error) {
      this.#log.warn(`What earlier runs saw could not be read. ${failureWords(error)}`);
    }
  }

  async #follow(generation: number, start: boolean): Promise<void> {
    const choice = this.#targets.choiceFor(this.#open.folder);
    if (choice === undefined) return;
    let connection: Connection | undefined;
    this.#connecting++;
    try {
      let startIt = start;
      do {
        this.#sandboxMoved = false;
        const earlier = connection;
        try {
          this.#place = placeText(choice, this.#open.state.workflow);
          connection = await this.#targets.connect(choice, this.#open.state.workflow, this.#open.folder, startIt);
        } finally {
          earlier?.dispose();
        }
        // A sandbox that was stopped meanwhile must not be started again, and one that was started is another cluster.
        startIt = false;
      } while ((this.#sandboxMoved || connection?.ended.aborted === true) && generation === this.#generation && !this.#disposed);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (this.#following === undefined) this.#failed(error, generation);
      // What is shown stays, and is stale by its own watches.
      else this.#log.warn(failureWords(error));
      return;
    } finally {
      this.#connecting--;
    }
    if (generation !== this.#generation || this.#disposed) {
      connection?.dispose();
      return;
    }
    if (connection === undefined) {
      this.#explain(vscode.l10n.t('The sandbox is not running. Reconnect starts it again.'), generation);
      return;
    }
    const remembered = await objectsFromInventory({ open: this.#open, engine: this.#engine, log: this.#log }, connection);
    if (generation !== this.#generation || this.#disposed) {
      connection.dispose();
      return;
    }
    this.#attempts = 0;
    this.#following?.dispose();
    this.#error = undefined;
    this.#lastKnown = noStatuses;
    const following = new FollowedWorkflow({
      open: this.#open,
      engine: this.#engine,
      renderer: this.#renderer,
      connection,
      remembered,
      clock: this.#clock,
      log: this.#log,
      events: {
        stream: (body) => this.#stream.emit(body),
        podsChanged: () => this.#podsChanged.emit(),
        diagnosed: () => this.#diagnosed.emit(),
      },
    });
    this.#following = following;
    // What was seen belongs to whoever was let in before.
    connection.ended.addEventListener('abort', () => this.#following === following && this.#restart(true));
    this.#targetChanged.emit(connection.target);
    following.show();
    following.tellAll();
  }
}
