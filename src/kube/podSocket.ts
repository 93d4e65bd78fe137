import { isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type { Clock, Logger } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { Disposable } from '../shared/disposables';
import { disposable } from '../shared/disposables';
import type { Access, Credentials } from './credentials';
import { segment } from './discovery';
import { failureOfAnswer, failureOfConnection, failureWithoutAnswer } from './failures';
import { aborted, requestTimeoutMs, unlessAborted } from './transport';
import { tunnelThrough } from './tunnel';

/** What connections into pods need of their cluster. */
export interface PodSocketParts {
  readonly credentials: Credentials;
  readonly proxy: URL | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly serverLabel: string;
  /** Raised when the cluster is disposed. */
  readonly closing: AbortSignal;
}

/** Which connection into which pod. */
export interface PodSocketRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly subresource: 'exec' | 'attach' | 'portforward';
  readonly parameters: URLSearchParams;
  /** WebSocket subprotocols, the best first. */
  readonly protocols: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Load balancers cut what is silent for a minute. */
export const keepAliveMs = 30_000;
/** A peer that has been told goodbye, or has said it, closes; one that does not is not waited for longer. */
export const closeWaitMs = 2_000;
/** Larger writes go as several frames, so that a resize or a key never waits behind a pasted file. */
export const frameBytes = 32 * 1024;

const refusalLimitBytes = 64 * 1024;

function addressOf(access: Access, { namespace, pod, subresource, parameters }: PodSocketRequest): URL {
  const address = new URL(access.server.href);
  address.protocol = 'wss:';
  address.pathname = `${access.server.pathname.replace(/\/+$/, '')}/api/v1/namespaces/${segment(namespace, 'namespace')}/pods/${segment(pod, 'name')}/${subresource}`;
  address.search = parameters.toString();
  return address;
}

async function connectionOptions(parts: PodSocketParts, access: Access, signal: AbortSignal): Promise<ClientOptions> {
  const options: ClientOptions = {
    ...access.tls,
    headers: { 'user-agent': 'kubeorch', ...access.headers },
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  };
  if (parts.proxy === undefined) return options;
  const tunnel = await tunnelThrough(parts.proxy, access.server, signal);
  const host = access.server.hostname.replace(/^\[|\]$/g, '');
  // An address is no server name; the certificate is checked against it all the same.
  const named = access.tls.servername ?? (isIP(host) === 0 ? host : undefined);
  return { ...options, createConnection: () => tlsConnect({ ...access.tls, host, ...(named === undefined ? {} : { servername: named }), socket: tunnel }) };
}

/** One try to open the socket. Resolves with an open one. @throws ClusterError */
async function tryToOpen(parts: PodSocketParts, access: Access, request: PodSocketRequest, signal: AbortSignal): Promise<WebSocket> {
  const nature = { writes: true, secrets: access.secrets };
  let socket: WebSocket;
  try {
    socket = new WebSocket(addressOf(access, request), [...request.protocols], await connectionOptions(parts, access, signal));
  } catch (error) {
    throw failureOfConnection(error, parts.serverLabel, nature);
  }
  socket.binaryType = 'nodebuffer';
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(aborted(true));
      socket.terminate();
    };
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      settle();
      // What the server says at once would otherwise come before anyone listens.
      socket.pause();
      resolve(socket);
    });
    // This listener stays for the socket's whole life: an error without one would end the process.
    socket.on('error', (error) => {
      settle();
      reject(signal.aborted ? aborted(true) : failureOfConnection(error, parts.serverLabel, nature));
    });
    socket.on('unexpected-response', (upgrade, answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        if (body.length < refusalLimitBytes) body += text;
      });
      answer.on('error', () => undefined);
      answer.once('close', () => {
        settle();
        upgrade.destroy();
        reject(failureOfAnswer(answer.statusCode ?? 0, body, undefined, { ...nature, writes: false }));
      });
    });
  });
}

/**
 * Opens a WebSocket to a pod's subresource, with credentials renewed once when they are refused. Resolves when it is open;
 * it is paused, and who takes it resumes it when its listeners stand.
 * @throws ClusterError when it cannot be opened in time, is refused, or is given up
 */
export async function openPodSocket(parts: PodSocketParts, request: PodSocketRequest): Promise<WebSocket> {
  const giveUp = new AbortController();
  const late = parts.clock.after(requestTimeoutMs, () => giveUp.abort());
  const signal = AbortSignal.any([giveUp.signal, parts.closing, ...(request.signal === undefined ? [] : [request.signal])]);
  try {
    for (let tries = 0; ; tries++) {
      const access = await unlessAborted(parts.credentials.current(), signal);
      try {
        return await tryToOpen(parts, access, request, signal);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'unauthorized' || tries > 0 || !parts.credentials.renew(access)) throw error;
      }
    }
  } catch (error) {
    if (giveUp.signal.aborted) throw failureWithoutAnswer('timeout', `${parts.serverLabel}: no answer in time`, true);
    throw error;
  } finally {
    late.dispose();
  }
}

/** What the owner of an open socket does about it. */
export interface PodSocketOwner {
  readonly signal: AbortSignal | undefined;
  /** The owner's signal was raised, or the cluster is disposed. */
  readonly onAbort: () => void;
  /** The peer has gone silent; the socket is terminated right after. */
  readonly onSilence: (words: string) => void;
  /** A peer that has never answered a ping counts as alive: proxies before the command may swallow them. */
  readonly mayIgnorePings?: boolean;
  /** Called with each ping. */
  readonly onPing?: () => void;
}

/** Keeps an open socket alive, ends it when its peer is gone, and listens to those who may give it up; until it is disposed. */
export function tendPodSocket(socket: WebSocket, parts: PodSocketParts, owner: PodSocketOwner): Disposable {
  let awaitingPong = false;
  let answersPings = owner.mayIgnorePings !== true;
  const onPong = (): void => {
    awaitingPong = false;
    answersPings = true;
  };
  const onKeepAlive = (): void => {
    // Whoever is slow to read has paused the socket, and the answer with it.
    if (awaitingPong && answersPings && !socket.isPaused) {
      owner.onSilence(`no answer for ${keepAliveMs / 1_000} s`);
      socket.terminate();
      return;
    }
    awaitingPong = true;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
    owner.onPing?.();
    timer = parts.clock.after(keepAliveMs, onKeepAlive);
  };
  let timer = parts.clock.after(keepAliveMs, onKeepAlive);
  socket.on('pong', onPong);
  const signals = owner.signal === undefined ? [parts.closing] : [parts.closing, owner.signal];
  for (const signal of signals) {
    if (signal.aborted) owner.onAbort();
    else signal.addEventListener('abort', owner.onAbort, { once: true });
  }
  return disposable(() => {
    timer.dispose();
    socket.off('pong', onPong);
    for (const signal of signals) signal.removeEventListener('abort', owner.onAbort);
  });
}
