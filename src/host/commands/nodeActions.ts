import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import { refKey, refOf } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { Target } from '../../shared/plan';
import type { NodeObjects } from '../../shared/protocol';
import { nodeById } from '../../shared/workflow';
import { confirmProtected } from '../clusters/protectedTarget';
import type { Connection, Targets } from '../clusters/targets';
import { isSamePlace } from '../clusters/samePlace';
import type { FindingKey, FixPreviews } from '../diagnostics/fixPreviews';
import { isFinding } from '../diagnostics/fixPreviews';
import type { WorkflowDocument } from '../documents';
import type { SessionNodeActions } from '../editor/session';
import type { LogPanels } from '../logs/logPanels';
import { sourcesOfPods } from '../logs/logSource';
import { tellWarning } from '../messages';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import { pickContainer } from '../terminal/pickContainer';
import type { PodTerminals } from '../terminal/podTerminals';
import { failureWords } from '../words';

interface NodeParts {
  readonly workflows: OpenWorkflows;
  readonly targets: Targets;
  readonly terminals: PodTerminals;
  readonly logPanels: LogPanels;
  readonly fixes: FixPreviews;
  readonly engine: Engine;
  readonly log: Logger;
  /** A connection to a workflow's target, asked for where none is chosen. The caller ends what it gets. */
  readonly connect: (workflow: OpenWorkflow) => Promise<Connection>;
}

/** What canvases, commands and trees do with one node of a workflow: its objects, logs, pods and terminals. */
export class NodeActions implements SessionNodeActions {
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  async #of(open: WorkflowDocument): Promise<OpenWorkflow> {
    return this.#parts.workflows.of(open.document);
  }

  /** The objects of a node and how each does. */
  async nodeObjects(open: WorkflowDocument, nodeId: string): Promise<NodeObjects> {
    const { live } = await this.#of(open);
    const node = nodeById(open.state.workflow, nodeId);
    const result = open.state.sources.get(nodeId);
    const statuses = new Map(live.objectStatusesOf(nodeId).map(({ ref, status }) => [refKey(ref), status]));
    const refs = live.objects().filter((one) => one.nodeId === nodeId);
    return {
      objects: refs.map(({ object, namespaced }) => {
        const ref = { ...refOf(object), namespace: namespaced ? (object.metadata.namespace ?? '') : '' };
        const status = statuses.get(refKey(ref));
        return { kind: ref.kind, name: ref.name, namespace: ref.namespace, state: status?.state ?? 'unknown', message: status?.message ?? '' };
      }),
      ...(result === undefined || result.children.length === 0
        ? {}
        : {
            renderedAt: new Date(result.renderedAtMs).toISOString(),
            outdated: node !== undefined && result.inputs !== this.#parts.engine.sourceInputText(node),
          }),
    };
  }

  manifest(open: WorkflowDocument, nodeId: string): string {
    const { workflow, loaded, sources } = open.state;
    const choice = this.#parts.targets.choiceFor(open.folder);
    const environment = choice?.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? choice.name : undefined;
    const { objects, problems } = this.#parts.engine.renderWorkflow({
      workflow,
      loaded,
      sources,
      namespace: this.#parts.engine.namespaceOf(workflow, environment),
      ...(environment === undefined ? {} : { environment }),
    });
    const own = objects.filter((one) => one.nodeId === nodeId);
    const problem = problems.find((one) => one.nodeId === nodeId);
    if (own.length === 0 && problem !== undefined) throw failure(problem.code, problem.args);
    return this.#parts.engine.manifestYaml(own);
  }

  /** The target that is chosen already. @throws when there is none, or it is a sandbox that does not run */
  async #connectQuietly({ open }: OpenWorkflow): Promise<Connection> {
    const { targets } = this.#parts;
    const choice = targets.choiceFor(open.folder);
    if (choice === undefined) throw new Error(vscode.l10n.t('No target is chosen.'));
    const connection = await targets.connect(choice, open.state.workflow, open.folder, false);
    if (connection === undefined) throw new Error(vscode.l10n.t('The sandbox is not running.'));
    return connection;
  }

  /** `kept` is a tab that a reload has left; then nobody is asked for a target and no sandbox started, unless a person wants it. */
  async openLogs(open: WorkflowDocument, nodeId: string, kept?: { readonly panel: vscode.WebviewPanel; readonly ask: boolean }): Promise<void> {
    const workflow = await this.#of(open);
    const key = `${open.document.uri.toString()}#${nodeId}`;
    let place: Target | undefined;
    await this.#parts.logPanels.openLogs({
      key,
      title: vscode.l10n.t('Logs: {0}', nodeId),
      id: nodeId,
      tailLines: settings.tailLines(open.document.uri),
      origin: { type: 'nodeLogs', file: open.document.uri.toString(), nodeId },
      panel: kept?.panel,
      open: async () => {
        const connection = place === undefined && kept?.ask === false ? await this.#connectQuietly(workflow) : await this.#parts.connect(workflow);
        const { live } = workflow;
        const { cluster, target, ended } = connection;
        // The view stays with the cluster it was opened for; pods of another target are not its own.
        if (place !== undefined && !isSamePlace(target, place)) {
          connection.dispose();
          throw new Error(vscode.l10n.t('The target {0} is another cluster or namespace now. Open the logs again to see what runs there.', target.label));
        }
        place = target;
        const owned = new DisposableList();
        owned.add(connection);
        owned.add(live.hold());
        return {
          cluster,
          ended,
          place: { cluster: target.label, namespace: target.namespace },
          owned,
          follow: (tell) => {
            const look = (): void => {
              if (isSamePlace(live.target, target)) tell(sourcesOfPods(live.podsOf(nodeId)));
            };
            const following = live.onPatch(look);
            // Before everything is known, a pod that is not there yet is no pod that is gone.
            live.settled().then(look, (error: unknown) => this.#parts.log.warn(failureWords(error)));
            return following;
          },
        };
      },
    });
  }

  async openTerminal(open: WorkflowDocument, nodeId: string): Promise<void> {
    const workflow = await this.#of(open);
    const connection = await this.#parts.connect(workflow);
    const holding = workflow.live.hold();
    try {
      await workflow.live.settled();
      const place = await pickContainer(workflow.live.podsOf(nodeId), nodeId);
      if (place === undefined) {
        connection.dispose();
        return;
      }
      this.#parts.terminals.open({ connection, place, title: nodeId, scope: open.document.uri });
    } catch (error) {
      connection.dispose();
      throw error;
    } finally {
      holding.dispose();
    }
  }

  /** Deletes one pod, so that its controller makes a new one. The cluster's own rules decide the rest. */
  async deletePod(workflow: OpenWorkflow): Promise<void> {
    const nodeId = await this.pickNode(workflow);
    if (nodeId === undefined) return;
    const connection = await this.#parts.connect(workflow);
    const holding = workflow.live.hold();
    try {
      await workflow.live.settled();
      const pods = workflow.live.podsOf(nodeId);
      if (pods.length === 0) throw new Error(vscode.l10n.t('"{0}" has no pods.', nodeId));
      const picked = await vscode.window.showQuickPick(
        pods.map((pod) => ({ label: pod.name, description: pod.phase, pod })),
        { placeHolder: vscode.l10n.t('Which pod?') },
      );
      if (picked === undefined) return;
      const { pod } = picked;
      const go = vscode.l10n.t('Delete Pod');
      const detail = vscode.l10n.t('Cluster {0}, namespace {1}. Its controller will make a new one.', connection.target.label, pod.namespace);
      if ((await tellWarning(vscode.l10n.t('Delete pod {0}?', pod.name), { modal: true, detail }, go)) !== go) return;
      await confirmProtected(connection.target, vscode.l10n.t('Delete pod {0}', pod.name));
      await connection.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name }, { uid: pod.uid, propagation: 'Background' });
    } finally {
      holding.dispose();
      connection.dispose();
    }
  }

  async previewFix(open: WorkflowDocument, finding: FindingKey): Promise<void> {
    const { live } = await this.#of(open);
    const check = live.mendable().find((one) => isFinding(one, finding));
    // Between the look and the click the cluster may have changed.
    if (check === undefined) throw new Error(vscode.l10n.t('This is no longer so.'));
    await this.#parts.fixes.show(open, check);
  }

  /** A connection to the target, which the caller disposes, and the objects that the node stands for there. */
  async connectToNode(workflow: OpenWorkflow, nodeId: string): Promise<{ readonly connection: Connection; readonly refs: readonly ObjectRef[] }> {
    const connection = await this.#parts.connect(workflow);
    const { workflow: authored, loaded, sources } = workflow.open.state;
    const { namespace, environment } = connection.target;
    const { objects } = this.#parts.engine.renderWorkflow({
      workflow: authored,
      loaded,
      sources,
      namespace,
      ...(environment === undefined ? {} : { environment }),
    });
    const refs = objects
      .filter((one) => one.nodeId === nodeId)
      .map(({ object, namespaced }) => ({
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: namespaced ? (object.metadata.namespace ?? namespace) : '',
        name: object.metadata.name,
      }));
    return { connection, refs };
  }

  /** The selected node of a canvas, else one picked. */
  async pickNode(workflow: OpenWorkflow): Promise<string | undefined> {
    const [selected] = [...workflow.sessions].flatMap((session) => session.selection);
    if (selected !== undefined && nodeById(workflow.open.state.workflow, selected) !== undefined) return selected;
    const { kinds } = workflow.open.state.loaded.catalog;
    const picked = await vscode.window.showQuickPick(
      workflow.open.state.workflow.nodes.map((node) => ({
        label: node.id,
        description: kinds.find((kind) => kind.type === node.type)?.displayName ?? node.type,
      })),
      { placeHolder: vscode.l10n.t('Which node?') },
    );
    return picked?.label;
  }
}
