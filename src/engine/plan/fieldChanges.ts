import type { JsonValue } from '../../shared/json';
import { isJsonObject, sameJson } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { FieldChange } from '../../shared/plan';
import type { ListSchema, Schema } from '../../openapi';
import { childSchema, keyOfItem, quantityNanos } from '../../openapi';
import type { FieldPath } from './fieldPaths';
import { asJson, itemStep, stepSeparator } from './fieldPaths';

interface Difference {
  readonly steps: readonly string[];
  readonly shown: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** Written by the server alone; they change with every write and say nothing to a person. */
const serverMetadata: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'uid',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

/**
 * Which fields differ between the object as it is and as it would be, limited to what `owned` names (paths of a manager
 * before and after); status never counts. Items of keyed lists are found by key, so a moved item is no change.
 */
export function fieldChanges(
  before: KubeObject,
  after: KubeObject,
  schema: Schema | undefined,
  owned: ReadonlySet<FieldPath> | undefined,
): readonly FieldChange[] {
  const found: Difference[] = [];
  const [a, b] = [asJson(before), asJson(after)];
  for (const key of keysOf(a, b)) {
    if (key === 'apiVersion' || key === 'kind' || key === 'status') continue;
    if (key === 'metadata') {
      for (const name of keysOf(a[key], b[key])) {
        if (!serverMetadata.has(name))
          compare(found, ['f:metadata', `f:${name}`], `metadata.${name}`, at(a[key], name), at(b[key], name), below(below(schema, key), name));
      }
    } else compare(found, [`f:${key}`], key, at(a, key), at(b, key), below(schema, key));
  }
  const hidden = before.kind === 'Secret';
  return found.filter((one) => owned === undefined || isOwned(owned, one.steps)).map((one) => changeOf(one, hidden));
}

function changeOf(difference: Difference, hidden: boolean): FieldChange {
  const { shown, before, after, steps } = difference;
  if (hidden && (steps[0] === 'f:data' || steps[0] === 'f:stringData')) return { path: shown };
  return { path: shown, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** An owned path may lie above the difference (an atomic list) or below it (a whole map that comes or goes). */
function isOwned(owned: ReadonlySet<FieldPath>, steps: readonly string[]): boolean {
  for (let length = steps.length; length > 0; length -= 1) if (owned.has(steps.slice(0, length).join(stepSeparator))) return true;
  const prefix = steps.join(stepSeparator) + stepSeparator;
  for (const path of owned) if (path.startsWith(prefix)) return true;
  return false;
}

function compare(
  into: Difference[],
  steps: readonly string[],
  shown: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  schema: Schema | undefined,
): void {
  if (same(before, after, schema)) return;
  const report = (): void => void into.push({ steps, shown, before, after });
  if (isJsonObject(before) && isJsonObject(after)) {
    if (schema !== undefined && 'atomic' in schema && schema.atomic) return report();
    for (const key of keysOf(before, after))
      compare(into, [...steps, `f:${key}`], `${shown}${pathSegment(key)}`, at(before, key), at(after, key), below(schema, key));
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const keyed = keyedItems(schema, before as readonly JsonValue[], after as readonly JsonValue[]);
    if (keyed === undefined) return report();
    for (const { step, label, a, b } of keyed) compare(into, [...steps, step], `${shown}[${label}]`, a, b, schema?.type === 'list' ? schema.items : undefined);
    return;
  }
  report();
}

function same(before: JsonValue | undefined, after: JsonValue | undefined, schema: Schema | undefined): boolean {
  if (sameJson(before, after)) return true;
  if (schema?.type !== 'scalar' || schema.scalar !== 'quantity') return false;
  const isNumber = (value: JsonValue | undefined): value is string | number => typeof value === 'string' || typeof value === 'number';
  return isNumber(before) && isNumber(after) && quantityNanos(before) !== undefined && quantityNanos(before) === quantityNanos(after);
}

interface KeyedItem {
  readonly step: string;
  readonly label: string;
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

/** Both lists' items side by side by key; undefined when the list is one value, or its items have no keys. */
function keyedItems(schema: Schema | undefined, before: readonly JsonValue[], after: readonly JsonValue[]): readonly KeyedItem[] | undefined {
  const name =
    schema?.type === 'list' && schema.listType !== 'atomic' ? (item: JsonValue): readonly [string, string] | undefined => schemaName(schema, item) : plainName;
  if (schema?.type === 'list' && schema.listType === 'atomic') return undefined;
  const found = new Map<string, { label: string; a: JsonValue | undefined; b: JsonValue | undefined }>();
  for (const [side, items] of [['a', before] as const, ['b', after] as const]) {
    for (const item of items) {
      const named = name(item);
      if (named === undefined) return undefined;
      const [step, label] = named;
      const entry = found.get(step) ?? { label, a: undefined, b: undefined };
      if (entry[side] !== undefined) return undefined;
      entry[side] = item;
      found.set(step, entry);
    }
  }
  return [...found].map(([step, entry]) => ({ step, ...entry }));
}

function schemaName(schema: ListSchema, item: JsonValue): readonly [string, string] | undefined {
  const step = itemStep(schema, item);
  if (step === undefined) return undefined;
  const key = isJsonObject(item) ? keyOfItem(schema, item) : undefined;
  const label =
    key === undefined
      ? shownValue(item)
      : Object.entries(key)
          .map(([name, value]) => `${name}=${shownValue(value)}`)
          .join(',');
  return [step, label];
}

function shownValue(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Without a schema, items that all have a `name` of their own are told apart by it. */
function plainName(item: JsonValue): readonly [string, string] | undefined {
  const name = isJsonObject(item) ? item['name'] : undefined;
  return typeof name === 'string' ? [`k:{"name":${JSON.stringify(name)}}`, `name=${name}`] : undefined;
}

function keysOf(a: JsonValue | undefined, b: JsonValue | undefined): readonly string[] {
  return [...new Set([...(isJsonObject(a) ? Object.keys(a) : []), ...(isJsonObject(b) ? Object.keys(b) : [])])];
}

function at(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function below(schema: Schema | undefined, key: string): Schema | undefined {
  return schema === undefined ? undefined : childSchema(schema, key);
}

/** `.name`, or `[a/b]` for keys that a dot would make unreadable. */
export function pathSegment(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? `.${key}` : `[${key}]`;
}
