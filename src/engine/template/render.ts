import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { CelScope, CelValue, Expression } from './cel';
import { celFromJson, ExpressionError, jsonFromCel, maxListLength, textOfCel } from './cel';
import type { Branch, Template } from './parse';
import { templateErrorAt } from './parse';

/** Bounds of one rendering. A value counts one, and one more per 1,000 characters. */
const maxOutput = 50_000;
const maxSteps = 200_000;
const maxIncludes = 8;
/** A template of ours takes about a millisecond. */
const maxDurationMs = 2000;

/**
 * Renders a template with `values` as the names that its expressions know. Only the values' content enters the result,
 * never their syntax. Undefined when a condition leaves everything out. Throws TemplateError.
 */
export function renderTemplate(template: Template, values: JsonObject): JsonValue | undefined {
  const scope: Record<string, CelValue> = Object.create(null) as Record<string, CelValue>;
  for (const [name, value] of Object.entries(values)) {
    try {
      scope[name] = celFromJson(value);
    } catch (error) {
      if (error instanceof ExpressionError) throw templateErrorAt(template, [], `"${name}": ${error.message}`, error);
      throw error;
    }
  }
  return new Rendering().render(template, template.root, scope, 0);
}

class Rendering {
  #steps = 0;
  #output = 0;
  readonly #deadlineMs = Date.now() + maxDurationMs;

  render(template: Template, branch: Branch, scope: CelScope, includes: number): JsonValue | undefined {
    this.#steps += 1;
    if (this.#steps > maxSteps) throw templateErrorAt(template, branch.path, `rendering takes more than ${maxSteps} steps`);
    if (this.#steps % 16 === 0 && Date.now() > this.#deadlineMs)
      throw templateErrorAt(template, branch.path, `rendering takes more than ${maxDurationMs / 1000} s`);
    switch (branch.kind) {
      case 'literal':
        return this.#counted(template, branch, branch.value);
      case 'expression': {
        const value = evaluated(template, branch, branch.expression, scope);
        return value === undefined ? undefined : this.#counted(template, branch, this.#json(template, branch, value));
      }
      case 'text':
        return this.#text(template, branch, branch.parts, scope);
      case 'list': {
        const items = branch.items.flatMap((item) => this.#items(template, item, scope, includes));
        return items.length === 0 && branch.items.length > 0 ? undefined : this.#counted(template, branch, items, 0);
      }
      case 'map':
        return this.#map(template, branch.entries, scope, includes);
      case 'if': {
        const test = evaluated(template, branch, branch.test, scope);
        if (typeof test !== 'boolean') throw templateErrorAt(template, branch.path, `\${ ${branch.test.text} } must be true or false`);
        const chosen = test ? branch.then : branch.otherwise;
        return chosen === undefined ? undefined : this.render(template, chosen, scope, includes);
      }
      case 'for': {
        const items = this.#items(template, branch, scope, includes);
        return items.length === 0 ? undefined : [...items];
      }
      case 'include': {
        const partial = template.partials.get(branch.partial);
        if (partial === undefined) throw templateErrorAt(template, branch.path, `there is no partial "${branch.partial}"`);
        if (includes >= maxIncludes) throw templateErrorAt(template, branch.path, `partials include one another more than ${maxIncludes} deep`);
        const below = this.render(partial, partial.root, this.#given(template, branch, branch.given, scope), includes + 1);
        const above = branch.above === undefined ? undefined : this.render(template, branch.above, scope, includes);
        if (above === undefined) return below;
        if (!isJsonObject(below) || !isJsonObject(above))
          throw templateErrorAt(template, branch.path, `the partial "${branch.partial}" is no map, so no keys can lie over it`);
        return jsonObject([...Object.entries(below), ...Object.entries(above)]);
      }
    }
  }

  #given(template: Template, branch: Branch, given: readonly (readonly [string, Expression])[], scope: CelScope): CelScope {
    if (given.length === 0) return scope;
    const inner: Record<string, CelValue> = Object.assign(Object.create(null) as Record<string, CelValue>, scope);
    for (const [name, expression] of given) {
      const value = evaluated(template, branch, expression, scope);
      if (value === undefined) delete inner[name];
      else inner[name] = value;
    }
    return inner;
  }

  #map(template: Template, entries: readonly (readonly [string, Branch])[], scope: CelScope, includes: number): JsonValue | undefined {
    const made = jsonObject();
    for (const [key, child] of entries) {
      const value = this.render(template, child, scope, includes);
      if (value !== undefined) made[key] = value;
    }
    return entries.length > 0 && Object.keys(made).length === 0 ? undefined : made;
  }

  /** What one item of a list gives: nothing, itself, or all results of a loop. */
  #items(template: Template, branch: Branch, scope: CelScope, includes: number): readonly JsonValue[] {
    if (branch.kind !== 'for') {
      const value = this.render(template, branch, scope, includes);
      return value === undefined ? [] : [value];
    }
    const over = evaluated(template, branch, branch.over, scope);
    const [first = '', second] = branch.names;
    return entriesOf(over, second !== undefined).flatMap(([key, item]) => {
      const inner: Record<string, CelValue> = Object.assign(Object.create(null) as Record<string, CelValue>, scope);
      if (second === undefined) inner[first] = item;
      else {
        inner[first] = key;
        inner[second] = item;
      }
      return this.#items(template, branch.body, inner, includes);
    });

    function entriesOf(value: CelValue | undefined, withKeys: boolean): readonly (readonly [CelValue, CelValue])[] {
      if (value === undefined || value === null) return [];
      if (Array.isArray(value)) return (value as readonly CelValue[]).map((item, index) => [BigInt(index), item]);
      if (!(value instanceof Map) || !withKeys)
        throw templateErrorAt(template, branch.path, `\${ ${branch.kind === 'for' ? branch.over.text : ''} } must be a list${withKeys ? ' or map' : ''}`);
      if (value.size > maxListLength) throw templateErrorAt(template, branch.path, `a map that is gone through has at most ${maxListLength} entries`);
      return [...(value as ReadonlyMap<string, CelValue>)];
    }
  }

  #text(template: Template, branch: Branch, parts: readonly (string | Expression)[], scope: CelScope): JsonValue {
    const texts = parts.map((part) => {
      if (typeof part === 'string') return part;
      const value = evaluated(template, branch, part, scope);
      const text = value === undefined ? undefined : textOfCel(value);
      if (text === undefined) throw templateErrorAt(template, branch.path, `\${ ${part.text} } has no value that could stand inside text`);
      return text;
    });
    return this.#counted(template, branch, texts.join(''));
  }

  #json(template: Template, branch: Branch, value: CelValue): JsonValue {
    try {
      return jsonFromCel(value);
    } catch (error) {
      if (error instanceof ExpressionError) throw templateErrorAt(template, branch.path, error.message, error);
      throw error;
    }
  }

  /** Adds a value to what was given out so far; `depth` 0 counts the value alone because its parts were counted already. */
  #counted<T extends JsonValue>(template: Template, branch: Branch, value: T, depth = 50): T {
    this.#output += sizeOf(value, depth);
    if (this.#output > maxOutput) throw templateErrorAt(template, branch.path, 'the result is too large');
    return value;
  }
}

function sizeOf(value: JsonValue, depth: number): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / 1000);
  if (depth === 0 || value === null || typeof value !== 'object') return 1;
  let size = 1;
  for (const item of Array.isArray(value) ? (value as readonly JsonValue[]) : Object.values(value)) size += sizeOf(item, depth - 1);
  return size;
}

function evaluated(template: Template, branch: Branch, expression: Expression, scope: CelScope): CelValue | undefined {
  try {
    return expression.evaluate(scope);
  } catch (error) {
    if (error instanceof ExpressionError) throw templateErrorAt(template, branch.path, `\${ ${expression.text} }: ${error.message}`, error);
    throw error;
  }
}
