import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { Derivation, DerivingEdge, DerivingNode } from './derivation';

/**
 * Labels by which the pods of a node are found: our own one for what we render, and for an object written out in the file its
 * selector, else the labels of its pods. Undefined for what has no pods.
 */
export function podLabelsOf(deriving: DerivingNode): JsonObject | undefined {
  const manifest = manifestOf(deriving);
  if (manifest === undefined) return jsonObject([['app', deriving.name]]);
  // A selector may have expressions too, which a map of labels cannot say; the pods' own labels then still can.
  const selector = valueAt(manifest, ['spec', 'selector']);
  const matched = isJsonObject(selector) && selector['matchExpressions'] === undefined ? selector['matchLabels'] : undefined;
  const ofPod = manifest['kind'] === 'Pod' ? valueAt(manifest, ['metadata', 'labels']) : undefined;
  const found = [matched, valueAt(manifest, ['spec', 'template', 'metadata', 'labels']), ofPod].find(hasEntries);
  return isJsonObject(found) ? found : undefined;
}

/** The object of a node whose object stands in the file. */
export function manifestOf({ node, kind }: Pick<DerivingNode, 'node' | 'kind'>): JsonObject | undefined {
  const manifest = kind.type === 'manifest' ? valueAt(node.data, ['manifest']) : undefined;
  return isJsonObject(manifest) ? manifest : undefined;
}

/** The namespace that a node's file or edges name for its object. */
export function namespaceOf(derivation: Derivation, deriving: DerivingNode): JsonValue | undefined {
  return valueAt(derivation.dataOf(deriving.node), ['namespace']) ?? valueAt(manifestOf(deriving) ?? {}, ['metadata', 'namespace']) ?? undefined;
}

export function hasEntries(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

/**
 * Something applies to the pods of the workloads that edges lead to: labels in `field` for one, the names of the apps in
 * `podApps` for several. Labels, apps and conditions that the file has count instead.
 */
export function deriveSelection(derivation: Derivation, { edge, from, to }: DerivingEdge, field: string): void {
  const source = { edge, other: to };
  const labels = podLabelsOf(to);
  derivation.offer(from, 'namespace', namespaceOf(derivation, to), source);
  const authoredApps = valueAt(from.node.data, ['podApps']);
  if (labels === undefined || (Array.isArray(authoredApps) && authoredApps.length > 0)) return;
  const conditions = valueAt(from.node.data, [`${field}Expressions`]);
  const authored = valueAt(from.node.data, [field]);
  if (!hasEntries(authored) && Array.isArray(conditions) && conditions.length > 0) return;
  if (isJsonObject(authored) && hasEntries(authored)) return derivation.compare(from.node.id, [field], authored, labels, source);

  const data = derivation.dataOf(from.node);
  const before = valueAt(data, [field]);
  const apps = valueAt(data, ['podApps']);
  const app = onlyApp(labels);
  if (Array.isArray(apps) && app !== undefined) {
    const known = apps as readonly JsonValue[];
    return known.includes(app) ? undefined : derivation.append(from, 'podApps', known, app, source);
  }
  if (!hasEntries(before)) return derivation.set(from, field, labels, source);
  const first = isJsonObject(before) ? onlyApp(before) : undefined;
  if (first === undefined || app === undefined) return derivation.compare(from.node.id, [field], before ?? {}, labels, source);
  if (first === app) return;
  // From here on the names of the apps stand in place of the labels of the first one.
  derivation.moveLink(from, [field], ['podApps', 0], first);
  derivation.set(from, 'podApps', [first]);
  derivation.append(from, 'podApps', [first], app, source);
  derivation.set(from, field, null);
}

/** The app of labels that say nothing but the app. */
function onlyApp(labels: JsonObject): JsonValue | undefined {
  return Object.keys(labels).length === 1 ? labels['app'] : undefined;
}
