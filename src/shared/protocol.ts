import type { NodeLive } from './nodeLive';
import type { Catalog } from './catalog';
import type { DerivedSource } from './derivedLink';
import type { DiagnosisCheck, DiagnosisSnapshot } from './diagnosis';
import type { DocumentPatch } from './documentPatch';
import type { DriftView } from './drift';
import type { JsonValue } from './json';
import type { Plan, Target } from './plan';
import type { GateDecision } from './runEvent';
import type { Problem } from './problem';
import type { LogLevel } from './logLevel';
import type { LogStreamEvent, ParsedLogLine, RunSnapshot, StreamHealth, WorkflowStreamEvent } from './stream';
import type { NodeState, NodeStatus } from './nodeStatus';
import type { Point, Workflow } from './workflow';
import type { EditRefusal, WorkflowEdit } from './workflowEdit';

/** One state of the document: `revision` rises with every change of the text, whoever made it. */
export interface DocumentSnapshot {
  readonly revision: number;
  readonly workflow: Workflow;
  readonly problems: readonly WordedProblem[];
  /** The text is broken: what parsed is shown and cannot be edited here. */
  readonly readOnly: boolean;
  /** Why it is read-only, in words. */
  readonly readOnlyReason?: string;
  /** A position for every node: those of the file, and computed ones for nodes the file does not place. */
  readonly positions: Readonly<Record<string, Point>>;
  /** The relation of each edge by `edgeKey`; an edge whose relation cannot be told is absent. */
  readonly relations: Readonly<Record<string, string>>;
  /** Values that relations derive, by node id and field. */
  readonly derived: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  /** From which node each of them comes. */
  readonly derivedFrom: readonly DerivedSource[];
}

/** A problem with its sentence already translated by the host. */
export interface WordedProblem extends Problem {
  readonly text: string;
}

/** Everything a canvas needs to paint for the first time. */
export interface CanvasSnapshot {
  readonly document: DocumentSnapshot;
  readonly catalog: Catalog;
  readonly target: Target | null;
  readonly chosen: string | null;
  readonly live: {
    readonly nodes: Readonly<Record<string, NodeStatus>>;
    readonly health: StreamHealth;
    readonly sequenceNumber: number;
    readonly diagnosis?: DiagnosisSnapshot;
  };
  readonly run: RunSnapshot | null;
  readonly plan: Plan | null;
  readonly drift: DriftView;
  /** Translations of the webview's texts: English sentence to translated sentence; empty for English. */
  readonly texts: Readonly<Record<string, string>>;
  /** Whether the workspace is trusted; untrusted ones reach the sandbox only. */
  readonly trusted: boolean;
  /** Whether the canvas answers the keys of its commands itself; else they come back as commands. */
  readonly ownKeys: boolean;
}

/** The objects of one node. */
export interface NodeObjects {
  readonly objects: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
    readonly state: NodeState;
    readonly message: string;
  }[];
  /** When a program made them of a chart or base, ISO 8601; absent when none did in this window. */
  readonly renderedAt?: string;
  /** The node was changed since. */
  readonly outdated?: boolean;
}

/** Choices that are added to those of a plan. */
export interface PlanWishes {
  readonly adopt?: readonly string[];
  readonly take?: readonly string[];
  readonly named?: readonly string[];
}

/** Requests that the webview makes of the host: name to parameters and result. */
export interface HostRequests {
  ready: { params: Record<string, never>; result: CanvasSnapshot };
  /** `editId` is made by the webview; the answer tells the revision that contains the edit. */
  applyEdit: { params: { editId: string; edit: WorkflowEdit }; result: { editId: string; revision: number } };
  undo: { params: Record<string, never>; result: null };
  redo: { params: Record<string, never>; result: null };
  save: { params: Record<string, never>; result: null };
  /** Full state after a gap or after becoming visible again. */
  workflowSync: { params: Record<string, never>; result: CanvasSnapshot };
  /** Tries the cluster again at once, rather than when the next attempt is due. */
  reconnect: { params: Record<string, never>; result: null };
  /**
   * `prune`: what no node makes any more is deleted. `also` adds choices to those of the plan that is shown: objects to take over, fields to
   * take from their owners, and objects that hold data and are to be deleted, too; each named as `PlanChoices` and `PruneWish` say.
   */
  plan: { params: { prune?: boolean; also?: PlanWishes }; result: Plan };
  /** Shows the edit of the file that ends a conflict as a diff: `drop` no longer says the field, `share` says it as it is on the cluster. */
  endConflict: { params: { nodeId: string; kind: string; name: string; namespace: string; path: string; way: 'drop' | 'share' }; result: null };
  /** Shows the edit that writes live values of a node into the file as a diff; all that differ when no paths are given. */
  adoptDrift: { params: { nodeId: string; paths?: readonly string[] }; result: null };
  /** Plans to bring a node back to what the file says, fields that others have taken included. */
  reassertDrift: { params: { nodeId: string }; result: Plan };
  closePlan: { params: Record<string, never>; result: null };
  /** Makes a namespace that the shown plan misses, once the person has confirmed it, and plans again. */
  createNamespace: { params: { namespace: string }; result: Plan };
  /** Starts a run of the plan with this digest, the one that was shown. */
  startRun: { params: { digest: string }; result: { runId: string } };
  cancelRun: { params: { runId: string }; result: null };
  /** Answers a gate of a paused run, under the name that the cluster knows us by, and goes on with the run. */
  answerGate: { params: { runId: string; gateId: string; decision: GateDecision }; result: null };
  selectTarget: { params: Record<string, never>; result: Target | null };
  openLogs: { params: { nodeId: string }; result: null };
  openTerminal: { params: { nodeId: string }; result: null };
  /** Shows the edit that mends a finding as a diff; it is applied only from there. */
  previewFix: { params: Pick<DiagnosisCheck, 'nodeId' | 'name' | 'code' | 'args'>; result: null };
  /** Shows the node's place in the text editor beside the canvas. */
  revealNode: { params: { nodeId: string }; result: null };
  /** Asks in a VS Code input box; the value never reaches the webview. Answers which keys have a value now. */
  enterSecret: { params: { nodeId: string; key: string }; result: { set: boolean } };
  previewManifest: { params: { nodeId: string }; result: { yaml: string } };
  /** Renders the workflow's charts and bases anew. */
  renderSources: { params: Record<string, never>; result: null };
  /** The objects of a node that makes several, and how each does. */
  nodeObjects: { params: { nodeId: string }; result: NodeObjects };
  /** Pods, events and usage of a node; null while no cluster is followed. */
  nodeLive: { params: { nodeId: string }; result: NodeLive | null };
  /** Tags behind the name of an image, of a registry that was added; none where it does not answer. */
  imageTags: { params: { image: string }; result: { readonly tags: readonly string[] } };
  autoLayout: { params: Record<string, never>; result: { editId: string; revision: number } };
  copyText: { params: { text: string }; result: null };
  /** Puts nodes into the clipboard as `text`. `leftOut` names what was not copied since it is a secret value, as `node.key`. */
  copyNodes: { params: { nodeIds: readonly string[] }; result: { readonly text: string; readonly leftOut: readonly string[] } };
  /**
   * Adds what a text stands for (nodes of a workflow, objects of Kubernetes) in one step, with its middle at `at`. Without a text the
   * host reads the clipboard. `notes` are sentences about what did not come along.
   */
  pasteNodes: {
    params: { text?: string; at?: Point };
    result: { readonly nodeIds: readonly string[]; readonly revision: number; readonly notes: readonly string[] };
  };
}

/** Events that the host posts to a canvas after `ready`. */
export interface HostEvents {
  documentChanged: DocumentSnapshot;
  /** The document changed, told against the state that this page was told last. */
  documentPatched: DocumentPatch;
  /** A plugin or template of the workspace has changed. Told before the document that is understood by it. */
  catalogChanged: { readonly catalog: Catalog };
  /** `chosen` names what the person chose, also while it cannot be reached and there is no target. */
  targetChanged: { readonly target: Target | null; readonly chosen: string | null };
  planChanged: { readonly plan: Plan | null };
  driftChanged: DriftView;
  stream: WorkflowStreamEvent;
  /** A node's newest log line, of those that `tailsWanted` named. */
  tail: { readonly nodeId: string; readonly event: LogStreamEvent };
  /** Asks the canvas to select a node and bring it into view. */
  focusNode: { readonly nodeId: string };
  /** A command of the palette that acts on the canvas. */
  /** `byKey`: pressed somewhere in the window, so a field that has the focus means it otherwise. */
  command: { readonly name: CanvasCommand; readonly byKey?: boolean };
}

export const canvasCommands = [
  'addNode',
  'deleteSelection',
  'fitView',
  'selectAll',
  'renameSelection',
  'resetView',
  'copySelection',
  'cutSelection',
  'pasteNodes',
  'duplicateSelection',
  'deleteAndReconnect',
  'alignLeft',
  'alignCenter',
  'alignRight',
  'alignTop',
  'alignMiddle',
  'alignBottom',
  'distributeHorizontally',
  'distributeVertically',
  'selectUpstream',
  'selectDownstream',
  'selectReferrers',
  'groupSelection',
  'ungroupSelection',
  'findNode',
  'toggleOverview',
  'toggleCollapse',
  'toggleLiveTail',
  'togglePalette',
  'toggleSettings',
] as const;
export type CanvasCommand = (typeof canvasCommands)[number];

/** A text to look for, or a pattern as JavaScript writes it. Case does not count. */
export interface LogPattern {
  readonly text: string;
  readonly regex: boolean;
}

/** Which of the kept lines a log view shows; what is empty leaves nothing out. */
export interface LogSelection extends LogPattern {
  readonly levels: readonly LogLevel[];
  /** `pod/container`. */
  readonly sources: readonly string[];
}

/** Where a log view begins: with the newest lines of each container, at a time, or with the run before the last restart. */
export type LogOrigin =
  | { readonly type: 'tail' }
  | { readonly type: 'seconds'; readonly seconds: number }
  | { readonly type: 'time'; readonly time: string }
  | { readonly type: 'previous' };

/** Lines of the selection in order, and whether there are more on either side of them. */
export interface LogWindow {
  readonly lines: readonly ParsedLogLine[];
  readonly older: boolean;
  readonly newer: boolean;
}

/** Requests and events of a log view; it shares the channel but is its own page. */
export interface LogRequests {
  ready: {
    params: Record<string, never>;
    result: {
      readonly title: string;
      readonly nodeId: string;
      readonly texts: Readonly<Record<string, string>>;
      readonly follow: boolean;
      readonly selection: LogSelection;
      readonly origin: LogOrigin;
    };
  };
  setFollow: { params: { follow: boolean }; result: null };
  reconnect: { params: Record<string, never>; result: null };
  clearLogs: { params: Record<string, never>; result: null };
  openInEditor: { params: Record<string, never>; result: null };
  /** Asks in a VS Code dialog where to; false when none was chosen. */
  saveToFile: { params: Record<string, never>; result: { saved: boolean } };
  /** Shows only these lines; the page is sent them anew. Refused when the pattern is none or takes too long. */
  select: { params: LogSelection; result: null };
  /** Asks in a VS Code quick pick where to begin; null when none was chosen. The page is sent the lines anew. */
  chooseOrigin: { params: Record<string, never>; result: LogOrigin | null };
  /** Lines of the selection before or after the one with this id. */
  readLines: { params: { id: number; direction: 'older' | 'newer'; count: number }; result: LogWindow };
  /** The newest lines anew. */
  newest: { params: Record<string, never>; result: null };
  /**
   * Finds the next line before or after the one with this id, over all kept lines of the selection, going round at the end;
   * without an id it begins at the newest. `id` is absent when nothing matches; `index` counts matches from the oldest.
   */
  search: {
    params: LogPattern & { from?: number; direction: 'older' | 'newer' };
    result: { readonly count: number; readonly index: number; readonly id?: number; readonly window?: LogWindow };
  };
  copyText: { params: { text: string }; result: null };
}

export interface LogEvents {
  stream: LogStreamEvent;
}

/** Events that a webview posts to the host. */
export interface WebviewEvents {
  /** The selection, so that commands of the palette and the outline know it. */
  selectionChanged: { readonly nodeIds: readonly string[] };
  /** The nodes in view whose newest log line is to be told from now on; the others are not. */
  tailsWanted: { readonly nodeIds: readonly string[] };
  /** A fault in the webview, for the log; never shown as is. */
  fault: { readonly message: string };
}

/** Events that a log page posts to the host. */
export interface LogPageEvents extends Pick<WebviewEvents, 'fault'> {
  /** The event with this number has been drawn: the next one may come. */
  taken: { readonly sequenceNumber: number };
}

/** The typed error of a request. */
export type RequestErrorCode = 'refused' | 'cancelled' | 'closed' | 'invalid' | 'failed';

export interface RequestError {
  readonly code: RequestErrorCode;
  /** A sentence for a person, translated. */
  readonly message: string;
  readonly reason?: EditRefusal;
  readonly problem?: WordedProblem;
}
