import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { SocksClient } from 'socks';
import { failureWithoutAnswer } from './failures';

/** Whether the proxy is one of SOCKS5; host names are looked up by it, never here, as with kubectl. */
export function isSocks(proxy: URL): boolean {
  return proxy.protocol === 'socks5:' || proxy.protocol === 'socks5h:';
}

/** The port that a URL stands for. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return isSocks(url) ? 1_080 : url.protocol === 'http:' ? 80 : 443;
}

/**
 * A connection through a proxy, by CONNECT or by SOCKS5: for upgrades, which undici's proxy agent does not do, and for SOCKS in
 * general. The proxy sees the server's name and port and its own credentials, nothing else.
 * @throws ClusterError `unreachable`
 */
export function tunnelThrough(proxy: URL, server: URL, signal: AbortSignal): Promise<Duplex> {
  const refuse = (why: string): Error => failureWithoutAnswer('unreachable', `the proxy ${proxy.host} ${why}`, false, { reason: 'Proxy' });
  if (isSocks(proxy)) return socksTunnel(proxy, server, signal, refuse);
  const target = `${server.hostname}:${portOf(server)}`;
  const headers: Record<string, string> = { host: target };
  if (proxy.username !== '')
    headers['proxy-authorization'] = `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
  const host = plain(proxy.hostname);
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host,
    port: portOf(proxy),
    method: 'CONNECT',
    path: target,
    headers,
    agent: false,
    signal,
  });
  return new Promise((resolve, reject) => {
    request.once('connect', (answer, socket, head) => {
      if (answer.statusCode !== 200) {
        socket.destroy();
        reject(refuse(`answered ${answer.statusCode ?? 0} to CONNECT`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once('response', (answer) => {
      answer.resume();
      reject(refuse(`answered ${answer.statusCode ?? 0} to CONNECT`));
    });
    request.once('error', (error) => reject(refuse(`cannot be reached (${error.message})`)));
    request.end();
  });
}

async function socksTunnel(proxy: URL, server: URL, signal: AbortSignal, refuse: (why: string) => Error): Promise<Duplex> {
  if (signal.aborted) throw refuse('was not asked in time');
  const socket = connect({ host: plain(proxy.hostname), port: portOf(proxy) });
  const onAbort = (): void => {
    socket.destroy(new Error('cancelled'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      proxy: {
        host: plain(proxy.hostname),
        port: portOf(proxy),
        type: 5,
        ...(proxy.username === '' ? {} : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }),
      },
      destination: { host: plain(server.hostname), port: portOf(server) },
    });
    return socket;
  } catch (error) {
    socket.destroy();
    // The package puts what it was given, password included, beside its message; only the message goes on.
    throw refuse(`did not let us through (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function plain(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
