import type { JsonScalar, JsonValue } from './json';

/** A schema as the OpenAPI v3 documents of Kubernetes write it; only the keywords that they use. */
export interface SchemaJson {
  readonly $ref?: string;
  readonly allOf?: readonly SchemaJson[];
  readonly oneOf?: readonly SchemaJson[];
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly JsonScalar[];
  readonly default?: JsonValue;
  /** What the schema's author says of it, where a cluster or a definition gave the schema; the shipped structure has none. */
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaJson>>;
  readonly additionalProperties?: SchemaJson | boolean;
  readonly items?: SchemaJson;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A resolved schema: references followed, one of four shapes. Everything below it is resolved on first use. */
export type Schema = ObjectSchema | ListSchema | ScalarSchema | AnySchema;

/** A struct (named fields) or a map (`values`); a few types are both. */
export interface ObjectSchema {
  readonly type: 'object';
  /** The component's name (`io.k8s.api.core.v1.PodSpec`), when it has one. */
  readonly name?: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly required: readonly string[];
  /** What keys without a field of their own hold; undefined when there are no such keys. */
  readonly values: Schema | undefined;
  /** Owned and replaced as a whole by server-side apply. */
  readonly atomic: boolean;
}

export interface FieldSchema {
  readonly schema: Schema;
  readonly default?: JsonValue;
  readonly description?: string;
  /** Words of `x-kubernetes-patch-strategy`: merge, replace, retainKeys. */
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey?: string;
}

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  /** How server-side apply treats it: as one value, as a set of scalars, or as a map of items by `keys`. */
  readonly listType: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
}

export type ScalarType = 'string' | 'integer' | 'number' | 'boolean' | 'intOrString' | 'quantity';

export interface ScalarSchema {
  readonly type: 'scalar';
  readonly scalar: ScalarType;
  /** `int32`, `int64`, `date-time`, `byte`, `double`, … */
  readonly format?: string;
  readonly enum?: readonly JsonScalar[];
}

/** Free-form JSON (`type: object` without properties, RawExtension, FieldsV1). */
export interface AnySchema {
  readonly type: 'any';
  readonly atomic: boolean;
}

const refPrefix = '#/components/schemas/';
const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const rawExtensionName = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/** Resolves schemas of one set of components; the same component always gives the same object. */
export class SchemaResolver {
  readonly #componentOf: (name: string) => SchemaJson | undefined;
  readonly #named = new Map<string, Schema>();

  constructor(componentOf: (name: string) => SchemaJson | undefined) {
    this.#componentOf = componentOf;
  }

  named(name: string): Schema | undefined {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const json = this.#componentOf(name);
    if (json === undefined) return undefined;
    const made = name === rawExtensionName ? ({ type: 'any', atomic: true } as const) : this.#make(json, name);
    this.#named.set(name, made);
    return made;
  }

  /** Follows a reference, alone or as the only member of `allOf`; extensions beside it override what it leads to. */
  resolve(json: SchemaJson): Schema {
    const ref = json.$ref ?? (json.allOf?.length === 1 ? json.allOf[0]?.$ref : undefined);
    if (ref === undefined) return this.#make(json, undefined);
    const found = this.named(ref.slice(refPrefix.length)) ?? { type: 'any', atomic: true };
    const mapType = json['x-kubernetes-map-type'];
    if (mapType === undefined || found.type !== 'object' || found.atomic === (mapType === 'atomic')) return found;
    const { name, required, values } = found;
    return { type: 'object', ...(name === undefined ? {} : { name }), fields: found.fields, required, values, atomic: mapType === 'atomic' };
  }

  #make(json: SchemaJson, name: string | undefined): Schema {
    switch (json.type) {
      case 'object':
        return this.#makeObject(json, name);
      case 'array':
        return this.#makeList(json);
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
        return scalar(name === quantityName ? 'quantity' : json.type, json);
      default:
        if (name === quantityName) return scalar('quantity', json);
        if (json.format === 'int-or-string' || json['x-kubernetes-int-or-string'] === true) return scalar('intOrString', json);
        return { type: 'any', atomic: false };
    }
  }

  #makeObject(json: SchemaJson, name: string | undefined): Schema {
    const atomic = json['x-kubernetes-map-type'] === 'atomic';
    const free = json.additionalProperties === true || json['x-kubernetes-preserve-unknown-fields'] === true;
    if (json.properties === undefined && (json.additionalProperties === undefined || free)) return { type: 'any', atomic };
    const values = (): Schema | undefined => {
      if (typeof json.additionalProperties === 'object') return this.resolve(json.additionalProperties);
      return free ? { type: 'any', atomic: false } : undefined;
    };
    const fields = once(() => new Map(Object.entries(json.properties ?? {}).map(([field, schema]) => [field, this.#makeField(schema)] as const)));
    const valueSchema = once(values);
    return {
      type: 'object',
      ...(name === undefined ? {} : { name }),
      get fields() {
        return fields();
      },
      required: json.required ?? [],
      get values() {
        return valueSchema();
      },
      atomic,
    };
  }

  #makeField(json: SchemaJson): FieldSchema {
    const schema = once(() => this.resolve(json));
    const mergeKey = json['x-kubernetes-patch-merge-key'];
    return {
      get schema() {
        return schema();
      },
      ...(json.default === undefined ? {} : { default: json.default }),
      ...(typeof json.description === 'string' ? { description: json.description } : {}),
      patchStrategies: json['x-kubernetes-patch-strategy']?.split(',') ?? [],
      ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
    };
  }

  #makeList(json: SchemaJson): ListSchema {
    const items = once((): Schema => (json.items === undefined ? { type: 'any', atomic: true } : this.resolve(json.items)));
    const [listType, keys] = listTypeOf(json);
    return {
      type: 'list',
      get items() {
        return items();
      },
      listType,
      keys,
    };
  }
}

/** Where a list says nothing of its type, the older patch strategy decides, as in the API server. */
function listTypeOf(json: SchemaJson): readonly ['atomic' | 'set' | 'map', readonly string[]] {
  const declared = json['x-kubernetes-list-type'];
  if (declared === 'map') return ['map', json['x-kubernetes-list-map-keys'] ?? []];
  if (declared === 'set') return ['set', []];
  if (declared !== undefined || json['x-kubernetes-patch-strategy']?.startsWith('merge') !== true) return ['atomic', []];
  const key = json['x-kubernetes-patch-merge-key'];
  return key === undefined ? ['set', []] : ['map', [key]];
}

function scalar(type: ScalarType, json: SchemaJson): ScalarSchema {
  return {
    type: 'scalar',
    scalar: type,
    ...(json.format === undefined ? {} : { format: json.format }),
    ...(json.enum === undefined ? {} : { enum: json.enum }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** What stands below a value of this schema under `key`: a field, a map's value, or anything in free-form JSON. */
export function childSchema(schema: Schema, key: string): Schema | undefined {
  if (schema.type === 'object') return schema.fields.get(key)?.schema ?? schema.values;
  return schema.type === 'any' ? schema : undefined;
}
