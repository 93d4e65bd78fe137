// One HTTP request and its answer, the same for HTTP/1.1 and HTTP/2.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { ApiError, badRequest, type StatusObject } from './apiStatus';

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type ServerAnswer = ServerResponse | Http2ServerResponse;

/** The API server's own limit for a request's body. */
const maxBodyBytes = 3 * 1024 * 1024;

export class Exchange {
  readonly request: ServerRequest;
  readonly response: ServerAnswer;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly warnings: string[] = [];

  constructor(request: ServerRequest, response: ServerAnswer) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  }

  header(name: string): string {
    const value = this.request.headers[name];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
  }

  /** A query parameter's text; '' when it is absent. */
  param(name: string): string {
    return this.query.get(name) ?? '';
  }

  /** As the API server reads booleans: `?watch`, `watch=1` and `watch=true` are all true. */
  flag(name: string): boolean {
    const value = this.query.get(name);
    return value !== null && value !== 'false' && value !== '0';
  }

  /** A whole number, or undefined when absent; anything else is 400. */
  count(name: string): number | undefined {
    const value = this.query.get(name);
    if (value === null || value === '') return undefined;
    if (!/^-?\d{1,15}$/.test(value)) throw badRequest(`invalid value for ${name}: "${value}" is not a whole number`);
    return Number(value);
  }

  async body(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of this.request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBodyBytes) throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${String(maxBodyBytes)}`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** Writes the head; after it `write` streams and `end` finishes. */
  start(code: number, contentType: string): void {
    const headers: Record<string, string | string[]> = { 'content-type': contentType, 'cache-control': 'no-cache, private' };
    // Warnings go out as RFC 7234 says: code 299, no agent, the text in quotes.
    if (this.warnings.length > 0)
      headers['warning'] = [...new Set(this.warnings)].map((text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/\s+/g, ' ')}"`);
    (this.response as ServerResponse).writeHead(code, headers);
  }

  /** Sends the head now, before there is anything to write; HTTP/2 does so by itself. */
  flushHead(): void {
    if ('flushHeaders' in this.response) this.response.flushHeaders();
  }

  send(code: number, contentType: string, text: string | Buffer): void {
    this.start(code, contentType);
    this.response.end(text);
  }

  json(code: number, value: unknown): void {
    this.send(code, 'application/json', `${JSON.stringify(value)}\n`);
  }

  status(status: StatusObject): void {
    const after = status.details?.retryAfterSeconds;
    if (after !== undefined && !this.response.headersSent) this.response.setHeader('retry-after', String(after));
    this.json(status.code ?? 200, status);
  }

  /** False means that the client reads slower than we write; `drained` tells when it has caught up. */
  write(text: string | Buffer): boolean {
    return (this.response as ServerResponse).write(text);
  }

  onClose(task: () => void): void {
    this.response.once('close', task);
  }
}
