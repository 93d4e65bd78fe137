import type { CatalogField, CatalogKind } from '../../../shared/catalog';
import { kindOf } from '../../../shared/catalog';
import type { OpenApi } from '../../../openapi/index';
import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt, withValueAt } from '../../../shared/json';
import type { WorkflowNode } from '../../../shared/workflow';
import { emptyWorkflow } from '../../../shared/workflow';
import type { LoadedCatalog } from '../../catalog';
import { fieldManager, managedByLabel, owningLabels, ownLabels } from '../../labels';
import type { RenderedObject } from '../../render';
import { renderWorkflow } from '../../render';
import { withoutDefaults } from './kindReaders';
import { completeObject, meaningOf } from './meaning';
import { patchBetween } from './patchBetween';
import { podPathOf, textOf } from './podReader';

export interface ProofContext {
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
  /** The name of the workflow to be. */
  readonly workflow: string;
  /** Keys of labels by which something of the import selects pods: nothing may be added to pods under these. */
  readonly selected: ReadonlySet<string>;
  /** Fields, by kind and name, that a template takes no null for; found out once and kept here. */
  readonly needed: Set<string>;
  /** Of objects as they are on a cluster: nothing may be called or ordered otherwise, since that alone would replace their pods. */
  readonly isExact: boolean;
  /** What objects mean that are compared again and again. */
  readonly meanings: WeakMap<JsonObject, JsonObject>;
}

/**
 * A node that renders to what the objects mean, proved by rendering it: what its fields cannot say stands in its `patch`, and fields
 * that change nothing are left out. Undefined when the kind cannot say it. An object of a Secret comes without values.
 */
export function provenNode(context: ProofContext, id: string, kind: CatalogKind, fields: JsonObject, wanted: readonly JsonObject[]): WorkflowNode | undefined {
  const full = renderable(context, { id, type: kind.type, data: withoutDefaults(kind.fields, fields) }, kind);
  const rendered = full === undefined ? undefined : renderedAlone(context, full);
  if (full === undefined || rendered?.length !== wanted.length) return undefined;
  const patches = rendered.map((object, index) => {
    const goal = adopted(context, wanted[index] ?? {}, object);
    return patchBetween(object, goal, (a, b) => isSame(context, a, b));
  });
  if (patches.some((patch) => patch === undefined)) return undefined;
  const needed = patches.flatMap((patch, index) =>
    patch !== undefined && Object.keys(patch).length > 0 ? [{ patch, kind: wanted[index]?.['kind'] ?? '' }] : [],
  );
  // A patch is of one object. A plugin's object that needs one is better written out.
  if (needed.length > 1 || (needed.length > 0 && kind.origin === 'plugin')) return undefined;
  const [only] = needed;
  const patch = only === undefined ? undefined : wanted.length > 1 ? { kind: only.kind, ...only.patch } : only.patch;
  const patched = patch === undefined ? full : { ...full, data: { ...full.data, patch } };
  if (!isProven(context, patched, wanted)) return undefined;
  const least = withLess(patched, dispensable(kind.fields, patched.data), (node) => isProven(context, node, wanted));
  return { ...least, data: inOrder(kind, least.data) };
}

/** The node with as many of its nulls as its template takes; undefined when it cannot be rendered at all. */
function renderable(context: ProofContext, node: WorkflowNode, kind: CatalogKind): WorkflowNode | undefined {
  const nulls = dispensable(kind.fields, node.data).filter((path) => valueAt(node.data, path) === null);
  const nameOf = (path: JsonPath): string => [kind.type, ...path.filter((step) => typeof step === 'string')].join(' ');
  const taken = nulls.filter((path) => !context.needed.has(nameOf(path)));
  const withNulls = (paths: readonly JsonPath[]): WorkflowNode => ({
    ...node,
    data: withoutPlaces(
      node.data,
      nulls.filter((path) => !paths.includes(path)),
    ),
  });
  const known = withNulls(taken);
  if (renderedAlone(context, known) !== undefined) return known;
  if (renderedAlone(context, withNulls([])) === undefined) return undefined;
  const right: JsonPath[] = [];
  for (const path of taken) {
    if (renderedAlone(context, withNulls([...right, path])) === undefined) context.needed.add(nameOf(path));
    else right.push(path);
  }
  return withNulls(right);
}

function withoutPlaces(data: JsonObject, places: readonly JsonPath[]): JsonObject {
  return places.reduce<JsonObject>((made, place) => withValueAt(made, place, undefined) as JsonObject, data);
}

/** Whether a node by itself renders to these objects. */
function isProven(context: ProofContext, node: WorkflowNode, wanted: readonly JsonObject[]): boolean {
  const rendered = renderedAlone(context, node);
  return rendered !== undefined && rendered.length === wanted.length && rendered.every((object, index) => isMeant(context, object, wanted[index] ?? {}));
}

/** Whether an object that was rendered is the wanted one, but for the labels that are ours. */
export function isMeant(context: ProofContext, rendered: JsonObject, wanted: JsonObject): boolean {
  return isSame(context, rendered, adopted(context, wanted, rendered));
}

function isSame({ openApi, isExact, meanings }: ProofContext, a: JsonObject, b: JsonObject): boolean {
  const seen = isExact ? completeObject : meaningOf;
  const wanted = meanings.get(b) ?? seen(openApi, b);
  meanings.set(b, wanted);
  return sameJson(seen(openApi, a), wanted);
}

export function objectOf({ object }: RenderedObject): JsonObject {
  return object as unknown as JsonObject;
}

function renderedAlone(context: ProofContext, node: WorkflowNode): readonly JsonObject[] | undefined {
  const { objects, problems } = renderWorkflow({
    workflow: { ...emptyWorkflow(context.workflow), nodes: [node] },
    loaded: context.loaded,
    namespace: undefined,
  });
  return problems.length > 0 ? undefined : objects.map(objectOf);
}

/** The wanted object with the labels that a workflow puts on what it makes, where they hide and select nothing. */
function adopted({ selected, isExact }: ProofContext, wanted: JsonObject, rendered: JsonObject): JsonObject {
  const pods = podPathOf(rendered);
  const isOurs = valueAt(wanted, ['metadata', 'labels', managedByLabel]) === fieldManager;
  const places: readonly JsonPath[] = [
    ['metadata', 'labels'],
    ...(isExact ? [] : [...(pods === undefined ? [] : [[...pods, 'metadata', 'labels']]), ['spec', 'jobTemplate', 'metadata', 'labels']]),
  ];
  let made = wanted;
  for (const place of places) {
    const ours = valueAt(rendered, place);
    if (!isJsonObject(ours)) continue;
    const theirs = valueAt(made, place);
    const labels = jsonObject(isJsonObject(theirs) ? Object.entries(theirs) : []);
    const isOfObject = place[0] === 'metadata';
    for (const key of ownLabels) {
      const value = ours[key];
      if (value === undefined) continue;
      const isAbsent = labels[key] === undefined;
      const owns = owningLabels.includes(key) || (isOurs && key === 'app.kubernetes.io/part-of');
      const isOfPods = !selected.has(key) && (owns || isAbsent);
      // What a workflow of ours made has the values that its patch gave it.
      const isKept = !isAbsent && !owningLabels.includes(key) && (isExact || (isOurs && key !== 'app.kubernetes.io/part-of'));
      if (isOfObject ? !isKept : isOfPods) labels[key] = value;
    }
    if (Object.keys(labels).length > 0) made = withValueAt(made, place, labels) as JsonObject;
  }
  return made;
}

/** Places of fields that may be left out: nulls, and values that are the default anyway. */
function dispensable(fields: readonly CatalogField[], data: JsonObject, path: JsonPath = []): readonly JsonPath[] {
  return fields.flatMap((field): readonly JsonPath[] => {
    const value = data[field.name];
    const at = [...path, field.name];
    if (value === undefined) return [];
    // What a kind must say stands in the file, be it the default or not, and so do ports, which others go by, and parts of lists and maps.
    const isDefault = path.length === 0 && !field.required && field.format !== 'port' && field.default !== undefined && sameJson(value, field.default);
    if (value === null || isDefault || (path.length === 0 && field.name === 'containerName')) return [at];
    if (isJsonObject(value) && field.free !== true) return dispensable(field.fields ?? [], value, at);
    if (!Array.isArray(value) || field.items?.type !== 'object') return [];
    return (value as readonly JsonValue[]).flatMap((item, index) => (isJsonObject(item) ? dispensable(field.items?.fields ?? [], item, [...at, index]) : []));
  });
}

/** The node without as many of these places as it is still right without: all at once if it may be, else by halves. */
function withLess(node: WorkflowNode, places: readonly JsonPath[], isRight: (node: WorkflowNode) => boolean): WorkflowNode {
  if (places.length === 0) return node;
  const less: WorkflowNode = { ...node, data: withoutPlaces(node.data, places) };
  if (isRight(less)) return less;
  if (places.length === 1) return node;
  const middle = Math.ceil(places.length / 2);
  return withLess(withLess(node, places.slice(0, middle), isRight), places.slice(middle), isRight);
}

function inOrder(kind: CatalogKind, data: JsonObject): JsonObject {
  const order = ['name', 'namespace', 'labels', 'annotations', ...kind.fields.map((field) => field.name), 'patch'];
  const entries = Object.entries(data).filter(
    ([key, value]) => value !== undefined && !(key === 'labels' && isJsonObject(value) && Object.keys(value).length === 0),
  );
  return jsonObject(entries.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** The kind whose node makes objects like this one; undefined for what only a manifest can be. */
export function kindFor({ loaded }: Pick<ProofContext, 'loaded'>, object: JsonObject): CatalogKind | undefined {
  const found = loaded.catalog.kinds.find(
    (kind) =>
      kind.kind !== '*' && kind.renderedBy === undefined && kind.type !== 'role' && kind.apiVersion === object['apiVersion'] && kind.kind === object['kind'],
  );
  return found ?? (textOf(object['apiVersion']).startsWith('rbac.authorization.k8s.io/v1') ? kindOf(loaded.catalog, 'role') : undefined);
}
