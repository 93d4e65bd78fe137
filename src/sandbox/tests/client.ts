// A plain client for the tests of the sandbox: one request, one answer; or a stream of lines.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { openApiFromJson, type OpenApi, type OpenApiData } from '../../openapi';
import type { KubeObject } from '../objects';
import type { RunningSandbox } from '../options';

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The body as JSON; reading it of a body that is none fails the test. */
  readonly json: Record<string, unknown>;
}

export interface CallOptions {
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  contentType?: string;
}

export function call(sandbox: RunningSandbox, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { body, headers, contentType = 'application/json' } = options;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${sandbox.server}${path}`,
      {
        method,
        ca: sandbox.caPem,
        servername: 'localhost',
        agent: false,
        headers: {
          authorization: `Bearer ${sandbox.token}`,
          'user-agent': 'tests/1',
          ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(text)) }),
          ...headers,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const received = Buffer.concat(parts).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: received,
            get json() {
              return JSON.parse(received) as Record<string, unknown>;
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

export interface LineStream {
  readonly status: number;
  /** The next line; undefined when the stream has ended. Fails when neither comes within two seconds. */
  next(): Promise<string | undefined>;
  close(): void;
}

export function openLines(sandbox: RunningSandbox, path: string, headers: Readonly<Record<string, string>> = {}): Promise<LineStream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${sandbox.server}${path}`,
      { ca: sandbox.caPem, agent: false, headers: { authorization: `Bearer ${sandbox.token}`, ...headers } },
      (response) => {
        const lines: string[] = [];
        let rest = '';
        const stream = { ended: false };
        let wake = (): void => undefined;
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          const parts = (rest + text).split('\n');
          rest = parts.pop() ?? '';
          lines.push(...parts);
          wake();
        });
        const end = (): void => {
          stream.ended = true;
          wake();
        };
        response.on('end', end);
        response.on('error', end);
        resolve({
          status: response.statusCode ?? 0,
          async next() {
            const deadlineMs = Date.now() + 2_000;
            while (lines.length === 0 && !stream.ended) {
              if (Date.now() > deadlineMs) throw new Error('nothing came within two seconds');
              await new Promise<void>((done) => {
                const timer = setTimeout(done, 100);
                wake = () => {
                  clearTimeout(timer);
                  done();
                };
              });
            }
            return lines.shift();
          },
          close: () => outgoing.destroy(),
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

export const openApiFile = join(__dirname, '../../openapi/data/kubernetes.json');

export function readOpenApi(): OpenApi {
  return openApiFromJson(JSON.parse(readFileSync(openApiFile, 'utf8')) as OpenApiData);
}

export interface WatchLine {
  type: string;
  object: KubeObject;
}

export async function nextEvent(stream: LineStream): Promise<WatchLine | undefined> {
  const line = await stream.next();
  return line === undefined ? undefined : (JSON.parse(line) as WatchLine);
}

export function configMap(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more };
}
