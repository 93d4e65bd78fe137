import * as vscode from 'vscode';
import type { CanvasCommand } from '../../shared/protocol';
import { hasChanges, isBlocked } from '../../shared/plan';
import type { WorkflowStatus } from '../../shared/workflow';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ClusterPlace } from '../resources/resourceClusters';
import type { Sandboxes } from '../clusters/sandboxes';
import { pickTarget } from '../clusters/targetPicker';
import type { TargetChoice, Targets } from '../clusters/targets';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';
import type { SecretValues } from '../runs/secretValues';
import { failureWords } from '../words';
import type { TreeNode, TreeSubject } from '../views/treeNode';
import type { NodeActions } from './nodeActions';
import type { WorkflowActions } from './workflowActions';
import type { EnvironmentManifests } from '../environments/environmentManifests';
import { renameWorkflow } from './renameWorkflow';
import type { NewParts } from './workflowCommands';
import { cloneWorkflow, deleteWorkflow, newWorkflow, openCanvas, openExample, openText, pickFolder, setStatus } from './workflowCommands';
import { tellError, tellInformation, tellWarning } from '../messages';

/** Acts on the row of the view that it was called on, else on what is active, else on what it asks for. `byKey`: a contributed key was pressed. */
export type Command = (subject: TreeSubject | undefined, byKey?: boolean) => Promise<void>;

/** Commands by the manifest's id without `kubeorch.`. */
export type CommandTable = Readonly<Record<string, Command>>;

interface Parts {
  readonly actions: WorkflowActions;
  readonly nodes: NodeActions;
  readonly workflows: OpenWorkflows;
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
  readonly secrets: SecretValues;
  readonly making: NewParts;
  readonly channel: vscode.LogOutputChannel;
  readonly extensionUri: vscode.Uri;
  readonly manifests: Pick<EnvironmentManifests, 'uriOf'>;
  readonly refresh: () => void;
  /** Shows a node on its workflow's canvas. */
  readonly openNode: (workflow: vscode.Uri, nodeId: string) => Promise<void>;
  /** Shows the logs of an object that a row of the resources view stands for. */
  readonly showResourceLogs: (place: ClusterPlace, ref: ObjectRef) => Promise<void>;
}

/**
 * Every command of the manifest: those of workflows, made here, and those that other parts of the host bring. A failure is one
 * message with the way to the log; giving up is none.
 */
export function createCommands(parts: Parts, ...brought: readonly CommandTable[]): { run(id: string, args: readonly unknown[]): Promise<void> } {
  const { actions, nodes, targets, sandboxes } = parts;
  const onWorkflow =
    (act: (workflow: OpenWorkflow) => Promise<void>): Command =>
    async (subject) => {
      const workflow = await actions.workflowFor(workflowUri(subject));
      if (workflow !== undefined) await act(workflow);
    };
  const toStatus =
    (status: WorkflowStatus): Command =>
    async (subject) => {
      const workflow = await actions.workflowFor(workflowUri(subject));
      if (workflow === undefined) return;
      const { open } = workflow;
      const isSaved = !open.document.isDirty;
      await setStatus(open, status);
      // A row shows the file: what nobody is editing is saved at once.
      if (subject?.type === 'workflow' && isSaved) await open.document.save();
    };
  const answerRow =
    (isYes: boolean): Command =>
    async (subject) => {
      if (subject?.type !== 'gate') throw new Error(vscode.l10n.t('Choose a question of a run in the Runs view.'));
      const { workflow: uri, runId, gateId, gateType } = subject;
      const workflow = await actions.workflowFor(uri);
      if (workflow === undefined) return;
      const yes = gateType === 'input' ? 'input_provided' : 'approved';
      await actions.answerGate(workflow.open, runId, gateId, isYes ? yes : 'rejected');
    };
  const onCanvas =
    (name: CanvasCommand): Command =>
    async (_subject, byKey) => {
      for (const session of actions.active()?.sessions ?? []) if (session.panel.active) session.command(name, byKey);
    };
  const folderOf = async (subject: TreeSubject | undefined): Promise<vscode.Uri | undefined> =>
    (subject?.type === 'target' ? subject.uri : undefined) ?? actions.active()?.open.folder ?? pickFolder();

  /** On the node of a row, else on the one that is selected or picked. */
  const onNode =
    (act: (workflow: OpenWorkflow, nodeId: string) => Promise<void>): Command =>
    async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' || subject?.type === 'node' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const nodeId = subject?.type === 'node' ? subject.nodeId : await nodes.pickNode(workflow);
      if (nodeId !== undefined) await act(workflow, nodeId);
    };
  const showNodeLogs = onNode(({ open }, nodeId) => nodes.openLogs(open, nodeId));

  const own: CommandTable = {
    newWorkflow: () => newWorkflow(parts.making),
    cloneWorkflow: onWorkflow(({ open }) => cloneWorkflow(parts.making, open)),
    renameWorkflow: onWorkflow((workflow) =>
      renameWorkflow(parts.making, workflow, () => actions.showPlan(workflow.open, { purpose: 'delete', prune: { named: [] } })),
    ),
    deleteWorkflow: onWorkflow(({ open }) => deleteWorkflow(open)),
    openExample: () => openExample(parts.extensionUri),
    openCanvas: async (subject) => {
      const uri = subject?.type === 'workflow' ? subject.uri : (vscode.window.activeTextEditor?.document.uri ?? actions.active()?.open.document.uri);
      if (uri !== undefined) await openCanvas(uri);
    },
    openText: async (subject) => {
      const uri = subject?.type === 'workflow' ? subject.uri : actions.active()?.open.document.uri;
      if (uri !== undefined) await openText(uri);
    },
    plan: onWorkflow(({ open }) => actions.showPlan(open)),
    deploy: onWorkflow((workflow) => deploy(actions, workflow)),
    planWithDeletions: onWorkflow(({ open }) => actions.showPlan(open, { prune: { named: [] } })),
    deleteFromCluster: onWorkflow(({ open }) => actions.showPlan(open, { purpose: 'delete', prune: { named: [] } })),
    showDrift: onWorkflow(async (workflow) => {
      const nodeId = await pickDrifted(workflow);
      await openCanvas(workflow.open.document.uri);
      for (const session of workflow.sessions) if (session.panel.active) session.focusNode(nodeId);
    }),
    adoptDrift: onWorkflow(async (workflow) => actions.adoptDrift(workflow.open, await pickDrifted(workflow))),
    reassertDrift: onWorkflow(async (workflow) => {
      const nodeId = await pickDrifted(workflow);
      await openCanvas(workflow.open.document.uri);
      await actions.reassertDrift(workflow.open, nodeId);
    }),
    answerGates: async (subject) => {
      const row = subject?.type === 'run' ? await actions.workflowFor(subject.workflow) : undefined;
      // A file that was only now opened has its runs looked for.
      await row?.runs.showPaused();
      const waiting = row?.runs.waiting === undefined ? actions.waiting() : row;
      if (waiting === undefined) throw new Error(vscode.l10n.t('No run of an open workflow waits for an answer.'));
      await answerGates(actions, waiting);
    },
    approveGate: answerRow(true),
    rejectGate: answerRow(false),
    cancelRun: async (subject) => {
      const workflow = await actions.workflowFor(workflowUri(subject));
      if (workflow === undefined) return;
      const { runs } = workflow;
      const runId = subject?.type === 'run' ? subject.runId : (runs.running ?? runs.waiting?.runId);
      if (runId === undefined) throw new Error(vscode.l10n.t('No run is going on.'));
      await runs.cancel(runId);
    },
    publish: toStatus('published'),
    unpublish: toStatus('draft'),
    archive: onWorkflow((workflow) => archive(actions, workflow)),
    selectTarget: async (subject) => {
      const folder = await folderOf(subject);
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a target belongs to a folder.'));
      let choice: TargetChoice | undefined = subject?.type === 'target' ? subject.choice : undefined;
      const active = actions.active();
      choice ??= await pickTarget(targets, sandboxes, folder, active?.open.folder.toString() === folder.toString() ? active.open.state.workflow : undefined);
      if (choice === undefined) return;
      if (choice.type === 'sandbox') await sandboxes.start(folder);
      await targets.choose(folder, choice);
    },
    startSandbox: async (subject) => {
      const folder = await folderOf(subject);
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a sandbox belongs to a folder.'));
      const running = await sandboxes.start(folder);
      const choose = vscode.l10n.t('Deploy There');
      const chosen = targets.choiceFor(folder)?.type === 'sandbox';
      const picked = await tellInformation(
        vscode.l10n.t('The sandbox runs. Its kubeconfig: {0}', running.kubeconfigPath),
        ...(chosen ? [] : [choose]),
        vscode.l10n.t('Copy Path'),
      );
      if (picked === choose) await targets.choose(folder, { type: 'sandbox' });
      else if (picked !== undefined) await vscode.env.clipboard.writeText(running.kubeconfigPath);
    },
    stopSandbox: async (subject) => {
      const folder = await folderOf(subject);
      if (folder === undefined || !(await sandboxes.stop(folder))) throw new Error(vscode.l10n.t('The sandbox is not running.'));
    },
    showLogs: async (subject) => {
      if (subject?.type === 'resource') await parts.showResourceLogs({ choice: subject.cluster, folder: subject.folder }, subject.ref);
      else await showNodeLogs(subject);
    },
    openNode: onNode(({ open }, nodeId) => parts.openNode(open.document.uri, nodeId)),
    previewManifest: onNode(async ({ open }, nodeId) => {
      const choice = targets.choiceFor(open.folder);
      const environment = choice?.type === 'environment' && Object.hasOwn(open.state.workflow.environments, choice.name) ? choice.name : undefined;
      const uri = parts.manifests.uriOf(open.document.uri, environment, nodeId);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), vscode.ViewColumn.Beside);
    }),
    renderSources: onWorkflow(({ open }) => actions.renderSources(open)),
    setSecretValue: onWorkflow(async ({ open }) => {
      const choices = open.state.workflow.nodes
        .filter((node) => node.type === 'secret')
        .flatMap((node) => {
          const { keys } = node.data;
          return (Array.isArray(keys) ? keys : []).map((key) => ({ label: typeof key === 'string' ? key : '', description: node.id, nodeId: node.id }));
        })
        .filter((choice) => choice.label !== '');
      if (choices.length === 0) throw new Error(vscode.l10n.t('This workflow has no secret with keys.'));
      const picked = await vscode.window.showQuickPick(choices, { placeHolder: vscode.l10n.t('Which value?') });
      if (picked !== undefined) await actions.enterSecret(open, picked.nodeId, picked.label);
    }),
    forgetSecretValues: async () => {
      const count = await parts.secrets.forgetAll();
      void tellInformation(vscode.l10n.t('{0} secret values were forgotten.', count));
    },
    addNode: onCanvas('addNode'),
    deleteSelection: onCanvas('deleteSelection'),
    fitView: onCanvas('fitView'),
    renameSelection: onCanvas('renameSelection'),
    copySelection: onCanvas('copySelection'),
    cutSelection: onCanvas('cutSelection'),
    pasteNodes: onCanvas('pasteNodes'),
    duplicateSelection: onCanvas('duplicateSelection'),
    alignLeft: onCanvas('alignLeft'),
    alignCenter: onCanvas('alignCenter'),
    alignRight: onCanvas('alignRight'),
    alignTop: onCanvas('alignTop'),
    alignMiddle: onCanvas('alignMiddle'),
    alignBottom: onCanvas('alignBottom'),
    distributeHorizontally: onCanvas('distributeHorizontally'),
    distributeVertically: onCanvas('distributeVertically'),
    selectUpstream: onCanvas('selectUpstream'),
    selectDownstream: onCanvas('selectDownstream'),
    selectReferrers: onCanvas('selectReferrers'),
    groupSelection: onCanvas('groupSelection'),
    ungroupSelection: onCanvas('ungroupSelection'),
    findNode: onCanvas('findNode'),
    toggleOverview: onCanvas('toggleOverview'),
    deleteAndReconnect: onCanvas('deleteAndReconnect'),
    selectAll: onCanvas('selectAll'),
    resetView: onCanvas('resetView'),
    toggleCollapse: onCanvas('toggleCollapse'),
    toggleLiveTail: onCanvas('toggleLiveTail'),
    togglePalette: onCanvas('togglePalette'),
    toggleSettings: onCanvas('toggleSettings'),
    autoLayout: async () => {
      for (const session of actions.active()?.sessions ?? []) if (session.panel.active) await session.arrange();
    },
    deletePod: onWorkflow((workflow) => nodes.deletePod(workflow)),
    openRun: async (subject) => {
      if (subject?.type === 'run') await vscode.window.showTextDocument(subject.uri, { preview: true });
    },
    refresh: async () => parts.refresh(),
    showOutput: async () => parts.channel.show(true),
  };
  const commands = new Map<string, Command>();
  for (const table of [own, ...brought])
    for (const [name, command] of Object.entries(table)) {
      if (commands.has(name)) throw new Error(`The command kubeorch.${name} is made twice.`);
      commands.set(name, command);
    }

  return {
    async run(id, args) {
      const command = commands.get(id.replace(/^kubeorch\./, ''));
      if (command === undefined) throw new Error(`The command ${id} is declared but not made.`);
      try {
        await command(
          subjectOf(args),
          args.some((arg) => typeof arg === 'object' && arg !== null && 'byKey' in arg && arg.byKey === true),
        );
      } catch (error) {
        if (error instanceof vscode.CancellationError) return;
        parts.channel.warn(`${id}: ${failureWords(error)}`);
        const showOutput = vscode.l10n.t('Show Output');
        void tellError(failureWords(error), showOutput).then((picked) => picked === showOutput && parts.channel.show(true));
      }
    },
  };
}

/** One of the nodes that the cluster has otherwise than they were applied. */
async function pickDrifted({ drift }: OpenWorkflow): Promise<string> {
  const { nodes, unknown } = drift.view;
  const items = Object.entries(nodes).map(([nodeId, objects]) => ({
    label: nodeId,
    description: objects.map(({ kind, name, missing }) => (missing ? vscode.l10n.t('{0} {1} is gone', kind, name) : `${kind} ${name}`)).join(', '),
    detail: objects.flatMap(({ fields }) => fields.map(({ path }) => path)).join(', '),
  }));
  const [only] = items;
  if (only === undefined)
    throw new Error(unknown ?? vscode.l10n.t('Nothing is known to differ from what was applied. A canvas has to be open for it to be followed.'));
  const picked = items.length === 1 ? only : await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which node?') });
  if (picked === undefined) throw new vscode.CancellationError();
  return picked.label;
}

/** Archives, and offers the plan that takes what runs off the cluster: by itself archiving touches none. */
async function archive(actions: WorkflowActions, { open, drift, live }: OpenWorkflow): Promise<void> {
  await setStatus(open, 'archived');
  const label = live.target?.label;
  if (label === undefined || !drift.hasRun) return;
  const go = vscode.l10n.t('Plan to Delete…');
  const picked = await tellInformation(vscode.l10n.t('"{0}" is archived. What it made on {1} is left running.', open.state.workflow.name, label), go);
  if (picked === go) await actions.showPlan(open, { purpose: 'delete', prune: { named: [] } });
}

/** The workflow file that a row stands for or is about. */
function workflowUri(subject: TreeSubject | undefined): vscode.Uri | undefined {
  if (subject?.type === 'workflow') return subject.uri;
  return subject?.type === 'run' || subject?.type === 'gate' ? subject.workflow : undefined;
}

/** Menus pass a row of a view, the editor's title a uri, the palette nothing. */
function subjectOf(args: readonly unknown[]): TreeSubject | undefined {
  const [first] = args;
  if (first instanceof vscode.Uri) return { type: 'workflow', uri: first };
  return typeof first === 'object' && first !== null && 'item' in first ? (first as TreeNode).subject : undefined;
}

/** Gate by gate of the run that waits; leaving the list leaves the rest open. */
async function answerGates(actions: WorkflowActions, workflow: OpenWorkflow, runId?: string): Promise<void> {
  const { open, runs } = workflow;
  const { waiting } = runs;
  if (waiting === undefined || (runId !== undefined && waiting.runId !== runId)) return;
  const items = waiting.gates.flatMap(({ gateId, gateType, approval, message, refs }) => {
    const description = approval ?? message ?? '';
    const detail = refs.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    const decision = gateType === 'input' ? ('input_provided' as const) : ('approved' as const);
    const label = gateType === 'input' ? vscode.l10n.t('Answer {0}…', gateId) : vscode.l10n.t('Approve {0}', gateId);
    return [
      { label: `$(check) ${label}`, description, detail, gateId, decision },
      { label: `$(x) ${vscode.l10n.t('Reject {0}', gateId)}`, description, detail, gateId, decision: 'rejected' as const },
    ];
  });
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Run {0} waits for an answer', waiting.runId) });
  if (picked === undefined) return;
  await actions.answerGate(open, waiting.runId, picked.gateId, picked.decision);
  // The run goes on with the last answer: until then it waits, and the next question is asked at once.
  await answerGates(actions, workflow, waiting.runId);
}

/** Plan, shown on the canvas; then the plan itself asks whether to go on. The canvas has the same button. */
async function deploy(actions: WorkflowActions, workflow: OpenWorkflow): Promise<void> {
  const { open, runs } = workflow;
  await openCanvas(open.document.uri);
  // A plan of a draft could only be looked at.
  await actions.publishToRun(open);
  const plan = await actions.plan(open);
  if (isBlocked(plan)) {
    void tellWarning(vscode.l10n.t('The plan for {0} has problems; they are on the canvas.', plan.target.label));
    return;
  }
  if (!hasChanges(plan)) {
    void tellInformation(vscode.l10n.t('{0} on {1} is as the file says. Nothing to deploy.', plan.workflow, plan.target.label));
    return;
  }
  const go = vscode.l10n.t('Deploy');
  const { create, change, replace } = plan.counts;
  const picked = await tellInformation(
    vscode.l10n.t(
      'Deploy {0} to {1}, namespace {2}: {3} to create, {4} to change, {5} to replace.',
      plan.workflow,
      plan.target.label,
      plan.target.namespace,
      create,
      change,
      replace,
    ),
    go,
  );
  // The message cannot be taken back: meanwhile the canvas's own button may have been pressed, which was the same answer.
  if (picked === go && (runs.plans.shown !== null || !runs.wasAccepted(plan.digest))) await actions.startRun(open, plan.digest);
}
