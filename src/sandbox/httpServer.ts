// The port: TLS, HTTP/1.1 and HTTP/2, upgrades; who may come in; and how failures become answers.
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Accounts, User } from './access/accounts';
import { ApiError, type StatusObject } from './apiStatus';
import type { ServerCertificate } from './certificate';
import { Exchange } from './exchange';
import { isHealthPath } from './routes/healthRoute';

export interface HttpHandlers {
  /** Answers every request that is let in. `user` is undefined for health checks without a valid token. */
  serve(exchange: Exchange, user: User | undefined): Promise<void>;
  /** Takes over the connection of an upgrade request that is let in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, user: User): void;
}

/** One listening port on loopback. Everything but health checks needs a token. */
export class HttpServer {
  readonly #server: Http2SecureServer;
  readonly #accounts: Accounts;
  readonly #handlers: HttpHandlers;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #open = 0;
  #lastEndMs = Date.now();

  constructor(certificate: ServerCertificate, accounts: Accounts, handlers: HttpHandlers) {
    this.#accounts = accounts;
    this.#handlers = handlers;
    this.#server = createSecureServer({ allowHTTP1: true, key: certificate.keyPem, cert: certificate.certificatePem });
    this.#server.on('request', (request, response) => {
      void this.#take(new Exchange(request, response));
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#takeUpgrade(request, socket, head);
    });
    this.#server.on('secureConnection', (socket) => {
      socket.setNoDelay(true);
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // A client that breaks off or speaks no TLS is its own problem; the connection is closed and nothing else is to be done.
    this.#server.on('sessionError', () => undefined);
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (_error, socket) => {
      socket.destroy();
    });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }

  /** Milliseconds since the last request ended; 0 while one is open. */
  idleMs(): number {
    return this.#open > 0 ? 0 : Date.now() - this.#lastEndMs;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #begin(): () => void {
    this.#open++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#open--;
      this.#lastEndMs = Date.now();
    };
  }

  async #take(exchange: Exchange): Promise<void> {
    exchange.onClose(this.#begin());
    exchange.request.on('error', () => undefined);
    exchange.response.on('error', () => undefined);
    try {
      const refusal = this.#refusal(exchange.request.headers);
      if (refusal !== undefined) throw refusal;
      const user = this.#accounts.userOf(exchange.request.headers.authorization);
      if (user === undefined && !isHealthPath(exchange.path)) throw unauthorized();
      await this.#handlers.serve(exchange, user);
    } catch (error) {
      this.#answerFailure(exchange, error);
    }
  }

  #answerFailure(exchange: Exchange, error: unknown): void {
    const status = statusOf(error);
    if (exchange.response.destroyed) return;
    if (exchange.response.headersSent) {
      exchange.response.destroy();
      return;
    }
    exchange.status(status);
    // What is left of a body that nobody reads must not block the connection.
    exchange.request.resume();
  }

  #takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const end = this.#begin();
    socket.once('close', end);
    socket.on('error', () => undefined);
    try {
      const refusal = this.#refusal(request.headers);
      if (refusal !== undefined) throw refusal;
      const user = this.#accounts.userOf(request.headers.authorization);
      if (user === undefined) throw unauthorized();
      this.#handlers.upgrade(request, socket, head, user);
    } catch (error) {
      refuseUpgrade(socket, statusOf(error));
    }
  }

  /**
   * Why a request is not let in. The Host check stops pages that rebind a name of theirs to loopback, the Origin check
   * stops browsers altogether: no page has any business here.
   */
  #refusal(headers: IncomingMessage['headers']): ApiError | undefined {
    const authority = headers[':authority'];
    const host = typeof authority === 'string' ? authority : (headers.host ?? '');
    if (host !== `127.0.0.1:${String(this.#port)}` && host !== `localhost:${String(this.#port)}`) {
      return new ApiError(403, 'Forbidden', 'forbidden: the sandbox answers only to its own loopback address');
    }
    if (headers.origin !== undefined) return new ApiError(403, 'Forbidden', 'forbidden: the sandbox does not answer to web pages');
    return undefined;
  }
}

function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

function statusOf(error: unknown): StatusObject {
  if (error instanceof ApiError) return error.status;
  // A fault of the sandbox itself. The client is told that it happened, the place goes to the process's own log.
  process.stderr.write(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return new ApiError(500, 'InternalError', 'Internal error occurred: the sandbox failed at this request; its log has the place').status;
}

/** Answers an upgrade request with a Status in plain HTTP and closes the connection. */
export function refuseUpgrade(socket: Duplex, status: StatusObject): void {
  const body = JSON.stringify(status);
  const code = status.code ?? 500;
  socket.end(
    `HTTP/1.1 ${String(code)} ${status.reason ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
  );
}
