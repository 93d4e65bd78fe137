// What is asked of a running pod rather than of its object: logs, exec, eviction.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest, methodNotAllowed, notImplemented } from '../apiStatus';
import type { Kubelet } from '../behaviours/kubelet';
import type { Clock } from '../clock';
import type { Exchange } from '../exchange';
import { isMap } from '../objects';
import type { Pod } from '../objectTypes';
import type { Registry } from '../registry';
import { objectInBody } from '../requestBody';
import type { ResourceRequest } from '../requestInfo';
import { ExecServer, type ExecTarget } from './execRoute';
import { containerName, serveLog } from './logRoute';
import { removeOptionsOf } from './resourceRoutes';

export class PodStreams {
  readonly #registry: Registry;
  readonly #kubelet: Kubelet;
  readonly #clock: Clock;
  readonly #exec: ExecServer;

  constructor(registry: Registry, kubelet: Kubelet, clock: Clock) {
    this.#registry = registry;
    this.#kubelet = kubelet;
    this.#clock = clock;
    this.#exec = new ExecServer(registry, clock);
  }

  /** True when the request was one of these and is answered. */
  async serve(exchange: Exchange, request: ResourceRequest): Promise<boolean> {
    const { subresource, namespace, name, info } = request;
    switch (subresource) {
      case 'log': {
        if (exchange.method !== 'GET') throw methodNotAllowed('the server does not allow this method on the requested resource');
        const parts = { kubelet: this.#kubelet, clock: this.#clock, storage: this.#registry.storage };
        serveLog(parts, exchange, this.#registry.get(info, namespace, name) as Pod);
        return true;
      }
      case 'eviction': {
        if (exchange.method !== 'POST') throw methodNotAllowed('the server does not allow this method on the requested resource');
        const body = await objectInBody(exchange);
        const options = removeOptionsOf(exchange, isMap(body['deleteOptions']) ? body['deleteOptions'] : {});
        this.#registry.remove(info, namespace, name, options);
        exchange.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
        return true;
      }
      case 'exec':
        this.#target(request, exchange.param('container'));
        throw badRequest('Upgrade request required');
      case 'attach':
      case 'portforward':
      case 'proxy':
        this.#registry.get(info, namespace, name);
        throw notImplemented(`pods/${subresource}`);
      default:
        return false;
    }
  }

  upgrade(request: ResourceRequest, message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { info, namespace, name, subresource } = request;
    if (info.plural !== 'pods' || subresource !== 'exec') {
      if (name !== '') this.#registry.get(info, namespace, name);
      throw notImplemented(subresource === '' ? 'watches over WebSocket' : `${info.plural}/${subresource}`);
    }
    const url = message.url ?? '';
    const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
    const target = this.#target(request, query.get('container') ?? '');
    if (message.headers.upgrade?.toLowerCase() !== 'websocket') throw notImplemented('exec over SPDY; WebSocket with v5.channel.k8s.io is');
    this.#exec.accept(target, query, message, socket, head);
  }

  close(): void {
    this.#exec.close();
  }

  #target({ info, namespace, name }: ResourceRequest, container: string): ExecTarget {
    const pod = this.#registry.get(info, namespace, name) as Pod;
    const chosen = containerName(pod, container);
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
      throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
    }
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') throw badRequest(`pod ${name} does not have a host assigned`);
    const runtime = this.#kubelet.containerOf(pod, chosen);
    if (runtime === undefined)
      throw new ApiError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container not found ("${chosen}")`);
    return { pod, runtime };
  }
}
