import type { LogLineLevel } from '../../shared/build';

/** A line that never ends is cut: nobody reads one that long, and memory is bounded. */
const longestLine = 8192;

/** Takes lines out of what programs write, which comes in pieces that end anywhere. Of what a program wrote over, the last counts. */
export class BuildLines {
  readonly #onLine: (line: string, error: boolean) => void;
  #rest = '';
  #error = false;

  constructor(onLine: (line: string, error: boolean) => void) {
    this.#onLine = onLine;
  }

  add(text: string, error: boolean): void {
    this.#error ||= error;
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#tell(part);
    if (this.#rest.length > longestLine) {
      this.#tell(this.#rest);
      this.#rest = '';
    } else if (this.#rest === '') this.#error = false;
  }

  end(): void {
    if (this.#rest !== '') this.#tell(this.#rest);
    this.#rest = '';
  }

  #tell(line: string): void {
    const shown = line.replace(/\r+$/, '');
    this.#onLine(shown.slice(shown.lastIndexOf('\r') + 1).slice(0, longestLine), this.#error);
    this.#error = false;
  }
}

/** How a line is shown. On a terminal both outputs are one, so there the words alone decide. */
export function levelOf(line: string, error: boolean, isTerminal: boolean): LogLineLevel {
  if (!error && !isTerminal) return 'info';
  if (/\b(?:error|failed|fatal)\b/i.test(line)) return 'error';
  return /\bwarn(?:ing)?\b/i.test(line) ? 'warn' : 'info';
}
