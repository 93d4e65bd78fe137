import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { Channel } from '../../shared/channel';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { OverviewAction, OverviewEvents, OverviewRequests } from '../../shared/overview';
import type { WebviewEvents } from '../../shared/protocol';
import { pageHtml, pageTexts, webviewTransport } from '../editor/page';
import { tabFor } from '../editor/tabs';
import { tellError } from '../messages';
import { failureWords } from '../words';
import { overviewChecks } from './checks';
import { OverviewSource } from './overviewSource';
import type { OverviewParts } from './overviewSource';

export interface OverviewPanelParts extends OverviewParts {
  readonly extensionUri: vscode.Uri;
  /** Shows a workflow's canvas, with a node in the middle when one is named. */
  readonly openNode: (uri: vscode.Uri, nodeId: string | undefined) => Promise<void>;
  readonly openRun: (workflow: vscode.Uri, runId: string) => Promise<void>;
  readonly showCluster: (id: string) => Promise<void>;
}

const commands: Readonly<Record<OverviewAction, string>> = {
  newWorkflow: 'kubeorch.newWorkflow',
  openExample: 'kubeorch.openExample',
  importCompose: 'kubeorch.importCompose',
  openFolder: 'vscode.openFolder',
  search: 'kubeorch.search',
};

/** The overview in an editor tab, one for the window. */
export class OverviewPanel implements Disposable {
  readonly #parts: OverviewPanelParts;
  #shown: { readonly panel: vscode.WebviewPanel; readonly lifetime: DisposableList } | undefined;

  constructor(parts: OverviewPanelParts) {
    this.#parts = parts;
  }

  /** Opens the tab, or brings it to the front. @param kept the tab that a reload has left */
  show(kept?: vscode.WebviewPanel): void {
    if (this.#shown === undefined) return this.#open(kept);
    kept?.dispose();
    this.#shown.panel.reveal();
  }

  dispose(): void {
    this.#shown?.panel.dispose();
  }

  #open(kept: vscode.WebviewPanel | undefined): void {
    const { extensionUri, log } = this.#parts;
    const title = vscode.l10n.t('KubeOrch Overview');
    const panel = tabFor({ viewType: 'kubeorch.overview', title, icon: 'dashboard', column: vscode.ViewColumn.Active }, extensionUri, kept);
    const lifetime = new DisposableList();
    const source = lifetime.add(new OverviewSource(this.#parts));
    const page = new OverviewPage(source, log);
    /** The page may name only what it was told of; whatever else it says leads nowhere. */
    const known = (id: string): vscode.Uri => {
      if (!page.has(id)) throw new Error(vscode.l10n.t('That workflow is not in this workspace any more.'));
      return vscode.Uri.parse(id, true);
    };
    const doing =
      <P>(act: (params: P) => PromiseLike<unknown>) =>
      async (params: P): Promise<null> => {
        try {
          await act(params);
        } catch (error) {
          if (!(error instanceof vscode.CancellationError)) void tellError(failureWords(error));
        }
        return null;
      };
    const channel = lifetime.add(
      new Channel<Record<never, never>, OverviewEvents, OverviewRequests, Pick<WebviewEvents, 'fault'>>({
        transport: webviewTransport(panel.webview),
        serve: {
          ready: () => {
            page.start((overview) => channel.tell('overview', overview));
            return { texts: pageTexts() };
          },
          openWorkflow: doing(async ({ id, nodeId }) => this.#parts.openNode(known(id), nodeId)),
          openRun: doing(async ({ id, runId }) => {
            const workflow = known(id);
            if (!page.hasRun(id, runId)) throw new Error(vscode.l10n.t('The journal of that run is not there any more.'));
            await this.#parts.openRun(workflow, runId);
          }),
          showCluster: doing(async ({ id }) => this.#parts.showCluster(id)),
          act: doing(async ({ action }) => vscode.commands.executeCommand(commands[action])),
        },
        hear: { fault: ({ message }) => log.warn(`overview: ${message}`) },
        checks: overviewChecks,
        strict: true,
        onFault: (message, error) => log.warn(error === undefined ? message : `${message} ${failureWords(error)}`),
      }),
    );
    // A page that is hidden is gone: it asks `ready` again when it is seen, and until then nothing is followed.
    lifetime.add(panel.onDidChangeViewState(() => !panel.visible && page.stop()));
    panel.onDidDispose(() => {
      page.stop();
      lifetime.dispose();
      this.#shown = undefined;
    });
    this.#shown = { panel, lifetime };
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'overview', { type: 'overview' });
  }
}

/** Reads the overview again whenever it changed, one reading at a time, and tells the page while it can be seen. */
class OverviewPage {
  readonly #source: OverviewSource;
  readonly #log: Logger;
  /** By workflow, the runs that the page was told of. */
  #told = new Map<string, ReadonlySet<string>>();
  #following: Disposable | undefined;
  #tell: ((overview: OverviewEvents['overview']) => void) | undefined;
  #reading = false;
  #stale = false;

  constructor(source: OverviewSource, log: Logger) {
    this.#source = source;
    this.#log = log;
  }

  has(id: string): boolean {
    return this.#told.has(id);
  }

  hasRun(id: string, runId: string): boolean {
    return this.#told.get(id)?.has(runId) === true;
  }

  start(tell: (overview: OverviewEvents['overview']) => void): void {
    this.#tell = tell;
    this.#following ??= this.#source.onDidChange(() => void this.#read());
    this.#source.setActive(true);
    void this.#read();
  }

  stop(): void {
    this.#following?.dispose();
    this.#following = undefined;
    this.#tell = undefined;
    this.#source.setActive(false);
  }

  async #read(): Promise<void> {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#stale && this.#tell !== undefined) {
        this.#stale = false;
        const overview = await this.#source.read();
        this.#told = new Map(overview.workflows.map(({ id, places }) => [id, new Set(places.flatMap(({ lastRun }) => lastRun?.runId ?? []))]));
        this.#tell?.(overview);
      }
    } catch (error) {
      this.#log.error('The overview could not be read.', error);
    } finally {
      this.#reading = false;
    }
  }
}
