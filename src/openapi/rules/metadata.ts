import { meetsRequirement } from '../labelRequirement';
import type { Json, JsonMap } from '../mutableJson';
import { isMap, sameValue } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, text } from './fieldErrors';
import { dnsLabelErrors, dnsSubdomainErrors, labelValueErrors, pathSegmentErrors, qualifiedNameErrors } from './syntax';

/** 256 KiB of annotations, keys and values together. */
const annotationLimit = 256 * 1024;

/** Kinds whose finalizers are checked for their syntax alone. */
const laxKinds = ['CustomResource', 'Lease', 'PodDisruptionBudget'];
const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** How names of a kind are written; everything else is a DNS subdomain. */
const nameRules: Readonly<Record<string, (name: string) => string[]>> = {
  Service: dnsLabelErrors,
  Namespace: dnsLabelErrors,
  Role: pathSegmentErrors,
  ClusterRole: pathSegmentErrors,
  RoleBinding: pathSegmentErrors,
  ClusterRoleBinding: pathSegmentErrors,
  ControllerRevision: dnsSubdomainErrors,
};

export function nameErrors(kind: string, name: string): string[] {
  return (nameRules[kind] ?? dnsSubdomainErrors)(name);
}

export function checkLabels(errors: FieldErrors, field: string, labels: Json | undefined): void {
  for (const [key, value] of Object.entries(mapOf(labels))) {
    errors.invalidEach(field, key, qualifiedNameErrors(key));
    errors.invalidEach(field, value, labelValueErrors(text(value)));
  }
}

export function checkAnnotations(errors: FieldErrors, field: string, annotations: Json | undefined): void {
  let size = 0;
  for (const [key, value] of Object.entries(mapOf(annotations))) {
    errors.invalidEach(field, key, qualifiedNameErrors(key.toLowerCase()));
    size += key.length + text(value).length;
  }
  if (size > annotationLimit) errors.tooLong(field, annotationLimit);
}

export function checkMetadata(errors: FieldErrors, metadata: JsonMap, kind: string, namespaced: boolean): void {
  const name = text(metadata['name']);
  const prefix = text(metadata['generateName']);
  if (prefix !== '') errors.invalidEach('metadata.generateName', prefix, nameErrors(kind, prefix.replace(/-$/, 'a')));
  if (name === '') errors.required('metadata.name', 'name or generateName is required');
  else errors.invalidEach('metadata.name', name, nameErrors(kind, name));
  const namespace = text(metadata['namespace']);
  if (namespaced) {
    if (namespace === '') errors.required('metadata.namespace');
    else errors.invalidEach('metadata.namespace', namespace, dnsLabelErrors(namespace));
  } else if (namespace !== '') errors.forbidden('metadata.namespace', 'not allowed on this type');
  checkCommon(errors, metadata, kind);
}

function checkFinalizers(errors: FieldErrors, finalizers: readonly Json[], kind: string): void {
  for (const [index, finalizer] of finalizers.entries()) {
    const name = text(finalizer);
    errors.invalidEach('metadata.finalizers', name, qualifiedNameErrors(name));
    if (!name.includes('/') && !standardFinalizers.includes(name) && !laxKinds.includes(kind)) {
      errors.invalid(`metadata.finalizers[${index}]`, name, 'name is neither a standard finalizer name nor is it fully qualified');
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

function checkCommon(errors: FieldErrors, metadata: JsonMap, kind: string): void {
  checkFinalizers(errors, Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [], kind);
  checkLabels(errors, 'metadata.labels', metadata['labels']);
  checkAnnotations(errors, 'metadata.annotations', metadata['annotations']);
  let controllers = 0;
  for (const owner of maps(metadata['ownerReferences'])) {
    for (const key of ['apiVersion', 'kind', 'name', 'uid']) {
      if (text(owner[key]) === '')
        errors.invalid(`metadata.ownerReferences.${key}`, '', key === 'apiVersion' ? 'version must not be empty' : 'must not be empty');
    }
    if (owner['controller'] === true && ++controllers > 1)
      errors.invalid('metadata.ownerReferences', owner, 'Only one reference can have Controller set to true');
  }
}

export function checkMetadataUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap, kind: string): void {
  if (live['deletionTimestamp'] !== undefined) {
    const before = Array.isArray(live['finalizers']) ? live['finalizers'] : [];
    const added = (Array.isArray(next['finalizers']) ? next['finalizers'] : []).filter((one) => !before.includes(one));
    if (added.length > 0)
      errors.forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`);
  }
  for (const key of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']) {
    checkImmutable(errors, `metadata.${key}`, next[key], live[key]);
  }
  checkCommon(errors, next, kind);
}

export function checkImmutable(errors: FieldErrors, field: string, next: Json | undefined, live: Json | undefined): void {
  if (!sameValue(next, live)) errors.invalid(field, next ?? null, 'field is immutable');
}

const labelOperators: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

/** A LabelSelector's own syntax. */
export function checkSelector(errors: FieldErrors, field: string, selector: Json | undefined): void {
  const { matchLabels, matchExpressions } = mapOf(selector);
  checkLabels(errors, `${field}.matchLabels`, matchLabels);
  for (const [index, expression] of maps(matchExpressions).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    const operator = text(expression['operator']);
    const values = Array.isArray(expression['values']) ? expression['values'] : [];
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    errors.invalidEach(`${at}.key`, expression['key'] ?? '', qualifiedNameErrors(text(expression['key'])));
    for (const [at2, value] of values.entries()) errors.invalidEach(`${at}.values[${at2}]`, value, labelValueErrors(text(value)));
  }
}

export function selectorMatches(selector: Json | undefined, labels: JsonMap): boolean {
  const { matchLabels, matchExpressions } = mapOf(selector);
  const labelAt = (key: string): string | undefined => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return (
    Object.entries(mapOf(matchLabels)).every(([key, value]) => labelAt(key) === value) &&
    // Those of nodes alone are compared as numbers.
    maps(matchExpressions).every(
      ({ key, operator, values }) => labelOperators.has(text(operator)) && meetsRequirement(operator, Array.isArray(values) ? values : [], labelAt(text(key))),
    )
  );
}

export function isEmptySelector(selector: Json | undefined): boolean {
  const { matchLabels, matchExpressions } = mapOf(selector);
  return Object.keys(mapOf(matchLabels)).length + maps(matchExpressions).length === 0;
}

export function labelsOf(template: JsonMap): JsonMap {
  const metadata = template['metadata'];
  return isMap(metadata) ? mapOf(metadata['labels']) : {};
}
