import type { CatalogField, CatalogKind } from '../../../shared/catalog';
import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import type { Template } from '../../template/parse';
import { mapsIn, pathOfClaim, podFields, podPathOf, textOf } from './podReader';
import type { Target } from './templateReader';
import { Collected, readThrough } from './templateReader';

/** The fields that an object says: what its kind's template can be read for, and what only its kind knows. */
export function fieldsOf(kind: CatalogKind, template: Template, object: JsonObject, secretKeys: readonly string[], isExact: boolean): JsonObject {
  const data = new Collected();
  const scope = new Map<string, Target>([
    ['data', data],
    ['fields', { set: (path: readonly string[], value: JsonValue) => data.set(['fields', ...path], value) }],
  ]);
  readThrough(template, template.root, object, scope);
  const made = jsonObject(Object.entries(data.data));
  const own = ownReaders[kind.type];
  if (kind.origin !== 'plugin' && own !== undefined) own(object, made, isExact);
  if (kind.type === 'secret') made['keys'] = secretKeys;
  const path = podPathOf(object);
  const pod = path === undefined ? undefined : valueAt(object, [...path, 'spec']);
  if (isJsonObject(pod)) {
    delete made['volumes'];
    const claims = mapsIn(valueAt(object, ['spec', 'volumeClaimTemplates'])).map((claim) => textOf(valueAt(claim, ['metadata', 'name'])));
    const placed = claims.filter((claim) => pathOfClaim(pod, claim) !== undefined);
    for (const [key, value] of Object.entries(podFields(template, pod, placed, isExact))) made[key] = value;
    if (claims.length > 0)
      made['volumeClaimTemplates'] = mapsIn(made['volumeClaimTemplates']).map((claim) => {
        const mountPath = pathOfClaim(pod, textOf(claim['name']));
        return mountPath === undefined ? claim : { ...claim, mountPath };
      });
  }
  return made;
}

type OwnReader = (object: JsonObject, made: Record<string, JsonValue>, isExact: boolean) => void;

/** What follows from several fields at once, so that a template alone cannot tell it. */
const ownReaders: Readonly<Record<string, OwnReader>> = {
  service: (object, made, isExact) => {
    if (valueAt(object, ['spec', 'clusterIP']) === 'None') made['headless'] = true;
    // The selector of a workload that this program makes goes by the workload's name.
    const selector = valueAt(object, ['spec', 'selector']);
    const isOfApp = isJsonObject(selector) && Object.keys(selector).length === 1 && selector['app'] !== undefined;
    delete made[isOfApp ? 'selector' : 'targetApp'];
    const [port, ...others] = mapsIn(made['ports']);
    if (port === undefined || others.length > 0) return;
    const { name = isExact ? '' : 'http', protocol = 'TCP', port: number, targetPort, nodePort, ...rest } = port;
    if (name !== 'http' || protocol !== 'TCP' || number === undefined || Object.keys(rest).length > 0) return;
    delete made['ports'];
    made['port'] = number;
    made['targetPort'] = targetPort ?? number;
    if (nodePort !== undefined) made['nodePort'] = nodePort;
  },
  daemonset: (object, made) => {
    const most = valueAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable']);
    if (most !== undefined) made['maxUnavailable'] = most;
  },
  hpa: (_object, made) => {
    const metrics = [...mapsIn(made['metrics'])];
    for (const [name, field] of [
      ['cpu', 'targetCPUUtilization'],
      ['memory', 'targetMemoryUtilization'],
    ] as const) {
      const [first] = metrics;
      const target = valueAt(first, ['resource', 'target']);
      if (first?.['type'] !== 'Resource' || valueAt(first, ['resource', 'name']) !== name || !isJsonObject(target)) continue;
      if (target['type'] !== 'Utilization' || typeof target['averageUtilization'] !== 'number') continue;
      made[field] = target['averageUtilization'];
      metrics.shift();
    }
    if (metrics.length > 0) made['metrics'] = metrics;
    else delete made['metrics'];
  },
  ingress: (object, made) => {
    const rules = mapsIn(valueAt(object, ['spec', 'rules']));
    delete made['paths'];
    const [first] = rules;
    if (first?.['host'] !== undefined) made['host'] = first['host'];
    const paths = rules.flatMap((rule) =>
      mapsIn(valueAt(rule, ['http', 'paths'])).map(({ path, pathType, backend }) => {
        const service = valueAt(backend, ['service']);
        const entries: [string, JsonValue | undefined][] = [
          ['host', rule === first ? undefined : rule['host']],
          ['path', path],
          ['pathType', pathType],
          ['serviceName', valueAt(service, ['name'])],
          ['servicePort', valueAt(service, ['port', 'number']) ?? valueAt(service, ['port', 'name'])],
        ];
        return jsonObject(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
      }),
    );
    const ids = new Set<string>();
    if (paths.length === 1) for (const [key, value] of Object.entries(paths[0] ?? {})) made[key] = value;
    else if (paths.length > 1)
      made['paths'] = paths.map((path, index) => {
        const wished =
          textOf(path['path'])
            .replaceAll(/[^A-Za-z0-9]+/g, '-')
            .replaceAll(/^-+|-+$/g, '')
            .toLowerCase()
            .slice(0, 40) || 'root';
        const id = ids.has(wished) ? `${wished}-${index + 1}` : wished;
        ids.add(id);
        return { id, ...path };
      });
  },
};

/**
 * Fields with a null wherever a default would count and the object says nothing, so that what is made of them has nothing but what was
 * there. Most of these turn out to be needless.
 */
export function withoutDefaults(fields: readonly CatalogField[], data: JsonObject): JsonObject {
  const made = jsonObject(Object.entries(data));
  for (const field of fields) {
    const value = made[field.name];
    const inside = field.items?.type === 'object' && field.items.free !== true ? field.items.fields : undefined;
    if (value === undefined) {
      // Templates ask for switches that are off by default without more ado.
      if ((field.default ?? false) !== false && !field.required) made[field.name] = null;
    } else if (isJsonObject(value) && field.type === 'object' && field.free !== true) made[field.name] = withoutDefaults(field.fields ?? [], value);
    else if (Array.isArray(value) && field.type === 'array' && inside !== undefined)
      made[field.name] = (value as readonly JsonValue[]).map((item) => (isJsonObject(item) ? withoutDefaults(inside, item) : item));
  }
  return made;
}
