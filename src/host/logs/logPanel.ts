import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { Channel } from '../../shared/channel';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import type { LogEvents, LogRequests, WebviewEvents } from '../../shared/protocol';
import type { LogStreamBody } from '../../shared/stream';
import { maxLogLines } from '../../shared/stream';
import { logChecks } from '../editor/checks';
import { pageHtml, pageOptions, webviewTransport } from '../editor/page';
import { failureWords } from '../words';
import type { NodeLogs } from './nodeLogs';

/** One log view in an editor tab. It owns its stream: closing the tab ends every request. */
export class LogPanel implements Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #lifetime = new DisposableList();
  #sequenceNumber = 0;
  #ready = false;

  constructor(options: {
    title: string;
    nodeId: string;
    logs: NodeLogs;
    owned: readonly Disposable[];
    extensionUri: vscode.Uri;
    log: Logger;
    onClosed: () => void;
  }) {
    const { title, nodeId, logs, log } = options;
    this.#panel = vscode.window.createWebviewPanel('kubeorch.logs', title, vscode.ViewColumn.Beside, pageOptions(options.extensionUri));
    this.#panel.iconPath = new vscode.ThemeIcon('output');
    this.#lifetime.add(logs);
    for (const item of options.owned) this.#lifetime.add(item);
    const post = (body: LogStreamBody): void => {
      if (!this.#ready) return;
      channel.tell('stream', { stream_key: `pod-logs:${nodeId}`, sequenceNumber: ++this.#sequenceNumber, timestamp: new Date().toISOString(), ...body });
    };
    const channel = this.#lifetime.add(
      new Channel<Record<never, never>, LogEvents, LogRequests, Pick<WebviewEvents, 'fault'>>({
        transport: webviewTransport(this.#panel.webview),
        serve: {
          ready: () => {
            // What waits for its slice is among the kept lines: handed on afterwards, it would be shown twice.
            this.#ready = false;
            logs.flush();
            this.#ready = true;
            this.#sequenceNumber = 0;
            // The page has nothing yet, also after it was hidden: it gets where the logs come from and what is kept.
            queueMicrotask(() => {
              post(logs.metadata());
              const { lines } = logs;
              if (lines.length > 0) {
                const dropped = Math.max(0, lines.length - maxLogLines);
                post({ event_type: 'log', data: { lines: lines.slice(-maxLogLines), ...(dropped === 0 ? {} : { dropped }) } });
              }
            });
            return { title, nodeId, texts: {} };
          },
          setFollow: ({ follow }) => {
            logs.setFollow(follow);
            return null;
          },
          reconnect: () => {
            logs.reconnect();
            return null;
          },
          clearLogs: () => {
            logs.clear();
            return null;
          },
          openInEditor: async () => {
            const content = logs.lines
              .map((line) => `${line.timestamp === '' ? '' : `${line.timestamp} `}${line.pod} ${line.container}  ${line.message}`)
              .join('\n');
            await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'log', content }));
            return null;
          },
        },
        hear: { fault: ({ message }) => log.warn(`logs: ${message}`) },
        checks: logChecks,
        strict: true,
        onFault: (message, error) => log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    this.#lifetime.add(logs.onStream(post));
    this.#panel.onDidDispose(() => {
      this.dispose();
      options.onClosed();
    });
    this.#panel.webview.html = pageHtml(this.#panel.webview, options.extensionUri, 'logs');
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#lifetime.dispose();
    this.#panel.dispose();
  }
}
