import type { JsonObject, JsonPath, JsonValue } from './json';
import { isJsonObject, valueAt } from './json';
import type { TextRange } from './problem';

export const workflowApiVersion = 'kubeorch.dev/v1alpha1';
export const workflowKind = 'Workflow';

export const workflowStatuses = ['draft', 'published', 'archived'] as const;
export type WorkflowStatus = (typeof workflowStatuses)[number];

/** Longest name of a workflow: it is part of file names and of labels that add to it. */
export const maxWorkflowNameLength = 40;
/** DNS-1123 label (RFC 1123): what Kubernetes takes for most names and what a node id is. */
export const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** DNS-1123 subdomain, at most 253 characters: what Kubernetes takes for an object's name. */
export const dnsSubdomain = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Keys of a node that mean the same for every kind; all others are fields of the kind. */
export const reservedNodeKeys = ['type', 'name', 'namespace', 'labels', 'annotations', 'template', 'options', 'patch'] as const;

/** A point on the canvas in whole CSS pixels, as the file stores it. */
export type Point = readonly [x: number, y: number];

/** One node as authored: `data` holds every key of its map but `type`, untouched by defaults. */
export interface WorkflowNode {
  /** The key in `nodes`; a DNS-1123 label, unique in the workflow. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}

/**
 * One edge as authored. It has no id: its identity is (from, handle, relation, to), see `edgeKey`.
 * Direction is the drawn one (`web-svc -> web`); what is applied first follows from the relation.
 */
export interface WorkflowEdge {
  readonly from: string;
  readonly to: string;
  /** A source handle of `from`, where its kind has several (an Ingress has one per path). */
  readonly handle?: string;
  /** Written only when the two kinds allow several relations. */
  readonly relation?: string;
  readonly mountPath?: string;
  readonly subPath?: string;
  readonly as?: 'volume' | 'env';
  readonly readOnly?: boolean;
  /** For depends-on: what "ready" means at the other end. */
  readonly ready?: string;
}

/** Options of an edge that are no part of its identity. */
export const edgeOptionKeys = ['mountPath', 'subPath', 'as', 'readOnly', 'ready'] as const;

export type EdgeIdentity = Pick<WorkflowEdge, 'from' | 'to' | 'handle' | 'relation'>;

/** A string that is equal exactly for equal identities; usable as a canvas edge id. */
export function edgeKey(edge: EdgeIdentity): string {
  return `${edge.from}|${edge.handle ?? ''}|${edge.relation ?? ''}|${edge.to}`;
}

/** A named place to deploy to. `set` overrides fields by node id; all parts are optional in the file. */
export interface Environment {
  readonly context?: string;
  /** UID of the kube-system namespace: pins the cluster whatever its context is called. */
  readonly clusterUid?: string;
  readonly namespace?: string;
  readonly protected?: boolean;
  readonly set?: Readonly<Record<string, JsonObject>>;
}

export interface Group {
  readonly label?: string;
  readonly nodes: readonly string[];
  readonly collapsed?: boolean;
}

/**
 * A workflow as the file says it. Everything here is authored; nothing is derived and nothing is live.
 * Records keyed by foreign text have no prototype.
 */
export interface Workflow {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly status: WorkflowStatus;
  readonly tags: readonly string[];
  readonly cluster?: string;
  readonly namespace?: string;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly nodes: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
  readonly groups: Readonly<Record<string, Group>>;
  readonly layout: Readonly<Record<string, Point>>;
  /** Top-level keys that this version does not know, kept for every edit; `x-*` is free for anyone. */
  readonly unknown: JsonObject;
}

export function emptyWorkflow(name: string): Workflow {
  return {
    apiVersion: workflowApiVersion,
    kind: workflowKind,
    name,
    description: '',
    status: 'draft',
    tags: [],
    environments: {},
    nodes: [],
    edges: [],
    groups: {},
    layout: {},
    unknown: {},
  };
}

export function nodeById(workflow: Workflow, id: string): WorkflowNode | undefined {
  const { nodes } = workflow;
  if (nodes.length < 16) return nodes.find((node) => node.id === id);
  let index = nodeIndexes.get(nodes);
  if (index === undefined) {
    // The first of two nodes with one id, as a search would find it.
    index = new Map([...nodes].reverse().map((node) => [node.id, node]));
    nodeIndexes.set(nodes, index);
  }
  return index.get(id);
}

/** Lists of nodes never change, so an index is good for as long as its list lives. */
const nodeIndexes = new WeakMap<readonly WorkflowNode[], ReadonlyMap<string, WorkflowNode>>();

/** A string field of a node's data, trimmed; undefined when absent, empty or not a string. */
export function textField(node: WorkflowNode, path: string | JsonPath): string | undefined {
  const value = valueAt(node.data, typeof path === 'string' ? [path] : path);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

export function numberField(node: WorkflowNode, field: string): number | undefined {
  const value = valueAt(node.data, [field]);
  return typeof value === 'number' ? value : undefined;
}

/** A map field as strings; values that are maps or lists are left out. */
export function textMapField(node: WorkflowNode, field: string): Readonly<Record<string, string>> {
  const value = valueAt(node.data, [field]);
  const made = Object.create(null) as Record<string, string>;
  if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) if (item !== null && typeof item !== 'object') made[key] = String(item);
  }
  return made;
}

/**
 * The name of the object that a node makes: its `name`, else what stands in its `manifest`, else its id. A Secret that is taken
 * from an existing one has that one's name.
 */
export function objectName(node: WorkflowNode): string {
  const existing = node.type === 'secret' ? textField(node, ['valueFrom', 'secret']) : undefined;
  return existing ?? textField(node, 'name') ?? textField(node, ['manifest', 'metadata', 'name']) ?? node.id;
}

/** Where things stand in the text of a workflow file. Keys of `nodes` and `layout` are node ids; `edges` is by index. */
export interface WorkflowRanges {
  readonly keys: Readonly<Record<string, TextRange>>;
  readonly nodes: Readonly<Record<string, { readonly key: TextRange; readonly value: TextRange }>>;
  readonly edges: readonly TextRange[];
}

export type { JsonObject, JsonPath, JsonValue };
