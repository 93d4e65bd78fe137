// Which part of the sandbox answers which request.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OpenApi } from '../openapi';
import type { Accounts, User } from './access/accounts';
import { attributesOf, authorizePath, authorizeResource, effectiveUser, requireAccess } from './access/authorization';
import { ApiError, pageNotFound } from './apiStatus';
import type { Clock } from './clock';
import type { Exchange } from './exchange';
import type { HttpHandlers } from './httpServer';
import { isCore, servesGroupVersion, type Kinds } from './kinds';
import type { Registry } from './registry';
import { resourceRequestOf } from './requestInfo';
import { serveHealth } from './routes/healthRoute';
import type { PodStreams } from './routes/podRoutes';
import { serveResource } from './routes/resourceRoutes';
import { reviewAt, serveReview } from './routes/reviewRoutes';
import { serveRoot } from './routes/rootRoutes';
import { serveTokenRequest } from './routes/tokenRoute';
import type { WatchHub } from './watching';

export interface ApiServerParts {
  registry: Registry;
  watches: WatchHub;
  clock: Clock;
  openApi: OpenApi;
  podStreams: PodStreams;
  accounts: Accounts;
  /** Known only once the port is open. */
  server(): string;
}

export function apiHandlers(parts: ApiServerParts): HttpHandlers {
  const { registry, podStreams } = parts;
  return {
    async serve(exchange: Exchange, caller: User | undefined): Promise<void> {
      if (caller === undefined) {
        if (!serveHealth(exchange)) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
        return;
      }
      const user = effectiveUser(registry, caller, exchange.request.headers);
      const review = reviewAt(exchange.path);
      if (review !== undefined) {
        await serveReview(parts, exchange, user, review.kind);
        return;
      }
      const request = resourceRequestOf(registry.kinds, exchange.path);
      if (request === undefined) {
        authorizePath(registry, user, exchange.method, exchange.path);
        if (exchange.method === 'GET' || exchange.method === 'HEAD') {
          if (serveRoot({ kinds: registry.kinds, openApi: parts.openApi, server: parts.server() }, exchange)) return;
        }
        notServed(registry.kinds, exchange);
        return;
      }
      authorizeResource(registry, user, exchange, request);
      if (isCore(request.info, 'serviceaccounts') && request.subresource === 'token') {
        await serveTokenRequest(parts, exchange, request);
        return;
      }
      if (isCore(request.info, 'pods') && (await podStreams.serve(exchange, request))) return;
      await serveResource(parts, exchange, request);
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, caller: User): void {
      const found = resourceRequestOf(registry.kinds, (request.url ?? '').split('?')[0] ?? '');
      if (found === undefined) throw pageNotFound();
      const user = effectiveUser(registry, caller, request.headers);
      const attributes = attributesOf(found, request.method ?? 'GET', false);
      requireAccess(registry, user, found, attributes);
      // A stream into a pod is more than reading, whatever method opens it.
      if (found.subresource !== '') requireAccess(registry, user, found, { ...attributes, verb: 'create' });
      podStreams.upgrade(found, request, socket, head);
    },
  };
}

/** Within a group version that is served the API answers itself; elsewhere there is no API, only a plain 404. */
function notServed(kinds: Kinds, exchange: Exchange): void {
  if (servesGroupVersion(kinds, exchange.path)) throw pageNotFound();
  exchange.send(404, 'text/plain; charset=utf-8', '404 page not found\n');
}
