import type { FieldError, Finding, FindingCode, JsonObject as OpenApiObject, OpenApi } from '../../openapi/index';
import { checkObject, pathOfField } from '../../openapi/index';
import type { JsonObject, JsonPath } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { groupOf } from '../../shared/kubeObject';
import type { ProblemCode } from '../../shared/problem';
import type { WorkflowNode } from '../../shared/workflow';
import type { RenderedObject, RenderResult } from '../render';
import { textOf } from './fields';
import type { FindingOptions, Findings, ToldFinding } from './findings';
import { repairsOf, repairsOfRule } from './objectFixes';
import { placeOf } from './places';
import { plainWords } from './plainWords';
import { nearest } from './nearest';

/** Problems of nodes that could not be rendered, but for what the checks of the node say themselves. */
export function checkTemplates(findings: Findings, rendered: RenderResult): void {
  for (const problem of rendered.problems) {
    if (problem.code === 'node.template' && problem.nodeId !== undefined && !findings.hasError(problem.nodeId))
      findings.add(problem.code, problem.args, ['nodes', problem.nodeId], { what: 'key' });
  }
}

/** Two nodes that would make the same object overwrite one another for ever. */
export function checkDoubles(findings: Findings, rendered: RenderResult, fallbackNamespace: string): void {
  const makers = new Map<string, string>();
  for (const { object, nodeId, namespaced } of rendered.objects) {
    const namespace = object.metadata.namespace ?? (namespaced ? fallbackNamespace : '');
    const key = `${groupOf(object.apiVersion)}/${object.kind}/${namespace}/${object.metadata.name}`;
    const other = makers.get(key);
    if (other === undefined) makers.set(key, nodeId);
    else findings.add('node.duplicateObject', { kind: object.kind, name: object.metadata.name, namespace, other }, ['nodes', nodeId, 'name']);
  }
}

const codes: Readonly<Record<FindingCode, ProblemCode>> = {
  unknownKind: 'object.unknownKind',
  unknownField: 'object.unknownField',
  wrongType: 'object.wrongType',
  missingRequired: 'object.missingField',
  notInEnum: 'object.notAnOption',
  badFormat: 'object.badFormat',
  duplicateItem: 'object.duplicateItem',
};

/** What an object is judged by: the shipped structure, or the one of a cluster or of definitions beside the workflow. */
export type ObjectJudge = (object: OpenApiObject) => ReturnType<typeof checkObject>;

export function judgeBy(openApi: OpenApi): ObjectJudge {
  return (object) => checkObject(openApi, object);
}

/** What the API server would say of an object that a node makes. What a program rendered is its author's to mend, and the cluster checks it when it plans. */
export function structureFindings(node: WorkflowNode, one: RenderedObject, judge: ObjectJudge): readonly ToldFinding[] {
  if (one.batch !== undefined) return [];
  const told: ToldFinding[] = [];
  const object = withPlaceholders(one);
  const { structure, rules } = judge(object);
  for (const finding of structure) tellFinding(told, node, object, finding);
  for (const error of rules) tellRule(told, node, object, error);
  return told;
}

/** Values of Secrets join only when they are applied; what stands in for them here is valid for every type of Secret. */
function withPlaceholders({ object, secretKeys }: RenderedObject): JsonObject {
  const json = object as unknown as JsonObject;
  return secretKeys.length === 0 ? json : { ...json, data: Object.fromEntries(secretKeys.map((key) => [key, emptyMap])) };
}

/** `{}` in base64. */
const emptyMap = 'e30=';

function tellFinding(told: ToldFinding[], node: WorkflowNode, object: JsonObject, finding: Finding): void {
  // Whoever writes an object out, or a plugin for it, knows its kind; that nothing judges it is worth a word, and not one at each node.
  if (finding.code === 'unknownKind') {
    told.push({ code: 'object.unknownKind', args: { found: finding.found }, path: ['nodes', node.id], options: { severity: 'info' }, once: 'file' });
    return;
  }
  const place = placeOf(node, object, finding.path);
  const [meant] = finding.code === 'unknownField' ? nearest(String(finding.path.at(-1)), finding.expected.split(', '), 1) : [];
  const args = {
    kind: kindIn(object),
    path: textOf(finding.path),
    expected: expectedWords(finding),
    found: finding.found,
    ...(meant === undefined ? {} : { meant }),
  };
  told.push({
    code: meant === undefined ? codes[finding.code] : 'object.misspelt',
    args,
    path: ['nodes', node.id, ...place.path],
    options: { what: finding.code === 'unknownField' ? 'key' : 'value', fixes: repairsOf(node.id, place, finding, valueAt(object, finding.path)) },
  });
}

/** Types and formats as people call them. */
const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  int32: 'a whole number',
  int64: 'a whole number',
  number: 'a number',
  double: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  quantity: 'a quantity such as 500m or 1Gi',
  intOrString: 'a whole number or text',
  'int-or-string': 'a whole number or text',
  byte: 'text in base64',
  'date-time': 'a time such as 2026-01-31T12:00:00Z',
};

function expectedWords({ code, expected }: Finding): string {
  return code === 'wrongType' || code === 'badFormat' ? (Object.hasOwn(words, expected) ? (words[expected] ?? expected) : expected) : expected;
}

const ruleCodes: Readonly<Record<FieldError['type'], ProblemCode>> = {
  required: 'object.missingField',
  invalid: 'object.invalid',
  notSupported: 'object.notAnOption',
  forbidden: 'object.forbidden',
  duplicate: 'object.duplicateItem',
  notFound: 'object.notFound',
  tooLong: 'object.invalid',
  tooMany: 'object.invalid',
  wrongType: 'object.invalid',
};

function tellRule(told: ToldFinding[], node: WorkflowNode, object: JsonObject, error: FieldError): void {
  const path = pathOfField(error.field);
  const found = keyedPlace(node, object, path, error.value);
  const detail = plainWords(error.detail);
  const code = error.type === 'required' && detail !== '' ? 'object.needs' : ruleCodes[error.type];
  const args = {
    kind: kindIn(object),
    path: error.field === '' ? 'metadata' : textOf(path),
    detail,
    found: shownValue(object, error.value),
    expected: (error.allowed ?? []).join(', '),
  };
  const options: FindingOptions = { what: found.isKey ? 'key' : 'value', fixes: repairsOfRule(node.id, found, error, args.expected) };
  // Several rules may say the same about one place.
  told.push({ code, args, path: ['nodes', node.id, ...found.path], options, once: true });
}

/** Rules of maps name the map; the key that they mean is their value. */
function keyedPlace(node: WorkflowNode, object: JsonObject, path: JsonPath, value: unknown): ReturnType<typeof placeOf> & { readonly isKey: boolean } {
  const place = placeOf(node, object, path);
  const at = valueAt(node.data, place.path);
  if (isJsonObject(at) && typeof value === 'string') {
    if (Object.hasOwn(at, value)) return { path: [...place.path, value], exact: false, isKey: true };
    const key = Object.entries(at).find(([, item]) => item === value)?.[0];
    if (key !== undefined) return { path: [...place.path, key], exact: true, isKey: false };
  }
  return { ...place, isKey: false };
}

function shownValue(object: JsonObject, value: unknown): string {
  if (value === undefined || value === null || kindIn(object) === 'Secret') return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function kindIn(object: JsonObject): string {
  const { kind } = object;
  return typeof kind === 'string' ? kind : 'object';
}
