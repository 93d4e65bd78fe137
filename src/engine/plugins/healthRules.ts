import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import type { CelScope, CelValue, Expression } from '../template/cel';
import { celFromJson, compileExpression, ExpressionError } from '../template/cel';
import type { Template } from '../template/parse';
import { TemplateError, templateInFile } from '../template/parse';
import { renderTemplate } from '../template/render';
import { conditionsOf, unsettled, verdict } from '../status/verdict';

/** One rule as a plugin file writes it: the first whose `when` holds is the verdict. */
export interface HealthRuleText {
  /** Where it stands in the file. */
  readonly path: JsonPath;
  readonly when: string;
  readonly state: Extract<NodeState, 'healthy' | 'pending' | 'error' | 'suspended'>;
  readonly message: string;
}

/** The verdict of a plugin's rules; undefined when none of them holds, so that the usual conditions decide. Never throws. */
export type HealthRules = (object: KubeObject) => NodeStatus | undefined;

/** A rule cannot be read; the path is its place in the file. */
export class HealthRuleError extends Error {
  readonly path: JsonPath;

  constructor(path: JsonPath, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HealthRuleError';
    this.path = path;
  }
}

interface Rule {
  readonly when: Expression;
  readonly state: HealthRuleText['state'];
  readonly message: Template;
}

/** The deepest that an object is looked into; controllers write what they like. */
const maxObjectDepth = 60;

/**
 * Compiles rules. Expressions are those of templates, with their limits, and know `object`, `metadata`, `spec`, `status` and
 * `conditions` (by type). Throws HealthRuleError.
 */
export function healthRules(file: Pick<Template, 'name' | 'text'>, texts: readonly HealthRuleText[]): HealthRules {
  const rules = texts.map(({ path, when, state, message }): Rule => {
    try {
      return { when: compileExpression(bare(when)), state, message: templateInFile(file, message, [...path, 'message']) };
    } catch (error) {
      if (error instanceof ExpressionError) throw new HealthRuleError([...path, 'when'], error.message, { cause: error });
      if (error instanceof TemplateError) throw new HealthRuleError([...path, 'message'], error.detail, { cause: error });
      throw error;
    }
  });
  return (object) => unsettled(object, { ready: 0, desired: 0 }, false) ?? judged(rules, object);
}

function judged(rules: readonly Rule[], object: KubeObject): NodeStatus | undefined {
  let values: JsonObject;
  let scope: CelScope;
  try {
    values = valuesOf(object);
    scope = Object.assign(
      Object.create(null) as Record<string, CelValue>,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, celFromJson(value)])),
    );
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return verdict('unknown', `The health rules cannot look at this object: ${error.message}`, { reason: 'HealthRule' });
  }
  let failed: string | undefined;
  for (const [index, rule] of rules.entries()) {
    try {
      const holds = rule.when.evaluate(scope);
      if (holds === true) return verdict(rule.state, messageOf(rule, values));
      if (holds !== false && holds !== undefined) failed ??= `rule ${index + 1} is neither true nor false`;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      // A field that is not there yet: the rule does not hold, as with a condition that nobody has set.
      if (!error.message.startsWith('No such key')) failed ??= `rule ${index + 1}: ${error.message}`;
    }
  }
  return failed === undefined ? undefined : verdict('unknown', `The health rules do not fit this object: ${failed}`, { reason: 'HealthRule' });
}

function messageOf(rule: Rule, values: JsonObject): string {
  const usual = { healthy: 'Healthy', pending: 'In progress', error: 'Failed', suspended: 'Suspended' }[rule.state];
  try {
    const message = renderTemplate(rule.message, values);
    return typeof message === 'string' && message !== '' ? message : message === undefined || message === '' ? usual : JSON.stringify(message);
  } catch (error) {
    // A message about a field that is not there: the state holds all the same.
    if (error instanceof TemplateError) return usual;
    throw error;
  }
}

function valuesOf(object: KubeObject): JsonObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata as unknown as JsonObject;
  const whole = shallow({ ...(object as unknown as JsonObject), metadata }, maxObjectDepth);
  const parts = isJsonObject(whole) ? whole : {};
  const conditions = conditionsOf(object).map(({ type, status, reason, message }) => [type, { status, reason, message }] as const);
  const part = (name: string): JsonValue => (isJsonObject(parts[name]) ? parts[name] : {});
  return jsonObject([
    ['object', parts],
    ['metadata', part('metadata')],
    ['spec', part('spec')],
    ['status', part('status')],
    ['conditions', jsonObject(conditions)],
  ]);
}

/** Without what is nested deeper than anyone looks, which recursion could not follow. */
function shallow(value: JsonValue, depth: number): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => shallow(item, depth - 1));
  return jsonObject(Object.entries(value).map(([key, item]) => [key, shallow(item, depth - 1)]));
}

/** An expression with or without `${ }` around it. */
function bare(text: string): string {
  return /^\s*\$\{([^]*)\}\s*$/.exec(text)?.[1]?.trim() ?? text.trim();
}
