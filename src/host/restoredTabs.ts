import * as vscode from 'vscode';
import type { Logger } from '../engine/ports';
import { Channel } from '../shared/channel';
import type { UnavailableRequests } from '../shared/unavailable';
import type { WebviewEvents } from '../shared/protocol';
import type { NodeActions } from './commands/nodeActions';
import type { WorkflowActions } from './commands/workflowActions';
import { unavailableChecks } from './editor/checks';
import { pageHtml, pageOptions, pageTexts, webviewTransport } from './editor/page';
import type { TabOrigin } from './editor/tabs';
import { originOf } from './editor/tabs';
import type { OpenWorkflow } from './openWorkflows';
import type { OverviewPanel } from './overview/overviewPanel';
import type { Resources } from './resources/resourceParts';
import type { Comparisons } from './versions/comparisons';
import { isWorkflowFile } from './views/workflowFiles';
import { failureWords } from './words';

interface Parts {
  readonly actions: Pick<WorkflowActions, 'workflowFor'>;
  readonly nodes: Pick<NodeActions, 'openLogs'>;
  readonly resources: Pick<Resources, 'restore'>;
  readonly comparisons: Pick<Comparisons, 'reopen'>;
  readonly overview: OverviewPanel;
  readonly extensionUri: vscode.Uri;
  readonly log: Logger;
}

/**
 * Tabs that VS Code has kept over a reload of the window: their pages are made again from what they say they are of. Nobody is asked
 * anything meanwhile and no sandbox is started; a tab whose cluster cannot be opened says so, with a button that tries again.
 */
export class RestoredTabs {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async restore(panel: vscode.WebviewPanel, saved: unknown): Promise<void> {
    const origin = originOf(saved);
    // A page that was never shown has left nothing, and one of an older version something else.
    if (origin === undefined) return panel.dispose();
    await this.#make(panel, origin, false);
  }

  async #make(panel: vscode.WebviewPanel, origin: TabOrigin, asked: boolean): Promise<void> {
    try {
      await this.#open(panel, origin, asked);
    } catch (error) {
      this.#parts.log.warn(`${panel.title}: ${failureWords(error)}`);
      this.#tellUnavailable(panel, origin, error instanceof vscode.CancellationError ? vscode.l10n.t('It was not opened.') : failureWords(error));
    }
  }

  async #open(panel: vscode.WebviewPanel, origin: TabOrigin, asked: boolean): Promise<void> {
    const { nodes, resources, comparisons, overview } = this.#parts;
    switch (origin.type) {
      case 'overview':
        return overview.show(panel);
      case 'nodeLogs': {
        const { open } = await this.#workflow(origin.file);
        return nodes.openLogs(open, origin.nodeId, { panel, ask: asked });
      }
      case 'resource':
      case 'resourceLogs':
        return resources.restore(panel, origin);
      case 'compare':
      case 'version':
      case 'replay':
        return comparisons.reopen(await this.#workflow(origin.file), origin, panel);
    }
  }

  async #workflow(file: string): Promise<OpenWorkflow> {
    const uri = vscode.Uri.parse(file, true);
    const isOurs = isWorkflowFile(uri) && vscode.workspace.getWorkspaceFolder(uri) !== undefined;
    const workflow = isOurs ? await this.#parts.actions.workflowFor(uri) : undefined;
    if (workflow === undefined) throw new Error(vscode.l10n.t('That workflow is not in this workspace any more.'));
    return workflow;
  }

  #tellUnavailable(panel: vscode.WebviewPanel, origin: TabOrigin, message: string): void {
    const { extensionUri, log } = this.#parts;
    panel.webview.options = pageOptions(extensionUri);
    const channel = new Channel<Record<never, never>, Record<never, never>, UnavailableRequests, Pick<WebviewEvents, 'fault'>>({
      transport: webviewTransport(panel.webview),
      serve: {
        ready: () => ({ title: panel.title, message, texts: pageTexts() }),
        tryAgain: () => {
          closing.dispose();
          channel.dispose();
          void this.#make(panel, origin, true);
          return null;
        },
      },
      hear: { fault: ({ message: fault }) => log.warn(`tab: ${fault}`) },
      checks: unavailableChecks,
      strict: true,
      onFault: (fault, error) => log.warn(error === undefined ? fault : `${fault} ${failureWords(error)}`),
    });
    const closing = panel.onDidDispose(() => channel.dispose());
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'unavailable', origin);
  }
}
