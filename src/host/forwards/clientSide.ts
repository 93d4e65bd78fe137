import type { Socket } from 'node:net';
import type { ForwardedConnection } from '../../engine/ports';

/** What a client has said until the pod's first answer is kept up to here, so that a refused connection can be made elsewhere. */
const replayLimitBytes = 64 * 1024;

/** The local half of a forwarded connection: what the client says is paced by the pod, and kept until the pod has said something. */
export class ClientSide {
  readonly #socket: Socket;
  readonly #onSent: (bytes: number) => void;
  #far: ForwardedConnection | undefined;
  #said: Buffer[] = [];
  #saidBytes = 0;
  #mayStartAnew = true;
  #ended = false;

  /** `socket` is paused, and half-open where its client has ended its side. */
  constructor(socket: Socket, onSent: (bytes: number) => void) {
    this.#socket = socket;
    this.#onSent = onSent;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('end', () => {
      this.#ended = true;
      this.#far?.end();
    });
  }

  /** Whether everything that was said can be said again to another pod. */
  get mayStartAnew(): boolean {
    return this.#mayStartAnew;
  }

  /** Says everything kept, then all that comes. */
  attach(far: ForwardedConnection): void {
    this.#far = far;
    const goOn = async (): Promise<void> => {
      for (const bytes of [...this.#said]) await far.write(bytes);
      if (this.#far !== far) return;
      if (this.#ended) far.end();
      else this.#socket.resume();
    };
    goOn().catch(ignoreLostPod);
  }

  detach(): void {
    this.#far = undefined;
    this.#socket.pause();
  }

  /** The pod has spoken: it has seen what was said. */
  answered(): void {
    this.#mayStartAnew = false;
    this.#said = [];
  }

  /** Resolves when the client's side can take more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  /** Nothing more will come for the client; what it still says is read and dropped, since unread bytes would reset its connection. */
  end(): void {
    this.#far = undefined;
    this.#socket.end();
    this.#socket.resume();
  }

  #onData(bytes: Buffer): void {
    const far = this.#far;
    if (far === undefined) return;
    this.#keep(bytes);
    this.#onSent(bytes.length);
    this.#socket.pause();
    far.write(bytes).then(() => {
      if (this.#far === far) this.#socket.resume();
    }, ignoreLostPod);
  }

  #keep(bytes: Buffer): void {
    if (!this.#mayStartAnew) return;
    this.#saidBytes += bytes.length;
    if (this.#saidBytes > replayLimitBytes) this.answered();
    else this.#said.push(bytes);
  }
}

/** A pod that takes no more is told by the end of its output, which somebody reads. */
function ignoreLostPod(): void {}
