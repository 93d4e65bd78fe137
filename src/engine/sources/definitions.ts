import type { JsonValue } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';

export function isDefinition(object: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean {
  return object.kind === 'CustomResourceDefinition' && object.apiVersion.startsWith('apiextensions.k8s.io/');
}

/** `apiVersion kind` of everything that definitions among these objects bring. */
export function kindsOfDefinitions(objects: readonly KubeObject[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const object of objects) {
    for (const { apiVersion, kind } of kindsOf(object)) found.add(`${apiVersion} ${kind}`);
  }
  return found;
}

/** The kinds that one definition brings; none for any other object. */
export function kindsOf(object: KubeObject): readonly { readonly apiVersion: string; readonly kind: string }[] {
  const group = isDefinition(object) ? valueAt(object.spec, ['group']) : undefined;
  const kind = valueAt(object.spec, ['names', 'kind']);
  const versions = valueAt(object.spec, ['versions']);
  if (typeof group !== 'string' || typeof kind !== 'string' || !Array.isArray(versions)) return [];
  return (versions as readonly JsonValue[]).flatMap((version) => {
    const name = valueAt(version, ['name']);
    return typeof name === 'string' && valueAt(version, ['served']) !== false ? [{ apiVersion: `${group}/${name}`, kind }] : [];
  });
}
