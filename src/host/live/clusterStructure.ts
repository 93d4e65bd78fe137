import type { Cluster, Logger } from '../../engine/ports';

/** Group versions that are asked for: a workflow uses a few, a hostile one names any number. */
const mostVersions = 40;

/**
 * The OpenAPI documents of a cluster, for the group versions that a workflow uses. Each is read once by its hash; nobody waits
 * for them. `tell` gets all that are known, in the order of the versions, each time that there are others.
 */
export class ClusterStructure {
  readonly #cluster: Pick<Cluster, 'openApi'>;
  readonly #tell: (documents: readonly unknown[]) => void;
  readonly #log: Logger;
  readonly #documents = new Map<string, unknown>();
  readonly #asked = new Set<string>();
  readonly #ended = new AbortController();

  constructor(cluster: Pick<Cluster, 'openApi'>, tell: (documents: readonly unknown[]) => void, log: Logger) {
    this.#cluster = cluster;
    this.#tell = tell;
    this.#log = log;
  }

  /** Asks for what is not known yet. A version that the cluster does not have stays unknown to it, and is not asked for again. */
  async use(apiVersions: Iterable<string>): Promise<void> {
    const wanted = [...new Set(apiVersions)].filter((one) => !this.#asked.has(one)).slice(0, Math.max(0, mostVersions - this.#asked.size));
    if (wanted.length === 0) return;
    for (const one of wanted) this.#asked.add(one);
    const found = await Promise.all(
      wanted.map(async (version) => {
        try {
          return [version, await this.#cluster.openApi(version, this.#ended.signal)] as const;
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          if (!this.#ended.signal.aborted) this.#log.warn(`The cluster's structure of ${version} could not be read, so the shipped one counts. ${why}`);
          return [version, undefined] as const;
        }
      }),
    );
    if (this.#ended.signal.aborted) return;
    for (const [version, document] of found) if (document !== undefined) this.#documents.set(version, document);
    if (this.#documents.size > 0) this.#tell([...this.#documents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, document]) => document));
  }

  dispose(): void {
    this.#ended.abort();
  }
}
