import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { failureWithoutAnswer } from './failures';

/**
 * A connection through an HTTP proxy by CONNECT, for upgrades, which undici's proxy agent does not do.
 * @throws ClusterError `unreachable`
 */
export function tunnelThrough(proxy: URL, server: URL, signal: AbortSignal): Promise<Duplex> {
  const refuse = (why: string): Error => failureWithoutAnswer('unreachable', `the proxy ${proxy.host} ${why}`, false, { reason: 'Proxy' });
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    return Promise.reject(refuse(`speaks ${proxy.protocol.replace(':', '')}, through which a terminal cannot be opened`));
  }
  const target = `${server.hostname}:${server.port === '' ? '443' : server.port}`;
  const headers: Record<string, string> = { host: target };
  if (proxy.username !== '')
    headers['proxy-authorization'] = `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host,
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
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
