import { groupOf } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import type { PluginOrigin } from '../plugins/pluginNode';
import { notInstalled } from '../plugins/pluginNode';
import type { Cluster } from '../ports';
import type { RenderedObject } from '../render';

/** Why a plugin's kind cannot be made here: it is not installed at all, or only in other versions. */
export async function missingDefinition(cluster: Pick<Cluster, 'resources'>, origin: PluginOrigin): Promise<Problem> {
  const { plugin, kind, group, version } = origin;
  const served = (await cluster.resources()).filter((one) => one.kind === kind && groupOf(one.apiVersion) === group);
  const versions = [...new Set(served.map((one) => one.apiVersion.slice(group.length + 1)))];
  if (versions.length > 0) return { code: 'plugin.otherVersion', args: { plugin, kind, group, version, served: versions.join(', ') }, severity: 'error' };
  return notInstalled(origin);
}

/** What plugins say of their kinds and this cluster says otherwise. The cluster is right; the plugin's file should be mended. */
export async function contradictions(cluster: Pick<Cluster, 'resourceOf'>, rendered: readonly RenderedObject[]): Promise<readonly Problem[]> {
  const told = new Map<string, Problem>();
  for (const { plugin: origin, object, nodeId } of rendered) {
    if (origin === undefined || told.has(origin.plugin)) continue;
    const info = await cluster.resourceOf({ apiVersion: object.apiVersion, kind: object.kind });
    if (info === undefined) continue;
    const scope = info.namespaced ? 'Namespaced' : 'Cluster';
    const [key, said, found] = scope !== origin.scope ? ['scope', origin.scope, scope] : ['plural', origin.plural, info.resource];
    if (said !== found)
      told.set(origin.plugin, { code: 'plugin.contradiction', args: { plugin: origin.plugin, key, said, found }, severity: 'warning', nodeId });
  }
  return [...told.values()];
}
