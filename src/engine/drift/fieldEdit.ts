import { applyEdit } from '../../shared/applyEdit';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt, withValueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { placeOf } from '../checks/places';
import { canonicalJson } from '../digest';
import { workflowForEnvironment } from '../environment';
import { patchBetween } from '../imports/manifests/patchBetween';
import { asJson } from '../plan/fieldPaths';
import { refFor } from '../plan/stepPlanner';
import type { RenderedObject, RenderRequest } from '../render';
import { renderWorkflow } from '../render';
import { stepsIn } from './fieldSteps';

/** A field of an object that the file shall make; without a value, that it shall no longer make. */
export interface WantedField {
  readonly path: string;
  readonly value?: JsonValue;
}

export interface FieldEdit {
  /** All that could be done, as one edit; undefined when nothing could. */
  readonly edit?: WorkflowEdit;
  /** Fields that no edit of the file brings about, by their paths. */
  readonly left: readonly string[];
}

/** At most this many edits are tried for one field: each is rendered to see what it makes. */
const mostTried = 24;

/**
 * The smallest edit of the file after which an object has these fields as wanted and nothing else of any object is changed.
 * Guessing is allowed, because each edit is tried: the workflow with it is rendered, and only what makes exactly the wanted objects
 * is taken. With an environment the override of that environment is written, so that the others stay as they are.
 */
export function editForFields(request: RenderRequest, nodeId: string, ref: ObjectRef, fields: readonly WantedField[]): FieldEdit {
  let workflow = request.workflow;
  const edits: WorkflowEdit[] = [];
  const left: string[] = [];
  for (const field of fields) {
    const found = editForField({ ...request, workflow }, nodeId, ref, field);
    if (found === undefined) left.push(field.path);
    else if (found.edit !== undefined) {
      edits.push(found.edit);
      workflow = found.workflow;
    }
  }
  const [only] = edits;
  return { left, ...(only === undefined ? {} : { edit: edits.length === 1 ? only : { type: 'composite', edits } }) };
}

interface Tried {
  readonly workflow: Workflow;
  /** Undefined when all is as wanted already. */
  readonly edit?: WorkflowEdit;
}

function editForField(request: RenderRequest, nodeId: string, ref: ObjectRef, field: WantedField): Tried | undefined {
  const { workflow, environment } = request;
  const before = renderWorkflow(request).objects;
  const node = nodeById(workflowForEnvironment(workflow, environment), nodeId);
  const own = before.find((one) => one.nodeId === nodeId && refKey(refFor(one)) === refKey(ref));
  if (own === undefined || node === undefined || own.batch !== undefined) return undefined;
  const object = asJson(own.object);
  const wanted = wantedObject(object, field);
  if (wanted === undefined) return undefined;
  if (sameJson(object, wanted)) return { workflow };
  const isRight = (after: readonly RenderedObject[]): boolean =>
    after.length === before.length &&
    after.every((one, index) => {
      const other = before[index];
      if (other === undefined || one.nodeId !== other.nodeId) return false;
      return other === own
        ? sameJson(withoutEmpty(asJson(one.object)), withoutEmpty(wanted))
        : one.object === other.object || sameObject(one.object, other.object);
    });
  let tried = 0;
  for (const [path, value] of candidates(node, object, wanted, field, request, nodeId)) {
    for (const edit of writings(path, value, nodeId, environment, workflow)) {
      if (++tried > mostTried) return undefined;
      const outcome = applyEdit(workflow, edit);
      if (outcome.ok && isRight(renderWorkflow({ ...request, workflow: outcome.workflow }).objects)) return { workflow: outcome.workflow, edit };
    }
  }
  return undefined;
}

function sameObject(a: KubeObject, b: KubeObject): boolean {
  return canonicalJson(asJson(a)) === canonicalJson(asJson(b));
}

/** The object with the field as wanted; undefined when it has no place for it. */
function wantedObject(object: JsonObject, { path, value }: WantedField): JsonObject | undefined {
  const steps = stepsIn(object, path) ?? missingSteps(object, path);
  const made = steps === undefined ? undefined : withValueAt(object, steps, value);
  return isJsonObject(made) ? made : undefined;
}

/** Steps to a field that is not there, below maps only: a key of a list that is missing says nothing of the rest of the item. */
function missingSteps(object: JsonObject, path: string): JsonPath | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const above = stepsIn(object, path.slice(0, end));
    if (above === undefined || end === path.length) continue;
    const below = path.slice(end + 1).split('.');
    if (below.some((step) => step === '' || /[[\]]/.test(step)) || !isJsonObject(valueAt(object, above))) return undefined;
    return [...above, ...below];
  }
  return undefined;
}

/** Maps without keys mean nothing: what is taken out of one may leave it behind. */
function withoutEmpty(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutEmpty);
  if (!isJsonObject(value)) return value;
  return jsonObject(
    Object.entries(value)
      .map(([key, item]) => [key, withoutEmpty(item)] as const)
      .filter(([, item]) => !isJsonObject(item) || Object.keys(item).length > 0),
  );
}

/** Places in the node's data, from the most to the least natural one, with what to write there. */
function* candidates(
  node: WorkflowNode,
  object: JsonObject,
  wanted: JsonObject,
  field: WantedField,
  request: RenderRequest,
  nodeId: string,
): Generator<readonly [JsonPath, JsonValue | undefined]> {
  const steps = stepsIn(object, field.path);
  const { value } = field;
  if (steps !== undefined) {
    const place = placeOf(node, object, steps);
    if (place.path.length > 0) for (const one of spellings(value, valueAt(node.data, place.path))) yield [place.path, one];
    // A whole item that goes is found by what stands in it.
    if (value === undefined) {
      const inner = valueAt(object, steps);
      for (const key of isJsonObject(inner) ? Object.keys(inner) : []) {
        const part = placeOf(node, object, [...steps, key]);
        if (!part.exact) continue;
        yield [part.path, undefined];
        if (part.path.length > 1) yield [part.path.slice(0, -1), undefined];
      }
    }
  }
  const name = field.path.split(/[.[\]]/).findLast((step) => step !== '');
  if (name !== undefined && node.type !== 'manifest') for (const one of spellings(value, undefined)) yield [[name], one];
  if (node.type === 'manifest' && steps !== undefined) yield [['manifest', ...steps], value];
  // What the node has no field for is laid on the object.
  const simple = steps ?? missingSteps(object, field.path);
  if (simple?.every((step) => typeof step === 'string') === true) yield [['patch', ...simple], value ?? null];
  const plain = renderedWithoutPatch(request, nodeId, object);
  const patch = plain === undefined ? undefined : patchBetween(plain, wanted, (a, b) => sameJson(withoutEmpty(a), withoutEmpty(b)));
  if (patch !== undefined) yield [['patch'], Object.keys(patch).length === 0 ? undefined : patch];
}

/** The object as the node makes it without a patch. */
function renderedWithoutPatch(request: RenderRequest, nodeId: string, object: JsonObject): JsonObject | undefined {
  const workflow = {
    ...request.workflow,
    nodes: request.workflow.nodes.map((node) => {
      if (node.id !== nodeId) return node;
      const { patch: _, ...data } = node.data;
      return { ...node, data };
    }),
  };
  const found = renderWorkflow({ ...request, workflow }).objects.find((one) => one.nodeId === nodeId && one.object.kind === object['kind']);
  return found === undefined ? undefined : asJson(found.object);
}

/** A value as the object has it, and as a file may write it. */
function spellings(value: JsonValue | undefined, before: JsonValue | undefined): readonly (JsonValue | undefined)[] {
  if (typeof value === 'number' || typeof value === 'boolean') return typeof before === 'string' ? [String(value), value] : [value, String(value)];
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? [Number(value)] : [];
  return typeof before === 'number' ? [...number, value] : [value, ...number];
}

/** The edits that write a value at a place of a node: into the override of the environment, or into the node itself. */
function* writings(path: JsonPath, value: JsonValue | undefined, id: string, environment: string | undefined, workflow: Workflow): Generator<WorkflowEdit> {
  if (environment !== undefined && Object.hasOwn(workflow.environments, environment))
    yield { type: 'setProperty', path: ['environments', environment, 'set', id, ...path], value: value ?? null };
  yield value === undefined ? { type: 'setField', id, path } : { type: 'setField', id, path, value };
}
