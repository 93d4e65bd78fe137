import type { FieldError, Finding } from '../../openapi/index';
import type { JsonPath, JsonValue } from '../../shared/json';
import type { ProblemFix } from '../../shared/problem';
import { valueText } from '../valueText';
import { nearest } from './nearest';
import type { NodePlace } from './places';
import { dnsName } from './plainWords';

/** Repairs of what does not fit the structure; only where the value itself stands in the file. */
export function repairsOf(id: string, place: NodePlace, finding: Finding, value: JsonValue | undefined): readonly ProblemFix[] {
  if (finding.code === 'missingRequired') return additionsOf(id, place, finding);
  if (!place.exact) return [];
  switch (finding.code) {
    case 'unknownField':
      return [...renamings(id, place.path, finding, value), removal(id, place.path)];
    case 'notInEnum':
      return nearest(finding.found, finding.expected.split(', '), 2).map((option) => change(id, place.path, option));
    case 'wrongType': {
      const right = converted(finding.expected, value);
      return right === undefined ? [] : [change(id, place.path, right)];
    }
    default:
      return [];
  }
}

/** Repairs of what a rule refuses. */
export function repairsOfRule(id: string, place: NodePlace, error: FieldError, allowed: string): readonly ProblemFix[] {
  if (!place.exact || typeof error.value !== 'string') return [];
  if (error.type === 'notSupported') return nearest(error.value, allowed.split(', '), 2).map((option) => change(id, place.path, option));
  if (error.type !== 'invalid') return [];
  const isLabel = error.detail.startsWith('a lowercase RFC 1123 label') || error.detail.startsWith('a DNS-1035 label');
  if (!isLabel && !error.detail.startsWith('a lowercase RFC 1123 subdomain')) return [];
  const name = dnsName(error.value, !isLabel);
  return name === undefined ? [] : [change(id, place.path, name)];
}

function renamings(id: string, path: JsonPath, finding: Finding, value: JsonValue | undefined): readonly ProblemFix[] {
  if (value === undefined) return [];
  return nearest(String(path.at(-1)), finding.expected.split(', '), 2).map((key) => ({
    code: 'fix.renameKey',
    args: { key },
    edit: {
      type: 'composite',
      edits: [
        { type: 'setField', id, path },
        { type: 'setField', id, path: [...path.slice(0, -1), key], value },
      ],
    },
  }));
}

/** A field that is needed, with the one value that it can have. */
function additionsOf(id: string, place: NodePlace, finding: Finding): readonly ProblemFix[] {
  const [section] = place.path;
  if (section !== 'patch' && section !== 'manifest') return [];
  const value = onlyValues[String(finding.path.at(-1))];
  const path = [section, ...finding.path];
  if (value === undefined || place.path.length < path.length - 1) return [];
  return [{ code: 'fix.addField', args: { field: String(finding.path.at(-1)), value: valueText(value) }, edit: { type: 'setField', id, path, value } }];
}

/** What nearly everyone means by a field that may not be left out. */
const onlyValues: Readonly<Record<string, JsonValue>> = {
  pathType: 'Prefix',
  apiGroup: 'rbac.authorization.k8s.io',
  accessModes: ['ReadWriteOnce'],
  concurrencyPolicy: 'Allow',
  protocol: 'TCP',
  maxReplicas: 1,
  operator: 'Exists',
};

function converted(expected: string, value: JsonValue | undefined): JsonValue | undefined {
  const isNumber = expected === 'integer' || expected === 'int32' || expected === 'int64' || expected === 'number' || expected === 'double';
  if (isNumber && typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim())) return Number(value);
  if (expected === 'boolean' && typeof value === 'string' && /^(?:true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === 'true';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (expected === 'list' && value !== undefined && value !== null && typeof value !== 'object') return [value];
  return undefined;
}

function change(id: string, path: JsonPath, value: JsonValue): ProblemFix {
  const text = typeof value === 'string' && !/^[\w.%/*+-]+$/.test(value) ? JSON.stringify(value) : valueText(value);
  return { code: 'fix.changeValue', args: { value: text }, edit: { type: 'setField', id, path, value } };
}

function removal(id: string, path: JsonPath): ProblemFix {
  return { code: 'fix.removeKey', args: { key: String(path.at(-1)) }, edit: { type: 'setField', id, path } };
}
