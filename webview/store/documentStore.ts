import { createStore } from 'zustand/vanilla';
import { applyEdit } from '../../src/shared/applyEdit';
import type { Catalog } from '../../src/shared/catalog';
import { relationOfTypes } from '../../src/shared/catalog';
import { sameJson } from '../../src/shared/json';
import type { DocumentPatch } from '../../src/shared/documentPatch';
import { patchedDocument } from '../../src/shared/documentPatch';
import type { DocumentSnapshot } from '../../src/shared/protocol';
import type { Point, Workflow, WorkflowEdge, WorkflowNode } from '../../src/shared/workflow';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import type { EditOutcome, EditRefusal, WorkflowEdit } from '../../src/shared/workflowEdit';

interface PendingEdit {
  readonly editId: string;
  readonly edit: WorkflowEdit;
  /** The revision that contains it, once the host has said so. */
  readonly revision?: number;
}

export interface DocumentState {
  /** What the host last said. */
  readonly confirmed: DocumentSnapshot;
  readonly catalog: Catalog;
  /** Edits made here that no snapshot contains yet, oldest first. */
  readonly pending: readonly PendingEdit[];
  /** What is shown: the confirmed workflow with the pending edits on top. */
  readonly workflow: Workflow;

  /** Shows an edit at once. A refusal changes nothing. */
  begin(editId: string, edit: WorkflowEdit): { readonly ok: true } | { readonly ok: false; readonly reason: EditRefusal; readonly detail: string };
  /** The host has made the edit: it stays on top until a snapshot of that revision or a later one arrives. */
  settle(editId: string, revision: number): void;
  /** The host has refused the edit: it is as if it had never been made. */
  rollBack(editId: string): void;
  confirm(snapshot: DocumentSnapshot): void;
  /** False when the patch does not follow on what is known here: then a snapshot has to be asked for. */
  patch(patch: DocumentPatch): boolean;
  replaceCatalog(catalog: Catalog): void;
}

export type DocumentStore = ReturnType<typeof createDocumentStore>;

function keptNode(previous: WorkflowNode | undefined, next: WorkflowNode): WorkflowNode {
  return previous !== undefined && previous.type === next.type && sameJson(previous.data, next.data) ? previous : next;
}

function sameEdge(a: WorkflowEdge, b: WorkflowEdge): boolean {
  return sameJson({ ...a }, { ...b });
}

/** `next` with the nodes and edges of `previous` where nothing changed: what is the same object need not be drawn again. */
export function keepUnchanged(previous: Workflow, next: Workflow): Workflow {
  const nodes = new Map(previous.nodes.map((node) => [node.id, node]));
  const edges = new Map(previous.edges.map((edge) => [edgeKey(edge), edge]));
  return {
    ...next,
    nodes: next.nodes.map((node) => keptNode(nodes.get(node.id), node)),
    edges: next.edges.map((edge) => {
      const before = edges.get(edgeKey(edge));
      return before !== undefined && sameEdge(before, edge) ? before : edge;
    }),
  };
}

/** Puts the pending edits on top. One that no longer fits is left out: the snapshot contains it already, or its node is gone. */
function withPending(workflow: Workflow, pending: readonly PendingEdit[]): Workflow {
  return pending.reduce((current, { edit }) => {
    const outcome: EditOutcome = applyEdit(current, edit);
    return outcome.ok ? outcome.workflow : current;
  }, workflow);
}

export function createDocumentStore(snapshot: DocumentSnapshot, catalog: Catalog) {
  return createStore<DocumentState>()((set, get) => {
    const show = (confirmed: DocumentSnapshot, pending: readonly PendingEdit[]): void => {
      const left = pending.filter((edit) => edit.revision === undefined || edit.revision > confirmed.revision);
      set({ confirmed, pending: left, workflow: keepUnchanged(get().workflow, withPending(confirmed.workflow, left)) });
    };
    return {
      confirmed: snapshot,
      catalog,
      pending: [],
      workflow: snapshot.workflow,
      begin(editId, edit) {
        const { confirmed, pending, workflow } = get();
        if (confirmed.readOnly) return { ok: false, reason: 'read-only', detail: confirmed.readOnlyReason ?? '' };
        const outcome: EditOutcome = applyEdit(workflow, edit);
        if (!outcome.ok) return outcome;
        set({ pending: [...pending, { editId, edit }], workflow: keepUnchanged(workflow, outcome.workflow) });
        return { ok: true };
      },
      settle(editId, revision) {
        show(
          get().confirmed,
          get().pending.map((pending) => (pending.editId === editId ? { ...pending, revision } : pending)),
        );
      },
      rollBack(editId) {
        show(
          get().confirmed,
          get().pending.filter((pending) => pending.editId !== editId),
        );
      },
      confirm(next) {
        // Snapshots may overtake one another when the view asks for one itself; an older one tells nothing new.
        if (next.revision >= get().confirmed.revision) show(next, get().pending);
      },
      patch(patch) {
        const { confirmed, pending } = get();
        if (patch.revision < confirmed.revision) return true;
        const next = patchedDocument(confirmed, patch);
        if (next !== undefined) show(next, pending);
        return next !== undefined;
      },
      replaceCatalog(next) {
        if (!sameJson(next as never, get().catalog as never)) set({ catalog: next });
      },
    };
  });
}

/** Where a node stands: by the file, else by what the host computed, else at the origin. */
export function positionOf(state: Pick<DocumentState, 'workflow' | 'confirmed'>, id: string): Point {
  const { layout } = state.workflow;
  if (Object.hasOwn(layout, id)) return layout[id] as Point;
  const { positions } = state.confirmed;
  return Object.hasOwn(positions, id) ? (positions[id] as Point) : [0, 0];
}

/** The relation of an edge; the host's word where it has spoken, the kinds' otherwise. */
export function relationOf(state: Pick<DocumentState, 'workflow' | 'confirmed' | 'catalog'>, edge: WorkflowEdge): string | undefined {
  const key = edgeKey(edge);
  const { relations } = state.confirmed;
  if (Object.hasOwn(relations, key)) return relations[key];
  const from = nodeById(state.workflow, edge.from);
  const to = nodeById(state.workflow, edge.to);
  if (from === undefined || to === undefined) return edge.relation;
  return relationOfTypes(state.catalog, from.type, to.type, edge.relation)?.relation ?? edge.relation;
}
