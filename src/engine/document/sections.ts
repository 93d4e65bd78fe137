import { isSorted, placeFor } from '../../shared/applyEdit';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson } from '../../shared/json';
import type { Environment, Group, Workflow, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { edgeKey } from '../../shared/workflow';
import {
  edgeFromText,
  edgeJson,
  edgeKeys,
  environmentJson,
  environmentKeys,
  groupJson,
  groupKeys,
  nodeJson,
  propertyJson,
  workflowKeys,
} from '../../shared/workflowFromJson';
import { sameEdge, sameNode } from './identity';
import type { ParsedWorkflow } from './parse';
import type { MapInsert, Slot, TreeEditor } from './treeEditor';
import type { YamlEntry, YamlNode } from './yamlTree';
import type { YamlWriting } from './yamlText';
import { scalarText } from './yamlText';
import { afterNodesKey } from './format';

/**
 * How much is written anew: only what changed; every changed node, edge, group and environment as a whole; or every changed section.
 * Coarser ways lose comments inside what they rewrite and are taken only when the finer one would give another workflow.
 */
export type Grain = 'value' | 'element' | 'section';

type Updates = Map<string, (slot: Slot, node: YamlNode) => void>;

/** Finds what differs between two workflows, section by section, and has the editor write it. */
export class SectionWriter {
  readonly #parsed: ParsedWorkflow;
  readonly #before: Workflow;
  readonly #after: Workflow;
  readonly #editor: TreeEditor;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #writing: YamlWriting;
  readonly #grain: Grain;
  readonly #root: YamlNode;
  readonly #remove = new Set<string>();
  readonly #update: Updates = new Map();
  readonly #insert: MapInsert[] = [];

  /** `ids` gives the new id of each node that stays, by its old one. */
  constructor(
    parsed: ParsedWorkflow,
    root: YamlNode,
    after: Workflow,
    ids: ReadonlyMap<string, string>,
    editor: TreeEditor,
    writing: YamlWriting,
    grain: Grain,
  ) {
    this.#parsed = parsed;
    this.#before = parsed.workflow;
    this.#after = after;
    this.#editor = editor;
    this.#ids = ids;
    this.#writing = writing;
    this.#grain = grain;
    this.#root = root;
  }

  write(): void {
    const { nodes, edges, groups, environments, layout, unknown } = this.#after;
    for (const key of ['apiVersion', 'kind', 'name', 'description', 'status', 'tags', 'cluster', 'namespace'] as const) this.#property(key);
    for (const key of new Set([...Object.keys(this.#before.unknown), ...Object.keys(unknown)])) this.#property(key);
    if (environments !== this.#before.environments) {
      this.#record(
        'environments',
        this.#before.environments,
        environments,
        environmentJson,
        (slot, node, name, after) => this.#environment(slot, node, name, after),
        (name) => name,
      );
    }
    if (nodes !== this.#before.nodes) this.#nodes();
    if (edges !== this.#before.edges) this.#edges();
    if (groups !== this.#before.groups) {
      this.#record(
        'groups',
        this.#before.groups,
        groups,
        groupJson,
        (slot, node, id, after) => this.#group(slot, node, id, after),
        (id) => id,
      );
    }
    if (layout !== this.#before.layout) {
      this.#record(
        'layout',
        this.#before.layout,
        layout,
        (point) => point,
        (slot, node, _, point) => this.#editor.setValue(slot, node, point),
        (id) => this.#newId(id),
      );
    }
    this.#editor.editMap(undefined, this.#root, { remove: this.#remove, update: this.#update, insert: this.#insert });
  }

  #newId(id: string): string {
    return this.#ids.get(id) ?? id;
  }

  #section(key: string): YamlEntry | undefined {
    return this.#parsed.tree.entryOf(this.#root, key);
  }

  #property(key: string): void {
    const before = propertyJson(this.#before, key);
    const after = propertyJson(this.#after, key);
    if (sameJson(before, after)) return;
    if (after === undefined) this.#remove.add(key);
    else
      this.#upsert(key, after, (slot, node) =>
        key === 'tags' ? this.#editor.setNames(slot, node, this.#after.tags) : this.#editor.setValue(slot, node, after),
      );
  }

  /** Changes a top-level key, or puts a new one in its canonical place. */
  #upsert(key: string, json: JsonValue, update: (slot: Slot, node: YamlNode) => void, text?: string): void {
    if (this.#section(key) !== undefined)
      this.#update.set(key, this.#grain === 'section' ? (slot, node) => this.#editor.replaceValue(slot, node, json, text) : update);
    else this.#insert.push({ key, json, before: this.#placeOfSection(key), ...(text === undefined ? {} : { text }) });
  }

  /** After the nearest section that comes earlier in a new file; keys that this version does not know stand before `layout`. */
  #placeOfSection(key: string): number {
    const entries = this.#root.entries;
    const layout = entries.findIndex((entry) => entry.key === 'layout');
    const last = layout === entries.length - 1 && layout >= 0 ? layout : entries.length;
    const order = (workflowKeys as readonly string[]).indexOf(key);
    if (key === 'layout') return entries.length;
    if (order < 0) return last;
    const earlier = entries.findLastIndex((entry) => {
      const place = (workflowKeys as readonly string[]).indexOf(entry.key);
      return place >= 0 && place < order;
    });
    return earlier + 1;
  }

  /**
   * Changes a section that is a map by name. A section that loses its last entry goes with its key; one that was written empty is not
   * touched before something has to go into it.
   */
  #record<T>(
    key: 'environments' | 'groups' | 'layout',
    before: Readonly<Record<string, T>>,
    after: Readonly<Record<string, T>>,
    json: (value: T) => JsonValue,
    change: (slot: Slot, node: YamlNode, oldName: string, after: T) => void,
    newName: (name: string) => string,
  ): void {
    const whole = propertyJson(this.#after, key);
    const section = this.#section(key);
    if (whole === undefined) {
      if (Object.keys(before).length > 0) this.#remove.add(key);
      return;
    }
    const remove = new Set<string>();
    const rename = new Map<string, string>();
    const update: Updates = new Map();
    const kept = new Set<string>();
    for (const [name, value] of Object.entries(before)) {
      const target = after[newName(name)];
      if (target === undefined) {
        remove.add(name);
        continue;
      }
      kept.add(newName(name));
      if (newName(name) !== name) rename.set(name, newName(name));
      if (sameJson(json(value), json(target))) continue;
      update.set(name, (slot, node) => (this.#grain === 'value' ? change(slot, node, name, target) : this.#editor.replaceValue(slot, node, json(target))));
    }
    const added = Object.keys(after).filter((name) => !kept.has(name));
    const node = section?.value;
    if (node !== undefined && node.entries.length > 0) {
      const stays = node.entries.filter((entry) => !remove.has(entry.key)).map((entry) => rename.get(entry.key) ?? entry.key);
      const insert: MapInsert[] = [];
      for (const name of added.sort()) {
        const target = after[name] as T;
        // The text may have an entry that could not be read: it is written over.
        if (node.entries.some((entry) => entry.key === name && !remove.has(name)))
          update.set(name, (slot, child) => this.#editor.replaceValue(slot, child, json(target)));
        else insert.push({ key: name, json: json(target), before: placeAmong(node, stays, name, rename) });
      }
      if (remove.size + rename.size + update.size + insert.length === 0) return;
      this.#upsert(key, whole, (slot, map) => this.#editor.editMap(slot, map, { remove, rename, update, insert }));
    } else if (added.length > 0) {
      this.#upsert(key, whole, (slot, empty) => this.#editor.setValue(slot, empty, whole));
    }
  }

  #environment(slot: Slot, node: YamlNode, name: string, after: Environment): void {
    const before = this.#before.environments[name] ?? {};
    const renamed = jsonObject(Object.entries(before.set ?? {}).map(([id, fields]) => [this.#newId(id), fields]));
    this.#parts(slot, node, environmentJson(before), environmentJson(after), environmentKeys, {
      set: (inner, set) => {
        const isMap = set.kind === 'map' && set.entries.length > 0;
        if (!isMap || after.set === undefined) {
          this.#editor.setValue(inner, set, jsonObject(Object.entries(after.set ?? {})));
          return;
        }
        const target = after.set;
        const rename = new Map<string, string>();
        const remove = new Set<string>();
        const update: Updates = new Map();
        for (const id of Object.keys(before.set ?? {})) {
          const fields = target[this.#newId(id)];
          if (fields === undefined) remove.add(id);
          else {
            if (this.#newId(id) !== id) rename.set(id, this.#newId(id));
            update.set(id, (at, value) => this.#editor.setValue(at, value, fields));
          }
        }
        const stays = set.entries.filter((entry) => !remove.has(entry.key)).map((entry) => rename.get(entry.key) ?? entry.key);
        const insert = Object.entries(target)
          .filter(([id]) => !Object.hasOwn(renamed, id))
          .map(([id, fields]) => ({ key: id, json: fields, before: placeAmong(set, stays, id, rename) }));
        this.#editor.editMap(inner, set, { remove, rename, update, insert });
      },
    });
  }

  #group(slot: Slot, node: YamlNode, id: string, after: Group): void {
    const before = this.#before.groups[id] ?? { nodes: [] };
    this.#parts(slot, node, groupJson(before), groupJson(after), groupKeys, {
      nodes: (inner, list) => this.#editor.setNames(inner, list, after.nodes),
    });
  }

  /** Changes those known keys of a small map that differ; others in the text stay as they are. */
  #parts(
    slot: Slot,
    node: YamlNode,
    before: JsonObject,
    after: JsonObject,
    keys: readonly string[],
    special: Readonly<Record<string, (slot: Slot, node: YamlNode) => void>>,
  ): void {
    if (node.kind !== 'map' || node.entries.length === 0) {
      this.#editor.setValue(slot, node, after);
      return;
    }
    const remove = new Set<string>();
    const update: Updates = new Map();
    const insert: MapInsert[] = [];
    for (const key of keys) {
      const value = after[key];
      if (sameJson(before[key], value)) continue;
      if (value === undefined) remove.add(key);
      else if (this.#parsed.tree.entryOf(node, key) !== undefined)
        update.set(key, special[key] ?? ((inner, child) => this.#editor.setValue(inner, child, value)));
      else
        insert.push({
          key,
          json: value,
          before: node.entries.findLastIndex((entry) => keys.indexOf(entry.key) >= 0 && keys.indexOf(entry.key) < keys.indexOf(key)) + 1,
        });
    }
    this.#editor.editMap(slot, node, { remove, update, insert });
  }

  #nodes(): void {
    const section = this.#section('nodes');
    const { nodes } = this.#after;
    if (nodes.length === 0) {
      if (section !== undefined) this.#remove.add('nodes');
      return;
    }
    const whole = jsonObject(nodes.map((node) => [node.id, nodeJson(node)]));
    const map = section?.value;
    if (map === undefined || map.kind !== 'map' || map.entries.length === 0) {
      const text = afterNodesKey(this.#after, this.#writing);
      if (map?.kind === 'alias') this.#editor.setValue(this.#editor.slotOf(this.#root, section as YamlEntry), map, whole);
      this.#upsert('nodes', whole, (slot, node) => this.#editor.replaceValue(slot, node, whole, text), text);
      return;
    }
    const remove = new Set<string>();
    const rename = new Map<string, string>();
    const update: Updates = new Map();
    const targets = new Map(nodes.map((node) => [node.id, node]));
    const origins = new Map<string, string>();
    for (const node of this.#before.nodes) {
      const id = this.#ids.get(node.id);
      const target = id === undefined ? undefined : targets.get(id);
      if (id === undefined || target === undefined) {
        remove.add(node.id);
        continue;
      }
      origins.set(id, node.id);
      if (id !== node.id) rename.set(node.id, id);
      if (!sameNode({ ...node, id }, target)) update.set(node.id, (slot, value) => this.#node(slot, value, node, target));
    }
    const insert: MapInsert[] = [];
    let before = 0;
    for (const node of nodes) {
      const origin = origins.get(node.id);
      if (origin === undefined) insert.push({ key: node.id, json: nodeJson(node), before });
      else before = map.entries.findLastIndex((entry) => entry.key === origin) + 1;
    }
    if (remove.size + rename.size + update.size + insert.length > 0) {
      const text = afterNodesKey(this.#after, this.#writing);
      this.#upsert('nodes', whole, (slot, node) => this.#editor.editMap(slot, node, { remove, rename, update, insert }), text);
    }
  }

  #node(slot: Slot, value: YamlNode, before: WorkflowNode, after: WorkflowNode): void {
    if (this.#grain !== 'value' || value.kind !== 'map' || value.entries.length === 0) {
      if (value.kind === 'alias') this.#editor.setValue(slot, value, nodeJson(after));
      else this.#editor.replaceValue(slot, value, nodeJson(after));
      return;
    }
    const remove = new Set<string>();
    const update: Updates = new Map();
    const insert: MapInsert[] = [];
    const from = nodeJson(before);
    const to = nodeJson(after);
    for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) remove.add(key);
    for (const [key, field] of Object.entries(to)) {
      if (Object.hasOwn(from, key) && sameJson(from[key], field)) continue;
      if (this.#parsed.tree.entryOf(value, key) !== undefined) update.set(key, (inner, child) => this.#editor.setValue(inner, child, field));
      else insert.push({ key, json: field, before: key === 'type' ? 0 : value.entries.length });
    }
    this.#editor.editMap(slot, value, { remove, update, insert });
  }

  #edges(): void {
    const section = this.#section('edges');
    const after = this.#after.edges;
    if (after.length === 0) {
      if (this.#before.edges.length > 0) this.#remove.add('edges');
      return;
    }
    const whole = after.map(edgeJson);
    const list = section?.value;
    if (list === undefined || list.kind !== 'seq' || list.items.length === 0) {
      this.#upsert('edges', whole, (slot, node) => this.#editor.setValue(slot, node, whole));
      return;
    }
    this.#upsert('edges', whole, (slot, node) => {
      const { removed, inserted, kept } = alignEdges(
        this.#before.edges.map((edge) => ({ ...edge, from: this.#newId(edge.from), to: this.#newId(edge.to) })),
        after,
        this.#before.nodes === this.#after.nodes,
      );
      const place = (index: number): number => (index < 0 ? 0 : (this.#parsed.edgeIndexes[index] ?? -1) + 1);
      for (const [index, edge] of kept) {
        const item = node.items[this.#parsed.edgeIndexes[index] ?? -1];
        const old = this.#before.edges[index];
        if (item !== undefined && old !== undefined && !sameEdge(old, edge)) this.#edge(this.#editor.slotOfItem(node, item), item.value, old, edge);
      }
      this.#editor.editList(
        slot,
        node,
        new Set([...removed].map((index) => this.#parsed.edgeIndexes[index] ?? -1)),
        inserted.map(({ edge, afterIndex }) => ({ json: edgeJson(edge), before: place(afterIndex) })),
      );
    });
  }

  #edge(slot: Slot, value: YamlNode, before: WorkflowEdge, after: WorkflowEdge): void {
    const written = value.kind === 'scalar' ? edgeFromText(value.source) : undefined;
    const json = edgeJson(after);
    if (this.#grain === 'value' && written !== undefined && typeof json === 'string') {
      // The spaces around the arrow stay as they are.
      const arrow = value.source.indexOf('->', value.source.indexOf(written.from) + written.from.length);
      const text = value.source.slice(0, arrow).replace(written.from, () => after.from) + value.source.slice(arrow).replace(written.to, () => after.to);
      const isPlain = value.style === 'plain' && scalarText(text, slot.isFlow) === text;
      this.#editor.setValue(slot, value, isPlain || value.style !== 'plain' ? text : json);
    } else if (this.#grain === 'value' && value.kind === 'map' && isJsonObject(value.json)) {
      this.#parts(slot, value, mapJson(before), mapJson(after), edgeKeys, {});
    } else this.#editor.replaceValue(slot, value, json);
  }
}

function mapJson(edge: WorkflowEdge): JsonObject {
  return jsonObject(edgeKeys.flatMap((key) => (edge[key] === undefined ? [] : [[key, edge[key]] as const])));
}

/** The sorted place of a new name among the entries that stay, by their new names. */
function placeAmong(map: YamlNode, stays: readonly string[], name: string, rename: ReadonlyMap<string, string>): number {
  if (!isSorted(stays)) return map.entries.length;
  const next = stays[placeFor(stays, name)];
  return next === undefined ? map.entries.length : map.entries.findIndex((entry) => (rename.get(entry.key) ?? entry.key) === next);
}

interface AlignedEdges {
  readonly removed: ReadonlySet<number>;
  readonly inserted: readonly {
    readonly edge: WorkflowEdge;
    /** Index of the old edge that it follows, -1 for the beginning. */ readonly afterIndex: number;
  }[];
  readonly kept: ReadonlyMap<number, WorkflowEdge>;
}

/** Which old edges stay where they are, in the order of both lists; one that changed its place counts as removed and inserted. */
function alignEdges(old: readonly WorkflowEdge[], next: readonly WorkflowEdge[], edgesAlone: boolean): AlignedEdges {
  const removed = new Set<number>();
  const inserted: { readonly edge: WorkflowEdge; readonly afterIndex: number }[] = [];
  const kept = new Map<number, WorkflowEdge>();
  const left = new Map<string, number>();
  const count = (key: string, by: number): void => void left.set(key, (left.get(key) ?? 0) + by);
  for (const edge of old) count(edgeKey(edge), 1);
  let at = 0;
  for (const edge of next) {
    const key = edgeKey(edge);
    if ((left.get(key) ?? 0) > 0) {
      for (; at < old.length; at += 1) {
        const candidate = old[at];
        if (candidate === undefined) continue;
        count(edgeKey(candidate), -1);
        if (edgeKey(candidate) === key) break;
        removed.add(at);
      }
      kept.set(at, edge);
      at += 1;
    } else inserted.push({ edge, afterIndex: at - 1 });
  }
  for (; at < old.length; at += 1) removed.add(at);
  // Where only edges change, one in another's place that differs only in its ends is that edge led elsewhere: what is written around it stays.
  for (const index of edgesAlone ? [...removed] : []) {
    const before = old[index];
    const successor = inserted.findLastIndex(
      ({ edge, afterIndex }) => afterIndex === index - 1 && before !== undefined && sameEdge({ ...before, from: edge.from, to: edge.to }, edge),
    );
    const [replaced] = successor < 0 ? [] : inserted.splice(successor, 1);
    if (replaced === undefined) continue;
    removed.delete(index);
    kept.set(index, replaced.edge);
  }
  return { removed, inserted, kept };
}
