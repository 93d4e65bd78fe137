import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Clock, ForwardedConnection, ForwardQuery } from '../engine/ports';
import type { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { cleanLine } from './clean';
import { failureWithoutAnswer } from './failures';
import { PausingQueue } from './pausingQueue';
import { frameBytes, keepAliveMs, openPodSocket } from './podSocket';
import type { PodSocketParts } from './podSocket';
import { cancelFrame, control, dataFrame, pingFrame, SpdyReader, StreamOpener } from './spdy';

/** What kubectl speaks since 1.31, and every API server since then serves. */
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
/** One socket carries one connection: its two streams always have these numbers. */
const errorStream = 1;
const dataStream = 3;
const saidLimitBytes = 8 * 1024;

/**
 * Opens one TCP connection to a port of a pod, through the API server and the pod's node. Each has a WebSocket of its own, since
 * the tunnelled protocol has no flow control and one slow reader would hold up all the others.
 * @throws ClusterError when the way to the node cannot be opened
 */
export async function openForward(parts: PodSocketParts, query: ForwardQuery): Promise<ForwardedConnection> {
  if (!Number.isInteger(query.port) || query.port < 1 || query.port > 65_535) {
    throw failureWithoutAnswer('invalid', `${query.port} is no port number`, false, { reason: 'NoPort' });
  }
  const socket = await openPodSocket(parts, {
    namespace: query.namespace,
    pod: query.pod,
    subresource: 'portforward',
    // The tunnelled streams name the port; the parameter is for access logs and older proxies.
    parameters: new URLSearchParams({ ports: String(query.port) }),
    protocols: [tunnelProtocol],
    signal: query.signal,
  });
  return new TunnelledConnection(socket, parts, query);
}

class TunnelledConnection implements ForwardedConnection {
  readonly output: AsyncIterable<Uint8Array>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #target: { readonly pod: string; readonly port: number };
  readonly #queue: PausingQueue<Uint8Array>;
  readonly #reader = new SpdyReader();
  readonly #signals: readonly AbortSignal[];
  #said = '';
  #inputEnded = false;
  #disposed = false;
  #keepAlive: Disposable;
  #lastPing = -1;
  #answeredPing = -1;

  constructor(socket: WebSocket, parts: PodSocketParts, query: ForwardQuery) {
    this.#socket = socket;
    this.#clock = parts.clock;
    this.#target = { pod: cleanLine(query.pod, 256), port: query.port };
    this.#queue = new PausingQueue(socket);
    this.output = this.#queue;
    this.#signals = query.signal === undefined ? [parts.closing] : [parts.closing, query.signal];
    let cause = '';
    socket.on('error', (error) => {
      cause ||= error.message;
    });
    socket.on('message', (data) => this.#onMessage(data));
    socket.once('close', (code, reason) => this.#onClose(cause || reason.toString('utf8') || `code ${code}`));
    this.#keepAlive = parts.clock.after(keepAliveMs, () => this.#onKeepAlive());
    for (const signal of this.#signals) {
      if (signal.aborted) this.dispose();
      else signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    const opener = new StreamOpener();
    const headers = { port: String(query.port), requestid: '0' };
    this.#send(opener.open(errorStream, { ...headers, streamtype: 'error' }));
    // The node alone speaks on the error stream.
    this.#send(dataFrame(errorStream, Buffer.alloc(0), true));
    this.#send(opener.open(dataStream, { ...headers, streamtype: 'data' }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += frameBytes) {
      if (this.#inputEnded || this.#socket.readyState !== WebSocket.OPEN) throw this.#broken('takes no more input');
      const piece = dataFrame(dataStream, bytes.subarray(start, start + frameBytes));
      // The callback comes when the kernel has taken the bytes: a pod that does not read holds the writer here.
      await new Promise<void>((resolve, reject) => {
        this.#socket.send(piece, (error) => (error ? reject(this.#broken('was lost')) : resolve()));
      });
    }
  }

  end(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#send(dataFrame(dataStream, Buffer.alloc(0), true));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#inputEnded = true;
    this.#queue.drop();
    // The node closes its side of the pod's connection when it hears this; a cut alone would be noticed later.
    this.#send(cancelFrame(dataStream));
    this.#socket.close(1000);
    this.#keepAlive.dispose();
    this.#keepAlive = this.#clock.after(1_000, () => this.#socket.terminate());
  }

  readonly #onAbort = (): void => {
    this.#queue.end(failureWithoutAnswer('aborted', 'the connection was given up', true));
    this.dispose();
  };

  #send(bytes: Buffer): void {
    // A failure to send is followed by the socket's close, which tells the reader.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes, () => undefined);
  }

  #onMessage(data: RawData): void {
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    try {
      for (const frame of this.#reader.read(bytes)) {
        if (frame.type === 'control') this.#onControl(frame.kind, frame.bytes);
        else if (frame.stream === errorStream) this.#said = (this.#said + frame.bytes.toString('utf8')).slice(0, saidLimitBytes);
        else if (frame.stream === dataStream) {
          if (frame.bytes.length > 0) this.#queue.push(frame.bytes, frame.bytes.length);
          if (frame.fin) this.#finish(this.#said === '' ? undefined : this.#refused());
        }
      }
    } catch (error) {
      this.#finish(failureWithoutAnswer('protocol', `the forwarded connection broke: ${error instanceof Error ? error.message : 'unreadable'}`, true));
      this.#socket.terminate();
    }
  }

  #onControl(kind: number, bytes: Buffer): void {
    const id = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
    if (kind === control.ping) {
      // Ours comes back with an odd number; the other side's own are even and want an answer.
      if (id % 2 === 1) this.#answeredPing = id;
      else this.#send(pingFrame(id));
    } else if (kind === control.rstStream && (id === dataStream || id === errorStream)) {
      this.#finish(this.#said === '' ? this.#broken('was reset') : this.#refused());
    } else if (kind === control.goAway) {
      this.#finish(this.#said === '' ? this.#broken('was closed by the node') : this.#refused());
    }
    // Replies to our streams and settings change nothing for a connection that has just these two.
  }

  /** The pod's side is over: nothing that is written from here on would be read. */
  #finish(error: ClusterError | undefined): void {
    this.#queue.end(error);
  }

  #onClose(why: string): void {
    this.#keepAlive.dispose();
    this.#inputEnded = true;
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#onAbort);
    this.#queue.end(this.#said === '' ? this.#broken(`was lost (${cleanLine(why, 256)})`) : this.#refused());
  }

  #onKeepAlive(): void {
    // Whoever is slow to read has paused the socket, and the answer with it.
    if (this.#lastPing !== this.#answeredPing && !this.#socket.isPaused) {
      this.#queue.end(this.#broken(`gave no answer for ${keepAliveMs / 1_000} s`));
      this.#socket.terminate();
      return;
    }
    if (this.#lastPing === this.#answeredPing) {
      this.#lastPing += 2;
      this.#send(pingFrame(this.#lastPing));
    }
    this.#keepAlive = this.#clock.after(keepAliveMs, () => this.#onKeepAlive());
  }

  #broken(what: string): ClusterError {
    const { pod, port } = this.#target;
    return failureWithoutAnswer('unreachable', `the connection to port ${port} of pod ${pod} ${what}`, true, { reason: 'ForwardLost' });
  }

  /** What the node said on the error stream. */
  #refused(): ClusterError {
    const { pod, port } = this.#target;
    const said = cleanLine(this.#said, 1_024);
    return /connection refused/i.test(said)
      ? failureWithoutAnswer('unreachable', `nothing listens on port ${port} of pod ${pod}`, false, { reason: 'ConnectionRefused' })
      : failureWithoutAnswer('unreachable', `port ${port} of pod ${pod} cannot be reached: ${said}`, false, { reason: 'ForwardRefused' });
  }
}
