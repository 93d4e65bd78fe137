import type { Json, JsonMap, OpenApi, Schema } from '../openapi/index';
import { completed, isMap, pathOfField, sameValue, updateErrors } from '../openapi/index';
import type { JsonObject, JsonPath, JsonValue } from '../shared/json';
import { isJsonObject, valueAt, withValueAt } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import type { Problem } from '../shared/problem';
import type { Workflow, WorkflowNode } from '../shared/workflow';
import { nodeById } from '../shared/workflow';
import { textOf } from './checks/fields';
import type { ToldFinding } from './checks/findings';
import { Findings } from './checks/findings';
import { placeOf } from './checks/places';
import type { ParsedWorkflow } from './document/parse';
import { fieldManager } from './labels';
import { patchedObject } from './merge';
import type { FieldPath } from './plan/fieldPaths';
import { asJson, intentFields, ownedFields, stepSeparator } from './plan/fieldPaths';
import type { RenderedObject } from './render';
import type { Steps } from './steps';

/** What was found of an object against the live one that it was compared with. */
export type KnownReplacements = WeakMap<RenderedObject, { readonly live: KubeObject; readonly told: readonly ToldFinding[] }>;

export interface ReplacementsRequest {
  readonly parsed: ParsedWorkflow;
  /** The workflow as `environment` has it, which the objects were rendered from. The file's own when it is left out. */
  readonly workflow?: Workflow;
  readonly environment?: string;
  readonly objects: readonly RenderedObject[];
  /** What is on the cluster of a node's objects. */
  readonly liveOf: (nodeId: string) => readonly KubeObject[];
  readonly openApi: OpenApi;
  readonly known: KnownReplacements;
}

/**
 * Fields of the file that differ from the live object and that the API server changes for nobody: deploying them means deleting the
 * object and making it again. By the API server's own rules for updates; whatever else these say is the plan's to tell. A field that was
 * applied before and that the file no longer has goes from the object, and counts as well.
 */
export function* replacementSteps(request: ReplacementsRequest): Steps<readonly Problem[]> {
  const { parsed, workflow = parsed.workflow, environment, objects, liveOf, openApi, known } = request;
  const findings = new Findings(parsed);
  if (parsed.broken) return findings.problems;
  /** What an environment sets stands there, all else in the node. */
  const pathOf = (nodeId: string, inner: JsonPath): JsonPath => {
    const set = environment === undefined ? [] : ['environments', environment, 'set', nodeId, ...inner];
    return inner.length > 0 && set.length > 0 && findings.stands(set) ? set : ['nodes', nodeId, ...inner];
  };
  for (const one of objects) {
    const node = nodeById(workflow, one.nodeId);
    if (node === undefined || one.batch !== undefined) continue;
    const live = liveOf(one.nodeId).find((other) => isSame(one.object, other));
    if (live === undefined) continue;
    let found = known.get(one);
    if (found?.live !== live) {
      found = { live, told: toldOf(node, one.object, live, openApi, pathOf) };
      known.set(one, found);
      yield;
    }
    findings.addAll(found.told);
  }
  return findings.problems;
}

function isSame(object: KubeObject, live: KubeObject): boolean {
  const { name, namespace } = object.metadata;
  return (
    object.apiVersion === live.apiVersion &&
    object.kind === live.kind &&
    name === live.metadata.name &&
    (namespace === undefined || (live.metadata.namespace ?? '') === '' || namespace === live.metadata.namespace)
  );
}

const fixed = /immutable|may not change|updates to statefulset spec/i;

function toldOf(
  node: WorkflowNode,
  object: KubeObject,
  live: KubeObject,
  openApi: OpenApi,
  pathOf: (nodeId: string, inner: JsonPath) => JsonPath,
): readonly ToldFinding[] {
  const { apiVersion, kind } = object;
  const schema = openApi.schemaOf(apiVersion, kind);
  const own = object as unknown as JsonObject;
  if (schema === undefined || openApi.resourceOf(apiVersion, kind) === undefined) return [];
  const whole = (value: JsonValue): JsonMap => completed(openApi, schema, kind, structuredClone(value) as Json);
  const before = whole(live as unknown as JsonValue);
  const gone = withdrawn(object, live, schema);
  const kept = gone.reduce<JsonValue>((rest, path) => withValueAt(rest, path, undefined) ?? {}, live as unknown as JsonValue);
  const next = whole(patchedObject(kept, own));
  const told: ToldFinding[] = [];
  for (const { field, detail } of updateErrors(kind, next, before, undefined).all) {
    if (!fixed.test(detail)) continue;
    const at = pathOfField(field);
    // "fields other than 'replicas', …", "except resources.requests and …": these may change.
    const allowed = new Set(detail.match(/\b[a-z]\w*\b/gi) ?? []);
    const taken = gone.filter(
      (path) => at.every((step, index) => path[index] === step) && !sameValue(valueAt(next, path) ?? null, valueAt(before, path) ?? null),
    );
    for (const path of [...changesIn(valueAt(own, at), next, before, at), ...taken]) {
      if (/other than|except/.test(detail) && allowed.has(String(path[at.length]))) continue;
      const place = placeOf(node, own, path);
      told.push({
        code: 'object.replaces',
        args: { kind, name: object.metadata.name, path: textOf(path) },
        path: pathOf(node.id, place.path),
        options: { severity: 'warning' },
      });
    }
  }
  return told;
}

/** Where the live object has fields that our last apply gave it and that this one no longer has. Items of lists are the plan's to tell. */
function withdrawn(object: KubeObject, live: KubeObject, schema: Schema): readonly JsonPath[] {
  const intended = intentFields(object, schema);
  if (intended === undefined) return [];
  const paths: JsonPath[] = [];
  for (const field of ownedFields(live, fieldManager)) {
    if (intended.has(field) || [...intended].some((one) => one.startsWith(field + stepSeparator))) continue;
    const path = pathInLive(live, field);
    if (path !== undefined && typeof path.at(-1) === 'string') paths.push(path);
  }
  return paths;
}

function pathInLive(live: KubeObject, field: FieldPath): JsonPath | undefined {
  let at: JsonValue | undefined = asJson(live);
  const path: (string | number)[] = [];
  for (const step of field.split(stepSeparator)) {
    if (step.startsWith('f:')) path.push(step.slice(2));
    else if (Array.isArray(at) && step.startsWith('k:')) {
      const key = JSON.parse(step.slice(2)) as JsonValue;
      const index = (at as readonly JsonValue[]).findIndex(
        (item) => isJsonObject(item) && isJsonObject(key) && Object.entries(key).every(([name, value]) => item[name] === value),
      );
      if (index < 0) return undefined;
      path.push(index);
    } else return undefined;
    at = valueAt(at, path.slice(-1));
    if (at === undefined) return undefined;
  }
  return path;
}

/** The fields that `own` gives and that are others in `before`: the innermost ones, as far as lists go along. */
function changesIn(own: JsonValue | undefined, next: JsonMap, before: JsonMap, path: JsonPath): readonly JsonPath[] {
  if (own === undefined || own === null) return [];
  const [one, other] = [valueAt(next, path), valueAt(before, path)];
  if (sameValue(one ?? null, other ?? null)) return [];
  if (isJsonObject(own) && isMap(other)) return Object.entries(own).flatMap(([key, value]) => changesIn(value, next, before, [...path, key]));
  if (Array.isArray(own) && Array.isArray(other) && Array.isArray(one) && one.length === other.length && own.length === one.length)
    return (own as readonly JsonValue[]).flatMap((item, index) => changesIn(item, next, before, [...path, index]));
  return [path];
}
