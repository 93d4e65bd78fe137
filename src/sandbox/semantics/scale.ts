import type { JsonMap, KubeObject } from '../objects';
import { isMap } from '../objects';
import { mapOf, maps, text } from '../../openapi';

/** The autoscaling/v1 Scale of a workload. */
export function scaleOf(live: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = live.metadata;
  const spec = mapOf(live.spec as JsonMap);
  const replicas = spec['replicas'];
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: { replicas: mapOf(live.status as JsonMap)['replicas'] ?? 0, selector: selectorText(spec['selector']) },
  };
}

/** A label selector in the one-line form of queries. */
function selectorText(selector: JsonMap[string] | undefined): string {
  if (!isMap(selector)) return '';
  const equal = Object.entries(mapOf(selector['matchLabels'])).map(([key, value]) => `${key}=${text(value)}`);
  const expressions = maps(selector['matchExpressions']).map((one) => {
    const key = text(one['key']);
    const values = Array.isArray(one['values'])
      ? `(${one['values']
          .map((value) => text(value))
          .sort()
          .join(',')})`
      : '';
    if (one['operator'] === 'In') return `${key} in ${values}`;
    if (one['operator'] === 'NotIn') return `${key} notin ${values}`;
    return one['operator'] === 'Exists' ? key : `!${key}`;
  });
  return [...equal, ...expressions].sort().join(',');
}
