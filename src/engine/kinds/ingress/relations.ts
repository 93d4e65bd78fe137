import { handleOfItem } from '../../../shared/catalog';
import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { isEmpty } from '../derivation';
import { manifestOf, namespaceOf } from '../podSelection';

/** The handle of what no path takes, as the kind's metadata calls it. */
const defaultHandle = 'default';

/**
 * An Ingress takes the name and port of the Service that an edge leads to. An edge that leaves a path's handle speaks for
 * that path; an edge without a handle speaks for every path that has none yet, or for the single path.
 */
export function deriveForwards(derivation: Derivation, deriving: DerivingEdge): void {
  const { edge, from, to } = deriving;
  const source = { edge, other: to };
  const port = servicePortOf(derivation, deriving);
  derivation.offer(from, 'namespace', namespaceOf(derivation, to), source);

  const paths = valueAt(derivation.dataOf(from.node), ['paths']);
  const { defaultBackend } = derivation.dataOf(from.node);
  // A path may be called like the handle of all else, and then is meant.
  if (edge.handle === defaultHandle && isJsonObject(defaultBackend) && !hasPath(paths, defaultHandle)) {
    return derivation.set(from, 'defaultBackend', withService(defaultBackend, ['defaultBackend']));
  }
  if (!Array.isArray(paths)) {
    derivation.offer(from, 'serviceName', to.name, source);
    derivation.offer(from, 'servicePort', port, source);
    return;
  }
  const handle = handleOf(derivation, deriving);
  const filled = (paths as readonly JsonValue[]).map((item, index) => {
    if (!isJsonObject(item)) return item;
    const key = handleOfItem(item, handle.key);
    const isMeant = edge.handle === undefined ? isEmpty(item['serviceName']) && (key === undefined || !handle.taken.has(key)) : edge.handle === key;
    if (!isMeant) return item;
    return withService(item, ['paths', index]);
  });
  derivation.set(from, 'paths', filled);

  function withService(item: JsonObject, place: JsonPath): JsonObject {
    const made = jsonObject(Object.entries(item));
    const { serviceName } = item;
    if (isEmpty(serviceName)) {
      made['serviceName'] = to.name;
      derivation.link(from, [...place, 'serviceName'], to.name, source);
    } else derivation.compare(from.node.id, [...place, 'serviceName'], serviceName, to.name, source);
    const { servicePort } = item;
    if (port === undefined) return made;
    // The port belongs to the Service that is named: another Service's port says nothing about it.
    if (isEmpty(servicePort)) {
      if (made['serviceName'] !== to.name) return made;
      made['servicePort'] = port;
      derivation.link(from, [...place, 'servicePort'], port, source);
    } else if (made['serviceName'] === to.name) derivation.compare(from.node.id, [...place, 'servicePort'], servicePort, port, source);
    return made;
  }
}

/** The port that callers of the Service use: its single one, or the first of several. */
function servicePortOf(derivation: Derivation, { to }: DerivingEdge): JsonValue | undefined {
  const manifest = manifestOf(to);
  if (manifest !== undefined) return valueAt(manifest, ['spec', 'ports', 0, 'port']) ?? undefined;
  return valueAt(derivation.dataOf(to.node), ['ports', 0, 'port']) ?? derivation.valueOf(to, 'port');
}

/** The key field of the paths' handle, and the keys that edges with a handle speak for (those win over edges without one). */
function handleOf(derivation: Derivation, { from }: DerivingEdge): { readonly key: string; readonly taken: ReadonlySet<string> } {
  const each = from.kind.handles.find((handle) => handle.each?.field === 'paths')?.each;
  return { key: each?.key ?? 'id', taken: derivation.handlesOf(from.node.id) };
}

function hasPath(paths: JsonValue | undefined, key: string): boolean {
  return Array.isArray(paths) && (paths as readonly JsonValue[]).some((item) => handleOfItem(item, 'id') === key);
}
