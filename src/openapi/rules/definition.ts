// Rules for CustomResourceDefinitions: names, versions, and that each version has a structural schema.
import type { JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, text } from './fieldErrors';
import { checkImmutable } from './metadata';
import { dnsLabelErrors, dnsSubdomainErrors } from './syntax';

export function checkDefinition(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const names = mapOf(spec['names']);
  const group = text(spec['group']);
  const plural = text(names['plural']);
  const name = text(mapOf(object['metadata'])['name']);
  if (name !== `${plural}.${group}`) errors.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group');
  if (group === '') errors.required('spec.group');
  else if (!group.includes('.')) errors.invalid('spec.group', group, 'should be a domain with at least one dot');
  else errors.invalidEach('spec.group', group, dnsSubdomainErrors(group));
  if (spec['scope'] === undefined || spec['scope'] === '') errors.required('spec.scope');
  else if (spec['scope'] !== 'Cluster' && spec['scope'] !== 'Namespaced') errors.notSupported('spec.scope', spec['scope'], ['Cluster', 'Namespaced']);
  for (const key of ['plural', 'singular', 'kind', 'listKind']) {
    const value = text(names[key]);
    if (value === '') errors.required(`spec.names.${key}`);
    else errors.invalidEach(`spec.names.${key}`, value, dnsLabelErrors(value.toLowerCase()));
  }
  checkVersions(errors, maps(spec['versions']));
}

function checkVersions(errors: FieldErrors, versions: readonly JsonMap[]): void {
  if (versions.filter((one) => one['storage'] === true).length !== 1) {
    errors.invalid('spec.versions', versions.length, 'must have exactly one version marked as storage version');
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const at = `spec.versions[${index}]`;
    const name = text(version['name']);
    errors.invalidEach(`${at}.name`, name, dnsLabelErrors(name));
    if (seen.has(name)) errors.invalid('spec.versions', name, 'must contain unique version names');
    seen.add(name);
    const schema = mapOf(version['schema'])['openAPIV3Schema'];
    if (!isMap(schema)) errors.required(`${at}.schema.openAPIV3Schema`, 'schemas are required');
    else checkStructural(errors, `${at}.schema.openAPIV3Schema`, schema, true);
  }
}

/** Every value of a structural schema has a type, outside of what is left open on purpose. */
function checkStructural(errors: FieldErrors, at: string, schema: JsonMap, root: boolean): void {
  const open = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const type = text(schema['type']);
  if (type === '' && (!open || root)) errors.required(`${at}.type`, root ? 'must not be empty at the root' : 'must not be empty for specified fields');
  if (root && type !== '' && type !== 'object') errors.invalid(`${at}.type`, type, 'must be object at the root');
  for (const [key, child] of Object.entries(mapOf(schema['properties']))) if (isMap(child)) checkStructural(errors, `${at}.properties[${key}]`, child, false);
  const { items, additionalProperties } = schema;
  if (isMap(items)) checkStructural(errors, `${at}.items`, items, false);
  else if (type === 'array') errors.required(`${at}.items`, 'must be specified');
  if (isMap(additionalProperties)) checkStructural(errors, `${at}.additionalProperties`, additionalProperties, false);
}

export function checkDefinitionUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const [now, before] = [mapOf(next['spec']), mapOf(live['spec'])];
  for (const key of ['group', 'scope']) checkImmutable(errors, `spec.${key}`, now[key], before[key]);
  for (const key of ['kind', 'plural']) checkImmutable(errors, `spec.names.${key}`, mapOf(now['names'])[key], mapOf(before['names'])[key]);
}
