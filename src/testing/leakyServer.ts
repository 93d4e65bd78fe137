import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:tls';
import type { Duplex } from 'node:stream';
import { startTlsServer } from './tlsServer';
import type { TlsServer } from './tlsServer';

export interface LeakyServer {
  readonly server: TlsServer;
  /** From now on every write of a Secret is refused, and what was written stands in the refusal. */
  refuseSecrets(refuse: boolean): void;
  /** How often somebody was refused with what they had sent in the answer. */
  echoes(): number;
  close(): Promise<void>;
}

/**
 * An API server that says too much, in front of another one that does the work: it tells whoever it does not know the credentials
 * that they showed, and quotes the Secrets that it refuses, in the ways that admission hooks do.
 * @param isKnown whether these credentials, as the Authorization header has them, are let in; a client certificate always is
 */
export async function startLeakyServer(
  behind: { readonly server: string; readonly ca: string; readonly token: string },
  isKnown: (authorization: string) => boolean,
): Promise<LeakyServer> {
  let refusing = false;
  let echoed = 0;
  const lets = (request: IncomingMessage | Http2ServerRequest): boolean => {
    const peer = (request.socket as { getPeerCertificate?: () => object }).getPeerCertificate?.() ?? {};
    return isKnown(request.headers.authorization ?? '') || Object.keys(peer).length > 0;
  };
  const onwardHeaders = (request: IncomingMessage | Http2ServerRequest, names: readonly string[]): Record<string, string> => {
    const headers: Record<string, string> = { authorization: `Bearer ${behind.token}` };
    for (const name of names) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    return headers;
  };

  const server = await startTlsServer(
    (request, response) => {
      if (!lets(request)) {
        const shown = request.headers.authorization ?? 'nothing';
        const decoded = Buffer.from(shown.replace(/^\w+ /, ''), 'base64').toString('utf8');
        echoed++;
        request.resume();
        return refuse(response, 401, 'Unauthorized', `the credentials "${shown}" (${decoded}) are not known here`, shown);
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        if (refusing && request.method !== 'GET' && /\/secrets(\/|\?|$)/.test(request.url)) {
          const quoted = decodedValues(body.toString('utf8'));
          echoed++;
          return refuse(response, 422, 'Invalid', `Secret is invalid: data: Invalid value: ${quoted}: too well known`, quoted);
        }
        const onward = httpsRequest(
          new URL(request.url, behind.server),
          { method: request.method, headers: { ...onwardHeaders(request, ['accept', 'content-type']), 'content-length': body.length }, ca: behind.ca },
          (answered) => {
            response.writeHead(answered.statusCode ?? 502, { 'content-type': answered.headers['content-type'] ?? 'application/json' });
            // A watch that has nothing to tell yet has begun all the same.
            if ('flushHeaders' in response && typeof response.flushHeaders === 'function') (response.flushHeaders as () => void)();
            answered.pipe(response);
            answered.on('error', () => response.destroy());
          },
        );
        onward.on('error', () => response.destroy());
        response.on('close', () => onward.destroy());
        onward.end(body);
      });
    },
    { requestClientCertificate: true },
  );

  // Terminals: a WebSocket is passed on byte by byte once its head is written anew.
  const tunnels = new Set<Duplex>();
  (server.http as unknown as { on(name: 'upgrade', listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void }).on(
    'upgrade',
    (request, socket, head) => {
      if (!lets(request)) return void socket.destroy();
      const { hostname, port } = new URL(behind.server);
      const onward = connect({ host: hostname, port: Number(port), ca: behind.ca }, () => {
        const names = ['connection', 'upgrade', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions'];
        const lines = Object.entries({ host: `${hostname}:${port}`, ...onwardHeaders(request, names) }).map(([name, value]) => `${name}: ${value}`);
        onward.write(`GET ${request.url ?? '/'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
        onward.write(head);
        socket.pipe(onward);
        onward.pipe(socket);
      });
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        tunnels.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          tunnels.delete(one);
          other.destroy();
        });
      }
    },
  );

  return {
    server,
    refuseSecrets: (refuse) => (refusing = refuse),
    echoes: () => echoed,
    async close() {
      for (const tunnel of tunnels) tunnel.destroy();
      await server.close();
    },
  };
}

function refuse(response: Http2ServerResponse, code: number, reason: string, message: string, value: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason,
      code,
      message,
      details: { name: value, causes: [{ reason: 'FieldValueInvalid', field: `data.${value}`, message: `Invalid value: ${value}` }] },
    }),
  );
}

/** What was sent, and every value of it in clear. */
function decodedValues(body: string): string {
  const { data = {} } = JSON.parse(body) as { data?: Record<string, string> };
  return `${body} ${Object.values(data)
    .map((value) => JSON.stringify(Buffer.from(value, 'base64').toString('utf8')))
    .join(', ')}`;
}
