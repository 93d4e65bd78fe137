import type { JsonValue } from './json';
import { jsonObject, sameJson } from './json';
import type { DocumentSnapshot } from './protocol';
import type { Workflow } from './workflow';

/** One piece of a list that was replaced; what stands before and behind it is as it was. */
export interface ListPatch<T> {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly T[];
}

export interface RecordPatch<T> {
  readonly set: Readonly<Record<string, T>>;
  readonly gone: readonly string[];
}

const listParts = ['problems', 'derivedFrom'] as const;
const recordParts = ['positions', 'relations', 'derived'] as const;

type Head = Omit<Workflow, 'nodes' | 'edges' | 'layout'>;

/** What changed from one state of a document to the next; a part that is absent is as it was. */
export type DocumentPatch = Pick<DocumentSnapshot, 'revision' | 'readOnly' | 'readOnlyReason'> & {
  /** The revision of the state that this is told against; on any other it must not be applied. */
  readonly base: number;
  /** All of the workflow that does not grow with its nodes. */
  readonly head?: Head;
  readonly nodes?: ListPatch<Workflow['nodes'][number]>;
  readonly edges?: ListPatch<Workflow['edges'][number]>;
  readonly layout?: RecordPatch<Workflow['layout'][string]>;
} & { readonly [K in (typeof listParts)[number]]?: ListPatch<DocumentSnapshot[K][number]> } & {
  readonly [K in (typeof recordParts)[number]]?: RecordPatch<DocumentSnapshot[K][string]>;
};

function same(a: unknown, b: unknown): boolean {
  return sameJson(a as JsonValue | undefined, b as JsonValue | undefined);
}

function listPatch<T>(before: readonly T[], after: readonly T[]): ListPatch<T> | undefined {
  let at = 0;
  while (at < before.length && at < after.length && same(before[at], after[at])) at++;
  let behind = 0;
  const most = Math.min(before.length, after.length) - at;
  while (behind < most && same(before[before.length - 1 - behind], after[after.length - 1 - behind])) behind++;
  const removed = before.length - at - behind;
  const added = after.slice(at, after.length - behind);
  return removed === 0 && added.length === 0 ? undefined : { at, removed, added };
}

function recordPatch<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): RecordPatch<T> | undefined {
  const set = jsonObject() as Record<string, T>;
  for (const [key, value] of Object.entries(after)) if (!Object.hasOwn(before, key) || !same(before[key], value)) set[key] = value;
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return gone.length === 0 && Object.keys(set).length === 0 ? undefined : { set, gone };
}

function patchedList<T>(before: readonly T[], patch: ListPatch<T> | undefined): readonly T[] {
  return patch === undefined ? before : before.toSpliced(patch.at, patch.removed, ...patch.added);
}

function patchedRecord<T>(before: Readonly<Record<string, T>>, patch: RecordPatch<T> | undefined): Readonly<Record<string, T>> {
  if (patch === undefined) return before;
  const after = { ...before, ...patch.set };
  for (const key of patch.gone) delete after[key];
  return after;
}

function headOf({ nodes: _nodes, edges: _edges, layout: _layout, ...head }: Workflow): Head {
  return head;
}

/** What leads from one state to the next, as little as it takes: a keystroke in a large file is told as the node that it changed. */
export function documentPatch(before: DocumentSnapshot, after: DocumentSnapshot): DocumentPatch {
  const head = headOf(after.workflow);
  const parts: Record<string, unknown> = {
    head: same(headOf(before.workflow), head) ? undefined : head,
    nodes: listPatch(before.workflow.nodes, after.workflow.nodes),
    edges: listPatch(before.workflow.edges, after.workflow.edges),
    layout: recordPatch(before.workflow.layout, after.workflow.layout),
  };
  for (const part of listParts) parts[part] = listPatch<unknown>(before[part], after[part]);
  for (const part of recordParts) parts[part] = recordPatch<unknown>(before[part], after[part]);
  const { revision, readOnly, readOnlyReason } = after;
  return {
    base: before.revision,
    revision,
    readOnly,
    ...(readOnlyReason === undefined ? {} : { readOnlyReason }),
    ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)),
  };
}

/** The state after `before`; what did not change is the same object. Undefined when the patch was not told against `before`. */
export function patchedDocument(before: DocumentSnapshot, patch: DocumentPatch): DocumentSnapshot | undefined {
  if (patch.base !== before.revision) return undefined;
  const { workflow } = before;
  const isSameWorkflow = patch.head === undefined && patch.nodes === undefined && patch.edges === undefined && patch.layout === undefined;
  const { revision, readOnly, readOnlyReason } = patch;
  return {
    revision,
    readOnly,
    ...(readOnlyReason === undefined ? {} : { readOnlyReason }),
    workflow: isSameWorkflow
      ? workflow
      : {
          ...(patch.head ?? headOf(workflow)),
          nodes: patchedList(workflow.nodes, patch.nodes),
          edges: patchedList(workflow.edges, patch.edges),
          layout: patchedRecord(workflow.layout, patch.layout),
        },
    problems: patchedList(before.problems, patch.problems),
    derivedFrom: patchedList(before.derivedFrom, patch.derivedFrom),
    positions: patchedRecord(before.positions, patch.positions),
    relations: patchedRecord(before.relations, patch.relations),
    derived: patchedRecord(before.derived, patch.derived),
  };
}
