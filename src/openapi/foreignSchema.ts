import type { JsonScalar, JsonValue } from './json';
import { isJsonObject } from './json';
import type { SchemaJson } from './schema';

/** Deepest nesting of a foreign schema; what stands deeper is free. */
const maxDepth = 60;
/** Schemas in one definition: beyond them, everything is free. The largest definitions in use have about 10,000. */
const maxSchemas = 60_000;
const longestText = 4_000;
const mostOptions = 1_000;

/**
 * A schema that a cluster or a file gave, brought into the shape that this room relies on: known keywords of the right types, bounded
 * depth and size. Patterns are left out, since an expression can be made to run for ever. Whatever is no schema allows everything.
 */
export function cleanSchema(value: unknown): SchemaJson {
  let left = maxSchemas;
  const clean = (from: unknown, depth: number): SchemaJson => {
    if (!isJsonObject(from) || depth > maxDepth || --left < 0) return {};
    const json = from as Readonly<Record<string, unknown>>;
    const own = (key: string): unknown => (Object.hasOwn(json, key) ? json[key] : undefined);
    const text = (key: string): string | undefined => {
      const found = own(key);
      return typeof found === 'string' ? found.slice(0, longestText) : undefined;
    };
    const texts = (key: string): readonly string[] | undefined => {
      const found = own(key);
      return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string').slice(0, mostOptions) : undefined;
    };
    const kinds = own('x-kubernetes-group-version-kind');
    const options = own('enum');
    const properties = own('properties');
    const additional = own('additionalProperties');
    const all = own('allOf');
    const embedded = own('x-kubernetes-embedded-resource') === true;
    const isObject = isJsonObject(properties);
    return defined({
      $ref: text('$ref'),
      // References of the API come alone in `allOf`; other uses say what a form cannot.
      allOf: Array.isArray(all) && all.length === 1 ? [clean(all[0], depth + 1)] : undefined,
      type: text('type'),
      format: text('format'),
      enum: Array.isArray(options) ? options.filter(isScalar).slice(0, mostOptions) : undefined,
      default: own('default') as JsonValue | undefined,
      description: text('description'),
      properties:
        isObject || embedded
          ? Object.fromEntries([
              // An object inside an object has what every object has.
              ...(embedded
                ? ([
                    ['apiVersion', { type: 'string' }],
                    ['kind', { type: 'string' }],
                    ['metadata', {}],
                  ] as const)
                : []),
              ...Object.entries(isObject ? (properties as object) : {})
                .filter(([key]) => key !== '__proto__')
                .map(([key, inner]) => [key, clean(inner, depth + 1)] as const),
            ])
          : undefined,
      additionalProperties: typeof additional === 'boolean' ? additional : additional === undefined ? undefined : clean(additional, depth + 1),
      items: own('items') === undefined ? undefined : clean(own('items'), depth + 1),
      required: texts('required'),
      'x-kubernetes-list-type': text('x-kubernetes-list-type'),
      'x-kubernetes-list-map-keys': texts('x-kubernetes-list-map-keys'),
      'x-kubernetes-map-type': text('x-kubernetes-map-type'),
      'x-kubernetes-patch-strategy': text('x-kubernetes-patch-strategy'),
      'x-kubernetes-patch-merge-key': text('x-kubernetes-patch-merge-key'),
      'x-kubernetes-preserve-unknown-fields': own('x-kubernetes-preserve-unknown-fields') === true ? true : undefined,
      'x-kubernetes-int-or-string': own('x-kubernetes-int-or-string') === true ? true : undefined,
      'x-kubernetes-group-version-kind': Array.isArray(kinds) ? kinds.filter(isGroupVersionKind) : undefined,
    });
  };
  return clean(value, 0);
}

function defined(schema: { readonly [K in keyof SchemaJson]: SchemaJson[K] | undefined }): SchemaJson {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}

function isScalar(value: unknown): value is JsonScalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isGroupVersionKind(value: unknown): value is { readonly group: string; readonly version: string; readonly kind: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { group, version, kind } = value as Readonly<Record<string, unknown>>;
  return typeof group === 'string' && typeof version === 'string' && typeof kind === 'string';
}
