const escape = '\u001b';
/** The eight-bit form of `ESC ]`. */
const commandStart = '\u009d';
const introducer = /[\u001b\u009d]/g;

/**
 * Commands (OSC) that stay in the cluster. The editor's terminal answers 52 with the clipboard's content and lets it be
 * overwritten; 133, 633 and 1337 are the editor's own marks of a local shell: by them a container could put commands into the
 * history that is offered for the shells of this machine.
 */
const withheld: ReadonlySet<number> = new Set([52, 133, 633, 1337]);

/** A command's number is short; controls in between, which a terminal passes over, are not kept for ever. */
const longestStart = 256;

/** Controls that a terminal acts on, or passes over, in the middle of a sequence without ending it. */
function isPassedOver(code: number): boolean {
  return code < 0x18 || code === 0x19 || (code > 0x1b && code < 0x20) || code === 0x7f;
}

/**
 * Takes out of a terminal's output what would reach from a container into the editor. Text comes in pieces that may end anywhere,
 * also in the middle of a sequence; what cannot be told yet is kept back until the next piece. Follows the states of the editor's
 * own parser (xterm.js), which is DEC's (https://vt100.net/emu/dec_ansi_parser).
 */
export class TerminalOutput {
  #state: 'text' | 'escape' | 'number' | 'withheld' = 'text';
  /** The beginning of a sequence that is not decided yet. */
  #kept = '';

  /** What may be shown of this piece. */
  pass(text: string): string {
    let shown = '';
    let at = 0;
    while (at < text.length) {
      if (this.#state === 'text') {
        introducer.lastIndex = at;
        const found = introducer.exec(text)?.index ?? text.length;
        shown += text.slice(at, found);
        at = found;
        if (at === text.length) break;
      }
      shown += this.#take(text[at] ?? '');
      at++;
    }
    return shown;
  }

  /** Takes one character; gives what is decided by it. */
  #take(sign: string): string {
    const code = sign.charCodeAt(0);
    // Both begin anew wherever they stand.
    if (sign === escape || sign === commandStart) {
      const before = this.#state === 'escape' ? this.#kept : '';
      this.#kept = sign;
      this.#state = sign === escape ? 'escape' : 'number';
      return before;
    }
    switch (this.#state) {
      case 'text':
        return sign;
      case 'escape':
        if (isPassedOver(code)) return this.#keep(sign);
        this.#kept += sign;
        if (sign === ']') {
          this.#state = 'number';
          return '';
        }
        return this.#release();
      case 'number':
        if (sign >= '0' && sign <= '9') return this.#keep(sign);
        // The bell ends a command.
        if (isPassedOver(code) && code !== 0x07 && code !== 0x7f) return this.#keep(sign);
        if (!withheld.has(Number(this.#kept.replaceAll(/\D/g, '')))) {
          this.#kept += sign;
          return this.#release();
        }
        this.#kept = '';
        this.#state = this.#ends(code) ? 'text' : 'withheld';
        return '';
      case 'withheld':
        if (this.#ends(code)) this.#state = 'text';
        return '';
    }
  }

  #ends(code: number): boolean {
    return code === 0x07 || code === 0x18 || code === 0x1a || (code >= 0x80 && code < 0xa0);
  }

  #keep(sign: string): string {
    this.#kept += sign;
    // A command whose number does not come to an end is none that anybody means.
    if (this.#kept.length <= longestStart) return '';
    this.#kept = '';
    this.#state = this.#state === 'number' ? 'withheld' : 'text';
    return '';
  }

  #release(): string {
    const released = this.#kept;
    this.#kept = '';
    this.#state = 'text';
    return released;
  }
}
