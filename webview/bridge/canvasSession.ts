import type { NodeLive } from '../../src/shared/nodeLive';
import type { Channel } from '../../src/shared/channel';
import { ChannelError } from '../../src/shared/channel';
import { Emitter } from '../../src/shared/emitter';
import type { Plan } from '../../src/shared/plan';
import type { DiagnosisCheck } from '../../src/shared/diagnosis';
import type { CanvasCommand, HostEvents, HostRequests, NodeObjects, PlanWishes, WebviewEvents } from '../../src/shared/protocol';
import type { Point } from '../../src/shared/workflow';
import type { GateDecision } from '../../src/shared/runEvent';
import type { WorkflowEdit } from '../../src/shared/workflowEdit';
import type { DocumentStore } from '../store/documentStore';
import type { PlanStore } from '../store/planStore';
import type { RunStore } from '../store/runStore';
import type { NodeTails } from '../store/nodeTails';
import type { UiStore } from '../store/uiStore';
import type { Text } from '../ui/texts';

export type CanvasChannel = Channel<HostRequests, WebviewEvents, object, HostEvents>;

/** Wishes that only the mounted canvas can fulfil. */
export type CanvasWish =
  | { readonly type: 'command'; readonly name: Exclude<CanvasCommand, 'resetView'> }
  | { readonly type: 'focusNode'; readonly nodeId: string }
  /** Adds a node of this kind, at a point of the screen or where there is room in view. */
  | { readonly type: 'addKind'; readonly kind: string; readonly at?: { readonly x: number; readonly y: number } }
  /** Adds nodes that belong together, at a point of the screen or where there is room in view. */
  | { readonly type: 'addStarter'; readonly starter: string; readonly at?: { readonly x: number; readonly y: number } }
  | { readonly type: 'select'; readonly nodeIds: readonly string[] }
  | { readonly type: 'focusCanvas' };

/** Everything the views of one canvas act through. Made once per page; its identity never changes. */
export interface CanvasSession {
  readonly documents: DocumentStore;
  readonly runs: RunStore;
  readonly plans: PlanStore;
  readonly ui: UiStore;
  readonly tails: NodeTails;
  readonly text: Text;
  readonly wishes: Emitter<CanvasWish>;
  /** Shows the edit at once and asks the host to make it. False when it was refused on the spot. */
  edit(edit: WorkflowEdit): boolean;
  undo(): void;
  redo(): void;
  save(): void;
  autoLayout(): void;
  /** With `prune`, what no node makes any more is deleted; `also` are choices beside those of the plan that is shown. */
  plan(prune?: boolean, also?: PlanWishes): void;
  /** Shows the edit of the file that ends a conflict as a diff. */
  endConflict(conflict: HostRequests['endConflict']['params']): void;
  /** Shows the edit that writes live values into the file as a diff: all of the node, or those at `paths`. */
  adoptDrift(nodeId: string, paths?: readonly string[]): void;
  /** Plans to bring a node back to what the file says. */
  reassertDrift(nodeId: string): void;
  closePlan(): void;
  /** Makes a namespace that the shown plan misses, and plans again. */
  createNamespace(namespace: string): void;
  /** Starts a run of exactly the plan with this digest. */
  startRun(digest: string): void;
  cancelRun(runId: string): void;
  /** Answers a gate of the run that waits. */
  answerGate(runId: string, gateId: string, decision: GateDecision): void;
  selectTarget(): void;
  /** Tries the cluster again at once. */
  readonly reconnect: () => void;
  openLogs(nodeId: string): void;
  openTerminal(nodeId: string): void;
  /** Shows the edit that mends a finding as a diff. */
  previewFix(check: DiagnosisCheck): void;
  revealNode(nodeId: string): void;
  /** Whether the key has a value now; undefined when the question failed. */
  enterSecret(nodeId: string, key: string): Promise<boolean | undefined>;
  manifestOf(nodeId: string): Promise<string | undefined>;
  /** The objects of a node and how each does; undefined when the question failed. */
  objectsOf(nodeId: string): Promise<NodeObjects | undefined>;
  /** The tags of an image, of a registry that was added; none where it does not answer. */
  readonly tagsOf: (image: string) => Promise<readonly string[]>;
  /** Pods, events and usage of a node; undefined while there are none to be had. A failure is the log's, since this is asked again and again. */
  liveOf(nodeId: string): Promise<NodeLive | undefined>;
  /** Renders charts and bases; resolves when that has ended, however it did. */
  renderSources(): Promise<void>;
  copyText(text: string): void;
  /** Copies nodes to the system's clipboard; false when that failed, which has been told. */
  copyNodes(nodeIds: readonly string[]): Promise<boolean>;
  /** Adds what a text, else the clipboard, stands for in one step. The new nodes' ids once they are shown; none when it failed. */
  pasteNodes(given: { readonly text?: string; readonly at?: Point }): Promise<readonly string[]>;
  tellSelection(nodeIds: readonly string[]): void;
}

/** The sentence of a failure for a person. */
export function failureText(error: unknown, text: Text): string {
  if (error instanceof ChannelError) return error.error.problem?.text ?? error.error.message;
  return error instanceof Error ? error.message : text('Something went wrong.');
}

/** When the page shows a revision of the document. Answers and events travel apart, so either may come first. */
function shown(documents: DocumentStore, revision: number): Promise<void> {
  return new Promise((resolve) => {
    const looked = (): boolean => documents.getState().confirmed.revision >= revision;
    if (looked()) return resolve();
    const stop = documents.subscribe(() => {
      if (!looked()) return;
      stop();
      resolve();
    });
  });
}

export function createCanvasSession(parts: {
  readonly channel: CanvasChannel;
  readonly documents: DocumentStore;
  readonly runs: RunStore;
  readonly plans: PlanStore;
  readonly ui: UiStore;
  readonly tails: NodeTails;
  readonly text: Text;
  /** Distinguishes the edits of this page from those of another view of the same document. */
  readonly viewId: string;
}): CanvasSession {
  const { channel, documents, runs, plans, ui, tails, text, viewId } = parts;
  let edits = 0;
  let copying: Promise<string | undefined> | undefined;
  // A page that is going away has nobody left to tell.
  const isQuiet = (error: unknown): boolean => error instanceof ChannelError && (error.error.code === 'closed' || error.error.code === 'cancelled');
  const report = (error: unknown): void => {
    if (!isQuiet(error)) ui.getState().notify(failureText(error, text), 'error');
  };
  const ask = (request: Promise<unknown>): void => void request.catch(report);

  const showPlan = (asked: Promise<Plan>): void => {
    plans.getState().wait('planning');
    ui.getState().openSide('plan');
    asked.then(
      (plan) => {
        plans.getState().wait(undefined);
        plans.getState().show(plan);
        ui.getState().announce(text('The plan is ready.'));
      },
      (error: unknown) => {
        if (isQuiet(error)) plans.getState().wait(undefined);
        else plans.getState().fail(failureText(error, text));
      },
    );
  };
  return {
    documents,
    runs,
    plans,
    ui,
    tails,
    text,
    wishes: new Emitter<CanvasWish>(report),
    edit(edit) {
      const state = documents.getState();
      edits += 1;
      const editId = `${viewId}-${edits}`;
      const begun = state.begin(editId, edit);
      if (!begun.ok) {
        ui.getState().notify(
          begun.reason === 'read-only' ? text('The canvas is read-only: {0}', begun.detail) : text('The change was not made: {0}', begun.detail),
          'error',
        );
        return false;
      }
      channel.request('applyEdit', { editId, edit }).then(
        ({ revision }) => documents.getState().settle(editId, revision),
        (error: unknown) => {
          documents.getState().rollBack(editId);
          report(error);
        },
      );
      return true;
    },
    undo: () => ask(channel.request('undo', {})),
    redo: () => ask(channel.request('redo', {})),
    save: () => ask(channel.request('save', {})),
    autoLayout: () => ask(channel.request('autoLayout', {})),
    plan: (prune, also) => showPlan(channel.request('plan', { ...(prune === true ? { prune } : {}), ...(also === undefined ? {} : { also }) })),
    endConflict: (conflict) => ask(channel.request('endConflict', conflict)),
    adoptDrift: (nodeId, paths) => ask(channel.request('adoptDrift', paths === undefined ? { nodeId } : { nodeId, paths })),
    reassertDrift: (nodeId) => showPlan(channel.request('reassertDrift', { nodeId })),
    createNamespace: (namespace) => showPlan(channel.request('createNamespace', { namespace })),
    closePlan() {
      plans.getState().show(null);
      ui.getState().openSide('inspector');
      ask(channel.request('closePlan', {}));
    },
    startRun(digest) {
      plans.getState().wait('starting');
      channel.request('startRun', { digest }).then(
        () => {
          plans.getState().wait(undefined);
          plans.getState().show(null);
          ui.getState().openSide('run');
        },
        (error: unknown) => {
          if (isQuiet(error)) plans.getState().wait(undefined);
          else plans.getState().fail(failureText(error, text));
        },
      );
    },
    cancelRun: (runId) => ask(channel.request('cancelRun', { runId })),
    answerGate: (runId, gateId, decision) => ask(channel.request('answerGate', { runId, gateId, decision })),
    selectTarget: () => ask(channel.request('selectTarget', {})),
    reconnect: () => ask(channel.request('reconnect', {})),
    openLogs: (nodeId) => ask(channel.request('openLogs', { nodeId })),
    openTerminal: (nodeId) => ask(channel.request('openTerminal', { nodeId })),
    previewFix: ({ nodeId, name, code, args }) => ask(channel.request('previewFix', { nodeId, name, code, args })),
    revealNode: (nodeId) => ask(channel.request('revealNode', { nodeId })),
    enterSecret: (nodeId, key) =>
      channel.request('enterSecret', { nodeId, key }).then(
        ({ set }) => set,
        (error: unknown) => {
          report(error);
          return undefined;
        },
      ),
    manifestOf: (nodeId) =>
      channel.request('previewManifest', { nodeId }).then(
        ({ yaml }) => yaml,
        (error: unknown) => {
          report(error);
          return undefined;
        },
      ),
    objectsOf: (nodeId) =>
      channel.request('nodeObjects', { nodeId }).then(
        (objects) => objects,
        (error: unknown) => {
          report(error);
          return undefined;
        },
      ),
    liveOf: (nodeId) =>
      channel.request('nodeLive', { nodeId }).then(
        (live) => live ?? undefined,
        () => undefined,
      ),
    tagsOf: (image) =>
      channel.request('imageTags', { image }).then(
        ({ tags }) => tags,
        () => [],
      ),
    renderSources: () => channel.request('renderSources', {}).then(() => undefined, report),
    copyText(copied) {
      channel.request('copyText', { text: copied }).then(() => ui.getState().notify(text('Copied.'), 'info'), report);
    },
    copyNodes: (nodeIds) => {
      const done = channel.request('copyNodes', { nodeIds }).then(
        ({ text: copied, leftOut }) => {
          if (leftOut.length > 0) ui.getState().notify(text('Values of Secrets are not copied: {0}', leftOut.join(', ')), 'info');
          return copied;
        },
        (error: unknown) => {
          report(error);
          return undefined;
        },
      );
      copying = done;
      return done
        .finally(() => {
          if (copying === done) copying = undefined;
        })
        .then((copied) => copied !== undefined);
    },
    pasteNodes: async ({ text: given, at }) => {
      const place = at === undefined ? {} : { at };
      try {
        // What is being copied has not reached the clipboard yet, and what the event brought is what was there before.
        const pasted = (await copying) ?? given;
        const { nodeIds, revision, notes } = await channel.request('pasteNodes', pasted === undefined ? place : { text: pasted, ...place });
        for (const note of notes) ui.getState().notify(note, 'info');
        await shown(documents, revision);
        return nodeIds;
      } catch (error) {
        report(error);
        return [];
      }
    },
    tellSelection: (nodeIds) => channel.tell('selectionChanged', { nodeIds }),
  };
}
