import { z } from 'zod';
import type { CatalogField, CatalogKind } from '../../shared/catalog';
import { fieldTypes } from '../../shared/catalog';
import type { JsonValue } from '../../shared/json';

/** Names of fields are keys of YAML maps and of expressions in templates. */
const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, 'must be a word of letters and digits');
const json: z.ZodType<JsonValue> = z.json();

const option = z.union([z.string(), z.number(), z.boolean()]).transform((value) => ({ value, label: String(value) }));
const labelledOption = z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]), label: z.string() });

const dependsOn = z
  .strictObject({ field: fieldName, value: json.optional(), values: z.array(json).optional() })
  .refine((rule) => (rule.value === undefined) !== (rule.values === undefined), 'needs either "value" or "values"')
  .transform((rule) => ({ field: rule.field, values: rule.values ?? [rule.value ?? null] }));

const field: z.ZodType<CatalogField> = z.lazy(() =>
  z
    .strictObject({
      name: fieldName,
      label: z.string(),
      description: z.string(),
      type: z.enum(fieldTypes),
      required: z.boolean().default(false),
      default: json.exactOptional(),
      options: z.array(z.union([option, labelledOption])).exactOptional(),
      min: z.number().exactOptional(),
      max: z.number().exactOptional(),
      integer: z.boolean().exactOptional(),
      format: z
        .enum(['name', 'image', 'port', 'cpu', 'memory', 'quantity', 'path', 'host', 'key', 'label', 'portName', 'amount', 'mode', 'schedule', 'timeZone'])
        .exactOptional(),
      orString: z.boolean().exactOptional(),
      orMapWith: z.string().exactOptional(),
      dependsOn: dependsOn.exactOptional(),
      fields: z.array(field).exactOptional(),
      items: field.exactOptional(),
      derived: z.boolean().exactOptional(),
      free: z.boolean().exactOptional(),
      section: z.string().exactOptional(),
    })
    .refine((one) => one.type !== 'object' || one.fields !== undefined || one.free === true, 'an object needs "fields", or "free: true"')
    .refine((one) => (one.type !== 'array' && one.type !== 'map') || one.items !== undefined, 'a list or map needs "items"')
    .refine((one) => one.type !== 'select' || (one.options ?? []).length > 0, 'a select needs "options"'),
);

const each = z.strictObject({ field: fieldName, key: fieldName, label: fieldName });
const handle = z.strictObject({ id: fieldName, label: z.string(), each: each.exactOptional(), when: fieldName.exactOptional() });
const relation = z.strictObject({
  relation: z.string(),
  to: z.array(z.string()),
  order: z.enum(['from-first', 'to-first', 'none']),
  label: z.string(),
});

type Metadata = Omit<CatalogKind, 'origin'>;

/** What a `metadata.yaml` holds. Keys that it does not name are mistakes. */
const metadata = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"'),
  displayName: z.string(),
  description: z.string(),
  icon: z.string(),
  category: z.string(),
  version: z.string(),
  tags: z.array(z.string()).default([]),
  usageFrequency: z.enum(['very-high', 'high', 'medium', 'low']).default('medium'),
  difficulty: z.enum(['easy', 'medium', 'hard']).default('medium'),
  defaultName: z.string(),
  apiVersion: z.string(),
  kind: z.string(),
  namespaced: z.boolean().default(true),
  renderedBy: z.enum(['helm', 'kustomize']).exactOptional(),
  fields: z.array(field),
  handles: z.array(handle).default([{ id: 'out', label: 'Connect' }]),
  relations: z.array(relation).default([]),
  summary: z.array(fieldName).default([]),
}) satisfies z.ZodType<Metadata>;

export type MetadataReading =
  | { readonly ok: true; readonly kind: CatalogKind }
  | { readonly ok: false; readonly detail: string; readonly path: readonly (string | number)[] };

/** Checks the content of a `metadata.yaml`; the detail names the place that is wrong. */
export function readMetadata(content: unknown, origin: CatalogKind['origin']): MetadataReading {
  const read = metadata.safeParse(content);
  if (read.success) return { ok: true, kind: { ...read.data, origin } };
  const [first] = read.error.issues;
  const place = first === undefined || first.path.length === 0 ? '' : `${first.path.map(String).join('.')}: `;
  const path = (first?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  return { ok: false, detail: `${place}${first?.message ?? 'not valid'}`, path };
}
