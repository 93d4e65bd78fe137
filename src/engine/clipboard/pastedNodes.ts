import type { Catalog } from '../../shared/catalog';
import type { Fragment } from '../../shared/fragment';
import { freeId, idFrom } from '../../shared/freeId';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { Point, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { emptyWorkflow } from '../../shared/workflow';
import { parseWorkflow } from '../document/parse';
import { objectsFromManifest } from '../manifestObjects';
import { placeNodes } from '../placeOne';
import { secretKeys, secretNode } from './secretNode';

export interface PastedNodes {
  readonly fragment: Fragment;
  /** Keys of Secrets whose values were in the text, as `node.key`. A file never holds values, so they are asked for at deploy. */
  readonly leftOut: readonly string[];
  /** How many nodes come from objects of Kubernetes, rather than from a workflow. */
  readonly objects: number;
}

/** What a server adds to an object and what nobody writes. */
const serversMetadata: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The nodes that a text stands for: those of a workflow file or a part of one (`nodes` with its `edges`), or objects of Kubernetes as
 * YAML or JSON from anywhere, one node each. Every node has a place. Undefined for a text that is neither; throws a ProblemError for
 * objects that are broken.
 */
export function pastedNodes(text: string, catalog: Catalog): PastedNodes | undefined {
  const parsed = parseWorkflow(text);
  const root = parsed.tree.root?.json;
  if (isJsonObject(root) && Object.hasOwn(root, 'nodes') && !parsed.broken) return ofWorkflow(parsed.workflow, catalog);
  // Several documents, or lines that are no YAML for a reason of their own: only what looks like an object is taken for one.
  if (!/^[ \t]*["']?kind["']?[ \t]*:/m.test(text) && !/"kind"\s*:/.test(text)) return undefined;
  return ofObjects(objectsFromManifest(text), catalog);
}

function ofWorkflow({ nodes, edges, groups, layout }: Fragment, catalog: Catalog): PastedNodes | undefined {
  if (nodes.length === 0) return undefined;
  const leftOut: string[] = [];
  const clean = nodes.map((node) => {
    const { manifest } = node.data;
    if (!isJsonObject(manifest) || manifest['kind'] !== 'Secret') return node;
    leftOut.push(...secretKeys(manifest).map((key) => `${node.id}.${key}`));
    return secretNode(node.id, manifest);
  });
  return { fragment: placed({ nodes: clean, edges, groups, layout }, catalog), leftOut, objects: 0 };
}

function ofObjects(objects: readonly KubeObject[], catalog: Catalog): PastedNodes | undefined {
  if (objects.length === 0) return undefined;
  const leftOut: string[] = [];
  const taken = new Set<string>();
  const nodes = objects.map((object): WorkflowNode => {
    const id = freeId(idFrom(object.metadata.name, idFrom(object.kind, 'object')), taken);
    taken.add(id);
    const json = withoutServersParts(object as unknown as JsonObject);
    if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return { id, type: 'manifest', data: jsonObject([['manifest', json]]) };
    leftOut.push(...secretKeys(json).map((key) => `${id}.${key}`));
    return secretNode(id, json);
  });
  return { fragment: placed({ nodes, edges: [] as readonly WorkflowEdge[], groups: {}, layout: {} }, catalog), leftOut, objects: objects.length };
}

function withoutServersParts(object: JsonObject): JsonObject {
  const entries = Object.entries(object).flatMap(([key, value]): readonly (readonly [string, JsonValue])[] => {
    if (key === 'status') return [];
    return [[key, key === 'metadata' && isJsonObject(value) ? authoredMetadata(value) : value]];
  });
  return jsonObject(entries);
}

function authoredMetadata(metadata: JsonObject): JsonObject {
  const entries = Object.entries(metadata).flatMap(([key, value]): readonly (readonly [string, JsonValue])[] => {
    if (serversMetadata.has(key)) return [];
    // kubectl keeps a whole copy of the object here, of a Secret with its values.
    if (key !== 'annotations' || !isJsonObject(value)) return [[key, value]];
    const annotations = Object.entries(value).filter(([name]) => name !== lastApplied);
    return annotations.length === 0 ? [] : [[key, jsonObject(annotations)]];
  });
  return jsonObject(entries);
}

/** Gives every node a place: its own, else one beside what it is connected to. */
function placed(fragment: Fragment, catalog: Catalog): Fragment {
  const layout = Object.create(null) as Record<string, Point>;
  for (const [id, point] of Object.entries(placeNodes({ ...emptyWorkflow('pasted'), ...fragment }, catalog))) layout[id] = point;
  return { ...fragment, layout };
}
