import { applyEdit } from '../../src/shared/applyEdit';
import type { Catalog } from '../../src/shared/catalog';
import { kindOf, relationOfTypes } from '../../src/shared/catalog';
import { Channel, ChannelError, channelError, joinedTransports } from '../../src/shared/channel';
import type { DiagnosisPatch } from '../../src/shared/diagnosis';
import { noDrift } from '../../src/shared/drift';
import type { DerivedSource } from '../../src/shared/derivedLink';
import { documentPatch } from '../../src/shared/documentPatch';
import type { Fragment } from '../../src/shared/fragment';
import { fragmentOf, insertion } from '../../src/shared/fragment';
import type { JsonValue } from '../../src/shared/json';
import { sameJson } from '../../src/shared/json';
import { nodeCard } from '../../src/shared/nodeCard';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { NodeLive } from '../../src/shared/nodeLive';
import type { Plan, PlanAction, PlanStep, Target } from '../../src/shared/plan';
import { planActions } from '../../src/shared/plan';
import type { CanvasCommand, CanvasSnapshot, DocumentSnapshot, HostEvents, HostRequests, WebviewEvents, WordedProblem } from '../../src/shared/protocol';
import { problemText } from '../../src/shared/problem';
import type { RunEvent, RunEventBody } from '../../src/shared/runEvent';
import type { StreamHealth, WorkflowStreamBody, WorkflowStreamEvent } from '../../src/shared/stream';
import type { Point, Workflow, WorkflowNode } from '../../src/shared/workflow';
import { edgeKey, nodeById, objectName } from '../../src/shared/workflow';
import type { WorkflowEdit } from '../../src/shared/workflowEdit';
import type { HostBridge } from './hostBridge';

/** How long an object takes in a run of this host. */
const stepMs = 260;

export interface BrowserHostSample {
  readonly workflow: Workflow;
  readonly catalog: Catalog;
  readonly target: Target | null;
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  /** False where the person has given the canvas's commands other keys. */
  readonly ownKeys?: boolean;
}

/**
 * A host in the page itself, for developing the canvas and for its component tests: the same protocol over the same
 * channel, with the document in memory, an undo stack of its own and an imaginary cluster. The shipped bundle has no part
 * of it.
 */
export class BrowserHost {
  readonly bridge: HostBridge;
  /** What is live behind any node. */
  nodeLive: NodeLive | null = null;
  /** The tags that registries have, by the image's name. */
  imageTags: Readonly<Record<string, readonly string[]>> = {};
  /** What the page has asked and told, in order. */
  readonly heard: { readonly name: string; readonly data: unknown }[] = [];
  readonly #channel: Channel<object, HostEvents, HostRequests, WebviewEvents>;
  readonly #catalog: Catalog;
  readonly #target: Target | null;
  readonly #ownKeys: boolean;
  #workflow: Workflow;
  #revision = 1;
  #undone: Workflow[] = [];
  #done: Workflow[] = [];
  #readOnlyReason: string | undefined;
  #deployed = new Map<string, WorkflowNode>();
  #statuses: Record<string, NodeStatus>;
  #health: StreamHealth = { connected: true };
  #sequenceNumber = 0;
  #plan: Plan | null = null;
  #run: { readonly runId: string; events: RunEvent[]; stopped: boolean } | null = null;
  #refuseNext: string | undefined;
  #deafUntilSync = false;
  #clipboard: Fragment | undefined;

  constructor(sample: BrowserHostSample, storage: { saved: unknown }) {
    this.#workflow = sample.workflow;
    this.#catalog = sample.catalog;
    this.#target = sample.target;
    this.#ownKeys = sample.ownKeys ?? true;
    this.#statuses = { ...sample.nodes };
    for (const node of sample.workflow.nodes) if (Object.hasOwn(sample.nodes, node.id)) this.#deployed.set(node.id, node);
    const [page, own] = joinedTransports();
    this.bridge = {
      transport: page,
      savedState: () => storage.saved,
      saveState: (state) => {
        storage.saved = state;
      },
    };
    const noted =
      <P, R>(name: string, answer: (params: P) => R) =>
      (params: P): R => {
        this.heard.push({ name, data: params });
        return answer(params);
      };
    const nothing = (): null => null;
    this.#channel = new Channel<object, HostEvents, HostRequests, WebviewEvents>({
      transport: own,
      serve: {
        ready: noted('ready', () => this.#snapshot()),
        workflowSync: noted('workflowSync', () => {
          this.#deafUntilSync = false;
          return this.#snapshot();
        }),
        applyEdit: noted('applyEdit', ({ editId, edit }) => {
          if (this.#refuseNext !== undefined) {
            const message = this.#refuseNext;
            this.#refuseNext = undefined;
            throw channelError('refused', message);
          }
          this.#edit(edit);
          return { editId, revision: this.#revision };
        }),
        undo: noted('undo', () => {
          const before = this.#done.pop();
          if (before !== undefined) {
            this.#undone.push(this.#workflow);
            this.#become(before);
          }
          return null;
        }),
        redo: noted('redo', () => {
          const after = this.#undone.pop();
          if (after !== undefined) {
            this.#done.push(this.#workflow);
            this.#become(after);
          }
          return null;
        }),
        save: noted('save', nothing),
        plan: noted('plan', () => {
          this.#plan = this.#makePlan();
          return this.#plan;
        }),
        closePlan: noted('closePlan', nothing),
        createNamespace: noted('createNamespace', () => {
          this.#plan = this.#makePlan();
          return this.#plan;
        }),
        startRun: noted('startRun', ({ digest }) => {
          const plan = this.#plan;
          if (plan === null || plan.digest !== digest) throw channelError('refused', 'What would change is no longer what was shown. Plan again.');
          const runId = `run-${this.#revision}`;
          this.#run = { runId, events: [], stopped: false };
          void this.#play(plan);
          return { runId };
        }),
        cancelRun: noted('cancelRun', () => {
          if (this.#run !== null) this.#run.stopped = true;
          return null;
        }),
        answerGate: noted('answerGate', nothing),
        endConflict: noted('endConflict', nothing),
        adoptDrift: noted('adoptDrift', nothing),
        reassertDrift: noted('reassertDrift', () => {
          this.#plan = this.#makePlan();
          return this.#plan;
        }),
        selectTarget: noted('selectTarget', () => this.#target),
        reconnect: noted('reconnect', nothing),
        openLogs: noted('openLogs', nothing),
        previewFix: noted('previewFix', nothing),
        openTerminal: noted('openTerminal', nothing),
        revealNode: noted('revealNode', nothing),
        enterSecret: noted('enterSecret', () => ({ set: true })),
        previewManifest: noted('previewManifest', ({ nodeId }) => ({ yaml: this.#manifest(nodeId) })),
        renderSources: noted('renderSources', nothing),
        nodeObjects: noted('nodeObjects', () => ({ objects: [] })),
        imageTags: noted('imageTags', ({ image }) => ({ tags: this.imageTags[image] ?? [] })),
        nodeLive: noted('nodeLive', () => this.nodeLive),
        autoLayout: noted('autoLayout', () => ({ editId: 'layout', revision: this.#revision })),
        copyText: noted('copyText', nothing),
        copyNodes: noted('copyNodes', ({ nodeIds }) => {
          this.#clipboard = fragmentOf(this.#workflow, nodeIds, this.#snapshot().document.positions);
          return { text: 'nodes', leftOut: [] };
        }),
        pasteNodes: noted('pasteNodes', ({ at }) => {
          const made = insertion(
            this.#clipboard ?? { nodes: [], edges: [], groups: {}, layout: {} },
            { workflow: this.#workflow, catalog: this.#catalog, positions: this.#snapshot().document.positions },
            at,
          );
          if (made === undefined) throw channelError('refused', 'The clipboard holds no text.');
          this.#edit(made.edit);
          return { nodeIds: made.ids, revision: this.#revision, notes: [] };
        }),
      },
      hear: {
        selectionChanged: (data) => void this.heard.push({ name: 'selectionChanged', data }),
        tailsWanted: (data) => void this.heard.push({ name: 'tailsWanted', data }),
        fault: (data) => void this.heard.push({ name: 'fault', data }),
      },
      onFault: (message) => void this.heard.push({ name: 'fault', data: message }),
    });
  }

  #edit(edit: WorkflowEdit): void {
    const outcome = applyEdit(this.#workflow, edit);
    if (!outcome.ok) throw new ChannelError({ code: 'refused', message: outcome.detail, reason: outcome.reason });
    this.#done.push(this.#workflow);
    this.#undone = [];
    this.#become(outcome.workflow);
  }

  /** What a command of the palette or of a context menu does. */
  command(name: CanvasCommand, byKey = false): void {
    this.#channel.tell('command', { name, byKey });
  }

  get workflow(): Workflow {
    return this.#workflow;
  }

  /** The next edit is refused with this sentence. */
  refuseNext(message: string): void {
    this.#refuseNext = message;
  }

  /** Breaks or mends the text, as another editor would. */
  breakText(reason: string | undefined): void {
    this.#readOnlyReason = reason;
    this.#become(this.#workflow);
  }

  /** Changes the document from outside. */
  become(workflow: Workflow): void {
    this.#become(workflow);
  }

  tell<K extends keyof HostEvents>(name: K, data: HostEvents[K]): void {
    this.#channel.tell(name, data);
  }

  /** Whatever the host of VS Code would publish. */
  publish(body: WorkflowStreamBody): void {
    this.#stream(body);
  }

  setStatuses(statuses: Readonly<Record<string, NodeStatus>>): void {
    this.#statuses = { ...this.#statuses, ...statuses };
    this.#stream({
      event_type: 'node_update',
      data: { updates: Object.entries(statuses).map(([id, status]) => ({ node_id: id, type: nodeById(this.#workflow, id)?.type ?? '', status })) },
    });
  }

  setDiagnosis(edges: DiagnosisPatch['edges'], nodes: DiagnosisPatch['nodes'] = {}): void {
    this.#stream({ event_type: 'diagnosis_update', data: { edges, nodes } });
  }

  setHealth(health: StreamHealth): void {
    this.#health = health;
    this.#stream({ event_type: 'error', data: { message: health.error ?? '', health } });
  }

  /** Tells of a run that something else than this host carries out. */
  tellRun(runId: string, bodies: readonly RunEventBody[]): void {
    this.#run ??= { runId, events: [], stopped: false };
    for (const body of bodies) {
      const event: RunEvent = { runId, timestamp: new Date().toISOString(), sequenceNumber: this.#run.events.length + 1, ...body };
      this.#run.events.push(event);
      this.#stream({ event_type: 'run', data: event });
    }
  }

  /** Loses every stream event until the page asks for the snapshot. */
  loseEvents(): void {
    this.#deafUntilSync = true;
  }

  hearEvents(): void {
    this.#deafUntilSync = false;
  }

  #stream(body: WorkflowStreamBody): void {
    this.#sequenceNumber += 1;
    if (this.#deafUntilSync) return;
    const event: WorkflowStreamEvent = {
      stream_key: `workflow:${this.#workflow.name}`,
      sequenceNumber: this.#sequenceNumber,
      timestamp: new Date().toISOString(),
      ...body,
    };
    this.#channel.tell('stream', event);
  }

  #become(workflow: Workflow): void {
    const before = this.#document();
    this.#workflow = workflow;
    this.#revision += 1;
    this.#channel.tell('documentPatched', documentPatch(before, this.#document()));
  }

  #document(): DocumentSnapshot {
    const positions: Record<string, Point> = {};
    let row = 0;
    for (const node of this.#workflow.nodes) {
      const placed = Object.hasOwn(this.#workflow.layout, node.id) ? this.#workflow.layout[node.id] : undefined;
      positions[node.id] = placed ?? [0, 240 * row++];
    }
    const relations: Record<string, string> = {};
    const derived: Record<string, Record<string, JsonValue>> = {};
    const derivedFrom: DerivedSource[] = [];
    for (const edge of this.#workflow.edges) {
      const from = nodeById(this.#workflow, edge.from);
      const to = nodeById(this.#workflow, edge.to);
      if (from === undefined || to === undefined) continue;
      const rule = relationOfTypes(this.#catalog, from.type, to.type, edge.relation);
      if (rule !== undefined) relations[edgeKey(edge)] = rule.relation;
      if (rule?.relation !== 'routes') continue;
      derived[from.id] = { targetApp: objectName(to), targetPort: to.data['port'] ?? 8080 };
      derivedFrom.push(...['targetApp', 'targetPort'].map((field) => ({ nodeId: from.id, path: [field], source: to.id })));
    }
    const problems: WordedProblem[] = this.#workflow.nodes.flatMap((node) =>
      (kindOf(this.#catalog, node.type)?.fields ?? [])
        .filter((field) => field.required && (node.data[field.name] === undefined || node.data[field.name] === ''))
        .map((field) => {
          const problem = {
            code: 'node.missingField',
            args: { type: node.type, id: node.id, field: field.name },
            severity: 'error',
            nodeId: node.id,
            path: [field.name],
          } as const;
          return { ...problem, text: problemText(problem) };
        }),
    );
    return {
      revision: this.#revision,
      workflow: this.#workflow,
      problems,
      readOnly: this.#readOnlyReason !== undefined,
      ...(this.#readOnlyReason === undefined ? {} : { readOnlyReason: this.#readOnlyReason }),
      positions,
      relations,
      derived,
      derivedFrom,
    };
  }

  #snapshot(): CanvasSnapshot {
    return {
      document: this.#document(),
      catalog: this.#catalog,
      target: this.#target,
      chosen: this.#target?.label ?? null,
      live: { nodes: this.#statuses, health: this.#health, sequenceNumber: this.#sequenceNumber },
      run: this.#run,
      plan: this.#plan,
      drift: noDrift,
      texts: window.kubeorchTexts ?? {},
      trusted: true,
      ownKeys: this.#ownKeys,
    };
  }

  #makePlan(): Plan {
    const target = this.#target;
    if (target === null) throw channelError('refused', 'No target is chosen.');
    const steps = this.#workflow.nodes.map((node, wave): PlanStep => {
      const kind = kindOf(this.#catalog, node.type);
      const before = this.#deployed.get(node.id);
      const changed = before === undefined ? [] : Object.keys({ ...before.data, ...node.data }).filter((key) => !sameJson(before.data[key], node.data[key]));
      const action: PlanAction = before === undefined ? 'create' : changed.length > 0 ? 'change' : 'unchanged';
      return {
        nodeId: node.id,
        ref: { apiVersion: kind?.apiVersion ?? '', kind: kind?.kind ?? node.type, namespace: target.namespace, name: objectName(node) },
        action,
        changes: changed.map((key) => ({
          path: `.spec.${key}`,
          ...(before?.data[key] === undefined ? {} : { before: before.data[key] }),
          ...(node.data[key] === undefined ? {} : { after: node.data[key] }),
        })),
        conflicts: [],
        problems: [],
        wave,
        after: [],
        afterReady: [],
      };
    });
    const counts = Object.fromEntries(planActions.map((action) => [action, steps.filter((step) => step.action === action).length])) as Record<
      PlanAction,
      number
    >;
    return { workflow: this.#workflow.name, target, digest: `digest-${this.#revision}`, steps, problems: [], counts };
  }

  async #play(plan: Plan): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    const started = Date.now();
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const publish = (body: RunEventBody): void => {
      const event: RunEvent = { runId: run.runId, timestamp: new Date().toISOString(), sequenceNumber: run.events.length + 1, ...body };
      run.events.push(event);
      this.#stream({ event_type: 'run', data: event });
    };
    publish({ type: 'run:started', workflow: plan.workflow, version: 1, digest: plan.digest, target: plan.target, triggeredBy: 'manual', counts: plan.counts });
    let applied = 0;
    for (const step of plan.steps) {
      if (run.stopped) {
        publish({ type: 'run:cancelled', durationMs: Date.now() - started });
        return;
      }
      if (step.action === 'unchanged') {
        publish({ type: 'node:skipped', nodeId: step.nodeId, reason: 'unchanged' });
        continue;
      }
      publish({ type: 'node:started', nodeId: step.nodeId, ref: step.ref, action: step.action });
      await pause(stepMs);
      publish({ type: 'node:completed', nodeId: step.nodeId, ref: step.ref, action: step.action, durationMs: stepMs, resourceVersion: '1' });
      applied += 1;
      const node = nodeById(this.#workflow, step.nodeId);
      if (node !== undefined) this.#deployed.set(node.id, node);
      const pods = step.ref.kind === 'Deployment' ? Number(node?.data['replicas'] ?? 1) : 0;
      const status = (state: NodeStatus['state'], message: string, ready: number): NodeStatus => ({ state, message, ready, desired: pods });
      this.setStatuses({ [step.nodeId]: pods === 0 ? status('healthy', '', 0) : status('pending', `0 of ${pods} pods ready`, 0) });
      if (pods > 0) {
        void pause(3 * stepMs).then(() => {
          const healthy = status('healthy', '', pods);
          this.setStatuses({ [step.nodeId]: healthy });
          if (!run.stopped) publish({ type: 'node:status', nodeId: step.nodeId, status: healthy });
        });
      }
    }
    await pause(4 * stepMs);
    publish({ type: 'run:completed', durationMs: Date.now() - started, applied, unchanged: plan.counts.unchanged, ready: true });
  }

  #manifest(nodeId: string): string {
    const node = nodeById(this.#workflow, nodeId);
    if (node === undefined) return '';
    const kind = kindOf(this.#catalog, node.type);
    const { rows } = nodeCard(node, kind);
    return [
      `apiVersion: ${kind?.apiVersion ?? ''}`,
      `kind: ${kind?.kind ?? ''}`,
      'metadata:',
      `  name: ${objectName(node)}`,
      ...rows.map((row) => `# ${row.label}: ${row.value}`),
    ].join('\n');
  }
}
