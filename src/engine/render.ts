import type { CatalogKind } from '../shared/catalog';
import { kindOf } from '../shared/catalog';
import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../shared/json';
import type { KubeObject, ObjectMeta } from '../shared/kubeObject';
import type { Problem } from '../shared/problem';
import type { Workflow, WorkflowNode } from '../shared/workflow';
import { objectName, textField, textMapField } from '../shared/workflow';
import type { LoadedCatalog } from './catalog';
import { workflowForEnvironment } from './environment';
import { hasValue, withDefaults } from './kinds/defaults';
import type { PodContainer } from './kinds/podValues';
import { podValues, secretKeysOf } from './kinds/podValues';
import { asLabel } from './kinds/podVolumes';
import { fieldManager, managedByLabel, nodeLabel, ownLabels, workflowLabel } from './labels';
import { mergePatched } from './merge';
import type { ResolvedWorkflow } from './relations';
import { resolveWorkflow } from './relations';
import { TemplateError } from './template/parse';
import { renderTemplate } from './template/render';

/** An object as it is applied, but for the values of Secrets and the label of its set. */
export interface RenderedObject {
  readonly nodeId: string;
  readonly object: KubeObject;
  /** Keys whose values join the object only at the moment it is applied; `data` is not there yet. */
  readonly secretKeys: readonly string[];
  readonly namespaced: boolean;
}

export interface RenderRequest {
  readonly workflow: Workflow;
  readonly loaded: LoadedCatalog;
  /** Where objects go whose node names no namespace; undefined leaves it open, for whoever applies them. */
  readonly namespace: string | undefined;
  /** The environment whose overrides count. */
  readonly environment?: string;
}

export interface RenderResult {
  /** In the order of the file's nodes. */
  readonly objects: readonly RenderedObject[];
  /** Why a node has no object. Each is an error and names its node. */
  readonly problems: readonly Problem[];
  readonly resolved: ResolvedWorkflow;
}

/** Makes the objects of a workflow. Nothing is asked of a cluster. Throws `environment.unknown` for an unknown environment. */
export function renderWorkflow(request: RenderRequest): RenderResult {
  const workflow = workflowForEnvironment(request.workflow, request.environment);
  const resolved = resolveWorkflow(workflow, request.loaded.catalog);
  const objects: RenderedObject[] = [];
  const problems: Problem[] = [];
  for (const node of workflow.nodes) {
    const rendered = renderNode(resolved, node, request.loaded, request.namespace);
    if ('code' in rendered) problems.push(rendered);
    else objects.push(rendered);
  }
  return { objects, problems, resolved };
}

function renderNode(resolved: ResolvedWorkflow, node: WorkflowNode, loaded: LoadedCatalog, fallbackNamespace: string | undefined): RenderedObject | Problem {
  const kind = kindOf(loaded.catalog, node.type);
  if (kind === undefined) {
    const known = loaded.catalog.kinds.map((one) => one.type).join(', ');
    return { code: 'node.unknownType', args: { type: node.type, known }, severity: 'error', nodeId: node.id };
  }
  const authored = resolved.data(node.id);
  const data = withDefaults(kind.fields, authored);
  const missing = kind.fields.find((field) => field.required && !hasValue(data[field.name]));
  if (missing !== undefined) {
    return {
      code: 'node.missingField',
      args: { type: kind.displayName, id: node.id, field: missing.name },
      severity: 'error',
      nodeId: node.id,
      path: [missing.name],
    };
  }
  const template = loaded.templateOf(node);
  const broken = (detail: string): Problem => ({ code: 'node.template', args: { type: node.type, detail }, severity: 'error', nodeId: node.id });
  if (template === undefined) return broken(`there is no template "${textField(node, 'template') ?? textField(node, 'templateId') ?? node.type}"`);

  const name = objectName(node);
  const labels = labelsOf(resolved.workflow, node);
  const namespace = kind.namespaced ? (stringAt(authored, 'namespace') ?? fallbackNamespace) : undefined;
  const pod = podValues(resolved, node, withoutSettings(data));
  const [main] = pod.containers;
  const values = jsonObject([
    ['data', withoutSettings(data)],
    ['authored', withoutSettings(authored)],
    ['name', name],
    ['containerName', asLabel(name)],
    ['nodeId', node.id],
    ['workflow', resolved.workflow.name],
    ['labels', labels],
    ['selector', { app: name }],
    ['volumes', pod.volumes],
    ['containers', pod.containers.map(containerValues)],
    ['initContainers', pod.initContainers.map(containerValues)],
    // What templates know of the main container, which those written for a single one ask for.
    ['mounts', main.mounts],
    ['envFrom', main.envFrom],
    ['envKeys', main.envKeys.map((reference) => ({ ...reference }))],
  ]);
  if (namespace !== undefined) values['namespace'] = namespace;
  let made: JsonValue | undefined;
  try {
    made = renderTemplate(template, values);
  } catch (error) {
    if (error instanceof TemplateError) return broken(error.message);
    throw error;
  }
  if (!isJsonObject(made)) return broken(`${template.name} gives no object`);
  const identity = { name, namespace, labels, annotations: textMapField({ ...node, data: authored }, 'annotations') };
  const patched = withPatch(withIdentity(made, kind, identity), valueAt(authored, ['patch']), identity);
  const object = isSecret(patched) ? withoutValues(patched) : patched;
  return { nodeId: node.id, object, secretKeys: isSecret(object) ? secretKeysOf(authored) : [], namespaced: kind.namespaced };
}

function containerValues(container: PodContainer): JsonObject {
  return { ...container, envKeys: container.envKeys.map((reference) => ({ ...reference })) };
}

/** Templates see fields; what the engine itself acts on stays out of their sight. */
function withoutSettings(data: JsonObject): JsonObject {
  return jsonObject(Object.entries(data).filter(([key]) => key !== 'patch' && key !== 'options'));
}

/** By the object and not by the node: a template that makes something else of a Secret node gets no values. */
function isSecret(object: KubeObject): boolean {
  return object.apiVersion === 'v1' && object.kind === 'Secret';
}

/** Whatever a patch or a template of the workspace says: values join a Secret only when it is applied. */
function withoutValues(secret: KubeObject): KubeObject {
  const { data: _data, stringData: _stringData, ...rest } = secret as KubeObject & { readonly stringData?: JsonValue };
  return rest;
}

/** The labels of a node's object and of its pods: ours, then the node's own. Nothing in them changes from run to run. */
function labelsOf(workflow: Workflow, node: WorkflowNode): Readonly<Record<string, string>> {
  const name = objectName(node);
  const own = new Map([
    ['app', name],
    ['app.kubernetes.io/name', name],
    ['app.kubernetes.io/part-of', workflow.name],
    [managedByLabel, fieldManager],
    [workflowLabel, workflow.name],
    [nodeLabel, node.id],
  ]);
  const labels = Object.create(null) as Record<string, string>;
  for (const [key, value] of [...own, ...Object.entries(textMapField(node, 'labels')).filter(([key]) => !own.has(key))]) labels[key] = value;
  return labels;
}

interface Identity {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Puts kind, name, namespace, labels and annotations on what the template made, and brings the keys into the usual order. */
function withIdentity(made: JsonObject, kind: CatalogKind, identity: Identity): KubeObject {
  const { apiVersion, kind: givenKind, metadata: given, ...rest } = made;
  const { name: _name, namespace: _namespace, labels, annotations, ...more } = isJsonObject(given) ? given : {};
  const ownAnnotations = mergedTexts(annotations, identity.annotations);
  const metadata: ObjectMeta = {
    name: identity.name,
    ...(identity.namespace === undefined ? {} : { namespace: identity.namespace }),
    labels: mergedTexts(identity.labels, labels, identity.labels),
    ...(Object.keys(ownAnnotations).length === 0 ? {} : { annotations: ownAnnotations }),
    ...more,
  };
  // A template may make another kind of object of a node, such as a Rollout of a deployment.
  const named = typeof apiVersion === 'string' && typeof givenKind === 'string';
  return { apiVersion: named ? apiVersion : kind.apiVersion, kind: named ? givenKind : kind.kind, metadata, ...rest };
}

/** The object with a node's `patch` laid on it. What identifies the object stays as it was. */
function withPatch(object: KubeObject, patch: JsonValue | undefined, identity: Identity): KubeObject {
  if (!isJsonObject(patch)) return object;
  const { apiVersion: _apiVersion, kind: _kind, metadata: changes, ...rest } = patch;
  const { apiVersion, kind, metadata, ...present } = object;
  const patched = mergePatched(metadata as unknown as JsonObject, changes ?? {});
  const { name: _name, namespace: _namespace, labels, ...more } = isJsonObject(patched) ? patched : {};
  const own = Object.fromEntries(ownLabels.map((label) => [label, identity.labels[label] ?? '']));
  const body = mergePatched(present, rest);
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: mergedTexts(own, labels, own),
      ...more,
    },
    ...(isJsonObject(body) ? body : {}),
  };
}

/** Maps of text laid over one another, later ones on top; keys stand where the first map has them. */
function mergedTexts(...maps: readonly (JsonValue | undefined)[]): Record<string, string> {
  const made = Object.create(null) as Record<string, string>;
  for (const map of maps) for (const [key, value] of stringsOf(map)) made[key] = value;
  return made;
}

function stringsOf(value: JsonValue | undefined): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => (item === null || typeof item === 'object' ? [] : [[key, String(item)] as const]));
}

function stringAt(data: JsonObject, field: string): string | undefined {
  const value = valueAt(data, [field]);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
