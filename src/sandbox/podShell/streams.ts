// Text that flows between commands: written on one side, read line by line or whole on the other.

export interface Output {
  /** False once nobody reads any more; the writer may stop. */
  write(text: string): boolean;
}

export interface Input {
  /** The next line with its line end, or what is left before the end; undefined at the end. */
  line(signal: AbortSignal): Promise<string | undefined>;
  /** All that is left. */
  rest(signal: AbortSignal): Promise<string>;
}

/** Thrown into a command that waits when its signal aborts. */
export class Interrupted extends Error {}

/** Text that a command may hold back for a reader that is slow; more than this and the writer has failed. */
const maxHeld = 8 * 1024 * 1024;

export class Pipe implements Input, Output {
  #text = '';
  #ended = false;
  #readerGone = false;
  readonly #waiting = new Set<() => void>();

  write(text: string): boolean {
    if (this.#ended || this.#readerGone || this.#text.length + text.length > maxHeld) return false;
    this.#text += text;
    this.#wake();
    return true;
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Nobody will read any more. */
  abandon(): void {
    this.#readerGone = true;
    this.#text = '';
  }

  async line(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) return this.#take(end + 1);
      if (this.#ended) return this.#text === '' ? undefined : this.#take(this.#text.length);
      await this.#more(signal);
    }
  }

  async rest(signal: AbortSignal): Promise<string> {
    while (!this.#ended) await this.#more(signal);
    return this.#take(this.#text.length);
  }

  /** What has come so far, without waiting for a line; undefined at the end. */
  async some(signal: AbortSignal): Promise<string | undefined> {
    while (this.#text === '' && !this.#ended) await this.#more(signal);
    return this.#text === '' ? undefined : this.#take(this.#text.length);
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #more(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Interrupted();
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        done();
        resolve();
      };
      const abort = (): void => {
        done();
        reject(new Interrupted());
      };
      const done = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', abort);
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', abort);
    });
  }
}

/** Input that holds nothing. */
export const noInput: Input = { line: () => Promise.resolve(undefined), rest: () => Promise.resolve('') };

/** Input from a text that is there already. */
export function inputOf(text: string): Input {
  const pipe = new Pipe();
  pipe.write(text);
  pipe.end();
  return pipe;
}
