import { stringify } from 'yaml';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { OpenApi } from '../../openapi/index';
import { namespaceOf } from '../environment';
import { patchBetween } from '../imports/manifests/patchBetween';
import { owningLabels } from '../labels';
import { objectYaml } from '../manifestText';
import type { RenderedObject } from '../render';

export interface ExportedFile {
  /** Below the folder of the export, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Export {
  readonly files: readonly ExportedFile[];
  /** Secrets whose values are in no file: applied as they are they would be empty. */
  readonly leftOut: readonly ObjectRef[];
}

/** The objects that an environment gives, and where they go. */
export interface EnvironmentObjects {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly objects: readonly RenderedObject[];
}

/** Each object in a file of its own, for whoever applies them with other tools: without the labels by which a run knows its own. */
export function exportManifests(objects: readonly RenderedObject[]): Export {
  const { kept, leftOut } = exported(objects);
  return { files: filesOf(kept).map(({ file, object }) => ({ path: file, text: objectYaml(object) })), leftOut };
}

/**
 * A base with all objects, and an overlay for each environment with what it changes, as patches that `kubectl kustomize` makes the very
 * same objects of. An object that only an environment has is a resource of its overlay; one that it has not is deleted there.
 */
export function exportKustomize(base: EnvironmentObjects, environments: readonly EnvironmentObjects[], openApi: OpenApi): Export {
  const { kept, leftOut } = exported(base.objects);
  // Kustomize puts all objects of a folder into one namespace, or leaves all where they are.
  const isOne = [base, ...environments].every((place) =>
    place.objects.every(({ object, namespaced }) => !namespaced || object.metadata.namespace === place.namespace),
  );
  const placed = (objects: readonly KubeObject[], place: EnvironmentObjects): readonly KubeObject[] =>
    isOne ? objects.map((object) => withoutNamespace(object, place.namespace)) : objects;
  const namespaceOf = ({ namespace }: EnvironmentObjects): JsonObject => (isOne && namespace !== undefined ? { namespace } : {});
  const named = filesOf(placed(kept, base));
  const files: ExportedFile[] = [
    { path: 'base/kustomization.yaml', text: kustomization({ ...namespaceOf(base), resources: named.map(({ file }) => file) }) },
    ...named.map(({ file, object }) => ({ path: `base/${file}`, text: objectYaml(object) })),
  ];
  const bases = new Map(named.map(({ object }) => [keyOf(object), object]));
  for (const environment of environments) {
    const wanted = placed(exported(environment.objects).kept, environment);
    const folder = `overlays/${environment.name}`;
    const there = new Set(wanted.map(keyOf));
    const own = filesOf(wanted.filter((object) => !bases.has(keyOf(object))));
    const patches = wanted.flatMap((object) => {
      const from = bases.get(keyOf(object));
      const patch = from === undefined ? undefined : patchOf(openApi, from, object);
      return patch === undefined ? [] : [patch];
    });
    const gone = [...bases.values()]
      .filter((object) => !there.has(keyOf(object)))
      .map((object) => ({ apiVersion: object.apiVersion, kind: object.kind, metadata: identityOf(object), $patch: 'delete' }));
    const changes = [...patches, ...gone].map((patch, index) => ({ path: `patch-${String(index + 1)}.yaml`, text: stringify(patch, yamlOptions) }));
    files.push({
      path: `${folder}/kustomization.yaml`,
      text: kustomization({
        ...namespaceOf(environment),
        resources: ['../../base', ...own.map(({ file }) => file)],
        ...(changes.length === 0 ? {} : { patches: changes.map(({ path }) => ({ path })) }),
      }),
    });
    files.push(...own.map(({ file, object }) => ({ path: `${folder}/${file}`, text: objectYaml(object) })));
    files.push(...changes.map(({ path, text }) => ({ path: `${folder}/${path}`, text })));
  }
  return { files, leftOut };
}

export interface ArgoRequest {
  readonly name: string;
  readonly repository: string;
  /** The folder in the repository. */
  readonly path: string;
  readonly revision: string;
  readonly namespace: string;
  readonly project: string;
  /** Where Argo CD keeps its Applications. */
  readonly argoNamespace: string;
  readonly server: string;
  /** Argo CD deploys whatever is pushed; otherwise a person does. */
  readonly automated: boolean;
}

/**
 * The Application of a workflow, or of one of its environments, whose exported folder is in a repository.
 * @throws ProblemError `export.noNamespace`, `export.passwordInUrl`
 */
export function argoApplicationOf(
  workflow: Workflow,
  environment: string | undefined,
  request: Omit<ArgoRequest, 'name' | 'namespace'>,
): { readonly name: string; readonly text: string } {
  const namespace = namespaceOf(workflow, environment);
  if (namespace === undefined) throw failure('export.noNamespace', { workflow: workflow.name });
  // What is in an address is in a file that is pushed.
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*:[^/]*@/i.test(request.repository)) throw failure('export.passwordInUrl');
  const name = environment === undefined ? workflow.name : `${workflow.name}-${environment}`;
  return { name, text: argoApplication({ ...request, name, namespace }) };
}

/** The Application by which Argo CD deploys a folder of a repository. */
export function argoApplication(request: ArgoRequest): string {
  return objectYaml({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: request.name, namespace: request.argoNamespace },
    spec: {
      project: request.project,
      source: { repoURL: request.repository, targetRevision: request.revision, path: request.path },
      destination: { server: request.server, namespace: request.namespace },
      syncPolicy: {
        ...(request.automated ? { automated: { prune: false, selfHeal: true } } : {}),
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
      },
    },
  });
}

const yamlOptions = { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

function kustomization(body: JsonObject): string {
  return stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...body }, yamlOptions);
}

function exported(objects: readonly RenderedObject[]): { readonly kept: readonly KubeObject[]; readonly leftOut: readonly ObjectRef[] } {
  const isKept = ({ secretKeys, sealed }: RenderedObject): boolean => secretKeys.length === 0 && sealed === undefined;
  return {
    kept: objects.filter(isKept).map(({ object }) => withoutOwnership(object)),
    leftOut: objects.filter((one) => !isKept(one)).map(({ object }) => refOf(object)),
  };
}

/** Whoever applies the files manages the objects, and not a run of ours. Labels of pods stay: another one would replace the pods. */
function withoutOwnership({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const labels = Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([label]) => !owningLabels.includes(label)));
  const { labels: _labels, ...more } = metadata;
  return { apiVersion, kind, metadata: { ...more, ...(Object.keys(labels).length === 0 ? {} : { labels }) }, ...rest };
}

/** Kustomize sets the namespace of its folder. */
function withoutNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (namespace === undefined || object.metadata.namespace !== namespace) return object;
  const { namespace: _namespace, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function keyOf(object: KubeObject): string {
  return refKey(refOf(object));
}

/** A file for each object, none of the same name, whatever the file system makes of upper and lower case. */
function filesOf(objects: readonly KubeObject[]): readonly { readonly file: string; readonly object: KubeObject }[] {
  const taken = new Set<string>();
  return objects.map((object) => {
    const wished = `${object.metadata.name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${object.kind}`.toLowerCase().slice(0, 200);
    let name = wished;
    for (let number = 2; taken.has(name); number += 1) name = `${wished}-${String(number)}`;
    taken.add(name);
    return { file: `${name}.yaml`, object };
  });
}

/** What makes `wanted` of `from`: by the API's own keys of lists where its structure is known, else with lists as wholes. */
function patchOf(openApi: OpenApi, from: KubeObject, wanted: KubeObject): JsonObject | undefined {
  const [a, b] = [from, wanted].map((object) => object as unknown as JsonObject) as [JsonObject, JsonObject];
  if (sameJson(a, b)) return undefined;
  const isKnown = openApi.schemaOf(from.apiVersion, from.kind) !== undefined;
  const patch = isKnown ? patchBetween(a, b, sameJson) : difference(a, b);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = isJsonObject(patch) ? patch : b;
  return { apiVersion: from.apiVersion, kind: from.kind, metadata: { ...identityOf(from), ...(isJsonObject(metadata) ? metadata : {}) }, ...rest };
}

function identityOf({ metadata: { name, namespace } }: KubeObject): JsonObject {
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function difference(from: JsonValue | undefined, to: JsonValue | undefined): JsonValue | undefined {
  if (sameJson(from, to)) return undefined;
  if (to === undefined) return null;
  if (!isJsonObject(from) || !isJsonObject(to)) return to;
  const made = jsonObject();
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const change = difference(valueAt(from, [key]), valueAt(to, [key]));
    if (change !== undefined) made[key] = change;
  }
  return made;
}
