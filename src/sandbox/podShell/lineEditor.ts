// A line at a terminal: typed, corrected, recalled. It gets bytes as text and gives back what the terminal is to show.

export interface LineEvents {
  /** What the terminal is to show. */
  show(text: string): void;
  /** A line is done; without its line end. */
  line(text: string): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** Ctrl-D on an empty line. */
  end(): void;
}

const maxHistory = 200;
const maxLine = 4_096;

export class LineEditor {
  readonly #events: LineEvents;
  readonly #history: string[] = [];
  #text = '';
  #cursor = 0;
  /** Place in the history; its length means the line being typed. */
  #place = 0;
  #typed = '';
  #escape = '';
  #lastWasReturn = false;
  prompt = '';

  constructor(events: LineEvents) {
    this.#events = events;
  }

  /** Takes what was typed, also several keys or a part of an escape sequence at once. */
  input(text: string): void {
    for (const sign of text) this.#key(sign);
  }

  /** Shows the prompt, and what is typed already. */
  begin(): void {
    this.#events.show(this.prompt + this.#text);
  }

  #key(sign: string): void {
    if (this.#escape !== '') {
      this.#escapeKey(sign);
      return;
    }
    const afterReturn = this.#lastWasReturn;
    this.#lastWasReturn = sign === '\r';
    switch (sign) {
      case '\n':
        // A terminal sends CR, a pipe LF, some both.
        if (!afterReturn) this.#done();
        return;
      case '\r':
        this.#done();
        return;
      case '\u0003':
        this.#reset();
        this.#events.show('^C\r\n');
        this.#events.interrupt();
        return;
      case '\u0004':
        if (this.#text === '') this.#events.end();
        else this.#deleteAt(this.#cursor);
        return;
      case '\u007f':
      case '\b':
        if (this.#cursor > 0) this.#deleteAt(--this.#cursor, true);
        return;
      case '\u0001':
        this.#moveTo(0);
        return;
      case '\u0005':
        this.#moveTo(this.#text.length);
        return;
      case '\u0015':
        this.#replace(this.#text.slice(this.#cursor), 0);
        return;
      case '\u000b':
        this.#replace(this.#text.slice(0, this.#cursor), this.#cursor);
        return;
      case '\u000c':
        this.#events.show(`\u001b[H\u001b[2J${this.prompt}${this.#text}${back(this.#text.length - this.#cursor)}`);
        return;
      case '\u001b':
        this.#escape = sign;
        return;
      default:
        if (sign >= ' ') this.#insert(sign);
    }
  }

  #insert(sign: string): void {
    if (this.#text.length >= maxLine) return;
    const after = this.#text.slice(this.#cursor);
    this.#text = this.#text.slice(0, this.#cursor) + sign + after;
    this.#cursor += sign.length;
    this.#events.show(sign + after + back(after.length));
  }

  #deleteAt(at: number, moved = false): void {
    if (at >= this.#text.length) return;
    const after = this.#text.slice(at + 1);
    this.#text = this.#text.slice(0, at) + after;
    this.#events.show(`${moved ? '\b' : ''}${after} ${back(after.length + 1)}`);
  }

  #escapeKey(sign: string): void {
    this.#escape += sign;
    if (this.#escape === '\u001b[' || this.#escape === '\u001bO') return;
    if (/^\u001b\[[0-9;]*$/.test(this.#escape) && this.#escape.length < 12) return;
    const keys = this.#escape.replace('\u001bO', '\u001b[');
    this.#escape = '';
    if (keys === '\u001b[A') this.#recall(this.#place - 1);
    else if (keys === '\u001b[B') this.#recall(this.#place + 1);
    else if (keys === '\u001b[C') this.#moveTo(this.#cursor + 1);
    else if (keys === '\u001b[D') this.#moveTo(this.#cursor - 1);
    else if (keys === '\u001b[H' || keys === '\u001b[1~') this.#moveTo(0);
    else if (keys === '\u001b[F' || keys === '\u001b[4~') this.#moveTo(this.#text.length);
    else if (keys === '\u001b[3~') this.#deleteAt(this.#cursor);
  }

  #moveTo(cursor: number): void {
    const target = Math.max(0, Math.min(this.#text.length, cursor));
    if (target < this.#cursor) this.#events.show(back(this.#cursor - target));
    else if (target > this.#cursor) this.#events.show(this.#text.slice(this.#cursor, target));
    this.#cursor = target;
  }

  #recall(place: number): void {
    if (place < 0 || place > this.#history.length) return;
    if (this.#place === this.#history.length) this.#typed = this.#text;
    this.#place = place;
    const text = this.#history[place] ?? this.#typed;
    this.#replace(text, text.length);
  }

  #replace(text: string, cursor: number): void {
    this.#events.show(`${back(this.#cursor)}\u001b[K${text}${back(text.length - cursor)}`);
    this.#text = text;
    this.#cursor = cursor;
  }

  #done(): void {
    const text = this.#text;
    this.#events.show('\r\n');
    if (text.trim() !== '' && this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#history.length > maxHistory) this.#history.shift();
    this.#reset();
    this.#events.line(text);
  }

  #reset(): void {
    this.#text = '';
    this.#cursor = 0;
    this.#typed = '';
    this.#place = this.#history.length;
  }
}

function back(count: number): string {
  return count > 0 ? `\u001b[${String(count)}D` : '';
}
