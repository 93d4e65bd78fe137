import { StringDecoder } from 'node:string_decoder';
import type { LogLine, LogQuery } from '../engine/ports';
import { isSuspicious } from './clean';
import { segment } from './discovery';
import { styledLine } from './styledLine';
import type { Transport } from './transport';

/** Characters of a line that are kept; container runtimes cut lines at 16 KiB, and the kubelet joins them again. */
export const lineLimit = 16 * 1024;

/** The kubelet's own prefix, with the one space that ends it; the message keeps every other space. */
const stamped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)(?= |$)/;

export function logLineOf(text: string): LogLine {
  return lineOf(text, isSuspicious(text));
}

/** `skipped` characters of the line were let go beyond what is here of it, which is then more than the limit. */
function lineOf(text: string, suspicious: boolean, skipped = 0): LogLine {
  let timestamp = '';
  let whole = text;
  if (stamped.test(text)) {
    const space = text.indexOf(' ');
    timestamp = space < 0 ? text : text.slice(0, space);
    whole = space < 0 ? '' : text.slice(space + 1);
  }
  // Decoded bytes are well-formed, and so is every part of them that ends at a line; one that is cut may end in half a pair.
  if (whole.length <= lineLimit) {
    if (!suspicious) return { timestamp, message: whole };
    const { message, styles } = styledLine(whole);
    return styles === undefined ? { timestamp, message } : { timestamp, message, styles };
  }
  const line = styledLine(whole.slice(0, lineLimit));
  return { timestamp, ...line, message: `${line.message}… (${whole.length - lineLimit + skipped} more characters)` };
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
    // A portion without anything suspicious, which is nearly every one, needs no look at its single lines.
    const suspicious = isSuspicious(whole);
    const lines: LogLine[] = [];
    let start = 0;
    for (let end = whole.indexOf('\n'); end >= 0; end = whole.indexOf('\n', start)) {
      const last = suspicious && whole.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end;
      lines.push(this.#line(whole.slice(start, last), suspicious));
      start = end + 1;
    }
    const rest = whole.slice(start);
    const room = lineLimit + 64;
    if (rest.length > room) {
      this.#skipped += rest.length - room;
      this.#rest = rest.slice(0, room);
    } else this.#rest = rest;
    return lines;
  }

  /** What follows the last line feed. */
  end(): LogLine[] {
    return this.#rest === '' ? [] : [this.#line(this.#rest.replace(/\r$/, ''), true)];
  }

  #line(text: string, suspicious: boolean): LogLine {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return lineOf(text, suspicious, skipped);
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
