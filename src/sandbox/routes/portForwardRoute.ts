// port-forward over WebSocket: a pair of channels for each port, one with the bytes and one with what went wrong. Behind every
// port that a container declares answers a small web server which says that it is the sandbox; nothing else listens.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { badRequest } from '../apiStatus';
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import type { Pod } from '../objectTypes';
import { bytesOf, ChannelSockets, sendOn } from './channelSockets';

export const forwardProtocols: readonly string[] = ['v4.channel.k8s.io'];

interface Behind {
  readonly pod: Pod;
  readonly port: number;
}

export class PortForwardServer {
  readonly #sockets = new ChannelSockets(forwardProtocols);
  readonly #open = new Map<WebSocket, { readonly uid: string; readonly connections: readonly PodConnection[] }>();
  readonly #behind = new WeakMap<object, Behind>();
  /** Never listens: connections are handed to it. */
  readonly #web = createServer((request, response) => {
    const behind = this.#behind.get(request.socket);
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-kubeorch-sandbox': 'simulated' });
    response.end(
      `[sandbox] simulated answer of pod ${behind?.pod.metadata.name ?? ''}, port ${String(behind?.port ?? 0)}; no container runs here\n` +
        `${request.method ?? ''} ${request.url ?? ''}\n`,
    );
  });

  /** Takes the connection over. Throws ApiError while nothing has been answered yet. */
  accept(pod: Pod, runtimes: readonly ContainerRuntime[], query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ports = query.getAll('ports').flatMap((list) => list.split(','));
    if (ports.length === 0) throw badRequest('query parameter "ports" is required');
    const numbers = ports.map((text) => {
      const number = Number(text);
      if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65_535) throw badRequest(`unable to parse "${text}" as a port`);
      return number;
    });
    this.#sockets.accept(request, socket, head, (ws) => {
      const connections = numbers.map((port, index) => this.#begin(ws, { pod, port }, index, runtimes));
      this.#open.set(ws, { uid: pod.metadata.uid ?? '', connections });
      ws.on('message', (data: RawData) => {
        const bytes = bytesOf(data);
        connections[(bytes[0] ?? 0) >> 1]?.receive(bytes);
      });
      ws.on('close', () => {
        this.#open.delete(ws);
        for (const one of connections) one.destroy();
      });
      // The node closes the socket when the last of the pod's connections has ended.
      let left = connections.length;
      for (const one of connections) {
        one.once('close', () => {
          if (--left === 0) ws.close(1000);
        });
      }
    });
  }

  /** The network of a pod goes with it. */
  endPod(uid: string): void {
    for (const { uid: open, connections } of this.#open.values()) if (open === uid) for (const one of connections) one.destroy();
  }

  close(): void {
    this.#sockets.close();
    this.#web.closeAllConnections();
  }

  #begin(ws: WebSocket, behind: Behind, index: number, runtimes: readonly ContainerRuntime[]): PodConnection {
    const { pod, port } = behind;
    const preface = Buffer.alloc(2);
    preface.writeUInt16LE(port);
    const [data, error] = [2 * index, 2 * index + 1];
    sendOn(ws, data, preface);
    sendOn(ws, error, preface);
    const connection = new PodConnection(ws, data);
    const listens = runtimes.some((one) => one.running && (one.spec.ports ?? []).some((declared) => declared.containerPort === port));
    if (listens) {
      this.#behind.set(connection, behind);
      this.#web.emit('connection', connection);
    } else {
      const why = `failed to connect to localhost:${String(port)} inside the sandbox, IPv4: dial tcp4 127.0.0.1:${String(port)}: connect: connection refused`;
      sendOn(ws, error, `error forwarding port ${String(port)} to pod ${pod.metadata.name}, uid ${pod.metadata.uid ?? ''}: ${why}`);
      setImmediate(() => connection.destroy());
    }
    return connection;
  }
}

/** What the web server takes for a TCP connection. */
class PodConnection extends Duplex {
  readonly #ws: WebSocket;
  readonly #channel: number;

  constructor(ws: WebSocket, channel: number) {
    super();
    this.#ws = ws;
    this.#channel = channel;
    // A client that has gone is told by the close, which the socket brings.
    this.on('error', () => undefined);
  }

  /** A message of any of the pair's channels; a client has nothing to say on the one for errors. */
  receive(bytes: Buffer): void {
    if (bytes[0] !== this.#channel || bytes.length === 1 || this.destroyed) return;
    if (!this.push(bytes.subarray(1))) this.#ws.pause();
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#ws.readyState !== this.#ws.OPEN) {
      done(new Error('the client has gone'));
      return;
    }
    this.#ws.send(Buffer.concat([Buffer.from([this.#channel]), chunk]), (error) => done(error ?? null));
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }
}
