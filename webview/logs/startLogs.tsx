import { createRoot } from 'react-dom/client';
import { Channel, ChannelError } from '../../src/shared/channel';
import type { LogEvents, LogPageEvents, LogRequests } from '../../src/shared/protocol';
import type { LogStreamEvent } from '../../src/shared/stream';
import { browserFrames } from '../bridge/frames';
import { patience } from '../bridge/patience';
import type { HostBridge } from '../bridge/hostBridge';
import { TextContext, textFrom } from '../ui/texts';
import type { LogActions } from './logActions';
import type { LogStore } from './logStore';
import { createLogStore } from './logStore';
import { LogView } from './LogView';
import { readView } from './viewState';

/** How many lines are fetched when the reader comes to the end of those that are here. */
const stepLines = 1000;

type LogChannel = Channel<LogRequests, LogPageEvents, object, LogEvents>;

/** The log page: some pods' logs, in one list. */
export function startLogs(root: HTMLElement, bridge: HostBridge): void {
  const early: LogStreamEvent[] = [];
  let receive = (event: LogStreamEvent): void => void early.push(event);
  const channel: LogChannel = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: { stream: (event) => receive(event) },
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });
  window.addEventListener('unhandledrejection', (event) => channel.tell('fault', { message: String(event.reason) }));
  const view = createRoot(root, {
    onUncaughtError: (error) => channel.tell('fault', { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });
  const report = (error: unknown): void => channel.tell('fault', { message: error instanceof Error ? error.message : String(error) });
  channel.request('ready', {}).then(({ title, texts, follow, selection, origin }) => {
    const text = textFrom(texts);
    const log = createLogStore(text, browserFrames, (sequenceNumber) => channel.tell('taken', { sequenceNumber }));
    receive = (event) => log.receive(event);
    for (const event of early.splice(0)) log.receive(event);
    view.render(
      <TextContext value={text}>
        <LogView
          title={title}
          log={log}
          start={{ follow, selection, origin, view: readView(bridge.savedState()) }}
          actions={actionsOf(channel, log, report)}
          save={(state) => bridge.saveState(state)}
        />
      </TextContext>,
    );
  }, report);
}

function actionsOf(channel: LogChannel, log: LogStore, report: (error: unknown) => void): LogActions {
  const ask = (request: Promise<unknown>): void => void request.catch(report);
  let loading = false;
  /** One request for lines at a time: the next one depends on what this one brought. */
  const once = async (work: () => Promise<void>): Promise<void> => {
    if (loading) return;
    loading = true;
    try {
      await work();
    } catch (error) {
      report(error);
    } finally {
      loading = false;
    }
  };
  const refusalOf = (error: unknown): string | undefined => (error instanceof ChannelError && error.error.code === 'refused' ? error.error.message : undefined);
  return {
    setFollow: (follow) => ask(channel.request('setFollow', { follow })),
    reconnect: () => ask(channel.request('reconnect', {})),
    clear: () => {
      log.clear();
      ask(channel.request('clearLogs', {}));
    },
    openInEditor: () => ask(channel.request('openInEditor', {})),
    saveToFile: () => ask(channel.request('saveToFile', {})),
    copy: (text) => ask(channel.request('copyText', { text })),
    select: (selection) =>
      channel.request('select', selection).then(
        () => undefined,
        (error: unknown) => {
          const refusal = refusalOf(error);
          if (refusal === undefined) report(error);
          return refusal;
        },
      ),
    chooseOrigin: () =>
      channel.request('chooseOrigin', {}).then(
        (origin) => origin ?? undefined,
        (error: unknown) => {
          report(error);
          return undefined;
        },
      ),
    newest: () =>
      once(async () => {
        await channel.request('newest', {});
      }),
    loadOlder: () =>
      once(async () => {
        const { generation } = log;
        const first = log.store.getState().lines.find((line) => line.id >= 0);
        if (first !== undefined && log.store.getState().older)
          log.prepend(await channel.request('readLines', { id: first.id, direction: 'older', count: stepLines }), generation);
      }),
    loadNewer: () =>
      once(async () => {
        const { generation } = log;
        const last = log.store.getState().lines.findLast((line) => line.id >= 0);
        if (last === undefined || !log.store.getState().detached) return;
        const window = await channel.request('readLines', { id: last.id, direction: 'newer', count: stepLines });
        // At the end the host sends the newest lines itself: between two answers there may have been more.
        if (window.newer) log.append(window, generation);
        else if (generation === log.generation) await channel.request('newest', {});
      }),
    search: (pattern, from, direction) =>
      channel.request('search', { ...pattern, ...(from === undefined ? {} : { from }), direction }).catch((error: unknown) => {
        const refusal = refusalOf(error);
        if (refusal !== undefined) return { refused: refusal };
        report(error);
        return undefined;
      }),
  };
}
