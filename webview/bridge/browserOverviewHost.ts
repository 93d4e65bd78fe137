import { Channel } from '../../src/shared/channel';
import type { Overview, OverviewEvents, OverviewRequests } from '../../src/shared/overview';
import type { WebviewEvents } from '../../src/shared/protocol';
import { notedHost } from './notedHost';

/** The overview's counterpart of the development host: it notes what was asked and sends whatever it is told to send. */
export class BrowserOverviewHost {
  readonly #noted = notedHost();
  readonly bridge = this.#noted.bridge;
  readonly heard = this.#noted.heard;
  readonly #channel: Channel<object, OverviewEvents, OverviewRequests, Pick<WebviewEvents, 'fault'>>;

  constructor() {
    const { own, note } = this.#noted;
    this.#channel = new Channel<object, OverviewEvents, OverviewRequests, Pick<WebviewEvents, 'fault'>>({
      transport: own,
      serve: {
        ready: note('ready', { texts: window.kubeorchTexts ?? {} }),
        openWorkflow: note('openWorkflow', null),
        openRun: note('openRun', null),
        showCluster: note('showCluster', null),
        act: note('act', null),
      },
      hear: { fault: note('fault', undefined) },
      onFault: note('fault', undefined),
    });
  }

  send(overview: Overview): void {
    this.#channel.tell('overview', overview);
  }
}
