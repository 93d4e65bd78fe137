import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { DisposableList } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import type { WorkflowActions } from '../commands/workflowActions';
import type { WorkflowDocuments } from '../documents';
import type { HostIdentity } from '../identity/hostIdentity';
import { WhoAmI } from '../identity/whoAmI';
import type { OpenWorkflows } from '../openWorkflows';
import { isWorkflowFile } from '../views/workflowFiles';
import { CountsItem, TargetItem } from './statusBar';
import type { Targets } from './targets';
import { choiceText } from './targets';

/** The target of the workflow that a person works on, in the status bar, with who they are there. */
export class TargetStatus implements Disposable {
  readonly whoAmI: WhoAmI;
  readonly #parts: {
    readonly actions: WorkflowActions;
    readonly workflows: OpenWorkflows;
    readonly targets: Targets;
    readonly noteUser: HostIdentity['noteUser'];
    readonly clock: Clock;
  };
  readonly #onWorkflowVisible: (visible: boolean) => void;
  readonly #item: TargetItem;
  readonly #counts: CountsItem;
  readonly #lifetime = new DisposableList();

  constructor(parts: {
    actions: WorkflowActions;
    workflows: OpenWorkflows;
    documents: Pick<WorkflowDocuments, 'onDidChange'>;
    targets: Targets;
    noteUser: HostIdentity['noteUser'];
    /** Told with each look whether a canvas or the text of a workflow can be seen. */
    onWorkflowVisible: (visible: boolean) => void;
    /** Something about the state of some node has changed. */
    onNodeStates: (listener: () => void) => Disposable;
    clock: Clock;
    log: Logger;
  }) {
    this.#parts = parts;
    this.#onWorkflowVisible = parts.onWorkflowVisible;
    this.#item = this.#lifetime.add(new TargetItem());
    this.#counts = this.#lifetime.add(new CountsItem());
    this.whoAmI = this.#lifetime.add(new WhoAmI({ clock: parts.clock, log: parts.log, onChange: () => this.refresh() }));
    const refresh = (): void => this.refresh();
    this.#lifetime.add(vscode.window.onDidChangeActiveTextEditor(refresh));
    this.#lifetime.add(vscode.window.onDidChangeVisibleTextEditors(refresh));
    this.#lifetime.add(vscode.window.tabGroups.onDidChangeTabs(refresh));
    this.#lifetime.add(parts.targets.onDidChange(refresh));
    this.#lifetime.add(parts.targets.onDidReconnect(() => this.whoAmI.clear()));
    this.#lifetime.add(parts.documents.onDidChange(refresh));
    this.#lifetime.add(parts.onNodeStates(() => this.#showCounts()));
  }

  /** Shows what is so now. */
  refresh(): void {
    const { actions, workflows, targets, clock } = this.#parts;
    this.#onWorkflowVisible(
      [...workflows.all].some(({ sessions }) => [...sessions].some(({ panel }) => panel.visible)) ||
        vscode.window.visibleTextEditors.some(({ document }) => isWorkflowFile(document.uri)),
    );
    this.#showCounts();
    const active = actions.active();
    if (active === undefined) {
      this.#item.hide();
      return;
    }
    const { open, live } = active;
    const choice = targets.choiceFor(open.folder);
    const { environments } = open.state.workflow;
    const environment = choice?.type === 'environment' && Object.hasOwn(environments, choice.name) ? environments[choice.name] : undefined;
    const key = live.target === null || choice === undefined ? undefined : `${choiceText(choice)} ${live.target.clusterUid}`;
    const known = this.whoAmI.on(key, async () => {
      const connection = choice === undefined ? undefined : await targets.connect(choice, open.state.workflow, open.folder, false);
      try {
        const identity = await connection?.cluster.whoAmI();
        if (identity !== undefined && connection?.target.sandbox === false)
          await this.#parts.noteUser(choiceText(choice ?? { type: 'sandbox' }), connection.target.clusterUid, identity);
        return identity;
      } finally {
        connection?.dispose();
      }
    });
    this.#item.show(choice, live.target, environment?.protected === true, known, clock.now());
  }

  /** Only in a canvas: beside a text, the editor's own counts of its problems are enough. */
  #showCounts(): void {
    const active = this.#parts.actions.active();
    if (active === undefined || ![...active.sessions].some(({ panel }) => panel.active)) return this.#counts.hide();
    const { workflow, problems } = active.open.state;
    const states = workflow.nodes.flatMap(({ id }) => active.live.statusOf(id)?.state ?? []);
    this.#counts.show({
      nodes: workflow.nodes.length,
      problems: problems.filter(({ severity }) => severity === 'error').length,
      failing: states.filter((state) => state === 'error').length,
      partial: states.filter((state) => state === 'partial' || state === 'pending').length,
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
