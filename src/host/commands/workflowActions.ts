import * as vscode from 'vscode';
import type { Cluster, SecretKey } from '../../engine/ports';
import type { Plan, PlanAsked } from '../../shared/plan';
import type { GateDecision } from '../../shared/runEvent';
import type { Problem } from '../../shared/problem';
import { failure } from '../../shared/problem';
import type { HostRequests } from '../../shared/protocol';
import type { Sandboxes } from '../clusters/sandboxes';
import type { Connection, Targets } from '../clusters/targets';
import type { FixPreviews } from '../diagnostics/fixPreviews';
import { isSamePlace } from '../clusters/samePlace';
import { confirmProtected } from '../clusters/protectedTarget';
import { pickTarget } from '../clusters/targetPicker';
import type { WorkflowDocument } from '../documents';
import type { SessionActions } from '../editor/session';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';
import type { Engine } from '../rooms';
import { askForSecret } from '../runs/secretPrompt';
import type { SecretValues } from '../runs/secretValues';
import { problemWords } from '../words';
import { isWorkflowFile, workflowFiles } from '../views/workflowFiles';
import { adoption, endOfConflict } from './fileEdits';
import { openCanvas, setStatus } from './workflowCommands';
import { tellInformation, unlinked } from '../messages';

/** What canvases, commands and trees do with a workflow; each asks for what it needs and acts on the present target. */
export class WorkflowActions implements SessionActions {
  readonly #workflows: OpenWorkflows;
  readonly #targets: Targets;
  readonly #sandboxes: Sandboxes;
  readonly #secrets: SecretValues;
  readonly #engine: Engine;
  readonly #fixes: FixPreviews;

  constructor(options: { workflows: OpenWorkflows; targets: Targets; sandboxes: Sandboxes; secrets: SecretValues; engine: Engine; fixes: FixPreviews }) {
    this.#workflows = options.workflows;
    this.#targets = options.targets;
    this.#sandboxes = options.sandboxes;
    this.#secrets = options.secrets;
    this.#engine = options.engine;
    this.#fixes = options.fixes;
  }

  /** The workflow that the person works on: the active canvas, else the active text editor. */
  active(): OpenWorkflow | undefined {
    for (const workflow of this.#workflows.all) for (const session of workflow.sessions) if (session.panel.active) return workflow;
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    for (const workflow of this.#workflows.all) if (workflow.open.document.uri.toString() === uri) return workflow;
    return undefined;
  }

  /** The workflow of a uri, else the active one, else one picked from the open folders. */
  async workflowFor(uri: vscode.Uri | undefined): Promise<OpenWorkflow | undefined> {
    if (uri !== undefined) return this.#workflows.of(await vscode.workspace.openTextDocument(uri));
    const active = this.active();
    if (active !== undefined) return active;
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined && isWorkflowFile(editor.document.uri)) return this.#workflows.of(editor.document);
    const files = await workflowFiles();
    const [only] = files;
    if (files.length === 1 && only !== undefined) return this.#workflows.of(await vscode.workspace.openTextDocument(only.uri));
    if (files.length === 0) throw new Error(vscode.l10n.t('There is no workflow in the open folders.'));
    const picked = await vscode.window.showQuickPick(
      files.map((file) => ({ label: file.name, description: vscode.workspace.asRelativePath(file.uri), uri: file.uri })),
      { placeHolder: vscode.l10n.t('Which workflow?') },
    );
    return picked === undefined ? undefined : this.#workflows.of(await vscode.workspace.openTextDocument(picked.uri));
  }

  async selectTarget(open: WorkflowDocument): Promise<void> {
    const choice = await pickTarget(this.#targets, this.#sandboxes, open.folder, open.state.workflow);
    if (choice !== undefined) await this.#targets.choose(open.folder, choice);
  }

  /** A connection to the chosen target; asks for one when none is chosen. Throws CancellationError when the person gives up. */
  async #connect(workflow: OpenWorkflow): Promise<Connection> {
    if (this.#targets.choiceFor(workflow.open.folder) === undefined) await this.selectTarget(workflow.open);
    if (this.#targets.choiceFor(workflow.open.folder) === undefined) throw new vscode.CancellationError();
    const connection = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('KubeOrch: connecting…') }, () =>
      workflow.live.connect(),
    );
    if (connection === undefined) throw new vscode.CancellationError();
    return connection;
  }

  /** The target of the workflow that the person works on, or of one that they pick. The caller ends what it gets. */
  async connectActive(): Promise<Connection | undefined> {
    const workflow = await this.workflowFor(undefined);
    return workflow === undefined ? undefined : this.#connect(workflow);
  }

  /** The target that is chosen for the active workflow already; nothing is asked, and a sandbox is not started. The caller ends what it gets. */
  async connectChosen(): Promise<Connection | undefined> {
    const open = this.active()?.open;
    const choice = open === undefined ? undefined : this.#targets.choiceFor(open.folder);
    return open === undefined || choice === undefined ? undefined : this.#targets.connect(choice, open.state.workflow, open.folder, false);
  }

  /** The target of a workflow, asked for where none is chosen. The caller ends what it gets. */
  connectTo(workflow: OpenWorkflow): Promise<Connection> {
    return this.#connect(workflow);
  }

  async #of(open: WorkflowDocument): Promise<OpenWorkflow> {
    return this.#workflows.of(open.document);
  }

  async plan(open: WorkflowDocument, asked: PlanAsked = {}): Promise<Plan> {
    const workflow = await this.#of(open);
    if (asked.purpose === 'delete') {
      const connection = await this.#connect(workflow);
      return workflow.runs.plans.make(connection, asked).finally(() => connection.dispose());
    }
    this.refuseErrors(workflow);
    const connection = await this.#connect(workflow);
    try {
      await this.#askForMissingSecrets(workflow, connection);
      return await workflow.runs.plans.make(connection, asked);
    } finally {
      connection.dispose();
    }
  }

  /** Throws `run.invalid` unless the file is sound. What the last rendering complained of may be mended by now: whoever asks renders anew. */
  refuseErrors(workflow: OpenWorkflow): void {
    const errors = workflow.open.state.problems.filter((problem) => problem.severity === 'error' && !this.#isOfRendering(workflow, problem));
    const [first] = errors;
    if (first !== undefined) throw failure('run.invalid', { count: String(errors.length), first: problemWords(first) });
  }

  /** Makes a plan and brings the canvas that shows it to the front. */
  async showPlan(open: WorkflowDocument, asked: PlanAsked = {}): Promise<void> {
    await openCanvas(open.document.uri);
    await this.plan(open, asked);
  }

  #isOfRendering({ open }: OpenWorkflow, problem: Problem): boolean {
    return [...open.state.sources.values()].some((result) => result.problems.some(({ code, args }) => code === problem.code && args === problem.args));
  }

  /** Renders the charts and bases of a workflow, for its target where one is chosen and answers. */
  async renderSources(open: WorkflowDocument): Promise<void> {
    const workflow = await this.#of(open);
    if (!workflow.sources.areThere) throw new Error(vscode.l10n.t('This workflow has no chart and no base.'));
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: unlinked(vscode.l10n.t('Rendering charts and bases…')), cancellable: true },
      async (_progress, token) => {
        const cancelling = new AbortController();
        token.onCancellationRequested(() => cancelling.abort(new vscode.CancellationError()));
        const choice = this.#targets.choiceFor(open.folder);
        const connection = choice === undefined ? undefined : await workflow.live.connect(cancelling.signal);
        try {
          await workflow.sources.render(connection, cancelling.signal);
        } finally {
          connection?.dispose();
        }
      },
    );
  }

  /** A draft asks to be published first: publishing is a person's act, so it is never done silently. */
  async publishToRun(open: WorkflowDocument): Promise<void> {
    if (open.state.workflow.status !== 'draft') return;
    const publish = vscode.l10n.t('Publish and Run');
    const picked = await tellInformation(vscode.l10n.t('"{0}" is a draft. Only published workflows run.', open.state.workflow.name), { modal: true }, publish);
    if (picked !== publish) throw new vscode.CancellationError();
    await setStatus(open, 'published');
  }

  /** Makes a namespace that the plan which is shown misses, on the cluster of that plan, and plans again. */
  async createNamespace(open: WorkflowDocument, namespace: string): Promise<Plan> {
    const workflow = await this.#of(open);
    const plan = workflow.runs.plans.shown;
    if (plan?.problems.some(({ code, args }) => code === 'cluster.namespaceMissing' && args['namespace'] === namespace) !== true)
      throw failure('run.planChanged');
    const connection = await this.#connect(workflow);
    try {
      if (!isSamePlace(plan.target, connection.target)) throw failure('run.planChanged');
      const create = vscode.l10n.t('Create Namespace');
      const question = vscode.l10n.t('Create the namespace {0} on {1} ({2})?', namespace, plan.target.label, plan.target.server);
      if ((await tellInformation(question, { modal: true }, create)) !== create) throw new vscode.CancellationError();
      await confirmProtected(plan.target, vscode.l10n.t('Create the namespace {0}', namespace));
      await connection.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: this.#engine.fieldManager });
      return await workflow.runs.plans.make(connection);
    } finally {
      connection.dispose();
    }
  }

  async endConflict(open: WorkflowDocument, conflict: HostRequests['endConflict']['params']): Promise<void> {
    const workflow = await this.#of(open);
    const connection = await this.#connect(workflow);
    try {
      const planned = (workflow.runs.plans.shown?.steps ?? []).filter((step) => step.nodeId === conflict.nodeId).map(({ ref }) => ref);
      const { edit, title } = await endOfConflict(this.#engine, open, connection, conflict, planned);
      await this.#fixes.showEdit(open, edit, title);
    } finally {
      connection.dispose();
    }
  }

  async adoptDrift(open: WorkflowDocument, nodeId: string, paths?: readonly string[]): Promise<void> {
    const { drift, live } = await this.#of(open);
    if (live.target === null) throw new Error(vscode.l10n.t('Nothing is known of the cluster.'));
    const { edit, title } = adoption(this.#engine, open, drift, live.target, nodeId, paths);
    await this.#fixes.showEdit(open, edit, title);
  }

  /** A plan in which the node's objects are as the file says, also in fields that others have taken meanwhile. */
  async reassertDrift(open: WorkflowDocument, nodeId: string): Promise<Plan> {
    const plan = await this.plan(open);
    const take = plan.steps
      .filter((step) => step.nodeId === nodeId)
      .flatMap(({ ref, conflicts }) => conflicts.map(({ path }) => `${ref.kind}/${ref.name}:${path}`));
    return take.length === 0 ? plan : this.plan(open, { choices: { adopt: [], take } });
  }

  /** Runs the plan that is shown, when its digest is the given one. */
  async startRun(open: WorkflowDocument, digest: string): Promise<string> {
    const workflow = await this.#of(open);
    const plan = workflow.runs.plans.shown;
    if (plan === null || plan.digest !== digest) throw failure('run.planChanged');
    if (workflow.runs.plans.isOfDeployment) await this.publishToRun(open);
    const { label } = plan.target;
    await confirmProtected(plan.target, workflow.runs.plans.isOfDeployment ? vscode.l10n.t('Deploy to {0}', label) : vscode.l10n.t('Delete from {0}', label));
    if (open.document.isDirty && !(await open.document.save()))
      throw failure('file.unwritable', { file: vscode.workspace.asRelativePath(open.document.uri), detail: vscode.l10n.t('it was not saved') });
    const connection = await this.#connect(workflow);
    return workflow.runs.start(digest, connection);
  }

  /** A workflow of which a run waits for an answer: the one that is in view, else any. */
  waiting(): OpenWorkflow | undefined {
    const active = this.active();
    return active?.runs.waiting !== undefined ? active : [...this.#workflows.all].find(({ runs }) => runs.waiting !== undefined);
  }

  /** Answers a gate of a run that waits, as the person that its cluster takes us for, and goes on with the run when no other answer is awaited. */
  async answerGate(open: WorkflowDocument, runId: string, gateId: string, decision: GateDecision): Promise<void> {
    const workflow = await this.#of(open);
    const connection = await this.#connect(workflow);
    try {
      if (decision !== 'rejected') await confirmProtected(connection.target, vscode.l10n.t('Approve {0}', gateId));
    } catch (error) {
      connection.dispose();
      throw error;
    }
    await workflow.runs.answer(runId, gateId, decision, connection);
  }

  /** Ends a run: one that goes on stops, one that waits at gates is put away. */
  async cancelRun(open: WorkflowDocument, runId: string): Promise<void> {
    const workflow = await this.#of(open);
    await workflow.runs.cancel(runId);
  }

  async enterSecret(open: WorkflowDocument, nodeId: string, key: string): Promise<boolean> {
    const workflow = await this.#of(open);
    const connection = await this.#connect(workflow);
    try {
      return await askForSecret(this.#secrets, secretKey(open, connection, nodeId, key), vscode.l10n.t('Secret {0}', nodeId));
    } finally {
      connection.dispose();
    }
  }

  /** Values that a plan will need: of keys that neither this window knows nor the cluster has. */
  async #askForMissingSecrets(workflow: OpenWorkflow, connection: Connection): Promise<void> {
    const { target, cluster } = connection;
    const { workflow: authored, loaded, sources } = workflow.open.state;
    const { objects } = this.#engine.renderWorkflow({
      workflow: authored,
      loaded,
      sources,
      namespace: target.namespace,
      ...(target.environment === undefined ? {} : { environment: target.environment }),
    });
    for (const { nodeId, object, secretKeys } of objects) {
      if (secretKeys.length === 0) continue;
      const missing: string[] = [];
      for (const key of secretKeys) if ((await this.#secrets.get(secretKey(workflow.open, connection, nodeId, key))) === undefined) missing.push(key);
      if (missing.length === 0 || (await holdsKeys(cluster, object.metadata.namespace ?? target.namespace, object.metadata.name, secretKeys))) continue;
      for (const key of missing) {
        const given = await askForSecret(
          this.#secrets,
          secretKey(workflow.open, connection, nodeId, key),
          vscode.l10n.t('Secret {0} on {1}', nodeId, target.label),
        );
        if (!given) throw new vscode.CancellationError();
      }
    }
  }
}

function secretKey(open: WorkflowDocument, connection: Connection, nodeId: string, key: string): SecretKey {
  const { clusterUid, namespace } = connection.target;
  return { clusterUid, namespace, workflow: open.state.workflow.name, nodeId, key };
}

/** Whether the cluster's Secret already has every key; the values themselves are never handed out by the port. */
async function holdsKeys(cluster: Cluster, namespace: string, name: string, keys: readonly string[]): Promise<boolean> {
  const live = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const data = live?.data ?? {};
  return live !== undefined && keys.every((key) => Object.hasOwn(data, key));
}
