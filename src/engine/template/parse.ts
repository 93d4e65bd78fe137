import { isCollection, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { Recent } from '../recent';
import type { Expression } from './cel';
import { compileExpression, ExpressionError } from './cel';
import { dataYaml, readYamlData } from './yamlData';

const maxTemplateLength = 64_000;
const maxDepth = 50;

/** One place of a template's tree. Rendering a branch gives a value or nothing, and nothing leaves its place out. */
export type Branch = { readonly path: JsonPath } & (
  | { readonly kind: 'literal'; readonly value: JsonValue }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Branch[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Branch])[] }
  | { readonly kind: 'if'; readonly test: Expression; readonly then: Branch; readonly otherwise: Branch | undefined }
  | { readonly kind: 'for'; readonly names: readonly string[]; readonly over: Expression; readonly body: Branch }
  | { readonly kind: 'include'; readonly partial: string; readonly given: readonly (readonly [string, Expression])[]; readonly above: Branch | undefined }
);

/**
 * A template: a YAML tree with `${ CEL }` in its scalars and directives in its maps.
 * - A scalar that is one expression takes its value with its type; an expression inside text becomes text. `$${` is a plain `${`.
 * - `$if: <CEL>` keeps the rest of its map, or its `$value`, only when true; else there is its `$else`, or nothing.
 * - `$for: item in <CEL>` (or `key, item in`) makes a list with the rest of its map, or its `$value`, once per item.
 * - `$include: name` is replaced by the partial of that name; the other keys of its map lie over it. `$with: {name: <CEL>}` beside it
 *   gives the partial names of its own.
 * Keys are never computed, so values cannot change the structure. A key that begins with `$` is written `$$…`.
 */
export interface Template {
  /** For messages: the file. */
  readonly name: string;
  readonly text: string;
  readonly root: Branch;
  /** Looked up while rendering, so partials of later sources count. */
  readonly partials: ReadonlyMap<string, Template>;
}

/** A template cannot be read or rendered; the message names the template and the place in it. */
export class TemplateError extends Error {
  /** The file, with its line where that is known: `core/service/template.yaml:12`. */
  readonly place: string;
  readonly detail: string;
  /** The file alone, the line counted from 1, and the path in the file's tree; as far as each is known. */
  readonly file: string;
  readonly line: number | undefined;
  readonly path: JsonPath;

  constructor(template: string, line: number | undefined, detail: string, options?: ErrorOptions & { readonly path?: JsonPath }) {
    const place = line === undefined ? template : `${template}:${line}`;
    super(`${place}: ${detail}`, options);
    this.name = 'TemplateError';
    this.place = place;
    this.detail = detail;
    this.file = template;
    this.line = line;
    this.path = options?.path ?? [];
  }
}

/** Reads a template and compiles its expressions. Throws TemplateError. */
export function parseTemplate(name: string, text: string, partials: ReadonlyMap<string, Template> = new Map()): Template {
  if (text.length > maxTemplateLength) throw new TemplateError(name, undefined, `a template has at most ${maxTemplateLength} characters`);
  const root = trees.get(text) ?? trees.set(text, treeOf(name, text));
  return { name, text, root, partials };
}

function treeOf(name: string, text: string): Branch {
  const read = readYamlData(text);
  if (!read.ok) throw new TemplateError(name, read.line, read.detail);
  return templateInFile({ name, text }, read.data, []).root;
}

/** Trees by the text of their template, on which alone they depend: partials are looked up while rendering. */
const trees = new Recent<Branch>(300);

/** The template that stands at `path` of a file that holds other things too, such as a plugin. Throws TemplateError. */
export function templateInFile(
  file: Pick<Template, 'name' | 'text'>,
  content: JsonValue,
  path: JsonPath,
  partials: ReadonlyMap<string, Template> = new Map(),
): Template {
  try {
    return { name: file.name, text: file.text, root: branchOf(content, path), partials };
  } catch (error) {
    if (error instanceof PlacedError) throw templateErrorAt(file, error.path, error.message, error);
    throw error;
  }
}

/** An error with its place; the line is looked up only now, because errors are rare. */
export function templateErrorAt(template: Pick<Template, 'name' | 'text'>, path: JsonPath, message: string, cause?: unknown): TemplateError {
  const place = path.length === 0 ? '' : `${pathText(path)}: `;
  return new TemplateError(template.name, lineOf(template.text, path), `${place}${message}`, { cause, path });
}

class PlacedError extends Error {
  readonly path: JsonPath;
  constructor(path: JsonPath, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

const directives = ['$if', '$else', '$for', '$value', '$include', '$with'] as const;

function branchOf(value: JsonValue, path: JsonPath): Branch {
  if (path.length > maxDepth) throw new PlacedError(path, `nesting is deeper than ${maxDepth} levels`);
  if (typeof value === 'string') return scalarBranch(value, path);
  if (Array.isArray(value)) return { kind: 'list', path, items: (value as readonly JsonValue[]).map((item, index) => branchOf(item, [...path, index])) };
  if (isJsonObject(value)) return mapBranch(new Map(Object.entries(value)), path);
  return { kind: 'literal', path, value };
}

function mapBranch(map: ReadonlyMap<string, JsonValue>, path: JsonPath): Branch {
  const own = new Map<string, JsonValue>();
  const found = new Map<string, JsonValue>();
  for (const [key, item] of map) {
    if (!key.startsWith('$') || key.startsWith('$$')) own.set(key, item);
    else if ((directives as readonly string[]).includes(key)) found.set(key, item);
    else throw new PlacedError([...path, key], `"${key}" is no directive; use ${directives.join(', ')}, or "$${key}" for a key of that name`);
  }
  const plain = (): Branch => {
    const value = found.get('$value');
    if (value === undefined) {
      return { kind: 'map', path, entries: [...own].map(([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, branchOf(item, [...path, key])]) };
    }
    if (own.size > 0) throw new PlacedError(path, 'a map with "$value" has no other keys');
    return branchOf(value, [...path, '$value']);
  };
  const included = (): Branch => {
    const name = found.get('$include');
    const given = found.get('$with');
    if (name === undefined && given !== undefined) throw new PlacedError([...path, '$with'], '"$with" needs an "$include" beside it');
    if (name === undefined) return plain();
    if (typeof name !== 'string' || found.has('$value'))
      throw new PlacedError([...path, '$include'], '"$include" is the name of a partial and goes without "$value"');
    return { kind: 'include', path, partial: name, given: givenNames(given, [...path, '$with']), above: own.size === 0 ? undefined : plain() };
  };
  const tested = (): Branch => {
    const otherwise = found.get('$else');
    const test = found.get('$if');
    if (test === undefined) {
      if (otherwise !== undefined) throw new PlacedError([...path, '$else'], '"$else" needs an "$if" beside it');
      return included();
    }
    return {
      kind: 'if',
      path,
      test: directiveExpression(test, [...path, '$if']),
      then: included(),
      otherwise: otherwise === undefined ? undefined : branchOf(otherwise, [...path, '$else']),
    };
  };
  const loop = found.get('$for');
  if (loop !== undefined) return forBranch(loop, path, tested());
  if (found.has('$value') && !found.has('$if')) throw new PlacedError([...path, '$value'], '"$value" needs an "$if" or "$for" beside it');
  return tested();
}

/** The names that an include gives its partial. */
function givenNames(given: JsonValue | undefined, path: JsonPath): readonly (readonly [string, Expression])[] {
  if (given === undefined) return [];
  if (!isJsonObject(given)) throw new PlacedError(path, '"$with" is a map of names and expressions');
  return Object.entries(given).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new PlacedError([...path, name], `"${name}" is no name that expressions can use`);
    return [name, directiveExpression(value, [...path, name])] as const;
  });
}

function forBranch(loop: JsonValue, path: JsonPath, body: Branch): Branch {
  const at = [...path, '$for'];
  const match = typeof loop === 'string' ? /^\s*([A-Za-z_]\w*)(?:\s*,\s*([A-Za-z_]\w*))?\s+in\s+(\S[^]*)$/.exec(loop) : null;
  const [, first, second, list] = match ?? [];
  if (first === undefined || list === undefined) throw new PlacedError(at, '"$for" is written "item in list" or "key, item in map"');
  return { kind: 'for', path, names: second === undefined ? [first] : [first, second], over: directiveExpression(list, at), body };
}

/** The expression of a directive, which may stand with or without `${ }` around it. */
function directiveExpression(value: JsonValue, path: JsonPath): Expression {
  if (typeof value !== 'string') throw new PlacedError(path, 'an expression is text; put it in quotes');
  const parts = partsOf(value, path);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return only;
  return compileAt(value, path);
}

function scalarBranch(text: string, path: JsonPath): Branch {
  const parts = partsOf(text, path);
  const [only] = parts;
  if (parts.length === 0) return { kind: 'literal', path, value: '' };
  if (parts.length === 1 && only !== undefined)
    return typeof only === 'string' ? { kind: 'literal', path, value: only } : { kind: 'expression', path, expression: only };
  return { kind: 'text', path, parts };
}

/** Splits a scalar into plain text and expressions. */
function partsOf(text: string, path: JsonPath): readonly (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  let plain = '';
  for (let at = 0; at < text.length;) {
    if (text.startsWith('$${', at)) {
      plain += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = endOfExpression(text, at + 2);
      if (end === undefined) throw new PlacedError(path, '"${" has no "}"');
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push(compileAt(text.slice(at + 2, end).trim(), path));
      at = end + 1;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain !== '') parts.push(plain);
  return parts;
}

/** Where the `}` stands that closes an expression: braces and quotes inside it are the expression's own. */
function endOfExpression(text: string, from: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (quote !== undefined) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return undefined;
}

function compileAt(text: string, path: JsonPath): Expression {
  try {
    return compileExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) throw new PlacedError(path, `\${ ${text} }: ${error.message}`, { cause: error });
    throw error;
  }
}

function lineOf(text: string, path: JsonPath): number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...dataYaml, lineCounter: lines });
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    if (!isCollection(node)) break;
    // Keys are compared as they are written, so that a step is found whether its key is text or a number.
    const item: unknown = node.items.find((one, index) => (isPair(one) ? String(one.key) === String(step) : index === step));
    if (item === undefined) break;
    const at: unknown = isPair(item) ? item.key : item;
    if (isNode(at)) offset = at.range?.[0] ?? offset;
    node = isPair(item) ? item.value : item;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

export function pathText(path: JsonPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
