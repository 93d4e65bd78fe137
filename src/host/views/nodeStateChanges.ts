import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { refKey } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { Emitter } from '../../shared/emitter';
import type { LiveDocument } from '../live/liveDocument';

/** Rows are read by people: several changes within this time are one. */
const calmMs = 1000;

/** Tells when a node of an open workflow is in another state than before. Numbers and messages that change without it are no news for a list. */
export class NodeStateChanges implements Disposable {
  readonly #clock: Clock;
  readonly #changed: Emitter<void>;
  readonly on: Emitter<void>['on'];
  #waiting: Disposable | undefined;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#changed = new Emitter((error) => log.error('The list of nodes could not follow.', error));
    this.on = this.#changed.on;
  }

  /** Follows a workflow for as long as its statuses are told. */
  follow(live: Pick<LiveDocument, 'onStream' | 'statuses' | 'objectStatusesOf'>): void {
    let shown = statesOf(live);
    live.onStream(() => {
      const now = statesOf(live);
      if (now === shown) return;
      shown = now;
      this.#waiting ??= this.#clock.after(calmMs, () => {
        this.#waiting = undefined;
        this.#changed.emit();
      });
    });
  }

  dispose(): void {
    this.#waiting?.dispose();
    this.#changed.dispose();
  }
}

/** The states of nodes, and of the objects of those that have rows of their own. */
function statesOf(live: Pick<LiveDocument, 'statuses' | 'objectStatusesOf'>): string {
  return Object.entries(live.statuses)
    .flatMap(([id, status]) => [
      `${id} ${stateOf(status)}`,
      ...(status.objects === undefined ? [] : live.objectStatusesOf(id).map((one) => `${id} ${refKey(one.ref)} ${stateOf(one.status)}`)),
    ])
    .join('\n');
}

function stateOf({ state, reason, staleSince }: NodeStatus): string {
  return `${state} ${String(reason !== undefined)} ${String(staleSince !== undefined)}`;
}
