import type { KubeObject } from '../../shared/kubeObject';
import { refOf } from '../../shared/kubeObject';
import type { KindList } from './kindList';
import type { TagsOf } from './listView';
import { countObjects, favouriteKey, selectObjects } from './listView';
import { noteOf, noteRow } from './resourceRows';
import type { Row } from './resourceRows';
import type { TreeParts } from './resourceTree';

type Parts = Pick<TreeParts, 'engine' | 'clock' | 'view' | 'favourites' | 'remarks'>;

/** The rows below a kind: what is to be said of its lists, its objects as the view wants them up to `limit`, and how many more there are. */
export function objectRows(row: Extract<Row, { type: 'kind' }>, lists: readonly KindList[], limit: number, parts: Parts): readonly Row[] {
  const selected = selectedOf(row.clusterKey, lists, parts);
  const nowMs = parts.clock.now();
  const favourites = new Set(parts.favourites());
  const remarks = parts.remarks();
  const withNamespace = row.namespaces[0] === '' ? row.kind.namespaced : row.namespaces.length > 1;
  const rows: Row[] = lists.flatMap((list) => notesOf(row.id, list));
  for (const object of selected.slice(0, limit)) {
    const ref = refOf(object);
    const key = favouriteKey(row.clusterKey, ref);
    const id = `${row.id}/${ref.namespace}/${ref.name}`;
    const remark = remarks.get(key);
    const about = { favourite: favourites.has(key), ...(remark !== undefined && { remarks: remark }) };
    rows.push({ type: 'object', id, clusterKey: row.clusterKey, ref, row: parts.engine.resourceRow(object, nowMs), ...about, withNamespace });
  }
  if (selected.length > limit) rows.push({ type: 'more', id: `${row.id}/:more`, kindId: row.id, left: selected.length - limit });
  if (rows.length === 0) rows.push(noteRow(row.id, { type: sizeOf(lists) === 0 ? 'empty' : 'noMatch' }));
  return rows;
}

/** How many objects of a kind the view shows and how many there are; undefined while a list of it is on its way. */
export function countOf(
  clusterKey: string,
  lists: readonly KindList[] | undefined,
  parts: Parts,
): { readonly shown: number; readonly all: number } | undefined {
  if (lists === undefined || lists.some((list) => list.state.type === 'loading')) return undefined;
  const view = parts.view();
  const tagsOf = tagsOfCluster(clusterKey, parts);
  return { shown: lists.reduce((sum, list) => sum + countObjects(list.objects(), view, parts.engine, tagsOf), 0), all: sizeOf(lists) };
}

/** What has to be said of a list that is not as it should be. */
export function notesOf(parent: string, list: KindList): readonly Row[] {
  const found = noteOf(list.state, list.kind.resource, list.namespace);
  return found === undefined ? [] : [noteRow(`${parent}/${list.namespace}`, found)];
}

/** The rows of `after` whose words are others than before; undefined when other rows are there, or in another order. */
export function changedRows(before: readonly Row[], after: readonly Row[]): readonly Row[] | undefined {
  if (before.length !== after.length) return undefined;
  const changed: Row[] = [];
  for (const [index, row] of after.entries()) {
    const old = before[index];
    if (old?.id !== row.id) return undefined;
    if (!saysTheSame(old, row)) changed.push(row);
  }
  return changed;
}

export function saysTheSame(one: Row, other: Row): boolean {
  // An error has no JSON of its own.
  if (one.type === 'note' && other.type === 'note' && one.note.type === 'failed' && other.note.type === 'failed') return one.note.error === other.note.error;
  return JSON.stringify(one) === JSON.stringify(other);
}

function selectedOf(clusterKey: string, lists: readonly KindList[], parts: Parts): readonly KubeObject[] {
  const favourites = new Set(parts.favourites());
  const isFavourite = favourites.size === 0 ? () => false : (object: KubeObject) => favourites.has(favouriteKey(clusterKey, refOf(object)));
  const objects = lists.length === 1 && lists[0] !== undefined ? lists[0].objects() : lists.flatMap((list) => [...list.objects()]);
  return selectObjects(objects, parts.view(), { engine: parts.engine, nowMs: parts.clock.now(), isFavourite, tagsOf: tagsOfCluster(clusterKey, parts) });
}

function tagsOfCluster(clusterKey: string, parts: Parts): TagsOf {
  const remarks = parts.remarks();
  return remarks.size === 0 ? () => [] : (object) => remarks.get(favouriteKey(clusterKey, refOf(object)))?.tags ?? [];
}

function sizeOf(lists: readonly KindList[]): number {
  return lists.reduce((sum, list) => sum + list.size, 0);
}
