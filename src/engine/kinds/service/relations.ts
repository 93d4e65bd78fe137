import type { JsonObject, JsonValue } from '../../../shared/json';
import { valueAt } from '../../../shared/json';
import type { Derivation, DerivingEdge } from '../derivation';
import { isEmpty } from '../derivation';
import { manifestOf, namespaceOf, podLabelsOf } from '../podSelection';

/** A Service takes its target, its target port and its namespace from the workload that it routes to. */
export function deriveRoutes(derivation: Derivation, { edge, from, to }: DerivingEdge): void {
  const source = { edge, other: to };
  const manifest = manifestOf(to);
  if (manifest !== undefined) {
    derivation.offer(from, 'selector', podLabelsOf(to), source);
    if (isEmpty(valueAt(from.node.data, ['ports']))) derivation.offer(from, 'targetPort', firstPortOf(manifest), source);
    derivation.offer(from, 'namespace', namespaceOf(derivation, to), source);
    return;
  }
  derivation.offer(from, 'targetApp', to.name, source);
  // Listed ports and a selector of one's own are a wish to differ.
  if (isEmpty(valueAt(from.node.data, ['ports']))) {
    derivation.offer(from, 'targetPort', valueAt(to.node.data, ['ports', 0, 'port']) ?? derivation.valueOf(to, 'port'), source);
  }
  derivation.offer(from, 'namespace', valueAt(to.node.data, ['namespace']) ?? undefined, source);
}

/** The first port that the pods of a written-out object open, by its name where it has one. */
function firstPortOf(manifest: JsonObject): JsonValue | undefined {
  const spec = manifest['kind'] === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  const port = [...spec, 'containers', 0, 'ports', 0];
  return valueAt(manifest, [...port, 'name']) ?? valueAt(manifest, [...port, 'containerPort']) ?? undefined;
}
