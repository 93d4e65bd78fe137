// What the shell can say, as a tree; and the reader that makes the tree from text.

export type WordPart =
  | { kind: 'text'; text: string; quoted: boolean }
  | { kind: 'variable'; name: string; quoted: boolean; operator: '' | ':-' | '-' | ':=' | ':+' | '#'; argument: string }
  | { kind: 'command'; source: string; quoted: boolean };

export type Word = WordPart[];

export interface Redirect {
  fd: 0 | 1 | 2;
  kind: 'read' | 'write' | 'append' | 'duplicate';
  target: Word;
}

export type Command =
  | { kind: 'simple'; assignments: { name: string; value: Word }[]; words: Word[]; redirects: Redirect[] }
  | { kind: 'group'; body: List; subshell: boolean; redirects: Redirect[] }
  | { kind: 'if'; branches: { test: List; body: List }[]; otherwise: List | undefined }
  | { kind: 'while'; until: boolean; test: List; body: List }
  | { kind: 'for'; name: string; words: Word[]; body: List };

export interface Pipeline {
  commands: Command[];
  negated: boolean;
}

/** Pipelines with what joins each to the one before. */
export type List = { join: ';' | '&&' | '||'; pipeline: Pipeline }[];

export class SyntaxError extends Error {}

/** The text ends inside a construct; a person at a prompt may go on typing. */
export class IncompleteError extends SyntaxError {}

type Token = { kind: 'word'; word: Word; raw: string } | { kind: 'operator'; text: string; fd?: 0 | 1 | 2 } | { kind: 'end' };

const operators = ['&&', '||', '>>', '>&', '<<', ';;', ';', '|', '&', '<', '>', '(', ')', '\n'];
const nameStart = /[A-Za-z_]/;

class Tokenizer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    for (;;) {
      const sign = this.#text[this.#at];
      if (sign === ' ' || sign === '\t' || sign === '\r') this.#at++;
      else if (sign === '\\' && this.#text[this.#at + 1] === '\n') this.#at += 2;
      else if (sign === '#') while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at++;
      else break;
    }
    if (this.#at >= this.#text.length) return { kind: 'end' };
    const numbered = /^([012])(>>|>&|>|<)/.exec(this.#text.slice(this.#at, this.#at + 3));
    if (numbered) {
      this.#at += numbered[0].length;
      return { kind: 'operator', text: numbered[2] ?? '', fd: Number(numbered[1]) as 0 | 1 | 2 };
    }
    const operator = operators.find((one) => this.#text.startsWith(one, this.#at));
    if (operator !== undefined) {
      this.#at += operator.length;
      return { kind: 'operator', text: operator };
    }
    const start = this.#at;
    const word = this.#word();
    return { kind: 'word', word, raw: this.#text.slice(start, this.#at) };
  }

  #word(): Word {
    const parts: Word = [];
    const add = (text: string, quoted: boolean): void => {
      const last = parts.at(-1);
      if (last?.kind === 'text' && last.quoted === quoted) last.text += text;
      else parts.push({ kind: 'text', text, quoted });
    };
    for (;;) {
      const sign = this.#text[this.#at];
      if (sign === undefined || /[\s;|&<>()]/.test(sign)) return parts;
      this.#at++;
      if (sign === '\\') {
        const next = this.#text[this.#at++];
        if (next === undefined) throw new IncompleteError('unexpected end of line');
        if (next !== '\n') add(next, true);
      } else if (sign === "'") {
        const end = this.#text.indexOf("'", this.#at);
        if (end < 0) throw new IncompleteError('unterminated quoted string');
        add(this.#text.slice(this.#at, end), true);
        this.#at = end + 1;
      } else if (sign === '"') this.#doubleQuoted(parts, add);
      else if (sign === '$' || sign === '`') this.#expansion(sign, parts, add, false);
      else add(sign, false);
    }
  }

  #doubleQuoted(parts: Word, add: (text: string, quoted: boolean) => void): void {
    add('', true);
    for (;;) {
      const sign = this.#text[this.#at++];
      if (sign === undefined) throw new IncompleteError('unterminated quoted string');
      if (sign === '"') return;
      if (sign === '\\') {
        const next = this.#text[this.#at++];
        if (next === undefined) throw new IncompleteError('unterminated quoted string');
        if (next !== '\n') add('$`"\\'.includes(next) ? next : `\\${next}`, true);
      } else if (sign === '$' || sign === '`') this.#expansion(sign, parts, add, true);
      else add(sign, true);
    }
  }

  /** After `$` or a backquote. */
  #expansion(sign: string, parts: Word, add: (text: string, quoted: boolean) => void, quoted: boolean): void {
    const next = this.#text[this.#at];
    if (sign === '`') {
      const end = this.#text.indexOf('`', this.#at);
      if (end < 0) throw new IncompleteError('unterminated backquote');
      parts.push({ kind: 'command', source: this.#text.slice(this.#at, end), quoted });
      this.#at = end + 1;
    } else if (next === '(') {
      const end = this.#closing('(', ')');
      parts.push({ kind: 'command', source: this.#text.slice(this.#at + 1, end), quoted });
      this.#at = end + 1;
    } else if (next === '{') {
      const end = this.#closing('{', '}');
      const inside = this.#text.slice(this.#at + 1, end);
      const found = /^([A-Za-z_]\w*|[0-9?$#@*])(?:(:-|-|:=|:\+)([\s\S]*))?$/.exec(inside) ?? /^()()()$/.exec(inside);
      const length = /^#([A-Za-z_]\w*)$/.exec(inside);
      if (length) parts.push({ kind: 'variable', name: length[1] ?? '', quoted, operator: '#', argument: '' });
      else if (found?.[1]) parts.push({ kind: 'variable', name: found[1], quoted, operator: (found[2] ?? '') as '', argument: found[3] ?? '' });
      else throw new SyntaxError('bad substitution');
      this.#at = end + 1;
    } else if (next !== undefined && nameStart.test(next)) {
      const name = /^\w+/.exec(this.#text.slice(this.#at))?.[0] ?? '';
      parts.push({ kind: 'variable', name, quoted, operator: '', argument: '' });
      this.#at += name.length;
    } else if (next !== undefined && /[0-9?$#@*!]/.test(next)) {
      parts.push({ kind: 'variable', name: next, quoted, operator: '', argument: '' });
      this.#at++;
    } else add('$', quoted);
  }

  #closing(opening: string, closing: string): number {
    let depth = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const sign = this.#text[at];
      if (sign === "'" && depth > 0) {
        const end = this.#text.indexOf("'", at + 1);
        if (end > 0) at = end;
      } else if (sign === opening) depth++;
      else if (sign === closing && --depth === 0) return at;
    }
    throw new IncompleteError(`missing ${closing}`);
  }
}

const closers: ReadonlySet<string> = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'in']);

class Reader {
  readonly #tokens: Tokenizer;
  #ahead: Token;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new Tokenizer(text);
    this.#ahead = this.#tokens.next();
  }

  program(): List {
    const list = this.#list();
    if (this.#ahead.kind !== 'end') throw new SyntaxError(`unexpected "${this.#shown()}"`);
    return list;
  }

  #shown(): string {
    if (this.#ahead.kind === 'end') return 'end of file';
    return this.#ahead.kind === 'word' ? this.#ahead.raw : this.#ahead.text.replace('\n', 'newline');
  }

  #atCloser(): boolean {
    return this.#ahead.kind === 'word' && closers.has(this.#ahead.raw);
  }

  #atEnd(): boolean {
    return this.#ahead.kind === 'end';
  }

  #advance(): void {
    this.#ahead = this.#tokens.next();
  }

  #isOperator(...texts: string[]): boolean {
    return this.#ahead.kind === 'operator' && this.#ahead.fd === undefined && texts.includes(this.#ahead.text);
  }

  #isWord(...texts: string[]): boolean {
    return this.#ahead.kind === 'word' && texts.includes(this.#ahead.raw);
  }

  #expect(text: string): void {
    if (this.#atEnd()) throw new IncompleteError(`expecting "${text}"`);
    if (!this.#isWord(text) && !this.#isOperator(text)) throw new SyntaxError(`unexpected "${this.#shown()}" (expecting "${text}")`);
    this.#advance();
  }

  #skipLines(): void {
    while (this.#isOperator('\n')) this.#advance();
  }

  #list(): List {
    const list: List = [];
    let join: ';' | '&&' | '||' = ';';
    for (;;) {
      this.#skipLines();
      if (this.#atEnd() || this.#isOperator(')') || this.#atCloser()) {
        if (join !== ';') throw this.#atEnd() ? new IncompleteError('unexpected end of file') : new SyntaxError(`unexpected "${this.#shown()}"`);
        return list;
      }
      list.push({ join, pipeline: this.#pipeline() });
      if (this.#isOperator('&&', '||')) {
        join = this.#isOperator('&&') ? '&&' : '||';
        this.#advance();
      } else if (this.#isOperator(';', '\n')) {
        join = ';';
        this.#advance();
      } else if (this.#isOperator('&')) throw new SyntaxError('background jobs are not simulated in the sandbox');
      else if (this.#atEnd() || this.#isOperator(')') || this.#atCloser()) return list;
      else throw new SyntaxError(`unexpected "${this.#shown()}"`);
    }
  }

  #pipeline(): Pipeline {
    const negated = this.#isWord('!');
    if (negated) this.#advance();
    const commands = [this.#command()];
    while (this.#isOperator('|')) {
      this.#advance();
      this.#skipLines();
      if (this.#atEnd()) throw new IncompleteError('unexpected end of file');
      commands.push(this.#command());
    }
    return { commands, negated };
  }

  #command(): Command {
    // Depth is bounded so that a hostile line cannot exhaust the stack.
    if (++this.#depth > 100) throw new SyntaxError('too deeply nested');
    try {
      if (this.#isOperator('(')) return this.#group('(', ')');
      if (this.#isWord('{')) return this.#group('{', '}');
      if (this.#isWord('if')) return this.#if();
      if (this.#isWord('while', 'until')) return this.#while();
      if (this.#isWord('for')) return this.#for();
      return this.#simple();
    } finally {
      this.#depth--;
    }
  }

  #group(open: string, close: string): Command {
    this.#expect(open);
    const body = this.#list();
    this.#expect(close);
    const redirects: Redirect[] = [];
    for (let one = this.#redirect(); one !== undefined; one = this.#redirect()) redirects.push(one);
    return { kind: 'group', body, subshell: open === '(', redirects };
  }

  #if(): Command {
    const branches: { test: List; body: List }[] = [];
    let otherwise: List | undefined;
    this.#expect('if');
    for (;;) {
      const test = this.#list();
      this.#expect('then');
      branches.push({ test, body: this.#list() });
      if (this.#isWord('elif')) {
        this.#advance();
        continue;
      }
      if (this.#isWord('else')) {
        this.#advance();
        otherwise = this.#list();
      }
      this.#expect('fi');
      return { kind: 'if', branches, otherwise };
    }
  }

  #while(): Command {
    const until = this.#isWord('until');
    this.#advance();
    const test = this.#list();
    this.#expect('do');
    const body = this.#list();
    this.#expect('done');
    return { kind: 'while', until, test, body };
  }

  #for(): Command {
    this.#expect('for');
    if (this.#ahead.kind !== 'word') throw new SyntaxError('a name is missing after "for"');
    const name = this.#ahead.raw;
    this.#advance();
    this.#skipLines();
    const words: Word[] = [];
    if (this.#isWord('in')) {
      this.#advance();
      while (this.#ahead.kind === 'word') {
        words.push(this.#ahead.word);
        this.#advance();
      }
    }
    while (this.#isOperator(';', '\n')) this.#advance();
    this.#expect('do');
    const body = this.#list();
    this.#expect('done');
    return { kind: 'for', name, words, body };
  }

  #redirect(): Redirect | undefined {
    const token = this.#ahead;
    if (token.kind !== 'operator' || !['<', '>', '>>', '>&', '<<'].includes(token.text)) return undefined;
    if (token.text === '<<') throw new SyntaxError('here-documents are not simulated in the sandbox');
    this.#advance();
    if (this.#ahead.kind !== 'word') throw new SyntaxError(`unexpected "${this.#shown()}" after a redirection`);
    const target = this.#ahead.word;
    this.#advance();
    const kind = token.text === '<' ? 'read' : token.text === '>' ? 'write' : token.text === '>>' ? 'append' : 'duplicate';
    return { fd: token.fd ?? (kind === 'read' ? 0 : 1), kind, target };
  }

  #simple(): Command {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const redirect = this.#redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      if (this.#ahead.kind !== 'word') break;
      const { word } = this.#ahead;
      const [first] = word;
      const assigned = words.length === 0 && first?.kind === 'text' && !first.quoted ? /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(first.text) : null;
      if (assigned) assignments.push({ name: assigned[1] ?? '', value: [{ kind: 'text', text: assigned[2] ?? '', quoted: true }, ...word.slice(1)] });
      else words.push(word);
      this.#advance();
    }
    if (words.length === 0 && assignments.length === 0 && redirects.length === 0) {
      throw this.#atEnd() ? new IncompleteError('unexpected end of file') : new SyntaxError(`unexpected "${this.#shown()}"`);
    }
    return { kind: 'simple', assignments, words, redirects };
  }
}

/** Reads a whole script. Throws SyntaxError, and its subclass IncompleteError when more text could make it right. */
export function parseScript(text: string): List {
  return new Reader(text).program();
}
