import type { JsonValue } from '../../shared/json';
import type { ObjectRef } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { FieldChange, Plan, PlanStep } from '../../shared/plan';

/** One field of which the cluster says something else than what was applied. A side that has no such field is absent. */
export interface DriftedField {
  readonly path: string;
  readonly live?: JsonValue;
  readonly applied?: JsonValue;
  /** What the file says now. */
  readonly file?: JsonValue;
  /** Who wrote the live value; empty when it was only taken away. */
  readonly owner: string;
  /** A value of a Secret: that it differs is all that is known. */
  readonly hidden?: true;
}

export interface DriftedObject {
  readonly nodeId: string;
  readonly ref: ObjectRef;
  /** Nobody has it any more. */
  readonly missing: boolean;
  readonly fields: readonly DriftedField[];
}

/**
 * Where the cluster has left what was applied. `applied` is a plan of the version that was run last, `file` one of the file as it
 * is, both made with `takesAll`, so that a field that someone else took is a change like any other. Only fields that these
 * make are looked at: what others add to an object is theirs.
 */
export function driftOf(applied: Plan, file: Plan): readonly DriftedObject[] {
  const now = new Map(file.steps.map((step) => [refKey(step.ref), step]));
  return applied.steps.flatMap((step): readonly DriftedObject[] => {
    const { nodeId, ref } = step;
    if (step.action === 'create') return [{ nodeId, ref, missing: true, fields: [] }];
    if (step.action !== 'change' && step.action !== 'replace') return [];
    const fields = step.changes.filter(isField).map((change) => fieldOf(change, step, now.get(refKey(ref))));
    return fields.length === 0 ? [] : [{ nodeId, ref, missing: false, fields }];
  });
}

/** Who owns a field without changing it is no drift. */
export function isField({ path }: FieldChange): boolean {
  return path !== 'metadata.managedFields';
}

function fieldOf(change: FieldChange, step: PlanStep, file: PlanStep | undefined): DriftedField {
  const { path, before: live, after: applied } = change;
  const owner = ownerOf(step, path);
  if (live === undefined && applied === undefined) return { path, owner, hidden: true };
  const wanted = file?.changes.find((one) => one.path === path);
  // What the file's plan does not change already is as the file says; an object that left the file says nothing.
  const said = wanted === undefined ? (file === undefined ? undefined : live) : wanted.after;
  return {
    path,
    owner,
    ...(live === undefined ? {} : { live }),
    ...(applied === undefined ? {} : { applied }),
    ...(said === undefined ? {} : { file: said }),
  };
}

/** Who owns a field that the workflow would set differently; empty when nobody else does. */
export function ownerOf(step: PlanStep, path: string): string {
  return step.conflicts.find((conflict) => plain(conflict.path) === plain(path))?.owner ?? '';
}

/** The server quotes keys of list items, we do not. */
function plain(path: string): string {
  return path.replaceAll('"', '');
}
