import type { Catalog, CatalogRelation } from '../shared/catalog';
import { kindOf, relationOfTypes } from '../shared/catalog';
import type { DerivedLink } from '../shared/derivedLink';
import type { JsonObject, JsonValue } from '../shared/json';
import type { Workflow, WorkflowEdge } from '../shared/workflow';
import { nodeById, objectName } from '../shared/workflow';
import type { Contradiction, DerivingEdge, DerivingNode } from './kinds/derivation';
import { Derivation } from './kinds/derivation';
import { deriveScales } from './kinds/hpa/relations';
import { deriveForwards } from './kinds/ingress/relations';
import { deriveMounts } from './kinds/mounts';
import { deriveContains } from './kinds/namespace/relations';
import { deriveAllowFrom, deriveAllowTo, deriveAppliesTo } from './kinds/networkpolicy/relations';
import { deriveGrants } from './kinds/role/relations';
import { deriveRoutes } from './kinds/service/relations';
import { deriveUsedBy } from './kinds/serviceaccount/relations';
import { deriveAnyService, deriveHeadlessService } from './kinds/statefulset/relations';

export interface ResolvedEdge {
  readonly edge: WorkflowEdge;
  /** Undefined when an end does not exist or the two kinds allow no such relation. */
  readonly rule: CatalogRelation | undefined;
}

/** A workflow with the meaning of its edges. */
export interface ResolvedWorkflow {
  readonly workflow: Workflow;
  readonly catalog: Catalog;
  /** One per edge of the file, in its order. */
  readonly edges: readonly ResolvedEdge[];
  /**
   * What relations fill in, by node id and top-level field; a list holds the authored items too. A field that the file gives
   * a value is never here, except for lists whose items are completed or added to, and for `replicas` of what an autoscaler
   * scales, which is null.
   */
  readonly derived: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  readonly contradictions: readonly Contradiction[];
  /** Which edge gave each derived value. */
  readonly links: readonly DerivedLink[];
  /** Those of them that lead to a node. */
  edgesTo(nodeId: string): readonly ResolvedEdge[];
  /** The effective data of a node: authored, with what relations fill in; without defaults. Empty for an unknown id. */
  data(nodeId: string): JsonObject;
}

/** Relations in the order in which they are worked out: namespaces before whatever compares them, a Service before the Ingress that asks it. */
const deriving: readonly (readonly [relation: string, derive: (derivation: Derivation, edge: DerivingEdge) => void])[] = [
  ['contains', deriveContains],
  ['mounts', deriveMounts],
  ['routes', deriveRoutes],
  ['routes', deriveHeadlessService],
  ['routes', deriveAnyService],
  ['forwards', deriveForwards],
  ['used-by', deriveUsedBy],
  ['scales', deriveScales],
  ['applies-to', deriveAppliesTo],
  ['allow-from', deriveAllowFrom],
  ['allow-to', deriveAllowTo],
  ['grants', deriveGrants],
];

/** Finds the relation of every edge and what the relations fill in. Environment overrides come before, by `workflowForEnvironment`. */
export function resolveWorkflow(workflow: Workflow, catalog: Catalog): ResolvedWorkflow {
  const nodes = new Map<string, DerivingNode>();
  for (const node of workflow.nodes) {
    const kind = kindOf(catalog, node.type);
    if (kind !== undefined) nodes.set(node.id, { node, kind, name: objectName(node) });
  }
  const found: (DerivingEdge & { readonly relation: string })[] = [];
  const edges = workflow.edges.map((edge): ResolvedEdge => {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (from === undefined || to === undefined || from === to) return { edge, rule: undefined };
    const rule = relationOfTypes(catalog, from.node.type, to.node.type, edge.relation);
    if (rule !== undefined) found.push({ edge, from, to, relation: rule.relation });
    return { edge, rule };
  });

  const derivation = new Derivation(workflow.edges);
  for (const [relation, derive] of deriving) for (const edge of found) if (edge.relation === relation) derive(derivation, edge);

  const byTarget = new Map<string, ResolvedEdge[]>();
  for (const resolved of edges) {
    const known = byTarget.get(resolved.edge.to);
    if (known === undefined) byTarget.set(resolved.edge.to, [resolved]);
    else known.push(resolved);
  }
  return {
    workflow,
    catalog,
    edges,
    edgesTo: (nodeId) => byTarget.get(nodeId) ?? [],
    derived: derivation.derived,
    contradictions: derivation.contradictions,
    links: derivation.links,
    data: (nodeId) => {
      const node = nodes.get(nodeId)?.node ?? nodeById(workflow, nodeId);
      return node === undefined ? {} : derivation.dataOf(node);
    },
  };
}
