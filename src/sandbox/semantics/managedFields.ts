// Who owns which field: the bookkeeping of metadata.managedFields for writes of both kinds.
import type { ObjectSchema } from '../../openapi';
import type { StatusCause } from '../apiStatus';
import { ApiError } from '../apiStatus';
import { groupVersionOf } from '../kinds';
import type { Json, JsonMap, KubeObject, ManagedFieldsEntry } from '../objects';
import { sameValue } from '../objects';
import type { FieldPath } from './fieldSet';
import { FieldSet, pathText } from './fieldSet';
import { compareTyped, fieldSetOf, mergeTyped, withNamedFields, withoutItems } from './typed';

/** One manager's entry, its set parsed. */
interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** Owners by identity: an applier is one whatever version it applied. */
type Owners = Map<string, Owner>;

export interface Actor {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: string;
}

/** Never owned by anyone: the API server itself writes them. */
const serverFields = FieldSet.of(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => [
      'metadata',
      name,
    ]),
  ].map((path) => path.map((name) => `f:${name}`)),
);

/** More update managers than this are merged into one, oldest first. */
const maxUpdateManagers = 10;

function identity(owner: Pick<Owner, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([owner.manager, owner.operation, owner.operation === 'Apply' ? '' : owner.apiVersion, owner.subresource]);
}

function ownersOf(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  const owners: Owners = new Map();
  for (const entry of entries ?? []) {
    const owner: Owner = {
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      set: FieldSet.fromFieldsV1(entry.fieldsV1),
    };
    owners.set(identity(owner), owner);
  }
  return owners;
}

function entriesOf(owners: Owners): ManagedFieldsEntry[] {
  return [...owners.values()]
    .sort(
      (a, b) =>
        compareText(a.operation, b.operation) ||
        compareText(a.time ?? '', b.time ?? '') ||
        compareText(a.manager, b.manager) ||
        compareText(a.apiVersion, b.apiVersion) ||
        compareText(a.subresource, b.subresource),
    )
    .map((owner) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      ...(owner.time === undefined ? {} : { time: owner.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: owner.set.toFieldsV1(),
      ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
    }));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function withoutManagedFields(object: KubeObject): Json {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonMap;
}

/**
 * The managedFields after a create, update or patch that made `after` out of `before` (an empty object for a create).
 * `reset` are the fields that this request cannot write (status on the main resource), whoever sends them. `given` are the
 * entries that the request itself carried; an empty list, or one empty entry, forgets all owners.
 */
export function managedFieldsAfterUpdate(
  schema: ObjectSchema,
  before: KubeObject,
  after: KubeObject,
  actor: Actor,
  reset: FieldSet,
  given: readonly ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] {
  const isReset = given !== undefined && (given.length === 0 || (given.length === 1 && sameValue(given[0], {})));
  const entries = isReset ? [] : given !== undefined && given.length > 0 && actor.subresource === '' ? given : before.metadata.managedFields;
  const owners = ownersOf(entries);
  // Once ownership was forgotten, or was never kept, updates do not start it again; the next apply does.
  if (owners.size === 0 && before.metadata.uid !== undefined) return [];
  const changes = compareTyped(schema, withoutManagedFields(before), withoutManagedFields(after));
  const removed = changes.removed.without(reset);
  const changed = changes.modified.union(changes.added).without(reset);
  for (const [key, owner] of owners) {
    const left = owner.set.difference(changed).difference(removed);
    // A field set that another group wrote, as an event may have one, cannot be converted: a server forgets it with the next write.
    if (left.isEmpty || groupVersionOf(owner.apiVersion).group !== groupVersionOf(actor.apiVersion).group) owners.delete(key);
    else owners.set(key, { ...owner, set: left });
  }
  const mine = changed.difference(serverFields);
  if (!mine.isEmpty) {
    const owner: Owner = {
      manager: actor.manager,
      operation: 'Update',
      apiVersion: actor.apiVersion,
      subresource: actor.subresource,
      time: actor.now,
      set: mine,
    };
    const previous = owners.get(identity(owner));
    owners.set(identity(owner), previous === undefined ? owner : { ...owner, set: mine.union(previous.set) });
  }
  capUpdaters(owners);
  return entriesOf(owners);
}

function capUpdaters(owners: Owners): void {
  const updaters = [...owners].filter(([, owner]) => owner.operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return;
  updaters.sort(([, a], [, b]) => compareText(a.time ?? '', b.time ?? '') || compareText(a.manager, b.manager));
  let count = updaters.length;
  const first = new Map<string, string>();
  for (const [key, owner] of updaters) {
    if (count <= maxUpdateManagers) return;
    const seen = first.get(owner.apiVersion);
    if (seen === undefined) {
      first.set(owner.apiVersion, key);
      continue;
    }
    const bucket: Owner = { ...owner, manager: 'ancient-changes', subresource: '' };
    const collected = owners.get(identity(bucket))?.set ?? owners.get(seen)?.set ?? FieldSet.empty;
    owners.delete(seen);
    owners.delete(key);
    owners.set(identity(bucket), { ...bucket, set: owner.set.union(collected) });
    count--;
  }
}

export interface Applied {
  /** The merged object without managedFields; undefined when it says nothing that the live one does not. */
  readonly object: KubeObject | undefined;
  readonly managedFields: ManagedFieldsEntry[];
}

/**
 * Server-side apply: `config` laid over `live` (`empty` is an object of the kind that says nothing), minus what this manager applied before and no longer names, unless another
 * manager owns it. Throws a 409 with one cause a field when the result would change fields of others and `force` is off.
 */
export function applyConfig(
  schema: ObjectSchema,
  live: KubeObject,
  empty: KubeObject,
  config: JsonMap,
  actor: Actor,
  reset: FieldSet,
  force: boolean,
): Applied {
  const owners = ownersOf(live.metadata.managedFields);
  const before = withoutManagedFields(live);
  if (owners.size === 0) adoptUnowned(schema, owners, live, empty, actor, reset);
  const merged = mergeTyped(schema, before, config) ?? {};
  const mine: Owner = {
    manager: actor.manager,
    operation: 'Apply',
    apiVersion: actor.apiVersion,
    subresource: actor.subresource,
    time: actor.now,
    set: fieldSetOf(schema, config).without(reset),
  };
  const key = identity(mine);
  const last = owners.get(key);
  owners.set(key, mine);
  const after = last === undefined ? merged : pruned(schema, merged, owners, last.set);

  const changes = compareTyped(schema, before, after);
  const removed = changes.removed.without(reset);
  const changed = changes.modified.union(changes.added).without(reset);
  const conflicts: { readonly owner: Owner; readonly paths: readonly FieldPath[] }[] = [];
  for (const [other, owner] of owners) {
    if (other === key) continue;
    const lost = owner.set.intersection(changed);
    if (!lost.isEmpty && !force) conflicts.push({ owner, paths: [...lost.paths()] });
    const left = owner.set.difference(lost).difference(removed);
    if (left.isEmpty) owners.delete(other);
    else owners.set(other, { ...owner, set: left });
  }
  if (conflicts.length > 0) throw applyConflict(conflicts);

  const same = sameValue(before, after);
  const applied = mine.set.difference(serverFields);
  if (applied.isEmpty) owners.delete(key);
  else owners.set(key, { ...mine, time: same ? last?.time : actor.now, set: applied });
  return { object: same ? undefined : (after as unknown as KubeObject), managedFields: entriesOf(owners) };
}

/** Fields that nobody is known to own become those of `before-first-apply`, so that an apply over them is a conflict. */
function adoptUnowned(schema: ObjectSchema, owners: Owners, live: KubeObject, empty: KubeObject, actor: Actor, reset: FieldSet): void {
  if (live.metadata.uid === undefined) return;
  const { added, modified } = compareTyped(schema, withoutManagedFields(empty), withoutManagedFields(live));
  const set = added.union(modified).without(reset).difference(serverFields);
  const owner: Owner = { manager: 'before-first-apply', operation: 'Update', apiVersion: actor.apiVersion, subresource: '', time: actor.now, set };
  if (!set.isEmpty) owners.set(identity(owner), owner);
}

/** Removes what was applied last time, then brings back what anyone (this apply included) still owns and what was never applied. */
function pruned(schema: ObjectSchema, merged: Json, owners: Owners, last: FieldSet): Json {
  if (last.isEmpty) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set);
  const stripped = withoutItems(schema, merged, named(last));
  const all = named(fieldSetOf(schema, merged));
  let owned = FieldSet.empty;
  for (const owner of owners.values()) owned = owned.union(owner.set);
  const withOwned = withoutItems(schema, merged, all.difference(named(fieldSetOf(schema, stripped)).union(named(owned))));
  const dropped = all.difference(named(fieldSetOf(schema, withOwned)));
  return withoutItems(schema, merged, dropped.intersection(named(last)));
}

function applyConflict(conflicts: readonly { readonly owner: Owner; readonly paths: readonly FieldPath[] }[]): ApiError {
  const sorted = [...conflicts].sort((a, b) => compareText(identity(a.owner), identity(b.owner)));
  const causes: StatusCause[] = sorted.flatMap(({ owner, paths }) =>
    paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${ownerText(owner)}`, field: pathText(path) })),
  );
  const first = causes[0];
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`
      : `Apply failed with ${causes.length} conflicts: ${sorted.map(({ owner, paths }) => [`conflicts with ${ownerText(owner)}:`, ...paths.map((path) => `- ${pathText(path)}`)].join('\n')).join('\n')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}

function ownerText(owner: Owner): string {
  const name =
    owner.subresource === '' ? JSON.stringify(owner.manager) : `${JSON.stringify(owner.manager)} with subresource ${JSON.stringify(owner.subresource)}`;
  return owner.operation === 'Update' ? `${name} using ${owner.apiVersion}` : name;
}
