// The engine's face. Everything other rooms may use of it is named here, by hand; a file that is not named is private.

export { ClusterError } from './ports';

// Kinds, templates and objects.
export { coreTemplates, loadCatalog, workspaceTemplates } from './catalog';
export type { CatalogSource, LoadedCatalog } from './catalog';
export type { FileProblem, FileRepair } from './fileProblems';
export { definitionFromCluster, definitionsInManifest } from './plugins/customDefinition';
export type { CustomDefinitionSource } from './plugins/customDefinition';
export { enablePlugin, filesToDisable, pluginsOfOtherVersion, pluginsOnCluster, pluginState, readCatalogue } from './plugins/catalogue';
export type { CataloguePlugin, PluginState } from './plugins/catalogue';
export { generatedPlugin } from './plugins/generatePlugin';
export { pluginHealth } from './plugins/pluginHealth';
export { environmentOf, namespaceOf, workflowForEnvironment } from './environment';
export { applyOrder } from './order';
export type { ApplyOrder } from './order';
export { resolveWorkflow } from './relations';
export type { ResolvedEdge, ResolvedWorkflow } from './relations';
export { renderSteps, renderWorkflow } from './render';
export type { RenderedObject, RenderRequest, RenderResult } from './render';
export { manifestJson, manifestYaml, objectYaml } from './manifestText';
export { definitionsInText } from './definitionsInText';
export { checkSteps, checkWorkflow } from './check';
export { NodeMemory } from './nodeMemory';
export { finished } from './steps';
export type { Steps } from './steps';
export type { CheckRequest } from './check';

// Charts and bases, whose objects programs make.
export { SourceRenderer, sourceInputText } from './sources/renderSources';
export type { Capabilities, SourceParts, SourceResult, SourceResults } from './sources/renderSources';
export { releasesOf } from './plan/helmReleases';
export { sourceDigests } from './sources/sourceDigests';
export { objectsOfInventory } from './sources/objectsOfInventory';
export { capabilitiesOf } from './sources/capabilities';

// What a team has already becomes a workflow.
export { importCompose } from './imports/composeImport';
export type { ComposeImport, ComposeImportRequest, ImportedService } from './imports/composeImport';
export { checkChoices } from './imports/choices';
export { withoutLeftOut } from './imports/leaveOut';
export { readImportRecord, writeImportRecord } from './imports/importRecord';
export type { ImportRecord } from './imports/importRecord';
export { mergeImport } from './imports/mergeImport';
export type { MergedImport } from './imports/mergeImport';
export { adoptNamespace } from './imports/adopt/adoptNamespace';
export type { AdoptedNamespace } from './imports/adopt/adoptNamespace';
export { importRepository } from './imports/repository/importRepository';
export { RepositoryImportSession } from './imports/repository/importSession';
export type { ImportSessionRequest, ProjectChoice } from './imports/repository/importSession';
export type { RepositoryImport, RepositoryImportRequest } from './imports/repository/importRepository';
export { branchOf, folderOf as folderInRepository, isRepositoryUrl, repositoryPlace } from './imports/repository/repositoryPlace';
export { importManifests } from './imports/manifests/importManifests';
export type { ImportedManifest, ManifestImport, ManifestImportRequest } from './imports/manifests/importManifests';
export { manifestTextOf, manifestTextsBelow } from './imports/manifests/manifestFiles';
export type { ManifestText } from './imports/manifests/readManifests';

// Images: built from source, and the registries that they are pulled from.
export { ImageBuild } from './builds/imageBuild';
export type { BuildListener, BuildRequest } from './builds/imageBuild';
export type { BuildParts } from './builds/buildParts';
export { localRegistryOf } from './builds/localRegistry';
export { builtImageEdit, builtNodes, buildSettings } from './builds/buildSettings';
export type { BuildSettings, BuildWishes } from './builds/buildSettings';
export {
  buildLogPath,
  buildRecordPath,
  defaultBuildsListed,
  listBuilds,
  mostBuildsListed,
  readBuildLog,
  writeBuildLog,
  writeBuildRecord,
} from './builds/buildRecords';
export { imageHosts, registriesNeeded, withPullSecrets } from './registries/pullSecrets';

// A workflow for other tools.
export { argoApplicationOf, exportKustomize, exportManifests } from './exports/exportFiles';
export type { EnvironmentObjects, Export, ExportedFile } from './exports/exportFiles';

// Positions of nodes that the file does not place.
export { placeNodes, placeOne } from './placeOne';

// The workflow file.
export { parseWorkflow, WorkflowReader } from './document/parse';
export type { ParsedWorkflow } from './document/parse';
export { editText } from './document/editText';
export type { EditedText } from './document/editText';
export type { TextEdit } from './document/textEdit';
export { workflowText } from './document/format';
export { clonedText } from './document/clone';
export { cleaningEdit } from './document/cleanWorkflow';
export { withoutLayoutConflicts } from './document/layoutConflicts';
export { conflictSides } from './document/conflictSides';
export type { ConflictSides } from './document/conflictSides';
export { resolveConflicts, textOfSide } from './document/resolveConflicts';
export type { ResolvedText } from './document/resolveConflicts';
export { workflowSchema } from './document/schema';
export { completionsAt, hoverAt } from './document/language';
export type { Completion, HoverText } from './document/language';
export { templateCompletionsAt, templateHoverAt } from './document/templateLanguage';
export type { TemplateFile } from './document/templateLanguage';

// What is copied off a canvas and pasted onto it.
export { copiedNodes } from './clipboard/copyNodes';
export type { CopiedNodes } from './clipboard/copyNodes';
export { pastedNodes } from './clipboard/pastedNodes';
export type { PastedNodes } from './clipboard/pastedNodes';

// Health and live state.
export { healthOf } from './status/healthOf';
export { objectsFromManifest } from './manifestObjects';
export type { Related } from './status/verdict';
export { LiveWorkflow } from './status/liveWorkflow';
export type { LiveOptions, LivePatch, LiveSnapshot } from './status/liveWorkflow';
export { replacementSteps } from './replacements';
export type { KnownReplacements } from './replacements';
export { intentOf } from './diagnostics/judging';
export type { DiagnosisFix, JudgedCheck } from './diagnostics/judging';
export { LiveDiagnostics } from './diagnostics/liveDiagnostics';
export { podInfos } from './status/podsOf';
export type { PodContainer, PodInfo } from './status/podsOf';

// Plans and runs.
export { planWorkflow } from './plan/planWorkflow';
export type { PlanRequest, PreparedPlan, PreparedStep } from './plan/planWorkflow';
export { firstError, runPlan } from './run/runPlan';
export type { RunRequest } from './run/runPlan';
export { closeCrashedRuns } from './run/closeCrashedRuns';
export { decisionsSoFar, resolveGate } from './run/gates';
export { runDetail } from './run/runDetail';
export type { RunDetail } from './run/runDetail';
export { waitForLock } from './run/lockWait';
export { cancelPausedRun, readPausedRun } from './run/pausedRun';
export type { PausedRun } from './run/pausedRun';
export { clusterProblem, failureProblem } from './clusterProblem';
export { inventoryRef, readInventory } from './inventory';
export type { Inventory, InventoryMember, LastRun, RunLock } from './inventory';

export { driftOf } from './drift/driftOf';
export type { DriftedField, DriftedObject } from './drift/driftOf';
export { editForFields } from './drift/fieldEdit';
export type { FieldEdit, WantedField } from './drift/fieldEdit';
export { stepsIn } from './drift/fieldSteps';
export { LiveDrift } from './drift/liveDrift';
export type { AppliedState } from './drift/liveDrift';
export { liveDiff } from './drift/liveDiff';
export type { ComparedPlan } from './drift/liveDiff';

// Journals and versions.
export { journalFromText, journalPath, listRuns, newRunId, openGates, readJournal, summaryOf, workflowOfRun, workflowsWithRuns } from './journal';
export type { GatePaused, Journal } from './journal';
export { lastKnownStatuses } from './status/lastKnown';
export { countStates, overviewFigures, placesOf } from './overview/figures';
export { deployedPlaces } from './overview/deployedPlaces';
export { runRecords } from './overview/runRecords';
export type { RunRecord } from './overview/runRecords';
export { createVersion, describeVersion, readVersion, restoreVersion, versionEntries, versionOfDigest } from './versions/versionHistory';
export type { VersionEntry, VersionWords } from './versions/versionHistory';
export { listVersions, readVersionMeta, snapshotVersion } from './versions/versionFiles';
export type { Version, VersionMeta, VersionRun } from './versions/versionFiles';

export { fieldManager } from './labels';

// Resources of a cluster, apart from any workflow.
export { ageOf } from './resources/age';
export { describeResource, describeText } from './resources/describe';
export { actionsFor, eventViews, resourceDetail } from './resources/detail';
export type { DetailParts } from './resources/detail';
export { ResourceHistory, changesBetween } from './resources/history';
export { readableYaml } from './resources/readable';
export { resourceRow } from './resources/resourceRow';
export { resourceTypeOf, resourceTypes, typeNameOf } from './resources/resourceTypes';
export { listStatus } from './resources/listStatus';
export { factsOf } from './resources/facts';
export { isSystemObject, systemNamespaces, vitalNamespaces } from './resources/systemObjects';
