// attach over WebSocket: the streams of a container's own process. Of a simulated program that is what it logs; of a debug
// container with a terminal it is a scripted shell, which everybody who attaches shares and whose end is the container's.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { RawData, WebSocket } from 'ws';
import { ApiError, badRequest } from '../apiStatus';
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import type { Clock } from '../clock';
import { ContainerLog } from '../logs/containerLog';
import { Session } from '../podShell/session';
import { bytesOf, ChannelSockets, sendOn } from './channelSockets';
import type { ContainerInsides } from './containerInside';
import type { ExecTarget } from './execRoute';
import { channel, exitStatus, sizeIn, terminalProtocols } from './terminalChannels';
import type { TerminalSize } from './terminalChannels';

/** The shell of one debug container, and who watches it. */
interface SharedShell {
  readonly session: Session;
  readonly clients: Set<WebSocket>;
  size: TerminalSize;
}

export class AttachServer {
  readonly #insides: ContainerInsides;
  readonly #clock: Clock;
  readonly #sockets = new ChannelSockets(terminalProtocols);
  readonly #shells = new Map<ContainerRuntime, SharedShell>();
  readonly #readers = new Map<WebSocket, { readonly runtime: ContainerRuntime; stop: () => void }>();

  constructor(insides: ContainerInsides, clock: Clock) {
    this.#insides = insides;
    this.#clock = clock;
  }

  /** Checks the request and takes the connection over. Throws ApiError while nothing has been answered yet. */
  accept(target: ExecTarget, query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const flag = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';
    const { spec, running } = target.runtime;
    if (!running) throw new ApiError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container ${spec.name} not found`);
    if (flag('tty') && spec.tty !== true) throw badRequest(`Unable to use a TTY - container ${spec.name} did not allocate one`);
    this.#sockets.accept(request, socket, head, (ws) => {
      sendOn(ws, flag('stdout') ? channel.stdout : channel.error, '');
      if (target.runtime.isDebug && spec.tty === true) this.#joinShell(ws, target, flag('stdin') && spec.stdin === true);
      else this.#followOutput(ws, target);
    });
  }

  /** Those who are attached to containers that do not run any more hear of their end. */
  endStopped(isGone: (runtime: ContainerRuntime) => boolean): void {
    for (const [runtime, shell] of this.#shells) if (isGone(runtime)) shell.session.close();
    for (const [ws, { runtime }] of this.#readers) if (isGone(runtime)) sayGoodbye(ws);
  }

  close(): void {
    for (const { session } of this.#shells.values()) session.close();
    for (const { stop } of this.#readers.values()) stop();
    this.#sockets.close();
  }

  #joinShell(ws: WebSocket, target: ExecTarget, hasInput: boolean): void {
    const shell = this.#shells.get(target.runtime) ?? this.#startShell(target);
    shell.clients.add(ws);
    const decoder = new StringDecoder('utf8');
    ws.on('message', (data: RawData) => {
      const bytes = bytesOf(data);
      if (bytes[0] === channel.stdin && hasInput) shell.session.write(decoder.write(bytes.subarray(1)));
      else if (bytes[0] === channel.resize) shell.size = sizeIn(bytes.subarray(1)) ?? shell.size;
    });
    ws.on('close', () => {
      // The shell goes on without its last client, as any process of a container would.
      shell.clients.delete(ws);
    });
  }

  #startShell({ pod, runtime }: ExecTarget): SharedShell {
    const clients = new Set<WebSocket>();
    const write = (text: string): boolean => {
      for (const ws of clients) sendOn(ws, channel.stdout, text);
      return true;
    };
    const shell: SharedShell = {
      clients,
      size: { columns: 80, rows: 24 },
      session: new Session({
        ...this.#insides.insideOf(pod, runtime, true, () => shell.size),
        command: ['sh'],
        tty: true,
        hasInput: true,
        stdout: { write },
        stderr: { write },
      }),
    };
    this.#shells.set(runtime, shell);
    // The client that asked for it is let in first, so that it sees the first prompt.
    setImmediate(() => {
      shell.session.run().then(
        (code) => this.#shellEnded(runtime, code ?? 127),
        (error: unknown) => {
          process.stderr.write(`sandbox: attach: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
          this.#shellEnded(runtime, 1);
        },
      );
    });
    return shell;
  }

  #shellEnded(runtime: ContainerRuntime, code: number): void {
    const shell = this.#shells.get(runtime);
    this.#shells.delete(runtime);
    for (const ws of shell?.clients ?? []) sayGoodbye(ws);
    runtime.exited(code);
  }

  /** From now on, line by line, what the program prints. */
  #followOutput(ws: WebSocket, { pod, runtime }: ExecTarget): void {
    const instance = runtime.current;
    if (instance === undefined) return sayGoodbye(ws);
    const log = new ContainerLog({ image: runtime.spec.image ?? '', pod: pod.metadata.name, container: runtime.spec.name }, instance);
    let next = log.count(this.#clock.now());
    let cancel: (() => void) | undefined;
    const advance = (): void => {
      const nowMs = this.#clock.now();
      for (const count = log.count(nowMs); next < count; next++) sendOn(ws, channel.stdout, `${log.line(next, nowMs).text}\n`);
      const nextAtMs = log.nextAtMs(nowMs);
      if (nextAtMs !== undefined) cancel = this.#clock.after(Math.max(1, nextAtMs - nowMs), advance);
    };
    this.#readers.set(ws, { runtime, stop: () => cancel?.() });
    ws.on('close', () => {
      cancel?.();
      this.#readers.delete(ws);
    });
    advance();
  }
}

/** However the process ended: a kubelet tells those who are attached only that it did. */
function sayGoodbye(ws: WebSocket): void {
  sendOn(ws, channel.error, JSON.stringify(exitStatus(0)));
  ws.close(1000);
}
