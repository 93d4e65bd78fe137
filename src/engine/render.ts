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
import { autoscalersOf } from './kinds/hpa/relations';
import { hasSecretValues, withoutServerFields } from './kinds/manifest/manifestNode';
import type { PodContainer } from './kinds/podValues';
import { podValues, secretKeysOf } from './kinds/podValues';
import { isNamespacedKind } from './kinds/scope';
import type { HealthRules } from './plugins/healthRules';
import type { PluginOrigin } from './plugins/pluginNode';
import { missingSetting, ownSecretName, pluginOrigin, pluginValues } from './plugins/pluginNode';
import { fieldManager, managedByLabel, nodeLabel, owningLabels, ownLabels, workflowLabel } from './labels';
import { patchedObject } from './merge';
import type { ResolvedWorkflow } from './relations';
import { resolveWorkflow } from './relations';
import type { SourceResults } from './sources/renderSources';
import type { Steps } from './steps';
import { finished } from './steps';
import type { SealedData } from './sources/sealedData';
import { TemplateError } from './template/parse';
import { renderTemplate } from './template/render';

/** An object as it is applied, but for the values of Secrets and the label of its set. */
export interface RenderedObject {
  readonly nodeId: string;
  readonly object: KubeObject;
  /** Keys whose values join the object only at the moment it is applied; `data` is not there yet. */
  readonly secretKeys: readonly string[];
  readonly namespaced: boolean;
  /** An autoscaler of this workflow decides `spec.replicas`, which is therefore not there. */
  readonly scaledByOthers?: boolean;
  /** The values of a Secret that a chart or base made; they join it only at the moment it is applied, too. */
  readonly sealed?: SealedData;
  /** Of a node that makes many: those of a lower number are applied first, those of one number side by side. Absent: one after the other. */
  readonly batch?: number;
  /** The Helm release whose object of this name may be taken over. */
  readonly adopts?: string;
  /** The plugin that made it, and how the plugin judges it. */
  readonly plugin?: PluginOrigin;
  readonly health?: HealthRules;
}

export interface RenderRequest {
  readonly workflow: Workflow;
  readonly loaded: LoadedCatalog;
  /** Where objects go whose node names no namespace; undefined leaves it open, for whoever applies them. */
  readonly namespace: string | undefined;
  /** The environment whose overrides count. */
  readonly environment?: string;
  /** What programs made of the nodes that they render. */
  readonly sources?: SourceResults;
}

export interface RenderResult {
  /** In the order of the file's nodes. */
  readonly objects: readonly RenderedObject[];
  /** Why a node has no object. Each is an error and names its node. */
  readonly problems: readonly Problem[];
  readonly resolved: ResolvedWorkflow;
}

/** The objects of one node, or why it has none. */
export type RenderedNode = Pick<RenderResult, 'objects' | 'problems'>;

/** Makes the objects of a workflow. Nothing is asked of a cluster. Throws `environment.unknown` for an unknown environment. */
export function renderWorkflow(request: RenderRequest): RenderResult {
  const workflow = workflowForEnvironment(request.workflow, request.environment);
  return finished(renderSteps(resolveWorkflow(workflow, request.loaded.catalog), request, () => ({})));
}

/** Makes the objects of a resolved workflow, a node in a step. What is known of a node is not made again. */
export function* renderSteps(
  resolved: ResolvedWorkflow,
  request: Omit<RenderRequest, 'workflow' | 'environment'>,
  knownOf: (node: WorkflowNode) => { rendered?: RenderedNode },
): Steps<RenderResult> {
  const objects: RenderedObject[] = [];
  const problems: Problem[] = [];
  for (const node of resolved.workflow.nodes) {
    const known = knownOf(node);
    if (known.rendered === undefined) {
      known.rendered = renderedNode(resolved, node, request);
      yield;
    }
    for (const object of known.rendered.objects) objects.push(object);
    problems.push(...known.rendered.problems);
  }
  return { objects, problems, resolved };
}

function renderedNode(resolved: ResolvedWorkflow, node: WorkflowNode, request: Omit<RenderRequest, 'workflow' | 'environment'>): RenderedNode {
  if (kindOf(request.loaded.catalog, node.type)?.renderedBy !== undefined) return renderSource(resolved.workflow, node, resolved.data(node.id), request);
  const rendered = renderNode(resolved, node, request.loaded, request.namespace);
  return 'code' in rendered ? { objects: [], problems: [rendered] } : { objects: rendered, problems: [] };
}

function renderNode(
  resolved: ResolvedWorkflow,
  node: WorkflowNode,
  loaded: LoadedCatalog,
  fallbackNamespace: string | undefined,
): readonly RenderedObject[] | Problem {
  const kind = kindOf(loaded.catalog, node.type);
  if (kind === undefined) {
    const known = loaded.catalog.kinds.map((one) => one.type).join(', ');
    return { code: 'node.unknownType', args: { type: node.type, known }, severity: 'error', nodeId: node.id };
  }
  const authored = resolved.data(node.id);
  const data = withDefaults(kind.fields, authored);
  const missing = kind.fields.find((field) => field.required && !hasValue(data[field.name]));
  const missingInside = missing === undefined && kind.origin === 'plugin' ? missingSetting(kind, data) : undefined;
  const path = missing !== undefined ? [missing.name] : missingInside !== undefined ? ['fields', missingInside.name] : undefined;
  if (path !== undefined)
    return { code: 'node.missingField', args: { type: kind.displayName, id: node.id, field: path.join('.') }, severity: 'error', nodeId: node.id, path };
  const template = loaded.templateOf(node);
  const broken = (detail: string): Problem => ({ code: 'node.template', args: { type: node.type, detail }, severity: 'error', nodeId: node.id });
  if (template === undefined) return broken(`there is no template "${textField(node, 'template') ?? textField(node, 'templateId') ?? node.type}"`);

  const name = objectName(node);
  const labels = labelsOf(resolved.workflow, node);
  const written = kind.type === 'manifest' ? valueAt(authored, ['manifest', 'metadata']) : undefined;
  const place = stringAt(authored, 'namespace') ?? (isJsonObject(written) ? stringAt(written, 'namespace') : undefined) ?? fallbackNamespace;
  const namespace = kind.namespaced && authored['scope'] !== 'Cluster' ? place : undefined;
  const pod = podValues(resolved, node, withoutSettings(data));
  const [main] = pod.containers;
  const values = jsonObject([
    ['data', withoutSettings(data)],
    ['authored', withoutSettings(authored)],
    ['name', name],
    ['containerName', main.name],
    ['nodeId', node.id],
    ['workflow', resolved.workflow.name],
    ['labels', labels],
    ['selector', { app: name }],
    ['place', namespace === undefined ? {} : { namespace }],
    ['volumes', pod.volumes],
    ['containers', pod.containers.map(containerValues)],
    ['initContainers', pod.initContainers.map(containerValues)],
    // What templates know of the main container, which those written for a single one ask for.
    ['mounts', main.mounts],
    ['envFrom', main.envFrom],
    ['envKeys', main.envKeys.map((reference) => ({ ...reference }))],
  ]);
  if (namespace !== undefined) values['namespace'] = namespace;
  const settings = kind.origin === 'plugin' ? pluginValues(resolved, kind, node, data) : undefined;
  if (settings !== undefined) values['fields'] = settings.fields;
  let made: JsonValue | undefined;
  try {
    made = renderTemplate(template, values);
  } catch (error) {
    if (error instanceof TemplateError) return broken(error.message);
    throw error;
  }
  if (!isJsonObject(made)) return broken(`${template.name} gives no object`);
  // A list is one object after the other; an empty one says that the node stands for something that is there already.
  const parts = kind.kind !== '*' && made['kind'] === 'List' && Array.isArray(made['items']) ? (made['items'] as readonly JsonValue[]) : [made];
  const annotations = textMapField({ ...node, data: authored }, 'annotations');
  const autoscaled = autoscalersOf(resolved, node.id).length > 0;
  const patch = valueAt(authored, ['patch']);
  const objects: RenderedObject[] = [];
  if (settings !== undefined && settings.ownKeys.length > 0) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: ownSecretName(node), ...(place === undefined ? {} : { namespace: place }), labels } };
    objects.push({ nodeId: node.id, object: { ...secret, type: 'Opaque' }, secretKeys: settings.ownKeys, namespaced: true });
  }
  const plugin = pluginOrigin(kind);
  const health = kind.origin === 'plugin' ? loaded.healthRulesOf(kind.type) : undefined;
  for (const [index, part] of parts.entries()) {
    if (!isJsonObject(part)) return broken(`${template.name} gives a list with something that is no object`);
    const isNamed = typeof part['apiVersion'] === 'string' && typeof part['kind'] === 'string';
    if (!isNamed && kind.kind === '*') return broken('the object needs "apiVersion" and "kind"');
    if (kind.kind === '*' && typeof part['kind'] === 'string' && part['kind'].endsWith('List') && Array.isArray(part['items']))
      return { code: 'node.manifestList', args: { id: node.id }, severity: 'error', nodeId: node.id };
    const namespaced = isNamespaced(part, kind, authored);
    const identity = { name, namespace: namespaced ? place : undefined, labels, annotations, isForeign: kind.kind === '*' };
    const identified = withIdentity(part, kind, identity);
    const patched = parts.length === 1 || isPatched(identified, index, patch) ? withPatch(identified, patch, identity) : identified;
    if (kind.kind === '*' && hasSecretValues(part))
      return { code: 'node.manifestSecret', args: { id: node.id, field: 'data' }, severity: 'error', nodeId: node.id };
    const object = autoscaled ? withoutReplicas(patched) : patched;
    objects.push({
      nodeId: node.id,
      object: isSecret(object) ? withoutValues(object) : object,
      secretKeys: isSecret(object) && kind.kind !== '*' ? secretKeysOf(authored) : [],
      namespaced,
      ...(autoscaled ? { scaledByOthers: true } : {}),
      ...(plugin === undefined || !isOf(plugin, object) ? {} : { plugin, ...(health === undefined ? {} : { health }) }),
    });
  }
  return objects;
}

/** The objects that a program made of a node, as this workflow's own: their names and labels stay, and ours are added. */
function renderSource(
  workflow: Workflow,
  node: WorkflowNode,
  data: JsonObject,
  { namespace: fallback, sources }: Pick<RenderRequest, 'namespace' | 'sources'>,
): RenderedNode {
  const result = sources?.get(node.id);
  if (result === undefined) return { objects: [], problems: [{ code: 'source.notRendered', args: { id: node.id }, severity: 'error', nodeId: node.id }] };
  const place = stringAt(data, 'namespace') ?? fallback;
  const { app: _app, 'app.kubernetes.io/name': _name, ...labels } = labelsOf(workflow, node);
  const annotations = textMapField({ ...node, data }, 'annotations');
  const objects = result.children.map(({ object, sealed, namespaced, batch }): RenderedObject => {
    const { name, namespace: own } = object.metadata;
    const identity = { name, namespace: namespaced ? (own ?? place) : undefined, labels, annotations, isForeign: true };
    return {
      nodeId: node.id,
      object: withIdentity(object as unknown as JsonObject, object, identity),
      secretKeys: [],
      namespaced,
      batch,
      ...(sealed === undefined ? {} : { sealed }),
      ...(result.adopt && result.releaseName !== undefined ? { adopts: result.releaseName } : {}),
    };
  });
  return { objects, problems: result.problems.filter((problem) => problem.severity === 'error') };
}

/** A plugin's template may make helpers beside its object; those are judged and looked for as what they are. */
function isOf(plugin: PluginOrigin, object: KubeObject): boolean {
  return object.kind === plugin.kind && object.apiVersion === `${plugin.group}/${plugin.version}`;
}

/** The file's word counts first, then Kubernetes' own, then the kind's. */
function isNamespaced(part: JsonObject, kind: CatalogKind, authored: JsonObject): boolean {
  const { apiVersion, kind: named } = part;
  if (kind.kind === '*' && (authored['scope'] === 'Cluster' || authored['scope'] === 'Namespaced')) return authored['scope'] === 'Namespaced';
  return (typeof apiVersion === 'string' && typeof named === 'string' ? isNamespacedKind(apiVersion, named) : undefined) ?? kind.namespaced;
}

/** How many copies run is an autoscaler's to say: a value of ours would undo its work at every run. */
function withoutReplicas(object: KubeObject): KubeObject {
  if (!isJsonObject(object.spec) || object.spec['replicas'] === undefined) return object;
  const { replicas: _replicas, ...spec } = object.spec;
  return { ...object, spec };
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
  /** The object was written by someone who has labels and names of their own: ours are added, and only those that own it win. */
  readonly isForeign: boolean;
}

/** Puts kind, name, namespace, labels and annotations on what the template made, and brings the keys into the usual order. */
function withIdentity(made: JsonObject, kind: Pick<CatalogKind, 'apiVersion' | 'kind'>, identity: Identity): KubeObject {
  const { apiVersion, kind: givenKind, metadata: given, ...rest } = withoutServerFields(made);
  const { name: _name, namespace: _namespace, labels, annotations, ...more } = isJsonObject(given) ? given : {};
  const ownAnnotations = mergedTexts(annotations, identity.annotations);
  const metadata: ObjectMeta = {
    name: identity.name,
    ...(identity.namespace === undefined ? {} : { namespace: identity.namespace }),
    labels: mergedTexts(identity.labels, labels, identity.isForeign ? ownershipOf(identity.labels) : identity.labels),
    ...(Object.keys(ownAnnotations).length === 0 ? {} : { annotations: ownAnnotations }),
    ...more,
  };
  // A template may make another kind of object of a node, such as a Rollout of a deployment.
  const named = typeof apiVersion === 'string' && typeof givenKind === 'string';
  return { apiVersion: named ? apiVersion : kind.apiVersion, kind: named ? givenKind : kind.kind, metadata, ...rest };
}

/** Of several objects a patch is meant for the first one, or for those of the kind that it names. */
function isPatched(object: KubeObject, index: number, patch: JsonValue | undefined): boolean {
  const named = isJsonObject(patch) ? patch['kind'] : undefined;
  return typeof named === 'string' && named !== '' ? object.kind === named : index === 0;
}

/** The object with a node's `patch` laid on it. What identifies the object stays as it was. */
function withPatch(object: KubeObject, patch: JsonValue | undefined, identity: Identity): KubeObject {
  if (!isJsonObject(patch)) return object;
  const { apiVersion: _apiVersion, kind: _kind, metadata: changes, ...rest } = patch;
  const { apiVersion, kind, metadata, ...present } = object;
  const patched = patchedObject(metadata as unknown as JsonObject, changes ?? {});
  const { name: _name, namespace: _namespace, labels, ...more } = isJsonObject(patched) ? patched : {};
  const own = identity.isForeign ? ownershipOf(identity.labels) : Object.fromEntries(ownLabels.map((label) => [label, identity.labels[label] ?? '']));
  const body = patchedObject(present, rest);
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: mergedTexts(own, labels, ownershipOf(identity.labels)),
      ...more,
    },
    ...(isJsonObject(body) ? body : {}),
  };
}

/** The labels by which a run knows what is its own. */
function ownershipOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(owningLabels.map((label) => [label, labels[label] ?? '']));
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
