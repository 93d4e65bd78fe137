import type { JsonObject, JsonPath, JsonValue } from './json';
import { isJsonObject, jsonObject } from './json';
import type { ProblemCode, Severity } from './problem';
import type { Environment, Group, Point, Workflow, WorkflowEdge, WorkflowNode, WorkflowStatus } from './workflow';
import { dnsLabel, maxWorkflowNameLength, workflowApiVersion, workflowKind, workflowStatuses } from './workflow';

// The file's shape is checked by hand and not by a schema library: this reader serves the webview too (which carries none), it has to
// give a usable value for every broken one, and each finding names the exact key or value, which becomes a range in the text.
// The return types are those of workflow.ts, so the compiler keeps both in step.

/** One finding, placed by its path in the file's tree. `what` says whether the key or the value is meant. */
export interface ShapeFinding {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
  readonly severity: Severity;
  readonly path: JsonPath;
  readonly what: 'key' | 'value';
}

export interface ReadOptions {
  /** Keys of `nodes` in the order of the text; JavaScript moves keys such as `1` to the front, so an object cannot tell. */
  readonly nodeIds?: readonly string[];
  /** The scalar at `path` as it is written, without quotes. Ids are read from it, so that `on` and `0x1` are names. */
  readonly sourceText?: (path: JsonPath) => string | undefined;
  /** Nodes as they were read before, by the very map that they were read from; only those without a finding are remembered. */
  readonly knownNodes?: WeakMap<JsonObject, WorkflowNode>;
  readonly report?: (finding: ShapeFinding) => void;
}

/** The keys of the file, in the order in which a new file has them. */
export const workflowKeys = [
  'apiVersion',
  'kind',
  'name',
  'description',
  'status',
  'tags',
  'cluster',
  'namespace',
  'environments',
  'nodes',
  'edges',
  'groups',
  'layout',
] as const;
export const environmentKeys = ['context', 'clusterUid', 'namespace', 'protected', 'set'] as const;
export const groupKeys = ['label', 'nodes', 'collapsed'] as const;
export const edgeKeys = ['from', 'to', 'handle', 'relation', 'mountPath', 'subPath', 'as', 'readOnly', 'ready'] as const;

/** Reads an edge's short form `a -> b`; the spaces around the arrow are optional. */
export function edgeFromText(text: string): Pick<WorkflowEdge, 'from' | 'to'> | undefined {
  const match = /^\s*([^\s>]+?)\s*->\s*([^\s>]+)\s*$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { from: match[1], to: match[2] };
}

export interface ReadWorkflow {
  readonly workflow: Workflow;
  /** For each edge of the workflow, its index in the file's list: items that are no edges are left out of the workflow. */
  readonly edgeIndexes: readonly number[];
}

/** Reads the tree of a workflow file. Never throws: what is missing or wrong is reported and gets the value of an empty file. */
export function workflowFromJson(root: JsonObject, options: ReadOptions = {}): ReadWorkflow {
  const reader = new ShapeReader(options);
  return reader.workflow(root);
}

class ShapeReader {
  readonly #options: ReadOptions;
  #reports = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  workflow(root: JsonObject): ReadWorkflow {
    const cluster = this.#text(root, ['cluster']);
    const namespace = this.#text(root, ['namespace']);
    const { edges, edgeIndexes } = this.#edges(root['edges']);
    const workflow: Workflow = {
      apiVersion: this.#constant(root, 'apiVersion', workflowApiVersion),
      kind: this.#constant(root, 'kind', workflowKind),
      name: this.#name(root),
      description: this.#text(root, ['description']) ?? '',
      status: this.#status(root['status']),
      tags: this.#texts(root['tags'], ['tags'], 'a list of texts'),
      ...(cluster === undefined ? {} : { cluster }),
      ...(namespace === undefined ? {} : { namespace }),
      environments: this.#record(root['environments'], ['environments'], 'a map of environments by name', (value, path) => this.#environment(value, path)),
      nodes: this.#nodes(root['nodes']),
      edges,
      groups: this.#record(root['groups'], ['groups'], 'a map of groups by id', (value, path) => this.#group(value, path)),
      layout: this.#record(root['layout'], ['layout'], 'a map of positions by node id', (value, path) => this.#point(value, path)),
      unknown: this.#unknown(root, workflowKeys, [], 'a workflow'),
    };
    return { workflow, edgeIndexes };
  }

  #report(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath, what: 'key' | 'value' = 'value', severity: Severity = 'error'): void {
    this.#reports += 1;
    this.#options.report?.({ code, args, severity, path, what });
  }

  #wrongType(path: JsonPath, expected: string): undefined {
    this.#report('document.wrongType', { key: pathText(path), expected }, path);
    return undefined;
  }

  #constant(root: JsonObject, key: 'apiVersion' | 'kind', expected: string): string {
    const value = root[key];
    if (value === undefined || value === null) {
      this.#report('document.missing', { key }, [], 'key');
      return expected;
    }
    const found = this.#text(root, [key]) ?? expected;
    if (found !== expected) this.#report(`document.${key}`, { found, expected }, [key]);
    return found;
  }

  #name(root: JsonObject): string {
    const name = this.#text(root, ['name']);
    if (name === undefined) {
      if (root['name'] === undefined || root['name'] === null) this.#report('document.missing', { key: 'name' }, [], 'key');
      return '';
    }
    if (name.length > maxWorkflowNameLength || !dnsLabel.test(name)) {
      this.#report('document.invalidName', { name, limit: String(maxWorkflowNameLength) }, ['name']);
    }
    return name;
  }

  #status(value: JsonValue | undefined): WorkflowStatus {
    if (value === undefined) return 'draft';
    const status = workflowStatuses.find((known) => known === value);
    if (status === undefined) {
      this.#report('document.invalidStatus', { found: this.#options.sourceText?.(['status']) ?? scalarText(value) ?? 'a list or map' }, ['status']);
    }
    return status ?? 'draft';
  }

  /** A text property of a map; numbers and the like are reported but read as they are written. */
  #text(owner: JsonObject, path: JsonPath): string | undefined {
    const value = owner[String(path.at(-1))];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    this.#wrongType(path, isScalar(value) ? 'text: put it in quotes' : 'text');
    return isScalar(value) ? this.#asWritten(value, path) : undefined;
  }

  #flag(owner: JsonObject, path: JsonPath): boolean | undefined {
    const value = owner[String(path.at(-1))];
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
    return this.#wrongType(path, 'true or false');
  }

  /** A node id or another name that is read from the source text, whatever type YAML gives it. */
  #id(value: JsonValue | undefined, path: JsonPath): string | undefined {
    if (typeof value === 'string') return value.trim() === '' ? undefined : value;
    return value === undefined || !isScalar(value) ? undefined : this.#asWritten(value, path);
  }

  /** Without a source text (a value that never was in a file) only text counts as written. */
  #asWritten(value: JsonValue, path: JsonPath): string | undefined {
    return this.#options.sourceText === undefined ? undefined : (this.#options.sourceText(path) ?? scalarText(value));
  }

  #texts(value: JsonValue | undefined, path: JsonPath, expected: string): readonly string[] {
    if (value === undefined || value === null) return [];
    if (!isJsonArray(value)) return this.#wrongType(path, expected) ?? [];
    const texts: string[] = [];
    value.forEach((item, index) => {
      const text = this.#id(item, [...path, index]);
      if (text === undefined) this.#wrongType([...path, index], 'text');
      else texts.push(text);
    });
    return texts;
  }

  #record<T>(
    value: JsonValue | undefined,
    path: JsonPath,
    expected: string,
    read: (value: JsonValue, path: JsonPath) => T | undefined,
  ): Readonly<Record<string, T>> {
    const made = Object.create(null) as Record<string, T>;
    if (value === undefined || value === null) return made;
    if (!isJsonObject(value)) return this.#wrongType(path, expected) ?? made;
    for (const [key, item] of Object.entries(value)) {
      const part = read(item, [...path, key]);
      if (part !== undefined) made[key] = part;
    }
    return made;
  }

  #unknown(owner: JsonObject, known: readonly string[], path: JsonPath, place: string): JsonObject {
    const unknown = jsonObject();
    for (const [key, value] of Object.entries(owner)) {
      if (known.includes(key)) continue;
      unknown[key] = value;
      if (!key.startsWith('x-')) this.#report('document.unknownKey', { key, place }, [...path, key], 'key', 'warning');
    }
    return unknown;
  }

  #environment(value: JsonValue, path: JsonPath): Environment {
    if (value === null) return {};
    if (!isJsonObject(value)) return this.#wrongType(path, 'a map') ?? {};
    const context = this.#text(value, [...path, 'context']);
    const clusterUid = this.#text(value, [...path, 'clusterUid']);
    const namespace = this.#text(value, [...path, 'namespace']);
    const isProtected = this.#flag(value, [...path, 'protected']);
    const set = value['set'];
    this.#unknown(value, environmentKeys, path, 'an environment');
    return {
      ...(context === undefined ? {} : { context }),
      ...(clusterUid === undefined ? {} : { clusterUid }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(isProtected === undefined ? {} : { protected: isProtected }),
      ...(set === undefined || set === null
        ? {}
        : {
            set: this.#record(set, [...path, 'set'], 'a map of fields by node id', (fields, at) =>
              isJsonObject(fields) ? fields : fields === null ? jsonObject() : this.#wrongType(at, 'a map of fields'),
            ),
          }),
    };
  }

  #group(value: JsonValue, path: JsonPath): Group {
    if (value === null) return { nodes: [] };
    if (!isJsonObject(value)) return this.#wrongType(path, 'a map') ?? { nodes: [] };
    const label = this.#text(value, [...path, 'label']);
    const collapsed = this.#flag(value, [...path, 'collapsed']);
    this.#unknown(value, groupKeys, path, 'a group');
    return {
      ...(label === undefined ? {} : { label }),
      nodes: this.#texts(value['nodes'], [...path, 'nodes'], 'a list of node ids'),
      ...(collapsed === undefined ? {} : { collapsed }),
    };
  }

  #point(value: JsonValue, path: JsonPath): Point | undefined {
    const [x, y] = isJsonArray(value) && value.length === 2 ? value : [];
    if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) {
      return this.#wrongType(path, 'two whole numbers [x, y]');
    }
    if (!Number.isInteger(x) || !Number.isInteger(y))
      this.#report('document.wrongType', { key: pathText(path), expected: 'two whole numbers [x, y]' }, path, 'value', 'warning');
    return wholePoint(x, y);
  }

  #nodes(value: JsonValue | undefined): readonly WorkflowNode[] {
    if (value === undefined || value === null) return [];
    if (!isJsonObject(value)) return this.#wrongType(['nodes'], 'a map of nodes by id') ?? [];
    return (this.#options.nodeIds ?? Object.keys(value)).map((id) => this.#node(id, value[id] ?? null));
  }

  #node(id: string, value: JsonValue): WorkflowNode {
    const known = isJsonObject(value) ? this.#options.knownNodes?.get(value) : undefined;
    if (known?.id === id) return known;
    const before = this.#reports;
    const node = this.#newNode(id, value);
    if (isJsonObject(value) && this.#reports === before) this.#options.knownNodes?.set(value, node);
    return node;
  }

  #newNode(id: string, value: JsonValue): WorkflowNode {
    const path = ['nodes', id];
    if (!dnsLabel.test(id)) this.#report('node.invalidId', { id }, path, 'key');
    if (!isJsonObject(value)) {
      if (value === null) this.#report('node.missingType', { id }, path, 'key');
      else this.#wrongType(path, 'a map with a type');
      return { id, type: '', data: jsonObject() };
    }
    const data = jsonObject(Object.entries(value).filter(([key]) => key !== 'type'));
    const type = this.#text(value, [...path, 'type'])?.trim() ?? '';
    if (type === '' && (value['type'] === undefined || isScalar(value['type']))) this.#report('node.missingType', { id }, path, 'key');
    return { id, type, data };
  }

  #edges(value: JsonValue | undefined): { readonly edges: readonly WorkflowEdge[]; readonly edgeIndexes: readonly number[] } {
    const edges: WorkflowEdge[] = [];
    const edgeIndexes: number[] = [];
    if (value === undefined || value === null) return { edges, edgeIndexes };
    if (!isJsonArray(value)) {
      this.#wrongType(['edges'], 'a list of edges');
      return { edges, edgeIndexes };
    }
    value.forEach((item, index) => {
      const edge = this.#edge(item, ['edges', index]);
      if (edge === undefined) return;
      edges.push(edge);
      edgeIndexes.push(index);
    });
    return { edges, edgeIndexes };
  }

  #edge(value: JsonValue, path: JsonPath): WorkflowEdge | undefined {
    if (typeof value === 'string') {
      const edge = edgeFromText(value);
      if (edge !== undefined) return edge;
    }
    const from = isJsonObject(value) ? this.#id(value['from'], [...path, 'from']) : undefined;
    const to = isJsonObject(value) ? this.#id(value['to'], [...path, 'to']) : undefined;
    if (!isJsonObject(value) || from === undefined || to === undefined) {
      this.#report('edge.syntax', {}, path);
      return undefined;
    }
    const handle = this.#id(value['handle'], [...path, 'handle']);
    const relation = this.#text(value, [...path, 'relation']);
    const mountPath = this.#text(value, [...path, 'mountPath']);
    const subPath = this.#text(value, [...path, 'subPath']);
    const as = value['as'];
    if (as !== undefined && as !== null && as !== 'volume' && as !== 'env') this.#wrongType([...path, 'as'], 'volume or env');
    const readOnly = this.#flag(value, [...path, 'readOnly']);
    const ready = this.#text(value, [...path, 'ready']);
    this.#unknown(value, edgeKeys, path, 'an edge');
    return {
      from,
      to,
      ...(handle === undefined ? {} : { handle }),
      ...(relation === undefined || relation === '' ? {} : { relation }),
      ...(mountPath === undefined ? {} : { mountPath }),
      ...(subPath === undefined ? {} : { subPath }),
      ...(as === 'volume' || as === 'env' ? { as } : {}),
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(ready === undefined ? {} : { ready }),
    };
  }
}

/** A point as the file stores it: whole numbers, and no negative zero (which no text can tell from zero). */
export function wholePoint(x: number, y: number): Point {
  return [Math.round(x) + 0, Math.round(y) + 0];
}

/** A top-level property as the file would hold it, without `nodes` and `edges`; undefined where an absent key says the same. */
export function propertyJson(workflow: Workflow, key: string): JsonValue | undefined {
  switch (key) {
    case 'apiVersion':
    case 'kind':
    case 'name':
    case 'status':
    case 'cluster':
    case 'namespace':
      return workflow[key];
    case 'description':
      return workflow.description === '' ? undefined : workflow.description;
    case 'tags':
      return workflow.tags.length === 0 ? undefined : workflow.tags;
    case 'environments':
      return recordJson(workflow.environments, environmentJson);
    case 'groups':
      return recordJson(workflow.groups, groupJson);
    case 'layout':
      return recordJson(workflow.layout, (point) => point);
    default:
      return workflow.unknown[key];
  }
}

function recordJson<T>(record: Readonly<Record<string, T>>, json: (value: T) => JsonValue): JsonObject | undefined {
  const entries = Object.entries(record);
  return entries.length === 0 ? undefined : jsonObject(entries.map(([key, value]) => [key, json(value)]));
}

export function nodeJson(node: WorkflowNode): JsonObject {
  return jsonObject([['type', node.type], ...Object.entries(node.data)]);
}

/** The short form where it says everything. */
export function edgeJson(edge: WorkflowEdge): JsonValue {
  const short = `${edge.from} -> ${edge.to}`;
  const read = edgeFromText(short);
  const saysAll = edgeKeys.every((key) => key === 'from' || key === 'to' || edge[key] === undefined);
  return saysAll && read?.from === edge.from && read.to === edge.to ? short : knownJson(edge, edgeKeys);
}

export function environmentJson(environment: Environment): JsonObject {
  return knownJson(environment, environmentKeys);
}

export function groupJson(group: Group): JsonObject {
  return knownJson(group, groupKeys);
}

function knownJson<K extends string>(from: { readonly [key in K]?: JsonValue }, keys: readonly K[]): JsonObject {
  const made = jsonObject();
  for (const key of keys) {
    const value = from[key];
    if (value !== undefined) made[key] = value;
  }
  return made;
}

/** A path as people write it: `nodes.web.ports[0]`. */
export function pathText(path: JsonPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

function scalarText(value: JsonValue): string | undefined {
  return value === null || typeof value !== 'object' ? String(value) : undefined;
}

function isScalar(value: JsonValue): boolean {
  return value === null || typeof value !== 'object';
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
