// WebSockets whose messages begin with a channel's number: how exec, attach and port-forward reach a pod.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { badRequest } from '../apiStatus';

/** A client that is this far behind is cut off. */
const maxBufferedBytes = 16 * 1024 * 1024;

export class ChannelSockets {
  readonly #protocols: readonly string[];
  readonly #server: WebSocketServer;

  constructor(protocols: readonly string[]) {
    this.#protocols = protocols;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: 1024 * 1024,
      perMessageDeflate: false,
      handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
    });
  }

  /** Takes the connection over. Throws ApiError, while nothing has been answered yet, when none of the offered protocols is known. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onOpen: (ws: WebSocket) => void): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (!offered.some((one) => this.#protocols.includes(one.trim()))) {
      throw badRequest(`unable to upgrade: the sandbox speaks the WebSocket subprotocols ${this.#protocols.join(' and ')}`);
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      // An error is always followed by the close, which everybody listens to.
      ws.on('error', () => undefined);
      onOpen(ws);
    });
  }

  close(): void {
    for (const ws of this.#server.clients) ws.terminate();
    this.#server.close();
  }
}

/** False once the client has gone. */
export function sendOn(ws: WebSocket, channel: number, content: string | Buffer): boolean {
  if (ws.readyState !== ws.OPEN) return false;
  if (ws.bufferedAmount > maxBufferedBytes) ws.terminate();
  else ws.send(Buffer.concat([Buffer.from([channel]), Buffer.from(content)]));
  return ws.readyState === ws.OPEN;
}

export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
