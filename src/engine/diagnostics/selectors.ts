import { meetsRequirement } from '../../openapi/index';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { itemsAt, textAt } from '../status/verdict';
import { valueText } from '../valueText';

export type Labels = Readonly<Record<string, string>>;

/** Whether a LabelSelector (`matchLabels` and `matchExpressions`) chooses these labels. One without conditions chooses everything. */
export function matchesSelector(selector: JsonValue | undefined, labels: Labels | undefined): boolean {
  const own = labels ?? {};
  if (!matchesLabels(valueAt(selector, ['matchLabels']), own)) return false;
  return itemsAt(selector, ['matchExpressions']).every((expression) => matchesExpression(expression, own));
}

/** Whether labels hold everything that a plain map asks for. */
export function matchesLabels(wanted: JsonValue | undefined, labels: Labels | undefined): boolean {
  if (!isJsonObject(wanted)) return true;
  return Object.entries(wanted).every(([key, value]) => labelOf(labels, key) === valueText(value));
}

function matchesExpression(expression: JsonObject, labels: Labels): boolean {
  const listed = valueAt(expression, ['values']);
  return meetsRequirement(expression['operator'], Array.isArray(listed) ? listed : [], labelOf(labels, textAt(expression, ['key']) ?? ''));
}

export function labelOf(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

export function hasConditions(selector: JsonValue | undefined): boolean {
  return isJsonObject(selector) && Object.values(selector).some((part) => (isJsonObject(part) || Array.isArray(part)) && Object.keys(part).length > 0);
}

/** `app=web,tier=front`, with expressions as `kubectl` writes them; `*` for everything. */
export function selectorText(selector: JsonValue | undefined): string {
  const labels = valueAt(selector, ['matchLabels']);
  const parts = [...(isJsonObject(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${valueText(value)}`) : [])];
  for (const expression of itemsAt(selector, ['matchExpressions'])) {
    const key = textAt(expression, ['key']) ?? '';
    const listed = valueAt(expression, ['values']);
    const values = Array.isArray(listed) ? `(${listed.join(',')})` : '';
    const operator = expression['operator'];
    if (operator === 'Exists') parts.push(key);
    else if (operator === 'DoesNotExist') parts.push(`!${key}`);
    else parts.push(`${key} ${operator === 'NotIn' ? 'notin' : 'in'} ${values}`);
  }
  return parts.length === 0 ? '*' : parts.join(',');
}

/** The first label in which these labels differ from what a plain selector wants; undefined when they do not. */
export function firstDifference(
  selector: JsonObject,
  labels: Labels | undefined,
): { readonly label: string; readonly wanted: string; readonly found: string | undefined } | undefined {
  for (const [label, value] of Object.entries(selector)) {
    const found = labelOf(labels, label);
    if (found !== valueText(value)) return { label, wanted: valueText(value), found };
  }
  return undefined;
}

/** How many of a plain selector's labels these labels have. */
export function sharedLabels(selector: JsonObject, labels: Labels | undefined): number {
  return Object.entries(selector).filter(([key, value]) => labelOf(labels, key) === valueText(value)).length;
}

/** Labels as texts, as the API server keeps them. */
export function labelTexts(labels: JsonObject | Labels | undefined): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, valueText(value)]));
}
