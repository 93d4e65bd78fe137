import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { ListSchema, Schema } from '../../openapi';
import { childSchema, itemKey, keyOfItem, quantityNanos } from '../../openapi';
import { canonicalJson } from '../digest';

/**
 * Fields as server-side apply names them. A step is `f:name` (a field), `k:{"name":"web"}` (an item of a keyed list) or
 * `v:"x"` (an item of a set), exactly as in `managedFields`; a path is its steps joined by line feeds, which no step has.
 */
export type FieldPath = string;
export const stepSeparator = '\n';

/** Fields of metadata that nobody owns. */
const unownedMetadata: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/**
 * The fields that an apply of `intent` would own. Undefined when the schema cannot name an item of a keyed list, so that a
 * caller never compares with a set that is known to be wrong.
 */
export function intentFields(intent: KubeObject, schema: Schema): ReadonlySet<FieldPath> | undefined {
  const found = new Set<FieldPath>();
  try {
    for (const [key, value] of Object.entries(asJson(intent))) {
      if (key === 'apiVersion' || key === 'kind') continue;
      const child = childSchema(schema, key);
      if (key === 'metadata' && isJsonObject(value)) {
        for (const [name, item] of Object.entries(value)) if (!unownedMetadata.has(name)) collectField(found, ['f:metadata'], name, item, child);
      } else collectField(found, [], key, value, schema);
    }
  } catch (error) {
    if (error instanceof UnnamedItem) return undefined;
    throw error;
  }
  return found;
}

class UnnamedItem extends Error {}

function collectField(into: Set<FieldPath>, above: readonly string[], key: string, value: JsonValue, parent: Schema | undefined): void {
  const path = [...above, `f:${key}`];
  const declared = parent?.type === 'object' ? parent.fields.get(key)?.schema : undefined;
  const schema = declared ?? (parent === undefined ? undefined : childSchema(parent, key));
  collect(into, path, value, schema);
  const empty = value === null || (isJsonObject(value) && Object.keys(value).length === 0);
  // A key of a map (not a field of a struct) is owned itself, beside what is below it.
  if (empty || declared === undefined) into.add(path.join(stepSeparator));
}

function collect(into: Set<FieldPath>, path: readonly string[], value: JsonValue, schema: Schema | undefined): void {
  const own = (): unknown => into.add(path.join(stepSeparator));
  if (isJsonObject(value)) {
    if ((schema?.type === 'object' || schema?.type === 'any') && schema.atomic) return void own();
    for (const [key, item] of Object.entries(value)) collectField(into, path, key, item, schema);
  } else if (Array.isArray(value)) {
    if (schema?.type !== 'list' || schema.listType === 'atomic') return void own();
    for (const item of value as readonly JsonValue[]) {
      const step = itemStep(schema, item);
      if (step === undefined) throw new UnnamedItem();
      collect(into, [...path, step], item, schema.items);
      into.add([...path, step].join(stepSeparator));
    }
  } else own();
}

/** How `managedFields` names an item of a keyed list or a set. */
export function itemStep(schema: ListSchema, item: JsonValue): string | undefined {
  if (schema.listType === 'set') return typeof item === 'object' ? undefined : `v:${JSON.stringify(item)}`;
  const key = isJsonObject(item) ? keyOfItem(schema, item) : undefined;
  return key === undefined ? undefined : `k:${canonicalJson(key)}`;
}

/** What `manager` owns by apply, as the object says; empty when it owns nothing. */
export function ownedFields(object: KubeObject, manager: string): ReadonlySet<FieldPath> {
  const found = new Set<FieldPath>();
  const entry = object.metadata.managedFields?.find((one) => one.manager === manager && one.operation === 'Apply' && (one.subresource ?? '') === '');
  if (entry?.fieldsV1 !== undefined) collectWritten(found, [], entry.fieldsV1);
  return found;
}

function collectWritten(into: Set<FieldPath>, path: readonly string[], fields: JsonObject): void {
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.') into.add(path.join(stepSeparator));
    else if (isJsonObject(below)) {
      const step = canonicalStep(key);
      const next = [...path, step];
      if (Object.keys(below).length === 0) into.add(next.join(stepSeparator));
      else collectWritten(into, next, below);
    }
  }
}

/** Keys of list items are compared as values: two servers may write the same JSON differently. */
function canonicalStep(step: string): string {
  if (!step.startsWith('k:') && !step.startsWith('v:')) return step;
  try {
    return `${step.slice(0, 2)}${canonicalJson(JSON.parse(step.slice(2)) as JsonValue)}`;
  } catch {
    return step;
  }
}

export function sameFields(a: ReadonlySet<FieldPath>, b: ReadonlySet<FieldPath>): boolean {
  return a.size === b.size && [...a].every((path) => b.has(path));
}

/**
 * Whether every value of `intent` already stands in `live` at its place. Quantities are compared by value. What `live` has
 * beside that does not matter here; who owns it is told by the field sets.
 */
export function holdsAll(intent: JsonValue, live: JsonValue | undefined, schema: Schema | undefined): boolean {
  if (intent === null) return live === undefined || live === null;
  if (live === undefined || live === null) return isJsonObject(intent) && Object.keys(intent).length === 0;
  if (isJsonObject(intent)) {
    if (!isJsonObject(live)) return false;
    if (schema !== undefined && 'atomic' in schema && schema.atomic) return canonicalJson(intent) === canonicalJson(live);
    return Object.entries(intent).every(([key, value]) =>
      holdsAll(value, Object.hasOwn(live, key) ? live[key] : undefined, schema && childSchema(schema, key)),
    );
  }
  if (Array.isArray(intent)) {
    if (!Array.isArray(live)) return false;
    if (schema?.type !== 'list' || schema.listType === 'atomic') return canonicalJson(intent) === canonicalJson(live as JsonValue);
    const byKey = new Map((live as readonly JsonValue[]).map((item) => [itemKey(schema, item), item]));
    return (intent as readonly JsonValue[]).every((item) => {
      const key = itemKey(schema, item);
      return key !== undefined && holdsAll(item, byKey.get(key), schema.items);
    });
  }
  if (intent === live) return true;
  if (schema?.type !== 'scalar' || schema.scalar !== 'quantity' || !isScalarQuantity(intent) || !isScalarQuantity(live)) return false;
  const wanted = quantityNanos(intent);
  return wanted !== undefined && wanted === quantityNanos(live);
}

function isScalarQuantity(value: JsonValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** An object as JSON, without its own type's narrower view. */
export function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}
