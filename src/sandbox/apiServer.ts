// Which part of the sandbox answers which request.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OpenApi } from '../openapi';
import { pageNotFound } from './apiStatus';
import type { Clock } from './clock';
import type { Exchange } from './exchange';
import type { HttpHandlers } from './httpServer';
import { servesGroupVersion, type Kinds } from './kinds';
import type { Registry } from './registry';
import { resourceRequestOf } from './requestInfo';
import type { PodStreams } from './routes/podRoutes';
import { serveResource } from './routes/resourceRoutes';
import { reviewKindOf, serveReview } from './routes/reviewRoutes';
import { serveRoot } from './routes/rootRoutes';
import type { WatchHub } from './watching';

export interface ApiServerParts {
  registry: Registry;
  watches: WatchHub;
  clock: Clock;
  openApi: OpenApi;
  podStreams: PodStreams;
  /** Known only once the port is open. */
  server(): string;
}

export function apiHandlers(parts: ApiServerParts): HttpHandlers {
  const { registry, podStreams } = parts;
  return {
    async serve(exchange: Exchange): Promise<void> {
      if (exchange.method === 'GET' || exchange.method === 'HEAD') {
        if (serveRoot({ kinds: registry.kinds, openApi: parts.openApi, server: parts.server() }, exchange)) return;
      }
      const review = reviewKindOf(exchange.path);
      if (review !== undefined) {
        await serveReview(exchange, review);
        return;
      }
      const request = resourceRequestOf(registry.kinds, exchange.path);
      if (request === undefined) {
        notServed(registry.kinds, exchange);
        return;
      }
      if (request.info.plural === 'pods' && (await podStreams.serve(exchange, request))) return;
      await serveResource(parts, exchange, request);
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const found = resourceRequestOf(registry.kinds, (request.url ?? '').split('?')[0] ?? '');
      if (found === undefined) throw pageNotFound();
      podStreams.upgrade(found, request, socket, head);
    },
  };
}

/** Within a group version that is served the API answers itself; elsewhere there is no API, only a plain 404. */
function notServed(kinds: Kinds, exchange: Exchange): void {
  if (servesGroupVersion(kinds, exchange.path)) throw pageNotFound();
  exchange.send(404, 'text/plain; charset=utf-8', '404 page not found\n');
}
