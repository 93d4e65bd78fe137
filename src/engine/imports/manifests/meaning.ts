import type { Json, OpenApi } from '../../../openapi/index';
import { completed, copyOf } from '../../../openapi/index';
import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt, withValueAt } from '../../../shared/json';
import { mapsIn, podPathOf, textOf } from './podReader';

/**
 * What an object means to the API server: with its defaults, and with what has no order or no consequence brought to one form. That is
 * the order of variables where none needs another, the order and the names of volumes, that files of ConfigMaps and Secrets are read
 * only, and what a single port is called that had no name. Two objects with the same meaning do the same.
 */
export function meaningOf(openApi: OpenApi, object: JsonObject): JsonObject {
  const [apiVersion, kind] = [textOf(object['apiVersion']), textOf(object['kind'])];
  let made = completeObject(openApi, object);
  const path = podPathOf(made);
  if (path !== undefined) made = changedAt(made, [...path, 'spec'], (pod) => (isJsonObject(pod) ? podMeaning(pod) : pod));
  if (kind === 'Service' && apiVersion === 'v1') made = changedAt(made, ['spec', 'ports'], namedPort);
  if (kind === 'HorizontalPodAutoscaler' && apiVersion === 'autoscaling/v2') made = changedAt(made, ['spec'], withBehavior);
  if (kind === 'Ingress') made = changedAt(made, ['spec', 'rules'], rulesByHost);
  return made;
}

/** An object with the API server's defaults and nothing else changed: two that are the same so are the same to the letter. */
export function completeObject(openApi: OpenApi, object: JsonObject): JsonObject {
  const kind = textOf(object['kind']);
  const schema = openApi.schemaOf(textOf(object['apiVersion']), kind);
  return schema === undefined ? object : completed(openApi, schema, kind, copyOf(object as Json));
}

export function sameMeaning(openApi: OpenApi, a: JsonObject, b: JsonObject): boolean {
  return sameJson(meaningOf(openApi, a), meaningOf(openApi, b));
}

function changedAt(object: JsonObject, path: JsonPath, change: (value: JsonValue) => JsonValue): JsonObject {
  const value = valueAt(object, path);
  return value === undefined ? object : (withValueAt(object, path, change(value)) as JsonObject);
}

/** An autoscaler that says nothing of how fast it scales does it in this way (kubernetes/pkg/apis/autoscaling/v2/defaults.go). */
const usualBehavior: JsonObject = {
  scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 15 },
      { type: 'Pods', value: 4, periodSeconds: 15 },
    ],
  },
};

function withBehavior(spec: JsonValue): JsonValue {
  if (!isJsonObject(spec)) return spec;
  const behavior = isJsonObject(spec['behavior']) ? spec['behavior'] : {};
  const both = Object.entries(usualBehavior).map(([key, usual]) => {
    const given = behavior[key];
    const made = { ...(isJsonObject(usual) ? usual : {}), ...(isJsonObject(given) ? given : {}) };
    // The order in which limits stand means nothing.
    return [key, { ...made, policies: [...mapsIn(valueAt(made, ['policies']))].sort((a, b) => (sortedText(a) < sortedText(b) ? -1 : 1)) }] as const;
  });
  return { ...spec, behavior: jsonObject(both) };
}

/** Rules of one host may stand in one or in several. */
function rulesByHost(rules: JsonValue): JsonValue {
  const hosts = new Map<string, JsonObject>();
  for (const rule of mapsIn(rules)) {
    const host = textOf(rule['host']);
    const [before, more] = [valueAt(hosts.get(host), ['http', 'paths']), valueAt(rule, ['http', 'paths'])];
    if (before === undefined || more === undefined) hosts.set(before === undefined ? host : `${host} `, rule);
    else hosts.set(host, { ...rule, http: { paths: [...mapsIn(before), ...mapsIn(more)] } });
  }
  return [...hosts.values()];
}

/** A single port may be called anything: nobody can have asked for the name that it did not have. */
function namedPort(ports: JsonValue): JsonValue {
  const [only] = mapsIn(ports);
  return Array.isArray(ports) && ports.length === 1 && only !== undefined && only['name'] === undefined ? [{ ...only, name: 'http' }] : ports;
}

function podMeaning(pod: JsonObject): JsonObject {
  const volumes = mapsIn(pod['volumes']);
  const all = [...mapsIn(pod['containers']), ...mapsIn(pod['initContainers'])];
  // Two volumes of the same kind are told apart by where they are mounted.
  const users = (name: JsonValue | undefined): string =>
    all
      .flatMap((container) =>
        [...mapsIn(container['volumeMounts']), ...mapsIn(container['volumeDevices'])].flatMap((mount) =>
          mount['name'] === name ? [`${textOf(container['name'])}:${textOf(mount['mountPath'])}${textOf(mount['devicePath'])}`] : [],
        ),
      )
      .sort()
      .join(' ');
  const marks = new Map(volumes.map(({ name, ...source }) => [textOf(name), `${sortedText(source)} ${users(name)}`] as const));
  const areFiles = new Set(volumes.flatMap((one) => (one['configMap'] !== undefined || one['secret'] !== undefined ? [textOf(one['name'])] : [])));
  const mount = (one: JsonObject): JsonObject => {
    const name = textOf(one['name']);
    return { ...one, name: marks.get(name) ?? name, ...(areFiles.has(name) && one['mountPath'] !== undefined ? { readOnly: true } : {}) };
  };
  const container = (one: JsonObject, isMain: boolean): JsonObject => {
    const made = jsonObject(Object.entries(one));
    for (const key of ['volumeMounts', 'volumeDevices'])
      if (made[key] !== undefined) made[key] = sortedBy(mapsIn(made[key]).map(mount), ['mountPath', 'devicePath']);
    const env = mapsIn(made['env']);
    if (env.length > 1 && !isOrdered(env)) made['env'] = sortedBy(env, ['name']);
    if (isMain && made['ports'] !== undefined) made['ports'] = namedPort(made['ports']);
    return made;
  };
  const made = jsonObject(Object.entries(pod));
  if (volumes.length > 0)
    made['volumes'] = sortedBy(
      volumes.map((one) => ({ ...one, name: marks.get(textOf(one['name'])) ?? '' })),
      ['name'],
    );
  for (const key of ['containers', 'initContainers'])
    if (made[key] !== undefined) made[key] = mapsIn(made[key]).map((one, index) => container(one, key === 'containers' && index === 0));
  return made;
}

/** Whether a variable is given twice, or names one that stands behind it, so that another order would change what it says. */
function isOrdered(env: readonly JsonObject[]): boolean {
  const names = env.map((one) => textOf(one['name']));
  if (new Set(names).size < names.length) return true;
  return env.some((one, index) => {
    const used = [...textOf(one['value']).matchAll(/\$\(([^)]+)\)/g)].map((match) => match[1] ?? '');
    return used.some((name) => names.indexOf(name) >= index);
  });
}

function sortedBy(items: readonly JsonObject[], keys: readonly string[]): readonly JsonObject[] {
  const mark = (item: JsonObject): string => keys.map((key) => textOf(item[key])).join(' ');
  return [...items].sort((a, b) => (mark(a) < mark(b) ? -1 : mark(a) > mark(b) ? 1 : 0));
}

/** A text that is the same for maps whose keys stand in another order. */
function sortedText(value: JsonValue): string {
  return JSON.stringify(value, (_key, item: unknown) => (isJsonObject(item) ? jsonObject(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item));
}
