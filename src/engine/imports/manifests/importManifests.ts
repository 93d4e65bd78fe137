import type { OpenApi } from '../../../openapi/index';
import { validateObject } from '../../../openapi/index';
import { freeId, idFrom } from '../../../shared/freeId';
import type { ImportChoice, ImportChoices, ImportLoss, NodeSources } from '../../../shared/importPreview';
import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import type { Workflow, WorkflowNode } from '../../../shared/workflow';
import { emptyWorkflow, maxWorkflowNameLength } from '../../../shared/workflow';
import type { LoadedCatalog } from '../../catalog';
import { workflowText } from '../../document/format';
import { fieldManager, managedByLabel, ownLabels } from '../../labels';
import { placeNodes } from '../../placeOne';
import { withoutLeftOut } from '../leaveOut';
import { Ledger } from '../ledger';
import { labelOf, trimmed } from '../names';
import { isSensitive } from '../sensitive';
import type { CleanedObject } from './cleaned';
import { cleaned } from './cleaned';
import type { SettledNode } from './inferEdges';
import { withInferredEdges } from './inferEdges';
import { fieldsOf } from './kindReaders';
import { mapsIn, podPathOf, textOf } from './podReader';
import type { ProofContext } from './proof';
import { kindFor, provenNode } from './proof';
import type { CatalogKind } from '../../../shared/catalog';
import type { ManifestText, ReadObject } from './readManifests';
import { readManifests, withoutNulls } from './readManifests';
import { roleFields, unitsOf } from './roleUnits';

export interface ManifestImportRequest {
  /** YAML of any number of documents, or JSON, with the names by which a person knows them. */
  readonly texts: readonly ManifestText[];
  readonly loaded: LoadedCatalog;
  readonly openApi: OpenApi;
  /** The workflow's name; that of what most objects say they are part of when it is left out, else `imported`. */
  readonly name?: string;
  /** What was chosen otherwise than the import would have it. */
  readonly choices?: ImportChoices;
}

/** What became of an object. */
export interface ImportedManifest {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly node: string;
  readonly type: string;
  readonly file: string;
  readonly line: number;
}

export interface ManifestImport {
  readonly workflow: Workflow;
  /** The workflow file. No value of a Secret is in it. */
  readonly text: string;
  readonly objects: readonly ImportedManifest[];
  /** The names of secret values that will be asked for, by the node of their Secret. */
  readonly secrets: readonly { readonly node: string; readonly keys: readonly string[] }[];
  readonly losses: readonly ImportLoss[];
  readonly sources: NodeSources;
  readonly choices: readonly ImportChoice[];
}

interface Source extends CleanedObject {
  readonly read: ReadObject;
}

/**
 * Makes a workflow of Kubernetes objects: each a node of its kind where that renders to the same (which is proved by rendering it), with a
 * `patch` for what the kind's fields cannot say, else a manifest; selectors, references and mounts become edges. Whatever is left out
 * is told with its place.
 * @throws ProblemError `import.noObjects`, `import.tooManyObjects`
 */
export function importManifests(request: ManifestImportRequest): ManifestImport {
  const ledger = new Ledger((file) => file);
  return importObjects(readManifests(request.texts, ledger), ledger, { ...request, description: 'Imported from manifests', tags: ['imported', 'manifests'] });
}

export interface ObjectImportRequest
  extends Pick<ManifestImportRequest, 'loaded' | 'openApi' | 'name' | 'choices'>, Pick<Workflow, 'description' | 'tags' | 'namespace'> {
  /** The objects are those of a cluster, and the workflow must change nothing of them: see `ProofContext`. */
  readonly isExact?: true;
}

/** Makes a workflow of objects, wherever they came from. */
export function importObjects(objects: readonly ReadObject[], ledger: Ledger, request: ObjectImportRequest): ManifestImport {
  const sources = wantedSources(objects, ledger, request.isExact === true);
  const name = trimmed(labelOf(request.name ?? commonPart(sources) ?? 'imported', 'imported'), maxWorkflowNameLength);
  const { settled, nodes, edges } = settledSources(sources, { ...request, name });
  const namespace = request.namespace ?? commonNamespace(settled);
  tellLabels(settled, ledger, name, request.isExact === true);
  tellScaled(settled, edges, ledger);
  const unplaced: Workflow = {
    ...emptyWorkflow(name),
    description: request.description,
    tags: request.tags,
    ...(namespace === undefined ? {} : { namespace }),
    nodes: nodes.map((node) => withoutNamespace(node, namespace)),
    edges,
  };
  const workflow = { ...unplaced, layout: placeNodes(unplaced, request.loaded.catalog) };
  const made = withoutLeftOut(
    { workflow, text: workflowText(workflow), secrets: secretsOf(nodes), losses: ledger.losses, sources: sourcesOf(settled), choices: [] },
    request.choices ?? {},
  );
  const stays = new Set(made.workflow.nodes.map(({ id }) => id));
  return { ...made, objects: settled.flatMap(importedOf).filter(({ node }) => stays.has(node)) };
}

function sourcesOf(settled: readonly SettledSource[]): NodeSources {
  const ranges = settled.map(({ node, sources }) => {
    const lines = sources.flatMap(({ read }) => {
      const { file, line } = read.at([]);
      return read.endLine === undefined ? [] : [{ file, line, endLine: read.endLine }];
    });
    return [node.id, lines] as const;
  });
  return Object.fromEntries(ranges);
}

/**
 * Nodes and edges for objects that are added to a workflow of this name, each object one (a role and its binding together). A node names
 * its namespace unless it is the workflow's own.
 */
export function nodesOfObjects(
  objects: readonly JsonObject[],
  into: Pick<ManifestImportRequest, 'loaded' | 'openApi'> & Pick<Workflow, 'name' | 'namespace'>,
): Pick<ManifestImport, 'secrets'> & Pick<Workflow, 'nodes' | 'edges'> {
  const place = { file: '', line: 1, column: 1 };
  const sources = objects.map((object): Source => {
    const read = { object: withoutNulls(object), at: () => place };
    return { ...cleaned(read.object), read };
  });
  const { nodes, edges } = settledSources(sources, into);
  return { nodes: nodes.map((node) => withoutNamespace(node, into.namespace)), edges, secrets: secretsOf(nodes) };
}

function secretsOf(nodes: readonly WorkflowNode[]): ManifestImport['secrets'] {
  return nodes
    .filter((node) => node.type === 'secret' && node.data['valueFrom'] === undefined)
    .map((node) => ({ node: node.id, keys: (node.data['keys'] ?? []) as readonly string[] }));
}

function settledSources(
  sources: readonly Source[],
  { loaded, openApi, name, isExact = false }: Pick<ManifestImportRequest, 'loaded' | 'openApi'> & { readonly name: string; readonly isExact?: boolean },
): { readonly settled: readonly SettledSource[] } & Pick<Workflow, 'nodes' | 'edges'> {
  const context: ProofContext = { loaded, openApi, workflow: name, selected: selectedKeys(sources), needed: new Set(), isExact, meanings: new WeakMap() };
  const scopes = customScopes(sources);
  const ids = new Set<string>();
  const made = inIdOrder(unitsOf(sources)).flatMap(({ unit, index }) => settledUnit(context, unit.parts, scopes, ids).map((one) => ({ ...one, index })));
  const settled = made.sort((a, b) => a.index - b.index);
  return { settled, ...withInferredEdges(context, settled) };
}

type SettledSource = SettledNode & { readonly sources: readonly Source[]; readonly index: number };

/** The objects that are somebody's own to keep, each once. */
function wantedSources(objects: readonly ReadObject[], ledger: Ledger, isExact: boolean): readonly Source[] {
  const seen = new Map<string, Source>();
  for (const read of objects) {
    const source: Source = { ...cleaned(read.object), read };
    const what = `${textOf(read.object['kind'])}/${textOf(valueAt(read.object, ['metadata', 'name']))}`;
    const tell = (kind: ImportLoss['kind'], path: readonly (string | number)[], reason: string, todo: string): void =>
      ledger.tellAt(kind, read.at(path), path.length === 0 ? what : `${what} ${path.join('.')}`, reason, todo);
    if (source.owner !== undefined) {
      tell('lost', ['metadata', 'ownerReferences'], `It is made by ${source.owner}.`, 'Nothing: what owns it makes it again.');
      continue;
    }
    const key = [textOf(read.object['apiVersion']), what, textOf(valueAt(read.object, ['metadata', 'namespace']))].join(' ');
    if (seen.has(key)) tell('lost', [], 'It is there twice; the later one counts.', 'Keep one of the two.');
    seen.set(key, source);
    // What a cluster sets, and that Secrets stay there, is told once for all by whoever reads the cluster.
    if (!isExact) tellObject(source, tell);
  }
  return [...seen.values()];
}

function tellObject(source: Source, tell: (kind: ImportLoss['kind'], path: readonly (string | number)[], reason: string, todo: string) => void): void {
  const { object, leftOut, secretKeys } = source;
  if (leftOut.length > 0) tell('note', [], `The server sets these, so they are left out: ${leftOut.join(', ')}.`, 'Nothing.');
  if (secretKeys.length > 0) {
    const part = isJsonObject(source.read.object['data']) ? 'data' : 'stringData';
    tell(
      'changed',
      [part],
      `Values of Secrets are in no file; the keys are carried: ${secretKeys.join(', ')}.`,
      'Give the values when you deploy, or set "valueFrom" of the node.',
    );
  }
  if (valueAt(object, ['metadata', 'annotations', 'helm.sh/hook']) !== undefined)
    tell(
      'changed',
      ['metadata', 'annotations', 'helm.sh/hook'],
      'Helm runs it at certain times only; here it is an object like any other.',
      'Remove the node, or order it by "depends on".',
    );
  const pods = podPathOf(object);
  if (pods === undefined) return;
  for (const list of ['containers', 'initContainers'])
    mapsIn(valueAt(object, [...pods, 'spec', list])).forEach((container, index) =>
      mapsIn(container['env']).forEach((variable, position) => {
        const [name, value] = [textOf(variable['name']), textOf(variable['value'])];
        if (value !== '' && isSensitive(name, value))
          tell(
            'note',
            [...pods, 'spec', list, index, 'env', position],
            `${name} looks like a secret, and its value stands in the file as it did before.`,
            'Take it from a Secret with "keyEnv".',
          );
      }),
    );
}

/** Workloads first, so that they have their plain names as ids and what leads to them has the longer ones. */
function inIdOrder<T extends { readonly parts: readonly [Source, ...Source[]] }>(units: readonly T[]): readonly { readonly unit: T; readonly index: number }[] {
  const numbered = units.map((unit, index) => ({ unit, index }));
  const isWorkload = ({ unit }: { readonly unit: T }): boolean => podPathOf(unit.parts[0].object) !== undefined;
  return [...numbered.filter(isWorkload), ...numbered.filter((one) => !isWorkload(one))];
}

/** The nodes of a unit: one where its kind can say all of it, else one for each of its objects. */
function settledUnit(
  context: ProofContext,
  parts: readonly [Source, ...Source[]],
  scopes: ReadonlyMap<string, string>,
  ids: Set<string>,
): readonly Omit<SettledSource, 'index'>[] {
  const [first, ...more] = parts;
  const wanted = parts.map(({ object }) => object);
  const kind = kindFor(context, first.object);
  const template = kind === undefined ? undefined : context.loaded.templateOf({ id: 'node', type: kind.type, data: {} });
  const name = textOf(valueAt(first.object, ['metadata', 'name']));
  const plain = idFrom(name, 'object');
  const wished = ids.has(plain) ? idFrom(`${plain.slice(0, 40)}-${kind?.type ?? textOf(first.object['kind'])}`, 'object') : plain;
  const id = freeId(wished, ids);
  if (context.isExact && kind?.type === 'secret') {
    ids.add(id);
    return [{ node: keptSecret(id, first, kind), wanted: [], standsFor: first.object, sources: parts }];
  }
  const isTaken = validateObject(context.openApi, first.object, { required: false }).length === 0 || kind?.origin === 'plugin';
  if (kind !== undefined && template !== undefined && isTaken) {
    const own = kind.type === 'role' ? roleFields(wanted) : fieldsOf(kind, template, first.object, first.secretKeys, context.isExact);
    const fields = { ...own, ...identityOf(first.object, id, isObjectOf(own)) };
    const node = provenNode(context, id, kind, fields, wanted);
    if (node !== undefined) {
      ids.add(id);
      return [{ node, wanted, sources: parts }];
    }
  }
  if (more.length > 0) return parts.flatMap((part) => settledUnit(context, [part], scopes, ids));
  ids.add(id);
  const scope = scopes.get(`${textOf(first.object['apiVersion']).split('/')[0] ?? ''} ${textOf(first.object['kind'])}`);
  const data = jsonObject([...(scope === 'Cluster' ? [['scope', scope] as const] : []), ['manifest', first.object]]);
  return [{ node: { id, type: 'manifest', data }, wanted, sources: parts }];
}

/** A Secret that stays as it is on its cluster, values and all: the node names it and its keys, and makes nothing. */
function keptSecret(id: string, { object, secretKeys }: Source, kind: CatalogKind): WorkflowNode {
  const name = textOf(valueAt(object, ['metadata', 'name']));
  const type = kind.fields.find((field) => field.name === 'secretType')?.options?.find(({ value }) => value === object['type'] && value !== 'Opaque')?.value;
  const data = jsonObject([
    ...(name === id ? [] : [['name', name] as const]),
    ['keys', secretKeys],
    ...(type === undefined ? [] : [['secretType', type] as const]),
    ['valueFrom', { secret: name }],
  ]);
  return { id, type: kind.type, data };
}

/** The names of labels that a kind's own fields say already. */
function isObjectOf(fields: JsonObject): ReadonlySet<string> {
  const said = [
    ['version', 'version'],
    ['podSecurity', 'pod-security.kubernetes.io/enforce'],
    ['podSecurityWarn', 'pod-security.kubernetes.io/warn'],
    ['podSecurityAudit', 'pod-security.kubernetes.io/audit'],
  ] as const;
  return new Set(said.flatMap(([field, label]) => (fields[field] === undefined ? [] : [label])));
}

/** Name, namespace, labels and annotations as a node says them. A workload's labels are those that its pods have, too. */
function identityOf(object: JsonObject, id: string, said: ReadonlySet<string>): JsonObject {
  const made = jsonObject();
  const [name, namespace] = [valueAt(object, ['metadata', 'name']), valueAt(object, ['metadata', 'namespace'])];
  if (name !== undefined && name !== id) made['name'] = name;
  if (namespace !== undefined) made['namespace'] = namespace;
  const [labels, annotations] = [valueAt(object, ['metadata', 'labels']), valueAt(object, ['metadata', 'annotations'])];
  const pods = podPathOf(object);
  const ofPods = pods === undefined ? undefined : (valueAt(object, [...pods, 'metadata', 'labels']) ?? {});
  if (isJsonObject(labels)) {
    const own = Object.entries(labels).filter(
      ([key, value]) => !ownLabels.includes(key) && !said.has(key) && (ofPods === undefined || valueAt(ofPods, [key]) === value),
    );
    if (own.length > 0) made['labels'] = jsonObject(own);
  }
  if (isJsonObject(annotations) && Object.keys(annotations).length > 0) made['annotations'] = annotations;
  return made;
}

/** Keys of labels by which something of the import selects. */
function selectedKeys(sources: readonly Source[]): ReadonlySet<string> {
  const keys = new Set<string>();
  const look = (value: JsonValue | undefined): void => {
    if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) look(item);
    if (!isJsonObject(value)) return;
    if (isJsonObject(value['matchLabels'])) for (const key of Object.keys(value['matchLabels'])) keys.add(key);
    for (const expression of mapsIn(value['matchExpressions'])) keys.add(textOf(expression['key']));
    for (const item of Object.values(value)) look(item);
  };
  for (const { object } of sources) {
    look(object['spec']);
    const selector = object['kind'] === 'Service' ? valueAt(object, ['spec', 'selector']) : undefined;
    if (isJsonObject(selector)) for (const key of Object.keys(selector)) keys.add(key);
  }
  return keys;
}

/** Scopes of custom kinds whose definitions are among the objects, by group and kind. */
function customScopes(sources: readonly Source[]): ReadonlyMap<string, string> {
  return new Map(
    sources.flatMap(({ object }) => {
      if (object['kind'] !== 'CustomResourceDefinition') return [];
      const [group, kind, scope] = [['group'], ['names', 'kind'], ['scope']].map((path) => textOf(valueAt(object, ['spec', ...path])));
      return [[`${group ?? ''} ${kind ?? ''}`, scope ?? ''] as const];
    }),
  );
}

/** What the objects say that they are part of, when they agree. */
function commonPart(sources: readonly Source[]): string | undefined {
  const labels = ['app.kubernetes.io/part-of', 'app.kubernetes.io/instance'];
  for (const label of labels) {
    const said = new Set(sources.flatMap(({ object }) => valueAt(object, ['metadata', 'labels', label]) ?? []));
    const [only] = said;
    if (said.size === 1 && typeof only === 'string') return only;
  }
  return undefined;
}

/** The namespace that all objects in namespaces name. */
function commonNamespace(settled: readonly SettledSource[]): string | undefined {
  const named = new Set(
    settled
      .filter(({ node }) => node.type !== 'namespace' && node.data['scope'] !== 'Cluster')
      .flatMap(({ wanted }) => wanted.map((object) => valueAt(object, ['metadata', 'namespace']))),
  );
  const [only] = named;
  return named.size === 1 && typeof only === 'string' ? only : undefined;
}

function withoutNamespace(node: WorkflowNode, namespace: string | undefined): WorkflowNode {
  if (namespace === undefined || node.data['namespace'] !== namespace) return node;
  const { namespace: _namespace, ...data } = node.data;
  return { ...node, data };
}

/** Labels of objects that a workflow sets itself; those of pods stay as they are. */
function tellLabels(settled: readonly SettledSource[], ledger: Ledger, workflow: string, isExact: boolean): void {
  for (const { node, sources, standsFor } of settled) {
    for (const { object, read } of standsFor === undefined ? sources : []) {
      const name = valueAt(object, ['metadata', 'name']);
      const ours: Readonly<Record<string, JsonValue | undefined>> = {
        [managedByLabel]: fieldManager,
        ...(node.type === 'manifest' || isExact ? {} : { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': workflow }),
      };
      for (const [label, value] of Object.entries(ours)) {
        const before = valueAt(object, ['metadata', 'labels', label]);
        const what = `${textOf(object['kind'])}/${textOf(name)} metadata.labels.${label}`;
        if (before !== undefined && before !== value)
          ledger.tellAt(
            'changed',
            read.at(['metadata', 'labels', label]),
            what,
            `It is ${textOf(before)} and will be ${textOf(value)}, which a workflow sets itself.`,
            'Nothing, unless something looks for the object by it.',
          );
      }
    }
  }
}

function tellScaled(settled: readonly SettledSource[], edges: Workflow['edges'], ledger: Ledger): void {
  const scalers = new Set(settled.filter(({ node }) => node.type === 'hpa').map(({ node }) => node.id));
  for (const { node, sources } of settled) {
    const [source] = sources;
    if (source === undefined || valueAt(source.object, ['spec', 'replicas']) === undefined) continue;
    if (edges.some((edge) => edge.to === node.id && scalers.has(edge.from)))
      ledger.tellAt(
        'changed',
        source.read.at(['spec', 'replicas']),
        `${textOf(source.object['kind'])}/${node.id} spec.replicas`,
        "How many copies run is the autoscaler's to say.",
        'Nothing.',
      );
  }
}

function importedOf({ node, sources }: SettledSource): readonly ImportedManifest[] {
  return sources.map(({ object, read }) => {
    const { file, line } = read.at([]);
    const namespace = valueAt(object, ['metadata', 'namespace']);
    return {
      kind: textOf(object['kind']),
      name: textOf(valueAt(object, ['metadata', 'name'])),
      ...(typeof namespace === 'string' ? { namespace } : {}),
      node: node.id,
      type: node.type,
      file,
      line,
    };
  });
}
