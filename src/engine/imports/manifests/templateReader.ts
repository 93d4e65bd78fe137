import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt, withValueAt } from '../../../shared/json';
import type { Branch, Template } from '../../template/parse';

/** What a name of a template's expressions stands for while the template is read backwards. */
export interface Target {
  set(path: readonly string[], value: JsonValue): void;
}

/** Fields that are collected while an object is read. The first value that a field gets stays. */
export class Collected implements Target {
  #data: JsonObject = jsonObject();
  #self: JsonValue | undefined;

  set(path: readonly string[], value: JsonValue): void {
    if (path.length === 0) this.#self ??= value;
    else if (valueAt(this.#data, path) === undefined) this.#data = withValueAt(this.#data, path, value) as JsonObject;
  }

  get data(): JsonObject {
    return this.#data;
  }

  /** The whole value where the name itself was the expression, else the fields. */
  get value(): JsonValue {
    return this.#self ?? this.#data;
  }
}

type Scope = ReadonlyMap<string, Target>;

/**
 * Reads an object through the template that would make it, the other way round: where the template has `${ data.replicas }`, the value
 * in that place is the field `replicas`. Conditions are not asked, since only what is there is read; what a template works out by more
 * than a name, `texts(…)`, `string(…)` or a fallback is skipped. Whether the fields give the object again is for the caller to prove.
 */
export function readThrough(template: Template, branch: Branch, value: JsonValue | undefined, scope: Scope): void {
  if (value === undefined) return;
  switch (branch.kind) {
    case 'literal':
    case 'text':
      return;
    case 'expression': {
      const path = pathOf(branch.expression.text);
      if (path !== undefined) scope.get(path.base)?.set(path.path, value);
      return;
    }
    case 'map':
      if (isJsonObject(value)) for (const [key, inner] of branch.entries) readThrough(template, inner, valueAt(value, [key]), scope);
      return;
    case 'if': {
      readThrough(template, branch.then, value, scope);
      if (branch.otherwise !== undefined) readThrough(template, branch.otherwise, value, scope);
      const test = /^\s*(?:has\([\w.]+\)\s*&&\s*)?([\w.?]+)\s*==\s*"([^"]*)"\s*$/.exec(branch.test.text);
      const path = test?.[1] === undefined ? undefined : pathOf(test[1]);
      if (path !== undefined && test?.[2] !== undefined) scope.get(path.base)?.set(path.path, test[2]);
      // A map that is there and empty says something where a template asks for nothing but its being there.
      const present = /^\s*has\(([\w.]+)\)\s*$/.exec(branch.test.text)?.[1];
      const empty = present === undefined || !isJsonObject(value) || Object.keys(value).length > 0 ? undefined : pathOf(present);
      if (empty !== undefined) scope.get(empty.base)?.set(empty.path, jsonObject());
      return;
    }
    case 'include': {
      const partial = template.partials.get(branch.partial);
      if (partial === undefined) return;
      const given = new Map(scope);
      for (const [name, expression] of branch.given) {
        const target = targetAt(expression.text, scope);
        if (target === undefined) given.delete(name);
        else given.set(name, target);
      }
      readThrough(partial, partial.root, value, given);
      if (branch.above !== undefined) readThrough(template, branch.above, value, scope);
      return;
    }
    case 'for':
      return readLoop(template, branch, value, scope);
    case 'list': {
      // Items that stand in a template by themselves say what follows from other fields; what is listed is the loop's.
      const loop = branch.items.find((item) => item.kind === 'for' && targetAt(item.over.text, scope) !== undefined);
      if (loop?.kind === 'for') readLoop(template, loop, value, scope);
    }
  }
}

function readLoop(template: Template, { names, over, body }: Extract<Branch, { kind: 'for' }>, value: JsonValue, scope: Scope): void {
  const target = targetAt(over.text, scope);
  const [first, second] = names;
  if (target === undefined || first === undefined || !Array.isArray(value)) return;
  const items = (value as readonly JsonValue[]).map((item) => {
    const [one, two] = [new Collected(), new Collected()];
    readThrough(template, body, item, new Map([...scope, [first, one], ...(second === undefined ? [] : [[second, two] as const])]));
    return [one.value, two.value] as const;
  });
  if (second === undefined)
    target.set(
      [],
      items.map(([item]) => item),
    );
  else
    target.set(
      [],
      jsonObject(
        items.flatMap(([key, item]) => (typeof key === 'string' ? [[key, isJsonObject(item) && Object.keys(item).length === 0 ? '' : item] as const] : [])),
      ),
    );
}

/** The target that an expression names, so that what is set in it is set below that name. */
function targetAt(text: string, scope: Scope): Target | undefined {
  const path = pathOf(text);
  const base = path === undefined ? undefined : scope.get(path.base);
  return base === undefined || path === undefined ? undefined : { set: (inner, value) => base.set([...path.path, ...inner], value) };
}

/** `data.?a.b`, alone or inside of `texts()` or `string()`, whatever stands in for it when it is absent. */
function pathOf(text: string): { readonly base: string; readonly path: readonly string[] } | undefined {
  const inner = /^\s*(?:texts|string)\((.*)\)\s*$/.exec(text)?.[1] ?? text;
  const match = /^\s*([A-Za-z_]\w*)((?:\.\??(?!or\(|orValue\()\w+)*)(?:\.or(?:Value)?\(.*\))?\s*$/.exec(inner);
  const [, base, steps] = match ?? [];
  if (base === undefined || steps === undefined) return undefined;
  return { base, path: steps.split(/\.\??/).slice(1) };
}
