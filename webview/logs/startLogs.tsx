import { createRoot } from 'react-dom/client';
import { Channel } from '../../src/shared/channel';
import type { LogEvents, LogRequests, WebviewEvents } from '../../src/shared/protocol';
import type { LogStreamEvent } from '../../src/shared/stream';
import { browserFrames } from '../bridge/frames';
import type { HostBridge } from '../bridge/hostBridge';
import { TextContext, textFrom } from '../ui/texts';
import { createLogStore } from './logStore';
import { LogView } from './LogView';

/** The log page: one node's pods, in one list. */
export function startLogs(root: HTMLElement, bridge: HostBridge): void {
  const early: LogStreamEvent[] = [];
  let receive = (event: LogStreamEvent): void => void early.push(event);
  const channel: Channel<LogRequests, WebviewEvents, object, LogEvents> = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: { stream: (event) => receive(event) },
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  const view = createRoot(root);
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  channel.request('ready', {}).then(({ title, texts }) => {
    const text = textFrom(texts);
    const log = createLogStore(text, browserFrames);
    receive = log.receive;
    for (const event of early.splice(0)) log.receive(event);
    view.render(
      <TextContext value={text}>
        <LogView
          title={title}
          log={log}
          actions={{
            setFollow: (follow) => void channel.request('setFollow', { follow }).catch(report),
            reconnect: () => void channel.request('reconnect', {}).catch(report),
            clear: () => {
              log.store.getState().clear();
              channel.request('clearLogs', {}).catch(report);
            },
            openInEditor: () => void channel.request('openInEditor', {}).catch(report),
          }}
        />
      </TextContext>,
    );
  }, report);
}
