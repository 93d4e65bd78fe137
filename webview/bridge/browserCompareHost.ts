import type { Catalog } from '../../src/shared/catalog';
import { Channel } from '../../src/shared/channel';
import type { ComparePage, CompareEvents, CompareRequests } from '../../src/shared/compareProtocol';
import type { WebviewEvents } from '../../src/shared/protocol';
import { notedHost } from './notedHost';

/** What a comparison page of the development host begins with. */
export interface BrowserCompareSample {
  readonly page: ComparePage;
  readonly catalog: Catalog;
}

/** A comparison page's counterpart of the development host: it answers, notes what was asked, and sends whatever it is told to send. */
export class BrowserCompareHost {
  readonly #noted = notedHost();
  readonly bridge = this.#noted.bridge;
  readonly heard = this.#noted.heard;
  readonly #channel: Channel<object, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>;

  constructor(sample: BrowserCompareSample) {
    const { own, note } = this.#noted;
    this.#channel = new Channel<object, CompareEvents, CompareRequests, Pick<WebviewEvents, 'fault'>>({
      transport: own,
      serve: {
        ready: note('ready', { ...sample, texts: window.kubeorchTexts ?? {} }),
        openText: note('openText', null),
        restore: note('restore', null),
        retryFrom: note('retryFrom', null),
        resolve: note('resolve', null),
        takeSide: note('takeSide', null),
        choose: note('choose', null),
        importInto: note('importInto', null),
        applyImport: note('applyImport', null),
        openSource: note('openSource', null),
      },
      hear: { fault: note('fault', undefined) },
      onFault: note('fault', undefined),
    });
  }

  send(change: CompareEvents['pageChanged']): void {
    this.#channel.tell('pageChanged', change);
  }
}
