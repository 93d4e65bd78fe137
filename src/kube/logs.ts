import { StringDecoder } from 'node:string_decoder';
import type { LogLine, LogQuery } from '../engine/ports';
import { segment } from './discovery';
import { styledLine, stylesIn, withoutColours } from './styledLine';
import type { Transport } from './transport';

/** Characters of a line that are kept; container runtimes cut lines at 16 KiB, and the kubelet joins them again. */
export const lineLimit = 16 * 1024;

export function logLineOf(text: string): LogLine {
  return lineOf(text);
}

/** `skipped` characters of the line were let go beyond what is here of it, which is then more than the limit. */
function lineOf(text: string, skipped = 0): LogLine {
  const ends = stampEnd(text, 0, text.length);
  const timestamp = text.slice(0, ends);
  // The prefix ends with one space; the message keeps every other one.
  const whole = ends === 0 ? text : text.slice(ends + 1);
  if (whole.length <= lineLimit) {
    const { message, styles } = styledLine(whole);
    return styles === undefined ? { timestamp, message } : { timestamp, message, styles };
  }
  // Decoded bytes are well-formed, and so is every part of them that ends at a line; one that is cut may end in half a pair.
  const line = styledLine(whole.slice(0, lineLimit));
  return { timestamp, ...line, message: `${line.message}… (${whole.length - lineLimit + skipped} more characters)` };
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Where the kubelet's own prefix ends that begins at `start`: an RFC 3339 time before a space or the line's end. `start`
 * when there is none. Digits are looked at one by one, since this is done for every line that comes.
 */
function stampEnd(text: string, start: number, end: number): number {
  if (end - start < 20 || text.charCodeAt(start + 10) !== 84) return start;
  for (let at = 0; at < 19; at++) {
    const code = text.charCodeAt(start + at);
    const fits = at === 4 || at === 7 ? code === 45 : at === 13 || at === 16 ? code === 58 : at === 10 || isDigit(code);
    if (!fits) return start;
  }
  let at = start + 19;
  if (text.charCodeAt(at) === 46) {
    const first = ++at;
    while (at < end && at - first < 9 && isDigit(text.charCodeAt(at))) at++;
    if (at === first) return start;
  }
  const zone = text.charCodeAt(at);
  if (at < end && zone === 90) at++;
  else if (/^[+-]\d\d:\d\d$/.test(text.slice(at, Math.min(end, at + 6)))) at += 6;
  else return start;
  return at === end || text.charCodeAt(at) === 32 ? at : start;
}

/**
 * Cuts decoded text at line feeds. Lines are slices of what came, so that a log of many lines costs little more than its
 * text; a line above the limit is cut and says by how much.
 */
export class LogCutter {
  #rest = '';
  /** Characters of the line that is going on which were let go, beyond what could still be shown of it. */
  #skipped = 0;

  take(text: string): LogLine[] {
    const whole = this.#rest === '' ? text : this.#rest + text;
    const ends = whole.lastIndexOf('\n') + 1;
    const portion = ends === whole.length ? whole : whole.slice(0, ends);
    // A portion with nothing but colours in it, which is nearly every one, needs no careful look at its single lines.
    const bare = withoutColours(portion);
    const lines = bare === undefined ? this.#careful(portion) : this.#plain(portion, bare);
    const rest = whole.slice(ends);
    const room = lineLimit + 64;
    if (rest.length > room) {
      // A return at the end may be half of a line end, which does not count as text.
      const kept = rest.slice(0, room) + (rest.endsWith('\r') ? '\r' : '');
      this.#skipped += rest.length - kept.length;
      this.#rest = kept;
    } else this.#rest = rest;
    return lines;
  }

  /** What follows the last line feed. */
  end(): LogLine[] {
    return this.#rest === '' ? [] : [this.#line(this.#rest.replace(/\r$/, ''))];
  }

  /** Both texts are walked together: without its colour sequences, each line of the one is that of the other. */
  #plain(portion: string, bare: string): LogLine[] {
    const lines: LogLine[] = [];
    let start = 0;
    let bareStart = 0;
    for (let end = portion.indexOf('\n'); end >= 0; end = portion.indexOf('\n', start)) {
      const bareEnd = bare === portion ? end : bare.indexOf('\n', bareStart);
      const stamp = stampEnd(portion, start, end) - start;
      const skipped = stamp === 0 ? 0 : Math.min(stamp + 1, end - start);
      if (end - start - skipped > lineLimit) lines.push(this.#line(portion.slice(start, end)));
      else {
        const timestamp = stamp === 0 ? '' : bare.slice(bareStart, bareStart + stamp);
        const message = bare.slice(bareStart + skipped, bareEnd);
        const styles = end - start === bareEnd - bareStart ? undefined : stylesIn(portion, start + skipped, end);
        lines.push(styles === undefined ? { timestamp, message } : { timestamp, message, styles });
      }
      start = end + 1;
      bareStart = bareEnd + 1;
    }
    return lines;
  }

  #careful(portion: string): LogLine[] {
    const lines: LogLine[] = [];
    let start = 0;
    for (let end = portion.indexOf('\n'); end >= 0; end = portion.indexOf('\n', start)) {
      const last = end > start && portion.charCodeAt(end - 1) === 13 ? end - 1 : end;
      lines.push(this.#line(portion.slice(start, last)));
      start = end + 1;
    }
    return lines;
  }

  #line(text: string): LogLine {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return lineOf(text, skipped);
  }
}

/**
 * The lines of one container's log, in the portions they came in. Ends when the log does; a lost connection, a refusal (its
 * text is the server's own, such as "waiting to start: ContainerCreating") and an abort are thrown as ClusterError. Silence
 * is no fault of a log, so there is no time limit after the head of the answer.
 */
export async function* logBatches(transport: Transport, query: LogQuery): AsyncGenerator<readonly LogLine[]> {
  const path = `/api/v1/namespaces/${segment(query.namespace, 'namespace')}/pods/${segment(query.pod, 'name')}/log`;
  const since = query.sinceSeconds !== undefined && query.sinceSeconds > 0 ? [['sinceSeconds', String(Math.ceil(query.sinceSeconds))] as const] : [];
  const parameters: (readonly [string, string])[] = [['container', query.container], ['follow', String(query.follow)], ['timestamps', 'true'], ...since];
  if (since.length === 0 && query.tailLines !== undefined) parameters.push(['tailLines', String(Math.max(0, Math.trunc(query.tailLines)))]);
  if (since.length === 0 && query.sinceTime !== undefined) parameters.push(['sinceTime', query.sinceTime]);
  if (query.previous === true) parameters.push(['previous', 'true']);
  const stream = await transport.stream({ method: 'GET', path, query: parameters, accept: 'text/plain, application/json', signal: query.signal });
  const decoder = new StringDecoder('utf8');
  const cutter = new LogCutter();
  try {
    for await (const chunk of stream.body) {
      const lines = cutter.take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
      if (lines.length > 0) yield lines;
    }
    const last = [...cutter.take(decoder.end()), ...cutter.end()];
    if (last.length > 0) yield last;
  } finally {
    stream.close();
  }
}

/** The same, line by line. */
export async function* logLines(transport: Transport, query: LogQuery): AsyncGenerator<LogLine> {
  for await (const lines of logBatches(transport, query)) yield* lines;
}
