import { applyEdit } from '../../shared/applyEdit';
import type { Catalog } from '../../shared/catalog';
import { freeId } from '../../shared/freeId';
import type { ImportChoice, ImportChoices } from '../../shared/importPreview';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { Workflow, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { edgeKey, edgeOptionKeys, nodeById, objectName } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { placeNodes } from '../placeOne';
import { Choices } from './choices';

export interface MergeRequest {
  /** What the last import of this source made; undefined when this is the first. */
  readonly base?: Pick<Workflow, 'nodes' | 'edges'>;
  /** The workflow as it is now. */
  readonly ours: Workflow;
  /** What the source makes now. */
  readonly theirs: Workflow;
  readonly catalog: Catalog;
  readonly choices?: ImportChoices;
}

export interface MergedImport {
  /** A composite of nothing when nothing changes. */
  readonly edit: WorkflowEdit & { readonly type: 'composite' };
  readonly merged: Workflow;
  /** Where file and source say different things, and whose counts. */
  readonly conflicts: readonly ImportChoice[];
  /** The node of the workflow that stands for a node of the import. */
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * An import put into a workflow that is there. What the source says otherwise than at the last import is changed; all else stays as the file has it,
 * what was removed by hand stays removed, and nodes of the same kind and name are the same. Where both changed, the file counts unless chosen otherwise.
 */
export function mergeImport(request: MergeRequest): MergedImport {
  return new Merge(request).result();
}

/** Kinds of which an object of one name takes the place of another. */
const workloads = new Set(['deployment', 'statefulset', 'daemonset', 'job', 'cronjob']);

class Merge {
  readonly #request: MergeRequest;
  readonly #choices: Choices;
  readonly #base: ReadonlyMap<string, WorkflowNode>;
  readonly #ids = new Map<string, string>();
  readonly #edits: WorkflowEdit[] = [];

  constructor(request: MergeRequest) {
    this.#request = request;
    this.#choices = new Choices(request.choices);
    this.#base = new Map(request.base?.nodes.map((node) => [node.id, node]));
  }

  result(): MergedImport {
    const { ours, catalog } = this.#request;
    this.#matchNodes();
    this.#removeNodes();
    const added = this.#mergeNodes();
    this.#mergeEdges();
    const unplaced = edited(ours, this.#edits);
    // A node that is added gets its place, and what the file did not place is pinned where it is seen, as by any gesture.
    if (added) {
      const missing = Object.entries(placeNodes(unplaced, catalog)).filter(([id]) => !Object.hasOwn(unplaced.layout, id));
      this.#edits.push({ type: 'move', positions: Object.fromEntries(missing) });
    }
    return { edit: { type: 'composite', edits: this.#edits }, merged: edited(ours, this.#edits), conflicts: this.#choices.offered, ids: this.#ids };
  }

  /** Which node of the workflow stands for which of the import, now or at the last time. */
  #matchNodes(): void {
    const { ours, theirs } = this.#request;
    const taken = new Set<string>();
    const match = (id: string, own: string): void => {
      this.#ids.set(id, own);
      taken.add(own);
    };
    for (const [id] of this.#base) if (nodeById(ours, id) !== undefined) match(id, id);
    const renamed = ours.nodes.filter(({ id }) => !this.#base.has(id));
    for (const [id, node] of this.#base) {
      if (this.#ids.has(id)) continue;
      // Under another id, and otherwise as it was brought.
      const same = renamed.filter((one) => one.type === node.type && sameJson(one.data, node.data) && !taken.has(one.id));
      const [only] = same;
      if (same.length === 1 && only !== undefined) match(id, only.id);
    }
    for (const node of theirs.nodes) {
      if (this.#base.has(node.id)) continue;
      const same = ours.nodes.find((one) => !taken.has(one.id) && isSameObject(one, node));
      if (same !== undefined) match(node.id, same.id);
    }
    const ids = new Set(ours.nodes.map(({ id }) => id));
    for (const { id } of theirs.nodes) {
      if (this.#ids.has(id) || this.#base.has(id)) continue;
      const free = freeId(id, ids);
      ids.add(free);
      this.#ids.set(id, free);
    }
  }

  /** What the source no longer has, unless it was changed by hand. */
  #removeNodes(): void {
    const { ours, theirs } = this.#request;
    const gone = [...this.#base.values()].flatMap((node): readonly string[] => {
      const own = this.#ids.get(node.id);
      const present = own === undefined ? undefined : nodeById(ours, own);
      if (present === undefined || nodeById(theirs, node.id) !== undefined) return [];
      if (sameJson(whole(present), whole(node))) return [present.id];
      const reason = 'The source no longer has it, and it was changed by hand.';
      const choice = { key: `conflict:${present.id}`, kind: 'conflict', node: present.id, subject: '', reason } as const;
      return this.#choices.offer(choice, 'file', ['file', 'source']) === 'source' ? [present.id] : [];
    });
    if (gone.length > 0) this.#edits.push({ type: 'removeNodes', ids: gone });
  }

  /** Whether any was added. */
  #mergeNodes(): boolean {
    const { ours, theirs } = this.#request;
    let added = false;
    for (const node of theirs.nodes) {
      const own = this.#ids.get(node.id);
      // Without a counterpart it was removed by hand since it was brought.
      if (own === undefined) continue;
      const present = nodeById(ours, own);
      const wanted = this.#renamedIn(node);
      if (present === undefined) {
        this.#edits.push({ type: 'addNode', node: { ...wanted, id: own, data: keptName(node, own) } });
        added = true;
        continue;
      }
      const base = this.#base.get(node.id);
      const was = base === undefined ? undefined : whole(this.#renamedIn(base));
      const merged = this.#mergeValue(present.id, [], was, whole(present), whole(wanted));
      if (isJsonObject(merged)) this.#edits.push(...fieldEdits(present.id, [], whole(present), merged));
    }
    return added;
  }

  /** A node whose fields name other nodes by the ids that these have in the workflow. */
  #renamedIn(node: WorkflowNode): WorkflowNode {
    const mounts = node.data['volumeMounts'];
    if (!Array.isArray(mounts)) return node;
    const renamed = (mounts as readonly JsonValue[]).map((mount) => {
      const own = isJsonObject(mount) && typeof mount['nodeId'] === 'string' ? this.#ids.get(mount['nodeId']) : undefined;
      return own === undefined || !isJsonObject(mount) ? mount : { ...mount, nodeId: own };
    });
    return { ...node, data: { ...node.data, volumeMounts: renamed } };
  }

  #mergeValue(id: string, path: JsonPath, base: JsonValue | undefined, ours: JsonValue | undefined, theirs: JsonValue | undefined): JsonValue | undefined {
    if (sameJson(ours, theirs) || sameJson(base, theirs)) return ours;
    if (sameJson(base, ours)) return theirs;
    if (isJsonObject(ours) && isJsonObject(theirs)) {
      const before = isJsonObject(base) ? base : jsonObject();
      const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
      const entries = [...keys].map((key) => [key, this.#mergeValue(id, [...path, key], own(before, key), own(ours, key), own(theirs, key))] as const);
      return jsonObject(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
    }
    if (isListOfMaps(base) && isListOfMaps(ours) && isListOfMaps(theirs)) {
      const without = (list: readonly JsonValue[], others: readonly JsonValue[]): readonly JsonValue[] =>
        list.filter((item) => !others.some((other) => sameJson(item, other)));
      const removed = without(base, theirs);
      return [...without(ours, removed), ...without(without(theirs, base), ours)];
    }
    const reason = base === undefined ? 'The file says something else than the source.' : 'It was changed by hand, and the source changed it, too.';
    const subject = path.join('.');
    const choice = { key: `conflict:${id}.${subject}`, kind: 'conflict', node: id, subject, reason } as const;
    return this.#choices.offer(choice, 'file', ['file', 'source']) === 'source' ? theirs : ours;
  }

  #mergeEdges(): void {
    const { ours, theirs, base } = this.#request;
    const before = this.#ownEdges(base?.edges ?? []);
    const now = this.#ownEdges(theirs.edges);
    const removed = new Set(this.#edits.flatMap((edit) => (edit.type === 'removeNodes' ? edit.ids : [])));
    const present = new Map(ours.edges.map((edge) => [edgeKey(edge), edge]));
    for (const [key, edge] of before) {
      const own = present.get(key);
      if (own === undefined || now.has(key) || removed.has(own.from) || removed.has(own.to)) continue;
      if (sameJson({ ...own }, { ...edge })) this.#edits.push({ type: 'disconnect', edge: own });
    }
    for (const [key, edge] of now) {
      const [own, was] = [present.get(key), before.get(key)];
      if (own === undefined) {
        // Removed by hand, if it was brought before.
        if (was === undefined && !removed.has(edge.from) && !removed.has(edge.to)) this.#edits.push({ type: 'connect', edge });
        continue;
      }
      const merged = this.#mergeValue(own.from, [`→ ${own.to}`], was === undefined ? undefined : optionsOf(was), optionsOf(own), optionsOf(edge));
      if (!isJsonObject(merged) || sameJson(merged, optionsOf(own))) continue;
      const { from, to, handle, relation } = own;
      const identity = { from, to, ...(handle === undefined ? {} : { handle }), ...(relation === undefined ? {} : { relation }) };
      this.#edits.push({ type: 'disconnect', edge: own }, { type: 'connect', edge: { ...identity, ...merged } });
    }
  }

  /** Edges by their identity in the workflow; without those whose ends are not there. */
  #ownEdges(edges: readonly WorkflowEdge[]): ReadonlyMap<string, WorkflowEdge> {
    const found = new Map<string, WorkflowEdge>();
    for (const edge of edges) {
      const [from, to] = [this.#ids.get(edge.from), this.#ids.get(edge.to)];
      if (from === undefined || to === undefined || from === to) continue;
      const own = { ...edge, from, to };
      if (!found.has(edgeKey(own))) found.set(edgeKey(own), own);
    }
    return found;
  }
}

function edited(workflow: Workflow, edits: readonly WorkflowEdit[]): Workflow {
  const outcome = applyEdit(workflow, { type: 'composite', edits });
  if (!outcome.ok) throw failure('edit.refused', { detail: outcome.detail });
  return outcome.workflow;
}

function whole({ type, data }: WorkflowNode): JsonObject {
  return jsonObject([['type', type], ...Object.entries(data)]);
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isListOfMaps(value: JsonValue | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && (value as readonly JsonValue[]).every(isJsonObject);
}

function optionsOf(edge: WorkflowEdge): JsonObject {
  return jsonObject(edgeOptionKeys.flatMap((key) => (edge[key] === undefined ? [] : [[key, edge[key]] as const])));
}

/** Whether two nodes make the same object; a workload of another kind takes the place of the one that is there. */
function isSameObject(a: WorkflowNode, b: WorkflowNode): boolean {
  const isKind = a.type === 'manifest' && b.type === 'manifest' ? manifestKind(a) === manifestKind(b) : a.type === b.type;
  return (isKind || (workloads.has(a.type) && workloads.has(b.type))) && objectName(a) === objectName(b) && a.data['namespace'] === b.data['namespace'];
}

function manifestKind({ data }: WorkflowNode): string {
  const { manifest } = data;
  return isJsonObject(manifest) ? JSON.stringify([manifest['apiVersion'], manifest['kind']]) : '';
}

/** The object keeps its name where the node had to take another id. */
function keptName(node: WorkflowNode, id: string): JsonObject {
  return id === node.id || node.data['name'] !== undefined || node.type === 'manifest'
    ? node.data
    : jsonObject([['name', node.id], ...Object.entries(node.data)]);
}

/** The fields in which a node has to change, as small as they can be named. */
function fieldEdits(id: string, path: JsonPath, before: JsonValue | undefined, after: JsonValue | undefined): readonly WorkflowEdit[] {
  if (sameJson(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => fieldEdits(id, [...path, key], own(before, key), own(after, key)));
  return [{ type: 'setField', id, path, ...(after === undefined ? {} : { value: after }) }];
}
