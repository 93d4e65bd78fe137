import { Channel, joinedTransports } from '../../src/shared/channel';
import type { LogEvents, LogRequests, WebviewEvents } from '../../src/shared/protocol';
import type { LogStreamBody, LogStreamEvent } from '../../src/shared/stream';
import type { HostBridge } from './hostBridge';

/** The log view's counterpart of the development host: it answers, and sends whatever it is told to send. */
export class BrowserLogHost {
  readonly bridge: HostBridge;
  readonly heard: { readonly name: string; readonly data: unknown }[] = [];
  readonly #channel: Channel<object, LogEvents, LogRequests, WebviewEvents>;
  #sequenceNumber = 0;

  constructor() {
    const [page, own] = joinedTransports();
    let saved: unknown;
    this.bridge = {
      transport: page,
      savedState: () => saved,
      saveState: (state) => {
        saved = state;
      },
    };
    const note =
      <R>(name: string, result: R) =>
      (data: unknown): R => {
        this.heard.push({ name, data });
        return result;
      };
    this.#channel = new Channel<object, LogEvents, LogRequests, WebviewEvents>({
      transport: own,
      serve: {
        ready: note('ready', { title: 'vote', nodeId: 'vote', texts: {} }),
        setFollow: note('setFollow', null),
        reconnect: note('reconnect', null),
        clearLogs: note('clearLogs', null),
        openInEditor: note('openInEditor', null),
      },
      hear: {
        selectionChanged: note('selectionChanged', undefined),
        fault: note('fault', undefined),
      },
      onFault: note('fault', undefined),
    });
  }

  send(body: LogStreamBody): void {
    this.#sequenceNumber += 1;
    const event: LogStreamEvent = { stream_key: 'pod-logs:vote', sequenceNumber: this.#sequenceNumber, timestamp: new Date().toISOString(), ...body };
    this.#channel.tell('stream', event);
  }
}
