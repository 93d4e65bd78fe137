// Structural operations of server-side apply over a value and its schema. The rules are those of Kubernetes' structured
// merge: maps and structs merge by key, keyed lists and sets by item, everything atomic as one value; an empty or null map
// or list counts as a leaf, so that the difference between empty and absent survives.
import type { ListSchema, ObjectSchema, Schema } from '../../openapi';
import { keyOfItem } from '../../openapi';
import type { Json, JsonMap } from '../objects';
import { isMap, sameValue, setOwn } from '../objects';
import type { FieldPath, Step } from './fieldSet';
import { FieldSet, fieldStep, keyStep, pathText, valueStep } from './fieldSet';

/** What the schema says of one value: how to treat it, depending on the value where the schema leaves it open. */
type Shape =
  | { readonly as: 'leaf' }
  | { readonly as: 'map'; readonly child: (key: string) => Schema | undefined; readonly named: (key: string) => boolean }
  | { readonly as: 'list'; readonly schema: ListSchema };

const leaf: Shape = { as: 'leaf' };

function shapeOf(schema: Schema, ...values: readonly (Json | undefined)[]): Shape {
  switch (schema.type) {
    case 'scalar':
      return leaf;
    case 'object':
      return schema.atomic ? leaf : { as: 'map', child: (key) => fieldOrValue(schema, key), named: (key) => schema.fields.has(key) };
    case 'list':
      return schema.listType === 'atomic' ? leaf : { as: 'list', schema };
    case 'any':
      return !schema.atomic && values.some(isMap) ? { as: 'map', child: () => schema, named: () => false } : leaf;
  }
}

function fieldOrValue(schema: ObjectSchema, key: string): Schema | undefined {
  return schema.fields.get(key)?.schema ?? schema.values;
}

function itemStep(schema: ListSchema, item: Json): Step | undefined {
  if (schema.listType === 'set') return typeof item === 'object' ? undefined : valueStep(item);
  const key = isMap(item) ? keyOfItem(schema, item) : undefined;
  return key && keyStep(key);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

const anything: Schema = { type: 'any', atomic: true };

/** Why a value cannot be merged by this schema, in the API server's words; empty when it can. */
export function typeErrors(schema: Schema, value: Json, allowDuplicates: boolean, path = ''): string[] {
  if (value === null) return [];
  if (schema.type === 'object') {
    if (!isMap(value)) return [`${path}: expected map, got &{${JSON.stringify(value)}}`];
    const errors: string[] = [];
    for (const [key, item] of Object.entries(value)) {
      const child = fieldOrValue(schema, key);
      if (child === undefined) return [...errors, `${path}.${key}: field not declared in schema`];
      errors.push(...typeErrors(child, item, allowDuplicates, `${path}.${key}`));
    }
    return errors;
  }
  if (schema.type === 'list')
    return Array.isArray(value) ? listErrors(schema, value, allowDuplicates, path) : [`${path}: expected list, got &{${JSON.stringify(value)}}`];
  if (schema.type === 'any') return [];
  return scalarFits(schema.scalar, schema.format, value) ? [] : [`${path}: expected ${schema.scalar}, got &{${typeof value}}`];
}

function listErrors(schema: ListSchema, list: readonly Json[], allowDuplicates: boolean, path: string): string[] {
  const errors: string[] = [];
  const seen = new Set<Step>();
  for (const [index, item] of list.entries()) {
    let step: Step = `i:${index}`;
    if (schema.listType !== 'atomic') {
      const own = itemStep(schema, item);
      if (own === undefined)
        return [...errors, `${path}: element ${index}: associative list with keys has an element that omits all key fields ${JSON.stringify(schema.keys)}`];
      step = own;
      if (seen.has(step) && !allowDuplicates) errors.push(`${path}: duplicate entries for key ${pathText([step])}`);
      seen.add(step);
    }
    errors.push(...typeErrors(schema.items, item, allowDuplicates, path + pathText([step])));
  }
  return errors;
}

/** Structured merge only tells numbers, strings and booleans apart, and takes any scalar where the format is special. */
function scalarFits(scalar: string, format: string | undefined, value: Json): boolean {
  if (typeof value === 'object') return false;
  if (scalar === 'integer' || scalar === 'number') return typeof value === 'number';
  if (scalar === 'boolean') return typeof value === 'boolean';
  return scalar !== 'string' || (format !== undefined && format !== 'byte') || typeof value === 'string';
}

/** The paths that applying this value owns. */
export function fieldSetOf(schema: Schema, value: Json): FieldSet {
  const paths: FieldPath[] = [];
  collect(schema, value, [], paths);
  return FieldSet.of(paths);
}

function collect(schema: Schema, value: Json, path: FieldPath, into: FieldPath[]): void {
  const shape = shapeOf(schema, value);
  if (shape.as === 'leaf') {
    if (path.length > 0) into.push(path);
    return;
  }
  if (shape.as === 'map') {
    if (!isMap(value)) return;
    for (const [key, item] of Object.entries(value)) {
      const below = [...path, fieldStep(key)];
      collect(shape.child(key) ?? anything, item, below, into);
      if (item === null || (isMap(item) && isEmpty(item)) || !shape.named(key)) into.push(below);
    }
    return;
  }
  if (!Array.isArray(value)) return;
  const steps = value.map((item) => itemStep(shape.schema, item));
  for (const [index, step] of steps.entries()) {
    const item = value[index];
    if (step === undefined || item === undefined) continue;
    // Items that occur twice are owned as a whole: their fields cannot be told apart.
    if (steps.indexOf(step) === steps.lastIndexOf(step)) collect(shape.schema.items, item, [...path, step], into);
    into.push([...path, step]);
  }
}

export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

/** What changed from `before` to `after`, by path. */
export function compareTyped(schema: Schema, before: Json, after: Json): Comparison {
  const found: Changes = { removed: [], modified: [], added: [] };
  compare(schema, before, after, [], found);
  return { removed: FieldSet.of(found.removed), modified: FieldSet.of(found.modified), added: FieldSet.of(found.added) };
}

interface Changes {
  readonly removed: FieldPath[];
  readonly modified: FieldPath[];
  readonly added: FieldPath[];
}

function compare(schema: Schema, before: Json | undefined, after: Json | undefined, path: FieldPath, found: Changes): void {
  const shape = shapeOf(schema, before, after);
  if (shape.as === 'leaf' || (isEmpty(before) && isEmpty(after))) {
    if (before === undefined) found.added.push(path);
    else if (after === undefined) found.removed.push(path);
    else if (!sameValue(before, after)) found.modified.push(path);
    return;
  }
  if (shape.as === 'map') {
    const old = isMap(before) ? before : {};
    const next = isMap(after) ? after : {};
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
      compare(shape.child(key) ?? anything, own(old, key), own(next, key), [...path, fieldStep(key)], found);
    }
  } else {
    compareLists(shape.schema, Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], path, found);
  }
  if (path.length === 0) return;
  if (before === undefined) found.added.push(path);
  else if (after === undefined) found.removed.push(path);
}

function compareLists(schema: ListSchema, before: readonly Json[], after: readonly Json[], path: FieldPath, found: Changes): void {
  const old = itemsByStep(schema, before);
  const next = itemsByStep(schema, after);
  for (const step of new Set([...old.keys(), ...next.keys()])) {
    const [left = [], right = []] = [old.get(step), next.get(step)];
    const below = [...path, step];
    if (left.length <= 1 && right.length <= 1) compare(schema.items, left[0], right[0], below, found);
    else if (left.length >= 2 && right.length >= 2) {
      if (!sameValue(left, right)) found.modified.push(below);
    } else if (left.length >= 2) {
      if (right[0] !== undefined) compare(schema.items, undefined, right[0], below, found);
      found.removed.push(below);
    } else {
      if (left[0] !== undefined) compare(schema.items, left[0], undefined, below, found);
      found.added.push(below);
    }
  }
}

function itemsByStep(schema: ListSchema, list: readonly Json[]): Map<Step, Json[]> {
  const made = new Map<Step, Json[]>();
  for (const item of list) {
    const step = itemStep(schema, item);
    if (step === undefined) continue;
    const same = made.get(step);
    if (same === undefined) made.set(step, [item]);
    else same.push(item);
  }
  return made;
}

function own(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** `config` laid over `live`; undefined when nothing is left. */
export function mergeTyped(schema: Schema, live: Json | undefined, config: Json | undefined): Json | undefined {
  const shape = shapeOf(schema, live, config);
  if (shape.as === 'leaf' || (isEmpty(live) && isEmpty(config))) return config === undefined ? live : config;
  if (shape.as === 'list') {
    const list = mergeLists(shape.schema, Array.isArray(live) ? live : [], Array.isArray(config) ? config : []);
    return list.length === 0 ? undefined : list;
  }
  const old = isMap(live) ? live : {};
  const next = isMap(config) ? config : {};
  const made: JsonMap = {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const value = mergeTyped(shape.child(key) ?? anything, own(old, key), own(next, key));
    if (value !== undefined) setOwn(made, key, value);
  }
  return Object.keys(made).length === 0 ? undefined : made;
}

/**
 * Items of the config keep the config's order; live items that the config does not name stay where they were, relative to
 * the shared items around them.
 */
function mergeLists(schema: ListSchema, live: readonly Json[], config: readonly Json[]): Json[] {
  const left = live.map((item) => itemStep(schema, item) ?? '');
  const right = config.map((item) => itemStep(schema, item) ?? '');
  const leftAt = new Map<Step, Json>();
  for (const [index, step] of left.entries()) leftAt.set(step, leftAt.has(step) ? null : (live[index] ?? null));
  const rightAt = new Map(right.map((step, index) => [step, config[index] ?? null] as const));
  const shared = right.filter((step) => leftAt.has(step));
  const merged = new Set<Step>();
  const out: Json[] = [];
  const take = (old: Json | undefined, next: Json | undefined): void => {
    const value = mergeTyped(schema.items, old, next);
    if (value !== undefined) out.push(value);
  };
  let nextShared = shared.shift();
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const leftStep = left[l];
    if (leftStep !== undefined && r < right.length) {
      if (leftStep === right[r]) {
        merged.add(leftStep);
        take(leftAt.get(leftStep), rightAt.get(leftStep));
        l++;
        r++;
        nextShared = shared.shift();
        continue;
      }
      // A shared item, but not the next one in the config's order: it is taken when its turn comes.
      if (rightAt.has(leftStep) && nextShared !== undefined && nextShared !== leftStep) {
        l++;
        continue;
      }
    }
    if (leftStep !== undefined) {
      if (!rightAt.has(leftStep)) {
        take(live[l], undefined);
        l++;
        continue;
      }
      if (merged.has(leftStep)) l++;
    }
    const rightStep = right[r];
    if (rightStep === undefined) continue;
    merged.add(rightStep);
    take(leftAt.get(rightStep), rightAt.get(rightStep));
    r++;
    if (nextShared === rightStep) nextShared = shared.shift();
  }
  return out;
}

/** The value without the members of `set`; maps and lists that lose everything become null. Atomic values below a member go whole. */
export function withoutItems(schema: Schema, value: Json, set: FieldSet): Json {
  const shape = shapeOf(schema, value);
  if (shape.as === 'leaf') return typeof value === 'object' ? null : value;
  if (shape.as === 'map') {
    if (!isMap(value)) return null;
    const made: JsonMap = {};
    for (const [key, item] of Object.entries(value)) {
      const step = fieldStep(key);
      if (set.hasMember(step)) continue;
      const below = set.below(step);
      setOwn(made, key, below.isEmpty ? item : withoutItems(shape.child(key) ?? anything, item, below));
    }
    return Object.keys(made).length === 0 ? null : made;
  }
  if (!Array.isArray(value)) return null;
  const kept: Json[] = [];
  for (const item of value) {
    const step = itemStep(shape.schema, item);
    if (step === undefined) kept.push(item);
    else if (!set.hasMember(step)) kept.push(set.below(step).isEmpty ? item : withoutItems(shape.schema.items, item, set.below(step)));
  }
  return kept.length === 0 ? null : kept;
}

/** The set with the structs on the way to its members as members too (`spec` for `spec.replicas`), but not map keys or items. */
export function withNamedFields(schema: Schema | undefined, set: FieldSet): FieldSet {
  return set.withMembers(
    (step) => step.startsWith('f:') && schema?.type === 'object' && schema.fields.has(step.slice(2)),
    (step, below) => withNamedFields(stepSchema(schema, step), below),
  );
}

function stepSchema(schema: Schema | undefined, step: Step): Schema | undefined {
  if (schema?.type === 'object' && step.startsWith('f:')) return fieldOrValue(schema, step.slice(2));
  if (schema?.type === 'list' && step.startsWith('k:')) return schema.items;
  return schema?.type === 'any' ? schema : undefined;
}
