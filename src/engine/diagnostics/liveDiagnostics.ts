import type { DiagnosisCheck, DiagnosisPatch, DiagnosisSnapshot, EdgeDiagnosis, NodeDiagnosis } from '../../shared/diagnosis';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { JsonObject } from '../../shared/json';
import { refOf } from '../../shared/kubeObject';
import type { WorkflowEdge } from '../../shared/workflow';
import { edgeKey } from '../../shared/workflow';
import { workflowLabel } from '../labels';
import type { Clock, Cluster, KindRef, Logger, WatchEvent } from '../ports';
import { refFromRendered, scopeKey } from '../status/watchPlan';
import type { WatchScope } from '../status/watchPlan';
import { isRefused, staleSinceMs } from '../status/watchHealth';
import type { WatchState } from '../status/watchHealth';
import type { Hidden } from './clusterView';
import { kinds } from './clusterView';
import { edgeChecks, nodeChecks } from './diagnose';
import { diagnosisScopes } from './diagnosisScopes';
import type { Intent, JudgedCheck, Judging } from './judging';
import { ObjectsByPlace, viewOf } from './objectView';
import type { Sight } from './objectView';
import { ReadIndex } from './readIndex';
import { Waiters } from '../status/waiters';

export interface LiveDiagnosticsOptions {
  readonly cluster: Pick<Cluster, 'watch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The workflow's name. */
  readonly workflow: string;
  readonly intent: Intent;
}

interface Watching extends WatchState {
  readonly scope: WatchScope;
  readonly subscription: DisposableList;
  readonly keys: Set<string>;
  synced: boolean;
  down: WatchState['down'];
}

/** Changes travel together for this long, in milliseconds; above a thousand subjects ten times a second. */
const coalesceMs = 16;
const largeCoalesceMs = 100;
const largeWorkflow = 1000;

/** Judgements by `edgeKey` and by node id. */
interface Judgements {
  readonly edges: Map<string, readonly JudgedCheck[]>;
  readonly nodes: Map<string, readonly JudgedCheck[]>;
}

/**
 * Whether the edges of a workflow hold on its cluster, kept up by watches. A change judges anew only what looked at the
 * object that changed; what then says the same as before goes no further.
 */
export class LiveDiagnostics implements Disposable {
  readonly #options: LiveDiagnosticsOptions;
  readonly #objects = new ObjectsByPlace();
  readonly #reads = new ReadIndex();
  readonly #watches = new Map<string, Watching>();
  readonly #patches: Emitter<DiagnosisPatch>;
  readonly #waiting = new Waiters();
  readonly #judgements: Judgements = { edges: new Map(), nodes: new Map() };
  readonly #told = { edges: new Map<string, string>(), nodes: new Map<string, string>() };
  readonly #snapshot: { edges: Record<string, EdgeDiagnosis>; nodes: Record<string, NodeDiagnosis> } = {
    edges: Object.create(null) as Record<string, EdgeDiagnosis>,
    nodes: Object.create(null) as Record<string, NodeDiagnosis>,
  };
  #edges = new Map<string, WorkflowEdge>();
  #intent: Intent;
  readonly #dirty = new Set<string>();
  #gone: { readonly edges: string[]; readonly nodes: string[] } = { edges: [], nodes: [] };
  #window: Disposable | undefined;
  #changing = 0;
  #flushing = false;
  #disposed = false;

  constructor(options: LiveDiagnosticsOptions) {
    this.#options = options;
    this.#intent = options.intent;
    this.#patches = new Emitter<DiagnosisPatch>((error) => options.logger.error('a listener of diagnoses failed', error));
    this.setIntent(options.intent);
  }

  get onPatch(): Emitter<DiagnosisPatch>['on'] {
    return this.#patches.on;
  }

  snapshot(): DiagnosisSnapshot {
    this.#flush();
    return { edges: { ...this.#snapshot.edges }, nodes: { ...this.#snapshot.nodes } };
  }

  /** The checks of a node with what mends them. */
  checksOf(nodeId: string): readonly JudgedCheck[] {
    this.#flush();
    return this.#judgements.nodes.get(nodeId) ?? [];
  }

  /** Every finding that the file can mend, each once. */
  mendable(): readonly JudgedCheck[] {
    this.#flush();
    const found = new Map<string, JudgedCheck>();
    for (const checks of [...this.#judgements.nodes.values(), ...this.#judgements.edges.values()])
      for (const check of checks)
        if (check.fix !== undefined && check.status !== 'pass') found.set(JSON.stringify([check.nodeId, check.name, check.code, check.args]), check);
    return [...found.values()];
  }

  /** Resolves when every watch has told all that exists, or has failed once. Rejects with the signal's reason. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.until(() => [...this.#watches.values()].every((watch) => watch.synced || watch.down !== undefined), signal);
  }

  /** Resolves as soon as `done` holds; it is asked again after every change. Rejects with the signal's reason. */
  until(done: () => boolean, signal?: AbortSignal): Promise<void> {
    return this.#waiting.until(done, signal);
  }

  /** The workflow changed: judges this from now on. Watches that stay needed go on undisturbed. */
  setIntent(intent: Intent): void {
    this.#changing += 1;
    this.#intent = intent;
    const edges = new Map(intent.resolved.edges.map(({ edge }) => [edgeKey(edge), edge]));
    const nodes = new Set(intent.objects.map((one) => one.nodeId));
    for (const key of this.#judgements.edges.keys()) if (!edges.has(key)) this.#drop('edges', key);
    for (const id of this.#judgements.nodes.keys()) if (!nodes.has(id)) this.#drop('nodes', id);
    this.#edges = edges;
    this.#rewatch();
    this.#changing -= 1;
    this.#touchAll();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const watch of this.#watches.values()) watch.subscription.dispose();
    this.#watches.clear();
    this.#window?.dispose();
    this.#patches.dispose();
    this.#waiting.clear();
  }

  #drop(family: 'edges' | 'nodes', key: string): void {
    this.#judgements[family].delete(key);
    this.#reads.forget(`${family} ${key}`);
    this.#dirty.delete(`${family} ${key}`);
    if (this.#told[family].delete(key)) this.#gone[family].push(key);
    delete this.#snapshot[family][key];
  }

  #rewatch(): void {
    const scopes = new Map(diagnosisScopes(this.#intent, this.#options.workflow));
    // Who may not look into the whole cluster may still look into the namespaces that the workflow is in.
    for (const scope of [...scopes.values()]) {
      if (scope.kind.kind !== 'Ingress' || scope.namespace !== '') continue;
      if (this.#watches.get(scopeKey(scope))?.down?.failure.kind !== 'forbidden') continue;
      for (const one of this.#intent.objects) {
        if (one.object.kind !== 'Ingress') continue;
        const narrow: WatchScope = { kind: kinds.ingress, namespace: refFromRendered(one).namespace, labelSelector: '' };
        scopes.set(scopeKey(narrow), narrow);
      }
    }
    for (const [key, scope] of scopes) if (!this.#watches.has(key)) this.#watch(key, scope);
    for (const [key, watch] of [...this.#watches]) {
      if (scopes.has(key)) continue;
      watch.subscription.dispose();
      this.#watches.delete(key);
      for (const told of watch.keys) this.#forget(watch.scope.kind, told);
    }
  }

  #watch(key: string, scope: WatchScope): void {
    const state: Watching = { scope, subscription: new DisposableList(), keys: new Set(), synced: false, down: undefined };
    this.#watches.set(key, state);
    const query = {
      ...(scope.namespace === '' ? {} : { namespace: scope.namespace }),
      ...(scope.labelSelector === '' ? {} : { labelSelector: scope.labelSelector }),
      ...(scope.fieldSelector === undefined ? {} : { fieldSelector: scope.fieldSelector }),
    };
    state.subscription.add(
      this.#options.cluster.watch(scope.kind, query, (event) => {
        if (this.#watches.get(key) === state) this.#onEvent(state, event);
      }),
    );
  }

  #onEvent(watch: Watching, event: WatchEvent): void {
    switch (event.type) {
      case 'upsert': {
        const { object } = event;
        const ref = refOf(object);
        const before = this.#objects.get(ref, ref.namespace, ref.name);
        watch.keys.add(keyText(ref.namespace, ref.name));
        if (before !== undefined) this.#mark(before);
        this.#objects.put(object);
        this.#mark(object);
        this.#schedule();
        break;
      }
      case 'delete': {
        const ref = refOf(event.object);
        watch.keys.delete(keyText(ref.namespace, ref.name));
        // An object that left one watch by its labels may still be told of by another.
        this.#mark(event.object);
        if (![...this.#watches.values()].some((other) => isOfKind(other, ref) && other.keys.has(keyText(ref.namespace, ref.name)))) {
          const known = this.#objects.get(ref, ref.namespace, ref.name);
          if (known !== undefined) this.#mark(known);
          this.#objects.remove(event.object);
        }
        this.#schedule();
        break;
      }
      case 'synced':
        watch.synced = true;
        watch.down = undefined;
        this.#touchAll();
        break;
      case 'connected':
        watch.down = undefined;
        this.#touchAll();
        break;
      case 'disconnected': {
        watch.down = { failure: event.failure, sinceMs: event.sinceMs };
        if (event.failure.kind === 'forbidden' && watch.scope.kind.kind === 'Ingress') this.#rewatch();
        this.#touchAll();
        break;
      }
    }
  }

  #forget(kind: KindRef, key: string): void {
    if ([...this.#watches.values()].some((watch) => isOfKind(watch, kind) && watch.keys.has(key))) return;
    const [namespace = '', name = ''] = key.split('/');
    const object = this.#objects.get(kind, namespace, name);
    if (object === undefined) return;
    this.#mark(object);
    this.#objects.remove(object);
  }

  #mark(object: Parameters<ReadIndex['readersOf']>[0]): void {
    for (const reader of this.#reads.readersOf(object)) this.#dirty.add(reader);
  }

  #touchAll(): void {
    for (const key of this.#edges.keys()) this.#dirty.add(`edges ${key}`);
    for (const one of this.#intent.objects) this.#dirty.add(`nodes ${one.nodeId}`);
    this.#schedule();
  }

  /** The first change goes out at once, what follows within the window together at its end. */
  #schedule(): void {
    if (this.#changing > 0 || this.#disposed || this.#window !== undefined) return;
    this.#flush();
    const delayMs = this.#edges.size + this.#intent.objects.length > largeWorkflow ? largeCoalesceMs : coalesceMs;
    this.#window = this.#options.clock.after(delayMs, () => {
      this.#window = undefined;
      if (!this.#disposed && (this.#dirty.size > 0 || this.#gone.edges.length + this.#gone.nodes.length > 0)) this.#schedule();
    });
  }

  #flush(): void {
    if (this.#disposed || this.#flushing) return;
    this.#flushing = true;
    try {
      this.#tell();
    } finally {
      this.#flushing = false;
    }
  }

  #tell(): void {
    const edges: Record<string, EdgeDiagnosis | null> = {};
    const nodes: Record<string, NodeDiagnosis | null> = {};
    const sight = this.#sight();
    for (const reader of this.#dirty) {
      const space = reader.indexOf(' ');
      const [family, key] = [reader.slice(0, space), reader.slice(space + 1)];
      const touched: WatchScope[] = [];
      const judging: Judging = { intent: this.#intent, view: viewOf(sight.through(touched), this.#reads.begin(reader)) };
      if (family === 'edges') {
        const edge = this.#edges.get(key);
        if (edge === undefined) continue;
        const checks = edgeChecks(judging, edge);
        this.#judgements.edges.set(key, checks);
        const diagnosis: EdgeDiagnosis = { checks: checks.map(told), ...this.#staleness(touched) };
        if (this.#isNews('edges', key, diagnosis)) {
          edges[key] = diagnosis;
          this.#snapshot.edges[key] = diagnosis;
        }
      } else {
        const one = this.#intent.objectsOf(key)[0];
        if (one === undefined) continue;
        const checks = nodeChecks(judging, key);
        this.#judgements.nodes.set(key, checks);
        if (checks.length === 0) continue;
        const { namespace, name, kind } = refFromRendered(one);
        const diagnosis: NodeDiagnosis = { kind, name, namespace, checks: checks.map(told), ...this.#staleness(touched) };
        if (this.#isNews('nodes', key, diagnosis)) {
          nodes[key] = diagnosis;
          this.#snapshot.nodes[key] = diagnosis;
        }
      }
    }
    this.#dirty.clear();
    for (const key of this.#gone.edges) edges[key] ??= null;
    for (const key of this.#gone.nodes) nodes[key] ??= null;
    this.#gone = { edges: [], nodes: [] };
    if (Object.keys(edges).length > 0 || Object.keys(nodes).length > 0) this.#patches.emit({ edges, nodes });
    this.#waiting.look();
  }

  #isNews(family: 'edges' | 'nodes', key: string, diagnosis: EdgeDiagnosis): boolean {
    const text = JSON.stringify(diagnosis);
    if (this.#told[family].get(key) === text) return false;
    this.#told[family].set(key, text);
    return true;
  }

  /** Since when what was looked at may be out of date. */
  #staleness(touched: readonly WatchScope[]): { readonly staleSince?: string } {
    const since = touched.flatMap((scope) => {
      const watch = this.#watches.get(scopeKey(scope));
      return watch === undefined ? [] : (staleSinceMs(watch) ?? []);
    });
    return since.length === 0 ? {} : { staleSince: new Date(Math.min(...since)).toISOString() };
  }

  /** What the watches let one rely on; `through` notes the watches that a judgement goes by. */
  #sight(): { through(touched: WatchScope[]): Sight } {
    const { workflow } = this.#options;
    const watches = [...this.#watches.values()];
    const objects = this.#objects;
    return {
      through: (touched) => ({
        objects,
        whyHidden: (kind, namespace, narrowed) => {
          const covering = watches.filter((watch) => isOfKind(watch, kind) && covers(watch.scope, namespace, narrowed, workflow, this.#intent));
          const whole = covering.find((watch) => watch.synced) ?? covering.find((watch) => watch.down === undefined) ?? covering[0];
          if (whole === undefined) return 'unseen';
          touched.push(whole.scope);
          return whole.synced ? undefined : hiddenBy(whole);
        },
      }),
    };
  }
}

function hiddenBy(watch: WatchState): Hidden {
  if (watch.down === undefined || !isRefused(watch.down.failure)) return 'waiting';
  return watch.down.failure.kind === 'forbidden' ? 'forbidden' : 'unserved';
}

function isOfKind(watch: WatchState, kind: KindRef): boolean {
  return watch.scope.kind.kind === kind.kind && watch.scope.kind.apiVersion.split('/')[0] === kind.apiVersion.split('/')[0];
}

function keyText(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Whether a watch tells of everything that is asked for. */
function covers(
  scope: WatchScope,
  namespace: string,
  narrowed: { readonly name?: string; readonly service?: string; readonly labels?: JsonObject } | undefined,
  workflow: string,
  intent: Intent,
): boolean {
  if (scope.namespace !== '' && scope.namespace !== namespace) return false;
  if (scope.fieldSelector !== undefined) return narrowed?.name !== undefined && scope.fieldSelector === `metadata.name=${narrowed.name}`;
  if (scope.labelSelector === '') return true;
  if (scope.labelSelector !== `${workflowLabel}=${workflow}`) return narrowed?.service !== undefined && listsService(scope.labelSelector, narrowed.service);
  if (scope.kind.kind === 'Pod') return true;
  // The watch on the workflow's own objects knows whether one that the workflow makes is there as its own.
  return narrowed?.name !== undefined && intent.maker(scope.kind, namespace, narrowed.name) !== undefined;
}

function listsService(labelSelector: string, service: string): boolean {
  return labelSelector
    .slice(labelSelector.indexOf('(') + 1, -1)
    .split(',')
    .includes(service);
}

function told({ fix: _fix, ...check }: JudgedCheck): DiagnosisCheck {
  return check;
}
