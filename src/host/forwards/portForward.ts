import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Clock, Cluster, Logger } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { OpenedCluster } from '../clusters/sharedClusters';
import { ClientSide } from './clientSide';
import { podPortOf } from './forwardTarget';
import type { PodPort } from './forwardTarget';

/** A port of this machine's loopback that leads to a port of an object in a cluster. */
export interface ForwardRequest {
  /** Taken over: disposed with the forward. */
  readonly connection: OpenedCluster;
  readonly ref: ObjectRef;
  /** The Service's port, or the container's. */
  readonly port: number;
}

/** What a view shows of it. */
export interface ForwardFigures {
  readonly openConnections: number;
  readonly connections: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The pod of the newest connection. */
  readonly pod: string | undefined;
  /** Why the last connection failed; undefined since one went through. */
  readonly problem: unknown;
}

/** Nothing of ours ever listens on another address. */
const loopback = '127.0.0.1';
/** Between a pod's end and its replacement's readiness there is nobody to connect to; a client is kept waiting this long. */
const patienceMs = 15_000;
const retryDelayMs = 500;
/** A client that keeps its side open after the pod has closed is cut off then. */
const goodbyeMs = 5_000;

/**
 * One forwarded port. Each connection looks anew for a ready pod, so that it follows pods that are replaced; one that is open
 * when its pod goes breaks, as it would anywhere. Disposing closes the port and every connection.
 */
export class PortForward implements Disposable {
  readonly id: string;
  readonly ref: ObjectRef;
  readonly port: number;
  readonly clusterLabel: string;
  readonly #cluster: Cluster;
  readonly #release: () => void;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChanged: () => void;
  readonly #ending = new AbortController();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #localPort = 0;
  #connections = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #pod: string | undefined;
  #problem: unknown;

  constructor(request: ForwardRequest, options: { id: string; clock: Clock; log: Logger; onChanged: () => void }) {
    this.id = options.id;
    this.ref = request.ref;
    this.port = request.port;
    this.clusterLabel = request.connection.cluster.label;
    this.#cluster = request.connection.cluster;
    this.#release = () => request.connection.dispose();
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onChanged = options.onChanged;
  }

  get localPort(): number {
    return this.#localPort;
  }

  /** `127.0.0.1:8080` */
  get localAddress(): string {
    return `${loopback}:${this.#localPort}`;
  }

  get figures(): ForwardFigures {
    return {
      openConnections: this.#sockets.size,
      connections: this.#connections,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      pod: this.#pod,
      problem: this.#problem,
    };
  }

  /** Listens on the same number, or on a free one where that is taken or not ours to take. */
  async listen(preferredPort: number): Promise<void> {
    try {
      this.#server = await listening(preferredPort, (socket) => this.#onConnection(socket));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      this.#server = await listening(0, (socket) => this.#onConnection(socket));
    }
    if (this.#ending.signal.aborted) {
      // It was stopped while its port was being opened.
      this.#server.close();
      return;
    }
    this.#localPort = (this.#server.address() as AddressInfo).port;
    this.#log.info(`forward: ${this.localAddress} to ${this.#label()} port ${this.port}`);
  }

  dispose(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#release();
    this.#log.info(`forward: ${this.localAddress} to ${this.#label()} port ${this.port} stopped`);
  }

  #label(): string {
    return `${this.clusterLabel} ${this.ref.namespace}/${this.ref.kind}/${this.ref.name}`;
  }

  #onConnection(socket: Socket): void {
    this.#connections++;
    this.#sockets.add(socket);
    this.#onChanged();
    const over = new AbortController();
    socket.once('close', () => {
      over.abort();
      this.#sockets.delete(socket);
      this.#onChanged();
    });
    // Whatever ends a client's connection ends with its close.
    socket.on('error', (error) => this.#log.debug(`forward: ${this.localAddress}: ${error.message}`));
    this.#serve(socket, AbortSignal.any([over.signal, this.#ending.signal])).catch((error: unknown) => {
      // The client sees a broken connection, as it would from a server that went; why is for the view.
      if (!over.signal.aborted && !this.#ending.signal.aborted) {
        this.#problem = error;
        this.#log.warn(`forward: ${this.localAddress} to ${this.#label()}: ${error instanceof Error ? error.message : String(error)}`);
        this.#onChanged();
      }
      socket.resetAndDestroy();
    });
  }

  async #serve(socket: Socket, signal: AbortSignal): Promise<void> {
    const client = new ClientSide(socket, (bytes) => {
      this.#bytesSent += bytes;
    });
    const untilMs = this.#clock.now() + patienceMs;
    const tried = new Set<string>();
    for (;;) {
      let failed: unknown;
      try {
        const target = await podPortOf(this.#cluster, this.ref, this.port, tried, signal);
        if (target === undefined) failed = new NoReadyPod(this.ref);
        else {
          tried.add(target.pod);
          this.#pod = target.pod;
          const refused = await this.#connect(client, target, signal);
          if (refused === undefined) return this.#goodbye(socket, client);
          failed = refused;
        }
      } catch (error) {
        failed = error;
      }
      if (signal.aborted) return;
      // Only what the pod cannot have seen is said again, to another one.
      if (!client.mayStartAnew || this.#clock.now() >= untilMs || !passes(failed)) throw failed;
      this.#log.debug(`forward: ${this.localAddress}: trying again after ${failed instanceof Error ? failed.message : String(failed)}`);
      await this.#clock.sleep(retryDelayMs, signal);
    }
  }

  /** Undefined when the connection has run to its end, else why the pod did not take it. Throws when it broke on the way. */
  async #connect(client: ClientSide, target: PodPort, signal: AbortSignal): Promise<unknown> {
    const far = await this.#cluster.forward({ ...target, signal });
    try {
      client.attach(far);
      for await (const bytes of far.output) {
        client.answered();
        this.#bytesReceived += bytes.length;
        if (this.#problem !== undefined) {
          this.#problem = undefined;
          this.#onChanged();
        }
        await client.write(bytes);
      }
    } catch (error) {
      if (error instanceof ClusterError && error.failure.reason === 'ConnectionRefused' && client.mayStartAnew) return error;
      client.answered();
      throw error;
    } finally {
      client.detach();
      far.dispose();
    }
    this.#problem = undefined;
    return undefined;
  }

  #goodbye(socket: Socket, client: ClientSide): void {
    client.end();
    const late = this.#clock.after(goodbyeMs, () => socket.destroy());
    socket.once('close', () => late.dispose());
  }
}

/** Nobody to connect to, for now. */
export class NoReadyPod extends Error {
  readonly ref: ObjectRef;

  constructor(ref: ObjectRef) {
    super(`${ref.kind} ${ref.name} has no ready pod`);
    this.name = 'NoReadyPod';
    this.ref = ref;
  }
}

/** Failures that a pod which is just going, or just coming, causes. */
function passes(error: unknown): boolean {
  if (error instanceof NoReadyPod) return true;
  return (
    error instanceof ClusterError &&
    ['not-found', 'unreachable', 'unavailable', 'timeout', 'invalid', 'other', 'too-many-requests'].includes(error.failure.kind)
  );
}

function listening(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection);
    server.once('error', reject);
    server.listen({ host: loopback, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}
