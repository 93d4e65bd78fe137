// exec over WebSocket: channels for the streams, a status at the end, sizes of the terminal in between.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ApiError, badRequest, type StatusObject } from '../apiStatus';
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import { mountedFiles, MissingPart } from '../behaviours/podConfig';
import type { Clock } from '../clock';
import type { Pod } from '../objectTypes';
import { commands } from '../podShell/commands/commands';
import { FileSystem } from '../podShell/fileSystem';
import type { Machine } from '../podShell/machine';
import { Session } from '../podShell/session';
import type { Registry } from '../registry';

/** First byte of every message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Version 5 adds the close message, by which a client ends its input and still hears the rest. */
const protocols: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** A client that is this far behind is cut off. */
const maxBufferedBytes = 16 * 1024 * 1024;

export interface ExecTarget {
  pod: Pod;
  runtime: ContainerRuntime;
}

export class ExecServer {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
  });
  readonly #sessions = new Set<Session>();
  /** What each container's run has written; gone with the run. */
  readonly #files = new WeakMap<ContainerRuntime, { id: string; files: FileSystem }>();

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Checks the request and takes the connection over. Throws ApiError while nothing has been answered yet. */
  accept(target: ExecTarget, query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const command = query.getAll('command');
    if (command.length === 0) throw badRequest('you must specify at least 1 command for the container');
    if (!target.runtime.running) {
      throw new ApiError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container not found ("${target.runtime.spec.name}")`);
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (!offered.some((one) => protocols.includes(one.trim()))) {
      throw badRequest(`unable to upgrade: the sandbox speaks the WebSocket subprotocols ${protocols.join(' and ')}`);
    }
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      void this.#converse(ws, target, query, command);
    });
  }

  close(): void {
    for (const session of this.#sessions) session.close();
    for (const ws of this.#sockets.clients) ws.terminate();
    this.#sockets.close();
  }

  async #converse(ws: WebSocket, { pod, runtime }: ExecTarget, query: URLSearchParams, command: readonly string[]): Promise<void> {
    const flag = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';
    const tty = flag('tty');
    let size: { columns: number; rows: number } | undefined = tty ? { columns: 80, rows: 24 } : undefined;
    const send = (to: number, content: string): boolean => {
      if (ws.readyState !== ws.OPEN) return false;
      if (ws.bufferedAmount > maxBufferedBytes) ws.terminate();
      else ws.send(Buffer.concat([Buffer.from([to]), Buffer.from(content)]));
      return ws.readyState === ws.OPEN;
    };
    const machine: Machine = {
      files: this.#filesOf(pod, runtime),
      clock: this.#clock,
      hostname: pod.spec.hostname ?? pod.metadata.name,
      process: [...(runtime.spec.command ?? []), ...(runtime.spec.args ?? [])].join(' ') || `{simulated ${runtime.spec.image ?? ''}}`,
      startedAtMs: runtime.current?.startedAtMs ?? this.#clock.now(),
      terminal: () => size,
    };
    const session = new Session({
      machine,
      environment: new Map([...runtime.environment, ...(tty ? [['TERM', 'xterm'] as const] : [])]),
      folder: runtime.spec.workingDir ?? '/',
      command,
      tty,
      hasInput: flag('stdin'),
      stdout: { write: (text) => (flag('stdout') ? send(channel.stdout, text) : true) },
      stderr: { write: (text) => (flag('stderr') ? send(channel.stderr, text) : true) },
    });
    this.#sessions.add(session);
    const decoder = new StringDecoder('utf8');
    ws.on('message', (data: RawData) => {
      const bytes = bytesOf(data);
      const to = bytes[0];
      if (to === channel.stdin) session.write(decoder.write(bytes.subarray(1)));
      else if (to === channel.resize && tty) size = sizeIn(bytes.subarray(1)) ?? size;
      else if (to === channel.close && bytes[1] === channel.stdin) session.endInput();
    });
    ws.on('error', () => undefined);
    ws.on('close', () => {
      session.close();
    });
    // An empty message tells the client that the streams stand.
    send(flag('stdout') ? channel.stdout : channel.error, '');
    try {
      const code = await session.run();
      send(channel.error, JSON.stringify(code === undefined ? notFoundStatus(command[0] ?? '') : exitStatus(code)));
    } catch (error) {
      process.stderr.write(`sandbox: exec: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      send(channel.error, JSON.stringify(new ApiError(500, 'InternalError', 'Internal error occurred: the sandbox failed at this command').status));
    } finally {
      this.#sessions.delete(session);
      ws.close(1000);
    }
  }

  #filesOf(pod: Pod, runtime: ContainerRuntime): FileSystem {
    const id = runtime.current?.id ?? '';
    let known = this.#files.get(runtime);
    if (known?.id !== id) {
      known = { id, files: imageFiles(pod, runtime, () => this.#clock.now()) };
      this.#files.set(runtime, known);
    }
    try {
      for (const { mountPath } of runtime.spec.volumeMounts ?? []) if (!known.files.exists(mountPath)) known.files.makeFolder(mountPath, true);
      for (const [path, content] of mountedFiles(this.#registry, pod, runtime.spec)) known.files.mount(path, content);
    } catch (error) {
      // What was mounted stays as it was when its source goes; a real volume does the same.
      if (!(error instanceof MissingPart)) throw error;
    }
    return known.files;
  }
}

function imageFiles(pod: Pod, runtime: ContainerRuntime, now: () => number): FileSystem {
  const files = new FileSystem(now);
  for (const name of commands.keys())
    if (/^[a-z]+$/.test(name) && commands.get(name)?.onlyInShell === false) files.mount(`/bin/${name}`, '#!simulated\n', true);
  const hostname = pod.spec.hostname ?? pod.metadata.name;
  const namespace = pod.metadata.namespace ?? 'default';
  files.write('/etc/hostname', `${hostname}\n`);
  files.write('/etc/hosts', `127.0.0.1\tlocalhost\n${pod.status.podIP ?? ''}\t${hostname}\n`);
  files.write('/etc/resolv.conf', `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n`);
  files.write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  files.write('/etc/os-release', `NAME="KubeOrch sandbox"\nPRETTY_NAME="KubeOrch sandbox: nothing of ${runtime.spec.image ?? 'the image'} is really here"\n`);
  return files;
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function sizeIn(bytes: Buffer): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(bytes.toString('utf8')) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' && Width > 0 && Height > 0 ? { columns: Width, rows: Height } : undefined;
  } catch {
    // A size that cannot be read changes nothing.
    return undefined;
  }
}

function exitStatus(code: number): StatusObject {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${String(code)}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function notFoundStatus(command: string): StatusObject {
  const why = `exec: "${command}": executable file not found in $PATH`;
  return new ApiError(
    500,
    'InternalError',
    `Internal error occurred: error executing command in container: OCI runtime exec failed: exec failed: unable to start container process: ${why}`,
  ).status;
}
