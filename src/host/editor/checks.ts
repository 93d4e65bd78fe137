import * as z from 'zod/mini';
import type { DiagnosisCode } from '../../shared/diagnosis';
import { checkNames, diagnosisSentences } from '../../shared/diagnosis';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { logLevels } from '../../shared/logLevel';
import type { HostRequests, LogPageEvents, LogPattern, LogRequests, WebviewEvents } from '../../shared/protocol';
import type { EdgeIdentity, Group, Point, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { Check } from '../../shared/channel';

/**
 * Everything that comes out of a webview is foreign until it has passed here: shape, size and depth. A page that is
 * taken over can at most make edits that a person at the canvas could make.
 */
const maxText = 256 * 1024;
const maxItems = 10_000;
/** What a person may paste: the manifests of a whole namespace. */
const maxPastedText = 4 * 1024 * 1024;
const maxDepth = 32;

const text = z.string().check(z.maxLength(maxText));
const short = z.string().check(z.maxLength(300));
const coordinate = z.number().check(z.refine((value) => Number.isFinite(value) && Math.abs(value) <= 1_000_000));

/** A JSON value copied key by key into objects without a prototype, so that `__proto__` stays an ordinary key. */
function copiedJson(value: unknown, depth: number): JsonValue {
  if (depth > maxDepth) throw new Error(`A value is nested deeper than ${maxDepth} levels.`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('A number is not finite.');
    return value;
  }
  if (typeof value === 'string') {
    if (value.length > maxText) throw new Error('A text is too long.');
    return value;
  }
  if (Array.isArray(value)) {
    if (value.length > maxItems) throw new Error('A list is too long.');
    return value.map((item) => copiedJson(item, depth + 1));
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length > maxItems) throw new Error('A map is too large.');
    const copy = Object.create(null) as Record<string, JsonValue>;
    for (const [key, item] of entries) copy[key] = copiedJson(item, depth + 1);
    return copy;
  }
  throw new Error(`A ${typeof value} is no JSON value.`);
}

const json = z.pipe(
  z.unknown(),
  z.transform((value, context): JsonValue => {
    try {
      return copiedJson(value, 0);
    } catch (error) {
      context.issues.push({ code: 'custom', message: error instanceof Error ? error.message : String(error), input: value });
      return z.NEVER;
    }
  }),
) satisfies z.ZodMiniType<JsonValue>;

const jsonMap = z.pipe(
  json,
  z.transform((value, context): JsonObject => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    context.issues.push({ code: 'custom', message: 'A map is expected.', input: value });
    return z.NEVER;
  }),
) satisfies z.ZodMiniType<JsonObject>;

const path = z
  .array(z.union([short, z.number().check(z.int(), z.nonnegative())]))
  .check(z.minLength(1), z.maxLength(maxDepth)) satisfies z.ZodMiniType<JsonPath>;
const point = z.readonly(z.tuple([coordinate, coordinate])) satisfies z.ZodMiniType<Point>;
const node = z.strictObject({ id: short, type: short, data: jsonMap }) satisfies z.ZodMiniType<WorkflowNode>;
const identity = z.strictObject({
  from: short,
  to: short,
  handle: z.exactOptional(short),
  relation: z.exactOptional(short),
}) satisfies z.ZodMiniType<EdgeIdentity>;
const edge = z.strictObject({
  from: short,
  to: short,
  handle: z.exactOptional(short),
  relation: z.exactOptional(short),
  mountPath: z.exactOptional(text),
  subPath: z.exactOptional(text),
  as: z.exactOptional(z.enum(['volume', 'env'])),
  readOnly: z.exactOptional(z.boolean()),
  ready: z.exactOptional(short),
}) satisfies z.ZodMiniType<WorkflowEdge>;
const group = z.strictObject({
  label: z.exactOptional(text),
  nodes: z.array(short).check(z.maxLength(maxItems)),
  collapsed: z.exactOptional(z.boolean()),
}) satisfies z.ZodMiniType<Group>;

const single = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('addNode'), node, position: z.exactOptional(point) }),
  z.strictObject({ type: z.literal('removeNodes'), ids: z.array(short).check(z.maxLength(maxItems)) }),
  z.strictObject({ type: z.literal('setField'), id: short, path, value: z.exactOptional(json) }),
  z.strictObject({ type: z.literal('setProperty'), path, value: z.exactOptional(json) }),
  z.strictObject({ type: z.literal('connect'), edge }),
  z.strictObject({ type: z.literal('disconnect'), edge: identity }),
  z.strictObject({ type: z.literal('rename'), id: short, newId: short }),
  z.strictObject({ type: z.literal('move'), positions: z.record(short, point) }),
  z.strictObject({ type: z.literal('group'), id: short, group: z.exactOptional(group) }),
]);

/** One level of composites is all that gestures make; deeper ones are refused. */
const edit = z.union([
  single,
  z.strictObject({ type: z.literal('composite'), edits: z.array(single).check(z.maxLength(maxItems)) }),
]) satisfies z.ZodMiniType<WorkflowEdit>;

const diagnosisCode = z.enum(Object.keys(diagnosisSentences) as [DiagnosisCode, ...DiagnosisCode[]]);

const nothing = z.strictObject({}) satisfies z.ZodMiniType<Record<string, never>>;
const ofNode = z.strictObject({ nodeId: short });
/** A field of an object, or an object and a field; keys in it may be as long as a label's. */
const fieldName = z.string().check(z.maxLength(2000));
const fieldNames = z.array(fieldName).check(z.maxLength(maxItems));

const canvasRequests: { readonly [K in keyof HostRequests]: z.ZodMiniType<HostRequests[K]['params']> } = {
  ready: nothing,
  applyEdit: z.strictObject({ editId: short, edit }),
  undo: nothing,
  redo: nothing,
  save: nothing,
  workflowSync: nothing,
  reconnect: nothing,
  plan: z.strictObject({
    prune: z.exactOptional(z.boolean()),
    also: z.exactOptional(z.strictObject({ adopt: z.exactOptional(fieldNames), take: z.exactOptional(fieldNames), named: z.exactOptional(fieldNames) })),
  }),
  endConflict: z.strictObject({ nodeId: short, kind: short, name: short, namespace: short, path: fieldName, way: z.enum(['drop', 'share']) }),
  adoptDrift: z.strictObject({ nodeId: short, paths: z.exactOptional(fieldNames) }),
  reassertDrift: ofNode,
  closePlan: nothing,
  createNamespace: z.strictObject({ namespace: short }),
  startRun: z.strictObject({ digest: short }),
  cancelRun: z.strictObject({ runId: short }),
  answerGate: z.strictObject({ runId: short, gateId: short, decision: z.enum(['approved', 'rejected', 'input_provided']) }),
  selectTarget: nothing,
  openLogs: ofNode,
  openTerminal: ofNode,
  previewFix: z.strictObject({ nodeId: short, name: z.enum(checkNames), code: diagnosisCode, args: z.record(short, text) }),
  revealNode: ofNode,
  enterSecret: z.strictObject({ nodeId: short, key: short }),
  previewManifest: ofNode,
  renderSources: nothing,
  nodeObjects: ofNode,
  nodeLive: ofNode,
  imageTags: z.strictObject({ image: fieldName }),
  autoLayout: nothing,
  copyText: z.strictObject({ text }),
  copyNodes: z.strictObject({ nodeIds: z.array(short).check(z.maxLength(maxItems)) }),
  pasteNodes: z.strictObject({ text: z.exactOptional(z.string().check(z.maxLength(maxPastedText))), at: z.exactOptional(point) }),
};

const direction = z.enum(['older', 'newer']);
const lineId = z.number().check(z.int(), z.nonnegative());
const pattern = { text: z.string().check(z.maxLength(2000)), regex: z.boolean() } satisfies { readonly [K in keyof LogPattern]: z.ZodMiniType<LogPattern[K]> };

const logRequests: { readonly [K in keyof LogRequests]: z.ZodMiniType<LogRequests[K]['params']> } = {
  ready: nothing,
  setFollow: z.strictObject({ follow: z.boolean() }),
  reconnect: nothing,
  clearLogs: nothing,
  openInEditor: nothing,
  saveToFile: nothing,
  select: z.strictObject({
    ...pattern,
    levels: z.array(z.enum(logLevels)).check(z.maxLength(logLevels.length)),
    // A pod's name and a container's, and the stroke between them.
    sources: z.array(z.string().check(z.maxLength(400))).check(z.maxLength(maxItems)),
  }),
  chooseOrigin: nothing,
  readLines: z.strictObject({ id: lineId, direction, count: z.number().check(z.int(), z.minimum(1), z.maximum(5000)) }),
  newest: nothing,
  search: z.strictObject({ ...pattern, from: z.exactOptional(lineId), direction }),
  copyText: z.strictObject({ text: z.string().check(z.maxLength(4 * 1024 * 1024)) }),
};

const logPageEvents: { readonly [K in keyof LogPageEvents]: z.ZodMiniType<LogPageEvents[K]> } = {
  fault: z.strictObject({ message: text }),
  taken: z.strictObject({ sequenceNumber: lineId }),
};

const webviewEvents: { readonly [K in keyof WebviewEvents]: z.ZodMiniType<WebviewEvents[K]> } = {
  selectionChanged: z.strictObject({ nodeIds: z.array(short).check(z.maxLength(maxItems)) }),
  tailsWanted: z.strictObject({ nodeIds: z.array(short).check(z.maxLength(maxItems)) }),
  fault: z.strictObject({ message: text }),
};

function checksOf(schemas: Readonly<Record<string, z.ZodMiniType>>): Readonly<Record<string, Check>> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, (value: unknown) => z.parse(schema, value)]));
}

/** Checks for the canvas page, by request and event name. */
export const canvasChecks = checksOf({ ...canvasRequests, ...webviewEvents });
/** Checks for the page of a tab that could not be made again. */
export const unavailableChecks = checksOf({ ready: nothing, tryAgain: nothing, fault: webviewEvents.fault });
/** Checks for the log page. */
export const logChecks = checksOf({ ...logRequests, ...logPageEvents });
