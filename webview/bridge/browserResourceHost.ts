import { Channel } from '../../src/shared/channel';
import type { WebviewEvents } from '../../src/shared/protocol';
import type { ResourceEvents, ResourceRequests, ResourceTab } from '../../src/shared/resourceProtocol';
import { notedHost } from './notedHost';

/** A resource page's counterpart of the development host: it answers, notes what was asked, and sends whatever it is told to send. */
export class BrowserResourceHost {
  readonly #noted = notedHost();
  readonly bridge = this.#noted.bridge;
  readonly heard = this.#noted.heard;
  readonly #channel: Channel<object, ResourceEvents, ResourceRequests, Pick<WebviewEvents, 'fault'>>;

  constructor() {
    const { own, note } = this.#noted;
    this.#channel = new Channel<object, ResourceEvents, ResourceRequests, Pick<WebviewEvents, 'fault'>>({
      transport: own,
      serve: {
        ready: note('ready', { tab: 'overview' as const, texts: window.kubeorchTexts ?? {} }),
        reconnect: note('reconnect', null),
        act: note('act', null),
        openResource: note('openResource', null),
        openYaml: note('openYaml', null),
      },
      hear: { fault: note('fault', undefined) },
      onFault: note('fault', undefined),
    });
  }

  send(detail: ResourceEvents['detail']): void {
    this.#channel.tell('detail', detail);
  }

  showTab(tab: ResourceTab): void {
    this.#channel.tell('showTab', { tab });
  }
}
