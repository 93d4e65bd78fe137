import * as vscode from 'vscode';
import type { BuildRequest, BuildSettings } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import { isBuildOver, localClusterOf } from '../../shared/build';
import type { BuildRecord, BuildStatus } from '../../shared/build';
import { dockerHubHost, imageReference, isLoopbackHost } from '../../shared/imageReference';
import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { nodeById, textField } from '../../shared/workflow';
import type { Command, CommandTable } from '../commands/commands';
import type { WorkflowActions } from '../commands/workflowActions';
import type { TargetChoice, Targets } from '../clusters/targets';
import { askForText } from '../messages';
import type { OpenWorkflow } from '../openWorkflows';
import type { Registries } from '../registries/registries';
import type { Engine } from '../rooms';
import type { ImageBuilds } from './imageBuilds';
import { stageWords } from './imageBuilds';

interface Parts {
  readonly builds: ImageBuilds;
  readonly registries: Registries;
  readonly actions: WorkflowActions;
  readonly targets: Targets;
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Delivery extends vscode.QuickPickItem {
  readonly to: 'registry' | 'cluster' | 'nowhere';
  /** Another name than the file's, for a registry that the cluster tells. */
  readonly image?: string;
}

/** Builds the image of a node; lists builds of the folder, shows their lines and cancels them. */
export function buildCommands(parts: Parts): CommandTable {
  const { builds, registries, actions, targets, engine, filesOf, clock, log } = parts;

  /** A node without settings is asked for its folder once; the answer stands in the file. */
  const settingsWritten = async ({ open }: OpenWorkflow, node: WorkflowNode): Promise<WorkflowNode | undefined> => {
    const { options } = node.data;
    if (isJsonObject(options) && options['build'] !== undefined) return node;
    const context = await askForText({
      title: vscode.l10n.t('Build {0}', node.id),
      prompt: vscode.l10n.t('The folder with its source, from the root of the workspace'),
      value: '.',
      validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('It cannot be empty.') : undefined),
    });
    if (context === undefined) return undefined;
    const result = await open.edits.push({ type: 'setField', id: node.id, path: ['options', 'build', 'context'], value: context.trim() });
    if (!result.ok) throw new Error(result.detail);
    return nodeById(open.state.workflow, node.id);
  };

  /** The registry beside the chosen cluster, when there is a choice, and the cluster answers and tells one. */
  const localRegistry = async ({ open }: OpenWorkflow): Promise<string | undefined> => {
    const choice = targets.choiceFor(open.folder);
    if (contextOf(choice, open.state.workflow) === undefined || choice === undefined) return undefined;
    const signal = AbortSignal.timeout(3000);
    let connection;
    try {
      connection = await targets.connect(choice, open.state.workflow, open.folder, false, signal);
      return connection === undefined ? undefined : await engine.localRegistryOf(connection.cluster, signal);
    } catch (error) {
      // An image can be pushed elsewhere while the cluster is away.
      log.info(`The cluster was not asked for its registry: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    } finally {
      connection?.dispose();
    }
  };

  const pickDelivery = async (workflow: OpenWorkflow, node: WorkflowNode): Promise<Delivery | undefined> => {
    const named = textField(node, ['options', 'build', 'image']) ?? textField(node, 'image');
    const image = named === undefined ? undefined : imageReference(named);
    if (image === undefined) throw named === undefined ? failure('build.noImage', { id: node.id }) : failure('build.badImage', { image: named });
    const cluster = localClusterOf(contextOf(targets.choiceFor(workflow.open.folder), workflow.open.state.workflow) ?? '');
    const beside = await localRegistry(workflow);
    const isOwn = image.host !== dockerHubHost || !image.repository.startsWith('library/');
    const registry = registries.for(image.host);
    const signsIn =
      registry === undefined ? (isLoopbackHost(image.host) ? '' : vscode.l10n.t("with the builder's own sign-in")) : vscode.l10n.t('as {0}', registry.name);
    const items: Delivery[] = [
      ...(cluster === undefined
        ? []
        : [{ label: `$(server-environment) ${vscode.l10n.t('Load into {0}', `${cluster.type} ${cluster.name}`)}`, to: 'cluster' as const }]),
      ...(beside === undefined || beside === image.host
        ? []
        : [
            {
              label: `$(cloud-upload) ${vscode.l10n.t('Push to {0}', beside)}`,
              description: vscode.l10n.t("the cluster's own registry"),
              to: 'registry' as const,
              image: `${beside}/${image.repository.replace(/^library\//, '')}${image.tag === undefined ? '' : `:${image.tag}`}`,
            },
          ]),
      ...(isOwn ? [{ label: `$(cloud-upload) ${vscode.l10n.t('Push to {0}', image.host)}`, description: signsIn, to: 'registry' as const }] : []),
      { label: `$(package) ${vscode.l10n.t('Only Build')}`, description: vscode.l10n.t('the file stays as it is'), to: 'nowhere' },
    ];
    return vscode.window.showQuickPick(items, { title: vscode.l10n.t('Build {0}', node.id), placeHolder: vscode.l10n.t('Where shall {0} go?', image.name) });
  };

  const deliverTo = async (delivery: Delivery, settings: BuildSettings, open: OpenWorkflow['open']): Promise<BuildRequest['deliver']> => {
    if (delivery.to === 'nowhere') return { to: 'nowhere' };
    if (delivery.to === 'cluster') {
      const cluster = localClusterOf(contextOf(targets.choiceFor(open.folder), open.state.workflow) ?? '');
      if (cluster === undefined) throw failure('run.planChanged');
      return { to: 'cluster', cluster };
    }
    const registry = registries.for(settings.image.host);
    return registry === undefined ? { to: 'registry' } : { to: 'registry', registry, login: await registries.login(registry, clock.now()) };
  };

  const buildNode = async (workflow: OpenWorkflow): Promise<void> => {
    const { open } = workflow;
    if (!vscode.workspace.isTrusted || open.folder.scheme !== 'file') throw failure('build.untrusted');
    const nodeId = await actions.pickNode(workflow);
    if (nodeId === undefined) return;
    const written = nodeById(open.state.workflow, nodeId);
    const hasImage = open.state.loaded.catalog.kinds.find((kind) => kind.type === written?.type)?.fields.some((field) => field.name === 'image') === true;
    if (written === undefined || !hasImage) throw failure('build.noNode', { id: nodeId });
    const node = await settingsWritten(workflow, written);
    if (node === undefined) return;
    const delivery = await pickDelivery(workflow, node);
    if (delivery === undefined) return;
    const settings = engine.buildSettings(node, delivery.image === undefined ? {} : { image: delivery.image }, delivery.to === 'registry');
    const record = await builds.build(open, nodeId, settings, await deliverTo(delivery, settings, open));
    if (delivery.to !== 'nowhere' || record.status === 'failed') await builds.use(open, nodeId, record);
  };

  const onFolder =
    (act: (folder: vscode.Uri) => Promise<void>): Command =>
    async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow !== undefined) await act(workflow.open.folder);
    };

  return {
    buildImage: async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow !== undefined) await buildNode(workflow);
    },
    showBuilds: onFolder(async (folder) => {
      const files = filesOf(folder);
      const kept = await engine.listBuilds(files, engine.mostBuildsListed);
      const now = new Map(builds.running.map((record) => [record.id, record]));
      const items = kept.map((record) => itemOf(now.get(record.id) ?? record, now.has(record.id)));
      if (items.length === 0) throw new Error(vscode.l10n.t('No image was built in this folder yet.'));
      const picked = await vscode.window.showQuickPick(items, {
        title: vscode.l10n.t('Builds'),
        placeHolder: vscode.l10n.t('Which lines?'),
        matchOnDescription: true,
      });
      if (picked === undefined) return;
      const content = await engine.readBuildLog(files, picked.record.id);
      if (content === undefined) throw new Error(vscode.l10n.t('The lines of a build are kept when it is over.'));
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'log', content }), { preview: true });
    }),
    cancelBuild: async () => {
      const items = builds.running.map((record) => itemOf(record, true));
      if (items.length === 0) throw new Error(vscode.l10n.t('No build is going on.'));
      const [only] = items;
      const picked = items.length === 1 ? only : await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which build?') });
      if (picked !== undefined) builds.cancel(picked.record.id);
    },
  };
}

/** The context that a target goes by; undefined for the sandbox and clusters that were added by hand. */
function contextOf(choice: TargetChoice | undefined, workflow: Workflow): string | undefined {
  if (choice?.type === 'context') return choice.context;
  return choice?.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? workflow.environments[choice.name]?.context : undefined;
}

const icons: Readonly<Record<BuildStatus, string>> = {
  pending: 'clock',
  cloning: 'sync',
  building: 'sync',
  pushing: 'sync',
  completed: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
};

function itemOf(record: BuildRecord, isRunning: boolean): vscode.QuickPickItem & { readonly record: BuildRecord } {
  const { status, nodeId = '', imageName, imageTag, createdAt, errorMessage, finalImageRef, currentStage } = record;
  // A window that was closed in the middle left the record as it was then.
  const isCut = !isRunning && !isBuildOver(status);
  const at = new Date(createdAt);
  return {
    label: `$(${isCut ? 'warning' : icons[status]}) ${nodeId}`,
    description: `${imageName}:${imageTag} · ${Number.isNaN(at.getTime()) ? '' : at.toLocaleString()}`,
    detail: isCut ? vscode.l10n.t('cut off') : (errorMessage ?? finalImageRef ?? (isRunning ? stageWords()[currentStage] : status)),
    record,
  };
}
