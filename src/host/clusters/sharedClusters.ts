import type { Cluster } from '../../engine/ports';
import type { AllowPrograms } from '../../kube/index';
import type { ProgramConsent } from '../identity/programConsent';

/** What is behind a choice: the key under which it is shared, and how to open it. */
export interface ClusterPlace {
  readonly key: string;
  readonly open: (allowPrograms: AllowPrograms) => Promise<Cluster>;
}

/** A cluster apart from any workflow, held until disposed. */
export interface OpenedCluster {
  readonly cluster: Cluster;
  /** Aborted when the cluster is ended for everyone. Whoever still needs it opens it anew, perhaps as somebody else. */
  readonly ended: AbortSignal;
  dispose(): void;
}

interface Held {
  readonly cluster: Promise<Cluster>;
  uses: number;
  /** How many of those who hold it are people who can be asked. */
  asking: number;
  /** A program that nobody has allowed yet was in the way while nobody could be asked. */
  heldBack: boolean;
  /** One for each use, to be told of the end. */
  readonly holders: Set<AbortController>;
}

/** The open clusters: each is opened once and shared by count. */
export class SharedClusters {
  readonly #consent: Pick<ProgramConsent, 'allow' | 'isAllowed'>;
  readonly #held = new Map<string, Held>();

  constructor(consent: Pick<ProgramConsent, 'allow' | 'isAllowed'>) {
    this.#consent = consent;
  }

  get size(): number {
    return this.#held.size;
  }

  holds(key: string): boolean {
    return this.#held.has(key);
  }

  /** For work that a person waits for: a program that nobody has decided about is asked about. */
  async open(place: ClusterPlace): Promise<OpenedCluster> {
    for (;;) {
      const held = this.#hold(place, true);
      try {
        return await this.#opened(place.key, held, true);
      } catch (error) {
        // Someone who may not ask was opening it and was turned away; here a person waits who can be asked.
        if (!held.heldBack) throw error;
      }
    }
  }

  /** For work that nobody waits for. `sign-in` says that a program would have to run that nobody has allowed. */
  async openQuietly(place: ClusterPlace): Promise<OpenedCluster | 'sign-in'> {
    const held = this.#hold(place, false);
    try {
      return await this.#opened(place.key, held, false);
    } catch (error) {
      if (held.heldBack) return 'sign-in';
      throw error;
    }
  }

  /** Ends the clusters whose key fits, for all who hold them: their identity, or what they lead to, is no longer the same. */
  end(fits: (key: string) => boolean): void {
    for (const [key, held] of [...this.#held]) {
      if (!fits(key)) continue;
      this.#held.delete(key);
      disposeLater(held);
      for (const holder of [...held.holders]) holder.abort();
    }
  }

  /** The window closes: everything ends, and nobody is told, who might open it again. */
  dispose(): void {
    for (const held of this.#held.values()) disposeLater(held);
    this.#held.clear();
  }

  async #opened(key: string, held: Held, asks: boolean): Promise<OpenedCluster> {
    let isHeld = true;
    const ending = new AbortController();
    held.holders.add(ending);
    const dispose = (): void => {
      if (!isHeld) return;
      isHeld = false;
      held.holders.delete(ending);
      if (asks) held.asking--;
      if (--held.uses > 0) return;
      if (this.#held.get(key) === held) this.#held.delete(key);
      disposeLater(held);
    };
    try {
      return { cluster: await held.cluster, ended: ending.signal, dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  #hold({ key, open }: ClusterPlace, asks: boolean): Held {
    const present = this.#held.get(key);
    if (present !== undefined) {
      present.uses++;
      if (asks) present.asking++;
      return present;
    }
    // A program is asked about again when its file changes, long after the cluster was opened: who holds it then decides.
    const state = { uses: 1, asking: asks ? 1 : 0, heldBack: false, holders: new Set<AbortController>() };
    const cluster = open(async (program) => {
      if (state.asking > 0) return this.#consent.allow(program);
      const allowed = this.#consent.isAllowed(program);
      state.heldBack = !allowed;
      return allowed;
    });
    const held: Held = Object.assign(state, { cluster });
    this.#held.set(key, held);
    // What could not be opened is nobody's: whoever comes next begins anew.
    cluster.catch(() => this.#held.get(key) === held && this.#held.delete(key));
    return held;
  }
}

function disposeLater(held: Held): void {
  void held.cluster.then(
    (cluster) => cluster.dispose(),
    () => undefined,
  );
}
