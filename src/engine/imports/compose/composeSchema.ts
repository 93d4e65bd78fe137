import type { JsonValue } from '../../../shared/json';
import { nearest } from '../../checks/nearest';
import { composeDefinitions } from './composeDefinitions';
import { invalid } from './composeFailure';
import type { Place, Tree } from './tree';
import { toJson } from './tree';

/** What the compose specification's JSON Schema uses of JSON Schema. */
export interface ComposeSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, ComposeSchema>>;
  readonly patternProperties?: Readonly<Record<string, ComposeSchema>>;
  readonly additionalProperties?: boolean | ComposeSchema;
  readonly unevaluatedProperties?: boolean;
  readonly items?: ComposeSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly uniqueItems?: boolean;
  readonly allOf?: readonly ComposeSchema[];
  readonly oneOf?: readonly ComposeSchema[];
  readonly anyOf?: readonly ComposeSchema[];
}

const read = new Map<string, ComposeSchema>();

/** A definition of the schema by its name; `root` is the whole file. */
export function composeDefinition(name: string): ComposeSchema {
  let found = read.get(name);
  if (found === undefined) {
    found = JSON.parse(composeDefinitions[name] ?? '{}') as ComposeSchema;
    read.set(name, found);
  }
  return found;
}

/** Follows references to the definition that says something. */
export function resolvedSchema(schema: ComposeSchema): ComposeSchema {
  return schema.$ref === undefined ? schema : resolvedSchema(composeDefinition(schema.$ref.slice('#/$defs/'.length)));
}

interface Finding {
  readonly at: Place;
  readonly path: readonly string[];
  readonly detail: string;
  /** How deep it lies; the deepest one is told. */
  readonly depth: number;
}

/**
 * Checks a project against the compose specification.
 * @throws ProblemError `compose.invalid` with the most specific finding
 */
export function checkComposeSchema(root: Tree): void {
  const { finding } = check(root, composeDefinition('root'), []);
  if (finding !== undefined) throw invalid(finding.at, `${finding.path.length === 0 ? 'the file' : finding.path.join('.')} ${finding.detail}`);
}

interface Verdict {
  readonly finding?: Finding | undefined;
  /** Keys of a map that some part of the schema knows. */
  readonly known: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

function check(tree: Tree, schema: ComposeSchema, path: readonly string[]): Verdict {
  if (schema.$ref !== undefined) return check(tree, resolvedSchema(schema), path);
  const say = (detail: string): Verdict => ({ finding: { at: tree.at, path, detail, depth: path.length }, known: nothing });
  if (schema.type !== undefined && !typesOf(tree).some((type) => schema.type === type || schema.type?.includes(type) === true))
    return say(`must be ${inWords(schema.type)}`);
  if (schema.enum !== undefined && (tree.kind !== 'scalar' || !schema.enum.includes(tree.value)))
    return say(`must be one of ${schema.enum.map(String).join(', ')}`);
  if (tree.kind === 'scalar') {
    const { value } = tree;
    if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern, 'u').test(value))
      return say(`must be of the form ${schema.pattern}`);
    if (schema.minimum !== undefined && typeof value === 'number' && value < schema.minimum) return say(`must be at least ${schema.minimum}`);
    if (schema.maximum !== undefined && typeof value === 'number' && value > schema.maximum) return say(`must be at most ${schema.maximum}`);
  }
  const known = new Set<string>();
  let worst: Finding | undefined;
  const note = (verdict: Verdict): void => {
    for (const key of verdict.known) known.add(key);
    if (verdict.finding !== undefined && (worst === undefined || verdict.finding.depth > worst.depth)) worst = verdict.finding;
  };
  for (const part of schema.allOf ?? []) note(check(tree, part, path));
  for (const choices of [schema.oneOf, schema.anyOf]) {
    if (choices === undefined) continue;
    const verdicts = choices.map((choice) => check(tree, choice, path));
    const fitting = verdicts.filter((verdict) => verdict.finding === undefined);
    if (fitting.length === 0) for (const verdict of verdicts) note(verdict);
    else for (const verdict of fitting) note(verdict);
  }
  if (tree.kind === 'map') {
    const keys = keyVerdicts(tree, schema, path, known);
    for (const verdict of keys) note(verdict);
    const missing = schema.required?.find((key) => !tree.entries.has(key));
    if (missing !== undefined) note(say(`needs "${missing}"`));
  }
  if (tree.kind === 'list') {
    if (schema.items !== undefined)
      tree.items.forEach((item, index) => note({ ...check(item, schema.items as ComposeSchema, [...path, String(index)]), known: nothing }));
    if (schema.uniqueItems === true) {
      const seen = new Set<string>();
      for (const [index, item] of tree.items.entries()) {
        const text = JSON.stringify(toJson(item));
        if (seen.has(text)) note({ finding: { at: item.at, path, detail: `has an item twice (number ${index + 1})`, depth: path.length }, known: nothing });
        seen.add(text);
      }
    }
  }
  return { finding: worst, known };
}

function keyVerdicts(tree: Tree & { readonly kind: 'map' }, schema: ComposeSchema, path: readonly string[], known: ReadonlySet<string>): readonly Verdict[] {
  const made: Verdict[] = [];
  const patterns = Object.entries(schema.patternProperties ?? {}).map(([pattern, part]) => ({ pattern: new RegExp(pattern, 'u'), part }));
  for (const [key, { at, value }] of tree.entries) {
    const inner = [...path, key];
    const parts = patterns.filter(({ pattern }) => pattern.test(key)).map(({ part }) => part);
    const own = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
    if (own !== undefined) parts.push(own);
    if (parts.length > 0) {
      for (const part of parts) made.push({ finding: check(value, part, inner).finding, known: new Set([key]) });
      continue;
    }
    if (typeof schema.additionalProperties === 'object')
      made.push({ finding: check(value, schema.additionalProperties, inner).finding, known: new Set([key]) });
    else if (schema.additionalProperties === false || (schema.unevaluatedProperties === false && !known.has(key))) {
      const [meant] = nearest(key, Object.keys(knownProperties(schema)), 1);
      const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
      made.push({ finding: { at, path, detail: `has "${key}", which compose does not know${hint}`, depth: path.length + 1 }, known: nothing });
    }
  }
  return made;
}

/** The keys that a schema knows, those of its parts with it. */
export function knownProperties(schema: ComposeSchema): Readonly<Record<string, ComposeSchema>> {
  const own = resolvedSchema(schema);
  const parts = [...(own.allOf ?? []), ...(own.oneOf ?? []), ...(own.anyOf ?? [])];
  return Object.assign({}, ...parts.map(knownProperties), own.properties) as Readonly<Record<string, ComposeSchema>>;
}

function typesOf(tree: Tree): readonly string[] {
  if (tree.kind === 'map') return ['object'];
  if (tree.kind === 'list') return ['array'];
  if (tree.value === null) return ['null'];
  if (typeof tree.value === 'number') return Number.isInteger(tree.value) ? ['number', 'integer'] : ['number'];
  return [typeof tree.value];
}

function inWords(type: string | readonly string[]): string {
  const words: Readonly<Record<string, string>> = {
    object: 'a map',
    array: 'a list',
    string: 'a text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    null: 'empty',
  };
  return (typeof type === 'string' ? [type] : type).map((one) => words[one] ?? one).join(' or ');
}
