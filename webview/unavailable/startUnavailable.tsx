import { createRoot } from 'react-dom/client';
import { Channel } from '../../src/shared/channel';
import type { WebviewEvents } from '../../src/shared/protocol';
import type { UnavailableRequests } from '../../src/shared/unavailable';
import type { HostBridge } from '../bridge/hostBridge';
import { patience } from '../bridge/patience';
import { Button } from '../ui/Button';
import { textFrom } from '../ui/texts';

/** The page of a tab that could not be made again: why, and a button that tries once more. */
export function startUnavailable(root: HTMLElement, bridge: HostBridge): void {
  const channel: Channel<UnavailableRequests, Pick<WebviewEvents, 'fault'>, object, object> = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: {},
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  const view = createRoot(root);
  channel.request('ready', {}).then(({ title, message, texts }) => {
    const text = textFrom(texts);
    view.render(
      <main className="unavailable">
        <h1>{title}</h1>
        <p role="alert">{message}</p>
        <Button onClick={() => void channel.request('tryAgain', {}).catch(report)}>{text('Try Again')}</Button>
      </main>,
    );
  }, report);
}
