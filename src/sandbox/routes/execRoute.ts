// exec over WebSocket: channels for the streams, a status at the end, sizes of the terminal in between.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { RawData, WebSocket } from 'ws';
import { ApiError, badRequest, type StatusObject } from '../apiStatus';
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import type { Pod } from '../objectTypes';
import { shellNames } from '../podShell/machine';
import { Session } from '../podShell/session';
import { bytesOf, ChannelSockets, sendOn } from './channelSockets';
import type { ContainerInsides } from './containerInside';
import { channel, exitStatus, sizeIn, terminalProtocols } from './terminalChannels';

/** The exit code of a process that was killed with its container. */
export const killedCode = 137;

export interface ExecTarget {
  pod: Pod;
  runtime: ContainerRuntime;
}

export class ExecServer {
  readonly #insides: ContainerInsides;
  readonly #sockets = new ChannelSockets(terminalProtocols);
  readonly #sessions = new Map<Session, ContainerRuntime>();
  readonly #killed = new WeakSet<Session>();

  constructor(insides: ContainerInsides) {
    this.#insides = insides;
  }

  /** Checks the request and takes the connection over. Throws ApiError while nothing has been answered yet. */
  accept(target: ExecTarget, query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const command = query.getAll('command');
    if (command.length === 0) throw badRequest('you must specify at least 1 command for the container');
    if (!target.runtime.running) {
      throw new ApiError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container not found ("${target.runtime.spec.name}")`);
    }
    this.#sockets.accept(request, socket, head, (ws) => {
      void this.#converse(ws, target, query, command);
    });
  }

  close(): void {
    for (const session of this.#sessions.keys()) session.close();
    this.#sockets.close();
  }

  /** Ends the commands in containers that do not run any more, as the kernel ends every process of a container with it. */
  endStopped(isGone: (runtime: ContainerRuntime) => boolean): void {
    for (const [session, runtime] of this.#sessions) {
      if (!isGone(runtime)) continue;
      this.#killed.add(session);
      session.close();
    }
  }

  async #converse(ws: WebSocket, { pod, runtime }: ExecTarget, query: URLSearchParams, command: readonly string[]): Promise<void> {
    const flag = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';
    const tty = flag('tty');
    let size: { columns: number; rows: number } | undefined = tty ? { columns: 80, rows: 24 } : undefined;
    const send = (to: number, content: string): boolean => sendOn(ws, to, content);
    const session = new Session({
      ...this.#insides.insideOf(pod, runtime, tty, () => size),
      command,
      tty,
      hasInput: flag('stdin'),
      stdout: { write: (text) => (flag('stdout') ? send(channel.stdout, text) : true) },
      stderr: { write: (text) => (flag('stderr') ? send(channel.stderr, text) : true) },
    });
    this.#sessions.set(session, runtime);
    const decoder = new StringDecoder('utf8');
    ws.on('message', (data: RawData) => {
      const bytes = bytesOf(data);
      const to = bytes[0];
      if (to === channel.stdin) session.write(decoder.write(bytes.subarray(1)));
      else if (to === channel.resize && tty) size = sizeIn(bytes.subarray(1)) ?? size;
      else if (to === channel.close && bytes[1] === channel.stdin) session.endInput();
    });
    ws.on('close', () => {
      session.close();
    });
    // An empty message tells the client that the streams stand.
    send(flag('stdout') ? channel.stdout : channel.error, '');
    try {
      const code = hasProgram(runtime, command[0] ?? '') ? await session.run() : undefined;
      if (this.#killed.has(session)) send(channel.error, JSON.stringify(exitStatus(killedCode)));
      else send(channel.error, JSON.stringify(code === undefined ? notFoundStatus(command[0] ?? '') : exitStatus(code)));
    } catch (error) {
      process.stderr.write(`sandbox: exec: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      send(channel.error, JSON.stringify(new ApiError(500, 'InternalError', 'Internal error occurred: the sandbox failed at this command').status));
    } finally {
      this.#sessions.delete(session);
      ws.close(1000);
    }
  }
}

/** Images that are known to hold one program and no shell. */
function hasProgram(runtime: ContainerRuntime, command: string): boolean {
  const isShell = shellNames.has(command.split('/').at(-1) ?? '');
  return !isShell || !/distroless|(^|\/)(pause|scratch)\b/.test(runtime.spec.image ?? '');
}

function notFoundStatus(command: string): StatusObject {
  const why = `exec: "${command}": executable file not found in $PATH`;
  return new ApiError(
    500,
    'InternalError',
    `Internal error occurred: error executing command in container: OCI runtime exec failed: exec failed: unable to start container process: ${why}`,
  ).status;
}
