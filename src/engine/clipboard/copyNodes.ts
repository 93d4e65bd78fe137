import type { Catalog } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import type { Fragment } from '../../shared/fragment';
import type { JsonObject } from '../../shared/json';
import { isJsonObject, valueAt, withValueAt } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';
import { emptyWorkflow } from '../../shared/workflow';
import { workflowText } from '../document/format';
import { secretKeys, secretNode } from './secretNode';

export interface CopiedNodes {
  /** A whole workflow file with these nodes alone, so that it can be pasted into a text as well as onto a canvas. */
  readonly text: string;
  /** Where values of Secrets stood, as `node.key`: they are not in the text. */
  readonly leftOut: readonly string[];
}

/**
 * Copies nodes as text, as the workflow `name` would hold them. Comments stay behind: they belong to the text they stand in.
 * Values of Secrets are never copied.
 */
export function copiedNodes(fragment: Fragment, name: string, catalog: Catalog): CopiedNodes {
  const leftOut: string[] = [];
  const nodes = fragment.nodes.map((node) => withoutSecretValues(node, catalog, leftOut));
  return { text: workflowText({ ...emptyWorkflow(name), ...fragment, nodes }), leftOut };
}

/** A Secret that is written out as an object carries its values; a text in place of a plugin's reference to a Secret is one. */
function withoutSecretValues(node: WorkflowNode, catalog: Catalog, leftOut: string[]): WorkflowNode {
  const manifest = valueAt(node.data, ['manifest']);
  if (isJsonObject(manifest) && manifest['kind'] === 'Secret') {
    leftOut.push(...secretKeys(manifest).map((key) => `${node.id}.${key}`));
    return secretNode(node.id, manifest);
  }
  let { data } = node;
  const settings = kindOf(catalog, node.type)?.fields.find((field) => field.name === 'fields')?.fields ?? [];
  for (const field of settings) {
    const path = ['fields', field.name];
    if (field.secret !== true || typeof valueAt(data, path) !== 'string') continue;
    leftOut.push(`${node.id}.${field.name}`);
    data = withValueAt(data, path, undefined) as JsonObject;
  }
  return data === node.data ? node : { ...node, data };
}
