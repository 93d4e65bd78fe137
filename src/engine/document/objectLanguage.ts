import type { AnySchema, FieldSchema, OpenApi, ScalarSchema, Schema } from '../../openapi/index';
import { schemaAt } from '../../openapi/index';
import type { JsonPath } from '../../shared/json';
import { scalarText } from './yamlText';

/** What may be typed inside a Kubernetes object, or stands there. */
export interface ObjectOffer {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly insertText: string;
  readonly detail?: string;
  readonly documentation?: string;
}

/** Which object a part of a file is. Either word may be missing while it is typed. */
export interface ObjectIdentity {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  /** The part is laid on an object that has its name and kind already. */
  readonly isPatch: boolean;
}

/** Keys that a file never gives: the server writes them. */
const serverFields: ReadonlySet<string> = new Set(['status']);
const serverMetadata: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);
/** What a patch cannot change. */
const identityFields: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
const identityMetadata: ReadonlySet<string> = new Set(['name', 'namespace', 'generateName']);

/**
 * What may be typed at a path of an object: fields with their types, or behind a key its values. Empty where the structure of
 * the kind is not known. `path` leads to the map or list that is typed in, 0 standing for any item of a list.
 */
export function objectOffers(openApi: OpenApi, identity: ObjectIdentity, path: JsonPath, key: string | undefined): readonly ObjectOffer[] {
  if (path.length === 0 && !identity.isPatch) {
    if (key === 'apiVersion') return versionsOf(openApi, identity.kind).map(valueOffer);
    if (key === 'kind') return kindsOf(openApi, identity.apiVersion).map(valueOffer);
  }
  const root = rootOf(openApi, identity);
  if (root === undefined) return path.length === 0 && key === undefined && !identity.isPatch ? ['apiVersion', 'kind', 'metadata'].map(plainKey) : [];
  const holder = schemaAt(root, path);
  if (holder === undefined) return [];
  if (key !== undefined) return valuesOf(fieldOf(holder, key)?.schema ?? childOf(holder, key), fieldOf(holder, key));
  if (holder.type === 'list') return valuesOf(holder.items, undefined);
  if (holder.type !== 'object') return valuesOf(holder, undefined);
  const left = (name: string): boolean => {
    if (path.length === 0) return serverFields.has(name) || (identity.isPatch && identityFields.has(name));
    return path.length === 1 && path[0] === 'metadata' && (serverMetadata.has(name) || (identity.isPatch && identityMetadata.has(name)));
  };
  const offers = [...holder.fields].filter(([name]) => !left(name)).map(([name, field]) => keyOffer(name, field, holder.required.includes(name)));
  // Those that may not be left out come first; the rest keeps the order of the alphabet.
  return [...offers.filter(({ required }) => required), ...offers.filter(({ required }) => !required)].map(({ offer }) => offer);
}

/** What the field at a path of an object is, in words; undefined where that is not known. */
export function objectMeaning(openApi: OpenApi, identity: ObjectIdentity, path: JsonPath): string | undefined {
  const root = rootOf(openApi, identity);
  const last = path.at(-1);
  if (root === undefined || last === undefined) return undefined;
  const holder = schemaAt(root, path.slice(0, -1));
  if (holder === undefined || holder.type === 'any' || holder.type === 'scalar') return undefined;
  if (holder.type === 'list') return typeof last === 'number' ? objectMeaning(openApi, identity, path.slice(0, -1)) : undefined;
  const field = fieldOf(holder, String(last));
  const schema = field?.schema ?? holder.values;
  return schema === undefined
    ? undefined
    : [`${String(last)}: ${typeWords(schema)}`, ...factsOf(schema, field, holder.required.includes(String(last)))].join('\n');
}

function rootOf(openApi: OpenApi, { apiVersion, kind }: ObjectIdentity): Schema | undefined {
  return apiVersion === undefined || kind === undefined ? undefined : openApi.schemaOf(apiVersion, kind);
}

function fieldOf(schema: Schema, key: string): FieldSchema | undefined {
  return schema.type === 'object' ? schema.fields.get(key) : undefined;
}

function childOf(schema: Schema, key: string): Schema | undefined {
  return schemaAt(schema, [key]);
}

function kindsOf(openApi: OpenApi, apiVersion: string | undefined): readonly string[] {
  const [own, all] = [apiVersion, undefined].map((wanted) =>
    openApi.resources
      .filter(({ group, version }) => wanted === undefined || wanted === (group === '' ? version : `${group}/${version}`))
      .map(({ kind }) => kind),
  );
  return [...new Set(own === undefined || own.length === 0 ? all : own)].sort();
}

function versionsOf(openApi: OpenApi, kind: string | undefined): readonly string[] {
  const fitting = openApi.groupVersions.filter((groupVersion) => kind !== undefined && openApi.resourceOf(groupVersion, kind) !== undefined);
  return fitting.length > 0 ? fitting : openApi.groupVersions;
}

function keyOffer(name: string, field: FieldSchema, required: boolean): { readonly required: boolean; readonly offer: ObjectOffer } {
  const { schema } = field;
  const opens = schema.type === 'object' || schema.type === 'list';
  const words = typeWords(schema);
  const facts = factsOf(schema, field, required);
  return {
    required,
    offer: {
      label: name,
      kind: 'key',
      insertText: `${scalarText(name, false)}${opens ? ':' : ': '}`,
      detail: required ? `${words} (required)` : words,
      ...(facts.length === 0 ? {} : { documentation: facts.join('\n') }),
    },
  };
}

function plainKey(name: string): ObjectOffer {
  return { label: name, kind: 'key', insertText: name === 'metadata' ? 'metadata:' : `${name}: ` };
}

function valueOffer(value: string): ObjectOffer {
  return { label: value, kind: 'value', insertText: scalarText(value, false) };
}

function valuesOf(schema: Schema | undefined, field: FieldSchema | undefined): readonly ObjectOffer[] {
  if (schema?.type !== 'scalar') return [];
  const { scalar, enum: options } = schema;
  const usual = field?.default;
  const values = options ?? (scalar === 'boolean' ? [true, false] : usual === undefined || usual === null || typeof usual === 'object' ? [] : [usual]);
  const facts = factsOf(schema, field, false);
  return values.map((value) => ({
    label: String(value),
    kind: 'value',
    insertText: scalarText(value, false),
    ...(value === usual ? { detail: 'default' } : {}),
    ...(facts.length === 0 ? {} : { documentation: facts.join('\n') }),
  }));
}

function factsOf(schema: Schema, field: FieldSchema | undefined, required: boolean): readonly string[] {
  const facts: string[] = [];
  // The API server's own lists of options are short; those of a hostile definition need not be.
  const described = field?.description?.slice(0, longestDescription);
  if (described !== undefined && described !== '') facts.push(described);
  const options = schema.type === 'scalar' ? schema.enum : schema.type === 'list' && schema.items.type === 'scalar' ? schema.items.enum : undefined;
  if (options !== undefined) facts.push(`One of: ${options.slice(0, 50).map(String).join(', ')}`);
  // An empty map as default says no more than that it is filled in.
  if (field?.default !== undefined && JSON.stringify(field.default) !== '{}')
    facts.push(`Default: ${JSON.stringify(field.default).slice(0, longestDescription)}`);
  if (schema.type === 'list' && schema.listType === 'map') facts.push(`One item for each ${schema.keys.join(' and ')}.`);
  if (required) facts.push('Required.');
  return facts;
}

const longestDescription = 2_000;

const scalarWords: Readonly<Record<ScalarSchema['scalar'], string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  intOrString: 'a whole number or text',
  quantity: 'a quantity such as 500m or 1Gi',
};

function typeWords(schema: Schema | AnySchema): string {
  if (schema.type === 'scalar') return schema.format === 'byte' ? 'text in base64' : schema.format === 'date-time' ? 'a time' : scalarWords[schema.scalar];
  if (schema.type === 'any') return 'anything';
  if (schema.type === 'list') {
    const { items } = schema;
    return items.type === 'scalar'
      ? `a list of ${items.scalar === 'string' ? 'texts' : items.scalar === 'integer' || items.scalar === 'number' ? 'numbers' : 'values'}`
      : 'a list';
  }
  return schema.name === undefined || schema.name.startsWith('io.k8s.apimachinery') ? 'a map' : `a map (${schema.name.split('.').at(-1) ?? ''})`;
}
