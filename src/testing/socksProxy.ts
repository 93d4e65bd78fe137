import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A SOCKS5 proxy (RFC 1928, RFC 1929) on loopback, to whose own 127.0.0.1 every name leads. */
export interface SocksProxy {
  readonly port: number;
  /** `host:port` of each connection that was asked for, names as they came. */
  readonly asked: readonly string[];
  /** All bytes that clients sent, handshakes included. */
  sent(): Buffer;
  close(): Promise<void>;
}

/** Reads exactly so many bytes from a paused socket. */
async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error('the client went away');
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of ['readable', 'end', 'close']) socket.off(event, go);
        resolve();
      };
      for (const event of ['readable', 'end', 'close']) socket.once(event, go);
    });
  }
}

export async function startSocksProxy(credentials?: { readonly user: string; readonly password: string }): Promise<SocksProxy> {
  const asked: string[] = [];
  const sent: Buffer[] = [];
  const sockets = new Set<Socket>();

  const serve = async (socket: Socket): Promise<void> => {
    const read = async (length: number): Promise<Buffer> => {
      const bytes = await take(socket, length);
      sent.push(bytes);
      return bytes;
    };
    const methods = await read((await read(2))[1] ?? 0);
    const method = credentials === undefined ? 0 : 2;
    if (!methods.includes(method)) return void socket.end(Buffer.from([5, 0xff]));
    socket.write(Buffer.from([5, method]));
    if (credentials !== undefined) {
      const user = (await read((await read(2))[1] ?? 0)).toString();
      const password = (await read((await read(1))[0] ?? 0)).toString();
      const right = user === credentials.user && password === credentials.password;
      socket.write(Buffer.from([1, right ? 0 : 1]));
      if (!right) return void socket.end();
    }
    const kind = (await read(4))[3];
    const host = kind === 3 ? (await read((await read(1))[0] ?? 0)).toString() : [...(await read(4))].join('.');
    const port = (await read(2)).readUInt16BE();
    asked.push(`${host}:${port}`);
    const behind = connect(port, '127.0.0.1');
    sockets.add(behind);
    behind.on('error', () => socket.destroy());
    behind.once('connect', () => {
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      socket.on('data', (bytes: Buffer) => sent.push(bytes));
      socket.pipe(behind);
      behind.pipe(socket);
    });
  };

  const server = createServer({ pauseOnConnect: false }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    sent: () => Buffer.concat(sent),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
