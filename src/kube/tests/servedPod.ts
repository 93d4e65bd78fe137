import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Cluster } from '../../engine/ports';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { startTlsServer } from '../../testing/tlsServer';
import type { TlsServer } from '../../testing/tlsServer';
import { clusterFromKubeconfig } from '../connect';

/** A server that takes upgrades as an API server does, and what it heard. */
export interface ServedPod {
  readonly server: TlsServer;
  readonly cluster: Cluster;
  readonly clock: PacedClock;
  /** What came in, frame by frame. */
  readonly frames: Buffer[];
  readonly requests: IncomingMessage[];
  readonly socket: () => WebSocket;
}

export interface ServeOptions {
  readonly speed?: number;
  readonly protocols?: readonly string[];
  /** Answers the upgrade by hand; true when it did. */
  readonly refuse?: (request: IncomingMessage, socket: Duplex, nth: number) => boolean;
  readonly kubeconfig?: (server: TlsServer) => string;
  readonly autoPong?: boolean;
}

/** Starts such a server with a cluster that is connected to it; both are ended by `cleanup`. */
export async function servePod(cleanup: (() => void | Promise<void>)[], onOpen: (socket: WebSocket) => void, options: ServeOptions = {}): Promise<ServedPod> {
  const server = await startTlsServer((_, response) => response.end());
  const frames: Buffer[] = [];
  const requests: IncomingMessage[] = [];
  const known = options.protocols ?? ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
  const upgrades = new WebSocketServer({
    noServer: true,
    autoPong: options.autoPong ?? true,
    handleProtocols: (offered) => [...offered].find((one) => known.includes(one)) ?? false,
  });
  let last: WebSocket | undefined;
  server.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    const nth = requests.push(request) - 1;
    if (options.refuse?.(request, socket, nth) === true) return;
    upgrades.handleUpgrade(request, socket, head, (opened) => {
      last = opened;
      opened.on('error', () => undefined);
      opened.on('message', (data: Buffer) => frames.push(data));
      onOpen(opened);
    });
  });
  const clock = new PacedClock(options.speed ?? 1);
  const cluster = await clusterFromKubeconfig({
    text: options.kubeconfig?.(server) ?? server.kubeconfig(),
    clock,
    logger: new MemoryLogger(),
    environment: {},
  });
  cleanup.push(
    () => server.close(),
    () => cluster.dispose(),
  );
  return {
    server,
    cluster,
    clock,
    frames,
    requests,
    socket: () => {
      if (last === undefined) throw new Error('no socket is open');
      return last;
    },
  };
}
