import { isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { WebSocket } from 'ws';
import type { ClientOptions, RawData } from 'ws';
import type { Clock, ExecExit, ExecQuery, ExecSession, Logger } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { cleanLine } from './clean';
import type { Access, Credentials } from './credentials';
import { segment } from './discovery';
import { channels, closeFrame, exitOf, frame, protocols, resizeFrame } from './execFrames';
import { failureOfAnswer, failureOfConnection, failureWithoutAnswer } from './failures';
import { aborted, requestTimeoutMs } from './transport';
import { tunnelThrough } from './tunnel';

/** What exec needs of its cluster. */
export interface ExecParts {
  readonly credentials: Credentials;
  readonly proxy: URL | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly serverLabel: string;
  /** Raised when the cluster is disposed. */
  readonly closing: AbortSignal;
}

/** Above this much unread output the socket is paused, below a quarter of it read on. */
const highWaterBytes = 1024 * 1024;
/** Larger writes go as several frames, so that a resize or a key never waits behind a pasted file. */
const frameBytes = 32 * 1024;
/** Load balancers cut what is silent for a minute. */
const keepAliveMs = 30_000;
/** After the status frame the server closes; one that does not is not waited for longer. */
const closeWaitMs = 2_000;
const refusalLimitBytes = 64 * 1024;

function addressOf(access: Access, query: ExecQuery): URL {
  const address = new URL(access.server.href);
  address.protocol = 'wss:';
  address.pathname = `${access.server.pathname.replace(/\/+$/, '')}/api/v1/namespaces/${segment(query.namespace, 'namespace')}/pods/${segment(query.pod, 'name')}/exec`;
  const parameters = new URLSearchParams({ container: query.container, stdout: 'true' });
  // With a terminal there is one output stream.
  if (!query.tty) parameters.set('stderr', 'true');
  if (query.stdin) parameters.set('stdin', 'true');
  if (query.tty) parameters.set('tty', 'true');
  for (const argument of query.command) parameters.append('command', argument);
  address.search = parameters.toString();
  return address;
}

async function connectionOptions(parts: ExecParts, access: Access, signal: AbortSignal): Promise<ClientOptions> {
  const options: ClientOptions = {
    ...access.tls,
    headers: { 'user-agent': 'kubeorch', ...access.headers },
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  };
  if (parts.proxy === undefined) return options;
  const tunnel = await tunnelThrough(parts.proxy, access.server, signal);
  const host = access.server.hostname.replace(/^\[|\]$/g, '');
  // An address is no server name; the certificate is checked against it all the same.
  const named = access.tls.servername ?? (isIP(host) === 0 ? host : undefined);
  return { ...options, createConnection: () => tlsConnect({ ...access.tls, host, ...(named === undefined ? {} : { servername: named }), socket: tunnel }) };
}

/** One try to open the socket. Resolves with an open one. @throws ClusterError */
async function openSocket(parts: ExecParts, access: Access, query: ExecQuery, signal: AbortSignal): Promise<WebSocket> {
  const nature = { writes: true, secrets: access.secrets };
  let socket: WebSocket;
  try {
    socket = new WebSocket(addressOf(access, query), [protocols.v5, protocols.v4], await connectionOptions(parts, access, signal));
  } catch (error) {
    throw failureOfConnection(error, parts.serverLabel, nature);
  }
  socket.binaryType = 'nodebuffer';
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(aborted(true));
      socket.terminate();
    };
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      settle();
      resolve(socket);
    });
    // This listener stays for the socket's whole life: an error without one would end the process.
    socket.on('error', (error) => {
      settle();
      reject(signal.aborted ? aborted(true) : failureOfConnection(error, parts.serverLabel, nature));
    });
    socket.on('unexpected-response', (request, answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        if (body.length < refusalLimitBytes) body += text;
      });
      answer.on('error', () => undefined);
      answer.once('close', () => {
        settle();
        request.destroy();
        reject(failureOfAnswer(answer.statusCode ?? 0, body, undefined, { ...nature, writes: false }));
      });
    });
  });
}

/** Runs a command in a container. Resolves when the connection stands. @throws ClusterError when it cannot */
export async function openExec(parts: ExecParts, query: ExecQuery): Promise<ExecSession> {
  const giveUp = new AbortController();
  const late = parts.clock.after(requestTimeoutMs, () => giveUp.abort());
  const signal = AbortSignal.any([giveUp.signal, parts.closing, ...(query.signal === undefined ? [] : [query.signal])]);
  try {
    for (let tries = 0; ; tries++) {
      const access = await parts.credentials.current();
      let socket: WebSocket;
      try {
        socket = await openSocket(parts, access, query, signal);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'unauthorized' || tries > 0) throw error;
        parts.credentials.renew(access);
        continue;
      }
      if (socket.protocol === protocols.v4 && query.stdin && !query.tty) {
        socket.terminate();
        throw failureWithoutAnswer(
          'protocol',
          `${parts.serverLabel} speaks only ${protocols.v4}, which cannot end a command's input; a terminal would work`,
          true,
          { reason: 'OldProtocol' },
        );
      }
      return new SocketSession(socket, parts, query);
    }
  } catch (error) {
    if (giveUp.signal.aborted) throw failureWithoutAnswer('timeout', `${parts.serverLabel}: no answer in time`, true);
    throw error;
  } finally {
    late.dispose();
  }
}

interface Chunk {
  readonly channel: 1 | 2;
  readonly bytes: Uint8Array;
}

class SocketSession implements ExecSession {
  readonly output: AsyncIterable<Chunk>;
  readonly exit: Promise<ExecExit>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #tty: boolean;
  readonly #stdin: boolean;
  readonly #settle: (exit: ExecExit) => void;
  readonly #signals: readonly AbortSignal[];
  #status: ExecExit | undefined;
  #queue: Chunk[] = [];
  #queuedBytes = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #inputEnded = false;
  #size: { readonly columns: number; readonly rows: number } | undefined;
  #keepAlive: Disposable;
  #closeWait: Disposable | undefined;
  #awaitingPong = false;
  #knowsPong = false;
  #lostBecause = '';

  constructor(socket: WebSocket, parts: ExecParts, query: ExecQuery) {
    this.#socket = socket;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#tty = query.tty;
    this.#stdin = query.stdin;
    const { promise, resolve } = Promise.withResolvers<ExecExit>();
    this.exit = promise;
    this.#settle = resolve;
    this.output = { [Symbol.asyncIterator]: () => this.#read() };
    this.#signals = query.signal === undefined ? [parts.closing] : [parts.closing, query.signal];
    socket.on('message', (data) => this.#onFrame(data));
    socket.on('error', (error) => {
      this.#lostBecause ||= error.message;
    });
    socket.on('pong', () => {
      this.#awaitingPong = false;
      this.#knowsPong = true;
    });
    socket.once('close', (code, reason) => this.#onClose(code, reason.toString('utf8')));
    this.#keepAlive = parts.clock.after(keepAliveMs, () => this.#onKeepAlive());
    for (const signal of this.#signals) {
      if (signal.aborted) this.#onAbort();
      else signal.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#stdin) throw failureWithoutAnswer('invalid', 'the command was started without input', false);
    for (let start = 0; start < bytes.length; start += frameBytes) {
      if (this.#inputEnded || this.#socket.readyState !== WebSocket.OPEN) throw failureWithoutAnswer('unreachable', 'the command takes no more input', true);
      const piece = frame(channels.stdin, bytes.subarray(start, start + frameBytes));
      // The callback comes when the kernel has taken the bytes: a server that does not read holds the writer here.
      await new Promise<void>((resolve, reject) => {
        this.#socket.send(piece, (error) => (error ? reject(failureWithoutAnswer('unreachable', 'the connection to the command was lost', true)) : resolve()));
      });
    }
  }

  endInput(): void {
    if (!this.#stdin || this.#inputEnded) return;
    this.#inputEnded = true;
    // An older server can only be told through the terminal itself: Ctrl-D.
    this.#send(this.#socket.protocol === protocols.v5 ? closeFrame(channels.stdin) : frame(channels.stdin, Buffer.from([0x04])));
  }

  resize(columns: number, rows: number): void {
    if (!this.#tty || !(columns > 0) || !(rows > 0)) return;
    this.#size = { columns: Math.trunc(columns), rows: Math.trunc(rows) };
    this.#send(resizeFrame(this.#size.columns, this.#size.rows));
  }

  dispose(): void {
    this.#lostBecause ||= 'closed';
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#end();
    this.#socket.terminate();
  }

  readonly #onAbort = (): void => {
    this.#lostBecause ||= 'cancelled';
    this.dispose();
  };

  #send(bytes: Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(bytes, (error) => {
      if (error) this.#lostBecause ||= error.message;
    });
  }

  #onFrame(data: RawData): void {
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    const channel = bytes[0];
    if (channel === channels.stdout || channel === channels.stderr) {
      // Empty frames open the channels; whoever disposed wants no more.
      if (bytes.length === 1 || this.#ended) return;
      this.#queue.push({ channel, bytes: bytes.subarray(1) });
      this.#queuedBytes += bytes.length - 1;
      if (this.#queuedBytes > highWaterBytes) this.#socket.pause();
      this.#wake?.();
    } else if (channel === channels.status) {
      if (bytes.length === 1) return;
      this.#status ??= exitOf(bytes.subarray(1));
      // All output came before the status. Closing is the server's part; a lazy one is helped after a while.
      this.#end();
      this.#settle(this.#status);
      this.#closeWait ??= this.#clock.after(closeWaitMs, () => this.#socket.terminate());
    } else if (channel === channels.close) {
      // The server ends one of its streams. The command's own end is told by the status.
      this.#logger.debug(`exec: the server closed stream ${bytes[1] ?? -1}`);
    } else {
      this.#logger.warn(`exec: the server sent a frame on the unknown channel ${channel ?? -1}`);
    }
  }

  #onClose(code: number, reason: string): void {
    this.#end();
    this.#keepAlive.dispose();
    this.#closeWait?.dispose();
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort);
    const why = this.#lostBecause || reason || `the connection was lost (${code})`;
    this.#settle(this.#status ?? { message: cleanLine(why, 1_024), clean: false });
  }

  #onKeepAlive(): void {
    if (this.#awaitingPong && this.#knowsPong) {
      this.#lostBecause ||= `no answer for ${keepAliveMs / 1_000} s`;
      this.#socket.terminate();
      return;
    }
    this.#awaitingPong = true;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    // Some proxies do not count a ping as traffic; a size that stays the same does nothing to the command.
    if (this.#size !== undefined) this.#send(resizeFrame(this.#size.columns, this.#size.rows));
    this.#keepAlive = this.#clock.after(keepAliveMs, () => this.#onKeepAlive());
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *#read(): AsyncGenerator<Chunk> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        this.#queuedBytes -= chunk.bytes.length;
        if (this.#socket.isPaused && this.#queuedBytes < highWaterBytes / 4) this.#socket.resume();
        yield chunk;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
