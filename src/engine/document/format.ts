import type { JsonValue } from '../../shared/json';
import type { Workflow } from '../../shared/workflow';
import { edgeJson, nodeJson, propertyJson, workflowKeys } from '../../shared/workflowFromJson';
import type { YamlWriting } from './yamlText';
import { blockEntry, usualWriting } from './yamlText';

/** A whole new file: keys in canonical order with `layout` last, empty sections left out. Parsing it gives the workflow again. */
export function workflowText(workflow: Workflow, writing: YamlWriting = usualWriting): string {
  const keys = [...workflowKeys.filter((key) => key !== 'layout'), ...Object.keys(workflow.unknown), 'layout'];
  const lines: string[] = [];
  for (const key of keys) {
    if (key === 'nodes') lines.push(`nodes:${afterNodesKey(workflow, writing)}`);
    else {
      const value: JsonValue | undefined = key === 'edges' ? edgesJson(workflow) : propertyJson(workflow, key);
      if (value !== undefined) lines.push(blockEntry(key, value, 0, writing));
    }
  }
  return lines.join(writing.newline) + writing.newline;
}

function edgesJson(workflow: Workflow): JsonValue | undefined {
  return workflow.edges.length === 0 ? undefined : workflow.edges.map(edgeJson);
}

/**
 * What follows the key `nodes`. Node by node, because an object would move ids such as `1` to the front.
 */
export function afterNodesKey(workflow: Workflow, writing: YamlWriting): string {
  if (workflow.nodes.length === 0) return ' {}';
  const { step, newline } = writing;
  return workflow.nodes.map((node) => newline + ' '.repeat(step) + blockEntry(node.id, nodeJson(node), step, writing)).join('');
}
