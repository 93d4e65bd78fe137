import { Channel, joinedTransports } from '../../src/shared/channel';
import type { LogEvents, LogPageEvents, LogRequests, LogWindow } from '../../src/shared/protocol';
import type { LogStreamBody, LogStreamEvent, ParsedLogLine } from '../../src/shared/stream';
import type { HostBridge } from './hostBridge';

/** The log view's counterpart of the development host: it answers, and sends whatever it is told to send. */
export class BrowserLogHost {
  readonly bridge: HostBridge;
  readonly heard: { readonly name: string; readonly data: unknown }[] = [];
  readonly #channel: Channel<object, LogEvents, LogRequests, LogPageEvents>;
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
    this.#channel = new Channel<object, LogEvents, LogRequests, LogPageEvents>({
      transport: own,
      serve: {
        ready: note('ready', {
          title: 'Logs: vote',
          nodeId: 'vote',
          texts: window.kubeorchTexts ?? {},
          follow: true,
          selection: { text: '', regex: false, levels: [], sources: [] },
          origin: { type: 'tail' },
        }),
        setFollow: note('setFollow', null),
        reconnect: note('reconnect', null),
        clearLogs: note('clearLogs', null),
        openInEditor: note('openInEditor', null),
        saveToFile: note('saveToFile', { saved: true }),
        select: note('select', null),
        chooseOrigin: note('chooseOrigin', { type: 'seconds', seconds: 300 }),
        newest: note('newest', null),
        copyText: note('copyText', null),
        readLines: (parameters) => {
          this.heard.push({ name: 'readLines', data: parameters });
          return this.#windowAt(parameters);
        },
        search: (parameters) => {
          this.heard.push({ name: 'search', data: parameters });
          return this.#found(parameters);
        },
      },
      hear: {
        taken: note('taken', undefined),
        fault: note('fault', undefined),
      },
      onFault: note('fault', undefined),
    });
  }

  /** Lines that the host keeps beyond those that were sent; none unless a test puts some here. */
  kept: readonly ParsedLogLine[] = [];

  #windowAt({ id, direction, count }: LogRequests['readLines']['params']): LogWindow {
    const at = this.kept.findIndex((line) => line.id === id);
    const [first, end] = direction === 'older' ? [Math.max(0, at - count), Math.max(0, at)] : [at + 1, at + 1 + count];
    return { lines: this.kept.slice(first, end), older: first > 0, newer: end < this.kept.length };
  }

  #found({ text, from, direction }: LogRequests['search']['params']): LogRequests['search']['result'] {
    const matches = this.kept.flatMap((line, place) => (text !== '' && line.message.includes(text) ? [{ id: line.id, place }] : []));
    const start = from === undefined ? this.kept.length : this.kept.findIndex((line) => line.id === from);
    const found = direction === 'older' ? matches.findLast(({ place }) => place < start) : matches.find(({ place }) => place > start);
    const chosen = found ?? (direction === 'older' ? matches.at(-1) : matches[0]);
    if (chosen === undefined) return { count: 0, index: -1 };
    const first = Math.max(0, chosen.place - 500);
    const end = Math.min(this.kept.length, first + 1000);
    return {
      count: matches.length,
      index: matches.indexOf(chosen),
      id: chosen.id,
      window: { lines: this.kept.slice(first, end), older: first > 0, newer: end < this.kept.length },
    };
  }

  send(body: LogStreamBody): void {
    this.#sequenceNumber += 1;
    const event: LogStreamEvent = { stream_key: 'pod-logs:vote', sequenceNumber: this.#sequenceNumber, timestamp: new Date().toISOString(), ...body };
    this.#channel.tell('stream', event);
  }
}
