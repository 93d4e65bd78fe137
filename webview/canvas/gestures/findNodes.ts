import type { Catalog } from '../../../src/shared/catalog';
import { kindOf } from '../../../src/shared/catalog';
import type { Workflow, WorkflowNode } from '../../../src/shared/workflow';
import { objectName, textMapField } from '../../../src/shared/workflow';

function placesOf(node: WorkflowNode, catalog: Catalog): readonly string[] {
  const kind = kindOf(catalog, node.type);
  const labels = Object.entries(textMapField(node, 'labels')).map(([key, value]) => `${key}=${value}`);
  return [node.id, objectName(node), node.type, kind?.displayName ?? '', kind?.kind ?? '', ...labels].map((place) => place.toLowerCase());
}

/** The nodes that have every word of the query in their id, their object's name, their kind or a label (`key=value`); by id first, then as in the file. */
export function foundNodes(workflow: Pick<Workflow, 'nodes'>, catalog: Catalog, query: string): readonly string[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found = workflow.nodes.filter((node) => {
    const places = placesOf(node, catalog);
    return words.every((word) => places.some((place) => place.includes(word)));
  });
  const isById = (node: WorkflowNode): boolean => words.every((word) => node.id.includes(word));
  return [...found.filter(isById), ...found.filter((node) => !isById(node))].map((node) => node.id);
}
