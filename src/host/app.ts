import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Files } from '../engine/ports';
import { nodeFiles } from '../node/nodeFiles';
import { systemClock } from '../node/systemClock';
import { openApiFromJson } from '../openapi/index';
import type { OpenApiData } from '../openapi/index';
import type { Disposable } from '../shared/disposables';
import { DisposableList } from '../shared/disposables';
import { Emitter } from '../shared/emitter';
import { AddedClusters } from './clusters/addedClusters';
import { createClusters } from './clusters/createClusters';
import { Sandboxes } from './clusters/sandboxes';
import { Targets } from './clusters/targets';
import { TargetStatus } from './clusters/targetStatus';
import { adoptCommands } from './commands/adoptCommands';
import { createCommands } from './commands/commands';
import { exportCommands } from './commands/exportCommands';
import { importCommands } from './commands/importCommands';
import { SourceTexts } from './imports/sourceFiles';
import { pluginCommands } from './commands/pluginCommands';
import { RepositoryImports } from './commands/repositoryImports';
import { searchCommands } from './commands/search';
import { openCanvas } from './commands/workflowCommands';
import { NodeActions } from './commands/nodeActions';
import { WorkflowActions } from './commands/workflowActions';
import { WorkflowDocuments } from './documents';
import { FixedSession } from './editor/fixedSession';
import { CanvasSession } from './editor/session';
import { WorkflowEditor } from './editor/workflowEditor';
import { readOnlyFiles } from './files';
import { Doctor } from './doctor/doctorCommands';
import { RecentLog } from './doctor/recentLog';
import { environmentCommands } from './environments/environmentCommands';
import { EnvironmentManifests } from './environments/environmentManifests';
import { hostStores } from './hostStores';
import { forwardCommands } from './forwards/forwardCommands';
import { PortForwards } from './forwards/portForwards';
import type { AccountSource } from './identity/editorSignIns';
import { buildCommands } from './builds/buildCommands';
import { ImageBuilds } from './builds/imageBuilds';
import { createIdentity } from './identity/createIdentity';
import { whoAmICommands } from './identity/whoAmICommands';
import { programCommands } from './identity/programPrompt';
import { diagnoseCommands } from './diagnostics/diagnoseCommands';
import { FixPreviews } from './diagnostics/fixPreviews';
import { followDiagnostics } from './language/diagnostics';
import { followFileProblems } from './language/fileProblems';
import type { Language } from './language/language';
import { WorkspaceDefinitions } from './language/definitions';
import { ImageTags } from './language/imageTags';
import { createLanguage } from './language/language';
import { LongWorks } from './longWork';
import { LogPanels } from './logs/logPanels';
import { LogStreams } from './logs/logStreams';
import { logWords } from './logs/logWords';
import { createOutputChannel, outputLogger } from './log';
import { makeWorkflow } from './makeWorkflow';
import { tellError, tellWarning } from './messages';
import { OpenWorkflows } from './openWorkflows';
import { RestoredTabs } from './restoredTabs';
import { Registries } from './registries/registries';
import { imageNames } from './registries/imageNames';
import { registryCommands } from './registries/registryCommands';
import { createResources } from './resources/resourceParts';
import { loadEngine } from './rooms';
import type { OfferedBefore } from './runs/pruneOffer';
import { offerPrune } from './runs/pruneOffer';
import { RunItem } from './runs/runItem';
import { RunToasts } from './runs/runToasts';
import { SecretValues } from './runs/secretValues';
import { shutDown } from './shutdown';
import { storeCommands } from './storeCommands';
import { Stores } from './stores';
import { Broadcaster } from './streams/broadcaster';
import { overviewCommands } from './overview/overviewCommands';
import { OverviewPanel } from './overview/overviewPanel';
import { PodTerminals } from './terminal/podTerminals';
import { terminalCommands } from './terminal/terminalCommands';
import { buildsTree } from './views/buildsTree';
import { DriftMarks } from './views/driftMarks';
import { forwardsTree } from './views/forwardsTree';
import { NodeStateChanges } from './views/nodeStateChanges';
import { registriesTree } from './views/registriesTree';
import { runsTree } from './views/runsTree';
import { versionsTree } from './views/versionsTree';
import { ComparePanels } from './versions/comparePanels';
import { Comparisons } from './versions/comparisons';
import { Sides } from './versions/sides';
import { retryFrom, versionCommands } from './versions/versionCommands';
import { WorkflowTasks } from './tasks';
import { both, TreeChanges } from './views/treeChanges';
import type { TreeSource } from './views/treeNode';
import { catalogFolder, fileName, isCatalogFile, isChangeable, isWorkflowFile, projectFolder } from './views/workflowFiles';
import { workflowsTree } from './views/workflowsTree';
import { failureWords } from './words';

export type { TreeNode } from './views/treeNode';

/** What activation hands on to, once it has been loaded. */
export interface App {
  readonly language: Language;
  readonly accounts: AccountSource;
  readonly tasks: WorkflowTasks;
  /** An address that the editor was opened with. */
  handleUri(uri: vscode.Uri): void;
  /** By the id that the manifest gives the view. */
  readonly views: ReadonlyMap<string, TreeSource>;
  runCommand(id: string, args: readonly unknown[]): Promise<void>;
  openCanvas(document: vscode.TextDocument, panel: vscode.WebviewPanel): Promise<void>;
  /** A tab that VS Code has kept over a reload, with what its page left. */
  restoreTab(panel: vscode.WebviewPanel, saved: unknown): Promise<void>;
  /** Watches end, then streams, then runs are cancelled and their last journal lines written, then everything else ends. */
  shutdown(): Promise<void>;
}

/** VS Code ends an extension host that takes longer than about five seconds. */
const shutdownLimitMs = 5000;
/** Of it, what open pages get to take their last events. */
const streamsLimitMs = 500;

/** The composition root: makes every part of the host once and joins them. */
export async function createApp(context: vscode.ExtensionContext): Promise<App> {
  // What may fail comes before anything is made that would have to be ended: a start that failed is tried again.
  const engine = await loadEngine();
  const openApi = openApiFromJson(JSON.parse(await readFile(vscode.Uri.joinPath(context.extensionUri, 'dist', 'openapi.json').fsPath, 'utf8')) as OpenApiData);
  const lifetime = new DisposableList();
  const channel = lifetime.add(createOutputChannel());
  const clock = systemClock();
  const log = new RecentLog(outputLogger(channel), clock);
  const broadcaster = new Broadcaster({ clock, log });
  /** What looks after clusters by itself: it ends after the views have been told, and before the last lines of runs are written. */
  const monitors = lifetime.add(new DisposableList());
  const filesOf = (folder: vscode.Uri): Files => (folder.scheme === 'file' ? nodeFiles(folder.fsPath) : readOnlyFiles(folder));

  const documents = lifetime.add(
    new WorkflowDocuments({
      engine,
      core: readOnlyFiles(vscode.Uri.joinPath(context.extensionUri, 'templates')),
      filesOf,
      openApi,
      definitions: lifetime.add(new WorkspaceDefinitions(engine, filesOf, log)),
      log,
    }),
  );
  const sandboxes = lifetime.add(new Sandboxes(vscode.Uri.joinPath(context.extensionUri, 'dist', 'sandbox.js').fsPath, log));
  const added = lifetime.add(new AddedClusters({ state: context.globalState, secrets: context.secrets, log }));
  const stores = new Stores();
  const identity = lifetime.add(createIdentity({ context, stores, added, reconnect: (clusterId) => targets.reconnect(clusterId), clock, log }));
  const targets = lifetime.add(new Targets({ state: context.workspaceState, sandboxes, identity, added, clock, log }));
  const secrets = new SecretValues(context.secrets);
  const registries = new Registries({ state: context.globalState, secrets: context.secrets, log });
  const runsChanged = lifetime.add(new Emitter<void>((error) => log.error('The list of runs could not follow.', error)));
  const driftChanged = lifetime.add(new Emitter<void>((error) => log.error('What differs could not be shown.', error)));
  const logStreams = lifetime.add(new LogStreams({ clock, log, words: logWords }));
  const workflowParts = {
    engine,
    openApi,
    targets,
    sandboxes,
    secrets,
    registries,
    logStreams,
    broadcaster,
    filesOf,
    environment: () => identity.environment(),
    onRunsChanged: () => runsChanged.emit(),
    onDriftChanged: () => driftChanged.emit(),
    clock,
    log,
  };
  const nodeStates = lifetime.add(new NodeStateChanges(clock, log));
  const workflows = lifetime.add(
    new OpenWorkflows(documents, (open, key) => {
      const made = makeWorkflow(workflowParts, open, key);
      nodeStates.follow(made.live);
      return made;
    }),
  );
  const runItem = lifetime.add(new RunItem(clock));
  const runToasts = lifetime.add(new RunToasts(workflows, log));
  lifetime.add(
    runsChanged.on(() => {
      runToasts.refresh();
      const runs = [...workflows.all].map((one) => one.runs);
      const last = runs
        .flatMap(({ snapshot }) => snapshot?.events.at(-1) ?? [])
        .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
        .at(-1);
      runItem.show({
        ...(last === undefined ? {} : { ended: last }),
        running: runs.filter((one) => one.running !== undefined).length,
        waiting: runs.reduce((sum, one) => sum + (one.waiting?.gates.length ?? 0), 0),
      });
    }),
  );
  const works = lifetime.add(new LongWorks(broadcaster));
  const builds = lifetime.add(
    new ImageBuilds({ engine, works, filesOf, environment: () => identity.environment(), extensionUri: context.extensionUri, clock, log }),
  );
  const panels = lifetime.add(new ComparePanels(context.extensionUri, log));
  const previews = { engine, filesOf, documents, panels };
  const repositories = new RepositoryImports({
    ...previews,
    works,
    environment: () => identity.environment(),
    sources: lifetime.add(new SourceTexts()),
    clock,
    log,
  });
  const manifests = lifetime.add(new EnvironmentManifests(documents, engine));
  const terminals = lifetime.add(new PodTerminals({ clock, log }));
  const forwards = lifetime.add(new PortForwards({ clock, log }));
  lifetime.add(
    forwards.onDidLose(({ localAddress, clusterLabel }) => {
      void tellWarning(vscode.l10n.t('{0} leads nowhere any more: who acts on {1} is no longer the same. Forward the port again.', localAddress, clusterLabel));
    }),
  );
  const logPanels = lifetime.add(new LogPanels({ streams: logStreams, words: logWords, clock, log, extensionUri: context.extensionUri }));
  lifetime.add(targets.onDidReconnect(() => logPanels.retry()));
  const fixes = lifetime.add(new FixPreviews(engine));
  const actions = new WorkflowActions({ workflows, targets, sandboxes, secrets, engine, fixes });
  const nodes = new NodeActions({ workflows, targets, terminals, logPanels, fixes, engine, log, connect: (workflow) => actions.connectTo(workflow) });
  const driftMarks = lifetime.add(new DriftMarks(workflows, () => actions.active()));
  lifetime.add(driftChanged.on(() => driftMarks.refresh()));
  lifetime.add(documents.onDidClose(() => driftMarks.refresh()));
  const offered: OfferedBefore = new Map();
  lifetime.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      const workflow = workflows.opened(document);
      if (workflow === undefined) return;
      offerPrune(workflow, offered, (asked) => actions.showPlan(workflow.open, asked)).catch((error: unknown) => tellError(failureWords(error)));
    }),
  );
  lifetime.add(followDiagnostics(documents, clock));
  lifetime.add(followFileProblems(documents));

  const resources = createResources({
    targets,
    sandboxes,
    broadcaster,
    logPanels,
    engine,
    clock,
    log,
    filesOf,
    workspaceState: context.workspaceState,
    extensionUri: context.extensionUri,
  });
  lifetime.add(resources.lifetime);

  const treeChanges = lifetime.add(new TreeChanges(log, [targets.onDidChange, targets.onDidReconnect, sandboxes.onDidChange, runsChanged.on]));
  const clusters = monitors.add(createClusters({ targets, sandboxes, added, identity, engine, filesOf, onTreeChanged: treeChanges.on, clock, log }));
  const views = new Map<string, TreeSource>([
    [
      'kubeorch.workflows',
      workflowsTree(
        engine,
        filesOf,
        (uri) => [...workflows.all].find(({ open }) => open.document.uri.toString() === uri.toString())?.live,
        both(treeChanges.on, nodeStates.on),
      ),
    ],
    ['kubeorch.clusters', clusters.tree],
    ['kubeorch.resources', resources.view],
    ['kubeorch.forwards', forwardsTree(forwards)],
    ['kubeorch.builds', buildsTree(builds, both(treeChanges.on, builds.onDidChange))],
    ['kubeorch.registries', registriesTree({ registries, imageNames: () => imageNames({ engine, builds, filesOf, log }), clock, log })],
    ['kubeorch.runs', runsTree(engine, filesOf, clock, treeChanges.on)],
    ['kubeorch.versions', versionsTree(engine, filesOf, treeChanges.on)],
  ]);

  const sides = lifetime.add(new Sides(engine, filesOf));
  const onVersions = (): void => treeChanges.refresh();
  const comparisons = new Comparisons({
    engine,
    filesOf,
    clock,
    sides,
    panels,
    connect: (workflow) => actions.connectTo(workflow),
    retry: (workflow, nodeId) => retryFrom(actions, workflow, nodeId),
    onChanged: onVersions,
  });

  const status = lifetime.add(
    new TargetStatus({
      actions,
      workflows,
      documents,
      targets,
      noteUser: (...user) => identity.noteUser(...user),
      onWorkflowVisible: (visible) => clusters.setWorkflowVisible(visible),
      onNodeStates: nodeStates.on,
      clock,
      log,
    }),
  );

  stores.register(
    ...hostStores({
      secrets,
      targets,
      whoAmI: status.whoAmI,
      added,
      registries,
      resetCanvases: () => {
        for (const { sessions } of workflows.all) for (const session of sessions) session.command('resetView');
      },
      connections: clusters.connections,
      health: { forgetAll: clusters.forgetHealth },
      log,
      workspaceState: context.workspaceState,
    }),
  );

  /** Nodes that a canvas shows in its middle as soon as it is there. */
  const nodesWanted = new Map<string, string>();
  const openNode = async (uri: vscode.Uri, nodeId: string | undefined): Promise<void> => {
    const [session] = [...workflows.all].find(({ open }) => open.document.uri.toString() === uri.toString())?.sessions ?? [];
    if (session === undefined && nodeId !== undefined) nodesWanted.set(uri.toString(), nodeId);
    if (session !== undefined && nodeId !== undefined) session.focusNode(nodeId);
    else await openCanvas(uri);
  };
  const overview = lifetime.add(
    new OverviewPanel({
      engine,
      workflows,
      targets,
      clusters,
      filesOf,
      onDidChange: treeChanges.on,
      clock,
      log,
      extensionUri: context.extensionUri,
      openNode,
      openRun: async (workflow, runId) => {
        const name = fileName(workflow).replace(/\.workflow\.yaml$/, '');
        const journal = vscode.Uri.joinPath(projectFolder(workflow), '.kubeorch', 'runs', name, `${runId}.ndjson`);
        await vscode.commands.executeCommand('kubeorch.openRun', { item: new vscode.TreeItem(name), subject: { type: 'run', uri: journal, workflow, runId } });
      },
      showCluster: (id) => clusters.show(id),
    }),
  );

  const tabs = new RestoredTabs({ actions, nodes, resources, comparisons, overview, extensionUri: context.extensionUri, log });

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
      nodes,
      workflows,
      targets,
      sandboxes,
      secrets,
      making: { engine, filesOf, clock, onVersion: onVersions },
      channel,
      extensionUri: context.extensionUri,
      manifests,
      refresh: () => treeChanges.refresh(),
      openNode,
      showResourceLogs: resources.showLogs,
    },
    programCommands(identity.consent),
    identity.commands,
    whoAmICommands({ connect: () => actions.connectActive(), clock }),
    storeCommands(stores),
    overviewCommands(overview),
    doctor.commands,
    importCommands({ ...previews, openApi }),
    repositories.commands,
    exportCommands({ engine, openApi, actions, filesOf }),
    adoptCommands({ ...previews, openApi, clock, targets, sandboxes }),
    pluginCommands({
      engine,
      core: readOnlyFiles(vscode.Uri.joinPath(context.extensionUri, 'templates')),
      filesOf,
      connected: () => actions.connectChosen(),
      connect: () => actions.connectActive(),
      activeFolder: () => actions.active()?.open.folder,
    }),
    buildCommands({ builds, registries, actions, nodes, targets, engine, clock, log }),
    registryCommands({ registries, clock }),
    environmentCommands({ actions, targets, added, manifests, connect: (workflow) => actions.connectTo(workflow) }),
    diagnoseCommands({ actions, nodes, fixes, openNode }),
    versionCommands({ actions, engine, filesOf, clock, comparisons, sides, onChanged: onVersions }),
    terminalCommands({ actions, nodes, targets, terminals, engine }),
    forwardCommands({ actions, nodes, targets, forwards }),
    clusters.commands,
    searchCommands({
      workflows,
      targets,
      added,
      engine,
      filesOf,
      *known() {
        for (const { choice, folder, ref } of resources.watched()) yield { cluster: choice, folder, ref };
      },
      showCluster: (choice) => clusters.tree.reveal(choice),
    }),
    resources.commands,
  );
  const follow = (document: vscode.TextDocument): void => {
    // Read, a folder's catalog tells what is wrong with its files, even while no workflow is open.
    if (isCatalogFile(document.uri))
      documents.catalogOf(catalogFolder(document.uri)).catch((error: unknown) => log.error(`${document.uri.path} could not be read.`, error));
    if (!isWorkflowFile(document.uri) || !isChangeable(document.uri)) return;
    workflows.of(document).then(
      () => status.refresh(),
      (error: unknown) => log.error(`${document.uri.path} could not be read.`, error),
    );
  };
  vscode.workspace.textDocuments.forEach(follow);
  lifetime.add(vscode.workspace.onDidOpenTextDocument(follow));

  const imageTags = new ImageTags({ registries, clock, log });
  return {
    language: createLanguage(engine, documents, imageTags, (document) => workflows.opened(document)?.live.mendable() ?? []),
    accounts: identity.accounts,
    handleUri: (uri) => {
      if (!identity.callbacks.handle(uri)) log.warn('An address that the editor was opened with belongs to no sign-in that waits in this window.');
    },
    tasks: new WorkflowTasks(targets, context.extensionUri),
    views,
    runCommand: (id, args) => commands.run(id, args),
    restoreTab: (panel, saved) => tabs.restore(panel, saved),
    async openCanvas(document, panel) {
      if (!isChangeable(document.uri)) {
        // The kinds are those of the workspace: what git has of them would have to be read file by file.
        const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => document.uri.path.startsWith(`${uri.path}/`));
        const catalog = await documents.catalogOf(projectFolder(folder?.uri.with({ path: document.uri.path }) ?? vscode.Uri.file(document.uri.path)));
        const fixed = new FixedSession({ document, panel, engine, catalog, extensionUri: context.extensionUri, log });
        panel.onDidDispose(() => fixed.dispose());
        return;
      }
      const workflow = await workflows.of(document);
      const { open, live, runs, drift, sessions, key, tails } = workflow;
      const { extensionUri } = context;
      const showTarget = (): void => {
        status.refresh();
        runToasts.refresh();
      };
      const following = live.onDidChangeTarget(showTarget);
      const activating = panel.onDidChangeViewState(showTarget);
      const openCanvas = (): Disposable => {
        const session = new CanvasSession({
          open,
          panel,
          live,
          runs,
          drift,
          engine,
          actions,
          nodes,
          extensionUri,
          clock,
          log,
          broadcaster,
          key,
          tails,
          imageTags,
        });
        sessions.add(session);
        const wanted = nodesWanted.get(document.uri.toString());
        nodesWanted.delete(document.uri.toString());
        if (wanted !== undefined) session.focusNode(wanted);
        showTarget();
        return {
          dispose: () => {
            sessions.delete(session);
            session.dispose();
          },
        };
      };
      const editor = new WorkflowEditor({ document, panel, engine, catalog: () => open.state.loaded, extensionUri, log, openCanvas });
      panel.onDidDispose(() => {
        following.dispose();
        activating.dispose();
        editor.dispose();
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
