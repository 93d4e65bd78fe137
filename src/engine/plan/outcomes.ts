import type { KubeObject } from '../../shared/kubeObject';
import { valueAt } from '../../shared/json';
import type { FieldChange, PlanStep } from '../../shared/plan';
import type { Schema } from '../../openapi';
import { fieldManager } from '../labels';
import { fieldChanges } from './fieldChanges';
import { asJson, holdsAll, intentFields, ownedFields, sameFields } from './fieldPaths';

/** What becomes of one object. */
export type Outcome = Pick<PlanStep, 'action'> &
  Partial<Pick<PlanStep, 'changes' | 'conflicts' | 'takesFields' | 'problems'>> & {
    /** Of an object of another owner that is taken over. */
    readonly adoptedUid?: string;
  };

/**
 * Proof without a request: every wanted value stands in the live object, and we own exactly the fields that an apply would
 * own, so an apply would be a write of nothing. Only said when the schema names every item of every list.
 */
export function isCertainlyUnchanged(intent: KubeObject, live: KubeObject, schema: Schema | undefined): boolean {
  if (schema === undefined) return false;
  const fields = intentFields(intent, schema);
  return fields !== undefined && sameFields(fields, ownedFields(live, fieldManager)) && holdsAll(asJson(intent), asJson(live), schema);
}

/** What a dry-run's answer changes in the object as it is. */
export function changeOutcome(live: KubeObject, after: KubeObject, schema: Schema | undefined): Outcome {
  const before = ownedFields(live, fieldManager);
  const owned = ownedFields(after, fieldManager);
  // An answer without managedFields (some proxies cut them) cannot be narrowed down to our fields.
  const changes = fieldChanges(live, after, schema, owned.size === 0 ? undefined : new Set([...before, ...owned]));
  if (changes.length > 0) return { action: 'change', changes };
  return owned.size === 0 || sameFields(before, owned) ? { action: 'unchanged' } : { action: 'change', changes: [{ path: 'metadata.managedFields' }] };
}

/** A field that cannot be changed in place, with both values unless they are secret. */
export function fixedChange(path: string, live: KubeObject, intent: KubeObject): FieldChange {
  const steps = path.split('.');
  const before = intent.kind === 'Secret' ? undefined : valueAt(asJson(live), steps);
  const after = intent.kind === 'Secret' ? undefined : valueAt(asJson(intent), steps);
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
