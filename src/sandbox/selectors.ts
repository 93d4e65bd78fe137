// Label and field selectors, as they stand in a URL and as they stand in a spec.
import { meetsRequirement } from '../openapi/index';
import { badRequest } from './apiStatus';
import type { KindInfo } from './kinds';
import { isMap, type KubeObject } from './objects';

export type Matcher = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const keyPattern = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function unparsable(selector: string, why: string): never {
  throw badRequest(`unable to parse requirement: ${why} in the selector "${selector}"`);
}

/** Parts of a selector between commas; commas inside parentheses do not part. */
function requirementsIn(selector: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < selector.length; at++) {
    const sign = selector[at];
    if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === ',' && depth === 0) {
      parts.push(selector.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(selector.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function labelTest(requirement: string, selector: string): LabelTest {
  const checkKey = (key: string): string => (keyPattern.test(key) ? key : unparsable(selector, `"${key}" is not a label key`));
  const checkValue = (value: string): string => (valuePattern.test(value) ? value : unparsable(selector, `"${value}" is not a label value`));
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(requirement);
  if (set) {
    const key = checkKey(set[1] ?? '');
    const values = new Set((set[3] ?? '').split(',').map((value) => checkValue(value.trim())));
    if (set[2] === 'in') return (labels) => values.has(label(labels, key) ?? '\0');
    return (labels) => !values.has(label(labels, key) ?? '\0');
  }
  const equal = /^([^\s=!<>]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
  if (equal) {
    const key = checkKey(equal[1] ?? '');
    const value = checkValue(equal[3] ?? '');
    return equal[2] === '!=' ? (labels) => label(labels, key) !== value : (labels) => label(labels, key) === value;
  }
  const order = /^([^\s=!<>]+)\s*([<>])\s*(-?\d+)$/.exec(requirement);
  if (order) {
    const key = checkKey(order[1] ?? '');
    const bound = Number(order[3]);
    return (labels) => {
      const value = label(labels, key);
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return order[2] === '<' ? Number(value) < bound : Number(value) > bound;
    };
  }
  if (requirement.startsWith('!')) {
    const key = checkKey(requirement.slice(1).trim());
    return (labels) => label(labels, key) === undefined;
  }
  const key = checkKey(requirement);
  return (labels) => label(labels, key) !== undefined;
}

/** `labelSelector` of a list or watch. Undefined selects everything. */
export function labelMatcher(selector: string): Matcher | undefined {
  const tests = requirementsIn(selector).map((requirement) => labelTest(requirement, selector));
  if (tests.length === 0) return undefined;
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** A spec's selector. An absent one selects nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  const own = labels ?? {};
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (label(own, key) !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => meetsRequirement(operator, values ?? [], label(own, key)));
}

/** A selector in the one-line form that tables and scale.status.selector show. */
export function selectorText(selector: LabelSelector | undefined): string {
  const equals = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${[...(values ?? [])].sort().join(',')})`;
  });
  return [...equals, ...others].sort().join(',');
}

/** Fields that a real API server can select by, beyond name and namespace. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  'events.events.k8s.io': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
};

function fieldText(object: KubeObject, field: string): string {
  let at: unknown = object;
  for (const step of field === 'source' ? ['source', 'component'] : field.split('.')) at = isMap(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  if (at === undefined || at === null) {
    if (field === 'spec.unschedulable' || field === 'spec.hostNetwork') return 'false';
    return field === 'status.replicas' || field === 'status.successful' ? '0' : '';
  }
  return typeof at === 'string' ? at : typeof at === 'number' || typeof at === 'boolean' ? String(at) : '';
}

/** `fieldSelector` of a list or watch; a field that the kind cannot be selected by is 400, as on a real server. */
export function fieldMatcher(info: KindInfo, selector: string): Matcher | undefined {
  const tests: Matcher[] = [];
  for (const part of selector.split(',')) {
    if (part.trim() === '') continue;
    const found = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (!found) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
    const field = found[1] ?? '';
    const value = found[3] ?? '';
    const known =
      field === 'metadata.name' ||
      (field === 'metadata.namespace' && info.namespaced) ||
      (info.custom === undefined && selectable[info.face === undefined ? info.plural : `${info.plural}.${info.group}`]?.includes(field) === true);
    if (!known) {
      const group = info.group === '' ? info.version : `${info.group}/${info.version}`;
      throw badRequest(
        `Unable to find "${group}, Resource=${info.plural}" that match label selector "", field selector "${selector}": field label not supported: ${field}`,
      );
    }
    const wanted = found[2] !== '!=';
    tests.push((object) => (fieldText(object, field) === value) === wanted);
  }
  if (tests.length === 0) return undefined;
  return (object) => tests.every((test) => test(object));
}

export function both(a: Matcher | undefined, b: Matcher | undefined): Matcher | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return (object) => a(object) && b(object);
}
