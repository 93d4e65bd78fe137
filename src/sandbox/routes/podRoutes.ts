// What is asked of a running pod rather than of its object: logs, exec, eviction.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { methodNotAllowed, notImplemented } from '../apiStatus';
import type { Kubelet } from '../behaviours/kubelet';
import type { Clock } from '../clock';
import type { Exchange } from '../exchange';
import { isMap } from '../objects';
import { objectInBody } from '../requestBody';
import type { Registry } from '../registry';
import type { ResourceRequest } from '../requestInfo';
import { removeOptionsOf } from './resourceRoutes';

export class PodStreams {
  readonly #registry: Registry;
  readonly #kubelet: Kubelet;
  readonly #clock: Clock;

  constructor(registry: Registry, kubelet: Kubelet, clock: Clock) {
    this.#registry = registry;
    this.#kubelet = kubelet;
    this.#clock = clock;
  }

  /** True when the request was one of these and is answered. */
  async serve(exchange: Exchange, request: ResourceRequest): Promise<boolean> {
    const { subresource, namespace, name, info } = request;
    switch (subresource) {
      case 'eviction': {
        if (exchange.method !== 'POST') throw methodNotAllowed('the server does not allow this method on the requested resource');
        const body = await objectInBody(exchange);
        const options = removeOptionsOf(exchange, isMap(body['deleteOptions']) ? body['deleteOptions'] : {});
        this.#registry.remove(info, namespace, name, options);
        exchange.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
        return true;
      }
      default:
        return false;
    }
  }

  upgrade(request: ResourceRequest, _message: IncomingMessage, _socket: Duplex, _head: Buffer): void {
    this.#registry.get(request.info, request.namespace, request.name);
    void this.#kubelet;
    void this.#clock;
    throw notImplemented(`upgraded connections to ${request.info.plural}/${request.subresource}`);
  }

  close(): void {}
}
