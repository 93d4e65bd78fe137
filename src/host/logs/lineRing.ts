import type { ParsedLogLine } from '../../shared/stream';

/** What is kept of one log, whichever limit is reached first. */
export interface RingLimits {
  readonly lines: number;
  /** Of text; a character counts as one, which is what nearly every log takes in memory. */
  readonly bytes: number;
}

export const ringLimits: RingLimits = { lines: 50_000, bytes: 10 * 1024 * 1024 };

/** The newest lines of a log. Adding and letting go cost the same however many there are. */
export class LineRing {
  readonly #limits: RingLimits;
  #lines: ParsedLogLine[] = [];
  #start = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(limits: RingLimits = ringLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#lines.length - this.#start;
  }

  /** How many lines have been let go to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  at(index: number): ParsedLogLine | undefined {
    return index < 0 ? undefined : this.#lines[this.#start + index];
  }

  /** From `first` on, oldest first. */
  slice(first = 0, end = this.length): ParsedLogLine[] {
    return this.#lines.slice(this.#start + Math.max(0, first), this.#start + Math.max(0, end));
  }

  push(lines: readonly ParsedLogLine[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += sizeOf(line);
    }
    this.#trim();
  }

  /** Adds what came before the kept lines, as far as there is room for it. */
  prepend(lines: readonly ParsedLogLine[]): void {
    let bytes = this.#bytes;
    let first = lines.length;
    const room = Math.max(0, this.#limits.lines - this.length);
    while (first > 0 && lines.length - first < room) {
      const line = lines[first - 1];
      if (line === undefined || bytes + sizeOf(line) > this.#limits.bytes) break;
      bytes += sizeOf(line);
      first--;
    }
    this.#lines = [...lines.slice(first), ...this.slice()];
    this.#start = 0;
    this.#bytes = bytes;
  }

  clear(): void {
    this.#lines = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  #trim(): void {
    while (this.length > 1 && (this.length > this.#limits.lines || this.#bytes > this.#limits.bytes)) {
      const oldest = this.#lines[this.#start];
      if (oldest !== undefined) this.#bytes -= sizeOf(oldest);
      this.#start++;
      this.#dropped++;
    }
    // Moving the rest down once half of the array is empty keeps the cost of a line constant.
    if (this.#start > 1024 && this.#start * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#start);
      this.#start = 0;
    }
  }
}

function sizeOf(line: ParsedLogLine): number {
  return line.message.length + line.timestamp.length;
}
