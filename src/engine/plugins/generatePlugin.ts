import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt, withValueAt } from '../../shared/json';
import type { PluginCategory } from '../../shared/plugin';
import { mapText, usualWriting } from '../document/yamlText';
import { oneLine } from '../status/verdict';
import type { CustomDefinitionSource } from './customDefinition';

/** A generated form must stay one that a person can read; what is left out can be set by `patch`. */
const maxFields = 60;
const maxDepth = 5;

/** A plugin file for a custom kind. */
export interface GeneratedPlugin {
  /** The plugin's name, which the file should have too. */
  readonly name: string;
  readonly text: string;
}

/** Writes a plugin for a kind: names as the definition has them, a field for each plain value of its spec, and health by what its status says. */
export function generatedPlugin(source: CustomDefinitionSource): GeneratedPlugin {
  const { group, version, kind, plural, scope } = source;
  const name = kind
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4')
    .toLowerCase()
    .slice(0, 63);
  // A kind called like one of KubeOrch's own (a Knative Service) needs another name; the group's first word tells them apart.
  const free = taken.has(name) ? `${group.split('.')[0]?.replace(/[^a-z0-9-]/g, '') ?? 'custom'}-${name}`.slice(0, 63) : name;
  const category = categoryOf(`${group} ${kind}`.toLowerCase());
  const root = resolvedSchema(source, source.schema, 0);
  const spec = new SpecFields(source);
  spec.take(resolvedSchema(source, propertyOf(root, 'spec'), 0), ['spec'], true);
  const health = healthOf(source, root);
  const content = jsonObject([
    ['name', free],
    ['displayName', kind.replace(/([a-z0-9])([A-Z])/g, '$1 $2')],
    ['description', sentenceOf(root) || `${kind} of ${group}.`],
    ['version', '1.0.0'],
    ['category', category],
    ['icon', icons[category]],
    ['crd', { group, version, kind, plural, scope }],
    ['fields', spec.fields],
    ['template', spec.template],
    ...(health.length === 0 ? [] : [['health', health] as const]),
  ]);
  const notes = [
    `# ${kind} of ${group}, from its definition. Change what you like: labels, descriptions, defaults, which fields there are.`,
    ...(spec.left.length === 0
      ? []
      : [
          '# Not in the form, because they are lists, maps or too deep; set them in the template, or in a node by "patch":',
          ...wrapped(spec.left.slice(0, 40)),
        ]),
  ];
  return { name: free, text: `${notes.join('\n')}\n${mapText(content, 0, usualWriting)}\n` };
}

const taken: ReadonlySet<string> = new Set([
  ...['configmap', 'cronjob', 'daemonset', 'deployment', 'gate', 'hpa', 'ingress', 'job', 'manifest', 'namespace', 'networkpolicy', 'persistentvolumeclaim'],
  ...['poddisruptionbudget', 'plugin', 'role', 'secret', 'service', 'serviceaccount', 'statefulset', 'helm', 'kustomize'],
]);

class SpecFields {
  readonly fields: JsonObject[] = [];
  readonly left: string[] = [];
  template: JsonObject = jsonObject();
  readonly #names = new Set<string>();
  readonly #source: CustomDefinitionSource;

  constructor(source: CustomDefinitionSource) {
    this.#source = source;
  }

  /** Takes the properties of an object; `required` says whether the object itself must be there. Required ones come first. */
  take(schema: JsonObject | undefined, path: JsonPath, required: boolean): void {
    const properties = schema?.['properties'];
    if (!isJsonObject(properties)) return;
    const needed = new Set(Array.isArray(schema?.['required']) ? (schema['required'] as readonly JsonValue[]) : []);
    const keys = Object.keys(properties).sort((a, b) => Number(needed.has(b)) - Number(needed.has(a)));
    for (const key of keys) {
      const at = [...path, key];
      const property = resolvedSchema(this.#source, properties[key], 0);
      if (property === undefined) continue;
      const isNeeded = required && needed.has(key);
      const type = isSecretReference(property, at) ? 'secret' : fieldTypeOf(property, key);
      if (type !== undefined) this.#add(type, property, at, isNeeded);
      else if (isJsonObject(property['properties']) && at.length <= maxDepth) this.take(property, at, isNeeded);
      else this.left.push(at.join('.'));
    }
  }

  #add(type: string, schema: JsonObject, path: JsonPath, required: boolean): void {
    if (this.fields.length >= maxFields) {
      this.left.push(path.join('.'));
      return;
    }
    const name = this.#nameFor(path);
    const choices = type === 'select' ? enumOf(schema) : [];
    const given = schema['default'];
    const preset = given === undefined || given === null || typeof given === 'object' ? '' : ` The cluster's default is ${oneLine(String(given))}.`;
    const [min, max] = [schema['minimum'], schema['maximum']];
    this.fields.push(
      jsonObject([
        ['name', name],
        ['label', labelOf(path)],
        ['type', type],
        ...(required ? [['required', true] as const] : []),
        ...(schema['type'] === 'integer' && type === 'number' ? [['integer', true] as const] : []),
        ...(type === 'number' && typeof min === 'number' ? [['min', min] as const] : []),
        ...(type === 'number' && typeof max === 'number' ? [['max', max] as const] : []),
        ...(choices.length === 0 ? [] : [['options', choices] as const]),
        ...(`${sentenceOf(schema)}${preset}` === '' ? [] : [['description', `${sentenceOf(schema)}${preset}`.trim()] as const]),
      ]),
    );
    // A key that begins with "$" would be a directive; values that are none leave their place out.
    const place = path.map((step) => (typeof step === 'string' && step.startsWith('$') ? `$${step}` : step));
    this.template = withValueAt(this.template, place, `\${ fields.?${name} }`) as JsonObject;
  }

  /** `spec.storage.size` is called `storageSize`. */
  #nameFor(path: JsonPath): string {
    const words = path.slice(1).flatMap((step) =>
      String(step)
        .split(/[^A-Za-z0-9]+/)
        .filter((word) => word !== ''),
    );
    const joined = words.map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`)).join('');
    const base = (/^[A-Za-z]/.test(joined) ? joined : `field${joined}`).slice(0, 58);
    let name = base;
    for (let number = 2; this.#names.has(name); number += 1) name = `${base}${number}`;
    this.#names.add(name);
    return name;
  }
}

function fieldTypeOf(schema: JsonObject, key: string): 'string' | 'number' | 'boolean' | 'select' | 'textarea' | undefined {
  if (enumOf(schema).length > 0) return 'select';
  switch (schema['type']) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string': {
      const most = schema['maxLength'];
      const isLong =
        /(?:script|config|configuration|yaml|json|sql|query|manifest|certificate|pem|content|policy)$/i.test(key) || (typeof most === 'number' && most > 500);
      return isLong && schema['format'] === undefined ? 'textarea' : 'string';
    }
    default:
      return schema['x-kubernetes-int-or-string'] === true ? (typeof schema['default'] === 'number' ? 'number' : 'string') : undefined;
  }
}

function enumOf(schema: JsonObject): readonly (string | number | boolean)[] {
  const values = Array.isArray(schema['enum']) ? (schema['enum'] as readonly JsonValue[]) : [];
  return values.filter((value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean').slice(0, 200);
}

/** `{ name, key }`, called or described as something of a Secret. */
function isSecretReference(schema: JsonObject, path: JsonPath): boolean {
  const { properties } = schema;
  if (!isJsonObject(properties)) return false;
  const keys = Object.keys(properties);
  const isReference = keys.includes('name') && keys.includes('key') && keys.every((key) => ['name', 'key', 'optional'].includes(key));
  return isReference && /secret|password|token|credential/i.test(`${path.join(' ')} ${typeof schema['description'] === 'string' ? schema['description'] : ''}`);
}

function propertyOf(schema: JsonObject | undefined, key: string): JsonValue | undefined {
  return valueAt(schema, ['properties', key]);
}

/** A schema with its reference followed; one that refers to itself ends somewhere. */
function resolvedSchema(source: CustomDefinitionSource, schema: JsonValue | undefined, depth: number): JsonObject | undefined {
  if (!isJsonObject(schema) || depth > 10) return undefined;
  const one = Array.isArray(schema['allOf']) && schema['allOf'].length === 1 ? (schema['allOf'] as readonly JsonValue[])[0] : undefined;
  const reference = schema['$ref'] ?? (isJsonObject(one) ? one['$ref'] : undefined);
  if (typeof reference !== 'string') return schema;
  const target = resolvedSchema(source, valueAt(source.components, [reference.slice(reference.lastIndexOf('/') + 1)]), depth + 1);
  return target === undefined ? undefined : { ...target, ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}) };
}

/** The first sentence of a description, on one line. */
function sentenceOf(schema: JsonObject | undefined): string {
  const text = typeof schema?.['description'] === 'string' ? oneLine(schema['description']).replace(/\s+/g, ' ') : '';
  const first = /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
  return first.length <= 200 ? first : `${first.slice(0, 199)}…`;
}

/** `storage.storageClassName` is shown as "Storage class name". */
function labelOf(path: JsonPath): string {
  const last = String(path.at(-1) ?? '');
  const parent = path.length > 2 ? `${String(path.at(-2))} ` : '';
  const words = `${parent}${last}`
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_.]+/g, ' ')
    .toLowerCase();
  return oneLine(`${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`).slice(0, 80);
}

const bad = ['Failed', 'Failure', 'Error', 'Errored', 'Degraded', 'Unhealthy', 'Invalid', 'Lost', 'Stalled'];
const good = ['Running', 'Ready', 'Active', 'Healthy', 'Available', 'Bound', 'Succeeded', 'Success', 'Completed', 'Complete', 'Established', 'Deployed'];
const paused = ['Paused', 'Suspended', 'Stopped'];

/** Rules by the condition or the phase that `kubectl get` shows; the usual conditions need none. */
function healthOf(source: CustomDefinitionSource, root: JsonObject | undefined): readonly JsonObject[] {
  const conditions = source.columns.flatMap(
    ({ jsonPath }) => /^\.?status\.conditions\[\?\(@\.type\s*==\s*["']([A-Za-z][A-Za-z0-9]*)["']\)\]/.exec(jsonPath)?.[1] ?? [],
  );
  const types = [...new Set(conditions)].filter((type) => type !== 'Ready' && type !== 'Available').slice(0, 8);
  const said = (type: string): string => `\${ conditions.${type}.message }`;
  const rules: JsonObject[] = [
    ...types.filter((type) => bad.includes(type)).map((type) => ({ when: `conditions.${type}.status == "True"`, state: 'error', message: said(type) })),
    ...types.filter((type) => !bad.includes(type)).map((type) => ({ when: `conditions.${type}.status == "False"`, state: 'pending', message: said(type) })),
    ...types.filter((type) => !bad.includes(type)).map((type) => ({ when: `conditions.${type}.status == "True"`, state: 'healthy', message: said(type) })),
  ];
  const status = resolvedSchema(source, propertyOf(root, 'status'), 0);
  const names = ['phase', 'state', 'status', 'health'];
  const phase =
    names.find((name) => source.columns.some(({ jsonPath }) => /^\.?status\.(\w+)$/.exec(jsonPath)?.[1] === name)) ??
    names.find((name) => isJsonObject(propertyOf(status, name)));
  const schema = phase === undefined ? undefined : resolvedSchema(source, propertyOf(status, phase), 0);
  if (phase === undefined || (schema !== undefined && schema['type'] !== 'string')) return rules;
  const known = schema === undefined ? [] : enumOf(schema).map(String);
  const among = (words: readonly string[]): readonly string[] =>
    known.length === 0 ? words : known.filter((word) => words.some((one) => one.toLowerCase() === word.toLowerCase()));
  const rule = (words: readonly string[], state: string): readonly JsonObject[] =>
    words.length === 0 ? [] : [{ when: `status.${phase} in ${JSON.stringify(words)}`, state, message: `\${ status.${phase} }` }];
  return [
    ...rules,
    ...rule(among(bad), 'error'),
    ...rule(among(paused), 'suspended'),
    ...rule(among(good), 'healthy'),
    { when: `has(status.${phase}) && status.${phase} != ""`, state: 'pending', message: `\${ status.${phase} }` },
  ];
}

const words: readonly (readonly [PluginCategory, RegExp])[] = [
  ['backup', /backup|restore|snapshot/],
  ['database', /postgres|mysql|maria|mongo|redis|sql|database|cassandra|elastic|etcd|cockroach|clickhouse/],
  ['messaging', /kafka|rabbit|nats|queue|topic|pulsar|broker/],
  ['security', /cert|vault|secret|issuer|auth|keycloak|falco/],
  ['monitoring', /monitor|prometheus|alert|grafana|telemetry|trace|logging/],
  ['scaling', /scal/],
  ['networking', /gateway|route|ingress|dns|network|proxy|mesh|istio|traefik|service/],
  ['storage', /volume|storage|bucket|ceph|longhorn/],
  ['virtualization', /virtualmachine|kubevirt|machine/],
  ['ml', /model|train|inference|notebook|ray|kubeflow/],
  ['policy', /policy|constraint/],
  ['ci-cd', /pipeline|argoproj|flux|build|release|tekton|application/],
];

function categoryOf(text: string): PluginCategory {
  return words.find(([, pattern]) => pattern.test(text))?.[0] ?? 'workflow';
}

const icons: Readonly<Record<PluginCategory, string>> = {
  virtualization: 'vm',
  networking: 'globe',
  storage: 'archive',
  monitoring: 'pulse',
  security: 'shield',
  workflow: 'extensions',
  database: 'database',
  messaging: 'mail',
  backup: 'save',
  'ci-cd': 'rocket',
  ml: 'beaker',
  policy: 'law',
  scaling: 'graph-line',
};

/** Words as lines of comments. */
function wrapped(items: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const item of items.map((one) => oneLine(one))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length < 130) lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(`#   ${item}`);
  }
  return lines;
}
