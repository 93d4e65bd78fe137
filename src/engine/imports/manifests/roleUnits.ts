import type { JsonObject, JsonValue } from '../../../shared/json';
import { jsonObject, valueAt } from '../../../shared/json';
import { mapsIn, textOf } from './podReader';

/** What one node would be made of: one object, or a role with the binding of its name. */
export interface Unit<T> {
  readonly parts: readonly [T, ...T[]];
}

/** Puts a role and the binding that binds it under its own name together; every other object stands by itself. */
export function unitsOf<T extends { readonly object: JsonObject }>(objects: readonly T[]): readonly Unit<T>[] {
  const bindings = new Map<string, T>();
  for (const one of objects) {
    const { kind } = one.object;
    if ((kind === 'RoleBinding' || kind === 'ClusterRoleBinding') && valueAt(one.object, ['roleRef', 'name']) === valueAt(one.object, ['metadata', 'name']))
      if (valueAt(one.object, ['roleRef', 'kind']) === kind.replace('Binding', '')) bindings.set(identity(one.object), one);
  }
  const used = new Set<T>();
  const units = objects.map((one): Unit<T> => {
    const binding = one.object['kind'] === 'Role' || one.object['kind'] === 'ClusterRole' ? bindings.get(identity(one.object, 'Binding')) : undefined;
    if (binding !== undefined) used.add(binding);
    return { parts: binding === undefined ? [one] : [one, binding] };
  });
  return units.filter(({ parts: [first, ...more] }) => more.length > 0 || !used.has(first));
}

/** The fields of a role node for a role, a role with its binding, or a binding alone. */
export function roleFields(parts: readonly JsonObject[]): JsonObject {
  const role = parts.find((one) => one['kind'] === 'Role' || one['kind'] === 'ClusterRole');
  const binding = parts.find((one) => one !== role);
  const made = jsonObject();
  if (role !== undefined) made['rules'] = role['rules'] ?? [];
  if (textOf(parts[0]?.['kind']).startsWith('Cluster')) made['clusterWide'] = true;
  if (role === undefined)
    made['existingRole'] = { kind: valueAt(binding, ['roleRef', 'kind']) ?? 'ClusterRole', name: valueAt(binding, ['roleRef', 'name']) ?? '' };
  const subjects = mapsIn(binding?.['subjects']).map(({ apiGroup: _apiGroup, ...subject }): JsonValue => subject);
  if (subjects.length > 0) made['subjects'] = subjects;
  return made;
}

function identity(object: JsonObject, suffix = ''): string {
  return [`${textOf(object['kind'])}${suffix}`, ...['namespace', 'name'].map((key) => textOf(valueAt(object, ['metadata', key])))].join(' ');
}
