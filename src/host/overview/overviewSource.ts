import * as vscode from 'vscode';
import type { RunRecord } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Overview, OverviewCluster, OverviewPlace, OverviewTrouble, OverviewWorkflow } from '../../shared/overview';
import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import type { Problem } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { HostClusters } from '../clusters/createClusters';
import type { Targets } from '../clusters/targets';
import type { OpenWorkflow, OpenWorkflows } from '../openWorkflows';
import type { Engine } from '../rooms';
import { projectFolder, workflowFiles } from '../views/workflowFiles';
import { failureWords } from '../words';

export interface OverviewParts {
  readonly engine: Engine;
  readonly workflows: OpenWorkflows;
  readonly targets: Targets;
  readonly clusters: Pick<HostClusters, 'used' | 'onDidChangeHealth' | 'setOverviewVisible'>;
  readonly filesOf: (folder: vscode.Uri) => Files;
  /** Files, runs and targets: whatever changes a row without a cluster's doing. */
  readonly onDidChange: (listener: () => void) => Disposable;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Statuses come many a second, and nobody reads a page that changes faster than this. */
const calmMs = 300;
/** Workflows whose clusters are followed at the same time; the further ones show what their last run saw. */
const followedLimit = 30;
/** Nodes in trouble that are named for each workflow. */
const troubleLimit = 5;

interface Held {
  readonly workflow: OpenWorkflow;
  readonly lifetime: DisposableList;
}

/**
 * What the overview shows. While somebody looks, every workflow of the workspace is open in the background and followed on its present
 * target, as an open canvas would do it; places other than the present target show what their last run saw, and nobody asks them.
 */
export class OverviewSource implements Disposable {
  readonly #parts: OverviewParts;
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<void>;
  readonly onDidChange: Emitter<void>['on'];
  readonly #held = new Map<string, Held>();
  /** Runs by workflow file, so that a journal that has ended is read once. */
  readonly #records = new Map<string, ReadonlyMap<string, RunRecord>>();
  #active: DisposableList | undefined;
  #waiting: Disposable | undefined;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    this.#changed = this.#lifetime.add(new Emitter((error) => parts.log.error('The overview could not follow.', error)));
    this.onDidChange = this.#changed.on;
  }

  /** Clusters are followed while somebody looks, and not a moment longer. */
  setActive(active: boolean): void {
    if (active === (this.#active !== undefined)) return;
    this.#parts.clusters.setOverviewVisible(active);
    if (active) {
      const following = new DisposableList();
      const soon = (): void => this.#soon();
      following.add(this.#parts.onDidChange(soon));
      following.add(this.#parts.clusters.onDidChangeHealth(soon));
      // VS Code closes a document that no editor shows after some minutes; it is opened again.
      following.add(
        vscode.workspace.onDidCloseTextDocument(({ uri }) => {
          if (!this.#held.has(uri.toString())) return;
          this.#release(uri.toString());
          soon();
        }),
      );
      this.#active = following;
    } else {
      this.#active?.dispose();
      this.#active = undefined;
      this.#waiting?.dispose();
      for (const id of [...this.#held.keys()]) this.#release(id);
    }
  }

  /** All of it, as it is now. What cannot be read is a row that says so. */
  async read(): Promise<Overview> {
    const { engine, clusters, clock } = this.#parts;
    const folders = vscode.workspace.workspaceFolders ?? [];
    const files = await workflowFiles();
    const present = new Set(files.map(({ uri }) => uri.toString()));
    for (const id of [...this.#held.keys()]) if (!present.has(id)) this.#release(id);
    const rows = await Promise.all(files.map(({ uri, name }, index) => this.#row(uri, name, index < followedLimit, folders.length > 1)));
    const runs = [...present].flatMap((id) => [...(this.#records.get(id)?.values() ?? [])].map(({ summary }) => summary));
    return {
      hasFolder: folders.length > 0,
      figures: engine.overviewFigures(rows, runs, clock.now()),
      workflows: rows,
      clusters: (await clusters.used()).map(({ cluster, health }): OverviewCluster => {
        const { version, nodeCount, cpuMillis, memoryBytes } = health.metadata ?? {};
        return {
          id: cluster.id,
          name: cluster.label,
          state: health.status,
          ...(health.needsSignIn ? { detail: vscode.l10n.t('needs a sign-in') } : health.detail === undefined ? {} : { detail: health.detail }),
          ...(version === undefined ? {} : { version }),
          ...(nodeCount === undefined ? {} : { nodes: nodeCount }),
          ...(cpuMillis === undefined ? {} : { cpuMillis }),
          ...(memoryBytes === undefined ? {} : { memoryBytes }),
        };
      }),
    };
  }

  dispose(): void {
    this.setActive(false);
    this.#lifetime.dispose();
  }

  #soon(): void {
    if (this.#active === undefined || this.#waiting !== undefined) return;
    this.#waiting = this.#parts.clock.after(calmMs, () => {
      this.#waiting = undefined;
      this.#changed.emit();
    });
  }

  async #row(uri: vscode.Uri, name: string, followed: boolean, several: boolean): Promise<OverviewWorkflow> {
    const id = uri.toString();
    const folder = several ? { folder: vscode.workspace.getWorkspaceFolder(uri)?.name ?? '' } : {};
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      const workflow = await this.#parts.workflows.of(document);
      if (followed) this.#hold(id, workflow);
      const { workflow: file, problems } = workflow.open.state;
      const records = await this.#runsOf(id, uri, name);
      const troubles = troublesOf(workflow, file);
      return {
        id,
        name,
        ...folder,
        description: file.description,
        status: file.status,
        tags: file.tags,
        nodes: file.nodes.length,
        errors: countOf(problems, 'error'),
        warnings: countOf(problems, 'warning'),
        places: this.#places(workflow, file, records),
        troubles: troubles.slice(0, troubleLimit),
        moreTroubles: Math.max(0, troubles.length - troubleLimit),
        runs: records.length,
        running: workflow.runs.running !== undefined,
        waiting: workflow.runs.waiting?.gates.length ?? 0,
      };
    } catch (error) {
      const nothing = { description: '', status: 'draft', tags: [], nodes: 0, errors: 0, warnings: 0, places: [], troubles: [], moreTroubles: 0 } as const;
      return { id, name, ...folder, ...nothing, unreadable: failureWords(error), runs: 0, running: false, waiting: 0 };
    }
  }

  async #runsOf(id: string, uri: vscode.Uri, name: string): Promise<readonly RunRecord[]> {
    const records = await this.#parts.engine.runRecords(this.#parts.filesOf(projectFolder(uri)), name, this.#records.get(id) ?? new Map());
    this.#records.set(id, new Map(records.map((record) => [record.summary.runId, record])));
    return records;
  }

  /** What is followed now replaces what the last run there saw. */
  #places({ open, live, drift }: OpenWorkflow, file: Workflow, records: readonly RunRecord[]): readonly OverviewPlace[] {
    const { engine, targets } = this.#parts;
    const choice = targets.choiceFor(open.folder);
    const chosen =
      choice === undefined
        ? undefined
        : {
            environment: choice.type === 'environment' ? choice.name : '',
            cluster: choice.type === 'context' ? choice.context : choice.type === 'added' ? choice.id : '',
            sandbox: choice.type === 'sandbox',
          };
    return engine.placesOf(file, chosen, records).map((place): OverviewPlace => {
      if (!place.current) return place;
      const { health, target } = live;
      const ids = new Set(file.nodes.map((node) => node.id));
      const statuses = Object.entries(live.statuses).flatMap(([nodeId, status]) => (ids.has(nodeId) ? [status] : []));
      const deployed = statuses.filter((status) => !isAwaited(status));
      const error = health.error === undefined ? {} : { error: health.error };
      if (statuses.length === 0) return { ...place, ...error };
      const { staleSince: _, ...rest } = place;
      return {
        ...rest,
        ...error,
        namespace: target?.namespace ?? place.namespace,
        states: engine.countStates(deployed.map(({ state }) => state)),
        notDeployed: statuses.length - deployed.length,
        drifted: drift.nodes.size,
        ...(health.staleSince === undefined ? {} : { staleSince: health.staleSince }),
      };
    });
  }

  #hold(id: string, workflow: OpenWorkflow): void {
    if (this.#active === undefined || this.#held.get(id)?.workflow === workflow) return;
    this.#release(id);
    const lifetime = new DisposableList();
    const soon = (): void => this.#soon();
    lifetime.add(workflow.live.hold());
    lifetime.add(workflow.live.onStream(soon));
    lifetime.add(workflow.drift.onDidChange(soon));
    lifetime.add(workflow.live.onDidChangeTarget(soon));
    lifetime.add(workflow.open.onDidChange(soon));
    this.#held.set(id, { workflow, lifetime });
  }

  #release(id: string): void {
    this.#held.get(id)?.lifetime.dispose();
    this.#held.delete(id);
  }
}

/** From worst on. What is merely not deployed yet is no trouble. */
const troubled: readonly NodeState[] = ['error', 'missing', 'partial', 'pending'];

function troublesOf({ live }: OpenWorkflow, file: Workflow): readonly OverviewTrouble[] {
  return file.nodes
    .flatMap(({ id }): OverviewTrouble[] => {
      const status = live.statusOf(id);
      if (status === undefined || !troubled.includes(status.state) || isAwaited(status)) return [];
      return [{ nodeId: id, state: status.state, message: status.message }];
    })
    .sort((a, b) => troubled.indexOf(a.state) - troubled.indexOf(b.state));
}

/** Nothing of it was ever seen: it waits for its first run. */
function isAwaited({ state, reason, staleSince }: NodeStatus): boolean {
  return state === 'missing' && reason === undefined && staleSince === undefined;
}

function countOf(problems: readonly Problem[], severity: Problem['severity']): number {
  return problems.filter((problem) => problem.severity === severity).length;
}
