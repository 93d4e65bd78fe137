// Makes src/openapi/data/kubernetes.json: `node src/build/openapiData.mjs` (needs Go; about 10 s with a warm module cache).
//
// Source: the Go module k8s.io/kubernetes at the version below (Apache-2.0), its `api/discovery` documents (resources, verbs,
// short names), `api/openapi-spec/v3` (schemas) and `pkg/generated/openapi` (enumerations, which the spec files leave out and
// a running server adds). Only structure is carried over: types, formats, enumerations, defaults, required fields and the
// x-kubernetes-* extensions; no description is. To move to another Kubernetes, change the version, run it, read the diff:
// the file has one resource and one schema a line, sorted.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = 'v1.36.3';
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = join(root, 'src/openapi/data/kubernetes.json');

/** Group versions and the kinds that are kept of each. */
const wanted = {
  v1: [
    'ConfigMap',
    'Endpoints',
    'Event',
    'LimitRange',
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'ReplicationController',
    'ResourceQuota',
    'Secret',
    'Service',
    'ServiceAccount',
  ],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apps/v1': ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  'authentication.k8s.io/v1': ['SelfSubjectReview', 'TokenReview'],
  'authorization.k8s.io/v1': ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['CronJob', 'Job'],
  'coordination.k8s.io/v1': ['Lease'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'events.k8s.io/v1': ['Event'],
  'networking.k8s.io/v1': ['Ingress', 'IngressClass', 'NetworkPolicy'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'storage.k8s.io/v1': ['StorageClass'],
};

const metaKinds = ['DeleteOptions', 'Status', 'WatchEvent'].map((kind) => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`);

const moduleFolder = (name) => JSON.parse(execFileSync('go', ['mod', 'download', '-json', name], { encoding: 'utf8', cwd: '/' })).Dir;
const module = moduleFolder(`k8s.io/kubernetes@${version}`);
const stagingVersion = version.replace(/^v1/, 'v0');
const fileNameOf = (groupVersion) => (groupVersion.includes('/') ? `apis__${groupVersion.replace('/', '__')}` : `api__${groupVersion}`);
const readJson = (...path) => JSON.parse(readFileSync(join(module, ...path), 'utf8'));
const partsOf = (groupVersion) => (groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]);

const allSchemas = {};
const resources = [];
const roots = new Set(metaKinds);

for (const [groupVersion, kinds] of Object.entries(wanted)) {
  const [group, apiVersion] = partsOf(groupVersion);
  const spec = readJson('api/openapi-spec/v3', `${fileNameOf(groupVersion)}_openapi.json`);
  for (const [name, schema] of Object.entries(spec.components.schemas)) allSchemas[name] ??= schema;
  const schemaOf = (g, v, kind) =>
    Object.entries(allSchemas).find(([, schema]) =>
      schema['x-kubernetes-group-version-kind']?.some((gvk) => gvk.group === g && gvk.version === v && gvk.kind === kind),
    )?.[0];
  const listed = readJson('api/discovery', `${fileNameOf(groupVersion)}.json`).resources;
  for (const kind of kinds) {
    const resource = listed.find((one) => one.kind === kind && !one.name.includes('/'));
    const schema = schemaOf(group, apiVersion, kind);
    if (resource === undefined || schema === undefined) throw new Error(`${groupVersion} ${kind} is in no document of ${version}`);
    const list = schemaOf(group, apiVersion, `${kind}List`);
    roots.add(schema);
    if (list !== undefined) roots.add(list);
    const subresources = listed
      .filter((one) => one.name.startsWith(`${resource.name}/`))
      .map((one) => {
        const made = {
          name: one.name.slice(resource.name.length + 1),
          group: one.group ?? group,
          version: one.version ?? apiVersion,
          kind: one.kind,
          verbs: one.verbs,
        };
        const own = schemaOf(made.group, made.version, made.kind);
        if (own !== undefined) roots.add(own);
        return made;
      });
    resources.push({
      group,
      version: apiVersion,
      kind,
      plural: resource.name,
      singular: resource.singularName,
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      subresources,
      schema,
    });
  }
}

addEnumerations(allSchemas, readFileSync(join(module, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8'));

const groupVersions = new Set([...Object.keys(wanted), 'autoscaling/v1', 'policy/v1']);
const kept = {};
const queue = [...roots];
while (queue.length > 0) {
  const name = queue.pop();
  if (name in kept) continue;
  const schema = allSchemas[name];
  if (schema === undefined) throw new Error(`no schema named ${name}`);
  kept[name] = trimmed(schema);
  for (const [, found] of JSON.stringify(kept[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) queue.push(found);
}

const encoding = encodingRules(Object.keys(kept).sort(compare));
const lines = (entries) => entries.map((entry) => `    ${entry}`).join(',\n');
const sortedResources = resources.sort((a, b) => compare(`${a.group}/${a.version}/${a.plural}`, `${b.group}/${b.version}/${b.plural}`));
writeFileSync(
  target,
  `{\n  "version": ${JSON.stringify(version)},\n  "resources": [\n${lines(sortedResources.map((one) => JSON.stringify(one)))}\n  ],\n  "schemas": {\n${lines(
    Object.keys(kept)
      .sort(compare)
      .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(kept[name])}`),
  )}\n  },\n  "encoding": {\n${lines(Object.entries(encoding).map(([name, rules]) => `${JSON.stringify(name)}: ${JSON.stringify(rules)}`))}\n  }\n}\n`,
);
console.log(`${resources.length} resources, ${Object.keys(kept).length} schemas, ${Math.round(readFileSync(target).length / 1024)} KiB`);

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A schema without prose, its keys in a stable order. */
function trimmed(schema) {
  const made = {};
  for (const key of Object.keys(schema).sort(compare)) {
    const value = schema[key];
    if (key === 'description') continue;
    if (key === 'properties')
      made[key] = Object.fromEntries(
        Object.keys(value)
          .sort(compare)
          .map((name) => [name, trimmed(value[name])]),
      );
    else if (key === 'allOf' || key === 'oneOf') made[key] = value.map(trimmed);
    else if ((key === 'items' || key === 'additionalProperties') && typeof value === 'object') made[key] = trimmed(value);
    else if (key === 'x-kubernetes-group-version-kind') {
      made[key] = value.filter((gvk) => groupVersions.has(gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`));
    } else made[key] = value;
  }
  return made;
}

/**
 * Enumerations stand in the generated Go code as `Enum: []interface{}{"A", "B"}` below the property they belong to. The
 * code is machine-made, so its indentation (in tabs) tells a property (5) from a value of it (7) and from its items or values (more).
 */
function addEnumerations(schemas, source) {
  let schema;
  let property;
  for (const line of source.split('\n')) {
    const start = /^func schema_k8sio_(\w+)\(ref /.exec(line);
    if (start) {
      const flat = `k8sio_${start[1]}`;
      schema = Object.entries(schemas).find(([name]) => name.replace(/^io\.k8s\./, 'k8sio.').replaceAll('.', '_') === flat)?.[1];
      property = undefined;
      continue;
    }
    if (schema === undefined) continue;
    const named = /^\t{5}"([^"]+)": \{$/.exec(line);
    if (named) property = schema.properties?.[named[1]];
    const values = /^(\t+)Enum: +\[\]interface\{\}\{(.*)\},$/.exec(line);
    if (!values || property === undefined) continue;
    const owner = values[1].length === 7 ? property : (property.items ?? property.additionalProperties);
    if (owner === undefined) throw new Error(`an enumeration without a place: ${line}`);
    owner.enum = JSON.parse(`[${values[2]}]`);
  }
}

/**
 * How the server's Go types write fields that are zero or absent. A scalar behind a pointer keeps its zero (`replicas: 0`),
 * one without loses it; a slice, map or pointer without `omitempty`, and a plain Time, is written as null when absent.
 */
function encodingRules(names) {
  const api = moduleFolder(`k8s.io/api@${stagingVersion}`);
  const machinery = moduleFolder(`k8s.io/apimachinery@${stagingVersion}`);
  const extensions = moduleFolder(`k8s.io/apiextensions-apiserver@${stagingVersion}`);
  const packages = new Map();
  const structsOf = (folder) => {
    if (!packages.has(folder)) {
      const files = readdirSync(folder).filter((file) => /^types(_\w+)?\.go$/.test(file));
      packages.set(folder, goStructs(files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')));
    }
    return packages.get(folder);
  };
  const rules = {};
  for (const name of names) {
    const found = /^io\.k8s\.(api|apimachinery\.pkg\.apis|apiextensions-apiserver\.pkg\.apis)\.(\w+)\.(\w+)\.(\w+)$/.exec(name);
    if (!found) continue;
    const folders = { api, 'apimachinery.pkg.apis': join(machinery, 'pkg/apis'), 'apiextensions-apiserver.pkg.apis': join(extensions, 'pkg/apis') };
    const structs = structsOf(join(folders[found[1]], found[2], found[3]));
    const keepsZero = [];
    const writesNull = [];
    for (const field of flattened(structs, found[4])) {
      const property = kept[name].properties?.[field.json];
      if (property === undefined) continue;
      const container = property.type === 'array' || property.type === 'object';
      const pointer = field.type.startsWith('*');
      if (!field.omitEmpty && (pointer || container)) writesNull.push(field.json);
      else if (/^(metav1\.)?(Micro)?Time$/.test(field.type) && !field.omitZero) writesNull.push(field.json);
      else if (pointer && !container) keepsZero.push(field.json);
    }
    if (keepsZero.length + writesNull.length > 0) rules[name] = { keepsZero: keepsZero.sort(compare), writesNull: writesNull.sort(compare) };
  }
  return rules;
}

function goStructs(source) {
  const structs = new Map();
  let fields;
  for (const line of source.split('\n')) {
    const start = /^type (\w+) struct \{/.exec(line);
    if (start) structs.set(start[1], (fields = []));
    else if (line.startsWith('}')) fields = undefined;
    const field = fields && /^\t(?:(\w+)\s+)?([^\s`]+)\s+`.*?json:"([^",]*)([^"]*)"/.exec(line);
    if (field)
      fields.push({
        type: field[2],
        json: field[3],
        inline: field[3] === '' && field[4].includes('inline'),
        omitEmpty: field[4].includes('omitempty'),
        omitZero: field[4].includes('omitzero'),
      });
  }
  return structs;
}

function flattened(structs, name) {
  return (structs.get(name) ?? []).flatMap((field) => (field.inline ? flattened(structs, field.type) : [field]));
}
