import type { CatalogField } from '../../src/shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../src/shared/json';
import { isJsonObject, jsonObject, sameJson } from '../../src/shared/json';
import type { WordedProblem } from '../../src/shared/protocol';
import type { WorkflowEdit } from '../../src/shared/workflowEdit';

/** What a value looks like in a field of text. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * The value that typed text stands for; undefined removes the key. Text that does not fit the type is kept as text: the
 * file then says what the person wrote, and the check says at the field what is wrong with it.
 */
export function typedValue(field: Pick<CatalogField, 'type'>, typed: string): JsonValue | undefined {
  const trimmed = typed.trim();
  if (field.type === 'text') return typed === '' ? undefined : typed;
  if (trimmed === '') return undefined;
  if (field.type !== 'number') return trimmed;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : trimmed;
}

/** The value of an item of a list or map. Text without a form of its own (a variable's value, an argument) keeps its spaces. */
export function itemValue(items: Pick<CatalogField, 'type' | 'format'> | undefined, typed: string): JsonValue | undefined {
  const isFree = items === undefined || ((items.type === 'string' || items.type === 'text') && items.format === undefined);
  return isFree ? (typed === '' ? undefined : typed) : typedValue(items, typed);
}

/** The value that typed JSON stands for; like other text that does not fit, what is no JSON is kept as it was typed. */
export function freeValue(typed: string): JsonValue | undefined {
  if (typed.trim() === '') return undefined;
  try {
    return JSON.parse(typed) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return typed;
    throw error;
  }
}

export function setField(id: string, path: JsonPath, value: JsonValue | undefined): WorkflowEdit {
  return { type: 'setField', id, path, ...(value === undefined ? {} : { value }) };
}

/** Gives an entry of a map another key; one step, and nothing when the key is taken or empty. */
export function renameKey(id: string, path: JsonPath, map: JsonObject, from: string, to: string): WorkflowEdit | undefined {
  const key = to.trim();
  const value = map[from];
  if (key === '' || key === from || value === undefined || Object.hasOwn(map, key)) return undefined;
  return { type: 'composite', edits: [setField(id, [...path, from], undefined), setField(id, [...path, key], value)] };
}

/** Whether a field is shown, by the value that the field it depends on really has. */
export function isShown(field: CatalogField, effective: (name: string) => JsonValue | undefined): boolean {
  const { dependsOn } = field;
  if (dependsOn === undefined) return true;
  const value = effective(dependsOn.field);
  return dependsOn.values.some((wanted) => sameJson(wanted, value));
}

/**
 * The fields of a level that are shown: those that the file says something about, and those that nothing speaks against.
 * @param level all fields of the level, when `fields` are only some of them: what a field depends on may be in another section
 * @param derived what edges give where the file says nothing
 */
export function shownFields(
  fields: readonly CatalogField[],
  level: readonly CatalogField[],
  values: JsonObject,
  derived: Readonly<Record<string, JsonValue>> | undefined,
): readonly CatalogField[] {
  const effective = (name: string): JsonValue | undefined =>
    ownValue(values, name) ?? ownValue(derived, name) ?? level.find((field) => field.name === name)?.default;
  return fields.filter((field) => Object.hasOwn(values, field.name) || isShown(field, effective));
}

export const ownValue = (record: Readonly<Record<string, JsonValue>> | undefined, name: string): JsonValue | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;

/** Problems that stand exactly at a path. */
export function problemsAt(problems: readonly WordedProblem[], path: JsonPath): readonly WordedProblem[] {
  return problems.filter((problem) => problem.path !== undefined && sameJson([...problem.path], [...path]));
}

/** A new item of a list: what its kind requires, and its default. */
export function newItem(items: CatalogField | undefined, taken: readonly JsonValue[], idKey: string | undefined): JsonValue {
  if (items?.type !== 'object') return items?.type === 'number' ? 0 : (items?.default ?? '');
  const made = jsonObject(
    (items.fields ?? []).filter((field) => field.required && field.default !== undefined).map((field) => [field.name, field.default as JsonValue]),
  );
  if (idKey !== undefined) {
    const ids = new Set(taken.map((item) => (isJsonObject(item) ? item[idKey] : undefined)));
    let number = taken.length + 1;
    while (ids.has(`${items.name}-${number}`)) number += 1;
    made[idKey] = `${items.name}-${number}`;
  }
  return made;
}

/** Fields in the order of the metadata, gathered under their headings; those without one come first. */
export function bySection(fields: readonly CatalogField[]): readonly (readonly [string | undefined, readonly CatalogField[]])[] {
  const sections = new Map<string | undefined, CatalogField[]>([[undefined, []]]);
  for (const field of fields) sections.set(field.section, [...(sections.get(field.section) ?? []), field]);
  return [...sections].filter(([, group]) => group.length > 0);
}
