import type { Catalog } from '../../shared/catalog';
import type { Fragment } from '../../shared/fragment';
import type { OpenApi } from '../../openapi/index';
import type { JsonObject } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { Point, Workflow } from '../../shared/workflow';
import { emptyWorkflow } from '../../shared/workflow';
import type { LoadedCatalog } from '../catalog';
import { parseWorkflow } from '../document/parse';
import { nodesOfObjects } from '../imports/manifests/importManifests';
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

/** Most objects that are pasted at once: each is rendered and proved while the editor waits. */
const maxObjects = 300;

/** What pasted objects are read against: kinds with their templates, the API, and the workflow that they come into. */
export interface PasteInto extends Pick<Workflow, 'name' | 'namespace'> {
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
}

/**
 * The nodes that a text stands for: those of a workflow file or a part of one (`nodes` with its `edges`), or objects of Kubernetes as
 * YAML or JSON from anywhere, as nodes of their kinds
 * with the edges that they tell of. Every node has a place. Undefined for a text that is neither; throws a ProblemError for
 * objects that are broken.
 */
export function pastedNodes(text: string, into: PasteInto): PastedNodes | undefined {
  const { catalog } = into.loaded;
  const parsed = parseWorkflow(text);
  const root = parsed.tree.root?.json;
  if (isJsonObject(root) && Object.hasOwn(root, 'nodes') && !parsed.broken) return ofWorkflow(parsed.workflow, catalog);
  // Several documents, or lines that are no YAML for a reason of their own: only what looks like an object is taken for one.
  if (!/^[ \t]*["']?kind["']?[ \t]*:/m.test(text) && !/"kind"\s*:/.test(text)) return undefined;
  return ofObjects(objectsFromManifest(text), into);
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

function ofObjects(objects: readonly KubeObject[], into: PasteInto): PastedNodes | undefined {
  if (objects.length === 0) return undefined;
  if (objects.length > maxObjects) throw failure('import.tooManyObjects', { count: String(objects.length), limit: String(maxObjects) });
  const made = nodesOfObjects(objects as unknown as readonly JsonObject[], into);
  const fragment = placed({ nodes: made.nodes, edges: made.edges, groups: {}, layout: {} }, into.loaded.catalog);
  return { fragment, leftOut: made.secrets.flatMap(({ node, keys }) => keys.map((key) => `${node}.${key}`)), objects: objects.length };
}

/** Gives every node a place: its own, else one beside what it is connected to. */
function placed(fragment: Fragment, catalog: Catalog): Fragment {
  const layout = Object.create(null) as Record<string, Point>;
  for (const [id, point] of Object.entries(placeNodes({ ...emptyWorkflow('pasted'), ...fragment }, catalog))) layout[id] = point;
  return { ...fragment, layout };
}
