import type { Clock, Identity, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';

/** How long before the end of credentials a person is warned. */
const warnBeforeMs = 5 * 60_000;
/** An identity is asked for again after this, in case credentials were renewed or the groups changed. */
const freshForMs = 60_000;

export type Expiry = 'none' | 'later' | 'soon' | 'over';

export function expiryOf(identity: Pick<Identity, 'expiresAtMs'>, nowMs: number): Expiry {
  const { expiresAtMs } = identity;
  if (expiresAtMs === undefined) return 'none';
  return nowMs >= expiresAtMs ? 'over' : nowMs >= expiresAtMs - warnBeforeMs ? 'soon' : 'later';
}

/**
 * Who the cluster of the present target takes us for, for the status bar. It is asked once when the target changes and again
 * when something shows it after a minute; `onChange` also tells when the credentials come near their end or reach it.
 */
export class WhoAmI implements Disposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChange: () => void;
  #key: string | undefined;
  #identity: Identity | undefined;
  #askedAtMs = 0;
  #timer: Disposable | undefined;

  constructor(options: { clock: Clock; log: Logger; onChange: () => void }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onChange = options.onChange;
  }

  /**
   * The identity on the target with this key as far as it is known, which is asked for when it is not. Undefined key: there is
   * no target. A failure is a line in the log; the canvas says why a cluster does not answer.
   */
  on(key: string | undefined, read: () => Promise<Identity | undefined>): Identity | undefined {
    if (key !== this.#key) {
      this.#forget();
      this.#key = key;
    }
    if (key !== undefined && (this.#askedAtMs === 0 || this.#clock.now() - this.#askedAtMs >= freshForMs)) this.#ask(key, read);
    return this.#identity;
  }

  /** Whoever it was, they are not any more. */
  clear(): void {
    this.#forget();
    this.#key = undefined;
    this.#onChange();
  }

  dispose(): void {
    this.#forget();
  }

  #ask(key: string, read: () => Promise<Identity | undefined>): void {
    const askedAtMs = this.#clock.now();
    this.#askedAtMs = askedAtMs;
    read().then(
      (identity) => {
        if (this.#key !== key || this.#askedAtMs !== askedAtMs) return;
        this.#identity = identity;
        this.#watchExpiry();
        this.#onChange();
      },
      (error: unknown) => this.#log.debug(`The cluster did not say who we are: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  #watchExpiry(): void {
    this.#timer?.dispose();
    const expiresAtMs = this.#identity?.expiresAtMs;
    if (expiresAtMs === undefined) return;
    const next = [expiresAtMs - warnBeforeMs, expiresAtMs].find((atMs) => atMs > this.#clock.now());
    // A timer takes no more than 2^31 ms; credentials that live longer are looked at again by the next change.
    if (next === undefined || next - this.#clock.now() > 2_147_000_000) return;
    this.#timer = this.#clock.after(next - this.#clock.now(), () => {
      this.#watchExpiry();
      // Those that are renewed by themselves have another end by now.
      this.#askedAtMs = 0;
      this.#onChange();
    });
  }

  #forget(): void {
    this.#timer?.dispose();
    this.#identity = undefined;
    this.#askedAtMs = 0;
  }
}
