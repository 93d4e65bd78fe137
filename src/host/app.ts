import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Files } from '../engine/ports';
import { nodeFiles } from '../node/nodeFiles';
import { systemClock } from '../node/systemClock';
import { openApiFromJson } from '../openapi/index';
import type { OpenApiData } from '../openapi/index';
import { DisposableList } from '../shared/disposables';
import { Emitter } from '../shared/emitter';
import { tailKey } from '../shared/stream';
import { AddedClusters } from './clusters/addedClusters';
import { createClusters } from './clusters/createClusters';
import { Sandboxes } from './clusters/sandboxes';
import { TargetItem } from './clusters/statusBar';
import { choiceText, Targets } from './clusters/targets';
import { createCommands } from './commands/commands';
import { searchCommands } from './commands/search';
import { WorkflowActions } from './commands/workflowActions';
import { WorkflowDocuments } from './documents';
import { CanvasSession } from './editor/session';
import { readOnlyFiles } from './files';
import { Doctor } from './doctor/doctorCommands';
import { RecentLog } from './doctor/recentLog';
import { environmentCommands } from './environments/environmentCommands';
import { EnvironmentManifests } from './environments/environmentManifests';
import { hostStores } from './hostStores';
import { forwardCommands } from './forwards/forwardCommands';
import { PortForwards } from './forwards/portForwards';
import type { AccountSource } from './identity/editorSignIns';
import { createIdentity } from './identity/createIdentity';
import { WhoAmI } from './identity/whoAmI';
import { whoAmICommands } from './identity/whoAmICommands';
import { programCommands } from './identity/programPrompt';
import { followDiagnostics } from './language/diagnostics';
import type { Language } from './language/language';
import { createLanguage } from './language/language';
import { LiveDocument } from './live/liveDocument';
import { publishWorkflow } from './live/publishWorkflow';
import { LogPanels } from './logs/logPanels';
import { LogStreams } from './logs/logStreams';
import { NodeTails } from './logs/nodeTails';
import { logWords } from './logs/logWords';
import { createOutputChannel, outputLogger } from './log';
import { OpenWorkflows } from './openWorkflows';
import { createResources } from './resources/resourceParts';
import { loadEngine } from './rooms';
import { SecretValues } from './runs/secretValues';
import { WorkflowRuns } from './runs/workflowRuns';
import { shutDown } from './shutdown';
import { storeCommands } from './storeCommands';
import { Stores } from './stores';
import { Broadcaster } from './streams/broadcaster';
import { PodTerminals } from './terminal/podTerminals';
import { terminalCommands } from './terminal/terminalCommands';
import { forwardsTree } from './views/forwardsTree';
import { runsTree } from './views/runsTree';
import type { TreeSource } from './views/treeNode';
import { isWorkflowFile } from './views/workflowFiles';
import { workflowsTree } from './views/workflowsTree';

export type { TreeNode } from './views/treeNode';

/** What activation hands on to, once it has been loaded. */
export interface App {
  readonly language: Language;
  readonly accounts: AccountSource;
  /** An address that the editor was opened with. */
  handleUri(uri: vscode.Uri): void;
  /** By the id that the manifest gives the view. */
  readonly views: ReadonlyMap<string, TreeSource>;
  runCommand(id: string, args: readonly unknown[]): Promise<void>;
  openCanvas(document: vscode.TextDocument, panel: vscode.WebviewPanel): Promise<void>;
  /** Watches end, then streams, then runs are cancelled and their last journal lines written, then everything else ends. */
  shutdown(): Promise<void>;
}

/** VS Code ends an extension host that takes longer than about five seconds. */
const shutdownLimitMs = 5000;
/** Of it, what open pages get to take their last events. */
const streamsLimitMs = 500;

/** The composition root: makes every part of the host once and joins them. */
export async function createApp(context: vscode.ExtensionContext): Promise<App> {
  const lifetime = new DisposableList();
  const channel = lifetime.add(createOutputChannel());
  const clock = systemClock();
  const log = new RecentLog(outputLogger(channel), clock);
  const engine = await loadEngine();
  const broadcaster = new Broadcaster({ clock, log });
  /** What looks after clusters by itself: it ends after the views have been told, and before the last lines of runs are written. */
  const monitors = lifetime.add(new DisposableList());
  const openApi = openApiFromJson(JSON.parse(await readFile(vscode.Uri.joinPath(context.extensionUri, 'dist', 'openapi.json').fsPath, 'utf8')) as OpenApiData);
  const filesOf = (folder: vscode.Uri): Files => (folder.scheme === 'file' ? nodeFiles(folder.fsPath) : readOnlyFiles(folder));

  const documents = lifetime.add(
    new WorkflowDocuments({ engine, core: readOnlyFiles(vscode.Uri.joinPath(context.extensionUri, 'templates')), filesOf, openApi, log }),
  );
  const sandboxes = lifetime.add(new Sandboxes(vscode.Uri.joinPath(context.extensionUri, 'dist', 'sandbox.js').fsPath, log));
  const added = lifetime.add(new AddedClusters({ state: context.globalState, secrets: context.secrets, log }));
  const stores = new Stores();
  const identity = lifetime.add(createIdentity({ context, stores, added, reconnect: () => targets.reconnect(), clock, log }));
  const targets = lifetime.add(new Targets({ state: context.workspaceState, sandboxes, identity, added, clock, log }));
  const secrets = new SecretValues(context.secrets);
  const runsChanged = lifetime.add(new Emitter<void>((error) => log.error('The list of runs could not follow.', error)));
  const logStreams = lifetime.add(new LogStreams({ clock, log, words: logWords }));
  const workflows = lifetime.add(
    new OpenWorkflows(documents, (open, key) => {
      // Runs that a crash left open are closed before the list shows them.
      if (open.folder.scheme === 'file') {
        engine.closeCrashedRuns(filesOf(open.folder), clock, open.state.workflow.name).then(
          (closed) => closed.length > 0 && runsChanged.emit(),
          (error: unknown) => log.error('Runs that were cut off could not be closed.', error),
        );
      }
      const live = new LiveDocument({ open, engine, targets, clock, log, files: filesOf(open.folder), onSandboxesChanged: sandboxes.onDidChange });
      const runs = new WorkflowRuns({ open, live, engine, openApi, clock, files: filesOf(open.folder), secrets, log, onChanged: () => runsChanged.emit() });
      const tails = new NodeTails({
        live,
        streams: logStreams,
        clock,
        log,
        words: logWords,
        publish: (nodeId, body) => broadcaster.publish(tailKey(key, nodeId), body),
      });
      const publishing = new DisposableList();
      publishing.add(tails);
      publishing.add(publishWorkflow({ key, live, runs, broadcaster }));
      return { live, runs, publishing, tails };
    }),
  );
  const manifests = lifetime.add(new EnvironmentManifests(documents, engine));
  const terminals = lifetime.add(new PodTerminals({ clock, log }));
  const forwards = lifetime.add(new PortForwards({ clock, log }));
  const logPanels = lifetime.add(new LogPanels({ streams: logStreams, words: logWords, clock, log, extensionUri: context.extensionUri }));
  const actions = new WorkflowActions({ workflows, targets, sandboxes, secrets, terminals, engine, log, logPanels });
  lifetime.add(followDiagnostics(documents, clock));

  const resources = createResources({
    targets,
    sandboxes,
    broadcaster,
    logPanels,
    engine,
    clock,
    log,
    workspaceState: context.workspaceState,
    extensionUri: context.extensionUri,
  });
  lifetime.add(resources.lifetime);

  const treeChanged = lifetime.add(new Emitter<void>((error) => log.error('A view could not be refreshed.', error)));
  const files = lifetime.add(vscode.workspace.createFileSystemWatcher('**/.kubeorch/*.workflow.yaml'));
  for (const event of [files.onDidChange, files.onDidCreate, files.onDidDelete, vscode.workspace.onDidChangeWorkspaceFolders])
    lifetime.add(event(() => treeChanged.emit()));
  lifetime.add(targets.onDidChange(() => treeChanged.emit()));
  lifetime.add(sandboxes.onDidChange(() => treeChanged.emit()));
  lifetime.add(runsChanged.on(() => treeChanged.emit()));
  const clusters = monitors.add(createClusters({ targets, sandboxes, added, identity, engine, onTreeChanged: treeChanged.on, clock, log }));
  const views = new Map<string, TreeSource>([
    ['kubeorch.workflows', workflowsTree(engine, treeChanged.on)],
    ['kubeorch.clusters', clusters.tree],
    ['kubeorch.resources', resources.view],
    ['kubeorch.forwards', forwardsTree(forwards)],
    ['kubeorch.runs', runsTree(engine, filesOf, treeChanged.on)],
  ]);

  const item = lifetime.add(new TargetItem());
  const whoAmI = lifetime.add(new WhoAmI({ clock, log, onChange: () => showTarget() }));
  const showTarget = (): void => {
    clusters.setWorkflowVisible(
      [...workflows.all].some(({ sessions }) => [...sessions].some(({ panel }) => panel.visible)) ||
        vscode.window.visibleTextEditors.some(({ document }) => isWorkflowFile(document.uri)),
    );
    const active = actions.active();
    if (active === undefined) item.hide();
    else {
      const choice = targets.choiceFor(active.open.folder);
      const { environments } = active.open.state.workflow;
      const environment = choice?.type === 'environment' && Object.hasOwn(environments, choice.name) ? environments[choice.name] : undefined;
      const { target } = active.live;
      const key = target === null || choice === undefined ? undefined : `${choiceText(choice)} ${target.clusterUid}`;
      const known = whoAmI.on(key, async () => {
        const connection = choice === undefined ? undefined : await targets.connect(choice, active.open.state.workflow, active.open.folder, false);
        try {
          return await connection?.cluster.whoAmI();
        } finally {
          connection?.dispose();
        }
      });
      item.show(choice, target, environment?.protected === true, known, clock.now());
    }
  };
  lifetime.add(vscode.window.onDidChangeActiveTextEditor(showTarget));
  lifetime.add(vscode.window.onDidChangeVisibleTextEditors(showTarget));
  lifetime.add(vscode.window.tabGroups.onDidChangeTabs(showTarget));
  lifetime.add(targets.onDidChange(showTarget));
  lifetime.add(documents.onDidChange(showTarget));

  stores.register(
    ...hostStores({
      secrets,
      targets,
      whoAmI,
      added,
      resetCanvases: () => {
        for (const { sessions } of workflows.all) for (const session of sessions) session.command('resetView');
      },
      connections: clusters.connections,
      log,
      workspaceState: context.workspaceState,
    }),
  );

  const { configuration } = (context.extension.packageJSON as { readonly contributes: { readonly configuration: { readonly properties: object } } })
    .contributes;
  const doctor = lifetime.add(
    new Doctor({
      extension: context.extension,
      identity,
      targets,
      added,
      sandboxes,
      connections: clusters.connections,
      documents,
      log,
      engine,
      filesOf,
      storage: context.secrets,
      values: secrets,
      settingNames: Object.keys(configuration.properties),
    }),
  );
  const commands = createCommands(
    {
      actions,
      workflows,
      targets,
      sandboxes,
      secrets,
      engine,
      channel,
      extensionUri: context.extensionUri,
      refresh: () => treeChanged.emit(),
    },
    programCommands(identity.consent),
    identity.commands,
    whoAmICommands({ connect: () => actions.connectActive(), clock }),
    storeCommands(stores),
    doctor.commands,
    environmentCommands({ actions, targets, added, manifests, connect: (workflow) => actions.connectTo(workflow) }),
    terminalCommands({ actions, targets, terminals }),
    forwardCommands({ actions, targets, forwards }),
    clusters.commands,
    searchCommands({
      workflows,
      targets,
      added,
      engine,
      *known() {
        for (const { choice, folder, ref } of resources.watched()) yield { cluster: choice, folder, ref };
      },
      showCluster: (choice) => clusters.tree.reveal(choice),
    }),
    resources.commands,
  );
  const follow = (document: vscode.TextDocument): void => {
    if (!isWorkflowFile(document.uri)) return;
    workflows.of(document).then(showTarget, (error: unknown) => log.error(`${document.uri.path} could not be read.`, error));
  };
  vscode.workspace.textDocuments.forEach(follow);
  lifetime.add(vscode.workspace.onDidOpenTextDocument(follow));

  return {
    language: createLanguage(engine, documents),
    accounts: identity.accounts,
    handleUri: (uri) => {
      if (!identity.callbacks.handle(uri)) log.warn('An address that the editor was opened with belongs to no sign-in that waits in this window.');
    },
    views,
    runCommand: (id, args) => commands.run(id, args),
    async openCanvas(document, panel) {
      const workflow = await workflows.of(document);
      const { open, live, runs, sessions, key, tails } = workflow;
      const session = new CanvasSession({ open, panel, live, runs, engine, actions, extensionUri: context.extensionUri, clock, log, broadcaster, key, tails });
      sessions.add(session);
      const following = live.onDidChangeTarget(showTarget);
      const activating = panel.onDidChangeViewState(showTarget);
      showTarget();
      panel.onDidDispose(() => {
        sessions.delete(session);
        following.dispose();
        activating.dispose();
        session.dispose();
        showTarget();
      });
    },
    async shutdown() {
      await shutDown(
        [
          { name: 'Watches', run: () => workflows.stopWatching() },
          { name: 'Streams', run: () => broadcaster.close(streamsLimitMs) },
          { name: 'Monitors', run: () => monitors.dispose() },
          { name: 'Runs', run: () => workflows.endRuns() },
          { name: 'Terminals', run: () => terminals.close() },
          { name: 'Everything else', run: () => lifetime.dispose() },
        ],
        { clock, log, limitMs: shutdownLimitMs },
      );
    },
  };
}
