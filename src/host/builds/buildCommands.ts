import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import type { JsonObject } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { WorkflowNode } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import type { Command, CommandTable } from '../commands/commands';
import type { NodeActions } from '../commands/nodeActions';
import { askForAddress } from '../commands/repositorySource';
import type { WorkflowActions } from '../commands/workflowActions';
import type { Targets } from '../clusters/targets';
import { askForText, tellWarning } from '../messages';
import type { OpenWorkflow } from '../openWorkflows';
import type { Registries } from '../registries/registries';
import type { Engine } from '../rooms';
import type { TreeSubject } from '../views/treeNode';
import { projectFolder, workflowFiles } from '../views/workflowFiles';
import type { Delivery } from './buildDelivery';
import { deliveryOf, pickDelivery, withLogin } from './buildDelivery';
import type { ImageBuilds, ListedBuild } from './imageBuilds';
import { buildRow } from './buildRow';

interface Parts {
  readonly builds: ImageBuilds;
  readonly registries: Registries;
  readonly actions: WorkflowActions;
  readonly nodes: NodeActions;
  readonly targets: Targets;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Builds the image of a node; shows the lines of builds, cancels them, makes them again and forgets them. */
export function buildCommands(parts: Parts): CommandTable {
  const { builds, actions, nodes, engine } = parts;

  /** A node without settings is asked for its source once; the answer stands in the file. */
  const settingsWritten = async ({ open }: OpenWorkflow, node: WorkflowNode): Promise<WorkflowNode | undefined> => {
    const { options } = node.data;
    if (isJsonObject(options) && options['build'] !== undefined) return node;
    const value = await askForSource(engine, node.id);
    if (value === undefined) return undefined;
    const result = await open.edits.push({ type: 'setField', id: node.id, path: ['options', 'build'], value });
    if (!result.ok) throw new Error(result.detail);
    return nodeById(open.state.workflow, node.id);
  };

  const buildNode = async (workflow: OpenWorkflow, nodeId: string, wanted?: Delivery): Promise<void> => {
    const { open } = workflow;
    if (!vscode.workspace.isTrusted || open.folder.scheme !== 'file') throw failure('build.untrusted');
    const written = nodeById(open.state.workflow, nodeId);
    const hasImage = open.state.loaded.catalog.kinds.find((kind) => kind.type === written?.type)?.fields.some((field) => field.name === 'image') === true;
    if (written === undefined || !hasImage) throw failure('build.noNode', { id: nodeId });
    const node = await settingsWritten(workflow, written);
    if (node === undefined) return;
    const delivery = wanted ?? (await pickDelivery(parts, workflow, node));
    if (delivery === undefined) return;
    const settings = engine.buildSettings(node, delivery.image === undefined ? {} : { image: delivery.image }, delivery.to === 'registry');
    const record = await builds.build(open, nodeId, settings, await withLogin(parts, delivery, settings));
    if (delivery.to !== 'nowhere' || record.status === 'failed') await builds.use(open, nodeId, record);
  };

  /** All builds of the open folders, newest first. */
  const all = async (): Promise<readonly ListedBuild[]> =>
    (await Promise.all((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => builds.list(uri)))).flat();

  const pick = async (among: readonly ListedBuild[], none: string, placeHolder: string): Promise<ListedBuild | undefined> => {
    const [only] = among;
    if (only === undefined) throw new Error(none);
    if (among.length === 1) return only;
    const items = among.map((build) => {
      const { icon, label, description, detail } = buildRow(build);
      return { label: `$(${icon}) ${label}`, description, detail, build };
    });
    return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Builds'), placeHolder, matchOnDescription: true }))?.build;
  };

  /** On the build of a row, else on one that is picked of those that `among` takes. */
  const onBuild =
    (placeHolder: string, none: string, among: (build: ListedBuild) => boolean, act: (build: ListedBuild) => Promise<void>): Command =>
    async (subject) => {
      const build = subject?.type === 'build' ? subject.build : await pick((await all()).filter(among), none, placeHolder);
      if (build !== undefined) await act(build);
    };
  const isOver = ({ isRunning }: ListedBuild): boolean => !isRunning;
  const none = vscode.l10n.t('No image was built in this folder yet.');

  return {
    buildImage: async (subject) => {
      const workflow = await actions.workflowFor(workflowUri(subject));
      if (workflow === undefined) return;
      const nodeId = subject?.type === 'node' ? subject.nodeId : await nodes.pickNode(workflow);
      if (nodeId !== undefined) await buildNode(workflow, nodeId);
    },
    showBuildLog: onBuild(
      vscode.l10n.t('Which lines?'),
      none,
      () => true,
      (build) => builds.showLog(build),
    ),
    cancelBuild: onBuild(
      vscode.l10n.t('Which build?'),
      vscode.l10n.t('No build is going on.'),
      ({ isRunning }) => isRunning,
      async ({ record }) => builds.cancel(record.id),
    ),
    retryBuild: onBuild(vscode.l10n.t('Which build shall be made again?'), none, isOver, async ({ folder, record }) => {
      const { workflowId = '', nodeId } = record;
      const file = (await workflowFiles()).find(({ uri, name }) => name === workflowId && projectFolder(uri).toString() === folder.toString());
      if (file === undefined || nodeId === undefined)
        throw new Error(vscode.l10n.t('The workflow "{0}" of this build is not in its folder any more.', workflowId));
      const workflow = await actions.workflowFor(file.uri);
      if (workflow !== undefined) await buildNode(workflow, nodeId, deliveryOf(record));
    }),
    deleteBuild: onBuild(vscode.l10n.t('Which build shall be forgotten?'), none, isOver, async (build) => {
      const { label, description } = buildRow(build);
      const remove = vscode.l10n.t('Delete');
      const detail = vscode.l10n.t('What is kept of it and its lines are deleted. Its image stays where it is.');
      const question = vscode.l10n.t('Delete the build of {0}?', `${label} (${description})`);
      if ((await tellWarning(question, { modal: true, detail }, remove)) === remove) await builds.delete(build);
    }),
    copyImage: async (subject) => {
      const image = subject?.type === 'image' ? subject.reference : subject?.type === 'build' ? subject.build.record.finalImageRef : undefined;
      if (image === undefined) throw new Error(vscode.l10n.t('Choose an image in the Builds or Registries view.'));
      await vscode.env.clipboard.writeText(image);
    },
  };
}

function workflowUri(subject: TreeSubject | undefined): vscode.Uri | undefined {
  return subject?.type === 'workflow' || subject?.type === 'node' ? subject.uri : undefined;
}

/** The settings of a build, as far as they say where the source is; undefined when the person gave up. */
async function askForSource(engine: Engine, nodeId: string): Promise<JsonObject | undefined> {
  const title = vscode.l10n.t('Build {0}', nodeId);
  const here = { label: `$(folder) ${vscode.l10n.t('A Folder of the Workspace')}` };
  const elsewhere = { label: `$(repo-clone) ${vscode.l10n.t('A Git Repository…')}`, description: vscode.l10n.t('by https or ssh') };
  const picked = await vscode.window.showQuickPick([here, elsewhere], { title, placeHolder: vscode.l10n.t('Where is its source?') });
  if (picked === undefined) return undefined;
  const folderIn = (prompt: string): Thenable<string | undefined> =>
    askForText({ title, prompt, value: '.', validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('It cannot be empty.') : undefined) });
  if (picked === elsewhere) {
    const place = await askForAddress(engine, title);
    if (place === undefined) return undefined;
    const context = place.within ?? (await folderIn(vscode.l10n.t('The folder with its source, from the root of the repository')))?.trim();
    return context === undefined ? undefined : { repoUrl: place.url, ...(place.branch === undefined ? {} : { branch: place.branch }), context };
  }
  const context = await folderIn(vscode.l10n.t('The folder with its source, from the root of the workspace'));
  return context === undefined ? undefined : { context: context.trim() };
}
