import type { EdgeTypes } from '@xyflow/react';
import type { DrawnRelation } from './edgeLooks';
import { RelationEdge } from './RelationEdge';

/** One object for the life of the page, for the same reason as the node types. */
export const edgeTypes = {
  routes: RelationEdge,
  forwards: RelationEdge,
  mounts: RelationEdge,
  'depends-on': RelationEdge,
  scales: RelationEdge,
  'applies-to': RelationEdge,
  'allow-from': RelationEdge,
  'allow-to': RelationEdge,
  'used-by': RelationEdge,
  grants: RelationEdge,
  contains: RelationEdge,
  unknown: RelationEdge,
} satisfies EdgeTypes & Record<DrawnRelation, unknown>;
