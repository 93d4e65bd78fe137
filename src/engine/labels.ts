import type { KubeObject } from '../shared/kubeObject';

/** The field manager of every write. It must not change between releases: an old name would keep its fields for ever. */
export const fieldManager = 'kubeorch';

export const workflowLabel = 'kubeorch.dev/workflow';
export const nodeLabel = 'kubeorch.dev/node';
export const managedByLabel = 'app.kubernetes.io/managed-by';
/** Membership in a set of objects with one parent (KEP-3659). */
export const partOfSetLabel = 'applyset.kubernetes.io/part-of';

/** Labels that a node's own `labels` and `patch` cannot change, because objects are found and owned by them. */
export const ownLabels: readonly string[] = ['app', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of', managedByLabel, workflowLabel, nodeLabel];

/** The workflow that made this object; undefined when none did. */
export function workflowOf(object: KubeObject): string | undefined {
  const labels = object.metadata.labels;
  return labels?.[managedByLabel] === fieldManager ? labels[workflowLabel] : undefined;
}

/** The same object with one more label. */
export function withLabel(object: KubeObject, label: string, value: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [label]: value } } };
}
