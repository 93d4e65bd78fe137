/**
 * Cuts a byte stream at line feeds. Bytes are joined only when a line is whole, so that a character split between two
 * chunks is never broken and a long line costs no more than its length. What follows the last line feed comes at the end,
 * marked as not ended. A line above `limitBytes` comes as its beginning, marked as cut; the rest of it is skipped.
 */
export interface Line {
  readonly bytes: Buffer;
  readonly ended: boolean;
  /** How many bytes were left out. */
  readonly skipped: number;
}

const lineFeed = 0x0a;

/** The same for who takes the bytes as they come: `push` gives the lines that a chunk ends, `rest` what follows the last of them. */
export class LineSplitter {
  readonly #limitBytes: number;
  #kept: Buffer[] = [];
  #length = 0;
  #skipped = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): readonly Line[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      this.#keep(bytes.subarray(start, end));
      lines.push(this.#line(true));
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
    return lines;
  }

  rest(): Line | undefined {
    return this.#length > 0 ? this.#line(false) : undefined;
  }

  #keep(piece: Buffer): void {
    const room = this.#limitBytes - this.#length;
    if (piece.length > room) this.#skipped += piece.length - room;
    const fitting = piece.length > room ? piece.subarray(0, room) : piece;
    if (fitting.length > 0) this.#kept.push(fitting);
    this.#length += fitting.length;
  }

  #line(ended: boolean): Line {
    const [only] = this.#kept;
    const whole = { bytes: this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept), ended, skipped: this.#skipped };
    this.#kept = [];
    this.#length = 0;
    this.#skipped = 0;
    return whole;
  }
}

export async function* linesOf(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Line> {
  const splitter = new LineSplitter(limitBytes);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  const rest = splitter.rest();
  if (rest !== undefined) yield rest;
}
