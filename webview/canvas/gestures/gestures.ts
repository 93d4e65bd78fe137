import type { CanvasSession } from '../../bridge/canvasSession';
import { fragmentOf, insertion } from '../../../src/shared/fragment';
import type { CanvasCommand } from '../../../src/shared/protocol';
import { cardSize } from '../../../src/shared/nodeCard';
import { freeId } from '../../../src/shared/freeId';
import type { Group, Point, Workflow } from '../../../src/shared/workflow';
import type { WorkflowEdit } from '../../../src/shared/workflowEdit';
import type { Starter } from '../../palette/starters';
import { starterFragment } from '../../palette/starters';
import { positionOf } from '../../store/documentStore';
import { moveEdit } from '../fromFlow';
import { collapseEdit } from '../groups/groupEdits';
import type { Alignment, Card, Distribution } from './arrange';
import { aligned, distributed } from './arrange';
import { reachable, referrers } from './relations';
import { removeAndReconnect, removeParts } from './removeParts';

/** How far from the original a duplicate stands. */
const duplicateOffset = 32;

/** What gestures act through: the session, and what only the mounted canvas can do. */
export interface GestureContext {
  readonly session: CanvasSession;
  /** The selected nodes, in the order of the file. */
  readonly selectedNodes: () => readonly string[];
  readonly select: (ids: readonly string[]) => void;
  /** Whether the canvas may be changed now. */
  readonly isEditable: () => boolean;
  /** Where something new belongs: under the pointer when it is over the canvas, else the middle of the view. */
  readonly place: () => Point;
  /** Gives the canvas the focus, so that what held it may vanish. */
  readonly focus: () => void;
  /** Lets the person type a group's name where it is drawn. */
  readonly nameGroup: (id: string) => void;
}

function positionsOf(session: CanvasSession): Readonly<Record<string, Point>> {
  const state = session.documents.getState();
  const positions = Object.create(null) as Record<string, Point>;
  for (const { id } of state.workflow.nodes) positions[id] = positionOf(state, id);
  return positions;
}

export async function copySelection({ session, selectedNodes }: GestureContext): Promise<boolean> {
  const ids = selectedNodes();
  if (ids.length === 0 || !(await session.copyNodes(ids))) return false;
  session.ui.getState().announce(ids.length === 1 ? session.text('Copied {0}', ids[0] ?? '') : session.text('Copied {0} nodes', ids.length));
  return true;
}

/** Copies first; only what the clipboard has is taken away. */
export async function cutSelection(context: GestureContext): Promise<void> {
  const { session } = context;
  const ids = context.selectedNodes();
  if (!context.isEditable() || !(await copySelection(context))) return;
  if (removeParts(session, ids, [])) context.focus();
}

function deleteAndReconnect(context: GestureContext): void {
  if (context.isEditable() && removeAndReconnect(context.session, context.selectedNodes())) context.focus();
}

export async function pasteNodes(context: GestureContext, text?: string): Promise<void> {
  const { session } = context;
  if (!context.isEditable()) return;
  const ids = await session.pasteNodes({ ...(text === undefined ? {} : { text }), at: context.place() });
  if (ids.length === 0) return;
  context.select(ids);
  context.focus();
  session.ui.getState().announce(ids.length === 1 ? session.text('Pasted {0}', ids[0] ?? '') : session.text('Pasted {0} nodes', ids.length));
}

export function duplicateSelection(context: GestureContext): void {
  const { session } = context;
  if (!context.isEditable()) return;
  const { workflow, catalog } = session.documents.getState();
  const positions = positionsOf(session);
  const fragment = fragmentOf(workflow, context.selectedNodes(), positions);
  const moved = Object.fromEntries(Object.entries(fragment.layout).map(([id, [x, y]]): [string, Point] => [id, [x + duplicateOffset, y + duplicateOffset]]));
  const made = insertion({ ...fragment, layout: moved }, { workflow, catalog, positions });
  if (made === undefined || !session.edit(made.edit)) return;
  context.select(made.ids);
  session.ui.getState().announce(made.ids.length === 1 ? session.text('Added {0}', made.ids[0] ?? '') : session.text('Added {0} nodes', made.ids.length));
}

/** Cards as they stand in the document, which is where a gesture begins. */
export function cardsOf(session: CanvasSession, ids?: readonly string[]): readonly Card[] {
  const state = session.documents.getState();
  const wanted = ids === undefined ? undefined : new Set(ids);
  return state.workflow.nodes.flatMap((node) => {
    if (wanted !== undefined && !wanted.has(node.id)) return [];
    const [x, y] = positionOf(state, node.id);
    return [{ id: node.id, x, y, ...cardSize(node, state.catalog) }];
  });
}

function arrangeSelection(context: GestureContext, arrange: (cards: readonly Card[]) => ReturnType<typeof aligned>, told: string, atLeast: number): void {
  const { session } = context;
  const cards = cardsOf(session, context.selectedNodes());
  if (!context.isEditable()) return;
  if (cards.length < atLeast) return session.ui.getState().notify(session.text('Select {0} nodes or more first.', atLeast), 'info');
  const state = session.documents.getState();
  const edit = moveEdit(arrange(cards), (id) => positionOf(state, id));
  if (edit === undefined || session.edit(edit)) session.ui.getState().announce(told);
}

function selectRelated(context: GestureContext, related: (workflow: Workflow, ids: readonly string[]) => readonly string[]): void {
  const { session } = context;
  const before = context.selectedNodes();
  const ids = related(session.documents.getState().workflow, before);
  context.select(ids);
  session.ui.getState().announce(session.text('{0} nodes selected', ids.length));
}

/** Selects what would lose something if the selection went, and names it. */
function showReferrers(context: GestureContext): void {
  const { session } = context;
  const ids = context.selectedNodes();
  if (ids.length === 0) return;
  const losers = referrers(session.documents.getState().workflow, ids);
  const ui = session.ui.getState();
  if (losers.length === 0) return ui.notify(session.text('Nothing in this workflow names it.'), 'info');
  ui.notify(session.text('These name it, and would lose it: {0}', losers.join(', ')), 'info');
  context.select([...ids, ...losers]);
}

function groupsOf(workflow: Workflow, ids: readonly string[]): readonly string[] {
  const chosen = new Set(ids);
  return Object.entries(workflow.groups).flatMap(([id, group]) => (group.nodes.some((member) => chosen.has(member)) ? [id] : []));
}

/** A node is in one group at most: what joins a new one leaves its old one, in the same step. */
function groupSelection(context: GestureContext): void {
  const { session } = context;
  const ids = context.selectedNodes();
  if (!context.isEditable() || ids.length === 0) return;
  const { workflow } = session.documents.getState();
  const edits: WorkflowEdit[] = groupsOf(workflow, ids).map((id) => {
    const group = workflow.groups[id] as Group;
    const left = group.nodes.filter((member) => !ids.includes(member));
    return left.length === 0 ? { type: 'group', id } : { type: 'group', id, group: { ...group, nodes: left } };
  });
  const gone = new Set(edits.flatMap((edit) => (edit.type === 'group' && edit.group === undefined ? [edit.id] : [])));
  const id = freeId('group', new Set(Object.keys(workflow.groups).filter((taken) => !gone.has(taken))));
  const rest = edits.filter((edit) => !(edit.type === 'group' && edit.id === id));
  const made = session.edit({ type: 'composite', edits: [...rest, { type: 'group', id, group: { nodes: [...ids] } }] });
  if (!made) return;
  session.ui.getState().announce(session.text('Grouped {0} nodes', ids.length));
  context.nameGroup(id);
}

function ungroupSelection(context: GestureContext): void {
  const { session } = context;
  const groups = groupsOf(session.documents.getState().workflow, context.selectedNodes());
  if (!context.isEditable() || groups.length === 0) return;
  if (session.edit({ type: 'composite', edits: groups.map((id) => ({ type: 'group', id })) })) session.ui.getState().announce(session.text('Ungrouped'));
}

/** Collapses the groups of the selection, or expands them when all of them are collapsed. */
function toggleCollapse(context: GestureContext): void {
  const { session } = context;
  const { workflow } = session.documents.getState();
  const groups = groupsOf(workflow, context.selectedNodes());
  if (!context.isEditable()) return;
  if (groups.length === 0) return session.ui.getState().notify(session.text('Select a node of a group first.'), 'info');
  const collapsed = groups.some((id) => workflow.groups[id]?.collapsed !== true);
  const edits = groups.flatMap((id) => collapseEdit(workflow, id, collapsed) ?? []);
  if (session.edit({ type: 'composite', edits })) session.ui.getState().announce(collapsed ? session.text('Collapsed') : session.text('Expanded'));
}

/** Adds a few nodes that belong together, with the middle at a place. */
export function addStarter(context: GestureContext, starter: Starter, at: Point): void {
  const { session } = context;
  if (!context.isEditable()) return;
  const { workflow, catalog } = session.documents.getState();
  const made = insertion(starterFragment(starter), { workflow, catalog, positions: positionsOf(session) }, at);
  if (made === undefined || !session.edit(made.edit)) return;
  context.select(made.ids);
  session.ui.getState().announce(session.text('Added {0} nodes', made.ids.length));
}

/** Commands that need no more than the selection; the others are the canvas's own. */
type GestureCommand = Exclude<CanvasCommand, 'addNode' | 'deleteSelection' | 'fitView' | 'selectAll' | 'renameSelection' | 'resetView'>;

const align =
  (how: Alignment) =>
  (context: GestureContext): void =>
    arrangeSelection(context, (cards) => aligned(cards, how), context.session.text('Aligned {0} nodes', context.selectedNodes().length), 2);
const distribute =
  (how: Distribution) =>
  (context: GestureContext): void =>
    arrangeSelection(context, (cards) => distributed(cards, how), context.session.text('Distributed {0} nodes', context.selectedNodes().length), 3);

const performers: Readonly<Record<GestureCommand, (context: GestureContext) => void>> = {
  copySelection: (context) => void copySelection(context),
  cutSelection: (context) => void cutSelection(context),
  pasteNodes: (context) => void pasteNodes(context),
  duplicateSelection,
  deleteAndReconnect,
  alignLeft: align('alignLeft'),
  alignCenter: align('alignCenter'),
  alignRight: align('alignRight'),
  alignTop: align('alignTop'),
  alignMiddle: align('alignMiddle'),
  alignBottom: align('alignBottom'),
  distributeHorizontally: distribute('distributeHorizontally'),
  distributeVertically: distribute('distributeVertically'),
  selectUpstream: (context) => selectRelated(context, (workflow, ids) => reachable(workflow, ids, 'upstream')),
  selectDownstream: (context) => selectRelated(context, (workflow, ids) => reachable(workflow, ids, 'downstream')),
  selectReferrers: showReferrers,
  groupSelection,
  ungroupSelection,
  findNode: ({ session }) => session.ui.getState().openFind(true),
  toggleCollapse,
  toggleOverview: ({ session }) => session.ui.getState().toggleOverview(),
  toggleLiveTail: ({ session }) => session.ui.getState().toggleLiveTail(),
  togglePalette: ({ session }) => session.ui.getState().togglePalette(),
  toggleSettings: ({ session }) => session.ui.getState().toggleSide(),
};

export function isGesture(name: CanvasCommand): name is GestureCommand {
  return Object.hasOwn(performers, name);
}

export function performGesture(name: GestureCommand, context: GestureContext): void {
  performers[name](context);
}
