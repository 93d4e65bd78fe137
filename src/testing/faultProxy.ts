import { request as httpsRequest, Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { isMap, parseDocument } from 'yaml';
import { startTlsServer } from './tlsServer';

/** What reaches the proxy, in the words that faults are chosen by. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly watch: boolean;
  /** How many requests of this method, path and watch-ness came before this one. */
  readonly nth: number;
  /** What the server answered, whatever became of the answer; undefined while it has not, or never saw the request. */
  status?: number;
}

/** One thing a line of a watch may become: text to write as a line, raw text, the end of the connection, or silence from here on. */
export type LineStep =
  | { readonly line: string }
  | { readonly raw: string }
  | { readonly cut: true }
  | { readonly hold: true }
  | { readonly end: true }
  | { readonly waitMs: number };

export type Fault =
  /** Answers by itself; the server never sees the request. */
  | { readonly fault: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  /** Resets the connection before the server sees the request. */
  | { readonly fault: 'cutBefore' }
  /** The server acts; its answer is lost. `acted` is called before that. */
  | { readonly fault: 'cutAfter'; readonly acted?: () => void }
  /** Keeps the head of the answer back until the first byte of its body, as some intermediaries do. */
  | { readonly fault: 'lateHead' }
  /** Takes the request and says nothing for ever: a half-open connection. */
  | { readonly fault: 'hold' }
  | { readonly fault: 'delay'; readonly delayMs: number }
  /** Passes the head and the first bytes of the answer, then resets. */
  | { readonly fault: 'truncate'; readonly bytes: number }
  /** Passes the head and the first bytes of the answer, then ends it as if that were all. */
  | { readonly fault: 'short'; readonly bytes: number }
  /** Rewrites a watch line by line. */
  | { readonly fault: 'lines'; readonly change: (line: string, index: number) => readonly LineStep[] }
  /** Passes everything on in pieces of this many bytes, each in a write of its own. */
  | { readonly fault: 'pieces'; readonly bytes: number }
  /** Answers a list with the first one that was ever given for it: a server that came back with an older state. */
  | { readonly fault: 'firstList' }
  /** Changes parameters on the way to the server. */
  | { readonly fault: 'query'; readonly set: Readonly<Record<string, string>> }
  /** Hides that versions are numbers, in both directions. */
  | { readonly fault: 'opaqueVersions' }
  /** Ends the stream after this long, cleanly or with a reset. */
  | { readonly fault: 'endAfter'; readonly delayMs: number; readonly clean: boolean };

interface OpenStream {
  readonly watch: boolean;
  hold(): void;
  cut(): void;
  end(): void;
}

/**
 * Stands between a client and an API server on loopback and does harm on request, the same to the sandbox and to the real one.
 * It ends TLS itself, so that it can speak in the server's place; the client's credentials pass through.
 */
export interface FaultProxy {
  readonly server: string;
  readonly caPem: string;
  /** The kubeconfig of the server behind, turned to this proxy. */
  readonly kubeconfig: string;
  /** Chooses the fault of each request; undefined passes it on. May be set at any time. */
  fault: (request: ProxiedRequest) => Fault | undefined;
  readonly requests: readonly ProxiedRequest[];
  openWatches(): number;
  /** From now on, resets upgraded connections on which nothing passed for this long, as load balancers do; undefined: never. */
  cutIdleAfter(idleMs: number | undefined): void;
  connectionsMade(): number;
  /** Every open watch falls silent; its connection stays. */
  holdWatches(): void;
  /** Every open watch and log is reset. */
  cutStreams(): void;
  /** Every open watch ends as if the server had closed it. */
  endWatches(): void;
  /** Closes the port and every connection, as a server that dies. */
  stop(): Promise<void>;
  /** Opens the same port again. */
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Behind {
  readonly server: URL;
  readonly caPem: string;
}

function behindOf(kubeconfig: string): { readonly behind: Behind; readonly turned: (server: string, caPem: string) => string } {
  const document = parseDocument(kubeconfig);
  const read = (key: string): string | undefined => document.getIn(['clusters', 0, 'cluster', key]) as string | undefined;
  const server = read('server');
  const ca = read('certificate-authority-data');
  if (server === undefined || ca === undefined) throw new Error('the kubeconfig must name its server and embed its certificate authority');
  return {
    behind: { server: new URL(server), caPem: Buffer.from(ca, 'base64').toString('utf8') },
    turned: (proxy, caPem) => {
      const copy = parseDocument(kubeconfig);
      const cluster = copy.getIn(['clusters', 0, 'cluster']);
      if (!isMap(cluster)) throw new Error('the kubeconfig has no cluster');
      cluster.set('server', proxy);
      cluster.set('certificate-authority-data', Buffer.from(caPem).toString('base64'));
      return copy.toString();
    },
  };
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | string[]> {
  const left = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'http2-settings'];
  const plain: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !name.startsWith(':') && !left.includes(name)) plain[name] = value;
  return plain;
}

const backwards = (digits: string): string => digits.split('').reverse().join('');
const opaque = (text: string): string => text.replace(/("resourceVersion":\s*")(\d+)"/g, (_, key: string, digits: string) => `${key}v${backwards(digits)}x"`);
const numbered = (version: string): string => (/^v\d+x$/.test(version) ? backwards(version.slice(1, -1)) : version);

/** The address to ask the server for, with what the fault changes in it. */
function addressFor(url: string, fault: Fault | undefined): string {
  if (fault?.fault !== 'query' && fault?.fault !== 'opaqueVersions') return url;
  const address = new URL(url, 'https://proxy');
  const version = address.searchParams.get('resourceVersion');
  if (fault.fault === 'opaqueVersions' && version !== null) address.searchParams.set('resourceVersion', numbered(version));
  if (fault.fault === 'query') for (const [name, value] of Object.entries(fault.set)) address.searchParams.set(name, value);
  return `${address.pathname}${address.search}`;
}

/** Starts a proxy in front of the server that `kubeconfig` names. */
export async function startFaultProxy(kubeconfig: string): Promise<FaultProxy> {
  const { behind, turned } = behindOf(kubeconfig);
  const agent = new Agent({ ca: behind.caPem, keepAlive: true });
  const requests: ProxiedRequest[] = [];
  const counts = new Map<string, number>();
  const firstLists = new Map<string, string>();
  const streams = new Set<OpenStream>();
  const timers = new Set<NodeJS.Timeout>();
  let idleMs: number | undefined;

  const later = (delayMs: number, callback: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      callback();
    }, delayMs);
    timers.add(timer);
  };

  const known = (request: { readonly method: string; readonly url: string }): ProxiedRequest => {
    const url = new URL(request.url, 'https://proxy');
    const watch = url.searchParams.get('watch') === 'true';
    const key = `${request.method} ${url.pathname} ${watch}`;
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    const made: ProxiedRequest = { method: request.method, path: url.pathname, query: url.searchParams, watch, nth };
    requests.push(made);
    return made;
  };

  const pass = (request: Http2ServerRequest, response: Http2ServerResponse, told: ProxiedRequest, fault: Fault | undefined): void => {
    const cut = (): void => tls.reset(request);
    const upstream = httpsRequest(
      {
        agent,
        host: behind.server.hostname,
        port: behind.server.port,
        method: request.method,
        path: addressFor(request.url, fault),
        headers: { ...plainHeaders(request.headers), host: behind.server.host },
      },
      (answer) => {
        if (answer.statusCode !== undefined) told.status = answer.statusCode;
        if (fault?.fault === 'cutAfter') {
          fault.acted?.();
          answer.resume().once('end', cut);
        } else relay(answer, response, told, fault, cut);
      },
    );
    upstream.on('error', cut);
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  };

  const relay = (answer: IncomingMessage, response: Http2ServerResponse, told: ProxiedRequest, fault: Fault | undefined, cut: () => void): void => {
    let held = false;
    let over = false;
    const listed = told.method === 'GET' && !told.watch;
    const finish = (end: () => void): void => {
      if (over) return;
      over = true;
      streams.delete(stream);
      answer.destroy();
      end();
    };
    const stream: OpenStream = {
      watch: told.watch,
      hold: () => {
        held = true;
      },
      cut: () => finish(cut),
      end: () => finish(() => response.end()),
    };
    streams.add(stream);
    response.once('close', () => {
      over = true;
      streams.delete(stream);
      answer.destroy();
    });
    answer.on('error', () => {
      if (!held) stream.cut();
    });
    const { 'content-length': length, ...headers } = plainHeaders(answer.headers);
    response.writeHead(answer.statusCode ?? 502, fault === undefined && length !== undefined ? { ...headers, 'content-length': length } : headers);
    // A watch that is open and quiet must show its head.
    if (fault?.fault !== 'lateHead' && 'flushHeaders' in response && typeof response.flushHeaders === 'function') (response.flushHeaders as () => void)();
    const write = (bytes: Buffer | string): void => {
      if (!held && !over) response.write(bytes);
    };
    let chain = Promise.resolve();
    const inOrder = (step: () => void | Promise<void>): void => {
      chain = chain.then(step);
    };
    if (fault?.fault === 'endAfter') later(fault.delayMs, () => (fault.clean ? stream.end() : stream.cut()));
    let passed = 0;
    let kept = Buffer.alloc(0);
    let index = 0;
    const steps = async (list: readonly LineStep[]): Promise<void> => {
      for (const step of list) {
        if ('line' in step) write(`${step.line}\n`);
        else if ('raw' in step) write(step.raw);
        else if ('cut' in step) stream.cut();
        else if ('hold' in step) stream.hold();
        else if ('end' in step) stream.end();
        else await new Promise<void>((resolve) => later(step.waitMs, resolve));
      }
    };
    const whole: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => {
      if (listed) whole.push(chunk);
      if (listed && fault?.fault === 'opaqueVersions') return;
      if (fault?.fault === 'truncate') {
        const rest = fault.bytes - passed;
        passed += chunk.length;
        write(chunk.subarray(0, Math.max(0, rest)));
        // The bytes must arrive before the reset does.
        if (passed >= fault.bytes) later(20, () => stream.cut());
      } else if (fault?.fault === 'short') {
        write(chunk.subarray(0, Math.max(0, fault.bytes - passed)));
        passed += chunk.length;
      } else if (fault?.fault === 'pieces') {
        for (let start = 0; start < chunk.length; start += fault.bytes) {
          const piece = chunk.subarray(start, start + fault.bytes);
          inOrder(async () => {
            write(piece);
            await new Promise<void>((resolve) => setImmediate(resolve));
          });
        }
      } else if (fault?.fault === 'lines' || fault?.fault === 'opaqueVersions') {
        kept = Buffer.concat([kept, chunk]);
        for (let at = kept.indexOf(0x0a); at >= 0; at = kept.indexOf(0x0a)) {
          const line = kept.subarray(0, at).toString('utf8');
          kept = kept.subarray(at + 1);
          const which = index++;
          inOrder(() => steps(fault.fault === 'lines' ? fault.change(line, which) : [{ line: opaque(line) }]));
        }
      } else write(chunk);
    });
    answer.once('end', () =>
      inOrder(() => {
        const text = Buffer.concat(whole).toString('utf8');
        if (listed && answer.statusCode === 200 && !firstLists.has(told.path)) firstLists.set(told.path, text);
        if (listed && fault?.fault === 'opaqueVersions') write(opaque(text));
        if (!held && fault?.fault !== 'truncate') stream.end();
      }),
    );
  };

  const handle = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const told = known(request);
    const fault = proxy.fault(told);
    if (fault?.fault === 'answer') {
      const text = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
      response.writeHead(fault.status, { 'content-type': typeof fault.body === 'string' ? 'text/plain' : 'application/json', ...fault.headers });
      response.end(text);
    } else if (fault?.fault === 'firstList' && firstLists.has(told.path)) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(firstLists.get(told.path) ?? '');
    } else if (fault?.fault === 'cutBefore') tls.reset(request);
    else if (fault?.fault === 'delay') later(fault.delayMs, () => pass(request, response, told, undefined));
    else if (fault?.fault !== 'hold') pass(request, response, told, fault);
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    known({ method: request.method ?? 'GET', url: request.url ?? '/' });
    const upstream = tlsConnect({ host: behind.server.hostname, port: Number(behind.server.port), ca: behind.caPem, ALPNProtocols: ['http/1.1'] });
    const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`, `Host: ${behind.server.host}`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      if (request.rawHeaders[at]?.toLowerCase() !== 'host') lines.push(`${request.rawHeaders[at] ?? ''}: ${request.rawHeaders[at + 1] ?? ''}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    const stream: OpenStream = {
      watch: false,
      hold: () => {
        upstream.unpipe(socket);
        socket.unpipe(upstream);
      },
      cut: () => {
        upstream.destroy();
        socket.destroy();
      },
      end: () => socket.end(),
    };
    streams.add(stream);
    const over = (): void => {
      streams.delete(stream);
      stream.cut();
    };
    for (const side of [upstream, socket]) side.on('error', over).once('close', over);
    if (idleMs !== undefined) {
      const limitMs = idleMs;
      let passedAt = Date.now();
      for (const side of [upstream, socket]) side.on('data', () => (passedAt = Date.now()));
      const watch = setInterval(() => {
        if (Date.now() - passedAt > limitMs) stream.cut();
      }, limitMs / 10);
      socket.once('close', () => clearInterval(watch));
    }
    upstream.pipe(socket);
    socket.pipe(upstream);
  };

  let tls = await startTlsServer(handle);
  tls.http.on('upgrade', upgrade);
  const { port, server, caPem } = tls;
  let made = 0;
  const proxy: FaultProxy = {
    server,
    caPem,
    kubeconfig: turned(server, caPem),
    fault: () => undefined,
    requests,
    cutIdleAfter: (limitMs) => {
      idleMs = limitMs;
    },
    openWatches: () => [...streams].filter((stream) => stream.watch).length,
    connectionsMade: () => made + tls.connectionsMade(),
    holdWatches: () => [...streams].filter((stream) => stream.watch).forEach((stream) => stream.hold()),
    cutStreams: () => [...streams].forEach((stream) => stream.cut()),
    endWatches: () => [...streams].filter((stream) => stream.watch).forEach((stream) => stream.end()),
    stop: async () => {
      made += tls.connectionsMade();
      await tls.close();
    },
    start: async () => {
      tls = await startTlsServer(handle, { port, certificate: tls.certificate });
      tls.http.on('upgrade', upgrade);
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await tls.close();
      agent.destroy();
    },
  };
  return proxy;
}
