import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { Channel, ChannelError, channelError } from '../../shared/channel';
import type { Handlers } from '../../shared/channel';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import { documentPatch } from '../../shared/documentPatch';
import type { PlanAsked } from '../../shared/plan';
import type { CanvasCommand, CanvasSnapshot, DocumentSnapshot, HostEvents, HostRequests, NodeObjects, PlanWishes, WebviewEvents } from '../../shared/protocol';
import type { WorkflowStreamBody, WorkflowStreamKey } from '../../shared/stream';
import { tailKey } from '../../shared/stream';
import type { Point, Workflow } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { openText } from '../commands/workflowCommands';
import type { FindingKey } from '../diagnostics/fixPreviews';
import type { WorkflowDocument } from '../documents';
import type { LiveDocument } from '../live/liveDocument';
import type { WorkflowDrift } from '../live/workflowDrift';
import { nodeLive } from '../live/nodeLive';
import type { NodeLive } from '../../shared/nodeLive';
import type { Engine } from '../rooms';
import type { WorkflowRuns } from '../runs/workflowRuns';
import type { Broadcaster } from '../streams/broadcaster';
import { PageStream } from '../streams/pageStream';
import { settings } from '../settings';
import { failureWords, worded } from '../words';
import type { ImageTags } from '../language/imageTags';
import type { NodeTails } from '../logs/nodeTails';
import { arrange } from './arranging';
import { CanvasClipboard } from './canvasClipboard';
import { canvasChecks } from './checks';
import { snapshotOf } from './documentSnapshot';
import { pageHtml, pageOptions, pageTexts, webviewTransport } from './page';

/** What a canvas asks of the rest of the extension. */
export interface SessionActions {
  selectTarget(open: WorkflowDocument): Promise<void>;
  enterSecret(open: WorkflowDocument, nodeId: string, key: string): Promise<boolean>;
  /** Asks for what a plan needs (a target, secret values), then makes the plan. */
  plan(open: WorkflowDocument, asked?: import('../../shared/plan').PlanAsked): Promise<import('../../shared/plan').Plan>;
  /** Shows the edit that ends a conflict as a diff. */
  endConflict(open: WorkflowDocument, conflict: HostRequests['endConflict']['params']): Promise<void>;
  /** Shows the edit that writes live values into the file as a diff. */
  adoptDrift(open: WorkflowDocument, nodeId: string, paths?: readonly string[]): Promise<void>;
  /** Plans to bring a node back to what the file says. */
  reassertDrift(open: WorkflowDocument, nodeId: string): Promise<import('../../shared/plan').Plan>;
  /** Makes a namespace that the shown plan misses, once the person has confirmed it, and plans again. */
  createNamespace(open: WorkflowDocument, namespace: string): Promise<import('../../shared/plan').Plan>;
  startRun(open: WorkflowDocument, digest: string): Promise<string>;
  /** Answers a gate of a paused run and goes on with it. */
  answerGate(open: WorkflowDocument, runId: string, gateId: string, decision: import('../../shared/runEvent').GateDecision): Promise<void>;
  /** Ends a run, one that goes on or one that waits. */
  cancelRun(open: WorkflowDocument, runId: string): Promise<void>;
  renderSources(open: WorkflowDocument): Promise<void>;
}

/** What a canvas asks about one node. */
export interface SessionNodeActions {
  openLogs(open: WorkflowDocument, nodeId: string): Promise<void>;
  openTerminal(open: WorkflowDocument, nodeId: string): Promise<void>;
  /** Shows the edit that mends a finding as a diff. */
  previewFix(open: WorkflowDocument, finding: FindingKey): Promise<void>;
  manifest(open: WorkflowDocument, nodeId: string): string;
  nodeObjects(open: WorkflowDocument, nodeId: string): Promise<NodeObjects>;
}

/** Gestures after which positions that the file lacks are written too, so that what was seen stays where it was. */
const placingEdits: readonly WorkflowEdit['type'][] = ['addNode', 'move', 'connect', 'removeNodes', 'group'];

/** One open canvas: a webview, its channel, and what it shows of the document, the live graph and the run. */
export class CanvasSession implements Disposable {
  readonly open: WorkflowDocument;
  readonly panel: vscode.WebviewPanel;
  readonly #live: LiveDocument;
  readonly #runs: WorkflowRuns;
  readonly #drift: WorkflowDrift;
  readonly #engine: Engine;
  readonly #actions: SessionActions;
  readonly #nodes: SessionNodeActions;
  readonly #log: Logger;
  readonly #broadcaster: Broadcaster;
  readonly #key: WorkflowStreamKey;
  readonly #lifetime = new DisposableList();
  readonly #channel: Channel<Record<never, never>, HostEvents, HostRequests, WebviewEvents>;
  readonly #page: PageStream;
  /** A node to show as soon as the page is there. */
  #wanted: string | undefined;
  #selection: readonly string[] = [];
  /** The state of the document that the page knows: it is told what changed since. */
  #told: DocumentSnapshot | undefined;
  /** What the newest log lines of nodes in view cost; each ends when its card leaves. */
  readonly #tailing = new Map<string, Disposable>();
  readonly #tails: NodeTails;
  readonly #imageTags: Pick<ImageTags, 'tagsOf'>;
  readonly #clipboard: CanvasClipboard;
  readonly #clock: Clock;
  #arranging: Promise<{ editId: string; revision: number }> | undefined;

  constructor(options: {
    open: WorkflowDocument;
    panel: vscode.WebviewPanel;
    live: LiveDocument;
    runs: WorkflowRuns;
    drift: WorkflowDrift;
    engine: Engine;
    actions: SessionActions;
    nodes: SessionNodeActions;
    extensionUri: vscode.Uri;
    clock: Clock;
    log: Logger;
    broadcaster: Broadcaster;
    /** Where what happens to this workflow is published. */
    key: WorkflowStreamKey;
    tails: NodeTails;
    imageTags: Pick<ImageTags, 'tagsOf'>;
  }) {
    this.open = options.open;
    this.panel = options.panel;
    this.#live = options.live;
    this.#runs = options.runs;
    this.#drift = options.drift;
    this.#engine = options.engine;
    this.#actions = options.actions;
    this.#nodes = options.nodes;
    this.#log = options.log;
    this.#broadcaster = options.broadcaster;
    this.#key = options.key;
    this.#clock = options.clock;
    this.#tails = options.tails;
    this.#imageTags = options.imageTags;
    this.#clipboard = new CanvasClipboard(options.open, options.engine, (edit) => this.#withPositions(edit));
    this.#page = this.#lifetime.add(
      new PageStream({
        broadcaster: options.broadcaster,
        key: options.key,
        clock: options.clock,
        deliver: (event) => this.#channel.hand('stream', event),
        snapshot: () => this.#sync(),
        hold: () => this.#live.hold(),
      }),
    );
    const { webview } = options.panel;
    webview.options = pageOptions(options.extensionUri);
    this.#channel = this.#lifetime.add(
      new Channel<Record<never, never>, HostEvents, HostRequests, WebviewEvents>({
        transport: webviewTransport(webview),
        serve: this.#handlers(),
        hear: {
          selectionChanged: ({ nodeIds }) => {
            this.#selection = nodeIds;
          },
          tailsWanted: ({ nodeIds }) => this.#tail(this.#awake ? nodeIds : []),
          fault: ({ message }) => this.#log.warn(`canvas: ${message}`),
        },
        checks: canvasChecks,
        strict: true,
        onFault: (message, error) => this.#log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    let { catalog } = this.open.state.loaded;
    this.#lifetime.add(
      this.open.onDidChange(({ loaded }) => {
        // A page that sleeps asks for the catalog with everything else when it is seen again.
        if (this.#awake && loaded.catalog !== catalog) this.#channel.tell('catalogChanged', { catalog: loaded.catalog });
        ({ catalog } = loaded);
        if (this.#awake) this.#tellDocument();
      }),
    );
    this.#lifetime.add(this.#live.onDidChangeTarget((target) => this.#awake && this.#channel.tell('targetChanged', { target, chosen: this.#live.chosen })));
    this.#lifetime.add(this.#runs.plans.onDidChange((plan) => this.#awake && this.#channel.tell('planChanged', { plan })));
    this.#lifetime.add(this.#drift.onDidChange(() => this.#awake && this.#channel.tell('driftChanged', this.#drift.view)));
    this.#lifetime.add(
      options.panel.onDidChangeViewState(() => {
        if (!options.panel.visible) this.#sleep();
      }),
    );
    // The page is set last, so that its first message finds someone who listens.
    webview.html = pageHtml(webview, options.extensionUri, 'canvas');
  }

  get selection(): readonly string[] {
    return this.#selection;
  }

  focusNode(nodeId: string): void {
    this.panel.reveal();
    // A page that has not asked yet would not hear it.
    if (this.#awake) this.#channel.tell('focusNode', { nodeId });
    else this.#wanted = nodeId;
  }

  command(name: CanvasCommand, byKey = false): void {
    this.#channel.tell('command', byKey ? { name, byKey } : { name });
  }

  /** Arranges all nodes anew: one edit, one undo step. Asked for again meanwhile, it is the same arranging. */
  arrange(): Promise<{ editId: string; revision: number }> {
    this.#arranging ??= this.#arrange().finally(() => {
      this.#arranging = undefined;
    });
    return this.#arranging;
  }

  async #arrange(): Promise<{ editId: string; revision: number }> {
    const { workflow, loaded } = this.open.state;
    const arranged = await arrange(workflow, loaded.catalog, this.#clock);
    // Nodes may have gone meanwhile.
    const present = this.open.state.workflow.nodes.flatMap(({ id }) => (Object.hasOwn(arranged, id) ? [[id, arranged[id] as Point] as const] : []));
    return { editId: '', revision: await this.#edit({ type: 'move', positions: Object.fromEntries(present) }) };
  }

  documentSnapshot(): DocumentSnapshot {
    const { revision, workflow, parsed, problems, resolved, loaded } = this.open.state;
    return {
      ...snapshotOf(this.#engine, { workflow, resolved, catalog: loaded.catalog }),
      revision,
      problems: problems.map(worded),
      readOnly: parsed.broken,
      ...(parsed.broken ? { readOnlyReason: vscode.l10n.t('The text is broken. What could be read is shown; mend the text to edit here again.') } : {}),
    };
  }

  dispose(): void {
    this.#tail([]);
    this.#lifetime.dispose();
  }

  #positions(workflow: Workflow): Readonly<Record<string, Point>> {
    return this.#engine.placeNodes(workflow, this.open.state.loaded.catalog);
  }

  #tellDocument(): void {
    const before = this.#told;
    this.#told = this.documentSnapshot();
    if (before === undefined) this.#channel.tell('documentChanged', this.#told);
    else this.#channel.tell('documentPatched', documentPatch(before, this.#told));
  }

  #snapshot(): CanvasSnapshot {
    this.#told = this.documentSnapshot();
    return {
      document: this.#told,
      catalog: this.open.state.loaded.catalog,
      target: this.#live.target,
      chosen: this.#live.chosen,
      live: { nodes: this.#live.statuses, health: this.#live.health, sequenceNumber: this.#page.caughtUp(), diagnosis: this.#live.diagnosis },
      run: this.#runs.snapshot,
      plan: this.#runs.plans.shown,
      drift: this.#drift.view,
      texts: pageTexts(),
      ownKeys: settings.canvasOwnKeys(),
      trusted: vscode.workspace.isTrusted,
    };
  }

  /** Before the page has asked, and while it cannot be seen, nothing is posted. */
  get #awake(): boolean {
    return this.#page.isAwake;
  }

  /** The page asks for everything: it has just begun, can be seen again, or missed something. From now on it hears what changes. */
  #wake(fresh: boolean): CanvasSnapshot {
    if (fresh) this.#tail([]);
    this.#page.wake(fresh);
    const nodeId = this.#wanted;
    this.#wanted = undefined;
    if (nodeId !== undefined) queueMicrotask(() => this.#channel.tell('focusNode', { nodeId }));
    return this.#snapshot();
  }

  /** What costs a cluster or a log something for a page ends while nobody sees it. */
  #sleep(): void {
    this.#tail([]);
    this.#page.sleep();
  }

  #tail(nodeIds: readonly string[]): void {
    const wanted = new Set(nodeIds);
    for (const [nodeId, tailing] of this.#tailing) {
      if (wanted.has(nodeId)) continue;
      tailing.dispose();
      this.#tailing.delete(nodeId);
    }
    for (const nodeId of wanted) {
      if (this.#tailing.has(nodeId)) continue;
      const tailing = new DisposableList();
      tailing.add(this.#broadcaster.subscribe(tailKey(this.#key, nodeId), { deliver: (event) => this.#channel.hand('tail', { nodeId, event }) }));
      tailing.add(this.#tails.hold(nodeId));
      this.#tailing.set(nodeId, tailing);
    }
  }

  #sync(): WorkflowStreamBody {
    return {
      event_type: 'workflow_sync',
      data: {
        nodes: this.#live.statuses,
        health: this.#live.health,
        run: this.#runs.snapshot,
        target: this.#live.target,
        diagnosis: this.#live.diagnosis,
      },
    };
  }

  async #edit(edit: WorkflowEdit): Promise<number> {
    const placing = edit.type === 'composite' ? edit.edits.some((part) => placingEdits.includes(part.type)) : placingEdits.includes(edit.type);
    const result = await this.open.edits.push(placing ? () => this.#withPositions(edit) : edit);
    if (!result.ok) throw new ChannelError({ code: 'refused', reason: result.reason, message: result.detail });
    return result.revision;
  }

  /** The edit, and in the same step the positions that the file does not have yet. */
  #withPositions(edit: WorkflowEdit): WorkflowEdit {
    const { workflow } = this.open.state;
    const missing = workflow.nodes.filter((node) => !Object.hasOwn(workflow.layout, node.id));
    if (missing.length === 0) return edit;
    const all = this.#positions(workflow);
    const positions: Record<string, Point> = {};
    for (const { id } of missing) {
      const point = all[id];
      if (point !== undefined) positions[id] = point;
    }
    return { type: 'composite', edits: [{ type: 'move', positions }, ...(edit.type === 'composite' ? edit.edits : [edit])] };
  }

  async #nodeLive(nodeId: string): Promise<NodeLive | null> {
    const cluster = this.#live.followed?.cluster;
    if (cluster === undefined) return null;
    const refs = this.#live.objectStatusesOf(nodeId).map(({ ref }) => ref);
    return nodeLive({ cluster, engine: this.#engine }, refs, this.#live.podsOf(nodeId));
  }

  #handlers(): Handlers<HostRequests> {
    const run = async (work: () => Promise<unknown>): Promise<null> => {
      await work();
      return null;
    };
    return {
      ready: () => this.#wake(true),
      workflowSync: () => this.#wake(false),
      reconnect: () => {
        this.#live.reconnect();
        return null;
      },
      applyEdit: async ({ editId, edit }) => ({ editId, revision: await this.#edit(edit) }),
      // A gesture of a moment ago may still be on its way into the text: it is what is undone, and it is saved.
      undo: () => run(() => this.open.edits.inTurn(() => vscode.commands.executeCommand('undo'))),
      redo: () => run(() => this.open.edits.inTurn(() => vscode.commands.executeCommand('redo'))),
      save: () => run(() => this.open.edits.inTurn(() => this.open.document.save())),
      plan: async ({ prune = false, also }) => this.#worded(() => this.#actions.plan(this.open, askedOf(prune, also, this.#runs.plans.asked))),
      endConflict: (conflict) => run(() => this.#worded(() => this.#actions.endConflict(this.open, conflict))),
      adoptDrift: ({ nodeId, paths }) => run(() => this.#worded(() => this.#actions.adoptDrift(this.open, nodeId, paths))),
      reassertDrift: ({ nodeId }) => this.#worded(() => this.#actions.reassertDrift(this.open, nodeId)),
      closePlan: () => {
        this.#runs.plans.close();
        return null;
      },
      createNamespace: async ({ namespace }) => this.#worded(() => this.#actions.createNamespace(this.open, namespace)),
      startRun: async ({ digest }) => ({ runId: await this.#worded(() => this.#actions.startRun(this.open, digest)) }),
      cancelRun: ({ runId }) => run(() => this.#worded(() => this.#actions.cancelRun(this.open, runId))),
      answerGate: ({ runId, gateId, decision }) => run(() => this.#worded(() => this.#actions.answerGate(this.open, runId, gateId, decision))),
      selectTarget: async () => {
        await this.#worded(() => this.#actions.selectTarget(this.open));
        return this.#live.target;
      },
      openLogs: ({ nodeId }) => run(() => this.#worded(() => this.#nodes.openLogs(this.open, nodeId))),
      openTerminal: ({ nodeId }) => run(() => this.#worded(() => this.#nodes.openTerminal(this.open, nodeId))),
      previewFix: (finding) => run(() => this.#worded(() => this.#nodes.previewFix(this.open, finding))),
      revealNode: ({ nodeId }) =>
        run(async () => {
          await openText(this.open.document.uri, vscode.ViewColumn.Beside);
          const { nodes } = this.open.state.parsed.ranges;
          const place = Object.hasOwn(nodes, nodeId) ? nodes[nodeId] : undefined;
          const editor = vscode.window.visibleTextEditors.find((candidate) => candidate.document === this.open.document);
          if (place === undefined || editor === undefined) return;
          const start = new vscode.Position(place.key.start.line, place.key.start.character);
          editor.selection = new vscode.Selection(start, start);
          editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
        }),
      enterSecret: async ({ nodeId, key }) => ({ set: await this.#worded(() => this.#actions.enterSecret(this.open, nodeId, key)) }),
      previewManifest: ({ nodeId }) => ({ yaml: this.#nodes.manifest(this.open, nodeId) }),
      renderSources: () => run(() => this.#worded(() => this.#actions.renderSources(this.open))),
      nodeObjects: ({ nodeId }) => this.#nodes.nodeObjects(this.open, nodeId),
      nodeLive: ({ nodeId }) => this.#worded(() => this.#nodeLive(nodeId)),
      imageTags: async ({ image }) => ({ tags: await this.#imageTags.tagsOf(image) }),
      autoLayout: () => this.#worded(() => this.arrange()),
      copyText: ({ text }) => run(async () => vscode.env.clipboard.writeText(text)),
      copyNodes: ({ nodeIds }) => this.#clipboard.copy(nodeIds),
      pasteNodes: ({ text, at }) => this.#worded(() => this.#clipboard.paste(text, at)),
    };
  }

  /** Failures as sentences: the page shows them as they are. */
  async #worded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#log.warn(failureWords(error));
      throw error instanceof ChannelError ? error : channelError(error instanceof vscode.CancellationError ? 'cancelled' : 'failed', failureWords(error));
    }
  }
}

/** What a plan is asked for: anew, or as the one that is shown was and some choices more. */
function askedOf(prune: boolean, also: PlanWishes | undefined, shown: PlanAsked): PlanAsked {
  if (also === undefined) return prune ? { prune: { named: [] } } : {};
  const { adopt = [], take = [], named = [] } = also;
  const all = (before: readonly string[] | undefined, more: readonly string[]): readonly string[] => [...new Set([...(before ?? []), ...more])];
  const choices = { adopt: all(shown.choices?.adopt, adopt), take: all(shown.choices?.take, take) };
  const isPruning = prune || named.length > 0 || shown.prune !== undefined;
  return {
    ...(isPruning ? { prune: { named: all(shown.prune?.named, named) } } : {}),
    ...(choices.adopt.length + choices.take.length > 0 ? { choices } : {}),
    ...(shown.purpose === undefined ? {} : { purpose: shown.purpose }),
    ...(shown.from === undefined ? {} : { from: shown.from }),
  };
}
