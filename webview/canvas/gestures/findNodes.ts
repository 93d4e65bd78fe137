import type { Catalog } from '../../../src/shared/catalog';
import { kindOf } from '../../../src/shared/catalog';
import type { Workflow, WorkflowNode } from '../../../src/shared/workflow';
import { objectName, textMapField } from '../../../src/shared/workflow';

interface Places {
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly labels: readonly string[];
}

function placesOf(node: WorkflowNode, catalog: Catalog): Places {
  const kind = kindOf(catalog, node.type);
  const labels = Object.entries(textMapField(node, 'labels')).map(([key, value]) => `${key}=${value}`);
  const lower = (places: readonly string[]): readonly string[] => places.map((place) => place.toLowerCase());
  return { names: lower([node.id, objectName(node)]), kinds: lower([node.type, kind?.displayName ?? '', kind?.kind ?? '']), labels: lower(labels) };
}

/** What is known of nodes beside the file: a word of a query such as `is:error` asks for it. */
export interface NodeFacts {
  /** Nodes with an error in the file, or that fail on the cluster. */
  readonly errors: ReadonlySet<string>;
  /** Nodes that the shown plan would change. */
  readonly changed: ReadonlySet<string>;
}

/** Whether one word of a query fits a node. `kind:`, `label:` and `is:` look in that place alone. */
function fits(word: string, node: WorkflowNode, places: Places, facts: NodeFacts): boolean {
  const [, key, value = ''] = /^(kind|label|is):(.*)$/.exec(word) ?? [];
  if (key === 'is') return value === 'error' ? facts.errors.has(node.id) : value === 'changed' && facts.changed.has(node.id);
  if (key === 'kind') return places.kinds.some((place) => place.includes(value));
  if (key === 'label') return places.labels.some((place) => place.includes(value));
  return [...places.names, ...places.kinds, ...places.labels].some((place) => place.includes(word));
}

/** The nodes that have every word of the query in their id, their object's name, their kind or a label (`key=value`), or that an `is:` asks for; by id first, then as in the file. */
export function foundNodes(workflow: Pick<Workflow, 'nodes'>, catalog: Catalog, query: string, facts: NodeFacts): readonly string[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found = workflow.nodes.filter((node) => {
    const places = placesOf(node, catalog);
    return words.every((word) => fits(word, node, places, facts));
  });
  const isById = (node: WorkflowNode): boolean => words.every((word) => node.id.includes(word));
  return [...found.filter(isById), ...found.filter((node) => !isById(node))].map((node) => node.id);
}
