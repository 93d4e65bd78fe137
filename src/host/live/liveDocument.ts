import * as vscode from 'vscode';
import type { LivePatch, LiveWorkflow, PodInfo, RenderedObject } from '../../engine/index';
import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList, disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { StreamHealth, WorkflowStreamBody } from '../../shared/stream';
import type { Connection, Targets } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';
import { failureWords } from '../words';

interface Following {
  readonly connection: Connection;
  readonly live: LiveWorkflow;
  readonly lifetime: DisposableList;
}

const nothing: Readonly<Record<string, NodeStatus>> = {};

/**
 * What is live of one open workflow on its present target, shared by all views of it. Watches run while a view is open;
 * a view starts the sandbox where it is the target, but one that was stopped on purpose stays stopped until it is needed.
 */
export class LiveDocument implements Disposable {
  readonly #open: WorkflowDocument;
  readonly #engine: Engine;
  readonly #targets: Targets;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lifetime = new DisposableList();
  readonly #stream: Emitter<WorkflowStreamBody>;
  readonly #targetChanged: Emitter<Target | null>;
  readonly #podsChanged: Emitter<void>;
  readonly onStream: Emitter<WorkflowStreamBody>['on'];
  readonly onDidChangeTarget: Emitter<Target | null>['on'];
  /** After any change of statuses, for those who follow pods. */
  readonly onPatch: Emitter<void>['on'];
  #following: Following | undefined;
  #holders = 0;
  /** Raised with every change of mind, so that an answer that comes late is recognised and let go. */
  #generation = 0;
  #error: string | undefined;
  #connecting = false;
  #disposed = false;

  constructor(options: { open: WorkflowDocument; engine: Engine; targets: Targets; clock: Clock; log: Logger; onSandboxesChanged: (listener: () => void) => Disposable }) {
    this.#open = options.open;
    this.#engine = options.engine;
    this.#targets = options.targets;
    this.#clock = options.clock;
    this.#log = options.log;
    const onError = (error: unknown): void => this.#log.error('A view of live statuses failed.', error);
    this.#stream = this.#lifetime.add(new Emitter<WorkflowStreamBody>(onError));
    this.#targetChanged = this.#lifetime.add(new Emitter<Target | null>(onError));
    this.#podsChanged = this.#lifetime.add(new Emitter<void>(onError));
    this.onStream = this.#stream.on;
    this.onDidChangeTarget = this.#targetChanged.on;
    this.onPatch = this.#podsChanged.on;
    this.#lifetime.add(this.#open.onDidChange(() => this.#following?.live.setObjects(this.objects())));
    this.#lifetime.add(this.#targets.onDidChange((folder) => folder.toString() === this.#open.folder.toString() && this.#restart(true)));
    this.#lifetime.add(options.onSandboxesChanged(() => this.#targets.choiceFor(this.#open.folder)?.type === 'sandbox' && this.#sandboxChanged()));
    this.#lifetime.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#restart(true)));
  }

  get target(): Target | null {
    return this.#following?.connection.target ?? null;
  }

  get statuses(): Readonly<Record<string, NodeStatus>> {
    return this.#following?.live.snapshot().nodes ?? nothing;
  }

  get health(): StreamHealth {
    if (this.#following !== undefined) return this.#following.live.snapshot().health;
    return this.#error === undefined ? { connected: false } : { connected: false, error: this.#error };
  }

  /** The objects of the present text for the present target. Nodes that cannot be rendered have none. */
  objects(): readonly RenderedObject[] {
    const target = this.target;
    const { workflow, loaded } = this.#open.state;
    const environment = target?.environment !== undefined && Object.hasOwn(workflow.environments, target.environment) ? target.environment : undefined;
    return this.#engine.renderWorkflow({ workflow, loaded, namespace: target?.namespace, ...(environment === undefined ? {} : { environment }) }).objects;
  }

  podsOf(nodeId: string): readonly PodInfo[] {
    return this.#following?.live.podsOf(nodeId) ?? [];
  }

  statusOf(nodeId: string): NodeStatus | undefined {
    return this.#following?.live.statusOf(nodeId);
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
    if (connection !== undefined && this.#following?.connection.cluster !== connection.cluster && this.#holders > 0) {
      // What is watched is not what will be acted on (the sandbox was just started): follow the same one.
      await this.#follow(++this.#generation, false);
    }
    return connection;
  }

  /** Resolves when every watch has told what exists, or the signal is aborted. */
  async settled(signal?: AbortSignal): Promise<void> {
    await this.#following?.live.settled(signal);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stop();
    this.#lifetime.dispose();
  }

  /** With `start`, a chosen sandbox is started: someone opened a view of it. Without, a stopped one stays stopped. */
  #restart(start: boolean): void {
    this.#stop();
    if (this.#holders > 0 && !this.#disposed) void this.#follow(this.#generation, start);
  }

  /** The sandbox was started or stopped, perhaps by this very object while it connects. */
  #sandboxChanged(): void {
    if (!this.#connecting) this.#restart(false);
  }

  #stop(): void {
    this.#generation++;
    const following = this.#following;
    this.#following = undefined;
    this.#error = undefined;
    following?.lifetime.dispose();
    if (following !== undefined) {
      this.#targetChanged.emit(null);
      this.#stream.emit({ event_type: 'workflow_sync', data: { nodes: nothing, health: this.health } });
    }
  }

  async #follow(generation: number, start: boolean): Promise<void> {
    const choice = this.#targets.choiceFor(this.#open.folder);
    if (choice === undefined) return;
    let connection: Connection | undefined;
    this.#connecting = true;
    try {
      connection = await this.#targets.connect(choice, this.#open.state.workflow, this.#open.folder, start);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#error = failureWords(error);
      this.#log.warn(this.#error);
      this.#stream.emit({ event_type: 'error', data: { message: this.#error, health: this.health } });
      return;
    } finally {
      this.#connecting = false;
    }
    if (connection === undefined) return;
    if (generation !== this.#generation || this.#disposed) {
      connection.dispose();
      return;
    }
    this.#following?.lifetime.dispose();
    this.#error = undefined;
    const lifetime = new DisposableList();
    lifetime.add(connection);
    const live = lifetime.add(new this.#engine.LiveWorkflow({ cluster: connection.cluster, clock: this.#clock, logger: this.#log, workflow: this.#open.state.workflow.name, objects: [] }));
    this.#following = { connection, live, lifetime };
    let health = live.snapshot().health;
    lifetime.add(
      live.onPatch((patch) => {
        this.#tell(patch, health);
        health = patch.health;
      }),
    );
    this.#targetChanged.emit(connection.target);
    live.setObjects(this.objects());
    const snapshot = live.snapshot();
    this.#stream.emit({ event_type: 'metadata', data: { target: connection.target, health: snapshot.health, nodes: snapshot.nodes } });
  }

  #tell(patch: LivePatch, before: StreamHealth): void {
    this.#podsChanged.emit();
    if (patch.removed.length > 0 || (patch.health.connected && !before.connected)) {
      this.#stream.emit({ event_type: 'workflow_sync', data: { nodes: this.statuses, health: patch.health } });
      return;
    }
    const types = new Map(this.#open.state.workflow.nodes.map((node) => [node.id, node.type]));
    const updates = Object.entries(patch.nodes).map(([node_id, status]) => ({ node_id, type: types.get(node_id) ?? '', status }));
    if (updates.length > 0) this.#stream.emit({ event_type: 'node_update', data: { updates } });
    if (!patch.health.connected && (before.connected || before.error !== patch.health.error)) {
      this.#stream.emit({ event_type: 'error', data: { message: patch.health.error ?? '', health: patch.health } });
    }
  }
}
