import type { Schema } from '../../openapi';
import { childSchema } from '../../openapi';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { fieldManager } from '../labels';
import { fieldChanges } from '../plan/fieldChanges';
import type { FieldPath } from '../plan/fieldPaths';
import { asJson, intentFields, itemStep, ownedFields, stepSeparator } from '../plan/fieldPaths';
import type { RenderedObject } from '../render';
import type { DriftedField } from './driftOf';
import { stepsIn } from './fieldSteps';

/**
 * Fields that were applied and that are no longer ours on the cluster, with another value or none: someone changed them. What the
 * server makes of a value, what it fills in and what others add never counts, since none of it takes a field from us. Nothing is asked
 * of the cluster. Undefined when the structure of the kind is unknown, so that nothing can be told.
 */
export function lostFields(applied: RenderedObject, live: KubeObject, schema: Schema | undefined): readonly Omit<DriftedField, 'owner' | 'file'>[] | undefined {
  const intended = schema === undefined ? undefined : intentFields(applied.object, schema);
  if (intended === undefined) return undefined;
  const owned = ownedFields(live, fieldManager);
  const secret = [...applied.secretKeys, ...Object.keys(applied.sealed?.open() ?? {})]
    .filter((key) => !owned.has(['f:data', `f:${key}`].join(stepSeparator)))
    .map((key) => ({ path: `data.${key}`, hidden: true as const }));
  const lost = new Set<FieldPath>([...intended].filter((path) => !owned.has(path)));
  if (lost.size === 0) return secret;
  const fields = fieldChanges(live, applied.object, schema, lost).flatMap(({ path, before, after }) => {
    // What only the cluster has is someone's addition.
    if (after === undefined) return [];
    return [{ path, applied: after, ...(before === undefined ? {} : { live: before }) }];
  });
  return [...fields, ...secret];
}

/** The manager that has a field of an object now, by its field sets as the server tells them; empty when nobody has. */
export function ownerOf(live: KubeObject, path: string, schema: Schema): string {
  const steps = stepsIn(asJson(live), path);
  const wanted = steps === undefined ? undefined : fieldPathOf(asJson(live), steps, schema);
  if (wanted === undefined) return '';
  for (const entry of live.metadata.managedFields ?? []) {
    const { manager, subresource } = entry;
    if (manager === undefined || manager === fieldManager || subresource === 'status') continue;
    // The set of an entry is read as an apply's, whichever way it was written.
    const owned = ownedFields({ ...live, metadata: { ...live.metadata, managedFields: [{ ...entry, operation: 'Apply', subresource: '' }] } }, manager);
    if (owned.has(wanted) || [...owned].some((one) => one.startsWith(wanted + stepSeparator)))
      return subresource === undefined || subresource === '' ? manager : `${manager} (${subresource})`;
  }
  return '';
}

/** How `managedFields` names a field; of a list or map that is one value, that list or map. */
function fieldPathOf(object: JsonObject, steps: JsonPath, root: Schema): FieldPath | undefined {
  const made: string[] = [];
  let at: JsonValue | undefined = object;
  let schema: Schema | undefined = root;
  for (const step of steps) {
    if (schema !== undefined && 'atomic' in schema && schema.atomic) break;
    if (typeof step === 'string') {
      made.push(`f:${step}`);
      schema = schema === undefined ? undefined : childSchema(schema, step);
    } else {
      if (schema?.type !== 'list' || schema.listType === 'atomic') break;
      const item = valueAt(at, [step]);
      const name = item === undefined ? undefined : itemStep(schema, item);
      if (name === undefined) return undefined;
      made.push(name);
      schema = schema.items;
    }
    at = valueAt(at, [step]);
  }
  return made.join(stepSeparator);
}
