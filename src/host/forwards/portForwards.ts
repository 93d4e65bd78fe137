import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import { PortForward } from './portForward';
import type { ForwardRequest } from './portForward';

/** A busy forward opens many connections a second; views hear of them at most this often. */
const toldEveryMs = 500;

/** The forwarded ports of this window. They end with it. */
export class PortForwards implements Disposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #forwards = new Map<string, PortForward>();
  readonly #changed: Emitter<void>;
  readonly onDidChange: Emitter<void>['on'];
  readonly #lost: Emitter<PortForward>;
  /** A forward was stopped, since its cluster is not open any more for whoever opened it. */
  readonly onDidLose: Emitter<PortForward>['on'];
  #telling: Disposable | undefined;
  #last = 0;

  constructor(options: { clock: Clock; log: Logger }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#changed = new Emitter((error) => this.#log.error('The list of forwarded ports could not be shown.', error));
    this.onDidChange = this.#changed.on;
    this.#lost = new Emitter((error) => this.#log.error('The end of a forwarded port could not be told.', error));
    this.onDidLose = this.#lost.on;
  }

  get all(): readonly PortForward[] {
    return [...this.#forwards.values()];
  }

  of(id: string): PortForward | undefined {
    return this.#forwards.get(id);
  }

  /** Resolves when the port listens. The request's connection is disposed with the forward, also when it cannot listen. */
  async start(request: ForwardRequest, preferredPort: number): Promise<PortForward> {
    const forward = new PortForward(request, { id: `forward-${++this.#last}`, clock: this.#clock, log: this.#log, onChanged: () => this.#tellSoon() });
    try {
      await forward.listen(preferredPort);
    } catch (error) {
      forward.dispose();
      throw error;
    }
    this.#forwards.set(forward.id, forward);
    this.#changed.emit();
    const { ended } = request.connection;
    const lose = (): void => {
      if (!this.#forwards.has(forward.id)) return;
      this.stop(forward.id);
      this.#lost.emit(forward);
    };
    if (ended.aborted) lose();
    else ended.addEventListener('abort', lose);
    return forward;
  }

  stop(id: string): void {
    this.#forwards.get(id)?.dispose();
    if (this.#forwards.delete(id)) this.#changed.emit();
  }

  dispose(): void {
    this.#telling?.dispose();
    for (const forward of this.#forwards.values()) forward.dispose();
    this.#forwards.clear();
    this.#changed.dispose();
    this.#lost.dispose();
  }

  #tellSoon(): void {
    this.#telling ??= this.#clock.after(toldEveryMs, () => {
      this.#telling = undefined;
      this.#changed.emit();
    });
  }
}
