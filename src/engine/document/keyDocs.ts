import { workflowStatuses } from '../../shared/workflow';

/** What a key of the file means, for the schema, completion and hover. Keys of kinds are described by their metadata instead. */
export interface KeyDoc {
  readonly key: string;
  readonly description: string;
  /** What the key holds: decides whether completion goes on behind the colon or on the next line. */
  readonly holds: 'text' | 'flag' | 'list' | 'map';
  readonly values?: readonly string[];
}

export const workflowDocs: readonly KeyDoc[] = [
  { key: 'apiVersion', description: 'The format of this file.', holds: 'text', values: ['kubeorch.dev/v1alpha1'] },
  { key: 'kind', description: 'Always Workflow.', holds: 'text', values: ['Workflow'] },
  { key: 'name', description: 'The name of the workflow, as in the file name: lower-case letters, digits and "-", at most 40 characters.', holds: 'text' },
  { key: 'description', description: 'What the workflow is for.', holds: 'text' },
  { key: 'status', description: 'A draft is not run before it is published; an archived workflow is not run at all.', holds: 'text', values: workflowStatuses },
  { key: 'tags', description: 'Words to find the workflow by.', holds: 'list' },
  { key: 'cluster', description: 'The name of the cluster that the workflow was made for.', holds: 'text' },
  { key: 'namespace', description: 'The namespace of all objects that name none themselves.', holds: 'text' },
  { key: 'environments', description: 'Places to deploy to, by name, with what differs there.', holds: 'map' },
  {
    key: 'nodes',
    description: 'What the application is made of. The key is the id of the node, and the name of its object where it has no name of its own.',
    holds: 'map',
  },
  {
    key: 'edges',
    description: 'How nodes belong together: "a -> b", or a map with from, to and options. The relation follows from the two types.',
    holds: 'list',
  },
  { key: 'groups', description: 'Nodes that the canvas draws in one frame.', holds: 'map' },
  { key: 'layout', description: 'Where nodes stand on the canvas: [x, y] in whole numbers.', holds: 'map' },
];

export const nodeDocs: readonly KeyDoc[] = [
  { key: 'type', description: 'What the node is; it decides which other keys it has.', holds: 'text' },
  { key: 'name', description: 'The name of the Kubernetes object; the id of the node when empty.', holds: 'text' },
  { key: 'namespace', description: 'The namespace of the object; that of the workflow or the target when empty.', holds: 'text' },
  { key: 'labels', description: 'Labels of the object.', holds: 'map' },
  { key: 'annotations', description: 'Annotations of the object.', holds: 'map' },
  { key: 'template', description: 'The template that renders the node, in place of that of its type.', holds: 'text' },
  { key: 'options', description: 'Settings of a run for this node, such as timeout and retry.', holds: 'map' },
  { key: 'patch', description: 'Merged into the rendered object, for what the type has no key for.', holds: 'map' },
];

export const edgeDocs: readonly KeyDoc[] = [
  { key: 'from', description: 'The id of the node where the edge begins.', holds: 'text' },
  { key: 'to', description: 'The id of the node where the edge ends.', holds: 'text' },
  { key: 'handle', description: 'The handle of the first node, where its type has several (a path of an Ingress).', holds: 'text' },
  { key: 'relation', description: 'What the edge means, where the two types allow several relations.', holds: 'text' },
  { key: 'mountPath', description: 'Where the volume is mounted in the containers.', holds: 'text' },
  { key: 'subPath', description: 'The part of the volume that is mounted.', holds: 'text' },
  { key: 'as', description: 'Whether the values come as files or as environment variables.', holds: 'text', values: ['volume', 'env'] },
  { key: 'readOnly', description: 'The volume is mounted read-only.', holds: 'flag' },
  {
    key: 'ready',
    description:
      'What ready means at the other end, for depends-on: `healthy`, `applied`, or a condition of its status such as `Available` or `Progressing=False`.',
    holds: 'text',
  },
];

export const environmentDocs: readonly KeyDoc[] = [
  { key: 'context', description: 'The kubeconfig context that leads to the cluster.', holds: 'text' },
  { key: 'clusterUid', description: 'The UID of the kube-system namespace: pins the cluster, whatever its context is called.', holds: 'text' },
  { key: 'namespace', description: 'The namespace to deploy to.', holds: 'text' },
  { key: 'protected', description: 'Runs here always ask, and destroy nothing without its own question.', holds: 'flag' },
  { key: 'set', description: 'Fields that differ here, by node id.', holds: 'map' },
];

export const groupDocs: readonly KeyDoc[] = [
  { key: 'label', description: 'The title of the frame.', holds: 'text' },
  { key: 'nodes', description: 'The ids of the nodes in it.', holds: 'list' },
  { key: 'collapsed', description: 'The canvas shows only the frame.', holds: 'flag' },
];
