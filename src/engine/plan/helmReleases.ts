import type { KubeObject } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import { limited } from '../limited';
import type { Cluster } from '../ports';
import { ClusterError } from '../ports';
import type { SourceResults } from '../sources/renderSources';

/** A release that a node's chart is rendered as. */
export interface WantedRelease {
  readonly nodeId: string;
  readonly name: string;
  /** What Helm left of it is taken over. */
  readonly adopt: boolean;
}

/** The releases of the charts of a workflow. */
export function releasesOf(sources: SourceResults): readonly WantedRelease[] {
  return [...sources].flatMap(([nodeId, { releaseName, adopt }]) => (releaseName === undefined ? [] : [{ nodeId, name: releaseName, adopt }]));
}

/** The Helm release that made an object, by Helm's own mark. */
export function releaseOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.['meta.helm.sh/release-name'];
}

/**
 * What there is to say of releases of these names that Helm has in the namespace: it keeps a record of each as a Secret. Who
 * may not list Secrets is not told; objects that are Helm's are refused one by one all the same.
 */
export async function releaseProblems(
  cluster: Pick<Cluster, 'list'>,
  namespace: string,
  releases: readonly WantedRelease[],
  signal: AbortSignal | undefined,
): Promise<readonly Problem[]> {
  const found = await limited(
    releases.map(({ nodeId, name, adopt }) => async (): Promise<readonly Problem[]> => {
      const query = { namespace, labelSelector: `owner=helm,name=${name}`, ...(signal === undefined ? {} : { signal }) };
      try {
        const records = await cluster.list({ apiVersion: 'v1', kind: 'Secret' }, query);
        if (!records.some((record) => record.type === 'helm.sh/release.v1')) return [];
      } catch (error) {
        if (error instanceof ClusterError && ['forbidden', 'not-found'].includes(error.failure.kind)) return [];
        throw error;
      }
      return [
        adopt
          ? { code: 'source.adopts', args: { release: name }, severity: 'warning', nodeId }
          : { code: 'source.release', args: { release: name, namespace }, severity: 'error', nodeId },
      ];
    }),
  );
  return found.flat();
}
