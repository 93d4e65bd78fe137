import type { CatalogField } from '../../shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, sameJson } from '../../shared/json';
import type { ProblemCode, ProblemFix } from '../../shared/problem';
import { hasValue } from '../kinds/defaults';
import { formatFinding } from './formats';
import type { FindingOptions } from './findings';

/** Where the findings of one node go; `path` is inside the node's data. */
export interface NodeReport {
  readonly nodeId: string;
  readonly kindName: string;
  add(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath, options?: FindingOptions): void;
}

/** Checks a map against its fields: missing and unknown keys, types, ranges, choices, formats. Null counts as absent. */
export function checkFields(report: NodeReport, fields: readonly CatalogField[], data: JsonObject, path: JsonPath, alsoKnown: ReadonlySet<string>): void {
  for (const key of Object.keys(data)) {
    if (alsoKnown.has(key) || fields.some((field) => field.name === key)) continue;
    report.add('node.unknownField', { field: textOf([...path, key]), type: report.kindName }, [...path, key], {
      severity: 'warning',
      what: 'key',
      fixes: [removal(report, [...path, key], key)],
    });
  }
  for (const field of fields) {
    const at = [...path, field.name];
    const value = Object.hasOwn(data, field.name) ? data[field.name] : undefined;
    if (field.required && !hasValue(value)) missing(report, field, at);
    else if (value !== undefined && value !== null) {
      checkValue(report, field, value, at);
      checkCondition(report, field, fields, data, at);
    }
  }
}

function missing(report: NodeReport, field: CatalogField, path: JsonPath): void {
  const value = placeholderOf(field);
  const fix: ProblemFix = {
    code: 'fix.addField',
    args: { field: field.name, value: typeof value === 'string' ? value : JSON.stringify(value) },
    edit: { type: 'setField', id: report.nodeId, path, value },
  };
  report.add('node.missingField', { type: report.kindName, id: report.nodeId, field: textOf(path) }, path, { what: 'key', fixes: [fix] });
}

/** A field that waits for another one's value says nothing until then. */
function checkCondition(report: NodeReport, field: CatalogField, fields: readonly CatalogField[], data: JsonObject, path: JsonPath): void {
  const { dependsOn } = field;
  if (dependsOn === undefined) return;
  const value = data[dependsOn.field] ?? fields.find((one) => one.name === dependsOn.field)?.default;
  if (dependsOn.values.some((wanted) => sameJson(wanted, value))) return;
  const args = { field: field.name, other: dependsOn.field, values: dependsOn.values.map(String).join(' or ') };
  report.add('node.noEffect', args, path, { severity: 'info', what: 'key' });
}

function checkValue(report: NodeReport, field: CatalogField, value: JsonValue, path: JsonPath, looseText = false): void {
  const wrong = (expected: string): void => report.add('node.wrongType', { field: textOf(path), expected }, path);
  switch (field.type) {
    case 'object':
      if (!isJsonObject(value)) return field.secret === true ? report.add('node.secretText', { field: textOf(path) }, path) : wrong('a map');
      return field.free === true ? undefined : checkFields(report, field.fields ?? [], value, path, nothing);
    case 'array': {
      if (!Array.isArray(value)) return wrong('a list');
      const { items } = field;
      if (items !== undefined) (value as readonly JsonValue[]).forEach((item, index) => checkItem(report, items, item, [...path, index]));
      return;
    }
    case 'map': {
      if (!isJsonObject(value)) return wrong('a map');
      const { items } = field;
      if (items !== undefined) for (const [key, item] of Object.entries(value)) if (item !== null) checkItem(report, items, item, [...path, key]);
      return;
    }
    case 'select': {
      const options = field.options ?? [];
      if (typeof value === 'object') return wrong('one of its choices');
      if (!options.some((option) => option.value === value)) {
        report.add('node.notAnOption', { field: textOf(path), value: String(value), options: options.map((option) => String(option.value)).join(', ') }, path);
      }
      return;
    }
    case 'boolean':
      if (typeof value !== 'boolean') wrong('true or false');
      return;
    case 'number':
      return checkNumber(report, field, value, path, wrong);
    case 'string':
    case 'text': {
      const isAmount = field.format === 'cpu' || field.format === 'memory' || field.format === 'quantity';
      if (typeof value !== 'string' && (typeof value === 'object' || !(looseText || (isAmount && typeof value === 'number')))) {
        return wrong(typeof value === 'object' ? 'text' : 'text; put it in quotes');
      }
      return checkFormat(report, field, value, path);
    }
  }
}

/** Items of plain maps and lists are turned to text where they are used, so numbers and booleans are welcome. */
function checkItem(report: NodeReport, items: CatalogField, item: JsonValue, path: JsonPath): void {
  const { orMapWith } = items;
  if (orMapWith !== undefined && isJsonObject(item)) {
    const text = item[orMapWith];
    if (typeof text === 'string') checkFormat(report, items, text, [...path, orMapWith]);
    else report.add('node.wrongType', { field: textOf(path), expected: `text, or a map with "${orMapWith}"` }, path);
  } else if (item === null) report.add('node.wrongType', { field: textOf(path), expected: 'a value' }, path);
  else checkValue(report, items, item, path, items.format === undefined);
}

function checkNumber(report: NodeReport, field: CatalogField, value: JsonValue, path: JsonPath, wrong: (expected: string) => void): void {
  if (typeof value === 'string' && field.orString === true) return checkFormat(report, field, value, path);
  if (typeof value !== 'number') return wrong(`${field.integer === true ? 'a whole number' : 'a number'}${field.orString === true ? ' or text' : ''}`);
  if (field.integer === true && !Number.isSafeInteger(value)) return wrong('a whole number');
  const { min, max } = field;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const args = { field: textOf(path), value: String(value), min: min === undefined ? '-∞' : String(min), max: max === undefined ? '∞' : String(max) };
    report.add('node.outOfRange', args, path);
  } else checkFormat(report, field, value, path);
}

function checkFormat(report: NodeReport, field: CatalogField, value: string | number | boolean, path: JsonPath): void {
  // Text around is trimmed where it is used, and an empty text says nothing.
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (field.format === undefined || (trimmed === '' && !field.required && field.format !== 'image')) return;
  const found = formatFinding(field.format, trimmed, textOf(path));
  if (found !== undefined) report.add(found.code, found.args, path);
}

/** A value that makes a missing field present: its default, else something plain and valid that a person will replace. */
export function placeholderOf(field: CatalogField): JsonValue {
  if (field.default !== undefined) return field.default;
  switch (field.type) {
    case 'number':
      return field.format === 'port' ? 8080 : (field.min ?? 1);
    case 'boolean':
      return false;
    case 'select':
      return field.options?.[0]?.value ?? '';
    case 'array':
      return field.items === undefined ? [] : [placeholderOf(field.items)];
    case 'map':
      return field.items === undefined ? {} : { key: placeholderOf(field.items) };
    case 'object':
      return Object.fromEntries((field.fields ?? []).filter((one) => one.required).map((one) => [one.name, placeholderOf(one)]));
    case 'string':
    case 'text':
      return placeholderTexts[field.format ?? 'none'];
  }
}

const placeholderTexts = {
  none: 'value',
  name: 'name',
  image: 'nginx:1.29',
  port: 'http',
  cpu: '100m',
  memory: '128Mi',
  quantity: '1Gi',
  path: '/',
  host: 'example.com',
  key: 'KEY',
  label: 'name',
  portName: 'http',
  amount: '1',
  mode: '0440',
  schedule: '0 * * * *',
  timeZone: 'Etc/UTC',
} as const;

const nothing: ReadonlySet<string> = new Set();

export function removal(report: Pick<NodeReport, 'nodeId'>, path: JsonPath, key: string): ProblemFix {
  return { code: 'fix.removeKey', args: { key }, edit: { type: 'setField', id: report.nodeId, path } };
}

/** A path as a person writes it: `resources.limits.cpu`, `ports[0].port`. */
export function textOf(path: JsonPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
