import { failure } from '../../../shared/problem';
import type { Lookup } from './interpolate';
import { substituteText } from './interpolate';

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '"': '"', '\\': '\\' };

/**
 * Reads an env file as compose does: `KEY=value` and `KEY: value` by line, `export` before it, comments, quotes, escapes in double ones,
 * and variables in all but single ones. A key alone takes its value from `lookup`. What is read is added to `into`.
 * @throws ProblemError `compose.envFile`
 */
export function readEnvFile(text: string, file: string, into: Map<string, string>, lookup: Lookup): void {
  let rest = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const whole = rest;
  const lineNow = (): string => String(whole.slice(0, whole.length - rest.length).split('\n').length);
  const fail = (detail: string): Error => failure('compose.envFile', { file, line: lineNow(), detail });
  const known: Lookup = (name) => lookup(name) ?? into.get(name);
  for (;;) {
    rest = rest.replace(/^\s+/u, '');
    if (rest === '') return;
    if (rest.startsWith('#')) {
      const end = rest.indexOf('\n');
      rest = end < 0 ? '' : rest.slice(end);
      continue;
    }
    rest = rest.replace(/^export[\s]+/, '');
    const name = /^[^=:\n]*/.exec(rest)?.[0] ?? '';
    const bad = /[^\p{L}\p{N}_.\-[\]\s]/u.exec(name);
    if (bad !== null) throw fail(`"${bad[0]}" cannot stand in the name of a variable`);
    const key = name.trimEnd();
    const mark = rest[name.length];
    if (mark === undefined) {
      // Compose takes a name at the very end without a line break for nothing.
      return;
    }
    if (key.includes(' ')) throw fail('a name has a space in it');
    rest = rest.slice(name.length + 1);
    if (mark === '\n') {
      const inherited = lookup(key) ?? into.get(key);
      if (inherited !== undefined) into.set(key, inherited);
      continue;
    }
    rest = rest.replace(/^[\t\v\f\r \u0085\u00A0]+/, '');
    const quote = rest[0];
    if (quote === '"' || quote === "'") {
      const read = quoted(rest, quote);
      if (read === undefined) throw fail('a quote is not closed');
      rest = read.rest;
      into.set(key, quote === "'" ? read.value : substituteText(expandEscapes(read.value), known));
    } else {
      const end = rest.indexOf('\n');
      const line = end < 0 ? rest : rest.slice(0, end);
      rest = end < 0 ? '' : rest.slice(end + 1);
      const comment = line.indexOf(' #');
      into.set(key, substituteText((comment < 0 ? line : line.slice(0, comment)).trimEnd(), known));
    }
  }
}

function quoted(text: string, quote: string): { readonly value: string; readonly rest: string } | undefined {
  let value = '';
  let escaped = false;
  for (let index = 1; index < text.length; index += 1) {
    const char = text[index] as string;
    if (char === quote && !escaped) return { value, rest: text.slice(index + 1) };
    if (char === '\\' && !escaped) {
      escaped = true;
      continue;
    }
    if (escaped && char !== quote) value += '\\';
    escaped = false;
    value += char;
  }
  return undefined;
}

function expandEscapes(text: string): string {
  return text.replace(/\\(?:([abcfnrtv$"\\])|0(\d{0,3}))/g, (all, letter: string | undefined, octal: string | undefined) => {
    if (letter === '$') return '$$';
    if (letter !== undefined) return escapes[letter] ?? all;
    return octal !== undefined && /^[0-7]{3}$/.test(octal) && parseInt(octal, 8) < 256 ? String.fromCharCode(parseInt(octal, 8)) : all;
  });
}
