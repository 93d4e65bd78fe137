import type { ASTNode } from '@marcbachmann/cel-js';
import { Environment, EvaluationError, Optional, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import type { JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';

/**
 * Limits on one expression. The library knows no cost limit, so what could run long is not let in: a short text, few
 * additions, one level of looping with only cheap steps inside, no bindings, no regular expressions, lists of bounded length.
 */
const maxExpressionLength = 1000;
const maxAdditions = 20;
export const maxListLength = 1000;

const loops: ReadonlySet<string> = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);
const functions: ReadonlySet<string> = new Set([
  ...loops,
  ...['has', 'size', 'string', 'int', 'double', 'dyn', 'type', 'base64encode', 'quote', 'texts', 'merged', 'or', 'orValue', 'hasValue', 'value', 'none', 'of'],
  ...['contains', 'startsWith', 'endsWith', 'indexOf', 'lastIndexOf', 'substring', 'lowerAscii', 'upperAscii', 'trim', 'join'],
]);

/** What may be called inside a loop: nothing that goes through a whole list or map. */
const cheapFunctions: ReadonlySet<string> = new Set([
  'has',
  'size',
  'type',
  'string',
  'int',
  'double',
  'dyn',
  'or',
  'orValue',
  'hasValue',
  'startsWith',
  'endsWith',
]);

/** An expression is wrong, or wrong for these values. The message is one line. */
export class ExpressionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExpressionError';
  }
}

/** Values as expressions see them: whole numbers as CEL's ints, maps as `Map` so that no key can reach a prototype. */
export type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | ReadonlyMap<string, CelValue>;
export type CelScope = Readonly<Record<string, CelValue>>;

export interface Expression {
  readonly text: string;
  /** Undefined when the expression says that there is nothing (an optional without a value). */
  evaluate(scope: CelScope): CelValue | undefined;
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 },
})
  .registerFunction('base64encode(string): string', base64OfText)
  .registerFunction('quote(dyn): string', (value: unknown) => JSON.stringify(textOfCel(valueFromCel(value) ?? null)))
  .registerFunction('texts(dyn): dyn', (value: unknown) => textsOf(valueFromCel(value)))
  .registerFunction('merged(map, map): map', (below: unknown, above: unknown) => mergedMaps(valueFromCel(below), valueFromCel(above)));

/** Reads an expression; what it may not use is refused here, before any value is known. */
export function compileExpression(text: string): Expression {
  if (text.length > maxExpressionLength) throw new ExpressionError(`an expression has at most ${maxExpressionLength} characters`);
  let parsed: ReturnType<typeof environment.parse>;
  try {
    parsed = environment.parse(text);
    checkCost(parsed.ast);
  } catch (error) {
    throw wordedError(error);
  }
  return {
    text,
    evaluate(scope) {
      try {
        return valueFromCel(parsed(scope));
      } catch (error) {
        throw wordedError(error);
      }
    },
  };
}

function wordedError(error: unknown): Error {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError)
    return new ExpressionError(error.summary, { cause: error });
  if (error instanceof RangeError) return new ExpressionError('its result is too large', { cause: error });
  return error instanceof Error ? error : new ExpressionError(String(error));
}

function checkCost(root: ASTNode): void {
  let additions = 0;
  const visit = (node: ASTNode, inLoop: boolean): void => {
    switch (node.op) {
      case 'call':
        allow(node.args[0], inLoop);
        for (const argument of node.args[1]) visit(argument, inLoop);
        return;
      case 'rcall': {
        const [name, receiver, args] = node.args;
        allow(name, inLoop);
        const looping = loops.has(name);
        visit(receiver, inLoop);
        for (const argument of args) visit(argument, inLoop || looping);
        return;
      }
      case '+':
        additions += 1;
        if (inLoop) throw new ExpressionError('"+" may not stand inside a loop');
        if (additions > maxAdditions) throw new ExpressionError(`an expression has at most ${maxAdditions} "+"`);
        return node.args.forEach((argument) => visit(argument, inLoop));
      case '==':
      case '!=':
      case 'in':
        if (inLoop && !node.args.some(isLiteral)) throw new ExpressionError(`inside a loop "${node.op}" needs a literal on one side`);
        return node.args.forEach((argument) => visit(argument, inLoop));
      case 'value':
      case 'id':
        return;
      case '.':
      case '.?':
        return visit(node.args[0], inLoop);
      case '!_':
      case '-_':
        return visit(node.args, inLoop);
      case 'map':
        return node.args.forEach(([key, value]) => {
          visit(key, inLoop);
          visit(value, inLoop);
        });
      default:
        return node.args.forEach((argument) => visit(argument, inLoop));
    }
  };
  visit(root, false);
}

function allow(name: string, inLoop: boolean): void {
  if (!functions.has(name)) throw new ExpressionError(`"${name}" is no function that templates have`);
  if (inLoop && !cheapFunctions.has(name)) throw new ExpressionError(`"${name}" may not stand inside a loop`);
}

/** A constant, a list of constants, or the name of a type: comparing with one is cheap whatever the other side is. */
function isLiteral(node: ASTNode): boolean {
  return node.op === 'value' || node.op === 'id' ? node.op === 'value' || typeNames.has(node.args) : node.op === 'list' && node.args.every(isLiteral);
}

const typeNames: ReadonlySet<string> = new Set(['int', 'uint', 'double', 'string', 'bool', 'list', 'map', 'null_type']);

/** JSON as expressions see it. */
export function celFromJson(value: JsonValue): CelValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return checkedList((value as readonly JsonValue[]).map(celFromJson));
  if (isJsonObject(value)) return new Map(Object.entries(value).map(([key, item]) => [key, celFromJson(item)]));
  return value as Exclude<JsonValue, number | readonly JsonValue[]> & (null | boolean | string);
}

/** What an expression gave, as JSON; the size is the caller's to count. */
export function jsonFromCel(value: CelValue): JsonValue {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new ExpressionError(`${value} is too large a number`);
    return number;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new ExpressionError('the result is no number');
  if (value instanceof Map) return jsonObject([...(value as ReadonlyMap<string, CelValue>)].map(([key, item]) => [key, jsonFromCel(item)]));
  if (Array.isArray(value)) return (value as readonly CelValue[]).map(jsonFromCel);
  return value as null | boolean | number | string;
}

/** A scalar as text, the way it stands in YAML: `8080`, `true`, `0.5`. Undefined for what is no scalar. */
export function textOfCel(value: CelValue): string | undefined {
  if (value === null || typeof value === 'object') return undefined;
  return String(value);
}

/** The library's own kinds of value (plain objects, optionals, unsigned numbers) brought to the few that are used here. */
function valueFromCel(value: unknown): CelValue | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value;
  if (value instanceof Optional) return value.hasValue() ? valueFromCel(value.value()) : undefined;
  if (Array.isArray(value)) return checkedList(value.map(valueFromCel).filter((item) => item !== undefined));
  const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : undefined;
  if (entries === undefined) throw new ExpressionError('the result is of a type that has no place in an object');
  const made = new Map<string, CelValue>();
  for (const [key, item] of entries) {
    if (typeof key !== 'string') throw new ExpressionError('the keys of a map are text');
    const read = valueFromCel(item);
    if (read !== undefined) made.set(key, read);
  }
  return made;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function checkedList<T>(list: readonly T[]): readonly T[] {
  if (list.length > maxListLength) throw new ExpressionError(`a list has at most ${maxListLength} items`);
  return list;
}

/**
 * A map or list whose values are all text, as labels, variables and arguments must be; keys without a value are left out.
 * An optional without a value stays one.
 */
function textsOf(value: CelValue | undefined): unknown {
  if (value === undefined) return Optional.none();
  if (Array.isArray(value)) return (value as readonly CelValue[]).map((item, index) => textAt(item, String(index)));
  if (!(value instanceof Map)) throw new ExpressionError('texts() takes a list or map');
  return new Map([...(value as ReadonlyMap<string, CelValue>)].flatMap(([key, item]) => (item === null ? [] : [[key, textAt(item, key)] as const])));
}

function textAt(item: CelValue, key: string): string {
  const text = textOfCel(item);
  if (text === undefined) throw new ExpressionError(`"${key}" must be text, a number or a boolean`);
  return text;
}

/** The keys of both maps; where both have one, the second map's value. */
function mergedMaps(below: CelValue | undefined, above: CelValue | undefined): CelValue {
  if (!(below instanceof Map) || !(above instanceof Map)) throw new ExpressionError('merged() takes two maps');
  return new Map([...(below as ReadonlyMap<string, CelValue>), ...(above as ReadonlyMap<string, CelValue>)]);
}

function base64OfText(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
