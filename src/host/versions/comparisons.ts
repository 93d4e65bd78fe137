import * as vscode from 'vscode';
import type { Clock, Files } from '../../engine/ports';
import { whoRuns } from '../../node/whoRuns';
import type { Disposable } from '../../shared/disposables';
import type { ComparedWorkflow } from '../../shared/compareProtocol';
import type { Catalog } from '../../shared/catalog';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { WorkflowDiff } from '../../shared/workflowDiff';
import { workflowDiff } from '../../shared/workflowDiff';
import type { Connection } from '../clusters/targets';
import type { TabOrigin } from '../editor/tabs';
import type { OpenWorkflow } from '../openWorkflows';
import type { Engine } from '../rooms';
import { fileName, projectFolder } from '../views/workflowFiles';
import { tellInformation } from '../messages';
import { comparedWorkflow } from './comparedWorkflow';
import type { ComparePanels } from './comparePanels';
import type { PageContent } from './comparePage';
import { restoreInto } from './restore';
import type { Sides, SideSpec, TextSide } from './sides';

interface Parts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly clock: Clock;
  readonly sides: Sides;
  readonly panels: ComparePanels;
  readonly connect: (workflow: OpenWorkflow) => Promise<Connection>;
  /** Plans a run from a node on, and shows it. */
  readonly retry: (workflow: OpenWorkflow, nodeId: string) => Promise<void>;
  /** A version was made or its words changed. */
  readonly onChanged: () => void;
}

type TextSpec = Exclude<SideSpec, { readonly type: 'live' }>;

/** Opens comparisons, versions to look at and replays, each in a tab. */
export class Comparisons {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes again what a tab showed that a reload has left. */
  async reopen(workflow: OpenWorkflow, origin: Extract<TabOrigin, { type: 'compare' | 'version' | 'replay' }>, kept: vscode.WebviewPanel): Promise<void> {
    if (origin.type === 'compare') return this.compare(workflow, origin.before, origin.after, kept);
    return origin.type === 'version' ? this.show(workflow, origin.ref, kept) : this.replay(workflow, origin.runId, kept);
  }

  /** Two sides of one workflow. The cluster, where it is one, stands on the newer side. */
  async compare(workflow: OpenWorkflow, before: SideSpec, after: SideSpec, kept?: vscode.WebviewPanel): Promise<void> {
    if (before.type === 'live') {
      if (after.type === 'live') throw failure('diff.live');
      return this.compare(workflow, after, before, kept);
    }
    const { open } = workflow;
    const file = open.document.uri;
    const name = workflowName(open.state.workflow, file);
    const isWorking = before.type === 'working' || after.type === 'working';
    const older = before.type === 'version' ? before.ref : undefined;
    await this.#parts.panels.open(
      {
        key: `compare:${file.toString()}:${JSON.stringify([before, after])}`,
        title: `${name}: ${sideWords(before)} ↔ ${sideWords(after)}`,
        icon: 'diff',
        origin: { type: 'compare', file: file.toString(), before, after },
        read: () => (after.type === 'live' ? this.#withCluster(workflow, before) : this.#twoTexts(workflow, before, after)),
        acts: {
          openText: async () => {
            if (after.type === 'live') return;
            const [one, other] = await Promise.all([this.#parts.sides.read(file, name, before), this.#parts.sides.read(file, name, after)]);
            await vscode.commands.executeCommand('vscode.diff', one.uri, other.uri, `${name}: ${one.label} ↔ ${other.label}`);
          },
          ...(older === undefined ? {} : { restore: () => this.restore(workflow, older) }),
        },
        ...(isWorking && after.type !== 'live' ? { follow: (changed): Disposable => open.onDidChange(changed) } : {}),
      },
      kept,
    );
  }

  /** One version, as a canvas that nobody can change. */
  async show(workflow: OpenWorkflow, ref: string, kept?: vscode.WebviewPanel): Promise<void> {
    const { open } = workflow;
    const file = open.document.uri;
    const name = workflowName(open.state.workflow, file);
    const read = (): Promise<TextSide> => this.#parts.sides.read(file, name, { type: 'version', ref });
    await this.#parts.panels.open(
      {
        key: `version:${file.toString()}:${ref}`,
        title: `${name}: ${vscode.l10n.t('Version {0}', ref)}`,
        icon: 'lock',
        origin: { type: 'version', file: file.toString(), ref },
        read: async (): Promise<PageContent> => {
          const { catalog } = open.state.loaded;
          return { catalog, page: { kind: 'version', after: this.#side(await read(), catalog), canRestore: true } };
        },
        acts: {
          openText: async () => void (await vscode.window.showTextDocument(await vscode.workspace.openTextDocument((await read()).uri))),
          restore: () => this.restore(workflow, ref),
        },
      },
      kept,
    );
  }

  /** Asks, then puts a version back into the file as a new version; what stood in the file is kept as one, too. */
  async restore(workflow: OpenWorkflow, ref: string): Promise<void> {
    const { engine, filesOf, clock, onChanged } = this.#parts;
    const { document } = workflow.open;
    const name = workflowName(workflow.open.state.workflow, document.uri);
    const go = vscode.l10n.t('Restore');
    const question = vscode.l10n.t('Put version {0} of "{1}" back into the file?', ref, name);
    const detail = vscode.l10n.t('It becomes a new version, and so does what the file says now. Nothing is deployed.');
    if ((await tellInformation(question, { modal: true, detail }, go)) !== go) throw new vscode.CancellationError();
    const made = await restoreInto(workflow.open, (present) =>
      engine.restoreVersion(filesOf(projectFolder(document.uri)), clock, name, ref, present, whoRuns()),
    );
    onChanged();
    void tellInformation(vscode.l10n.t('Version {0} is version {1} again, and so is the file. Nothing was deployed.', made.version, ref));
  }

  /** A run as its journal tells it, on the version that it was of. */
  async replay(workflow: OpenWorkflow, runId: string, kept?: vscode.WebviewPanel): Promise<void> {
    const { engine, filesOf, sides, panels } = this.#parts;
    const { open } = workflow;
    const file = open.document.uri;
    const folder = projectFolder(file);
    const files = filesOf(folder);
    const name = workflowName(open.state.workflow, file);
    const journal = vscode.Uri.joinPath(folder, engine.journalPath(name, runId));
    await panels.open(
      {
        key: `replay:${file.toString()}:${runId}`,
        title: `${name}: ${vscode.l10n.t('Replay of {0}', runId)}`,
        icon: 'history',
        origin: { type: 'replay', file: file.toString(), runId },
        read: async (): Promise<PageContent> => {
          const found = await engine.readJournal(files, name, runId);
          const detail = found === undefined ? undefined : engine.runDetail(found);
          if (found === undefined || detail === undefined) throw failure('run.unknown', { run: runId });
          const version = await engine.versionOfDigest(files, name, detail.digest, detail.version);
          const { catalog } = open.state.loaded;
          const side =
            version === undefined ? await sides.read(file, name, { type: 'working' }) : await sides.read(file, name, { type: 'version', ref: version.ref });
          const label = version === undefined ? vscode.l10n.t('Working file; version {0} is not in this folder', detail.version) : side.label;
          const after = this.#side({ ...side, label, detail: `${detail.target} · ${new Date(detail.startedAt).toLocaleString()}` }, catalog);
          return { catalog, page: { kind: 'replay', after, events: found.events, open: detail.status === 'running' || detail.status === 'paused' } };
        },
        acts: {
          openText: async () => void (await vscode.window.showTextDocument(journal, { preview: true })),
          retryFrom: (nodeId) => this.#parts.retry(workflow, nodeId),
        },
        follow: (changed) => {
          const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, engine.journalPath(name, runId)));
          watcher.onDidChange(changed);
          return watcher;
        },
      },
      kept,
    );
  }

  #side({ label, detail, text }: Pick<TextSide, 'label' | 'detail' | 'text'>, catalog: Catalog, beside?: ComparedWorkflow): ComparedWorkflow {
    return comparedWorkflow(this.#parts.engine, catalog, { label, detail, workflow: this.#parts.engine.parseWorkflow(text).workflow }, beside);
  }

  async #twoTexts(workflow: OpenWorkflow, older: TextSpec, newer: TextSpec): Promise<PageContent> {
    const { open } = workflow;
    const name = workflowName(open.state.workflow, open.document.uri);
    const { catalog } = open.state.loaded;
    const [one, other] = await Promise.all([older, newer].map((side) => this.#parts.sides.read(open.document.uri, name, side)));
    if (one === undefined || other === undefined) throw failure('diff.ref', { ref: '' });
    const before = this.#side(one, catalog);
    const after = this.#side(other, catalog, before);
    const diff = workflowDiff(before.document.workflow, after.document.workflow);
    return { catalog, page: { kind: 'compare', before, after, diff, hasText: true, canRestore: older.type === 'version' } };
  }

  /** What the cluster says otherwise; both canvases are of the same workflow, the newer one without what the cluster has not. */
  async #withCluster(workflow: OpenWorkflow, spec: TextSpec): Promise<PageContent> {
    const { engine, filesOf, sides, connect } = this.#parts;
    const { open, runs } = workflow;
    const name = workflowName(open.state.workflow, open.document.uri);
    const files = filesOf(projectFolder(open.document.uri));
    const { catalog } = open.state.loaded;
    const side = await sides.read(open.document.uri, name, spec);
    const parsed = engine.parseWorkflow(side.text);
    const connection = await connect(workflow);
    try {
      const { cluster, target } = connection;
      const { lastRun } = await engine.readInventory(cluster, name, target.namespace);
      const last = lastRun === undefined ? undefined : await engine.versionOfDigest(files, name, lastRun.digest);
      const planned = await runs.plans.lookAt(parsed.workflow, connection);
      const applied = last === undefined ? undefined : await runs.plans.lookAt(engine.parseWorkflow(last.text).workflow, connection);
      const diff: WorkflowDiff = engine.liveDiff(planned, applied?.plan);
      const before = this.#side(side, catalog);
      const gone = new Set(diff.removedNodes.map(({ id }) => id));
      const there: Workflow = {
        ...parsed.workflow,
        nodes: parsed.workflow.nodes.filter(({ id }) => !gone.has(id)),
        edges: parsed.workflow.edges.filter(({ from, to }) => !gone.has(from) && !gone.has(to)),
      };
      const label = vscode.l10n.t('Cluster: {0}', target.label);
      const after = comparedWorkflow(engine, catalog, { label, detail: target.namespace, workflow: there }, before);
      return { catalog, page: { kind: 'compare', before, after, diff, hasText: false, canRestore: spec.type === 'version' } };
    } finally {
      connection.dispose();
    }
  }
}

/** The name that versions and runs stand under: the workflow's own, or the file's where the text says none. */
export function workflowName(workflow: Workflow, file: vscode.Uri): string {
  return workflow.name === '' ? fileName(file).replace(/\.workflow\.yaml$/, '') : workflow.name;
}

export function sideWords(side: SideSpec): string {
  switch (side.type) {
    case 'working':
      return vscode.l10n.t('Working file');
    case 'version':
      return vscode.l10n.t('Version {0}', side.ref);
    case 'git':
      return `git: ${side.ref}`;
    case 'live':
      return vscode.l10n.t('Cluster');
  }
}
