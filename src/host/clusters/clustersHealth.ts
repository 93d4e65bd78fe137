import * as vscode from 'vscode';
import type { Clock, Files, Logger } from '../../engine/ports';
import type { Engine } from '../rooms';
import { settings } from '../settings';
import { fileName, projectFolder, workflowFiles } from '../views/workflowFiles';
import { failureWords } from '../words';
import type { AddedClusters } from './addedClusters';
import { readMetadata } from './clusterMetadata';
import type { ConnectionLog } from './connectionLog';
import type { WatchedCluster } from './healthMonitor';
import { HealthMonitor, NoAnswer } from './healthMonitor';
import type { ClusterChoice, Targets } from './targets';
import { choiceText } from './targets';

/** A cluster as a folder reaches it: two folders may each have a kubeconfig of their own with a context of one name. */
export function healthId(choice: ClusterChoice, folder: vscode.Uri): string {
  return choice.type === 'context'
    ? `${choiceText(choice)} ${settings.kubeconfig(folder)}`
    : choice.type === 'sandbox'
      ? `sandbox ${folder.toString()}`
      : choiceText(choice);
}

export function watchedCluster(targets: Targets, choice: ClusterChoice, folder: vscode.Uri): WatchedCluster {
  return {
    id: healthId(choice, folder),
    label: choice.type === 'context' ? choice.context : choice.type === 'added' ? choice.id : 'sandbox',
    open: (quiet, signal) => (quiet ? targets.openQuietly(choice, folder, signal) : targets.openCluster(choice, folder, true, signal)),
  };
}

/**
 * The monitor over the clusters that this workspace uses: the chosen targets, the environments of its workflow files and the added
 * clusters. Other contexts of the kubeconfig are left alone, and so is the sandbox: it ends by itself when nobody asks anything of it.
 */
export function createHealthMonitor(options: {
  targets: Targets;
  added: AddedClusters;
  engine: Engine;
  filesOf: (folder: vscode.Uri) => Files;
  connections: ConnectionLog;
  clock: Clock;
  log: Logger;
}): HealthMonitor {
  const { targets, added, engine, filesOf, connections, clock, log } = options;
  const monitor = new HealthMonitor({
    clock,
    logger: log,
    readMetadata,
    clusters: async () => (await usedClusters({ targets, added, engine, filesOf, log })).map(({ cluster }) => cluster),
    words: (error) => (error instanceof NoAnswer ? vscode.l10n.t('No answer within {0} s.', error.seconds) : failureWords(error)),
  });
  for (const record of added.list()) rememberRecord(monitor, record.id, added);
  added.onDidChange(({ id, type }) => {
    // Its last state says nothing about where it leads now.
    if (type === 'connection' || type === 'removed') monitor.forget(`cluster:${id}`);
  });
  monitor.onDidChange(({ id, label, health, statusChanged, metadataChanged }) => {
    if (statusChanged) {
      const { status, detail, latencyMs, needsSignIn, version } = { ...health, version: health.metadata?.version };
      const facts = [
        status,
        ...(latencyMs === undefined ? [] : [`${Math.round(latencyMs)} ms`]),
        ...(version === undefined ? [] : [version]),
        ...(needsSignIn ? ['needs a sign-in'] : []),
      ];
      connections.note(label, 'health_check', facts.join(', '), status === 'connected' || status === 'unknown' ? undefined : (detail ?? status));
    }
    if (!id.startsWith('cluster:') || !(statusChanged || metadataChanged)) return;
    const { status, lastCheckMs, metadata } = health;
    added
      .noteHealth(id.slice('cluster:'.length), {
        status,
        ...(lastCheckMs === undefined ? {} : { lastCheckMs }),
        ...(metadata === undefined ? {} : { metadata }),
      })
      .then(undefined, (error: unknown) => log.error(`What is known of ${label} could not be kept.`, error));
  });
  return monitor;
}

function rememberRecord(monitor: HealthMonitor, id: string, added: AddedClusters): void {
  const record = added.find(id);
  if (record === undefined) return;
  const { status, lastCheckMs, metadata } = record;
  monitor.remember(`cluster:${id}`, lastCheckMs === undefined ? undefined : { status, reachable: status === 'connected', atMs: lastCheckMs }, metadata);
}

/** A cluster that this workspace uses, and as what. */
export interface UsedCluster {
  readonly choice: Exclude<ClusterChoice, { readonly type: 'sandbox' }>;
  readonly cluster: WatchedCluster;
}

/** The clusters that this workspace uses; none in Restricted Mode, where a kubeconfig is not read. */
export async function usedClusters({
  targets,
  added,
  engine,
  filesOf,
  log,
}: {
  readonly targets: Targets;
  readonly added: AddedClusters;
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly log: Logger;
}): Promise<readonly UsedCluster[]> {
  if (!vscode.workspace.isTrusted) return [];
  const used = new Map<string, UsedCluster>();
  const use = (choice: ClusterChoice, folder: vscode.Uri): void => {
    if (choice.type === 'sandbox') return;
    const cluster = watchedCluster(targets, choice, folder);
    used.set(cluster.id, { choice, cluster });
  };
  const folders = vscode.workspace.workspaceFolders ?? [];
  for (const { uri } of folders) {
    const choice = targets.choiceFor(uri);
    if (choice !== undefined && choice.type !== 'environment') use(choice, uri);
  }
  const [first] = folders;
  if (first !== undefined) for (const { id } of added.list()) use({ type: 'added', id }, first.uri);
  for (const { uri } of await workflowFiles()) {
    const folder = projectFolder(uri);
    let text: string | undefined;
    try {
      text = await filesOf(folder).read(`.kubeorch/${fileName(uri)}`);
    } catch (error) {
      // Its own row says so; what the others use is looked after all the same.
      log.debug(failureWords(error));
    }
    for (const environment of Object.values(engine.parseWorkflow(text ?? '').workflow.environments)) {
      if (environment.context === undefined || environment.context === '') continue;
      try {
        use(await targets.clusterNamed(environment.context, folder), folder);
      } catch (error) {
        // A name that could mean two clusters means none of them here; whoever uses it is told.
        log.debug(failureWords(error));
      }
    }
  }
  return [...used.values()];
}
