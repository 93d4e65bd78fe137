// What the API server makes of an object besides filling in defaults: other ways to say the same, and what only a new object gets.
import { base64OfText } from '../base64';
import type { JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import { mapOf, text } from '../rules/fieldErrors';

/** Different ways to say the same in one version of the API: a Secret's stringData, a pod's deprecated serviceAccount. */
export function convert(kind: string, object: JsonMap): void {
  if (kind === 'Secret') {
    const given = object['stringData'];
    if (isMap(given)) {
      const data = isMap(object['data']) ? object['data'] : {};
      for (const [key, value] of Object.entries(given)) data[key] = base64OfText(text(value));
      object['data'] = data;
      delete object['stringData'];
    }
  }
  // The count of a DaemonSet's templates is kept in an annotation.
  if (kind === 'DaemonSet' && templateGeneration(object) === undefined) setTemplateGeneration(object, 0);
  const spec = podSpecIn(kind, object);
  if (spec === undefined) return;
  const account = text(spec['serviceAccountName']) || text(spec['serviceAccount']);
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
}

const templateGenerationKey = 'deprecated.daemonset.template.generation';

export function templateGeneration(object: JsonMap): number | undefined {
  const value = mapOf(mapOf(object['metadata'])['annotations'])[templateGenerationKey];
  return typeof value === 'string' ? Number(value) : undefined;
}

export function setTemplateGeneration(object: JsonMap, generation: number): void {
  const metadata = mapOf(object['metadata']);
  object['metadata'] = { ...metadata, annotations: { ...mapOf(metadata['annotations']), [templateGenerationKey]: String(generation) } };
}

/** The pod spec of an object that is a pod or makes pods. */
export function podSpecIn(kind: string, object: JsonMap): JsonMap | undefined {
  const spec = mapOf(object['spec']);
  if (kind === 'Pod') return spec;
  const holder = kind === 'CronJob' ? mapOf(mapOf(spec['jobTemplate'])['spec']) : spec;
  const inner = mapOf(holder['template'])['spec'];
  return isMap(inner) ? inner : undefined;
}

/** Jobs get a selector of their own, by labels that nobody else writes. */
export function labelJob(job: JsonMap): void {
  const spec = mapOf(job['spec']);
  const own = mapOf(job['metadata']);
  if (spec['manualSelector'] === true) return;
  const uid = text(own['uid']);
  const template = mapOf(spec['template']);
  const metadata = mapOf(template['metadata']);
  metadata['labels'] = {
    ...mapOf(metadata['labels']),
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': text(own['name']),
    'controller-uid': uid,
    'job-name': text(own['name']),
  };
  template['metadata'] = metadata;
  spec['template'] = template;
  const given = mapOf(spec['selector']);
  spec['selector'] = { ...given, matchLabels: { ...mapOf(given['matchLabels']), 'batch.kubernetes.io/controller-uid': uid } };
  job['spec'] = spec;
}

/** A new service that names its address in the singular field alone has it in both. */
export function completeAddresses(service: JsonMap): void {
  const spec = mapOf(service['spec']);
  if (text(spec['clusterIP']) !== '' && !Array.isArray(spec['clusterIPs'])) spec['clusterIPs'] = [text(spec['clusterIP'])];
}
