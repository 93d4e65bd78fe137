import type { Json, JsonMap } from '../objects';

/**
 * One step to a field, in the notation of FieldsV1: `f:replicas` (a field), `k:{"name":"web"}` (an item by its keys),
 * `v:"x"` (an item of a set). Equal steps are equal strings.
 */
export type Step = string;
export type FieldPath = readonly Step[];

export function fieldStep(name: string): Step {
  return `f:${name}`;
}

/** JSON as Go's encoder writes it: markup characters escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `key` has its names in sorted order. */
export function keyStep(key: Readonly<Record<string, unknown>>): Step {
  return `k:${goJson(key)}`;
}

export function valueStep(value: unknown): Step {
  return `v:${goJson(value)}`;
}

/** The step as conflict messages write it: `.replicas`, `[name="web"]`, `[="x"]`. */
function stepText(step: Step): string {
  const rest = step.slice(2);
  if (step.startsWith('f:')) return `.${rest}`;
  if (step.startsWith('v:')) return `[=${rest}]`;
  if (step.startsWith('i:')) return `[${rest}]`;
  const key = JSON.parse(rest) as Record<string, unknown>;
  return `[${Object.entries(key)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
}

export function pathText(path: FieldPath): string {
  return path.map(stepText).join('');
}

const kindOrder = 'fkvi';

function compareSteps(a: Step, b: Step): number {
  const kinds = kindOrder.indexOf(a.charAt(0)) - kindOrder.indexOf(b.charAt(0));
  if (kinds !== 0) return kinds;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A set of paths as a tree. A path may be a member while paths below it are members too. Values are not changed once made. */
export class FieldSet {
  readonly #members: Set<Step>;
  readonly #children: Map<Step, FieldSet>;

  private constructor(members: Set<Step>, children: Map<Step, FieldSet>) {
    this.#members = members;
    this.#children = children;
  }

  static readonly empty = new FieldSet(new Set(), new Map());

  static of(paths: Iterable<FieldPath>): FieldSet {
    const made = new FieldSet(new Set(), new Map());
    for (const path of paths) made.#insert(path);
    return made;
  }

  #insert([step, ...rest]: FieldPath): void {
    if (step === undefined) return;
    if (rest.length === 0) {
      this.#members.add(step);
      return;
    }
    let below = this.#children.get(step);
    if (below === undefined) this.#children.set(step, (below = new FieldSet(new Set(), new Map())));
    below.#insert(rest);
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#children.size === 0;
  }

  /** Whether the one-step path is a member. */
  hasMember(step: Step): boolean {
    return this.#members.has(step);
  }

  below(step: Step): FieldSet {
    return this.#children.get(step) ?? FieldSet.empty;
  }

  union(other: FieldSet): FieldSet {
    const children = new Map(this.#children);
    for (const [step, set] of other.#children) {
      const own = children.get(step);
      children.set(step, own === undefined ? set : own.union(set));
    }
    return new FieldSet(new Set([...this.#members, ...other.#members]), children);
  }

  intersection(other: FieldSet): FieldSet {
    const children = new Map<Step, FieldSet>();
    for (const [step, set] of this.#children) keep(children, step, set.intersection(other.below(step)));
    return new FieldSet(new Set([...this.#members].filter((step) => other.#members.has(step))), children);
  }

  /** Members of this set that are not members of `other`; what stands below a member of `other` stays. */
  difference(other: FieldSet): FieldSet {
    const children = new Map<Step, FieldSet>();
    for (const [step, set] of this.#children) {
      const theirs = other.#children.get(step);
      keep(children, step, theirs === undefined ? set : set.difference(theirs));
    }
    return new FieldSet(new Set([...this.#members].filter((step) => !other.#members.has(step))), children);
  }

  /** Like `difference`, and everything below a member of `other` goes too. */
  without(other: FieldSet): FieldSet {
    const children = new Map<Step, FieldSet>();
    for (const [step, set] of this.#children) if (!other.#members.has(step)) keep(children, step, set.without(other.below(step)));
    return new FieldSet(new Set([...this.#members].filter((step) => !other.#members.has(step))), children);
  }

  /** This set with `extra` steps of its root as members and its children mapped. */
  withMembers(extra: (step: Step) => boolean, mapChild: (step: Step, set: FieldSet) => FieldSet): FieldSet {
    const members = new Set(this.#members);
    const children = new Map<Step, FieldSet>();
    for (const [step, set] of this.#children) {
      if (extra(step)) members.add(step);
      keep(children, step, mapChild(step, set));
    }
    return new FieldSet(members, children);
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Every member, parents before what stands below them, in the order in which the API server lists them. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    for (const step of [...this.#members].sort(compareSteps)) yield [...prefix, step];
    for (const step of [...this.#children.keys()].sort(compareSteps)) yield* this.below(step).paths([...prefix, step]);
  }

  toFieldsV1(): JsonMap {
    const made: JsonMap = {};
    for (const step of [...new Set([...this.#members, ...this.#children.keys()])].sort(compareSteps)) {
      const child = this.#children.get(step);
      if (child === undefined) made[step] = {};
      else made[step] = this.#members.has(step) ? { '.': {}, ...child.toFieldsV1() } : child.toFieldsV1();
    }
    return made;
  }

  static fromFieldsV1(json: Json | undefined): FieldSet {
    const made = new FieldSet(new Set(), new Map());
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return made;
    for (const [step, below] of Object.entries(json)) {
      if (step === '.') continue;
      const entries = typeof below === 'object' && below !== null && !Array.isArray(below) ? Object.keys(below) : [];
      if (entries.length === 0 || entries.includes('.')) made.#members.add(step);
      if (entries.some((one) => one !== '.')) keep(made.#children, step, FieldSet.fromFieldsV1(below));
    }
    return made;
  }
}

function keep(children: Map<Step, FieldSet>, step: Step, set: FieldSet): void {
  if (!set.isEmpty) children.set(step, set);
}
