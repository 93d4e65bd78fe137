import type { Catalog } from '../../src/shared/catalog';
import { Channel, joinedTransports } from '../../src/shared/channel';
import type { ComparePage, CompareEvents, CompareRequests } from '../../src/shared/compareProtocol';
import type { WebviewEvents } from '../../src/shared/protocol';
import type { HostBridge } from './hostBridge';

/** What a comparison page of the development host begins with. */
export interface BrowserCompareSample {
  readonly page: ComparePage;
  readonly catalog: Catalog;
}

/** A comparison page's counterpart of the development host: it answers, notes what was asked, and sends whatever it is told to send. */
export class BrowserCompareHost {
  readonly bridge: HostBridge;
  readonly heard: { readonly name: string; readonly data: unknown }[] = [];
  readonly #channel: Channel<object, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>;

  constructor(sample: BrowserCompareSample) {
    const [page, own] = joinedTransports();
    this.bridge = { transport: page, savedState: () => undefined, saveState: () => undefined };
    const note =
      <R>(name: string, result: R) =>
      (data: unknown): R => {
        this.heard.push({ name, data });
        return result;
      };
    this.#channel = new Channel<object, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>({
      transport: own,
      serve: {
        ready: note('ready', { ...sample, texts: window.kubeorchTexts ?? {} }),
        openText: note('openText', null),
        restore: note('restore', null),
        retryFrom: note('retryFrom', null),
        resolve: note('resolve', null),
        takeSide: note('takeSide', null),
      },
      hear: { fault: note('fault', undefined) },
      onFault: note('fault', undefined),
    });
  }

  send(change: CompareEvents['pageChanged']): void {
    this.#channel.tell('pageChanged', change);
  }
}
