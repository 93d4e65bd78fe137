/**
 * As much of SPDY/3.1 as port forwarding uses (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/): the
 * Kubernetes API server tunnels it through a WebSocket, and no other protocol that it serves can end one direction alone.
 */

/** Types of control frames. */
export const control = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;

const version = 3;
const finFlag = 1;
const headBytes = 8;
/** Control frames of our peers hold a few headers at most. */
const controlLimitBytes = 64 * 1024;

export type SpdyFrame =
  /** A piece of a data frame; `fin` comes with its last piece and ends the stream in this direction. */
  | { readonly type: 'data'; readonly stream: number; readonly bytes: Buffer; readonly fin: boolean }
  | { readonly type: 'control'; readonly kind: number; readonly fin: boolean; readonly bytes: Buffer };

/** Streams of one connection are opened through one of these: their headers share one compression state. */
export class StreamOpener {
  #begun = false;

  /** `stream` is odd for a client and grows. Names in lower case. */
  open(stream: number, headers: Readonly<Record<string, string>>): Buffer {
    const parts: Buffer[] = [uint32(Object.keys(headers).length)];
    for (const text of Object.entries(headers).flat()) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text));
    const block = Buffer.concat(parts);
    const length = Buffer.alloc(4);
    length.writeUInt16LE(block.length, 0);
    length.writeUInt16LE(block.length ^ 0xffff, 2);
    // The specification wants zlib; a stored block (RFC 1951, 3.2.4) is that too, and needs no dictionary that both must know.
    const compressed = Buffer.concat([...(this.#begun ? [] : [Buffer.from([0x78, 0x01])]), Buffer.from([0x00]), length, block]);
    this.#begun = true;
    // Associated stream: none; priority and slot: 0.
    return controlFrame(control.synStream, Buffer.concat([uint32(stream), uint32(0), Buffer.from([0, 0]), compressed]));
  }
}

export function dataFrame(stream: number, payload: Uint8Array, fin = false): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length);
  frame.writeUInt32BE(stream, 0);
  frame.writeUInt32BE(((fin ? finFlag : 0) << 24) | payload.length, 4);
  frame.set(payload, headBytes);
  return frame;
}

/** `id` is odd for a client; the peer sends the same frame back. */
export function pingFrame(id: number): Buffer {
  return controlFrame(control.ping, uint32(id));
}

/** Ends a stream in both directions at once. */
export function cancelFrame(stream: number): Buffer {
  const cancelled = 5;
  return controlFrame(control.rstStream, Buffer.concat([uint32(stream), uint32(cancelled)]));
}

function controlFrame(kind: number, payload: Buffer): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(kind, 2);
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Cuts what arrives, in pieces of any size, into frames. Data is handed on as it comes, however long its frame says it is. */
export class SpdyReader {
  #kept: Buffer = Buffer.alloc(0);
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;

  /** @throws Error when this is not SPDY/3 */
  *read(bytes: Buffer): Generator<SpdyFrame> {
    let rest = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    for (;;) {
      if (this.#data !== undefined) {
        const { stream } = this.#data;
        const piece = rest.subarray(0, this.#data.left);
        rest = rest.subarray(piece.length);
        this.#data.left -= piece.length;
        const whole = this.#data.left === 0;
        const fin = whole && this.#data.fin;
        if (whole) this.#data = undefined;
        if (piece.length > 0 || fin) yield { type: 'data', stream, bytes: piece, fin };
        if (!whole) break;
      }
      if (rest.length < headBytes) break;
      const word = rest.readUInt32BE(0);
      const length = rest.readUInt32BE(4) & 0xffffff;
      const fin = ((rest[4] ?? 0) & finFlag) !== 0;
      if (word >>> 31 === 0) {
        rest = rest.subarray(headBytes);
        this.#data = { stream: word, fin, left: length };
        continue;
      }
      if (((word >>> 16) & 0x7fff) !== version) throw new Error(`a frame of SPDY version ${(word >>> 16) & 0x7fff}`);
      if (length > controlLimitBytes) throw new Error(`a control frame of ${length} bytes`);
      if (rest.length < headBytes + length) break;
      yield { type: 'control', kind: word & 0xffff, fin, bytes: rest.subarray(headBytes, headBytes + length) };
      rest = rest.subarray(headBytes + length);
    }
    this.#kept = rest;
  }
}
