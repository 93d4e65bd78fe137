import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject, sameJson } from '../shared/json';
import type { WorkflowNode } from '../shared/workflow';
import { objectName } from '../shared/workflow';
import type { ToldFinding } from './checks/findings';
import type { RenderedNode } from './render';
import type { ResolvedWorkflow } from './relations';

/** What was worked out for a node. It stays true for as long as the inputs are the same. */
export interface KnownNode {
  rendered?: RenderedNode;
  /** What the checks of its fields and kind say. */
  checked?: readonly ToldFinding[];
  /** What the API would say of each of its objects, in their order. */
  judged?: readonly (readonly ToldFinding[])[];
}

interface Entry {
  readonly inputs: readonly unknown[];
  readonly known: KnownNode;
}

/**
 * What nodes were found to be, from one version of a workflow to the next. The inputs of a node are all that rendering or
 * checking it may look at: its own data with what edges fill in, the nodes at the other end of its edges, autoscalers of
 * those, and every node whose id or name stands somewhere in its data. Whoever looks further has to add it here; the
 * property test compares with working everything out anew.
 */
export class NodeMemory {
  #entries = new Map<string, Entry>();
  #effective = new Map<string, JsonObject>();
  #lists = new Map<string, readonly unknown[]>();
  readonly #texts = new WeakMap<WorkflowNode, readonly string[]>();

  /** Looks up nodes of one version. `surroundings` are inputs of all nodes: the catalog, the namespace and the like. */
  of(resolved: ResolvedWorkflow, surroundings: readonly unknown[]): (node: WorkflowNode) => KnownNode {
    const { workflow } = resolved;
    const nodes = new Map(workflow.nodes.map((node) => [node.id, node]));
    const effectiveBefore = this.#effective;
    const effective = new Map<string, JsonObject>();
    this.#effective = effective;
    const dataOf = (node: WorkflowNode): JsonObject => {
      const known = effective.get(node.id);
      if (known !== undefined) return known;
      const before = effectiveBefore.get(node.id);
      const data = resolved.data(node.id);
      const stable = before !== undefined && sameJson(before, data) ? before : data;
      effective.set(node.id, stable);
      return stable;
    };
    const listsBefore = this.#lists;
    const lists = new Map<string, readonly unknown[]>();
    this.#lists = lists;
    // One list for all who look at it: a node with many edges, or a name of many nodes, is compared once.
    const stableList = (key: string, list: readonly unknown[]): void => {
      const before = listsBefore.get(key);
      lists.set(key, before !== undefined && sameItems(before, list) ? before : list);
    };
    const incoming = new Map<string, unknown[]>();
    const scaling = new Map<string, unknown[]>();
    const outgoing = new Map<string, [to: string, ...inputs: unknown[]][]>();
    for (const { edge, rule } of resolved.edges) {
      const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
      const text = JSON.stringify(edge);
      if (from !== undefined) {
        listIn(incoming, edge.to).push(text, rule, from, dataOf(from));
        if (rule?.relation === 'scales') listIn(scaling, edge.to).push(text, from.id, dataOf(from)['scaleTargetName']);
      }
      if (to !== undefined) listIn(outgoing, edge.from).push([to.id, text, rule, to, dataOf(to)]);
    }
    const named = new Map<string, unknown[]>();
    for (const node of workflow.nodes) {
      listIn(named, node.id).push(node);
      const name = objectName(node);
      if (name !== node.id) listIn(named, name).push(node);
    }
    for (const [key, list] of incoming) stableList(`to ${key}`, list);
    for (const [key, list] of scaling) stableList(`scales ${key}`, list);
    for (const [key, list] of named) stableList(`named ${key}`, list);
    const gone = [...this.#entries.keys()].filter((id) => !nodes.has(id));
    for (const id of gone) this.#entries.delete(id);

    const inputsOf = (node: WorkflowNode): readonly unknown[] => {
      const inputs: unknown[] = [...surroundings, workflow.name, node, dataOf(node), lists.get(`to ${node.id}`)];
      for (const [to, ...rest] of outgoing.get(node.id) ?? []) inputs.push(...rest, lists.get(`scales ${to}`));
      for (const text of this.textsOf(node)) {
        const list = lists.get(`named ${text}`);
        if (list !== undefined) inputs.push(list);
      }
      return inputs;
    };
    const asked = new Map<string, KnownNode>();
    const knownOf = (node: WorkflowNode): KnownNode => {
      const inputs = inputsOf(node);
      const before = this.#entries.get(node.id);
      if (before !== undefined && sameItems(before.inputs, inputs)) return before.known;
      const known: KnownNode = {};
      this.#entries.set(node.id, { inputs, known });
      return known;
    };
    return (node) => {
      let known = asked.get(node.id);
      if (known === undefined) asked.set(node.id, (known = knownOf(node)));
      return known;
    };
  }

  /** Every text in a node's data that may be the id or the name of another node. */
  textsOf(node: WorkflowNode): readonly string[] {
    const known = this.#texts.get(node);
    if (known !== undefined) return known;
    const texts = new Set<string>();
    const visit = (value: JsonValue): void => {
      if (typeof value === 'string') {
        if (value.length <= longestName) texts.add(value.trim());
      } else if (Array.isArray(value)) (value as readonly JsonValue[]).forEach(visit);
      else if (isJsonObject(value)) Object.values(value).forEach(visit);
    };
    visit(node.data);
    const made = [...texts];
    this.#texts.set(node, made);
    return made;
  }
}

/** Longer texts name nothing, with room for spaces around a name. */
const longestName = 600;

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
