import * as vscode from 'vscode';
import type { AppliedState, DriftedObject, LiveDrift, SourceResults } from '../../engine/index';
import type { Cluster, Files, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { DriftFieldView, DriftView } from '../../shared/drift';
import { noDrift } from '../../shared/drift';
import { Emitter } from '../../shared/emitter';
import type { JsonValue } from '../../shared/json';
import { refKey, refOf } from '../../shared/kubeObject';
import type { Target } from '../../shared/plan';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';
import type { WorkflowRuns } from '../runs/workflowRuns';
import { failureWords } from '../words';
import type { LiveDocument } from './liveDocument';

/** Longest text of a value that a page gets, in characters. */
const longestValue = 400;

/** How the cluster of an open workflow differs from what was applied there, for as long as it is followed. */
export class WorkflowDrift implements Disposable {
  readonly #open: WorkflowDocument;
  readonly #live: Pick<LiveDocument, 'followed' | 'onDidChangeTarget'>;
  readonly #engine: Engine;
  readonly #files: Files;
  readonly #log: Logger;
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<void>;
  readonly onDidChange: Emitter<void>['on'];
  #following: { readonly drift: LiveDrift; readonly lifetime: DisposableList } | undefined;
  #applied: { readonly key: string; readonly state: AppliedState | undefined } | undefined;
  #unknown: string | undefined;
  /** The renderings of charts and bases that `#applied` was told by. */
  #rendered = '{}';
  #looked: SourceResults | undefined;

  constructor(options: {
    open: WorkflowDocument;
    live: Pick<LiveDocument, 'followed' | 'onDidChangeTarget'>;
    runs: Pick<WorkflowRuns, 'onStream'>;
    engine: Engine;
    files: Files;
    log: Logger;
  }) {
    this.#open = options.open;
    this.#live = options.live;
    this.#engine = options.engine;
    this.#files = options.files;
    this.#log = options.log;
    this.#changed = this.#lifetime.add(new Emitter<void>((error) => this.#log.error('A view of drift failed.', error)));
    this.onDidChange = this.#changed.on;
    this.#lifetime.add(this.#live.onDidChangeTarget(() => this.#follow()));
    this.#lifetime.add(
      this.#open.onDidChange(({ sources }) => {
        this.#following?.drift.setFile(this.#live.followed?.rendered ?? []);
        this.#lookAt(sources).catch((error: unknown) => this.#log.warn(`Whether charts were changed could not be told. ${failureWords(error)}`));
      }),
    );
    this.#lifetime.add(
      options.runs.onStream((body) => {
        if (body.event_type !== 'run') return;
        const { type } = body.data;
        if (type === 'run:started' || type === 'human_gate:resumed') this.#following?.drift.hold(true);
        else if (type === 'run:completed' || type === 'run:failed' || type === 'run:cancelled' || type === 'run:paused') this.#reload();
      }),
    );
    this.#follow();
  }

  /** By node; only nodes with a difference are here. */
  get nodes(): ReadonlyMap<string, readonly DriftedObject[]> {
    return this.#following?.drift.nodes ?? new Map<string, readonly DriftedObject[]>();
  }

  get view(): DriftView {
    const { nodes } = this;
    if (nodes.size === 0 && this.#unknown === undefined) return noDrift;
    return {
      nodes: Object.fromEntries(
        [...nodes].map(([nodeId, objects]) => [
          nodeId,
          objects.map(({ ref, missing, fields }) => ({
            kind: ref.kind,
            name: ref.name,
            namespace: ref.namespace,
            missing,
            fields: fields.map(({ path, live, applied, file, owner, hidden }): DriftFieldView => {
              return { path, owner, ...(hidden === true ? { hidden } : { ...shown('live', live), ...shown('applied', applied), ...shown('file', file) }) };
            }),
          })),
        ]),
      ),
      ...(this.#unknown === undefined ? {} : { unknown: this.#unknown }),
    };
  }

  /** Nodes that were applied last, that the file no longer has and whose objects no other node makes; none before the first run. */
  get removedNodes(): readonly string[] {
    const present = new Set(this.#open.state.workflow.nodes.map((node) => node.id));
    const made = new Set((this.#live.followed?.rendered ?? []).map(({ object }) => refKey(refOf(object))));
    const gone = (this.#applied?.state?.objects ?? []).filter(({ nodeId, object }) => !present.has(nodeId) && !made.has(refKey(refOf(object))));
    return [...new Set(gone.map(({ nodeId }) => nodeId))];
  }

  /** Whether something was applied on the target that is followed. */
  get hasRun(): boolean {
    return this.#applied?.state !== undefined;
  }

  dispose(): void {
    this.#following?.lifetime.dispose();
    this.#following = undefined;
    this.#lifetime.dispose();
  }

  #follow(): void {
    const had = this.#following !== undefined;
    this.#following?.lifetime.dispose();
    this.#following = undefined;
    this.#applied = undefined;
    this.#unknown = undefined;
    const { followed } = this.#live;
    if (followed !== undefined) {
      const { cluster, target, live } = followed;
      const lifetime = new DisposableList();
      const drift = lifetime.add(
        new this.#engine.LiveDrift({
          cluster,
          live,
          schemaOf: (apiVersion, kind) => this.#open.state.openApi.schemaOf(apiVersion, kind),
          readApplied: () => this.#readApplied(cluster, target),
          logger: this.#log,
        }),
      );
      lifetime.add(drift.onChanged(() => this.#changed.emit()));
      this.#following = { drift, lifetime };
      this.#reload();
    }
    if (had) this.#changed.emit();
  }

  /** A chart that is rendered anew may be the one that was applied, or no longer. */
  async #lookAt(sources: SourceResults): Promise<void> {
    if (sources === this.#looked) return;
    this.#looked = sources;
    if (JSON.stringify(await this.#engine.sourceDigests(sources)) !== this.#rendered) this.#reload();
  }

  #reload(): void {
    const following = this.#following;
    if (following === undefined) return;
    const { drift } = following;
    const before = this.#unknown;
    drift
      .reload()
      .then(() => {
        if (following !== this.#following) return;
        drift.setFile(this.#live.followed?.rendered ?? []);
        drift.hold(false);
        if (before !== this.#unknown) this.#changed.emit();
      })
      .catch((error: unknown) => this.#log.warn(`Whether the cluster was changed could not be told. ${failureWords(error)}`));
  }

  /** What the last run applied, out of its version in the project. */
  async #readApplied(cluster: Pick<Cluster, 'get'>, target: Target): Promise<AppliedState | undefined> {
    const { workflow, loaded, sources } = this.#open.state;
    const { lastRun } = await this.#engine.readInventory(cluster, workflow.name, target.namespace);
    if (lastRun === undefined) {
      this.#applied = undefined;
      return undefined;
    }
    // A paused run has applied what is before its gates, and what is behind them is awaited.
    const completed = lastRun.status === 'completed';
    const digests = await this.#engine.sourceDigests(sources);
    this.#rendered = JSON.stringify(digests);
    const key = `${lastRun.runId} ${lastRun.status} ${this.#rendered}`;
    if (this.#applied?.key === key) return this.#applied.state;
    const ref = (await this.#engine.versionEntries(this.#files, workflow.name)).find(({ path }) => path.includes(`-${lastRun.digest.slice(0, 8)}.yaml`))?.ref;
    if (ref === undefined) {
      this.#unknown = vscode.l10n.t('Version {0} runs there, and is not in this folder: what differs from it cannot be told.', lastRun.version);
      // Not kept: a pull may bring it.
      this.#applied = undefined;
      return undefined;
    }
    this.#unknown = undefined;
    const { text } = await this.#engine.readVersion(this.#files, workflow.name, ref);
    const applied = this.#engine.parseWorkflow(text).workflow;
    const { environment } = target;
    const { objects } = this.#engine.renderWorkflow({
      workflow: applied,
      loaded,
      namespace: target.namespace,
      sources,
      ...(environment === undefined || !Object.hasOwn(applied.environments, environment) ? {} : { environment }),
    });
    // What is rendered of a chart at present need not be what was applied.
    const isApplied = (nodeId: string): boolean => digests[nodeId] !== undefined && digests[nodeId] === lastRun.sources?.[nodeId];
    const state = { runId: lastRun.runId, completed, objects: objects.filter((one) => one.batch === undefined || isApplied(one.nodeId)) };
    this.#applied = { key, state };
    return state;
  }
}

function shown(side: 'live' | 'applied' | 'file', value: JsonValue | undefined): Partial<DriftFieldView> {
  if (value === undefined) return {};
  const text = JSON.stringify(value);
  return { [side]: text.length > longestValue ? `${text.slice(0, longestValue)}…` : text };
}
