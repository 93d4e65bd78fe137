/** One field that the cluster has otherwise than it was applied, as a view shows it: values as JSON, long ones cut. */
export interface DriftFieldView {
  readonly path: string;
  readonly live?: string;
  readonly applied?: string;
  readonly file?: string;
  /** Who wrote the live value; empty when it was taken away. */
  readonly owner: string;
  /** A value of a Secret: that it differs is all that is known. */
  readonly hidden?: true;
}

export interface DriftObjectView {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Nobody has it any more. */
  readonly missing: boolean;
  readonly fields: readonly DriftFieldView[];
}

/** Where the cluster has left what was applied, by node id. Nodes that are as applied are not here. */
export interface DriftView {
  readonly nodes: Readonly<Record<string, readonly DriftObjectView[]>>;
  /** Why it cannot be told, in words. */
  readonly unknown?: string;
}

export const noDrift: DriftView = { nodes: {} };

/** Fields that differ, and objects that are gone. */
export function driftCount(objects: readonly DriftObjectView[] | undefined): number {
  return (objects ?? []).reduce((sum, one) => sum + (one.missing ? 1 : one.fields.length), 0);
}
