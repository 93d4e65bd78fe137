import type { JsonValue } from '../shared/json';

/** A value as a person reads it: text as it is, everything else as JSON; nothing for what is absent. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
