import type { KubeObject } from '../shared/kubeObject';

/** The field manager of every write. It must not change between releases: an old name would keep its fields for ever. */
export const fieldManager = 'kubeorch';

export const workflowLabel = 'kubeorch.dev/workflow';
export const nodeLabel = 'kubeorch.dev/node';
export const managedByLabel = 'app.kubernetes.io/managed-by';
/** Membership in a set of objects with one parent (KEP-3659). */
export const partOfSetLabel = 'applyset.kubernetes.io/part-of';

/** Labels by which a run knows what is its own; nothing in a file changes them. */
export const owningLabels: readonly string[] = [managedByLabel, workflowLabel, nodeLabel];
/** Labels that a node's own `labels` cannot change. Its `patch` can give the first three another value, as an adopted object may have it. */
export const ownLabels: readonly string[] = ['app', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of', ...owningLabels];

/** The workflow that made this object; undefined when none did. */
export function workflowOf(object: KubeObject): string | undefined {
  const labels = object.metadata.labels;
  return labels?.[managedByLabel] === fieldManager ? labels[workflowLabel] : undefined;
}

/** The same object with one more label. */
export function withLabel(object: KubeObject, label: string, value: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [label]: value } } };
}
