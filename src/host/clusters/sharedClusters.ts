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
  dispose(): void;
}

interface Held {
  readonly cluster: Promise<Cluster>;
  /** It was opened by someone who may not ask, and a program that nobody has allowed yet was in the way. */
  readonly wasHeldBack: () => boolean;
  uses: number;
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

  /** For work that a person waits for: a program that nobody has decided about is asked about. */
  async open({ key, open }: ClusterPlace): Promise<OpenedCluster> {
    for (;;) {
      const held = this.#hold(key, () => open((program) => this.#consent.allow(program)));
      try {
        return await this.#opened(key, held);
      } catch (error) {
        // Someone who may not ask was opening it and was turned away; here a person waits who can be asked.
        if (!held.wasHeldBack()) throw error;
      }
    }
  }

  /** For work that nobody waits for. `sign-in` says that a program would have to run that nobody has allowed. */
  async openQuietly({ key, open }: ClusterPlace): Promise<OpenedCluster | 'sign-in'> {
    let heldBack = false;
    const held = this.#hold(
      key,
      () =>
        open((program) => {
          heldBack = !this.#consent.isAllowed(program);
          return Promise.resolve(!heldBack);
        }),
      () => heldBack,
    );
    try {
      return await this.#opened(key, held);
    } catch (error) {
      if (held.wasHeldBack()) return 'sign-in';
      throw error;
    }
  }

  /** Ends the clusters whose key fits, for all who hold them: their identity, or what they lead to, is no longer the same. */
  end(fits: (key: string) => boolean): void {
    for (const [key, held] of this.#held) {
      if (!fits(key)) continue;
      this.#held.delete(key);
      disposeLater(held);
    }
  }

  async #opened(key: string, held: Held): Promise<OpenedCluster> {
    let isHeld = true;
    const dispose = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--held.uses > 0) return;
      if (this.#held.get(key) === held) this.#held.delete(key);
      disposeLater(held);
    };
    try {
      return { cluster: await held.cluster, dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  #hold(key: string, open: () => Promise<Cluster>, wasHeldBack: () => boolean = () => false): Held {
    const present = this.#held.get(key);
    if (present !== undefined) {
      present.uses++;
      return present;
    }
    const held: Held = { cluster: open(), wasHeldBack, uses: 1 };
    this.#held.set(key, held);
    // What could not be opened is nobody's: whoever comes next begins anew.
    held.cluster.catch(() => this.#held.get(key) === held && this.#held.delete(key));
    return held;
  }
}

function disposeLater(held: Held): void {
  void held.cluster.then(
    (cluster) => cluster.dispose(),
    () => undefined,
  );
}
