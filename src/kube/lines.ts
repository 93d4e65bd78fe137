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

export async function* linesOf(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Line> {
  let kept: Buffer[] = [];
  let length = 0;
  let skipped = 0;
  const keep = (piece: Buffer): void => {
    const room = limitBytes - length;
    if (piece.length > room) skipped += piece.length - room;
    const fitting = piece.length > room ? piece.subarray(0, room) : piece;
    if (fitting.length > 0) kept.push(fitting);
    length += fitting.length;
  };
  const line = (ended: boolean): Line => {
    const [only] = kept;
    const whole = { bytes: kept.length === 1 && only !== undefined ? only : Buffer.concat(kept), ended, skipped };
    kept = [];
    length = 0;
    skipped = 0;
    return whole;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      keep(bytes.subarray(start, end));
      yield line(true);
      start = end + 1;
    }
    if (start < bytes.length) keep(bytes.subarray(start));
  }
  if (length > 0) yield line(false);
}
