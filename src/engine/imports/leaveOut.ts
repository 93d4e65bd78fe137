import type { ImportChoice, ImportChoices, NodeSources } from '../../shared/importPreview';
import type { JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { workflowText } from '../document/format';
import { Choices } from './choices';

interface Imported {
  readonly workflow: Workflow;
  readonly text: string;
  readonly secrets: readonly { readonly node: string; readonly keys: readonly string[] }[];
  readonly sources: NodeSources;
  readonly choices: readonly ImportChoice[];
}

/** What is there for others only, and goes with the last of them. */
const helpers = new Set(['configmap', 'secret', 'persistentvolumeclaim', 'service', 'hpa', 'poddisruptionbudget', 'networkpolicy']);

/**
 * The import without the nodes that were chosen to stay behind, and what is there only for those. Every node is a choice of its
 * own. May be done again to what it was done to with no choice made.
 */
export function withoutLeftOut<T extends Imported>(made: T, given: ImportChoices): T {
  const { workflow } = made;
  const choices = new Choices(given);
  const gone = new Set<string>();
  const asked = new Map<string, boolean>();
  for (const { id } of workflow.nodes) {
    const key = `node:${id}`;
    const stays = choices.offer({ key, kind: 'node', node: id, subject: '', reason: '' }, 'keep', ['keep', 'leave']) === 'keep';
    if (Object.hasOwn(given, key)) asked.set(id, stays);
    if (!stays) gone.add(id);
  }
  const others = made.choices.filter(({ kind }) => kind !== 'node');
  if (gone.size === 0) return { ...made, choices: [...others, ...choices.offered] };
  for (const { id, type } of workflow.nodes) {
    if (!helpers.has(type) || asked.get(id) === true) continue;
    const ends = workflow.edges.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));
    if (ends.length > 0 && ends.every((other) => asked.get(other) === false)) gone.add(id);
  }
  const stays = ({ id }: { readonly id: string }): boolean => !gone.has(id);
  const after: Workflow = {
    ...workflow,
    nodes: workflow.nodes.filter(stays).map((node) => withoutMounts(node, gone)),
    edges: workflow.edges.filter(({ from, to }) => !gone.has(from) && !gone.has(to)),
    layout: Object.fromEntries(Object.entries(workflow.layout).filter(([id]) => !gone.has(id))),
  };
  const offered = choices.offered.map((choice) => (gone.has(choice.node) ? { ...choice, value: 'leave' } : choice));
  return {
    ...made,
    workflow: after,
    text: workflowText(after),
    secrets: made.secrets.filter(({ node }) => !gone.has(node)),
    choices: [...others.filter(({ node }) => !gone.has(node)), ...offered],
  };
}

function withoutMounts(node: WorkflowNode, gone: ReadonlySet<string>): WorkflowNode {
  const mounts = node.data['volumeMounts'];
  if (!Array.isArray(mounts)) return node;
  const left = (mounts as readonly JsonValue[]).filter((mount) => !isJsonObject(mount) || typeof mount['nodeId'] !== 'string' || !gone.has(mount['nodeId']));
  if (left.length === mounts.length) return node;
  return {
    ...node,
    data: jsonObject(
      Object.entries(node.data).flatMap(([key, value]) => (key !== 'volumeMounts' ? [[key, value] as const] : left.length === 0 ? [] : [[key, left] as const])),
    ),
  };
}
