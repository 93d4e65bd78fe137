import type { JsonObject, JsonValue } from '../../src/shared/json';
import { isJsonObject } from '../../src/shared/json';
import type { Environment } from '../../src/shared/workflow';
import { useText } from '../ui/texts';
import { valueText } from './fieldValues';

/** What an environment sets over the fields of one level. */
export interface Overrides {
  readonly environment: string;
  readonly values: JsonObject;
}

export interface FieldOverride {
  readonly environment: string;
  readonly value: JsonValue;
}

/** What the chosen environment sets over a node's fields; undefined when it sets nothing there. */
export function overridesOf(environments: Readonly<Record<string, Environment>>, environment: string | undefined, nodeId: string): Overrides | undefined {
  const set = environment !== undefined && Object.hasOwn(environments, environment) ? environments[environment]?.set : undefined;
  const values = set !== undefined && Object.hasOwn(set, nodeId) ? set[nodeId] : undefined;
  return environment === undefined || values === undefined ? undefined : { environment, values };
}

export function overrideOf(overrides: Overrides | undefined, field: string): FieldOverride | undefined {
  const value = overrides !== undefined && Object.hasOwn(overrides.values, field) ? overrides.values[field] : undefined;
  return overrides === undefined || value === undefined ? undefined : { environment: overrides.environment, value };
}

export function innerOverrides(override: FieldOverride | undefined): Overrides | undefined {
  return override !== undefined && isJsonObject(override.value) ? { environment: override.environment, values: override.value } : undefined;
}

/** Below a field: what is deployed instead of its value to the chosen environment. */
export function OverrideNote({ override }: { readonly override: FieldOverride }) {
  const text = useText();
  const value = override.value === null ? text('removed') : valueText(override.value);
  return <div className="field-note is-override">{text('In {0}: {1}', override.environment, value)}</div>;
}
