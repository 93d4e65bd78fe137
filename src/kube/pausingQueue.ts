/** Above this much that nobody has read the source is paused, below a quarter of it read on. */
const highWaterBytes = 1024 * 1024;

interface Source {
  readonly isPaused: boolean;
  pause(): void;
  resume(): void;
}

/** Chunks between a socket and its one reader. What the reader has not taken is bounded: the socket waits, and through it the far side. */
export class PausingQueue<T> implements AsyncIterable<T> {
  readonly #source: Source;
  #chunks: { readonly chunk: T; readonly bytes: number }[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(chunk: T, bytes: number): void {
    if (this.#ended) return;
    this.#chunks.push({ chunk, bytes });
    this.#bytes += bytes;
    if (this.#bytes > highWaterBytes) this.#source.pause();
    this.#wake?.();
  }

  /** What is queued can still be read; then the reading ends, or throws the error. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** Ends at once, without what is queued. */
  drop(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#chunks.shift();
      if (next !== undefined) {
        this.#bytes -= next.bytes;
        if (this.#source.isPaused && this.#bytes < highWaterBytes / 4) this.#source.resume();
        yield next.chunk;
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
