import { createRoot } from 'react-dom/client';
import { Channel } from '../../src/shared/channel';
import type { CompareEvents, CompareRequests } from '../../src/shared/compareProtocol';
import type { WebviewEvents } from '../../src/shared/protocol';
import { failureText } from '../bridge/canvasSession';
import type { HostBridge } from '../bridge/hostBridge';
import { patience } from '../bridge/patience';
import { TextContext, textFrom } from '../ui/texts';
import { ComparePage } from './ComparePage';
import type { CompareStore } from './compareStore';
import { createCompareStore, keptCompare, keptOf } from './compareStore';

/** The page that shows a version, compares two, resolves a merge, replays a run, or shows what an import would bring. */
export function startCompare(root: HTMLElement, bridge: HostBridge): void {
  let store: CompareStore | undefined;
  const channel: Channel<CompareRequests, Pick<WebviewEvents, 'fault'>, object, CompareEvents> = new Channel({
    transport: bridge.transport,
    serve: {},
    // What the page begins with tells all that was told before it.
    hear: { pageChanged: ({ page, catalog }) => store?.getState().show(page, catalog) },
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  // The host tells its own failures; a page that asks for something it may not is a fault of ours.
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  window.addEventListener('error', (event) => {
    // The browser's own notice that a resize took two frames (xyflow/xyflow#4792); nothing failed.
    if (!event.message.startsWith('ResizeObserver loop')) channel.tell('fault', { message: event.message });
  });
  const view = createRoot(root, { onUncaughtError: report });
  const ask = (): void => {
    channel.request('ready', {}).then(
      ({ page, catalog, texts }) => {
        const made = createCompareStore(page, catalog, keptCompare(bridge.savedState()));
        store = made;
        made.subscribe((now, before) => {
          if (now.selected !== before.selected || now.picks !== before.picks || now.step !== before.step) bridge.saveState(keptOf(now));
        });
        const state = made.getState();
        view.render(
          <TextContext value={textFrom(texts)}>
            <ComparePage
              store={made}
              actions={{
                lookAt: state.lookAt,
                select: state.select,
                pick: state.pick,
                goTo: state.goTo,
                openText: () => void channel.request('openText', {}).catch(report),
                restore: () => void channel.request('restore', {}).catch(report),
                retryFrom: (nodeId) => void channel.request('retryFrom', { nodeId }).catch(report),
                resolve: (picks) => void channel.request('resolve', { picks }).catch(report),
                takeSide: (side) => void channel.request('takeSide', { side }).catch(report),
                choose: (key, value) => void channel.request('choose', { key, value }).catch(report),
                importInto: (target) => void channel.request('importInto', { target }).catch(report),
                applyImport: () => void channel.request('applyImport', {}).catch(report),
                openSource: (file, line) => void channel.request('openSource', { file, line }).catch(report),
              }}
            />
          </TextContext>,
        );
      },
      (error: unknown) => {
        view.render(
          <div className="start-failure" role="alert">
            <p>{failureText(error, textFrom({}))}</p>
            <button type="button" className="link-button" onClick={ask}>
              Try again
            </button>
          </div>,
        );
      },
    );
  };
  ask();
}
