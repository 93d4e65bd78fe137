import { createRoot } from 'react-dom/client';
import { createStore } from 'zustand/vanilla';
import { Channel } from '../../src/shared/channel';
import type { Overview, OverviewEvents, OverviewRequests } from '../../src/shared/overview';
import type { WebviewEvents } from '../../src/shared/protocol';
import type { HostBridge } from '../bridge/hostBridge';
import { patience } from '../bridge/patience';
import { TextContext, textFrom } from '../ui/texts';
import { OverviewPage } from './OverviewPage';

export interface OverviewState {
  /** Undefined until the host has read it for the first time. */
  readonly overview: Overview | undefined;
}

/** The page of the overview. The host sends the whole each time; the page holds only what it is filtered by. */
export function startOverview(root: HTMLElement, bridge: HostBridge): void {
  const store = createStore<OverviewState>()(() => ({ overview: undefined }));
  const channel: Channel<OverviewRequests, Pick<WebviewEvents, 'fault'>, object, OverviewEvents> = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: { overview: (overview) => store.setState({ overview }) },
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  const view = createRoot(root);
  channel.request('ready', {}).then(({ texts }) => {
    view.render(
      <TextContext value={textFrom(texts)}>
        <OverviewPage
          store={store}
          actions={{
            openWorkflow: (id, nodeId) => void channel.request('openWorkflow', { id, ...(nodeId === undefined ? {} : { nodeId }) }).catch(report),
            openRun: (id, runId) => void channel.request('openRun', { id, runId }).catch(report),
            showCluster: (id) => void channel.request('showCluster', { id }).catch(report),
            act: (action) => void channel.request('act', { action }).catch(report),
          }}
        />
      </TextContext>,
    );
  }, report);
}
