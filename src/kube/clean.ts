import type { JsonValue } from '../shared/json';

/**
 * The one door for hostile text. Whatever a cluster, a kubeconfig or a credential program says passes here before it
 * reaches a message, a log line or an object, so that nobody behind this room has to think of terminals again.
 */

/** Messages and causes longer than this are cut; an API server's own longest ones stay below it. */
export const messageLimit = 8_192;

const control = '\\u0000-\\u001f\\u007f-\\u009f';
// A sequence's payload never holds a control character here, so every alternative ends at the next one and the whole match
// is linear. A string that is opened and never closed loses only its introducer: hiding the rest would hide real output.
const sequences = new RegExp(
  [
    `(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${control}]{0,65536}(?:\\u0007|\\u001b\\\\|\\u009c)`, // OSC, DCS, SOS, PM, APC
    '(?:\\u001b\\[|\\u009b)[\\u0030-\\u003f]{0,64}[\\u0020-\\u002f]{0,16}[\\u0040-\\u007e]', // CSI
    '\\u001b[\\u0020-\\u002f]{1,16}[\\u0030-\\u007e]', // escapes with intermediates, such as choosing a character set
    '\\u001b[\\u0030-\\u007e]?', // any other escape
  ].join('|'),
  'g',
);
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// Tab and line feed stay; the caller of cleanLine takes the line feeds out too.
const controls = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]', 'g');
const suspicious = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]');

/**
 * Text that may be shown anywhere: no escape sequence, control character (but tab and line feed), carriage return or
 * bidirectional control is left, and no more than `limit` characters. Running it again changes nothing.
 */
export function cleanText(text: string, limit: number = messageLimit): string {
  // The bound on what is looked at keeps the work small for a text of megabytes; sequences make it at most a little shorter.
  const cut = text.length > limit * 2 ? text.slice(0, limit * 2) : text;
  const clean = (suspicious.test(cut) ? cut.replace(sequences, '').replace(controls, '').replace(bidi, '') : cut).toWellFormed();
  if (clean.length <= limit && cut.length === text.length) return clean;
  return `${clean.slice(0, limit).toWellFormed()}… (${text.length - Math.min(limit, clean.length)} more characters)`;
}

/** Whether `cleanText` would change the text, apart from its length and lone surrogates. */
export function isSuspicious(text: string): boolean {
  return suspicious.test(text);
}

/**
 * What `cleanText` leaves of a text, in the pieces that stood between its escape sequences. `onSequence` hears each sequence
 * after the piece before it and decides nothing about what is shown.
 */
export function piecesOf(text: string, onPiece: (piece: string) => void, onSequence: (sequence: string) => void): void {
  let at = 0;
  const add = (piece: string): void => {
    if (piece !== '') onPiece(piece.replace(controls, '').replace(bidi, ''));
  };
  for (const found of text.matchAll(sequences)) {
    add(text.slice(at, found.index));
    onSequence(found[0]);
    at = found.index + found[0].length;
  }
  add(text.slice(at));
}

/** The same for one line: line feeds become spaces. */
export function cleanLine(text: string, limit: number = messageLimit): string {
  return cleanText(text.includes('\n') ? text.replaceAll('\n', ' ') : text, limit);
}

/**
 * Control characters inside an object become visible stand-ins instead of vanishing: two values that differ only in them
 * must still differ, or a change of line ends would look like no change. Tab and line feed stay.
 */
export function visibleText(text: string): string {
  if (!suspicious.test(text)) return text;
  let shown = '';
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    if (code < 0x20 && code !== 0x09 && code !== 0x0a) shown += String.fromCodePoint(0x2400 + code);
    else if (code === 0x7f) shown += '\u2421';
    else if (
      (code >= 0x80 && code <= 0x9f) ||
      code === 0x061c ||
      code === 0x200e ||
      code === 0x200f ||
      (code >= 0x202a && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069)
    ) {
      shown += `\u241b{${code.toString(16)}}`;
    } else shown += sign;
  }
  return shown;
}

// What may hide a control character in JSON text: the characters themselves or an escape that can stand for one.
const suspiciousJson = new RegExp('[\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]|\\\\[bfru]');

/** Parses JSON and makes controls in its strings (keys too) visible. Throws SyntaxError without quoting the text. */
export function parseCleanJson(text: string): JsonValue {
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(text) as JsonValue;
  } catch {
    throw new SyntaxError(`not JSON (${text.length} characters)`);
  }
  return suspiciousJson.test(text) ? visibleJson(parsed) : parsed;
}

function visibleJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return visibleText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => visibleJson(item));
  // fromEntries defines own properties, so a key such as __proto__ stays plain data.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visibleText(key), visibleJson(item)]));
}

const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9\-._~+/]{4,}=*/gi;
// The bounds keep texts that are made to look like many tokens from costing the square of their length.
const jsonWebToken = /\beyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g;
const urlCredentials = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,512}@/gi;
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?/g;

/** Takes credentials out of a text: those it is told of, and whatever has the shape of one. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let redacted = text;
  // Longest first: a secret that is part of another must not leave the rest of it behind.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length < 4) continue;
    const bytes = Buffer.from(secret);
    const encoded = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')];
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), ...encoded]))
      redacted = redacted.replaceAll(form, '[hidden]');
  }
  return redacted.replace(privateKey, '[hidden]').replace(bearer, '$1 [hidden]').replace(jsonWebToken, '[hidden]').replace(urlCredentials, '$1[hidden]@');
}

/**
 * Takes every quoted piece out but the allowed ones: for messages about Secrets, whose values an API server may quote. A
 * quote without its end hides all that follows.
 */
export function hideQuoted(text: string, allowed: ReadonlySet<string>): string {
  let shown = '';
  let at = 0;
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', at)) {
    let end = open + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    const inner = text.slice(open + 1, end);
    shown += text.slice(at, open) + (end < text.length && allowed.has(inner) ? `"${inner}"` : '[hidden]');
    at = end + 1;
  }
  shown += text.slice(at);
  return shown.replace(/\|[^|]*(?:\||$)/g, '[hidden]').replace(/(Invalid value: )(?!\[hidden\])[^:]*/g, '$1[hidden]');
}
