import type { JsonObject, JsonPath, JsonValue } from './json';
import { isJsonObject, jsonObject, valueAt, withValueAt } from './json';
import type { EdgeIdentity, Group, Point, Workflow, WorkflowEdge, WorkflowNode } from './workflow';
import { dnsLabel, edgeKey, nodeById } from './workflow';
import type { EditOutcome, EditRefusal, WorkflowEdit } from './workflowEdit';
import { propertyJson, wholePoint, workflowFromJson, workflowKeys } from './workflowFromJson';

/** Deepest value that an edit may set; with the levels above it a file stays below the 100 that the parser takes. */
const maxValueDepth = 80;

/**
 * The workflow after an edit, or the reason why the edit cannot be made. Pure: the given workflow is not touched, and parts that did not
 * change are shared with the result. The text counterpart is `editText`: parsing its text gives what this gives.
 *
 * Order: a new node, edge, environment or group goes to its sorted place when its siblings are sorted, else to the end.
 */
export function applyEdit(workflow: Workflow, edit: WorkflowEdit): EditOutcome {
  try {
    return { ok: true, workflow: edited(workflow, edit) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason, detail: error.message };
    throw error;
  }
}

class Refusal extends Error {
  readonly reason: EditRefusal;
  constructor(reason: EditRefusal, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

function edited(workflow: Workflow, edit: WorkflowEdit): Workflow {
  switch (edit.type) {
    case 'addNode':
      return withNode(workflow, edit.node, edit.position);
    case 'removeNodes':
      return withoutNodes(workflow, edit.ids);
    case 'setField':
      return withField(workflow, edit.id, edit.path, edit.value);
    case 'setProperty':
      return withProperty(workflow, edit.path, edit.value);
    case 'connect':
      return withEdge(workflow, edit.edge);
    case 'disconnect':
      return withoutEdge(workflow, edit.edge);
    case 'rename':
      return renamed(workflow, edit.id, edit.newId);
    case 'move':
      return moved(workflow, edit.positions);
    case 'group':
      return withGroup(workflow, edit.id, edit.group);
    case 'composite':
      return edit.edits.reduce(edited, workflow);
  }
}

function withNode(workflow: Workflow, node: WorkflowNode, position: Point | undefined): Workflow {
  checkId(node.id);
  if (nodeById(workflow, node.id) !== undefined) throw new Refusal('node-exists', `There is a node "${node.id}" already.`);
  if (Object.hasOwn(node.data, 'type')) throw new Refusal('invalid-value', 'A node\'s data cannot hold "type".');
  const made: WorkflowNode = { id: node.id, type: cleanType(node.type), data: cleanValue(node.data) as JsonObject };
  const nodes = inPlace(workflow.nodes, made, (one) => one.id);
  return position === undefined ? { ...workflow, nodes } : moved({ ...workflow, nodes }, { [node.id]: position });
}

function withoutNodes(workflow: Workflow, ids: readonly string[]): Workflow {
  for (const id of ids) existing(workflow, id);
  const gone = new Set(ids);
  const stays = (id: string): boolean => !gone.has(id);
  return {
    ...workflow,
    nodes: workflow.nodes.filter((node) => stays(node.id)),
    edges: workflow.edges.filter((edge) => stays(edge.from) && stays(edge.to)),
    layout: mapped(workflow.layout, (point, id) => (stays(id) ? [id, point] : undefined)),
    // A group that loses its last member goes with it; an override map that loses its last node does too.
    groups: mapped(workflow.groups, (group, id) => {
      const nodes = group.nodes.filter(stays);
      if (nodes.length === group.nodes.length) return [id, group];
      return nodes.length === 0 ? undefined : [id, { ...group, nodes }];
    }),
    environments: mapped(workflow.environments, (environment, name) => {
      if (environment.set === undefined || Object.keys(environment.set).every(stays)) return [name, environment];
      const { set, ...others } = environment;
      const left = mapped(set, (fields, id) => (stays(id) ? [id, fields] : undefined));
      return [name, Object.keys(left).length === 0 ? others : { ...others, set: left }];
    }),
  };
}

function withField(workflow: Workflow, id: string, path: JsonPath, value: JsonValue | undefined): Workflow {
  const node = existing(workflow, id);
  const [first, ...rest] = path;
  if (typeof first !== 'string') throw new Refusal('invalid-path', 'A field needs a path that begins with its name.');
  if (first === 'type') {
    if (rest.length > 0) throw new Refusal('invalid-path', 'A node\'s "type" has no parts.');
    return withChanged(workflow, { ...node, type: cleanType(value) });
  }
  const data = withCheckedValueAt(node.data, path, value);
  return data === node.data ? workflow : withChanged(workflow, { ...node, data: data as JsonObject });
}

function withChanged(workflow: Workflow, changed: WorkflowNode): Workflow {
  return { ...workflow, nodes: workflow.nodes.map((node) => (node.id === changed.id ? changed : node)) };
}

function withProperty(workflow: Workflow, path: JsonPath, value: JsonValue | undefined): Workflow {
  const [key, ...rest] = path;
  if (typeof key !== 'string') throw new Refusal('invalid-path', 'A property needs a path that begins with its name.');
  if (key === 'nodes' || key === 'edges') throw new Refusal('invalid-path', `"${key}" is changed node by node and edge by edge.`);
  const isKnown = (workflowKeys as readonly string[]).includes(key);
  if (!isKnown && !key.startsWith('x-') && !Object.hasOwn(workflow.unknown, key)) throw new Refusal('invalid-path', `"${key}" is no key of a workflow.`);
  const before = propertyJson(workflow, key);
  const holder = jsonObject(before === undefined ? [] : [[key, before]]);
  const after = withCheckedValueAt(holder, [key, ...rest], value) as JsonObject;
  if (after === holder) return workflow;
  if (!isKnown) return { ...workflow, unknown: withValueAt(workflow.unknown, [key], after[key]) as JsonObject };
  if (after[key] === undefined && (key === 'apiVersion' || key === 'kind' || key === 'name')) throw new Refusal('invalid-value', `A workflow needs "${key}".`);
  const { workflow: read } = workflowFromJson(after, {
    report: (finding) => {
      // Only this one property is in the tree that is read: that the others are missing means nothing.
      if (finding.code !== 'document.missing')
        throw new Refusal('invalid-value', `The value of "${path.join('.')}" is not allowed: ${finding.args['expected'] ?? finding.code}.`);
    },
  });
  return withReadProperty(workflow, read, key as keyof Workflow);
}

function withReadProperty(workflow: Workflow, read: Workflow, key: keyof Workflow): Workflow {
  switch (key) {
    case 'cluster':
    case 'namespace': {
      const { [key]: _, ...others } = workflow;
      return read[key] === undefined ? others : { ...others, [key]: read[key] };
    }
    case 'environments':
      return { ...workflow, environments: inRecordPlace(workflow.environments, read.environments) };
    case 'groups':
      return { ...workflow, groups: inRecordPlace(workflow.groups, read.groups) };
    default:
      return { ...workflow, [key]: read[key] };
  }
}

function withEdge(workflow: Workflow, given: WorkflowEdge): Workflow {
  existing(workflow, given.from);
  existing(workflow, given.to);
  if (given.from === given.to) throw new Refusal('invalid-value', 'A node cannot connect to itself.');
  const edge = cleanEdge(given);
  const key = edgeKey(edge);
  if (workflow.edges.some((one) => edgeKey(one) === key)) throw new Refusal('edge-exists', `"${edge.from}" and "${edge.to}" are connected already.`);
  return { ...workflow, edges: inPlace(workflow.edges, edge, edgeSortKey) };
}

function withoutEdge(workflow: Workflow, edge: EdgeIdentity): Workflow {
  const key = edgeKey(edge);
  const edges = workflow.edges.filter((one) => edgeKey(one) !== key);
  if (edges.length === workflow.edges.length) throw new Refusal('edge-missing', `There is no edge from "${edge.from}" to "${edge.to}".`);
  return { ...workflow, edges };
}

function renamed(workflow: Workflow, id: string, newId: string): Workflow {
  const node = existing(workflow, id);
  if (id === newId) return workflow;
  checkId(newId);
  if (nodeById(workflow, newId) !== undefined) throw new Refusal('node-exists', `There is a node "${newId}" already.`);
  const name = (one: string): string => (one === id ? newId : one);
  // An entry that was left behind under the new name gives way to the renamed node's own.
  const renamedKeys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.hasOwn(record, id) ? mapped(record, (value, key) => (key === newId ? undefined : [name(key), value])) : { ...record };
  return {
    ...workflow,
    nodes: workflow.nodes.map((one) => (one === node ? { ...node, id: newId } : one)),
    edges: workflow.edges.map((edge) => (edge.from === id || edge.to === id ? { ...edge, from: name(edge.from), to: name(edge.to) } : edge)),
    layout: Object.hasOwn(workflow.layout, id) ? renamedKeys(workflow.layout) : workflow.layout,
    groups: mapped(workflow.groups, (group, key) => [key, group.nodes.includes(id) ? { ...group, nodes: group.nodes.map(name) } : group]),
    environments: mapped(workflow.environments, (environment, key) => [
      key,
      environment.set !== undefined && Object.hasOwn(environment.set, id) ? { ...environment, set: renamedKeys(environment.set) } : environment,
    ]),
  };
}

function moved(workflow: Workflow, positions: Readonly<Record<string, Point>>): Workflow {
  const layout = mapped(workflow.layout, (point, id) => [id, point]);
  for (const [id, [x, y]] of Object.entries(positions)) {
    existing(workflow, id);
    if (!Number.isFinite(x) || !Number.isFinite(y)) throw new Refusal('invalid-value', `The position of "${id}" is no pair of numbers.`);
    layout[id] = wholePoint(x, y);
  }
  return { ...workflow, layout };
}

function withGroup(workflow: Workflow, id: string, group: Group | undefined): Workflow {
  checkId(id);
  for (const node of group?.nodes ?? []) {
    existing(workflow, node);
    // A list of ids has no room for one that is empty.
    if (node === '') throw new Refusal('invalid-id', 'A node without an id cannot be in a group. Give it an id first.');
  }
  if (group !== undefined && (typeof (group.label ?? '') !== 'string' || typeof (group.collapsed ?? false) !== 'boolean')) {
    throw new Refusal('invalid-value', 'A group has a label, nodes and a flag "collapsed".');
  }
  const groups = mapped(workflow.groups, (one, key) => (key === id && group === undefined ? undefined : [key, one]));
  if (group !== undefined) {
    groups[id] = {
      ...(group.label === undefined ? {} : { label: group.label }),
      nodes: [...group.nodes],
      ...(group.collapsed === undefined ? {} : { collapsed: group.collapsed }),
    };
  }
  return { ...workflow, groups };
}

/** The order of edges in a sorted list. */
export function edgeSortKey(edge: EdgeIdentity): string {
  return [edge.from, edge.to, edge.handle ?? '', edge.relation ?? ''].join('\n');
}

/** Whether the keys stand in ascending order by their UTF-16 code units, which needs no locale. */
export function isSorted(keys: readonly string[]): boolean {
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') <= key);
}

/** Where a new key goes among its siblings: its sorted place when they are sorted, else the end. */
export function placeFor(siblings: readonly string[], key: string): number {
  if (!isSorted(siblings)) return siblings.length;
  const at = siblings.findIndex((sibling) => sibling > key);
  return at < 0 ? siblings.length : at;
}

function inPlace<T>(items: readonly T[], item: T, keyOf: (item: T) => string): readonly T[] {
  return items.toSpliced(placeFor(items.map(keyOf), keyOf(item)), 0, item);
}

/** The order of a record means nothing; it is kept so that a list made from it does not jump. */
function inRecordPlace<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const keys = Object.keys(before).filter((key) => Object.hasOwn(after, key));
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) keys.splice(placeFor(keys, key), 0, key);
  const made = Object.create(null) as Record<string, T>;
  for (const key of keys) made[key] = after[key] as T;
  return made;
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T, key: string) => readonly [string, U] | undefined): Record<string, U> {
  const made = Object.create(null) as Record<string, U>;
  for (const [key, value] of Object.entries(record)) {
    const entry = change(value, key);
    if (entry !== undefined) made[entry[0]] = entry[1];
  }
  return made;
}

function existing(workflow: Workflow, id: string): WorkflowNode {
  const node = nodeById(workflow, id);
  if (node === undefined) throw new Refusal('node-missing', `There is no node "${id}".`);
  return node;
}

function checkId(id: string): void {
  if (typeof id !== 'string' || !dnsLabel.test(id)) {
    throw new Refusal('invalid-id', `"${id}" is no valid id: lower-case letters, digits and "-", at most 63 characters.`);
  }
}

function cleanType(value: JsonValue | undefined): string {
  if (typeof value !== 'string' || value.trim() === '') throw new Refusal('invalid-value', 'A node needs a type.');
  return value.trim();
}

function cleanEdge(edge: WorkflowEdge): WorkflowEdge {
  const { workflow } = workflowFromJson(jsonObject([['edges', [jsonObject(Object.entries(edge).filter(([, value]) => value !== undefined))]]]), {
    report: (finding) => {
      if (finding.code !== 'document.missing')
        throw new Refusal('invalid-value', `The edge's ${String(finding.path.at(-1))} must be ${finding.args['expected'] ?? 'another'}.`);
    },
  });
  const [clean] = workflow.edges;
  if (clean === undefined) throw new Refusal('invalid-value', 'An edge has a source and a target.');
  return clean;
}

/**
 * `withValueAt` for a path that came from outside: a step that does not fit what stands there is refused instead of replacing it, and
 * removing what is not there changes nothing (the same object is returned).
 */
function withCheckedValueAt(root: JsonObject, path: JsonPath, value: JsonValue | undefined): JsonValue {
  let at: JsonValue | undefined = root;
  for (const step of path) {
    const fits =
      at === undefined || at === null
        ? typeof step === 'string' || step === 0
        : typeof step === 'number'
          ? Array.isArray(at) && Number.isInteger(step) && step >= 0 && step <= at.length
          : isJsonObject(at);
    if (!fits) throw new Refusal('invalid-path', `There is no place "${path.join('.')}".`);
    at = at === undefined || at === null ? undefined : valueAt(at, [step]);
  }
  if (value === undefined && at === undefined) return root;
  return withValueAt(root, path, value === undefined ? undefined : cleanValue(value)) ?? root;
}

/** A copy that a file can hold: finite numbers, no undefined, no prototypes, not too deep. */
function cleanValue(value: JsonValue, depth = 0): JsonValue {
  if (depth > maxValueDepth) throw new Refusal('invalid-value', `The value is nested deeper than ${maxValueDepth} levels.`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Refusal('invalid-value', 'The value is no finite number.');
    return value + 0;
  }
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => cleanValue(item, depth + 1));
  if (!isJsonObject(value)) throw new Refusal('invalid-value', 'The value is nothing that a file can hold.');
  return jsonObject(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, cleanValue(item, depth + 1)] as const),
  );
}
