import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { AttachQuery, Clock, ExecExit, ExecQuery, ExecSession, Logger } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { cleanLine } from './clean';
import { channels, closeFrame, exitOf, frame, protocols, resizeFrame } from './execFrames';
import { failureWithoutAnswer } from './failures';
import { PausingQueue } from './pausingQueue';
import { closeWaitMs, frameBytes, openPodSocket, tendPodSocket } from './podSocket';
import type { PodSocketParts } from './podSocket';

/** Runs a command in a container. Resolves when the connection stands. @throws ClusterError when it cannot */
export function openExec(parts: PodSocketParts, query: ExecQuery): Promise<ExecSession> {
  const parameters = streamParameters(query);
  for (const argument of query.command) parameters.append('command', argument);
  return openSession(parts, 'exec', query, parameters);
}

/** Joins the streams of a container's first process. Resolves when the connection stands. @throws ClusterError when it cannot */
export function openAttach(parts: PodSocketParts, query: AttachQuery): Promise<ExecSession> {
  return openSession(parts, 'attach', query, streamParameters(query));
}

function streamParameters(query: AttachQuery): URLSearchParams {
  const parameters = new URLSearchParams({ container: query.container, stdout: 'true' });
  // With a terminal there is one output stream.
  if (!query.tty) parameters.set('stderr', 'true');
  if (query.stdin) parameters.set('stdin', 'true');
  if (query.tty) parameters.set('tty', 'true');
  return parameters;
}

async function openSession(parts: PodSocketParts, subresource: 'exec' | 'attach', query: AttachQuery, parameters: URLSearchParams): Promise<ExecSession> {
  const { namespace, pod, signal } = query;
  const socket = await openPodSocket(parts, { namespace, pod, subresource, parameters, protocols: [protocols.v5, protocols.v4], signal });
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
  readonly #queue: PausingQueue<Chunk>;
  #status: ExecExit | undefined;
  #inputEnded = false;
  #size: { readonly columns: number; readonly rows: number } | undefined;
  readonly #tending: Disposable;
  #closeWait: Disposable | undefined;
  #lostBecause = '';

  constructor(socket: WebSocket, parts: PodSocketParts, query: AttachQuery) {
    this.#socket = socket;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#tty = query.tty;
    this.#stdin = query.stdin;
    const { promise, resolve } = Promise.withResolvers<ExecExit>();
    this.exit = promise;
    this.#settle = resolve;
    this.#queue = new PausingQueue(socket);
    this.output = this.#queue;
    socket.on('message', (data) => this.#onFrame(data));
    socket.on('error', (error) => {
      this.#lostBecause ||= error.message;
    });
    socket.once('close', (code, reason) => this.#onClose(code, reason.toString('utf8')));
    this.#tending = tendPodSocket(socket, parts, {
      signal: query.signal,
      onAbort: () => {
        this.#lostBecause ||= 'cancelled';
        this.dispose();
      },
      onSilence: (words) => (this.#lostBecause ||= words),
      mayIgnorePings: true,
      onPing: () => {
        // Some proxies do not count a ping as traffic; a size that stays the same does nothing to the command.
        if (this.#size !== undefined) this.#send(resizeFrame(this.#size.columns, this.#size.rows));
      },
    });
    socket.resume();
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
    this.#queue.drop();
    this.#socket.terminate();
  }

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
      if (bytes.length > 1) this.#queue.push({ channel, bytes: bytes.subarray(1) }, bytes.length - 1);
    } else if (channel === channels.status) {
      if (bytes.length === 1) return;
      this.#status ??= exitOf(bytes.subarray(1));
      // All output came before the status. Closing is the server's part; a lazy one is helped after a while.
      this.#queue.end();
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
    this.#queue.end();
    this.#tending.dispose();
    this.#closeWait?.dispose();
    const why = this.#lostBecause || reason || `the connection was lost (${code})`;
    this.#settle(this.#status ?? { message: cleanLine(why, 1_024), clean: false });
  }
}
