import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { Channel, ChannelError, channelError } from '../../shared/channel';
import type { Handlers } from '../../shared/channel';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import type { LogEvents, LogPageEvents, LogRequests } from '../../shared/protocol';
import type { LogStreamBody, ParsedLogLine } from '../../shared/stream';
import { logChecks } from '../editor/checks';
import { pageHtml, pageTexts, webviewTransport } from '../editor/page';
import type { TabOrigin } from '../editor/tabs';
import { tabFor } from '../editor/tabs';
import { failureWords } from '../words';
import { PatternError } from './logMatcher';
import type { NodeLogs } from './nodeLogs';
import { pickOrigin } from './originPicker';
import { PagedLines } from './pagedLines';

/** One log view in an editor tab. It owns its stream: closing the tab ends every request that nobody else needs. */
export class LogPanel implements Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #lifetime = new DisposableList();
  readonly #title: string;
  readonly #id: string;
  readonly #logs: NodeLogs;
  readonly #paged: PagedLines;
  readonly #channel: Channel<Record<never, never>, LogEvents, LogRequests, LogPageEvents>;
  #sequenceNumber = 0;
  #ready = false;

  constructor(options: {
    title: string;
    /** What the logs are of: a node's id, or a resource's. */
    id: string;
    origin: TabOrigin;
    panel: vscode.WebviewPanel | undefined;
    logs: NodeLogs;
    owned: readonly Disposable[];
    /** A person wants it tried again now. */
    reconnect: () => void;
    extensionUri: vscode.Uri;
    clock: Clock;
    log: Logger;
    onClosed: () => void;
  }) {
    const { title, id, logs, log } = options;
    this.#title = title;
    this.#id = id;
    this.#logs = logs;
    const look = { viewType: 'kubeorch.logs', title, icon: 'output', column: vscode.ViewColumn.Beside } as const;
    this.#panel = tabFor(look, options.extensionUri, options.panel);
    this.#lifetime.add(logs);
    for (const item of options.owned) this.#lifetime.add(item);
    this.#paged = this.#lifetime.add(new PagedLines({ clock: options.clock, send: (body) => this.#post(body) }));
    this.#channel = this.#lifetime.add(
      new Channel<Record<never, never>, LogEvents, LogRequests, LogPageEvents>({
        transport: webviewTransport(this.#panel.webview),
        serve: this.#handlers(options.reconnect),
        hear: {
          fault: ({ message }) => log.warn(`logs: ${message}`),
          taken: ({ sequenceNumber }) => this.#paged.taken(sequenceNumber),
        },
        checks: logChecks,
        strict: true,
        onFault: (message, error) => log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    this.#lifetime.add(
      logs.onStream((body) => {
        if (!this.#ready) return;
        if (body.event_type === 'log') this.#paged.put(body);
        else this.#post(body);
      }),
    );
    this.#panel.onDidDispose(() => {
      this.dispose();
      options.onClosed();
    });
    this.#panel.webview.html = pageHtml(this.#panel.webview, options.extensionUri, 'logs', options.origin);
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#panel.dispose();
  }

  #post(body: LogStreamBody): number {
    const sequenceNumber = ++this.#sequenceNumber;
    this.#channel.tell('stream', { stream_key: `pod-logs:${this.#id}`, sequenceNumber, timestamp: new Date().toISOString(), ...body });
    return sequenceNumber;
  }

  #handlers(reconnect: () => void): Handlers<LogRequests> {
    const logs = this.#logs;
    const done = (act: () => void): null => {
      act();
      return null;
    };
    return {
      ready: () => {
        // The page has nothing yet, also after it was hidden: it gets where the logs come from and what is kept.
        this.#ready = true;
        this.#sequenceNumber = 0;
        this.#paged.forget();
        queueMicrotask(() => {
          this.#post(logs.metadata());
          this.#paged.put(logs.newest());
          if (logs.lost !== undefined) this.#post(logs.failure(logs.lost));
        });
        return { title: this.#title, nodeId: this.#id, texts: pageTexts(), follow: logs.follow, selection: logs.selection, origin: logs.origin };
      },
      setFollow: ({ follow }) => done(() => logs.setFollow(follow)),
      reconnect: () => done(reconnect),
      clearLogs: () =>
        done(() => {
          logs.clear();
          this.#paged.forget();
        }),
      select: (selection) => done(() => withPattern(() => logs.select(selection))),
      newest: () => done(() => this.#paged.put(logs.newest())),
      readLines: ({ id, direction, count }) => logs.readLines(id, direction, count),
      search: ({ from, direction, ...pattern }) => withPattern(() => logs.search(pattern, from, direction)),
      chooseOrigin: async () => {
        const origin = await pickOrigin(logs.origin);
        if (origin === undefined) return null;
        await logs.setOrigin(origin);
        return origin;
      },
      openInEditor: async () => {
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'log', content: textOf(logs.lines) }));
        return null;
      },
      saveToFile: async () => {
        const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
        const name = `${this.#id.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}.log`;
        const uri = await vscode.window.showSaveDialog({
          ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
          filters: { [vscode.l10n.t('Log files')]: ['log', 'txt'] },
        });
        if (uri === undefined) return { saved: false };
        try {
          await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(textOf(logs.lines)));
        } catch (error) {
          throw channelError('failed', failureWords(error));
        }
        return { saved: true };
      },
      copyText: async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        return null;
      },
    };
  }
}

function textOf(lines: readonly ParsedLogLine[]): string {
  const rows = lines.map(({ timestamp, pod, container, message, mark }) =>
    [timestamp, mark === undefined ? `${pod}/${container}` : '---', message].filter((part) => part !== '').join(' '),
  );
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`;
}

/** A pattern that cannot be used is the person's to mend: a refusal in words. */
function withPattern<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const message =
      error.reason === 'slow' ? vscode.l10n.t('This pattern takes too long on these lines.') : vscode.l10n.t('This is no pattern: {0}', error.message);
    throw new ChannelError({ code: 'refused', message });
  }
}
