import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Clock, ForwardedConnection, ForwardQuery } from '../engine/ports';
import type { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { cleanLine } from './clean';
import { frame } from './execFrames';
import { failureWithoutAnswer } from './failures';
import { PausingQueue } from './pausingQueue';
import { closeWaitMs, frameBytes, openPodSocket, tendPodSocket } from './podSocket';
import type { PodSocketParts } from './podSocket';

/**
 * The channels of the kubelet's own WebSocket protocol, which API servers pass on (1.36 included). The other one that they serve,
 * SPDY tunnelled through a WebSocket, would tell the node of an ended input; but container runtimes then cut the connection
 * half a second later instead of passing it on to the pod, so that nothing would be won by a second framing.
 */
const channelProtocol = 'v4.channel.k8s.io';
/** One socket carries one connection: its two channels always have these numbers. */
const dataChannel = 0;
const errorChannel = 1;
/** Each channel begins with its port as two bytes. */
const prefaceBytes = 2;
const saidLimitBytes = 8 * 1024;
/** After the end of the input the pod may still answer; once it has been silent for this long, it has. */
const lastWordsMs = 5_000;

/**
 * Opens one TCP connection to a port of a pod, through the API server and the pod's node. Each has a WebSocket of its own, since
 * channels have no flow control and one slow reader would hold up all the others.
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
    parameters: new URLSearchParams({ ports: String(query.port) }),
    protocols: [channelProtocol],
    signal: query.signal,
  });
  return new PodConnection(socket, parts, query);
}

class PodConnection implements ForwardedConnection {
  readonly output: AsyncIterable<Uint8Array>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #target: { readonly pod: string; readonly port: number };
  readonly #queue: PausingQueue<Uint8Array>;
  readonly #prefaceLeft = { [dataChannel]: prefaceBytes, [errorChannel]: prefaceBytes };
  #said = '';
  #inputEnded = false;
  #cause = '';
  readonly #tending: Disposable;
  #lastWords: Disposable | undefined;
  #closeWait: Disposable | undefined;

  constructor(socket: WebSocket, parts: PodSocketParts, query: ForwardQuery) {
    this.#socket = socket;
    this.#clock = parts.clock;
    this.#target = { pod: cleanLine(query.pod, 256), port: query.port };
    this.#queue = new PausingQueue(socket);
    this.output = this.#queue;
    socket.on('error', (error) => {
      this.#cause ||= error.message;
    });
    socket.on('message', (data) => this.#onFrame(data));
    socket.once('close', (code, reason) => this.#onClose(code, reason.toString('utf8')));
    this.#tending = tendPodSocket(socket, parts, {
      signal: query.signal,
      onAbort: () => {
        this.#queue.end(failureWithoutAnswer('aborted', 'the connection was given up', true));
        this.#hangUp();
      },
      onSilence: (words) => (this.#cause ||= words),
    });
    socket.resume();
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += frameBytes) {
      if (this.#inputEnded || this.#socket.readyState !== WebSocket.OPEN) throw this.#broken('takes no more input');
      const piece = frame(dataChannel, bytes.subarray(start, start + frameBytes));
      // The callback comes when the kernel has taken the bytes: a pod that does not read holds the writer here.
      await new Promise<void>((resolve, reject) => {
        this.#socket.send(piece, (error) => (error ? reject(this.#broken('was lost')) : resolve()));
      });
    }
  }

  end(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#waitForLastWords();
  }

  dispose(): void {
    this.#inputEnded = true;
    this.#queue.drop();
    this.#hangUp();
  }

  /** Says goodbye, so that the node closes its side of the pod's connection now; a cut alone it may notice much later. */
  #hangUp(): void {
    this.#lastWords?.dispose();
    if (this.#socket.readyState === WebSocket.CLOSED || this.#closeWait !== undefined) return;
    // Whatever is still on its way must be read for the answer to the goodbye to arrive.
    if (this.#socket.isPaused) this.#socket.resume();
    this.#socket.close(1000);
    this.#closeWait = this.#clock.after(closeWaitMs, () => this.#socket.terminate());
  }

  /** The protocol has no word for the end of one direction. */
  #waitForLastWords(): void {
    this.#lastWords?.dispose();
    this.#lastWords = this.#clock.after(lastWordsMs, () => {
      if (this.#socket.isPaused) this.#waitForLastWords();
      else {
        this.#queue.end();
        this.#hangUp();
      }
    });
  }

  #onFrame(data: RawData): void {
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    const channel = bytes[0];
    if (channel !== dataChannel && channel !== errorChannel) {
      this.#cause ||= `the server sent a frame on the unknown channel ${channel ?? -1}`;
      this.#socket.terminate();
      return;
    }
    const skipped = Math.min(this.#prefaceLeft[channel], bytes.length - 1);
    this.#prefaceLeft[channel] -= skipped;
    const content = bytes.subarray(1 + skipped);
    if (content.length === 0) return;
    if (channel === errorChannel) {
      this.#said = (this.#said + content.toString('utf8')).slice(0, saidLimitBytes);
      return;
    }
    this.#queue.push(content, content.length);
    if (this.#lastWords !== undefined) this.#waitForLastWords();
  }

  #onClose(code: number, reason: string): void {
    this.#inputEnded = true;
    for (const timer of [this.#tending, this.#lastWords, this.#closeWait]) timer?.dispose();
    // The node closes the socket when the pod has closed its connection; any other end is a way that broke.
    if (this.#said !== '') this.#queue.end(this.#refused());
    else if (code === 1000) this.#queue.end();
    else this.#queue.end(this.#broken(`was lost (${cleanLine(this.#cause || reason || `code ${code}`, 256)})`));
  }

  #broken(what: string): ClusterError {
    const { pod, port } = this.#target;
    return failureWithoutAnswer('unreachable', `the connection to port ${port} of pod ${pod} ${what}`, true, { reason: 'ForwardLost' });
  }

  /** What the node said on the error channel. */
  #refused(): ClusterError {
    const { pod, port } = this.#target;
    const said = cleanLine(this.#said, 1_024);
    return /connection refused/i.test(said)
      ? failureWithoutAnswer('unreachable', `nothing listens on port ${port} of pod ${pod}`, false, { reason: 'ConnectionRefused' })
      : failureWithoutAnswer('unreachable', `port ${port} of pod ${pod} cannot be reached: ${said}`, false, { reason: 'ForwardRefused' });
  }
}
