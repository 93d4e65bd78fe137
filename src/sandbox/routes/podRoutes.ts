// What is asked of a running pod rather than of its object: logs, exec, eviction.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest, methodNotAllowed, notImplemented } from '../apiStatus';
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import { evictionRefusal } from '../behaviours/disruptionBudgets';
import type { Kubelet } from '../behaviours/kubelet';
import type { Clock } from '../clock';
import type { Exchange } from '../exchange';
import { isCore } from '../kinds';
import { isMap } from '../objects';
import type { Pod } from '../objectTypes';
import type { Registry } from '../registry';
import { objectInBody } from '../requestBody';
import type { ResourceRequest } from '../requestInfo';
import { AttachServer } from './attachRoute';
import { ContainerInsides } from './containerInside';
import { ExecServer, type ExecTarget } from './execRoute';
import { forwardProtocols, PortForwardServer } from './portForwardRoute';
import { containerName, serveLog } from './logRoute';
import { removeOptionsOf } from './resourceRoutes';

export class PodStreams {
  readonly #registry: Registry;
  readonly #kubelet: Kubelet;
  readonly #clock: Clock;
  readonly #exec: ExecServer;
  readonly #attach: AttachServer;
  readonly #forward = new PortForwardServer();
  readonly #stopListening: () => void;

  constructor(registry: Registry, kubelet: Kubelet, clock: Clock) {
    this.#registry = registry;
    this.#kubelet = kubelet;
    this.#clock = clock;
    const insides = new ContainerInsides(registry, clock);
    this.#exec = new ExecServer(insides);
    this.#attach = new AttachServer(insides, clock);
    this.#stopListening = registry.storage.onChange(({ info, type, object }) => {
      if (info.plural !== 'pods') return;
      const { uid = '' } = object.metadata;
      const isGone = (runtime: ContainerRuntime): boolean => runtime.podUid === uid && (type === 'DELETED' || !runtime.running);
      this.#exec.endStopped(isGone);
      this.#attach.endStopped(isGone);
      if (type === 'DELETED') this.#forward.endPod(uid);
    });
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
        const refusal = evictionRefusal(this.#registry, this.#registry.get(info, namespace, name) as Pod);
        if (refusal !== undefined) throw refusal;
        this.#registry.remove(info, namespace, name, options);
        exchange.json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
        return true;
      }
      case 'exec':
      case 'attach':
        this.#target(request, exchange.param('container'), subresource);
        throw badRequest('Upgrade request required');
      case 'portforward':
        this.#forwardable(request);
        throw badRequest('Upgrade request required');
      case 'proxy':
        this.#registry.get(info, namespace, name);
        throw notImplemented(`pods/${subresource}`);
      default:
        return false;
    }
  }

  upgrade(request: ResourceRequest, message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { info, namespace, name, subresource } = request;
    if (!isCore(info, 'pods') || !['exec', 'attach', 'portforward'].includes(subresource)) {
      if (name !== '') this.#registry.get(info, namespace, name);
      throw notImplemented(subresource === '' ? 'watches over WebSocket' : `${info.plural}/${subresource}`);
    }
    const url = message.url ?? '';
    const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
    const overWebSocket = message.headers.upgrade?.toLowerCase() === 'websocket';
    if (subresource === 'portforward') {
      const pod = this.#forwardable(request);
      if (!overWebSocket) throw notImplemented(`portforward over SPDY; WebSocket with ${forwardProtocols.join(' or ')} is`);
      const runtimes = pod.spec.containers.flatMap((one) => this.#kubelet.containerOf(pod, one.name) ?? []);
      this.#forward.accept(pod, runtimes, query, message, socket, head);
      return;
    }
    const target = this.#target(request, query.get('container') ?? '', subresource);
    if (!overWebSocket) throw notImplemented(`${subresource} over SPDY; WebSocket with v5.channel.k8s.io is`);
    (subresource === 'exec' ? this.#exec : this.#attach).accept(target, query, message, socket, head);
  }

  close(): void {
    this.#stopListening();
    this.#exec.close();
    this.#attach.close();
    this.#forward.close();
  }

  #forwardable({ info, namespace, name }: ResourceRequest): Pod {
    const pod = this.#registry.get(info, namespace, name) as Pod;
    if (pod.status.phase !== 'Running') throw badRequest(`unable to forward port because pod is not running. Current status=${pod.status.phase}`);
    return pod;
  }

  #target({ info, namespace, name }: ResourceRequest, container: string, subresource: string): ExecTarget {
    const pod = this.#registry.get(info, namespace, name) as Pod;
    const chosen = containerName(pod, container);
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
      throw badRequest(`cannot ${subresource} ${subresource === 'exec' ? 'into' : 'to'} a container in a completed pod; current phase is ${pod.status.phase}`);
    }
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') throw badRequest(`pod ${name} does not have a host assigned`);
    const runtime = this.#kubelet.containerOf(pod, chosen);
    if (runtime === undefined)
      throw new ApiError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container not found ("${chosen}")`);
    return { pod, runtime };
  }
}
