import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { unlinked } from '../messages';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';
import { failureWords } from '../words';

/** Progress of runs whose canvas nobody sees, as a notification that can cancel them. A canvas in sight says it better. */
export class RunToasts implements Disposable {
  readonly #workflows: Pick<OpenWorkflows, 'all'>;
  readonly #log: Logger;
  /** How the notification of a workflow's run is taken away. */
  readonly #shown = new Map<OpenWorkflow, () => void>();

  constructor(workflows: Pick<OpenWorkflows, 'all'>, log: Logger) {
    this.#workflows = workflows;
    this.#log = log;
  }

  /** A run began or ended, or a canvas came into sight or went out of it. */
  refresh(): void {
    for (const workflow of this.#workflows.all) {
      const { runs, sessions } = workflow;
      const isNeeded = runs.running !== undefined && ![...sessions].some(({ panel }) => panel.visible);
      const end = this.#shown.get(workflow);
      if (isNeeded && end === undefined) this.#show(workflow, runs.running);
      else if (!isNeeded) end?.();
    }
  }

  dispose(): void {
    for (const end of [...this.#shown.values()]) end();
  }

  #show(workflow: OpenWorkflow, runId: string): void {
    const { open, runs } = workflow;
    const title = unlinked(vscode.l10n.t('KubeOrch runs "{0}"', open.state.workflow.name));
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
      return new Promise<void>((resolve) => {
        const following = runs.onStream((body) => {
          if (body.event_type === 'run' && body.data.type === 'node:completed') progress.report({ message: vscode.l10n.t('{0} applied', body.data.nodeId) });
        });
        const end = (): void => {
          following.dispose();
          if (this.#shown.get(workflow) === end) this.#shown.delete(workflow);
          resolve();
        };
        this.#shown.set(workflow, end);
        token.onCancellationRequested(() => {
          runs.cancel(runId).catch((error: unknown) => this.#log.warn(failureWords(error)));
        });
        void runs.ended().finally(end);
      });
    });
  }
}
