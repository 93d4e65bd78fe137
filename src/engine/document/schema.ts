import type { Catalog, CatalogField, CatalogKind } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { optionsField } from '../../shared/nodeOptions';
import { maxWorkflowNameLength } from '../../shared/workflow';
import type { KeyDoc } from './keyDocs';
import { edgeDocs, environmentDocs, groupDocs, nodeDocs, workflowDocs } from './keyDocs';

type Schema = Record<string, JsonValue>;

const labelPattern = '^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$';
const nodeId: Schema = { type: 'string', pattern: labelPattern };
const scalar: Schema = { type: ['string', 'number', 'boolean'] };

/**
 * The JSON Schema (draft-07) of workflow files with the kinds of a catalog. A type that the catalog does not have is allowed, because a
 * workspace may bring kinds of its own.
 */
export function workflowSchema(catalog: Catalog): JsonObject {
  const kinds = catalog.kinds;
  const shared = new SharedSchemas();
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'KubeOrch workflow',
    type: 'object',
    required: ['apiVersion', 'kind', 'name'],
    properties: properties(workflowDocs, {
      apiVersion: { const: 'kubeorch.dev/v1alpha1' },
      kind: { const: 'Workflow' },
      name: { type: 'string', pattern: labelPattern, maxLength: maxWorkflowNameLength },
      status: { enum: ['draft', 'published', 'archived'], default: 'draft' },
      tags: { type: ['array', 'null'], items: { type: 'string' } },
      environments: mapOf({ $ref: '#/definitions/environment' }),
      nodes: mapOf({ $ref: '#/definitions/node' }, nodeId),
      edges: { type: ['array', 'null'], items: { $ref: '#/definitions/edge' } },
      groups: mapOf({ $ref: '#/definitions/group' }),
      layout: mapOf({ type: 'array', items: [{ type: 'integer' }, { type: 'integer' }], minItems: 2, maxItems: 2 }),
    }),
    patternProperties: { '^x-': true },
    additionalProperties: false,
    definitions: {
      node: {
        type: 'object',
        required: ['type'],
        properties: properties(nodeDocs, {
          type: { anyOf: [...kinds.map((kind) => ({ const: kind.type, description: kind.description })), { type: 'string', minLength: 1 }] },
          labels: mapOf(scalar),
          annotations: mapOf(scalar),
          options: fieldSchema(optionsField, shared),
        }),
        allOf: kinds.map((kind) => ({
          if: { type: 'object', properties: { type: { const: kind.type } }, required: ['type'] },
          then: { $ref: `#/definitions/kind-${kind.type}` },
        })),
      },
      edge: {
        anyOf: [
          { type: 'string', pattern: '^\\s*[^\\s>]+\\s*->\\s*[^\\s>]+\\s*$' },
          {
            type: 'object',
            required: ['from', 'to'],
            properties: properties(edgeDocs, { relation: relationsOf(kinds), as: { enum: ['volume', 'env'] } }),
            patternProperties: { '^x-': true },
            additionalProperties: false,
          },
        ],
      },
      environment: {
        type: ['object', 'null'],
        properties: properties(environmentDocs, { set: mapOf({ type: ['object', 'null'] }) }),
        patternProperties: { '^x-': true },
        additionalProperties: false,
      },
      group: {
        type: ['object', 'null'],
        properties: properties(groupDocs, { nodes: { type: 'array', items: { type: 'string' } } }),
        patternProperties: { '^x-': true },
        additionalProperties: false,
      },
      ...Object.fromEntries(kinds.map((kind) => [`kind-${kind.type}`, kindSchema(kind, shared)])),
      ...shared.definitions,
    },
  };
}

/** The schema as the file that ships holds it. */
export function schemaText(catalog: Catalog): string {
  return `${JSON.stringify(workflowSchema(catalog), undefined, 2)}\n`;
}

/** Fields that many kinds have stand once, among the definitions; a pod's containers would make the file ten times as large. */
class SharedSchemas {
  readonly definitions: Schema = {};
  readonly #names = new Map<string, string>();

  of(field: CatalogField, schema: Schema): Schema {
    const text = JSON.stringify(schema);
    if (text.length < 300 || (field.type !== 'object' && field.type !== 'array' && field.type !== 'map')) return schema;
    let name = this.#names.get(text);
    for (let number = 1; name === undefined; number += 1) {
      const free = number === 1 ? `field-${field.name}` : `field-${field.name}-${number}`;
      if (Object.hasOwn(this.definitions, free)) continue;
      name = free;
      this.#names.set(text, name);
      this.definitions[name] = schema;
    }
    return { $ref: `#/definitions/${name}` };
  }
}

function kindSchema(kind: CatalogKind, shared: SharedSchemas): Schema {
  const known = [...nodeDocs.map((doc) => doc.key), ...kind.fields.map((field) => field.name)];
  const required = requiredOf(kind.fields);
  return {
    title: kind.displayName,
    description: kind.description,
    properties: Object.fromEntries(kind.fields.map((field) => [field.name, fieldSchema(field, shared)])),
    ...(required.length === 0 ? {} : { required }),
    propertyNames: { anyOf: [{ enum: [...new Set(known)] }, { pattern: '^x-' }] },
  };
}

function relationsOf(kinds: readonly CatalogKind[]): Schema {
  const relations = new Set(kinds.flatMap((kind) => kind.relations.map((rule) => rule.relation)));
  return { anyOf: [{ enum: [...relations].sort() }, { type: 'string' }] };
}

/** A field that waits for another one's value, or that a relation fills in, is not demanded of every file. */
function requiredOf(fields: readonly CatalogField[]): string[] {
  return fields.filter((field) => field.required && field.derived !== true && field.dependsOn === undefined).map((field) => field.name);
}

function fieldSchema(field: CatalogField, shared: SharedSchemas): Schema {
  return shared.of(field, {
    title: field.label,
    description: field.description,
    ...(field.default === undefined ? {} : { default: field.default }),
    ...(field.required ? valueSchema(field, shared) : orNull(valueSchema(field, shared))),
  });
}

/** Null says the same as an absent key, and turns a default off. */
function orNull(schema: Schema): Schema {
  const { type, enum: choices } = schema;
  if (Array.isArray(choices)) return { ...schema, enum: [...(choices as readonly JsonValue[]), null] };
  const types = Array.isArray(type) ? (type as readonly JsonValue[]) : type === undefined ? [] : [type];
  return types.length === 0 || types.includes('null') ? schema : { ...schema, type: [...types, 'null'] };
}

function valueSchema(field: CatalogField, shared: SharedSchemas): Schema {
  switch (field.type) {
    case 'string':
    case 'text':
      return field.format === 'cpu' || field.format === 'memory' || field.format === 'quantity' ? { type: ['string', 'number'] } : { type: 'string' };
    case 'number':
      return numberSchema(field);
    case 'boolean':
      return { type: 'boolean' };
    case 'select':
      return { enum: (field.options ?? []).map((option) => option.value), enumDescriptions: (field.options ?? []).map((option) => option.label) };
    case 'object': {
      if (field.free === true && field.fields === undefined) return { type: 'object' };
      const required = requiredOf(field.fields ?? []);
      return {
        type: 'object',
        properties: Object.fromEntries((field.fields ?? []).map((one) => [one.name, fieldSchema(one, shared)])),
        ...(required.length === 0 ? {} : { required }),
        ...(field.free === true ? {} : { additionalProperties: false }),
      };
    }
    case 'array':
      return { type: 'array', ...(field.items === undefined ? {} : { items: itemSchema(field.items, shared) }) };
    case 'map':
      return mapOf(field.items === undefined ? true : { anyOf: [itemSchema(field.items, shared), { type: 'null' }] });
  }
}

/** Items of plain maps and lists are turned to text where they are used, so any scalar will do there. */
function itemSchema(item: CatalogField, shared: SharedSchemas): Schema {
  const schema = fieldSchema({ ...item, required: true }, shared);
  const own: Schema = (item.type === 'string' || item.type === 'text') && item.format === undefined ? { ...schema, ...scalar } : schema;
  return item.orMapWith === undefined ? own : { anyOf: [own, { type: 'object', required: [item.orMapWith] }] };
}

function numberSchema(field: CatalogField): Schema {
  const number = field.integer === true ? 'integer' : 'number';
  const isPort = field.format === 'port';
  const min = field.min ?? (isPort ? 1 : undefined);
  const max = field.max ?? (isPort ? 65535 : undefined);
  return {
    type: field.orString === true ? [number, 'string'] : number,
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  };
}

function properties(docs: readonly KeyDoc[], special: Readonly<Record<string, Schema>>): Schema {
  const usual: Readonly<Record<KeyDoc['holds'], Schema>> = {
    text: { type: 'string' },
    flag: { type: 'boolean' },
    list: { type: 'array' },
    map: { type: ['object', 'null'] },
  };
  return Object.fromEntries(docs.map((doc) => [doc.key, { description: doc.description, ...(special[doc.key] ?? usual[doc.holds]) }]));
}

/** A map by name; written without entries (`edges:` with nothing behind it) it is null. */
function mapOf(values: Schema | boolean, names?: Schema): Schema {
  return { type: ['object', 'null'], ...(names === undefined ? {} : { propertyNames: names }), additionalProperties: values };
}
