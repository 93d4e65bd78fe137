import { createRoot } from 'react-dom/client';
import { createStore } from 'zustand/vanilla';
import { Channel } from '../../src/shared/channel';
import type { WebviewEvents } from '../../src/shared/protocol';
import type { ResourceEvents, ResourceRequests, ResourceTab } from '../../src/shared/resourceProtocol';
import type { HostBridge } from '../bridge/hostBridge';
import { patience } from '../bridge/patience';
import { TextContext, textFrom } from '../ui/texts';
import { ResourcePage } from './ResourcePage';

export interface ResourceState {
  /** Undefined until the host has told of the object for the first time. */
  readonly shown: ResourceEvents['detail'] | undefined;
  readonly tab: ResourceTab;
}

/** The page of one resource. It holds no state of its own but the tab: the host sends the whole each time. */
export function startResource(root: HTMLElement, bridge: HostBridge): void {
  const store = createStore<ResourceState>()(() => ({ shown: undefined, tab: 'overview' }));
  const channel: Channel<ResourceRequests, Pick<WebviewEvents, 'fault'>, object, ResourceEvents> = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: {
      detail: (shown) => store.setState({ shown }),
      showTab: ({ tab }) => store.setState({ tab }),
    },
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  const view = createRoot(root);
  channel.request('ready', {}).then(({ tab, texts }) => {
    store.setState({ tab });
    view.render(
      <TextContext value={textFrom(texts)}>
        <ResourcePage
          store={store}
          actions={{
            show: (next) => store.setState({ tab: next }),
            act: (action) => void channel.request('act', { action }).catch(report),
            open: (ref) => void channel.request('openResource', { ref }).catch(report),
            openYaml: () => void channel.request('openYaml', {}).catch(report),
            reconnect: () => void channel.request('reconnect', {}).catch(report),
          }}
        />
      </TextContext>,
    );
  }, report);
}
