import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { loopbackCertificate } from './loopbackCertificate';
import type { LoopbackCertificate } from './loopbackCertificate';

export type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly httpVersion: string;
}

/** A small HTTPS server on loopback (HTTP/2 and HTTP/1.1 on one port) whose answers a test writes itself. */
export interface TlsServer {
  readonly server: string;
  readonly port: number;
  readonly caPem: string;
  readonly certificate: LoopbackCertificate;
  readonly http: Http2SecureServer;
  readonly seen: readonly SeenRequest[];
  /** TLS connections made so far, and those that are open now. */
  connectionsMade(): number;
  connectionsOpen(): number;
  /** Resets the connection that a request came on. */
  reset(request: Http2ServerRequest): void;
  kubeconfig(user?: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

/** A kubeconfig with one context `test`, as JSON, which is YAML. */
export function kubeconfigFor(
  server: string,
  caPem: string,
  user: Readonly<Record<string, unknown>> = { token: 'test-token' },
  cluster: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64'), ...cluster } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    'current-context': 'test',
  });
}

export interface TlsServerOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly requestClientCertificate?: boolean;
  /** Names in the certificate beside 127.0.0.1; default: localhost. */
  readonly hosts?: readonly string[];
  /** To come back as the same server. */
  readonly certificate?: LoopbackCertificate;
}

export async function startTlsServer(handler: Handler, options: TlsServerOptions = {}): Promise<TlsServer> {
  const certificate = options.certificate ?? (await loopbackCertificate('test server', options.hosts));
  const seen: SeenRequest[] = [];
  // The sockets below TLS: only they can be reset.
  const sockets = new Map<number, Socket>();
  let made = 0;
  const http = createSecureServer(
    {
      key: certificate.keyPem,
      cert: certificate.certificatePem,
      allowHTTP1: true,
      requestCert: options.requestClientCertificate ?? false,
      rejectUnauthorized: false,
    },
    (request, response) => {
      // A client that goes away in the middle is what many of these tests are about.
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      seen.push({ method: request.method, url: request.url, headers: request.headers, httpVersion: request.httpVersion });
      handler(request, response);
    },
  );
  http.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(port));
  });
  http.on('secureConnection', (socket: Socket) => {
    made++;
    socket.on('error', () => undefined);
  });
  http.on('tlsClientError', () => undefined);
  http.on('sessionError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  const server = `https://127.0.0.1:${port}`;
  return {
    server,
    port,
    caPem: certificate.certificatePem,
    certificate,
    http,
    seen,
    connectionsMade: () => made,
    connectionsOpen: () => sockets.size,
    reset: (request) => sockets.get(request.socket.remotePort ?? 0)?.resetAndDestroy(),
    kubeconfig: (user) => kubeconfigFor(server, certificate.certificatePem, user),
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}
