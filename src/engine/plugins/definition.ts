import type { CatalogField, CatalogHandle, CatalogKind, CatalogRelation } from '../../shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { PluginFieldType } from '../../shared/plugin';
import { pluginCategories, pluginFieldTypes } from '../../shared/plugin';
import { dnsLabel, dnsSubdomain } from '../../shared/workflow';
import { maxFileLength, placedData } from '../fileProblems';
import type { FileProblem } from '../fileProblems';
import type { Template } from '../template/parse';
import { TemplateError, templateInFile } from '../template/parse';
import type { HealthRules } from './healthRules';
import { healthRules, HealthRuleError } from './healthRules';
import { own, PluginReader } from './pluginReader';

const maxFields = 200;
const maxRelations = 50;

const pluginKeys = [
  ...['apiVersion', 'kind', 'name', 'displayName', 'description', 'version', 'category', 'icon', 'tags', 'docs', 'defaultName'],
  ...['crd', 'fields', 'template', 'health', 'relations', 'handles', 'summary'],
];
const crdKeys = ['group', 'version', 'kind', 'plural', 'scope'];
const fieldKeys = ['name', 'label', 'description', 'type', 'required', 'default', 'options', 'min', 'max', 'integer', 'placeholder', 'section'];

/** A plugin as its file defines it: one more kind of node, with the template and the health of its objects. */
export interface PluginDefinition {
  readonly kind: CatalogKind;
  readonly template: Template;
  readonly health: HealthRules | undefined;
}

export interface PluginReading {
  /** Undefined when something is wrong that leaves no sound plugin. */
  readonly plugin: PluginDefinition | undefined;
  /** The name that the file gives, as far as it could be read: nodes of that type are told why they have no kind. */
  readonly name: string;
  readonly problems: readonly FileProblem[];
}

/** Reads a plugin file. Never throws; everything that is wrong is a problem with its place in the file. */
export function readPlugin(file: string, text: string, partials: ReadonlyMap<string, Template> = new Map()): PluginReading {
  const tooLong = text.length > maxFileLength;
  const placed = placedData(tooLong ? '' : text);
  const reader = new PluginReader(file, placed);
  if (tooLong) reader.add('yaml.tooLarge', { size: String(text.length), limit: String(maxFileLength) }, []);
  for (const problem of placed.problems) reader.problems.push({ ...problem, file, inWorkspace: true });
  const isMap = isJsonObject(placed.data);
  const written = isMap ? own(placed.data, 'name') : undefined;
  const name = typeof written === 'string' ? written : '';
  if (!isMap && !reader.hasErrors) reader.add('plugin.notAMap', {}, []);
  if (reader.hasErrors || !isMap) return { plugin: undefined, name, problems: reader.problems };

  const kind = kindOf(reader, reader.map(placed.data, [], pluginKeys, 'a plugin'));
  const template = templateOf(reader, { name: file, text }, placed.data, kind.fields, partials);
  const health = healthOf(reader, { name: file, text }, own(placed.data, 'health'));
  const plugin = reader.hasErrors || template === undefined ? undefined : { kind, template, health };
  return { plugin, name, problems: reader.problems };
}

const pluginName = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function kindOf(reader: PluginReader, root: JsonObject): CatalogKind {
  const apiVersion = own(root, 'apiVersion');
  if (apiVersion !== undefined && apiVersion !== 'kubeorch.dev/v1alpha1')
    reader.add('document.apiVersion', { found: typeof apiVersion === 'string' ? apiVersion : '…', expected: 'kubeorch.dev/v1alpha1' }, ['apiVersion']);
  reader.oneOf(root, [], 'kind', ['Plugin'], 'Plugin');
  const type = reader.text(root, [], 'name', { pattern: pluginName, rule: 'lower-case letters, digits and "-", at most 63, beginning with a letter' });
  const displayName = reader.text(root, [], 'displayName', { fallback: type });
  const crd = crdOf(reader, root);
  const fields = fieldsOf(reader, root);
  const defaultName = reader.text(root, [], 'defaultName', {
    fallback: `my-${type}`.slice(0, 63).replace(/-+$/, ''),
    pattern: dnsLabel,
    rule: 'lower-case letters, digits and "-", at most 63',
  });
  const docs = reader.text(root, [], 'docs', { fallback: '', pattern: /^https:\/\/[^\s"'<>\\]+$/, rule: 'an address that begins with https://' });
  const summary = reader.list(own(root, 'summary'), ['summary'], 10).map((item, index) => {
    const isField = fields.some((field) => field.name === item);
    if (!isField) reader.add('plugin.invalid', { field: `summary[${index}]`, detail: 'it names a field of the plugin' }, ['summary', index]);
    return `fields.${typeof item === 'string' ? item : ''}`;
  });
  return {
    type,
    displayName,
    description: reader.text(root, [], 'description', { fallback: `${crd.kind} of ${crd.group}.` }),
    icon: reader.text(root, [], 'icon', { fallback: 'extensions', pattern: /^[a-z][-a-z0-9]{0,40}$/, rule: "a codicon's name" }),
    category: reader.oneOf(root, [], 'category', pluginCategories) ?? 'workflow',
    version: reader.text(root, [], 'version', { fallback: '1.0.0' }),
    tags: ['plugin', ...reader.list(own(root, 'tags'), ['tags'], 20).filter((tag) => typeof tag === 'string')],
    usageFrequency: 'medium',
    difficulty: 'medium',
    defaultName,
    apiVersion: `${crd.group}/${crd.version}`,
    kind: crd.kind,
    namespaced: crd.scope === 'Namespaced',
    fields: [
      {
        name: 'fields',
        label: 'Settings',
        description: `The settings of ${displayName}.`,
        type: 'object',
        required: false,
        // Defaults inside count even when the file says nothing at all.
        default: {},
        fields,
      },
    ],
    handles: handlesOf(reader, root),
    relations: relationsOf(reader, root),
    origin: 'plugin',
    summary: summary.length > 0 ? summary : fields.slice(0, 3).flatMap((field) => (field.type === 'object' ? [] : [`fields.${field.name}`])),
    crd: { group: crd.group, version: crd.version, plural: crd.plural, scope: crd.scope, ...(docs === '' ? {} : { docs }) },
  };
}

interface CrdNames {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

function crdOf(reader: PluginReader, root: JsonObject): CrdNames {
  const path = ['crd'];
  if (own(root, 'crd') === undefined) {
    reader.missing([], 'crd');
    return { group: '', version: '', kind: '', plural: '', scope: 'Namespaced' };
  }
  const crd = reader.map(own(root, 'crd'), path, crdKeys, '"crd"');
  return {
    group: reader.text(crd, path, 'group', { pattern: dnsSubdomain, rule: 'a group such as "example.com"' }),
    version: reader.text(crd, path, 'version', { pattern: /^v[1-9][0-9]*(?:(?:alpha|beta)[1-9][0-9]*)?$/, rule: 'a version such as "v1" or "v1beta1"' }),
    kind: reader.text(crd, path, 'kind', { pattern: /^[A-Z][A-Za-z0-9]{0,62}$/, rule: 'a kind such as "Certificate"' }),
    plural: reader.text(crd, path, 'plural', { pattern: /^[a-z][-a-z0-9]{0,62}$/, rule: 'the lower-case plural such as "certificates"' }),
    scope: reader.oneOf(crd, path, 'scope', ['Namespaced', 'Cluster'], 'Namespaced') ?? 'Namespaced',
  };
}

/** Names that would mean something else where expressions use them. */
const fieldName = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

function fieldsOf(reader: PluginReader, root: JsonObject): readonly CatalogField[] {
  const found: CatalogField[] = [];
  const names = new Set<string>();
  reader.list(own(root, 'fields'), ['fields'], maxFields).forEach((item, index) => {
    const path = ['fields', index];
    if (!isJsonObject(item)) return reader.wrongType(path, 'a map');
    const field = fieldOf(reader, reader.map(item, path, fieldKeys, 'a field'), path);
    if (field.name !== '' && names.has(field.name))
      reader.add('plugin.invalid', { field: `fields[${index}].name`, detail: 'the field stands there twice' }, [...path, 'name']);
    names.add(field.name);
    found.push(field);
  });
  return found;
}

const catalogTypes: Readonly<Record<PluginFieldType, CatalogField['type']>> = {
  string: 'string',
  textarea: 'text',
  number: 'number',
  boolean: 'boolean',
  select: 'select',
  secret: 'object',
};

/** A secret is never in the file: it is a key of a Secret, or one of KubeOrch's own secret store when no Secret is named. */
const secretFields: readonly CatalogField[] = [
  {
    name: 'secret',
    label: 'Secret',
    description: 'A secret node of this workflow, or the name of a Secret that is there. Empty: KubeOrch asks for the value and makes the Secret.',
    type: 'string',
    required: false,
    format: 'name',
  },
  { name: 'key', label: 'Key', description: 'The key inside the Secret.', type: 'string', required: true, format: 'key' },
];

function fieldOf(reader: PluginReader, item: JsonObject, path: JsonPath): CatalogField {
  const name = reader.text(item, path, 'name', { pattern: fieldName, rule: 'a word of letters and digits, beginning with a letter' });
  const type = reader.oneOf(item, path, 'type', pluginFieldTypes, 'string') ?? 'string';
  const [min, max] = [reader.number(item, path, 'min'), reader.number(item, path, 'max')];
  const integer = reader.flag(item, path, 'integer');
  if (min !== undefined && max !== undefined && min > max) reader.add('plugin.invalid', { field: 'min', detail: '"min" is above "max"' }, [...path, 'min']);
  for (const key of ['min', 'max', 'integer'])
    if (own(item, key) !== undefined && type !== 'number')
      reader.add('plugin.noEffect', { key, type: 'number' }, [...path, key], { severity: 'warning', what: 'key' });
  const section = reader.text(item, path, 'section', { fallback: '' });
  const placeholder = reader.text(item, path, 'placeholder', { fallback: '' });
  const described = reader.text(item, path, 'description', { fallback: '' });
  const options = type === 'select' ? optionsOf(reader, item, path) : undefined;
  const field: CatalogField = {
    name,
    label: reader.text(item, path, 'label', { fallback: name }),
    description: placeholder === '' ? described : `${described} For example: ${placeholder}`.trim(),
    type: catalogTypes[type],
    required: reader.flag(item, path, 'required'),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(integer ? { integer } : {}),
    ...(options === undefined ? {} : { options }),
    ...(section === '' ? {} : { section }),
    ...(type === 'secret' ? { fields: secretFields, secret: true } : {}),
  };
  const preset = defaultOf(reader, item, path, type, field);
  return preset === undefined ? field : { ...field, default: preset };
}

function optionsOf(reader: PluginReader, item: JsonObject, path: JsonPath): NonNullable<CatalogField['options']> {
  const at = [...path, 'options'];
  const options = reader.list(own(item, 'options'), at, 200).flatMap((option, index) => {
    const value = isJsonObject(option) ? own(option, 'value') : option;
    const label = isJsonObject(option) ? own(option, 'label') : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      reader.wrongType([...at, index], 'text, a number or a boolean, or a map with "value" and "label"');
      return [];
    }
    return [{ value, label: typeof label === 'string' ? label : String(value) }];
  });
  if (options.length === 0)
    reader.add('plugin.invalid', { field: 'options', detail: 'a select needs at least one' }, own(item, 'options') === undefined ? [...path, 'type'] : at);
  return options;
}

/** The default, when it is a value that the field itself would take. */
function defaultOf(reader: PluginReader, item: JsonObject, path: JsonPath, type: PluginFieldType, field: CatalogField): JsonValue | undefined {
  const value = own(item, 'default');
  const at = [...path, 'default'];
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case 'secret':
      reader.add('plugin.secretDefault', {}, at);
      return undefined;
    case 'number': {
      const fits = typeof value === 'number' && Number.isFinite(value) && (field.integer !== true || Number.isSafeInteger(value));
      if (!fits) reader.wrongType(at, field.integer === true ? 'a whole number' : 'a number');
      else if (value < (field.min ?? value) || value > (field.max ?? value))
        reader.add('node.outOfRange', { field: 'default', value: String(value), min: String(field.min ?? '-∞'), max: String(field.max ?? '∞') }, at);
      return value;
    }
    case 'boolean':
      if (typeof value !== 'boolean') reader.wrongType(at, 'true or false');
      return value;
    case 'select': {
      const options = field.options ?? [];
      if (!options.some((option) => option.value === value))
        reader.add(
          'node.notAnOption',
          { field: 'default', value: typeof value === 'object' ? '…' : String(value), options: options.map((one) => String(one.value)).join(', ') },
          at,
        );
      return value;
    }
    case 'string':
    case 'textarea':
      if (typeof value !== 'string') reader.wrongType(at, 'text; put it in quotes');
      return value;
  }
}

function handlesOf(reader: PluginReader, root: JsonObject): readonly CatalogHandle[] {
  const handles = reader.list(own(root, 'handles'), ['handles'], 20).map((item, index) => {
    const path = ['handles', index];
    if (!isJsonObject(item)) reader.wrongType(path, 'a map with "id" and "label"');
    const map = isJsonObject(item) ? reader.map(item, path, ['id', 'label'], 'a handle') : {};
    const id = reader.text(map, path, 'id', { pattern: fieldName, rule: 'a word of letters and digits' });
    return { id, label: reader.text(map, path, 'label', { fallback: id }) };
  });
  return handles.length > 0 ? handles : [{ id: 'out', label: 'Depends on' }];
}

/** Every plugin may depend on things; those that it names besides come first, so that they are what a drawn edge means. */
function relationsOf(reader: PluginReader, root: JsonObject): readonly CatalogRelation[] {
  return reader.list(own(root, 'relations'), ['relations'], maxRelations).flatMap((item, index) => {
    const path = ['relations', index];
    if (!isJsonObject(item)) {
      reader.wrongType(path, 'a map with "relation" and "to"');
      return [];
    }
    const map = reader.map(item, path, ['relation', 'to', 'order', 'label'], 'a relation');
    const relation = reader.text(map, path, 'relation', { pattern: /^[a-z][-a-z]{0,40}$/, rule: 'a word such as "uses"' });
    if (own(map, 'to') === undefined) reader.missing(path, 'to');
    const to = reader.list(own(map, 'to'), [...path, 'to'], 100).flatMap((type, at) => {
      if (typeof type === 'string') return [type];
      reader.wrongType([...path, 'to', at], 'the type of a node');
      return [];
    });
    const order = reader.oneOf(map, path, 'order', ['from-first', 'to-first', 'none'], 'to-first') ?? 'to-first';
    return [{ relation, to, order, label: reader.text(map, path, 'label', { fallback: relation }) }];
  });
}

/** Without a template of its own, a plugin's settings are the `spec` of the object, by their names and with their types. */
function templateOf(
  reader: PluginReader,
  file: Pick<Template, 'name' | 'text'>,
  root: JsonObject,
  fields: readonly CatalogField[],
  partials: ReadonlyMap<string, Template>,
): Template | undefined {
  const given = own(root, 'template');
  const usual = jsonObject([['spec', jsonObject((fields[0]?.fields ?? []).map((field) => [field.name, `\${ fields.?${field.name} }`]))]]);
  const path = ['template'];
  if (given !== undefined && !isJsonObject(given)) {
    reader.wrongType(path, 'a YAML tree, without "|" before it');
    return undefined;
  }
  try {
    return templateInFile(file, given ?? usual, path, partials);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    reader.add('plugin.invalid', { field: 'template', detail: error.detail }, error.path);
    return undefined;
  }
}

function healthOf(reader: PluginReader, file: Pick<Template, 'name' | 'text'>, value: JsonValue | undefined): HealthRules | undefined {
  const items = reader.list(value, ['health'], 20);
  if (items.length === 0) return undefined;
  const read = items.flatMap((item, index) => {
    const path = ['health', index];
    if (!isJsonObject(item)) {
      reader.wrongType(path, 'a map with "when" and "state"');
      return [];
    }
    const map = reader.map(item, path, ['when', 'state', 'message', 'reason'], 'a health rule');
    const state = reader.oneOf(map, path, 'state', ['healthy', 'pending', 'error', 'suspended']);
    const when = reader.text(map, path, 'when');
    return state === undefined || when === '' ? [] : [{ path, when, state, message: reader.text(map, path, 'message', { fallback: '' }) }];
  });
  if (reader.hasErrors) return undefined;
  try {
    return healthRules(file, read);
  } catch (error) {
    if (!(error instanceof HealthRuleError)) throw error;
    reader.add('plugin.invalid', { field: 'health', detail: error.message }, error.path);
    return undefined;
  }
}
