import type { Cluster } from '../ports';
import type { Capabilities } from './renderSources';

/** What charts are told of a cluster: its version, and all that it serves. */
export async function capabilitiesOf(cluster: Pick<Cluster, 'version' | 'resources'>, signal?: AbortSignal): Promise<Capabilities> {
  const [kubeVersion, resources] = await Promise.all([cluster.version(signal), cluster.resources(signal)]);
  const found = new Set<string>();
  for (const { apiVersion, kind } of resources) found.add(apiVersion).add(`${apiVersion}/${kind}`);
  return { kubeVersion, apiVersions: [...found].sort() };
}
