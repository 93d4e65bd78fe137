import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The way back from an issuer's page for one sign-in. */
export interface CallbackReceiver {
  /** Told to the issuer; the browser is sent there. */
  readonly redirectUri: string;
  /** Resolves once, with the address that the browser came back to and a way to tell the person there what came of it. */
  answerTo(state: string): Promise<CallbackAnswer>;
  /** Nothing is listened to from here on. `answerTo` never resolves then. */
  close(): void;
}

export interface CallbackAnswer {
  readonly url: string;
  /** One sentence for the page that the person looks at, where there is one. */
  reply(sentence: string): void;
}

const path = '/signed-in';

/**
 * Listens on 127.0.0.1 (RFC 8252 section 7.3) for one answer and then closes. Requests that do not carry the expected state (a
 * favicon, another page on this machine that tries ports) are refused and take nothing.
 * @param port 0 lets the system choose
 */
export async function listenOnLoopback(port = 0): Promise<CallbackReceiver> {
  let expected: { readonly state: string; readonly resolve: (answer: CallbackAnswer) => void } | undefined;
  let host = '';
  const refuse = (response: ServerResponse, status: number): void => {
    response.writeHead(status, plainHeaders).end();
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // A page of another site that a name server leads here would carry that site's name.
    if (request.headers.host !== host) return refuse(response, 421);
    const address = `http://${host}${request.url ?? ''}`;
    // Any page can ask for any path here; what cannot be parsed must not end in an error that nobody catches.
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (request.method !== 'GET' || url?.pathname !== path) return refuse(response, 404);
    if (expected === undefined || url.searchParams.get('state') !== expected.state) return refuse(response, 400);
    const { resolve } = expected;
    expected = undefined;
    server.close();
    resolve({
      url: url.href,
      reply: (sentence) => response.writeHead(200, { ...plainHeaders, 'content-type': 'text/html; charset=utf-8' }).end(page(sentence)),
    });
  };
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 32 * 1024 }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    redirectUri: `http://${host}${path}`,
    answerTo: (state) => new Promise((resolve) => (expected = { state, resolve })),
    close() {
      expected = undefined;
      server.close();
      server.closeAllConnections();
    },
  };
}

const plainHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  connection: 'close',
} as const;

function page(sentence: string): string {
  const text = sentence.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>KubeOrch</title></head><body><p>${text}</p></body></html>`;
}

/** Sign-ins whose answers come through the editor's URI handler, by their state. */
export class UriCallbacks {
  readonly #waiting = new Map<string, (answer: CallbackAnswer) => void>();

  /** @param redirectUri as the issuer is told it and the browser can open it */
  receiver(redirectUri: string): CallbackReceiver {
    let own: string | undefined;
    return {
      redirectUri,
      answerTo: (state) =>
        new Promise((resolve) => {
          own = state;
          this.#waiting.set(state, resolve);
        }),
      close: () => {
        if (own !== undefined) this.#waiting.delete(own);
      },
    };
  }

  /** Hands an address that the editor was opened with to the sign-in that waits for it. False when none does. */
  handle(uri: { readonly path: string; readonly query: string }): boolean {
    if (uri.path !== path) return false;
    const state = new URLSearchParams(uri.query).get('state') ?? '';
    const resolve = this.#waiting.get(state);
    if (resolve === undefined) return false;
    this.#waiting.delete(state);
    // Only the query counts; what the editor calls itself is no address that a URL parser must know.
    resolve({ url: `http://127.0.0.1${path}?${uri.query}`, reply: () => undefined });
    return true;
  }
}
